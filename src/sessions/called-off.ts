import { sql } from 'kysely'
import type { Tx } from '../database/transaction.ts'
import { release } from './commitments.ts'
import type { Moved } from './undo-merge.ts'

// What the undo of a merge does about those who called off while their sessions were one.

/**
 * Whom this session had and has again: its mentors, and the mentees who have not called off since. Nobody at all when not
 * one of its mentees is left. Read behind the lock of the session that went on, where bookings are cancelled.
 */
export async function stillComing(tx: Tx, { left, bookings }: Moved): Promise<{ id: string; account_id: string }[]> {
  const { rows } = await sql<{ id: string; account_id: string; role: string; comes: boolean }>`
    select p.id, p.account_id, p.role, p.role = 'mentor' or p.booking_id is null or exists (
      select from user_calendar_booking b where b.id = any(${bookings}::uuid[]) and b.mentee_id = p.account_id and b.cancelled_at is null) as comes
    from session_participant p where p.id = any(${left}::uuid[]) order by p.id`.execute(tx)
  const mentees = rows.filter(({ role }) => role === 'mentee')
  return mentees.length > 0 && mentees.every(({ comes }) => !comes) ? [] : rows.filter(({ comes }) => comes)
}

/** It is its own again and over: it ended when the last of its bookings was called off. Its people were told then, and stay away. */
export async function endCalledOff(tx: Tx, sessionId: string, { bookings }: Moved): Promise<void> {
  await sql`
    update session s set merged_into = null, cancelled_at = last.cancelled_at, cancelled_by = last.cancelled_by, cancel_reason = last.cancel_reason
    from (select cancelled_at, cancelled_by, cancel_reason from user_calendar_booking
      where id = any(${bookings}::uuid[]) order by cancelled_at desc, id limit 1) last
    where s.id = ${sessionId}`.execute(tx)
}

/** The session that went on ends too when its own mentees have called off: only those who go back had kept it alive. */
export async function endEmptied(
  tx: Tx,
  survivorId: string,
  { by, reason }: { by: string; reason: string },
  now: Temporal.Instant,
): Promise<void> {
  const { rows } = await sql`
    update session s set cancelled_at = ${now}, cancelled_by = ${by}, cancel_reason = ${reason}
    where s.id = ${survivorId}
      and exists (select from session_participant p where p.session_id = s.id and p.role = 'mentee' and p.came_from is null)
      and not exists (select from session_participant p where p.session_id = s.id and p.role = 'mentee' and p.left_at is null)
      and not exists (select from user_calendar_booking b where b.session_id = s.id and b.cancelled_at is null)
    returning s.id`.execute(tx)
  if (rows.length > 0) await release(tx, { sessionIds: [survivorId] }, now)
}
