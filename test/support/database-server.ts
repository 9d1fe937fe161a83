import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectionPool } from '../../src/database/pool.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseServerUrl: string
    databaseTemplate: string
  }
}

const PREFIX = 'punctual-test-'
const MIGRATIONS = join(import.meta.dirname, '../../migrations')

/** One server for the whole run and one migrated template in it; `testDatabase()` copies the template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer()
  const template = `punctual_template_${randomBytes(4).toString('hex')}`
  await command(server.url, `create database ${template}`)
  if (existsSync(MIGRATIONS) && readdirSync(MIGRATIONS).some((name) => name.endsWith('.sql'))) {
    await migrate(databaseUrl(server.url, template), {
      mode: 'sandbox',
      now: Temporal.Instant.from('2026-03-01T12:00:00Z'),
    })
  }
  project.provide('databaseServerUrl', server.url)
  project.provide('databaseTemplate', template)

  return async () => {
    if (!server.ours) await command(server.url, `drop database if exists ${template} with (force)`)
    await server.stop()
  }
}

async function startServer(): Promise<{ url: string; ours: boolean; stop: () => Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { url: given, ours: false, stop: async () => {} }

  sweepDeadRuns()
  const dir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  // Nothing here outlives the run, so nothing needs to reach the disk.
  const started = startEmbedded(dir, {
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
      max_wal_size: '256MB',
    },
  })
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= started.then((server) => server.stop()).finally(() => rmSync(dir, { recursive: true, force: true }))
    return stopping
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(1)))
  }
  return { url: (await started).url, ours: true, stop }
}

// A run that was killed hard could not clean up: the next one does.
function sweepDeadRuns(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(name.startsWith(PREFIX) && name.slice(PREFIX.length).split('-')[0])
    if (!pid || isAlive(pid)) continue
    const dir = join(tmpdir(), name)
    try {
      const postmaster = Number(readFileSync(join(dir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
      process.kill(postmaster, 'SIGQUIT')
    } catch {
      // It never started, or died with its run.
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export async function command(url: string, sql: string): Promise<void> {
  const pool = connectionPool(url, { max: 1, statementTimeout: 0, lockTimeout: 0 })
  try {
    await pool.query(sql)
  } finally {
    await pool.end()
  }
}

export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
