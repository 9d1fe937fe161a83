import { sql } from 'kysely'
import type { Needs } from '../needs.ts'

/** What nobody asks for any more. Ledger, attempts, verdicts and raw events are evidence and stay. */
export async function forgetOld({ db }: Needs, now: Temporal.Instant): Promise<void> {
  // A repeated booking request is recognised for 48 h.
  await sql`delete from idempotency_key where created_at < ${now.subtract({ hours: 48 })}`.execute(db)
  await sql`delete from rate_count where window_start < ${now.subtract({ hours: 48 })}`.execute(db)
  await sql`delete from refused_attempt where at < ${now.subtract({ hours: 24 * 30 })}`.execute(db)
}
