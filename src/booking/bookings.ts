import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { notFound } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'

/** A booking as everybody sees it. */
export type Booked = {
  id: string
  sessionId: string
  mentorId: string
  menteeId: string
  startsAt: string
  endsAt: string
  /** What `reschedule` and `cancel` compare. */
  revision: number
  status: 'booked' | 'cancelled'
}

type Row = {
  id: string
  session_id: string
  mentor_id: string
  mentee_id: string
  starts_at: Temporal.Instant
  ends_at: Temporal.Instant
  revision: number
  cancelled_at: Temporal.Instant | null
}

export const shownBooking = (row: Row): Booked => ({
  id: row.id,
  sessionId: row.session_id,
  mentorId: row.mentor_id,
  menteeId: row.mentee_id,
  startsAt: row.starts_at.toString(),
  endsAt: row.ends_at.toString(),
  revision: row.revision,
  status: row.cancelled_at ? 'cancelled' : 'booked',
})

/** The booking with its session, or undefined. */
export const findBooking = (db: Database | Tx, id: string) =>
  db
    .selectFrom('user_calendar_booking as b')
    .innerJoin('session as s', 's.id', 'b.session_id')
    .select([
      'b.id',
      'b.session_id',
      'b.mentor_id',
      'b.mentee_id',
      'b.mentorship_id',
      'b.revision',
      'b.cancelled_at',
      's.starts_at',
      's.ends_at',
      's.room',
      's.host_id',
      's.programme_id',
      's.kind',
      's.merged_into',
      's.revision as session_revision',
      's.cancelled_at as session_cancelled_at',
    ])
    .where('b.id', '=', id)
    .executeTakeFirst()

export type BookingRow = NonNullable<Awaited<ReturnType<typeof findBooking>>>

/** Throws 404 for whoever is neither in it nor of ops in its programme: who may not see it cannot find out that it exists. */
export async function bookingFor(db: Database | Tx, actor: Actor, id: string): Promise<BookingRow> {
  const row = await findBooking(db, id)
  const theirs =
    row &&
    (runs(actor, row.programme_id) ||
      (actor.accountId !== null && (actor.accountId === row.mentee_id || actor.accountId === row.mentor_id)))
  if (!theirs) throw notFound('booking')
  return row
}
