import type { Database } from '../database/pool.ts'
import { Refusal } from '../errors.ts'

/** Ops have paused new bookings of the mentor or the mentee in the programme. Who of the two is not said. */
export const paused = (): Refusal =>
  new Refusal('not_offered', 'New bookings are paused: please ask your programme.', { reasons: ['paused'] })

/**
 * The programmes in which new bookings of one of these people are paused. Asked before times are shown and before one is held;
 * a booking is refused by the database itself.
 */
export async function pausedIn(db: Database, people: readonly string[]): Promise<Set<string>> {
  const found = await db
    .selectFrom('booking_pause')
    .select('programme_id')
    .where('account_id', 'in', [...people])
    .where('lifted_at', 'is', null)
    .execute()
  return new Set(found.map(({ programme_id }) => programme_id))
}
