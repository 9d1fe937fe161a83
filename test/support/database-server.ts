import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs'
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
    /** As whom the app connects: nothing that it may not do works in any test. */
    databaseApp: { name: string; password: string }
  }
}

const SWEEPER = join(import.meta.dirname, 'database-sweeper.ts')
const MIGRATIONS = join(import.meta.dirname, '../../migrations')

/** One server for the whole run and one migrated template in it; `testDatabase()` copies the template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer()
  const app = { name: 'punctual_app_of_tests', password: randomBytes(18).toString('base64url') }
  const template = `punctual_template_${randomBytes(4).toString('hex')}`
  await command(server.url, `create database ${template}`)
  if (existsSync(MIGRATIONS) && readdirSync(MIGRATIONS).some((name) => name.endsWith('.sql'))) {
    await migrate(databaseUrl(server.url, template), {
      mode: 'sandbox',
      now: Temporal.Instant.from('2026-03-01T12:00:00Z'),
      app,
    })
  }
  project.provide('databaseServerUrl', server.url)
  project.provide('databaseTemplate', template)
  project.provide('databaseApp', app)

  return async () => {
    if (!server.ours) await command(server.url, `drop database if exists ${template} with (force)`)
    await server.stop()
  }
}

async function startServer(): Promise<{ url: string; ours: boolean; stop: () => Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { url: given, ours: false, stop: async () => {} }

  // The real path: a leftover server is looked for by the name it was started with.
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'punctual-test-')))
  const sweeper = spawn(process.execPath, [SWEEPER, dir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  sweeper.unref()
  // Nothing here outlives the run, so nothing needs to reach the disk.
  const { url, stop } = await startEmbedded(dir, {
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
      max_wal_size: '256MB',
    },
  })
  return {
    url,
    ours: true,
    stop: async () => {
      const swept = once(sweeper, 'exit')
      await stop()
      sweeper.stdin.end()
      await swept
    },
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
