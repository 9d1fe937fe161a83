import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { preparedName } from './prepared.ts'
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
  /** Every statement with parameters is prepared, not only those that ask for it: for texts that never vary. */
  prepareAll?: boolean
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
    Client: options.prepareAll ? PreparingClient : Client,
    types: typeParsers,
    application_name: 'punctual',
    connectionTimeoutMillis: 10_000,
    // A statement that hangs must not hold the worker's claim longer than its lease of 30 s, so the three limits add up to less.
    statement_timeout: options.statementTimeout ?? 5_000,
    lock_timeout: options.lockTimeout ?? 2_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeout ?? 10_000,
    // Compiling a plan takes longer than any of our statements does.
    options: '-c timezone=UTC -c jit=off',
  })
  // Without a listener, one restarted database server would end the whole process.
  pool.on('error', options.onIdleError ?? (() => {}))
  return pool
}

// The driver would write an instant as JSON, quotes included. Here is the one place every parameter passes.
class Client extends pg.Client {
  protected preparesAll = false
  #generation = 0

  // biome-ignore lint/suspicious/noExplicitAny: pg declares `query` with a dozen overloads
  override query(config: any, values?: any, callback?: any): any {
    if (!Array.isArray(values)) {
      if (Array.isArray(config?.values)) config.values = writeParameters(config.values)
      return super.query(config, values, callback)
    }
    const name = typeof config === 'string' ? preparedName(config, this.preparesAll) : undefined
    if (!name) return super.query(config, writeParameters(values), callback)
    const kept = { text: config, name: `${name}.${this.#generation}`, values: writeParameters(values) }
    if (callback) return super.query(kept, this.#watched(callback))
    const answer = super.query(kept)
    answer.catch((error) => this.#forgetStale(error))
    return answer
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg's callback
  #watched(callback: any) {
    return (error: unknown, result: unknown) => {
      this.#forgetStale(error)
      callback(error, result)
    }
  }

  // A migration beside a running process changed a table: whoever tries again has the statement prepared anew.
  #forgetStale(error: unknown): void {
    if ((error as { routine?: string } | null)?.routine === 'RevalidateCachedQuery') this.#generation += 1
  }
}

class PreparingClient extends Client {
  protected override preparesAll = true
}
