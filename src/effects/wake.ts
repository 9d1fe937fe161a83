import { sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { Database } from '../database/pool.ts'
import { listOf, prepared } from '../database/prepared.ts'
import type { Tx } from '../database/transaction.ts'

/**
 * Makes sessions due at `now`. Called after the fact's own row, in the fact's transaction. Unconditional: skipping a
 * session that "is already due" loses the wake-up when the sweep has read its facts and not yet committed.
 * Rows are locked in ascending id order, so that two facts about the same sessions wait and never deadlock.
 */
export async function wakeSession(
  tx: Tx | Database,
  sessions: string | readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  const ids = typeof sessions === 'string' ? [sessions] : sessions
  if (ids.length === 0) return
  await sql`
    ${prepared} update session set wake_at = least(session.wake_at, ${now})
    from (select id from session where id = any(${listOf(ids)}) order by id for no key update) woken
    where session.id = woken.id`.execute(tx)
}

/** Makes accounts' own messages (invitations, policy notices) due at `now`; rows in ascending id order, as for sessions. */
export async function wakeAccount(
  tx: Tx | Database,
  accounts: string | readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  const ids = typeof accounts === 'string' ? [accounts] : accounts
  if (ids.length === 0) return
  await sql`
    update account set wake_at = least(account.wake_at, ${now})
    from (select id from account where id = any(${ids}::uuid[]) order by id for no key update) woken
    where account.id = woken.id`.execute(tx)
}

/**
 * Wakes every open session in which the person is expected: an opt-out, a phone, a zone, an alias learned, a reconnect.
 * Open = published, neither cancelled nor merged away, and its verdicts can still change (48 h after the end).
 */
export async function wakeSessionsOf(tx: Tx | Database, accountId: string, now: Temporal.Instant): Promise<void> {
  await sql`
    update session set wake_at = least(session.wake_at, ${now})
    from (
      select id from session
      where id in (select session_id from session_participant where account_id = ${accountId}) and ${open(now)}
      order by id for no key update
    ) woken
    where session.id = woken.id`.execute(tx)
}

/** Wakes the programme and all its open sessions: a policy edit, a closed day, another Slack channel. */
export async function wakeProgramme(tx: Tx | Database, programmeId: string, now: Temporal.Instant): Promise<void> {
  await sql`update programme set wake_at = least(wake_at, ${now}) where id = ${programmeId}`.execute(tx)
  await sql`
    update session set wake_at = least(session.wake_at, ${now})
    from (select id from session where programme_id = ${programmeId} and ${open(now)} order by id for no key update) woken
    where session.id = woken.id`.execute(tx)
}

// 48 h is the correction window; a cancelled session may still owe somebody its cancellation, which is woken by its own wake_at.
const open = (now: Temporal.Instant) =>
  sql`published_at is not null and (${endsAfter(now.subtract({ hours: 48 }), 'session')} or wake_at is not null)`
