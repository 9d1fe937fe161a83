// Bookings a second at 16 clients, fsync on: one whole booking (commitments of mentor, mentee and host, session, booking,
// participants, first revision) against one bare insert, and the same through HTTP, in turn within every round.
// Run: node bench/booking.ts
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { bookingRoutes } from '../src/booking/routes.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { connect } from '../src/database/pool.ts'
import { problem, Refusal } from '../src/errors.ts'
import { type House, router } from '../src/http.ts'
import { identify } from '../src/people/identify.ts'
import { bookInSql, cellAt, insertBare, median, NOW, perSecond, programmeOf } from './lib/programme.ts'
import { report } from './report.ts'

const CLIENTS = 16
const ROUNDS = Number(process.env.ROUNDS ?? 7)
const MS = 1_500
const PEOPLE = 4_000
const TOKEN = 'bench-token-of-this-run'

let counter = 0
const programme = await programmeOf(PEOPLE)
const served = await serve(programme.url)
try {
  const bare: number[] = []
  const sql: number[] = []
  const http: number[] = []
  const turns = [
    async () => bare.push(await perSecond(CLIENTS, MS, () => insertBare(programme, ...nextPair()))),
    async () => sql.push(await perSecond(CLIENTS, MS, () => bookInSql(programme, ...nextPair()))),
    async () => http.push(await perSecond(CLIENTS, MS, () => bookThroughHttp(...nextPair()))),
  ]
  // A new database plans for empty tables; autovacuum corrects that within a minute, and here it is done at once.
  await perSecond(CLIENTS, 2 * MS, () => bookInSql(programme, ...nextPair()))
  await programme.pool.query('vacuum analyze')
  for (const turn of turns) await turn()
  for (const figures of [bare, sql, http]) figures.length = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < turns.length; i++) await turns[(i + round) % turns.length]?.()
  }
  const limit = median(bare)
  report('booking in SQL, 16 clients', {
    ours: median(sql),
    limit,
    unit: 'a second',
    goal: '0.25 at least',
    met: (ratio) => ratio >= 0.25,
  })
  report('booking through HTTP, 16 clients', {
    ours: median(http),
    limit,
    unit: 'a second',
    goal: '0.15 at least',
    met: (ratio) => ratio >= 0.15,
  })
} finally {
  served.close()
  await programme.stop()
}

/** Every pair once before the next cell: no two calls ever want the same time. */
function nextPair(): [string, string, number] {
  const turn = counter++
  const index = (turn * 7919) % PEOPLE
  return [programme.mentors[index] as string, programme.mentees[index] as string, Math.floor(turn / PEOPLE)]
}

async function serve(url: string) {
  const db = connect(url, { max: CLIENTS })
  const config = readConfig({ PUNCTUAL_SANDBOX_TOKEN: TOKEN })
  const house: House = {
    db,
    clock: new StandingClock(NOW),
    config,
    nudge: () => {},
    onChange: () => () => {},
    log: () => {},
  }
  const app = router()
  app.use(async (c, next) => {
    c.set('actor', await identify(house, c.req.raw.headers))
    await next()
  })
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    return c.json(problem(error).body, problem(error).status as 400)
  })
  app.route('/', bookingRoutes(house))
  const server = createServer(getRequestListener(app.fetch))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const { port } = server.address() as AddressInfo
  return {
    port,
    agent,
    close: () => {
      agent.destroy()
      server.close()
      void db.destroy()
    },
  }
}

async function bookThroughHttp(mentorId: string, menteeId: string, cell: number): Promise<void> {
  const body = JSON.stringify({ mentorId, menteeId, startsAt: cellAt(cell) })
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const sent = request({
    host: '127.0.0.1',
    port: served.port,
    agent: served.agent,
    method: 'POST',
    path: '/api/v1/bookings',
    headers,
  })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  if (response.statusCode !== 201) throw new Error(`${response.statusCode} ${text}`)
}
