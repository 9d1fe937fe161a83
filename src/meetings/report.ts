import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { newId } from '../ids.ts'
import type { ZoomReportRow } from '../vendors/zoom.ts'

/** Keeps one answer of Zoom's participants report for one run (uuid) of the meeting, and wakes the session. */
export async function recordReport(
  tx: Tx | Database,
  sessionId: string,
  uuid: string,
  rows: readonly ZoomReportRow[],
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('meeting_report')
    .values({ id: newId(), session_id: sessionId, zoom_uuid: uuid, fetched_at: now, rows: JSON.stringify(rows) })
    .onConflict((conflict) => conflict.columns(['session_id', 'zoom_uuid', 'fetched_at']).doNothing())
    .execute()
  await wakeSession(tx, sessionId, now)
}
