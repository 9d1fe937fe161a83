// The clients of the HTTP part of booking.ts, in a process of their own: what they cost is not the app's, though they share its
// two cores. One keep-alive socket each, one request after the other, no HTTP library: an answer that is not a 201 with a
// Content-Length ends the run. Started by `startClients`, never by hand.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cellAt, pairOf, perSecond } from './pairs.ts'

type Start = { port: number; token: string; clients: number; mentors: string[]; mentees: string[] }
type Run = { from: number; ms?: number; calls?: number }
export type Ran = { perSecond: number; ms: number; next: number }

/** Starts the process and opens its sockets. `run` books from the pair number `from` on, for `ms` or until `calls` were made. */
export async function startClients(start: Start): Promise<{ run: (run: Run) => Promise<Ran>; stop: () => void }> {
  const child: ChildProcess = fork(import.meta.filename, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let settle = Promise.withResolvers<Ran>()
  child.on('message', (ran) => settle.resolve(ran as Ran))
  child.on('exit', () => settle.reject(new Error('The clients ended.')))
  const answer = (message: Start | Run): Promise<Ran> => {
    settle = Promise.withResolvers<Ran>()
    child.send(message)
    return settle.promise
  }
  await answer(start)
  return { run: answer, stop: () => child.disconnect() }
}

if (process.send && process.argv[1] === import.meta.filename) serve()

function serve(): void {
  let start: Start
  let sockets: Socket[] = []
  process.on('message', async (message: Start | Run) => {
    if ('port' in message) {
      start = message
      sockets = await Promise.all(Array.from({ length: start.clients }, () => opened(start.port)))
      process.send?.({ perSecond: 0, ms: 0, next: 0 })
    } else process.send?.(await run(start, sockets, message))
  })
  process.on('disconnect', () => process.exit())
}

async function opened(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

async function run(start: Start, sockets: Socket[], { from, ms, calls }: Run): Promise<Ran> {
  let next = from
  const began = performance.now()
  const figure = await perSecond(
    sockets.length,
    ms ?? Number.POSITIVE_INFINITY,
    (client) => book(sockets[client] as Socket, start, next++),
    () => calls === undefined || next - from < calls,
  )
  return { perSecond: figure, ms: performance.now() - began, next }
}

function book(socket: Socket, start: Start, turn: number): Promise<void> {
  const [mentorId, menteeId, cell] = pairOf(start, turn)
  const body = JSON.stringify({ mentorId, menteeId, startsAt: cellAt(cell) })
  socket.write(
    `POST /api/v1/bookings HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${start.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  const done = Promise.withResolvers<void>()
  let text = ''
  const hear = (chunk: Buffer) => {
    text += chunk.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
    if (!text.startsWith('HTTP/1.1 201 ') || length === undefined) {
      done.reject(new Error(text))
    } else if (text.length >= end + 4 + Number(length)) {
      socket.off('data', hear)
      done.resolve()
    }
  }
  socket.on('data', hear)
  return done.promise
}
