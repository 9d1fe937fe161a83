import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** The port this folder used last, so that bookmarks of the database go on working; a free one when it is taken or `fresh`. */
export async function choosePort(folder: string, { fresh }: { fresh: boolean }): Promise<number> {
  const file = join(folder, 'port')
  const last = fresh ? 0 : remembered(file)
  const port = last && (await listenOnce(last)) ? last : await listenOnce(0)
  if (!port) throw new Error('No free port on 127.0.0.1.')
  writeFileSync(file, String(port))
  return port
}

function remembered(file: string): number {
  try {
    const port = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0
  } catch {
    return 0
  }
}

const listenOnce = (port: number) =>
  new Promise<number | undefined>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      const taken = typeof address === 'object' && address ? address.port : undefined
      server.close(() => resolve(taken))
    })
  })
