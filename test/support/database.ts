import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { connect, type Database, type PoolOptions } from '../../src/database/pool.ts'
import { command, databaseUrl } from './database-server.ts'

export type TestDatabase = { db: Database; url: string; drop: () => Promise<void> }

/** A migrated database of the caller's own, copied from the run's template; `drop` it in `afterAll`. */
export function testDatabase(options?: PoolOptions): Promise<TestDatabase> {
  return createDatabase(`template ${inject('databaseTemplate')} strategy file_copy`, options)
}

/** The same without any table in it. */
export function emptyDatabase(options?: PoolOptions): Promise<TestDatabase> {
  return createDatabase('template template0', options)
}

async function createDatabase(from: string, options?: PoolOptions): Promise<TestDatabase> {
  const server = inject('databaseServerUrl')
  const name = `punctual_test_${randomBytes(6).toString('hex')}`
  await command(server, `create database ${name} ${from}`)
  const url = databaseUrl(server, name)
  const db = connect(url, options)
  return {
    db,
    url,
    drop: async () => {
      await db.destroy()
      await command(server, `drop database if exists ${name} with (force)`)
    },
  }
}
