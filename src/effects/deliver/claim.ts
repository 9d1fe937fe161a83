import { sql } from 'kysely'
import { keepCases } from '../../cases.ts'
import { prepared } from '../../database/prepared.ts'
import { pgError, type Tx, transact } from '../../database/transaction.ts'
import { newId } from '../../ids.ts'
import { isDue } from '../../interval.ts'
import { accountStillPlanned } from '../../playbook/accounts.ts'
import type { Channel, Participant, SessionFacts } from '../../playbook/facts.ts'
import { type Still, stillPlanned } from '../../playbook/settle.ts'
import { type LoadedAccount, loadAccountFacts } from '../accounts.ts'
import { loadFacts } from '../load-facts.ts'
import { LEASE, type Needs } from '../needs.ts'
import { installation } from '../reconcile.ts'
import { WHATSAPP_PAIR } from '../vendor-health.ts'
import { lockSubject, wakeSubject } from './outcome.ts'
import { say, sayToAccount, type Utterance } from './say.ts'

export type Due = {
  id: string
  subject_id: string
  subject_kind: 'session' | 'account'
  effect_key: string
  channel: Channel | 'slack'
  recipient_id: string | null
  meaning: string
  template: string
  tries: number
  due_at: Temporal.Instant
  expires_at: Temporal.Instant
}

/** A delivery that is ours until the lease ends, with its attempt already on record as under way. */
export type Claimed = Due & { attemptId: string; token: string; address: string; utterance: Utterance }

type Decision =
  | { do: 'send'; address: string; utterance: Utterance }
  /** Not wanted any more: nobody needs to hear of it. */
  | { do: 'drop'; state: 'suppressed' | 'withdrawn'; reason: string }
  /** Cannot be said: the playbook may want another way. */
  | { do: 'give up'; state: 'failed' | 'expired'; reason: string }
  | { do: 'break'; error: string }
  /** Too much to one person at once: a little later, its tries unspent. */
  | { do: 'wait'; seconds: number }

const TRIES_TO_COMPOSE = 5

/**
 * Claims up to `limit` due deliveries. The first statement locks each delivery and its session (shared, so that no
 * reschedule commits before we do; skipped when one is already under way); the next ones load the facts, which are thereby
 * those of after the lock. Only what is still planned and not expired is claimed, for the address that is true now.
 * `touched` counts what it came to any decision about: while it is not 0, there may be more.
 */
export async function claimDeliveries(
  needs: Needs,
  now: Temporal.Instant,
  limit: number,
  pick = pickDue,
): Promise<{ claimed: Claimed[]; touched: number }> {
  const { claimed, givenUp, touched } = await againWhenTaken(() => claimOnce(needs, now, limit, pick))
  // Waking needs the session's lock for itself, which two claimers that share it could never both get: so it comes after.
  // A process that dies in between has changed nothing, and the next claim comes to the same end.
  for (const { delivery, decision } of givenUp) {
    if (decision.do === 'give up') await giveUp(needs, delivery, decision.state, decision.reason, now)
  }
  return { claimed, touched }
}

// Two processes that pick two messages to one person at the same moment: the index lets one of them through, and the other
// looks again and sees that.
async function againWhenTaken<T>(claim: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await claim()
    } catch (error) {
      if (tries === 5 || pgError(error)?.constraint !== 'delivery_in_flight') throw error
    }
  }
}

type Claim = { claimed: Claimed[]; givenUp: { delivery: Due; decision: Decision }[]; touched: number }

function claimOnce(needs: Needs, now: Temporal.Instant, limit: number, pick: typeof pickDue): Promise<Claim> {
  const token = newId()
  return transact(needs.db, async (tx) => {
    const due = onePerPerson(await pick(tx, now, limit))
    if (due.length === 0) return { claimed: [], givenUp: [], touched: 0 }
    const subjects = (kind: Due['subject_kind']) => [
      ...new Set(due.filter((one) => one.subject_kind === kind).map((one) => one.subject_id)),
    ]
    const facts = await loadFacts(tx, subjects('session'), now, installation(needs))
    const people =
      subjects('account').length > 0
        ? await loadAccountFacts(tx, subjects('account'), now, installation(needs).channels)
        : new Map()
    const decided: { delivery: Due; decision: Decision }[] = []
    for (const delivery of due)
      decided.push({
        delivery,
        decision: await decide(needs, delivery, facts.get(delivery.subject_id), people.get(delivery.subject_id), now),
      })

    const claimed = decided.flatMap(({ delivery, decision }) =>
      decision.do === 'send'
        ? [{ ...delivery, token, attemptId: newId(), address: decision.address, utterance: decision.utterance }]
        : [],
    )
    await take(tx, claimed, now, needs.clock.elapsed().add(LEASE))
    for (const { delivery, decision } of decided) {
      if (decision.do === 'drop') await close(tx, delivery.id, decision.state, decision.reason, now)
      if (decision.do === 'break') await backOff(tx, delivery, decision.error, now)
      if (decision.do === 'wait') await putBack(tx, delivery.id, now.add({ seconds: decision.seconds }))
    }
    return { claimed, givenUp: decided.filter(({ decision }) => decision.do === 'give up'), touched: due.length }
  })
}

/** Nothing but locks: the facts come in a later statement. */
export async function pickDue(tx: Tx, now: Temporal.Instant, limit: number): Promise<Due[]> {
  const { rows } = await sql<Due>`
    ${prepared} with of_sessions as (${pickOf('session', now, limit)}), of_accounts as (${pickOf('account', now, limit)})
    select * from of_sessions union all select * from of_accounts`.execute(tx)
  return rows.slice(0, limit)
}

const pickOf = (kind: Due['subject_kind'], now: Temporal.Instant, limit: number) => sql`
    select d.id, d.subject_id, d.subject_kind, d.effect_key, d.channel, d.recipient_id, d.meaning, d.template, d.tries, d.due_at, d.expires_at
    from delivery d join ${sql.table(kind)} s on s.id = d.subject_id
    where d.next_attempt_at <= ${now} and d.state = 'pending' and d.subject_kind = ${kind}
      and not exists (select from delivery o where o.subject_id = d.subject_id and o.recipient_id is not distinct from d.recipient_id and o.state = 'claimed')
    order by d.next_attempt_at, d.due_at, d.created_at, d.id
    limit ${limit}
    for update of d skip locked for share of s skip locked`

function onePerPerson(due: Due[]): Due[] {
  const first = new Map<string, Due>()
  for (const one of due) {
    const key = `${one.subject_id} ${one.recipient_id}`
    if (!first.has(key)) first.set(key, one)
  }
  return [...first.values()]
}

async function decide(
  needs: Needs,
  delivery: Due,
  facts: SessionFacts | undefined,
  person: LoadedAccount | undefined,
  now: Temporal.Instant,
): Promise<Decision> {
  if (isDue(delivery.expires_at, now)) return { do: 'give up', state: 'expired', reason: 'it could not go out in time' }
  try {
    if (person) return decideForAccount(needs, delivery, person, now)
    if (!facts) return { do: 'break', error: 'The session has no facts.' }
    const still = stillPlanned(facts, delivery.effect_key, delivery.channel, now)
    if (!still.send) return notSent(still)
    const participant = facts.participants.find((one) => one.id === still.message.participantId)
    const address = participant && addressOf(participant, delivery.channel)
    if (!participant || !address) return { do: 'give up', state: 'failed', reason: 'unreachable' }
    const seconds =
      delivery.channel === 'whatsapp' ? (needs.health?.take(`whatsapp ${address}`, WHATSAPP_PAIR) ?? 0) : 0
    if (seconds > 0) return { do: 'wait', seconds }
    return {
      do: 'send',
      address,
      utterance: await say(needs, {
        message: still.message,
        facts,
        participant,
        channel: delivery.channel as Channel,
        now,
      }),
    }
  } catch (error) {
    return { do: 'break', error: error instanceof Error ? error.message : String(error) }
  }
}

function decideForAccount(needs: Needs, delivery: Due, person: LoadedAccount, now: Temporal.Instant): Decision {
  const still = accountStillPlanned(person, delivery.effect_key, now)
  if (!still.send) return notSent(still)
  const address = addressOf({ ...person.account, email: person.email, phone: person.phone }, delivery.channel)
  if (!address) return { do: 'give up', state: 'failed', reason: 'unreachable' }
  return { do: 'send', address, utterance: sayToAccount(needs, still.message, person, delivery.channel as Channel) }
}

const notSent = ({ state, reason }: Extract<Still, { send: false }>): Decision =>
  state === 'expired' ? { do: 'give up', state, reason } : { do: 'drop', state, reason }

function addressOf(person: Pick<Participant, 'channels' | 'email' | 'phone'>, channel: Due['channel']): string | null {
  if (channel === 'slack' || !person.channels.includes(channel)) return null
  return channel === 'whatsapp' ? person.phone : person.email
}

/** The attempt is on record as under way before a single byte leaves. */
async function take(tx: Tx, claimed: Claimed[], now: Temporal.Instant, leaseUntil: Temporal.Instant): Promise<void> {
  if (claimed.length === 0) return
  const rows = claimed.map(({ id, token, attemptId, tries, address, utterance }) => ({
    id,
    token,
    attemptId,
    number: tries + 1,
    address,
    said: utterance.shown,
  }))
  const json = JSON.stringify(rows)
  await sql`
    ${prepared} update delivery set state = 'claimed', lease_token = r.token, lease_until = ${leaseUntil}, next_attempt_at = null, tries = r.number, said = r.said
    from jsonb_to_recordset(${json}::jsonb) as r(id uuid, token uuid, number int, said jsonb)
    where delivery.id = r.id`.execute(tx)
  await sql`
    ${prepared} insert into attempt (id, delivery_id, number, state, address, started_at)
    select "attemptId", id, number, 'in_flight', address, ${now}::timestamptz
    from jsonb_to_recordset(${json}::jsonb) as r(id uuid, "attemptId" uuid, number int, address text)`.execute(tx)
}

async function close(
  tx: Tx,
  id: string,
  state: 'suppressed' | 'withdrawn' | 'failed' | 'expired',
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update delivery set state = ${state}, reason = ${reason}, next_attempt_at = null,
      failed_at = case when ${state} = 'failed' then ${now}::timestamptz else failed_at end
    where id = ${id} and state = 'pending'`.execute(tx)
}

async function putBack(tx: Tx, id: string, until: Temporal.Instant): Promise<void> {
  await sql`update delivery set next_attempt_at = least(${until}::timestamptz, expires_at) where id = ${id}`.execute(tx)
}

async function giveUp(
  { db }: Needs,
  delivery: Due,
  state: 'failed' | 'expired',
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await transact(db, async (tx) => {
    await lockSubject(tx, delivery)
    await close(tx, delivery.id, state, reason, now)
    await wakeSubject(tx, delivery, now)
  })
}

/** Words that cannot be made are a bug of ours, never of the person's: five tries, then a person looks. */
async function backOff(tx: Tx, delivery: Due, error: string, now: Temporal.Instant): Promise<void> {
  const tries = delivery.tries + 1
  const over = tries >= TRIES_TO_COMPOSE
  await sql`
    update delivery set tries = ${tries}, reason = ${error.slice(0, 500)}, state = ${over ? 'quarantined' : 'pending'},
      next_attempt_at = ${over ? null : now.add({ seconds: 10 * 2 ** tries })}
    where id = ${delivery.id}`.execute(tx)
  if (!over) return
  await keepCases(
    tx,
    [
      {
        kind: 'poison',
        key: `poison:delivery:${delivery.id}`,
        title: 'A message cannot be written',
        detail: { error, meaning: delivery.meaning },
        sessionId: delivery.subject_kind === 'session' ? delivery.subject_id : null,
      },
    ],
    now,
  )
}
