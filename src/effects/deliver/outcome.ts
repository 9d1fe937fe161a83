import { sql } from 'kysely'
import { keepCases } from '../../cases.ts'
import { prepared } from '../../database/prepared.ts'
import { type Tx, transact } from '../../database/transaction.ts'
import { isBefore } from '../../interval.ts'
import type { Answer, Trouble } from '../../vendors/answer.ts'
import type { Needs } from '../needs.ts'
import { wakeAccount, wakeSession } from '../wake.ts'
import type { Claimed, Due } from './claim.ts'

type Sent = Answer<{ vendorId: string }>
type Subject = Pick<Due, 'subject_id' | 'subject_kind'>
type Held = Subject & Pick<Due, 'id' | 'channel' | 'tries' | 'due_at' | 'expires_at'> & { attemptId: string }

/**
 * Writes what the vendor answered, in a transaction of its own, if the claim is still ours: a lease that lapsed was taken
 * over, and whoever took it has the word. Rejected, failed and unknown are facts and wake the subject; accepted is not.
 */
export async function recordOutcome(
  needs: Needs,
  claimed: Claimed,
  answer: Sent,
  now: Temporal.Instant,
): Promise<void> {
  if (answer.ok) {
    if (!(await accepted(needs.db, claimed, answer.vendorId, now)))
      needs.log('late_answer_ignored', { delivery: claimed.id, ok: true })
    return
  }
  await transact(needs.db, async (tx) => {
    await lockSubject(tx, claimed)
    const { rows } =
      await sql`select 1 from delivery where id = ${claimed.id} and lease_token = ${claimed.token} for no key update`.execute(
        tx,
      )
    if (rows.length === 0) return needs.log('late_answer_ignored', { delivery: claimed.id, ok: false })
    const held = { ...claimed, tries: claimed.tries + 1 }
    if (answer.kind === 'unknown') return unclear(tx, held, answer, now)
    if (answer.kind === 'retry') return tryLater(tx, held, answer, now)
    return refused(tx, claimed, answer, now)
  })
}

/** The subject before the delivery, as the sweep locks them: two that lock in the same order never deadlock. */
export async function lockSubject(tx: Tx, { subject_id, subject_kind }: Subject): Promise<void> {
  await sql`select 1 from ${sql.table(subject_kind)} where id = ${subject_id} for no key update`.execute(tx)
}

export const wakeSubject = (tx: Tx, { subject_id, subject_kind }: Subject, now: Temporal.Instant): Promise<void> =>
  subject_kind === 'session' ? wakeSession(tx, subject_id, now) : wakeAccount(tx, subject_id, now)

/**
 * One statement, for it is what happens to nearly every message. Nothing when the lease went to somebody else. The vendor's own word
 * (delivered) may have overtaken the answer to our call: states only go up.
 */
async function accepted(
  db: Needs['db'],
  { id, token, attemptId, subject_id, subject_kind, recipient_id, channel, address, utterance }: Claimed,
  vendorId: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await sql`
    ${prepared} with ours as (
      update delivery set state = case when state = 'claimed' then 'accepted' else state end, vendor_id = ${vendorId},
        accepted_at = coalesce(accepted_at, ${now}), lease_token = null, lease_until = null, reason = null
      where id = ${id} and lease_token = ${token} returning id),
    ended as (
      update attempt set state = 'accepted', ended_at = ${now}, vendor_id = coalesce(${vendorId}, vendor_id), code = null, detail = null
      where id = ${attemptId} and state in ('in_flight', 'unknown') and exists (select from ours)),
    said as (
      insert into whatsapp_message (wamid, direction, account_id, phone_e164, delivery_id, session_id, kind, body, said_at, received_at)
      select ${vendorId}, 'out', ${recipient_id}::uuid, ${address}, id, ${subject_kind === 'session' ? subject_id : null}::uuid, 'template', ${utterance.text}, ${now}, ${now}
      from ours where ${channel === 'whatsapp'} on conflict do nothing)
    select id from ours`.execute(db)
  return rows.length > 0
}

const BACKOFF = { firstSeconds: 5, mostSeconds: 300 }

/** Definitely not done. Tried again as long as it still makes sense; else given up now, while another way has time. */
async function tryLater(tx: Tx, held: Held, trouble: Trouble, now: Temporal.Instant): Promise<void> {
  await endAttempt(tx, held.attemptId, 'rejected', now, trouble)
  const seconds =
    trouble.retryAfterSeconds ?? Math.min(BACKOFF.mostSeconds, BACKOFF.firstSeconds * 2 ** (held.tries - 1))
  const next = now.add({ seconds: Math.ceil(Math.max(1, seconds)) })
  if (isBefore(next, held.expires_at)) return release(tx, held.id, 'pending', trouble.code, next)
  await release(tx, held.id, 'failed', trouble.code, null, now)
  await wakeSubject(tx, held, now)
}

async function refused(tx: Tx, claimed: Claimed, trouble: Trouble, now: Temporal.Instant): Promise<void> {
  await endAttempt(tx, claimed.attemptId, 'rejected', now, trouble)
  await release(tx, claimed.id, 'failed', trouble.code, null, now)
  if (isDeadAddress(claimed.channel, trouble.code)) {
    await sql`
      insert into dead_address (channel, address, why, since) values (${claimed.channel}, ${claimed.address}, ${trouble.code}, ${now})
      on conflict do nothing`.execute(tx)
  }
  if (trouble.kind === 'revoked') {
    const title = `${claimed.channel} refuses our credentials`
    await keepCases(
      tx,
      [
        {
          kind: 'channel',
          key: `channel:${claimed.channel}:${trouble.code}`,
          title,
          detail: { code: trouble.code, detail: trouble.detail },
        },
      ],
      now,
    )
  }
  await wakeSubject(tx, claimed, now)
}

// Not on WhatsApp (Meta's 131026); no such mailbox (RFC 3463, 5.1.x).
const isDeadAddress = (channel: Due['channel'], code: string): boolean =>
  channel === 'whatsapp' ? code === '131026' : /^5\.1\.\d+$/.test(code)

const MAIL_ATTEMPTS = 2

/**
 * It may have gone out. WhatsApp: never again on this channel, but the vendor's statuses echo our attempt's id, so wait
 * for one before calling it lost. Mail: once more with the same Message-ID, which mail programs show once.
 */
async function unclear(
  tx: Tx,
  held: Held,
  trouble: { code: string; detail: string },
  now: Temporal.Instant,
): Promise<void> {
  await endAttempt(tx, held.attemptId, 'unknown', now, trouble)
  if (held.channel === 'whatsapp')
    await release(tx, held.id, 'unknown', trouble.code, now.add({ seconds: echoWaitSeconds(held) }))
  else {
    const { rows } = await sql<{
      count: number
    }>`select count(*)::int as count from attempt where delivery_id = ${held.id} and state = 'unknown'`.execute(tx)
    const again = now.add({ seconds: 30 })
    const mayRepeat =
      held.channel === 'email' && (rows[0]?.count ?? 0) < MAIL_ATTEMPTS && isBefore(again, held.expires_at)
    await release(tx, held.id, mayRepeat ? 'pending' : 'unknown', trouble.code, mayRepeat ? again : null)
  }
  await wakeSubject(tx, held, now)
}

/** The shorter a message lasts, the sooner another way must be tried: 5-minute tier 60 s, 30-minute tier 3 min, else 10. */
function echoWaitSeconds({ due_at, expires_at }: Pick<Due, 'due_at' | 'expires_at'>): number {
  const lastsMinutes = expires_at.since(due_at).total('minutes')
  if (lastsMinutes <= 5) return 60
  return lastsMinutes <= 15 ? 180 : 600
}

/** A process died (or slept) between the attempt's record and its answer: whether it went out is unknown. */
export async function reclaimLapsed(needs: Needs, now: Temporal.Instant): Promise<number> {
  return (await reclaimOf('session', needs, now)) + (await reclaimOf('account', needs, now))
}

function reclaimOf(kind: Subject['subject_kind'], { db, clock }: Needs, now: Temporal.Instant): Promise<number> {
  return transact(db, async (tx) => {
    const { rows } = await sql<Held>`
      select d.id, d.subject_id, d.subject_kind, d.channel, d.tries, d.due_at, d.expires_at, a.id as "attemptId"
      from ${sql.table(kind)} s join delivery d on d.subject_id = s.id join attempt a on a.delivery_id = d.id and a.number = d.tries
      where d.state = 'claimed' and d.lease_until < ${clock.elapsed()} and d.subject_kind = ${kind}
      order by d.lease_until limit 50
      for no key update of s skip locked for update of d skip locked`.execute(tx)
    for (const held of rows)
      await unclear(tx, held, { code: 'lease_lapsed', detail: 'The process that sent it did not come back.' }, now)
    return rows.length
  })
}

/** No status echoed the attempt in time: presumed lost, so that the playbook may use another way. A late echo still counts. */
export async function presumeLost(needs: Pick<Needs, 'db'>, now: Temporal.Instant): Promise<number> {
  return (await presumeLostOf('session', needs, now)) + (await presumeLostOf('account', needs, now))
}

function presumeLostOf(
  kind: Subject['subject_kind'],
  { db }: Pick<Needs, 'db'>,
  now: Temporal.Instant,
): Promise<number> {
  return transact(db, async (tx) => {
    const { rows } = await sql<Subject>`
      with lost as (
        select d.id from ${sql.table(kind)} s join delivery d on d.subject_id = s.id
        where d.state = 'unknown' and d.next_attempt_at <= ${now} and d.subject_kind = ${kind}
        order by d.next_attempt_at limit 100
        for no key update of s skip locked for update of d skip locked
      )
      update delivery set state = 'failed', reason = 'presumed_lost', failed_at = ${now}, next_attempt_at = null
      from lost where delivery.id = lost.id returning delivery.subject_id, delivery.subject_kind`.execute(tx)
    for (const subject of rows) await wakeSubject(tx, subject, now)
    return rows.length
  })
}

async function endAttempt(
  tx: Tx,
  id: string,
  state: 'accepted' | 'rejected' | 'unknown',
  now: Temporal.Instant,
  told: { vendorId?: string; code?: string; detail?: string },
): Promise<void> {
  await sql`
    update attempt set state = ${state}, ended_at = ${now}, vendor_id = coalesce(${told.vendorId ?? null}, vendor_id), code = ${told.code ?? null},
      detail = ${told.detail?.slice(0, 1000) ?? null}
    where id = ${id} and (state = 'in_flight' or (state = 'unknown' and ${state} = 'accepted'))`.execute(tx)
}

/** Ends the claim. A delivery that a status has already moved up (delivered, read) stays there. */
async function release(
  tx: Tx,
  id: string,
  state: 'pending' | 'failed' | 'unknown',
  reason: string,
  next: Temporal.Instant | null,
  failedAt: Temporal.Instant | null = null,
): Promise<void> {
  await sql`
    update delivery set lease_token = null, lease_until = null,
      state = case when state = 'claimed' then ${state} else state end,
      reason = case when state = 'claimed' then ${reason} else reason end,
      next_attempt_at = case when state = 'claimed' then ${next}::timestamptz end,
      failed_at = case when state = 'claimed' then ${failedAt}::timestamptz else failed_at end
    where id = ${id}`.execute(tx)
}
