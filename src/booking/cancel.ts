import { audit } from '../audit.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import type { House } from '../http.ts'
import { isBefore } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { policyOf } from '../playbook/policy.ts'
import { release } from '../sessions/commitments.ts'
import { type Booked, type BookingRow, bookingFor, findBooking, shownBooking } from './bookings.ts'
import { refuseOld, stale } from './reschedule.ts'

/**
 * Cancels a booking and frees its people's times; the session goes with its last mentee. Cancelling again answers 200.
 * Throws 404, 409 `stale_revision` (with the current state), 422 `not_possible` once the session has begun.
 */
export async function cancel(
  house: House,
  actor: Actor,
  id: string,
  ask: { reason: string; revision: number },
): Promise<Booked & { late: boolean }> {
  const seen = await bookingFor(house.db, actor, id)
  const now = house.clock.now()
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

  const limit = booking.starts_at.subtract({ hours: await lateCancelHours(tx, booking.programme_id) })
  await tx
    .updateTable('user_calendar_booking')
    .set((eb) => ({
      cancelled_at: now,
      cancelled_by: actor.label,
      cancel_reason: reason,
      late_cancel: isBefore(limit, now),
      revision: eb('revision', '+', 1),
    }))
    .where('id', '=', booking.id)
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
  await audit(tx, {
    at: now,
    actor: actor.label,
    action: 'booking.cancelled',
    objectKind: 'booking',
    objectId: booking.id,
    reason,
  })
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

export async function lateCancelHours(tx: Tx, programmeId: string): Promise<number> {
  const row = await tx
    .selectFrom('playbook')
    .select('settings')
    .where('programme_id', '=', programmeId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return policyOf(row?.settings).booking.lateCancelHours
}
