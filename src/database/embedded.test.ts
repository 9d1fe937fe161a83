import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { isAlive } from './embedded/alive.ts'
import { readPostmaster } from './embedded/postmaster.ts'
import { startEmbedded } from './embedded.ts'
import { connectionPool } from './pool.ts'

const APP = join(import.meta.dirname, '../../test/support/embedded-app.ts')
const quick = { settings: { fsync: 'off' } }

let made: string
let parent: string
let folder: string
let running: ChildProcess[]

// Making a database takes longer than all else here, so most tests begin with a copy of one.
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'punctual-embedded-'))
  const server = await startEmbedded(made, quick)
  await server.stop()
  await rm(join(made, 'port'))
})
afterAll(() => rm(made, { recursive: true }))

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'punctual-embedded-'))
  chmodSync(parent, 0o700)
  folder = join(parent, 'data')
  await cp(made, folder, { recursive: true })
  running = []
})

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  const left = postmaster()?.pid
  if (left && isAlive(left)) {
    process.kill(left, 'SIGQUIT')
    await expect.poll(() => isAlive(left), { timeout: 5_000 }).toBe(false)
  }
  await rm(parent, { recursive: true, force: true, maxRetries: 5 })
})

const postmaster = () => readPostmaster(join(folder, 'postgres'))
const port = (url: string) => new URL(url).port

test('what was stored is there at the next start, at the same address', async () => {
  const first = await startEmbedded(folder, quick)
  await ask(first.url, 'create table kept as select 1 as one')
  await first.stop()

  const second = await startEmbedded(folder, quick)
  expect(await ask(second.url, 'select one from kept')).toEqual([{ one: 1 }])
  expect(second.url).toBe(first.url)
  await second.stop()
})

test('only this machine reaches it, with a password only the owner of the folder can read', async () => {
  const server = await startEmbedded(folder, quick)
  expect(
    await ask(
      server.url,
      "select current_setting('listen_addresses') as at, current_setting('password_encryption') as kept",
    ),
  ).toEqual([{ at: '127.0.0.1', kept: 'scram-sha-256' }])
  expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600)
  const stranger = new URL(server.url)
  stranger.password = 'guess'
  await expect(ask(stranger.href, 'select 1')).rejects.toThrow('password authentication failed')
  await server.stop()
})

test('it sorts and answers the same whatever the language of the machine', async () => {
  const server = await startEmbedded(folder, quick)
  expect(
    await ask(server.url, "select current_setting('timezone') as zone, 'a' > 'B' as bytes, upper('ñ') as upper"),
  ).toEqual([{ zone: 'UTC', bytes: true, upper: 'Ñ' }])
  await server.stop()
})

test('after kill -9 of the app the next start ends the orphaned server and loses nothing', async () => {
  const app = await startApp()
  await ask(app.url, 'create table kept as select 1 as one')
  const orphan = postmaster()?.pid ?? 0
  await kill(app.child)
  expect(isAlive(orphan)).toBe(true)

  const server = await startEmbedded(folder, quick)
  expect(isAlive(orphan)).toBe(false)
  expect(await ask(server.url, 'select one from kept')).toEqual([{ one: 1 }])
  await server.stop()
})

test('after kill -9 of app and server at once it starts again', async () => {
  const app = await startApp()
  await ask(app.url, 'create table kept as select 1 as one')
  process.kill(postmaster()?.pid ?? 0, 'SIGKILL')
  await kill(app.child)

  const server = await startEmbedded(folder, quick)
  expect(await ask(server.url, 'select one from kept')).toEqual([{ one: 1 }])
  await server.stop()
})

test('after kill -9 of the server alone its app can start it again', async () => {
  const server = await startEmbedded(folder, quick)
  process.kill(postmaster()?.pid ?? 0, 'SIGKILL')
  await server.stop()

  const again = await startEmbedded(folder, quick)
  expect(await ask(again.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await again.stop()
})

test('a pid file that names a zombie is no server', async () => {
  await leavePidFile(await zombie())
  await expectStart()
})

test('a pid file whose number now belongs to another program is no server, and that program lives on', async () => {
  const stranger = spawn('sleep', ['600'])
  running.push(stranger)
  await leavePidFile(stranger.pid ?? 0)
  await expectStart()
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
})

test('when its port is taken it finds another one and stays there', async () => {
  const first = await startEmbedded(folder, quick)
  await first.stop()
  const other = createServer().listen(Number(port(first.url)), '127.0.0.1')
  await once(other, 'listening')

  const second = await startEmbedded(folder, quick)
  expect(port(second.url)).not.toBe(port(first.url))
  await second.stop()
  other.close()

  const third = await startEmbedded(folder, quick)
  expect(port(third.url)).toBe(port(second.url))
  await third.stop()
})

test('a second start on the same folder is refused and told who has it; the first goes on', async () => {
  const app = await startApp()

  await expect(startEmbedded(folder, quick)).rejects.toThrow(`already running on ${folder} (process ${app.child.pid})`)
  expect((await startApp()).refused).toContain(`process ${app.child.pid}`)
  expect(await ask(app.url, 'select 1 as one')).toEqual([{ one: 1 }])

  app.child.kill('SIGTERM')
  await once(app.child, 'exit')
  await expectStart()
})

test('a claim left by a dead process whose number lives again is taken over', async () => {
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, start: 'another time' }))
  await expectStart()
})

test('of many starts at one moment over a dead claim, one has the folder', async () => {
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, start: '1' }))
  const apps = await Promise.all([startApp(), startApp(), startApp(), startApp()])
  expect(apps.filter((app) => app.url)).toHaveLength(1)
})

test('a first start that was interrupted is begun anew', async () => {
  await rm(folder, { recursive: true })
  mkdirSync(join(folder, 'postgres.new/base'), { recursive: true })
  writeFileSync(join(folder, 'postgres.new/PG_VERSION'), '18')
  await expectStart()
})

test('a server that will not start says why in its own words', async () => {
  await expect(startEmbedded(folder, { settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    'invalid value for parameter "shared_buffers"',
  )
  await expectStart()
})

const everybodyCanEnter = (path: string): boolean =>
  (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || everybodyCanEnter(dirname(path)))

test.skipIf(process.getuid?.() !== 0)(
  'root without user namespaces runs it as nobody, if nobody can get there',
  async () => {
    const path = join(parent, 'bin')
    mkdirSync(path)
    symlinkSync('/bin/ls', join(path, 'ls'))
    const refusal = 'Start Punctual as another user, let everybody enter'
    expect((await startApp({ PATH: path })).refused).toContain(refusal)

    chmodSync(parent, 0o755)
    const app = await startApp({ PATH: path })
    if (everybodyCanEnter(realpathSync(join(import.meta.dirname, '../../node_modules')))) {
      expect(await ask(app.url, 'select 1 as one')).toEqual([{ one: 1 }])
      await kill(app.child)
    } else {
      // The data may be entered now, but a checkout in somebody's private folder may not.
      expect(app.refused).toContain(refusal)
    }
    await expectStart()
  },
)

async function ask(url: string, statement: string): Promise<unknown[]> {
  const pool = connectionPool(url, { max: 1 })
  try {
    return (await pool.query(statement)).rows
  } finally {
    await pool.end()
  }
}

async function expectStart(): Promise<void> {
  const server = await startEmbedded(folder, quick)
  expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
}

async function startApp(
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; url: string; refused?: string }> {
  const child = spawn(process.execPath, [APP, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  running.push(child)
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, ...JSON.parse(line) }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function leavePidFile(pid: number): Promise<void> {
  const server = await startEmbedded(folder, quick)
  const file = join(folder, 'postgres/postmaster.pid')
  const [, ...rest] = readFileSync(file, 'utf8').split('\n')
  await server.stop()
  writeFileSync(file, [pid, ...rest].join('\n'))
}

/** A process that has ended and that its parent, which became another program, will never ask about. */
async function zombie(): Promise<number> {
  // It outlives the shell, which would collect it; `sleep` never does.
  const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] })
  running.push(parent)
  const [line] = await once(createInterface(parent.stdout), 'line')
  const stat = () => readFileSync(`/proc/${line}/stat`, 'utf8')
  await expect.poll(stat, { timeout: 10_000 }).toContain(') Z ')
  return Number(line)
}
