import { CompiledQuery } from 'kysely'
import type { Database } from './pool.ts'
import { MARK } from './prepared.ts'
import type { Tx } from './transaction.ts'

/**
 * A statement that is sent with every request of a kind: each connection parses and plans it once, and nothing is composed again
 * in between. `text` has `$1` and on, in the order of the values given to the answer. Made once, when its file is read.
 */
export function statement<Row>(text: string): (db: Database | Tx, values: readonly unknown[]) => Promise<Row[]> {
  const kept = `${MARK} ${text}`
  return async (db, values) => (await db.executeQuery(CompiledQuery.raw(kept, [...values]) as CompiledQuery<Row>)).rows
}

/** `$first, $first+1, ...`: places for `count` values. */
export const places = (count: number, first = 1): string =>
  Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ')
