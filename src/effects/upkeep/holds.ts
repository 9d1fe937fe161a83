import { sql } from 'kysely'
import { transact } from '../../database/transaction.ts'
import type { Needs } from '../needs.ts'

/** Holds whose time is over give their hours back. Skips those that a booking is using this moment. */
export function releaseLapsedHolds({ db }: Pick<Needs, 'db'>, now: Temporal.Instant): Promise<number> {
  return transact(db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      select id from hold where expires_at <= ${now} and released_at is null and booking_id is null
      order by expires_at limit 500 for update skip locked`.execute(tx)
    const ids = rows.map((row) => row.id)
    if (ids.length === 0) return 0
    await sql`update commitment set released_at = ${now} where hold_id = any(${ids}::uuid[]) and released_at is null`.execute(
      tx,
    )
    await sql`update hold set released_at = ${now} where id = any(${ids}::uuid[])`.execute(tx)
    return ids.length
  })
}
