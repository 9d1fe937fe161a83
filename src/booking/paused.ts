import type { Database } from '../database/pool.ts'
import { Refusal } from '../errors.ts'

/** Ops have paused new bookings of the mentor or the mentee in the programme. Who of the two is not said. */
export const paused = (): Refusal =>
  new Refusal('not_offered', 'New bookings are paused: please ask your programme.', { reasons: ['paused'] })

/** Asked before a time is held. A booking is refused by the database itself. */
export async function isPaused(db: Database, programmeId: string, people: readonly string[]): Promise<boolean> {
  const found = await db
    .selectFrom('booking_pause')
    .select('id')
    .where('programme_id', '=', programmeId)
    .where('account_id', 'in', [...people])
    .where('lifted_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}
