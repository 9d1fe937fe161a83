import { sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { invalid, notFound, Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { insertMentorship, refusePaired } from '../people/mentorships.ts'
import { isKnownToOps, mustRun } from '../people/scope.ts'
import { lockHolders } from '../sessions/commitments.ts'
import { type BookingRow, findBooking } from './bookings.ts'
import { writeCancel } from './cancel.ts'

export type EndAsk = { at: Temporal.Instant; reason: string; successorMentorId: string | null; dryRun: boolean }
export type EndAnswer = {
  mentorshipId: string
  endedAt: string
  /** The pair that takes over; null without a successor and in a dry run. */
  successorId: string | null
  /** Sessions that cannot take place any more, by start. With a successor they are to be booked again, with that mentor. */
  affected: {
    sessionId: string
    bookingId: string
    startsAt: string
    endsAt: string
    mentee: string
    bookAgainWith: string | null
  }[]
  dryRun: boolean
}

/**
 * Ends a pair at an instant, in one transaction: sessions from then on are cancelled (what has begun stays), a successor takes
 * over what is left of the budget. A dry run answers the same and writes nothing.
 * Throws 404, 400 for a successor who cannot be one, 422 `not_possible` when the pair has ended, 409 when they are paired already.
 */
export async function endMentorship(
  { db, nudge }: House,
  actor: Actor,
  id: string,
  ask: EndAsk,
  now: Temporal.Instant,
): Promise<EndAnswer> {
  if (ask.dryRun) return preview(db, actor, id, ask, now)
  const answer = await transact(db, async (tx) => {
    const people = await tx
      .selectFrom('mentorship')
      .select(['mentor_id', 'mentee_id'])
      .where('id', '=', id)
      .executeTakeFirst()
    // A booking of this pair that is under way ends first, and is then seen; a later one finds the pair ended.
    if (people) await lockHolders(tx, [people.mentor_id, people.mentee_id])
    const seen = await preview(tx, actor, id, ask, now)
    await sql`select from session where id = any(${seen.affected.map(({ sessionId }) => sessionId)}::uuid[]) order by id for update`.execute(
      tx,
    )
    for (const { bookingId } of seen.affected) {
      const booking = (await findBooking(tx, bookingId)) as BookingRow
      await writeCancel(tx, now, actor, booking, { reason: ask.reason, revision: booking.revision })
    }
    await tx
      .updateTable('mentorship')
      .set({ ended_at: ask.at, ended_reason: ask.reason, ended_by: actor.label })
      .where('id', '=', id)
      .execute()
    const successorId =
      ask.successorMentorId === null ? null : await takeOver(tx, id, ask.successorMentorId, ask.at, now)
    const detail = { successorId, cancelled: seen.affected.length }
    await audit(tx, {
      at: now,
      actor: actor.label,
      action: 'mentorship.ended',
      objectKind: 'mentorship',
      objectId: id,
      reason: ask.reason,
      detail,
    })
    return { ...seen, successorId }
  })
  nudge()
  return answer
}

async function preview(
  db: Database | Tx,
  actor: Actor,
  id: string,
  ask: EndAsk,
  now: Temporal.Instant,
): Promise<EndAnswer> {
  const pair = await db.selectFrom('mentorship').selectAll().where('id', '=', id).executeTakeFirst()
  if (!pair) throw notFound('mentorship')
  mustRun(actor, pair.programme_id, 'mentorship')
  if (pair.ended_at)
    throw new Refusal('not_possible', 'This mentorship has ended already.', { endedAt: pair.ended_at.toString() })
  if (ask.successorMentorId !== null) await refuseSuccessor(db, actor, pair, ask.successorMentorId)
  const { rows } = await sql<{
    booking_id: string
    session_id: string
    starts_at: Temporal.Instant
    ends_at: Temporal.Instant
    mentee: string
  }>`
    select b.id as booking_id, s.id as session_id, s.starts_at, s.ends_at, a.name as mentee
    from user_calendar_booking b join session s on s.id = b.session_id join account a on a.id = b.mentee_id
    where b.mentorship_id = ${id} and b.cancelled_at is null and s.cancelled_at is null and s.starts_at >= ${ask.at} and s.starts_at > ${now}
    order by s.starts_at, s.id`.execute(db)
  const affected = rows.map((row) => ({
    sessionId: row.session_id,
    bookingId: row.booking_id,
    startsAt: row.starts_at.toString(),
    endsAt: row.ends_at.toString(),
    mentee: row.mentee,
    bookAgainWith: ask.successorMentorId,
  }))
  return { mentorshipId: id, endedAt: ask.at.toString(), successorId: null, affected, dryRun: ask.dryRun }
}

async function refuseSuccessor(
  db: Database | Tx,
  actor: Actor,
  pair: { mentor_id: string; mentee_id: string },
  successor: string,
): Promise<void> {
  const wrong = (rule: string) => invalid({ field: 'successorMentorId', rule })
  if (successor === pair.mentor_id) throw wrong('must be another mentor')
  if (successor === pair.mentee_id) throw wrong('must not be the mentee')
  const account = await db
    .selectFrom('account')
    .select('id')
    .where('id', '=', successor)
    .where('deactivated_at', 'is', null)
    .where(isKnownToOps(actor, 'account.id'))
    .executeTakeFirst()
  if (!account) throw wrong('must be a person who is active')
}

async function takeOver(
  tx: Tx,
  id: string,
  mentorId: string,
  at: Temporal.Instant,
  now: Temporal.Instant,
): Promise<string> {
  const { rows } = await sql<{
    programme_id: string
    mentee_id: string
    sessions: number | null
    ends_on: string | null
    used: number
  }>`
    select programme_id, mentee_id, sessions, ends_on,
      (select count(*) from user_calendar_booking b where b.mentorship_id = m.id and b.cancelled_at is null) as used
    from mentorship m where id = ${id}`.execute(tx)
  const old = rows[0]!
  const startsOn = at.toZonedDateTimeISO('UTC').toPlainDate().toString()
  const pair = { programmeId: old.programme_id, mentorId, menteeId: old.mentee_id }
  await refusePaired(tx, pair, now)
  return insertMentorship(
    tx,
    {
      ...pair,
      sessions: old.sessions === null ? null : Math.max(0, old.sessions - old.used),
      startsOn,
      endsOn: old.ends_on !== null && old.ends_on >= startsOn ? old.ends_on : null,
      succeeds: id,
    },
    now,
  )
}
