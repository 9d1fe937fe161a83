import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AppRole } from './app-role.ts'
import { APP, databaseAddress, OWNER, socketFolder } from './embedded/address.ts'
import { binaries } from './embedded/binaries.ts'
import { lockFolder } from './embedded/folder-lock.ts'
import { giveTo, type Identity, serverIdentity } from './embedded/identity.ts'
import { choosePort } from './embedded/port.ts'
import { endOrphan, readPostmaster } from './embedded/postmaster.ts'

export type EmbeddedServer = {
  /** The owner's. */
  url: string
  /** The app's: its role is made by `migrate`, when it is given `app`. */
  appUrl: string
  app: AppRole & { password: string }
  logFile: string
  stop: () => Promise<void>
}

export type EmbeddedOptions = {
  /** PostgreSQL settings by name, for this run only. */
  settings?: Record<string, string>
}

const START_TRIES = 3
const START_MS = 30_000
const STOP_MS = 20_000
const LOG_BYTES = 10_000_000

/**
 * Starts the PostgreSQL 18 that came with the packages, with its data in `dir` (made if it is not there), listening on
 * 127.0.0.1 only. What an earlier run left behind, a server without its app included, is cleared away first.
 *
 * Throws `FolderInUse` when another living process has the folder, and an Error with the server's own last lines when it
 * will not start.
 */
export async function startEmbedded(dir: string, { settings = {} }: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  // One name however it was written: the lock's sentence and the search for a leftover server go by it.
  const folder = realpathSync(dir)
  const unlock = await lockFolder(folder)
  try {
    const identity = serverIdentity(folder)
    const data = join(folder, 'postgres')
    const logFile = join(folder, 'postgres.log')
    const password = readPassword(folder, 'password', identity)
    const app = { name: APP, password: readPassword(folder, 'app-password', identity) }
    await endOrphan(data)
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise(folder, data, identity, settings.fsync !== 'off')
    giveTo(identity, data)
    const { server, port } = await launch(folder, data, logFile, identity, settings)
    const endWithApp = () => server.kill('SIGINT')
    process.once('exit', endWithApp)
    return {
      url: databaseAddress(data, port, OWNER, password),
      appUrl: databaseAddress(data, port, APP, app.password),
      app,
      logFile,
      stop: async () => {
        await stop(server)
        process.off('exit', endWithApp)
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

function readPassword(folder: string, name: string, identity: Identity): string {
  const file = join(folder, name)
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
  giveTo(identity, file)
  return readFileSync(file, 'utf8').trim()
}

// Built beside its final place and then renamed, so that an interrupted first start leaves nothing half made.
async function initialise(folder: string, data: string, identity: Identity, durable: boolean): Promise<void> {
  const fresh = `${data}.new`
  rmSync(fresh, { recursive: true, force: true })
  rmSync(data, { recursive: true, force: true })
  mkdirSync(fresh, { mode: 0o700 })
  giveTo(identity, fresh)
  const { initdb } = await binaries()
  const flags = [
    `--pgdata=${fresh}`,
    `--username=${OWNER}`,
    `--pwfile=${join(folder, 'password')}`,
    '--auth=scram-sha-256',
  ]
  // The builtin locale sorts the same on every machine.
  flags.push(
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  )
  if (!durable) flags.push('--no-sync')
  const child = identity.spawn(initdb, flags, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout?.on('data', (chunk) => {
    said += chunk
  })
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`The embedded database could not be created in ${folder}:\n${said.trim()}`)
  renameSync(fresh, data)
}

async function launch(
  folder: string,
  data: string,
  logFile: string,
  identity: Identity,
  settings: Record<string, string>,
) {
  const { postgres } = await binaries()
  for (let tries = 1; ; tries += 1) {
    const port = await choosePort(folder, { fresh: tries > 1 })
    const from = openLog(logFile)
    const server = identity.spawn(
      postgres,
      [
        '-D',
        data,
        ...flags({ ...SETTINGS, unix_socket_directories: socketFolder(data), ...settings, port: String(port) }),
      ],
      {
        // Its own process group: Ctrl-C is for the app, which ends the server after its own last statement.
        detached: true,
        stdio: ['ignore', from.log, from.log],
      },
    )
    closeSync(from.log)
    if (await isReady(server, data)) {
      return { server, port }
    }
    const said = readFileSync(logFile, 'utf8').slice(from.offset).trim()
    if (tries === START_TRIES || !PASSING.test(said)) {
      throw new Error(`The embedded database in ${folder} did not start:\n${said.slice(-2000)}`)
    }
    if (!PORT_TAKEN.test(said)) await pause(3_000)
  }
}

// A port somebody took since we looked needs another one; the rest of a killed server needs a moment to go.
const PORT_TAKEN = /could not bind|Address already in use/
const PASSING = /could not bind|Address already in use|pre-existing shared memory|lock file .* already exists/

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

const flags = (settings: Record<string, string>) =>
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])

function openLog(file: string): { log: number; offset: number } {
  if (existsSync(file) && statSync(file).size > LOG_BYTES) renameSync(file, `${file}.old`)
  const log = openSync(file, 'a', 0o600)
  return { log, offset: readFileSync(file, 'utf8').length }
}

async function isReady(server: ChildProcess, data: string): Promise<boolean> {
  const failed = new Promise<never>((_, reject) => server.once('error', reject))
  failed.catch(() => {})
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline) {
    if (server.exitCode !== null || server.signalCode !== null) return false
    if (readPostmaster(data)?.ready && readPostmaster(data)?.pid === server.pid) return true
    await Promise.race([pause(10), failed])
  }
  server.kill('SIGQUIT')
  return false
}

// SIGINT is PostgreSQL's "fast" shutdown: open transactions are rolled back, everything else is kept.
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGINT')
  const hurry = setTimeout(() => server.kill('SIGQUIT'), STOP_MS)
  await ended
  clearTimeout(hurry)
}
