import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { DB } from './rows.ts'
import { typeParsers, writeParameters } from './values.ts'

export type Database = Kysely<DB>

export type PoolOptions = {
  /** Connections at most. */
  max?: number
  /** Milliseconds; 0 means no limit. */
  statementTimeout?: number
  lockTimeout?: number
  idleInTransactionTimeout?: number
  /** Told of a connection that broke while nobody used it; the pool replaces it by itself. */
  onIdleError?: (error: Error) => void
}

/** A pool of connections that speaks in instants, plain dates and numbers. End it with `db.destroy()`. */
export function connect(url: string, options: PoolOptions = {}): Database {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: connectionPool(url, options) }) })
}

/** The same pool without Kysely, for LISTEN and for migrations. */
export function connectionPool(url: string, options: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    Client,
    types: typeParsers,
    application_name: 'punctual',
    connectionTimeoutMillis: 10_000,
    // A statement that hangs must not hold the worker's claim longer than its lease of 30 s, so the three limits add up to less.
    statement_timeout: options.statementTimeout ?? 5_000,
    lock_timeout: options.lockTimeout ?? 2_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeout ?? 10_000,
    options: '-c timezone=UTC',
  })
  // Without a listener, one restarted database server would end the whole process.
  pool.on('error', options.onIdleError ?? (() => {}))
  return pool
}

const NAMES = new Map<string, string>()

/** From now on every connection of this process prepares this text once and keeps it under `name`. */
export function namePrepared(text: string, name: string): void {
  const known = [...NAMES].find(([other, taken]) => taken === name && other !== text)
  if (known) throw new Error(`Two statements are named ${name}.`)
  NAMES.set(text, name)
}

// The driver would write an instant as JSON, quotes included. Here is the one place every parameter passes.
class Client extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg declares `query` with a dozen overloads
  override query(config: any, values?: any, callback?: any): any {
    if (Array.isArray(values)) {
      const name = NAMES.get(config)
      const written = writeParameters(values)
      return name === undefined
        ? super.query(config, written, callback)
        : super.query({ name, text: config, values: written }, callback)
    }
    if (Array.isArray(config?.values)) config.values = writeParameters(config.values)
    return super.query(config, values, callback)
  }
}
