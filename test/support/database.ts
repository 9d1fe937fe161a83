import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { connect, type Database, type PoolOptions } from '../../src/database/pool.ts'
import { command, databaseUrl } from './database-server.ts'

export type TestDatabase = {
  /** As the app connects in production: a role that owns nothing. In an empty database, its owner. */
  db: Database
  url: string
  /** For what only the owner may: to look behind the app's back, or to do what nobody should. */
  owner: Database
  ownerUrl: string
  drop: () => Promise<void>
}

/** A migrated database of the caller's own, copied from the run's template; `drop` it in `afterAll`. */
export async function testDatabase(options?: PoolOptions): Promise<TestDatabase> {
  const { name, ownerUrl } = await createDatabase(`template ${inject('databaseTemplate')} strategy file_copy`)
  return open(name, ownerUrl, asApp(ownerUrl), options)
}

/** The same without any table in it. */
export async function emptyDatabase(options?: PoolOptions): Promise<TestDatabase> {
  const { name, ownerUrl } = await createDatabase('template template0')
  return open(name, ownerUrl, ownerUrl, options)
}

/** The address with which the app reaches a database, once it is migrated. */
export function asApp(ownerUrl: string): string {
  const { name, password } = inject('databaseApp')
  return Object.assign(new URL(ownerUrl), { username: name, password }).href
}

async function createDatabase(from: string): Promise<{ name: string; ownerUrl: string }> {
  const server = inject('databaseServerUrl')
  const name = `punctual_test_${randomBytes(6).toString('hex')}`
  await command(server, `create database ${name} ${from}`)
  return { name, ownerUrl: databaseUrl(server, name) }
}

function open(name: string, ownerUrl: string, url: string, options?: PoolOptions): TestDatabase {
  const db = connect(url, options)
  const owner = connect(ownerUrl, { ...options, max: 2 })
  return {
    db,
    url,
    owner,
    ownerUrl,
    drop: async () => {
      await Promise.all([db.destroy(), owner.destroy()])
      await command(inject('databaseServerUrl'), `drop database if exists ${name} with (force)`)
    },
  }
}
