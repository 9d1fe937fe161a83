import { sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { newId } from '../ids.ts'

export type GapVendor = 'zoom' | 'whatsapp'

/**
 * Zoom repeats an event 5, 25 and 85 minutes after it (developers.zoom.us, "Notification delivery"), then drops it. What
 * happened in the last 85 minutes of an outage still arrives; what happened before is lost.
 */
const REPEATED_FOR = { minutes: 85 }

/** From `from` on evidence of this vendor cannot reach us. At most one hole per vendor is open at a time. */
export async function openGap(
  tx: Tx,
  vendor: GapVendor,
  from: Temporal.Instant,
  why: string,
  now: Temporal.Instant,
): Promise<void> {
  const open = await tx
    .selectFrom('evidence_gap')
    .select('id')
    .where('vendor', '=', vendor)
    .where('to_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (open) return
  await tx.insertInto('evidence_gap').values({ id: newId(), vendor, from_at: from, to_at: null, why }).execute()
  await wakeOverlapping(tx, from, now, now)
}

/** Evidence flows again since `to`. */
export async function closeGap(tx: Tx, vendor: GapVendor, to: Temporal.Instant, now: Temporal.Instant): Promise<void> {
  const closed = await tx
    .updateTable('evidence_gap')
    .set({ to_at: sql<Temporal.Instant>`greatest(from_at, ${to}::timestamptz)` })
    .where('vendor', '=', vendor)
    .where('to_at', 'is', null)
    .returning('from_at')
    .execute()
  for (const gap of closed) await wakeOverlapping(tx, gap.from_at, to, now)
}

/**
 * Called once at start with the last sign of life of any process before. A short absence leaves no hole, because Zoom
 * comes back; a longer one leaves a hole up to 85 minutes before now. Answers whether there is one.
 */
export async function recordDowntime(
  db: Database,
  lastSignOfLife: Temporal.Instant,
  now: Temporal.Instant,
): Promise<boolean> {
  const lostUntil = now.subtract(REPEATED_FOR)
  if (Temporal.Instant.compare(lastSignOfLife, lostUntil) >= 0) return false
  await transact(db, async (tx) => {
    await tx
      .insertInto('evidence_gap')
      .values({
        id: newId(),
        vendor: 'zoom',
        from_at: lastSignOfLife,
        to_at: lostUntil,
        why: 'Punctual was not running.',
      })
      .execute()
    await wakeOverlapping(tx, lastSignOfLife, lostUntil, now)
  })
  return true
}

// Half an hour before the start somebody may already be in the waiting room.
async function wakeOverlapping(
  tx: Tx,
  from: Temporal.Instant,
  to: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  const sessions = await tx
    .selectFrom('session')
    .select('id')
    .where('room', '=', 'zoom')
    .where('cancelled_at', 'is', null)
    .where('starts_at', '<=', to.add({ minutes: 30 }))
    .where('ends_at', '>=', from)
    .where(endsAfter(now.subtract({ hours: 48 }), 'session'))
    .execute()
  await wakeSession(
    tx,
    sessions.map(({ id }) => id),
    now,
  )
}
