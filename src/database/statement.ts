import { CompiledQuery } from 'kysely'
import { type Database, namePrepared } from './pool.ts'
import type { Tx } from './transaction.ts'

/**
 * A statement that is sent with every request of a kind: each connection parses and plans it once, under `name`, and nothing is
 * composed again in between. `text` has `$1` and on, in the order of the values given to the answer. Made once, when its file is read.
 */
export function statement<Row>(
  name: string,
  text: string,
): (db: Database | Tx, values: readonly unknown[]) => Promise<Row[]> {
  namePrepared(text, name)
  return async (db, values) => (await db.executeQuery(CompiledQuery.raw(text, [...values]) as CompiledQuery<Row>)).rows
}

/** `$first, $first+1, ...`: places for `count` values. */
export const places = (count: number, first = 1): string =>
  Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ')
