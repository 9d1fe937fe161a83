import { sql } from 'kysely'
import { audit } from '../audit.ts'
import { forgetting } from '../database/forgetting.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import { mayElseForbidden } from './accounts.ts'
import type { Actor } from './actor.ts'
import { ERASED_NAME, erasedEmail } from './erased.ts'
import { accountsJoinedInto } from './export-person.ts'
import { may } from './policy.ts'
import { scrub } from './scrub.ts'

export type Erased = { id: string; erasedAt: string; vendorCopies: number }

/**
 * Forgets a person: names, addresses, bodies of messages, hours, calendars, sign-ins. What the other side needs for their own
 * history stays, about somebody who left. Copies at vendors are queued for erasure like any other change of what they should
 * hold. Only for an admin. Refuses `not_possible` while a session is still to come, or ended less than 48 h ago: it lists them.
 */
export async function erasePerson(
  db: Database,
  actor: Actor,
  id: string,
  reason: string,
  now: Temporal.Instant,
): Promise<Erased> {
  mayElseForbidden(may(actor, 'change_rights', { people: [id] }))
  return transact(db, async (tx) => {
    const account = await tx
      .selectFrom('account')
      .select(['id', 'erased_at'])
      .where('id', '=', id)
      .where('joined_into', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (!account || account.erased_at) throw notFound('person')
    await refuseOpenSessions(tx, id, now)
    const accounts = [id, ...(await accountsJoinedInto(tx, id))]
    await forgetting(tx)
    await scrub(tx, accounts)
    const vendorCopies = await queueVendorCopies(tx, accounts, now)
    for (const each of accounts) await emptyAccount(tx, each, now)
    await audit(tx, {
      at: now,
      actor: actor.label,
      action: 'person.erased',
      objectKind: 'account',
      objectId: id,
      reason,
    })
    return { id, erasedAt: now.toString(), vendorCopies }
  })
}

async function refuseOpenSessions(tx: Tx, id: string, now: Temporal.Instant): Promise<void> {
  const { rows } = await sql<{ id: string; starts_at: Temporal.Instant; ends_at: Temporal.Instant }>`
    select s.id, s.starts_at, s.ends_at from session s join session_participant p on p.session_id = s.id
    where p.account_id = ${id} and p.left_at is null and s.cancelled_at is null and s.merged_into is null
      and s.ends_at > ${now.subtract({ hours: 48 })} order by s.starts_at limit 100`.execute(tx)
  if (rows.length === 0) return
  throw new Refusal(
    'not_possible',
    'This person has sessions to come, or one that ended less than 48 hours ago. Cancel them, or wait until they are settled.',
    {
      sessions: rows.map((row) => ({ id: row.id, startsAt: row.starts_at.toString(), endsAt: row.ends_at.toString() })),
    },
  )
}

/**
 * Registrants and events go; rooms and events of others are written again with what stands in the person's place. The
 * sessions wake: from now on their plan wants nothing about this person any more.
 */
async function queueVendorCopies(tx: Tx, accounts: string[], now: Temporal.Instant): Promise<number> {
  const { numAffectedRows } = await sql`
    update mirror set wanted = null, wanted_at = ${now}, next_attempt_at = ${now}, failures = 0
    where kind in ('registrant', 'calendar_event') and (wanted is not null or remote_id is not null)
      and owner_id in (select id from session_participant where account_id = any(${accounts}::uuid[]))`.execute(tx)
  await sql`
    update session set wake_at = least(session.wake_at, ${now})
    from (select id from session where published_at is not null
      and id in (select session_id from session_participant where account_id = any(${accounts}::uuid[])) order by id for no key update) woken
    where session.id = woken.id`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

async function emptyAccount(tx: Tx, id: string, now: Temporal.Instant): Promise<void> {
  await sql`
    update account set email = ${erasedEmail(id)}, name = ${ERASED_NAME}, phone_e164 = null, slack_user_id = null, whatsapp_user_id = null, google_subject = null,
      time_zone = 'UTC', locale = 'en', roles = '{}', channels = '{}', wake_at = null, settle_error = null,
      deactivated_at = coalesce(deactivated_at, ${now}::timestamptz), erased_at = ${now}
    where id = ${id}`.execute(tx)
}

/**
 * What was kept only until the vendors had erased their copies: addresses on registrants, and the grant with which events
 * are removed from the person's own calendar. Runs as a chore.
 */
export async function finishErasures(db: Database, now: Temporal.Instant): Promise<void> {
  await sql`
    update mirror set applied = null, remote = '{}', intent = null, last_error = null
    where wanted is null and next_attempt_at is null and lease_token is null and remote <> '{}' and owner_id in (
      select p.id from session_participant p join account a on a.id = p.account_id where a.erased_at is not null)`.execute(
    db,
  )
  await sql`
    update calendar_connection c set tokens = null, disconnected_at = coalesce(disconnected_at, ${now}::timestamptz)
    where tokens is not null and account_id in (select id from account where erased_at is not null) and not exists (
      select from mirror m join session_participant p on p.id = m.owner_id
      where p.account_id = c.account_id and m.kind = 'calendar_event' and m.next_attempt_at is not null)`.execute(db)
}
