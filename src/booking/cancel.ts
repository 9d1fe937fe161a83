import { audit } from '../audit.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import type { House } from '../http.ts'
import { isBefore } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { policyOf } from '../playbook/policy.ts'
import { release } from '../sessions/commitments.ts'
import type { Planned } from '../sessions/timeline.ts'
import { type Effects, plannedThen, tryOut, whatFollows } from '../sessions/what-follows.ts'
import { type Booked, type BookingRow, bookingFor, findBooking, shownBooking } from './bookings.ts'
import { refuseOld, stale } from './reschedule.ts'

/**
 * Cancels a booking and frees its people's times, with whatever else its mentee has booked of the same session; the session
 * goes with its last mentee. Cancelling again answers 200.
 * Throws 404, 409 `stale_revision` (with the current state), 422 `not_possible` once the session has begun.
 */
export async function cancel(
  house: House,
  actor: Actor,
  id: string,
  ask: { reason: string; revision: number },
  now: Temporal.Instant,
): Promise<Booked & { late: boolean }> {
  const seen = await bookingFor(house.db, actor, id)
  if (!seen.cancelled_at) await transact(house.db, (tx) => writeCancel(tx, now, actor, seen, ask))
  house.nudge()
  const booking = (await findBooking(house.db, id)) as BookingRow
  const { late_cancel: late } = await house.db
    .selectFrom('user_calendar_booking')
    .select('late_cancel')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return { ...shownBooking(booking), late }
}

/** Several bookings, or none: one transaction. Throws as `cancel` does. */
export async function cancelBookings(
  house: House,
  actor: Actor,
  ask: { bookings: readonly { id: string; revision: number }[]; reason: string },
  now: Temporal.Instant,
): Promise<void> {
  await transact(house.db, (tx) => writeAll(tx, now, actor, ask))
  house.nudge()
}

/** All that cancelling these bookings would bring; nothing is changed. Throws as the deed would. */
export const previewCancel = (
  db: House['db'],
  actor: Actor,
  bookings: readonly { id: string; revision: number }[],
  reason: string,
  now: Temporal.Instant,
): Promise<Effects & { planned: (Planned & { what: string })[] }> =>
  tryOut(db, async (tx) => {
    const seen = await writeAll(tx, now, actor, { bookings, reason })
    const sessionIds = [...new Set(seen.map(({ session_id }) => session_id))]
    const effects = await whatFollows(tx, sessionIds, now)
    // Whoever sleeps now is told when their quiet hours end.
    const planned = await plannedThen(tx, sessionIds, now)
    // What others of a shared session are told is theirs and ops' to read.
    const pair = new Set<string | null>(seen.flatMap(({ mentor_id, mentee_id }) => [mentor_id, mentee_id]))
    const theirs = <T extends { recipient: string | null }>(list: T[]) =>
      seen.every(({ programme_id }) => runs(actor, programme_id))
        ? list
        : list.filter(({ recipient }) => pair.has(recipient))
    const { messages, withdrawn, vendors } = effects
    return { messages: theirs(messages), withdrawn: theirs(withdrawn), vendors, planned: theirs(planned) }
  })

async function writeAll(
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  { bookings, reason }: { bookings: readonly { id: string; revision: number }[]; reason: string },
): Promise<BookingRow[]> {
  const all: BookingRow[] = []
  for (const { id, revision } of bookings) {
    const seen = await bookingFor(tx, actor, id)
    await writeCancel(tx, now, actor, seen, { reason, revision })
    all.push(seen)
  }
  return all
}

/** The bookings that the caller names are cancelled; nothing else of their session is. */
export const callOff = (
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  { reason, late }: { reason: string; late: boolean },
) =>
  tx.updateTable('user_calendar_booking').set((eb) => ({
    cancelled_at: now,
    cancelled_by: actor.label,
    cancel_reason: reason,
    late_cancel: late,
    revision: eb('revision', '+', 1),
  }))

// Order of locks: the session's row, then commitments. It takes nothing, so the holders need no lock.
export async function writeCancel(
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  seen: BookingRow,
  { reason, revision }: { reason: string; revision: number },
): Promise<void> {
  await tx.selectFrom('session').select('id').where('id', '=', seen.session_id).forUpdate().execute()
  const booking = (await findBooking(tx, seen.id)) as BookingRow
  if (booking.cancelled_at) return
  refuseOld(booking, revision, now)
  if (booking.session_id !== seen.session_id) throw stale(booking)

  const late = await isLate(tx, booking, now)
  await callOff(tx, now, actor, { reason, late }).where('id', '=', booking.id).execute()
  // A merge can leave somebody two bookings of one session: who does not come gives up both, and is late once.
  const along = await callOff(tx, now, actor, { reason, late: false })
    .where('session_id', '=', booking.session_id)
    .where('mentee_id', '=', booking.mentee_id)
    .where('cancelled_at', 'is', null)
    .returning('id')
    .execute()

  const others = await tx
    .selectFrom('session_participant')
    .select('id')
    .where('session_id', '=', booking.session_id)
    .where('role', '=', 'mentee')
    .where('left_at', 'is', null)
    .where('account_id', '<>', booking.mentee_id)
    .execute()
  if (others.length === 0) await cancelSession(tx, now, actor, booking.session_id, reason)
  else await leave(tx, now, booking)
  for (const { id } of [booking, ...along]) {
    await audit(tx, {
      at: now,
      actor: actor.label,
      action: 'booking.cancelled',
      objectKind: 'booking',
      objectId: id,
      reason,
    })
  }
  await wakeSession(tx, booking.session_id, now)
}

// Its participants stay: they are the ones to be told.
export async function cancelSession(
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  sessionId: string,
  reason: string,
): Promise<void> {
  await tx
    .updateTable('session')
    .set({ cancelled_at: now, cancelled_by: actor.label, cancel_reason: reason })
    .where('id', '=', sessionId)
    .execute()
  await release(tx, { sessionIds: [sessionId] }, now)
}

async function leave(tx: Tx, now: Temporal.Instant, booking: BookingRow): Promise<void> {
  await tx
    .updateTable('session_participant')
    .set({ left_at: now })
    .where('session_id', '=', booking.session_id)
    .where('account_id', '=', booking.mentee_id)
    .where('left_at', 'is', null)
    .execute()
  await release(tx, { sessionIds: [booking.session_id], holderIds: [booking.mentee_id] }, now)
}

/** Whether a cancellation at `now` comes so late that it counts, by the programme's policy. */
export async function isLate(
  db: House['db'] | Tx,
  session: { starts_at: Temporal.Instant; programme_id: string },
  now: Temporal.Instant,
): Promise<boolean> {
  const row = await db
    .selectFrom('playbook')
    .select('settings')
    .where('programme_id', '=', session.programme_id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return isBefore(session.starts_at.subtract({ hours: policyOf(row?.settings).booking.lateCancelHours }), now)
}
