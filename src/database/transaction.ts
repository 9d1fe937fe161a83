import type { Transaction } from 'kysely'
import type { Database } from './pool.ts'
import type { DB } from './rows.ts'

export type Tx = Transaction<DB>

const TRIES = 4
const DEADLOCK = '40P01'
const SERIALIZATION_FAILURE = '40001'

/**
 * Runs `work` in one transaction, and again (3 times at most) when PostgreSQL ended it only because of another one.
 * `work` must therefore do nothing outside the database.
 */
export function transact<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return retrying(() => db.transaction().execute(work))
}

/** The same policy for work that is a single statement, and so a transaction of its own. */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries === TRIES || !isRetryable(error)) throw error
      await pause(tries)
    }
  }
}

export type PgError = { code: string; constraint?: string; table?: string; detail?: string; message: string }

/** What PostgreSQL said (SQLSTATE in `code`, the violated constraint's name), or undefined for any other error. */
export function pgError(error: unknown): PgError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined
  return typeof error.code === 'string' ? (error as Error & PgError) : undefined
}

function isRetryable(error: unknown): boolean {
  const code = pgError(error)?.code
  return code === DEADLOCK || code === SERIALIZATION_FAILURE
}

// Jitter, so that the two that met do not meet again.
const pause = (tries: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** tries))
