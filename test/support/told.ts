import { sql } from 'kysely'
import type { Database } from '../../src/database/pool.ts'

/** Everybody in the session has heard that it is booked, as after the worker's first look: who was told nothing is told nothing of its end. */
export async function tellBooked(db: Database, sessionId: string): Promise<void> {
  await sql`
    insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at)
    select s.id, 'booked:' || p.id || '@' || s.revision, 'session', 'send', 'booked', p.account_id, s.created_at, s.starts_at, s.created_at
    from session s join session_participant p on p.session_id = s.id and p.left_at is null where s.id = ${sessionId}`.execute(
    db,
  )
}
