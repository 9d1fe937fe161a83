import { sql } from 'kysely'
import type { Tx } from './transaction.ts'

/**
 * From here to the end of this transaction what is kept for good may be changed and deleted: for retention, and for the
 * erasure of a person. Everybody else is refused by the database.
 */
export async function forgetting(tx: Tx): Promise<void> {
  await sql`set local punctual.forgets = 'on'`.execute(tx)
}
