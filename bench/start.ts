import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { report } from './report.ts'

// From the command (`punctual start`, the launcher included) to the first page, as a person waits for it: a fresh data folder,
// then the same folder again. What is asked for are seconds, so the ratio is to those: 4 s fresh, 2 s with data. The very first
// start after an installation reads all sources for the first time; it is shown by itself.
const ROUNDS = 3
const ROOT = join(import.meta.dirname, '..')

const fresh: number[] = []
const again: number[] = []
const memory: number[] = []
let first = Number.NaN
for (let round = 0; round < ROUNDS; round++) {
  const folder = await mkdtemp(join(tmpdir(), 'punctual-bench-'))
  try {
    if (round === 0)
      first = await secondsToFirstPage(join(folder, 'first'), { NODE_COMPILE_CACHE: join(folder, 'cache') })
    fresh.push(await secondsToFirstPage(folder))
    again.push(await secondsToFirstPage(folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
report('start to first page, fresh data', {
  ours: median(fresh),
  limit: 4,
  unit: 's',
  goal: 'at most 1',
  met: (ratio) => ratio <= 1,
})
report('start to first page, first after installation', {
  ours: first,
  limit: 4,
  unit: 's',
  goal: 'at most 1',
  met: (ratio) => ratio <= 1,
})
report('start to first page, with data', {
  ours: median(again),
  limit: 2,
  unit: 's',
  goal: 'at most 1',
  met: (ratio) => ratio <= 1,
})
report('memory of the app after its start', {
  ours: median(memory),
  limit: 350,
  unit: 'MB',
  goal: 'at most 1',
  met: (ratio) => ratio <= 1,
})

async function secondsToFirstPage(folder: string, env: Record<string, string> = {}): Promise<number> {
  const port = await freePort()
  const started = performance.now()
  const app = spawn(process.execPath, [join(ROOT, 'bin/punctual.mjs'), 'start'], {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: String(port),
      PUNCTUAL_DATA_DIR: folder,
      LOG_LEVEL: 'silent',
      DATABASE_URL: '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await printsItsUrl(app)
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    if (!answer.ok) throw new Error(`the first page answered ${answer.status}`)
    await answer.text()
    const seconds = (performance.now() - started) / 1000
    if (app.pid) memory.push(await residentMegabytes(app.pid))
    return seconds
  } finally {
    app.kill('SIGTERM')
    await new Promise((done) => app.once('exit', done))
  }
}

function printsItsUrl(app: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    app.stdout?.on('data', (chunk) => /http:\/\//.test(String(chunk)) && resolve())
    app.once('exit', (code) => reject(new Error(`ended with ${code} before it served`)))
  })
}

/** Of the app, which is the launcher's only child. */
async function residentMegabytes(launcher: number): Promise<number> {
  const app = await readFile(`/proc/${launcher}/task/${launcher}/children`, 'utf8').catch(() => '')
  const status = await readFile(`/proc/${app.trim().split(' ')[0]}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
