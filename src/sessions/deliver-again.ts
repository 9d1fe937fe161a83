import { sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { loadFacts } from '../effects/load-facts.ts'
import { wakeAccount, wakeSession } from '../effects/wake.ts'
import { notFound, Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import type { Channel } from '../playbook/facts.ts'
import { listDeliveries, publicState } from './deliveries.ts'

/** A delivery that reached nobody, or of which nobody knows whether it did. */
export const TROUBLED: ReadonlySet<string> = new Set(['failed', 'unknown', 'quarantined'])

/**
 * The same message once more by the same channel, to the address that is true now. It was decided once and stays so; at the
 * claim it is asked again whether it still should be said. After an unknown outcome the person may read it twice: that is
 * why somebody says why. Throws 404, 422 `not_possible` for one that is not in trouble or whose time is over.
 */
export async function retryDelivery(
  db: Database,
  actor: Actor,
  ask: { id: string; reason: string },
  now: Temporal.Instant,
): Promise<string> {
  await mustBeTheirs(db, actor, ask.id)
  await transact(db, async (tx) => {
    const delivery = await inTrouble(tx, ask.id, now)
    await tx
      .updateTable('delivery')
      .set({ state: 'pending', reason: null, failed_at: null, next_attempt_at: now })
      .where('id', '=', delivery.id)
      .execute()
    await onRecord(tx, actor, delivery, 'delivery.retried', ask.reason, now)
  })
  return ask.id
}

/**
 * The same message by the person's other channel. There is at most one delivery of a message on each channel: when the other
 * one has been used, 409 `conflict`. Throws as a retry does, and 422 when the other channel does not reach the person.
 * Answers the new delivery's id.
 */
export async function sendByOtherChannel(
  db: Database,
  actor: Actor,
  ask: { id: string; reason: string },
  now: Temporal.Instant,
): Promise<string> {
  await mustBeTheirs(db, actor, ask.id)
  return transact(db, async (tx) => {
    const delivery = await inTrouble(tx, ask.id, now)
    if (delivery.channel === 'slack') throw new Refusal('not_possible', 'What ops read has no other channel.')
    const channel: Channel = delivery.channel === 'whatsapp' ? 'email' : 'whatsapp'
    if (!(await reaches(tx, delivery, channel, now)))
      throw new Refusal('not_possible', `This person cannot be reached by ${WORDS[channel]}.`)
    const id = newId()
    const { rows } = await sql`
      insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, detail, state, due_at,
        expires_at, next_attempt_at, created_at)
      select ${id}, subject_id, subject_kind, effect_key, ${channel}, recipient_id, meaning, template, detail, 'pending', due_at,
        expires_at, ${now}::timestamptz, ${now}::timestamptz
      from delivery where id = ${delivery.id}
      on conflict do nothing returning id`.execute(tx)
    if (rows.length === 0) throw new Refusal('conflict', `This message has a delivery by ${WORDS[channel]} already.`)
    await onRecord(tx, actor, { ...delivery, id }, 'delivery.other_channel', ask.reason, now)
    return id
  })
}

const WORDS: Record<Channel, string> = { whatsapp: 'WhatsApp', email: 'mail' }

type Troubled = {
  id: string
  subject_id: string
  subject_kind: string
  effect_key: string
  channel: string
  recipient_id: string | null
}

/** 404 for a delivery that the actor would not find in their list. */
async function mustBeTheirs(db: Database, actor: Actor, id: string): Promise<void> {
  const { items } = await listDeliveries(db, actor, { id, limit: 1 })
  if (items.length === 0) throw notFound('delivery')
}

// The subject before the delivery, as the sweep and every claim lock them.
async function inTrouble(tx: Tx, id: string, now: Temporal.Instant): Promise<Troubled> {
  const seen = await tx
    .selectFrom('delivery')
    .select(['subject_id', 'subject_kind'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!seen) throw notFound('delivery')
  const table = seen.subject_kind === 'session' ? 'session' : 'account'
  await tx.selectFrom(table).select('id').where('id', '=', seen.subject_id).forNoKeyUpdate().execute()
  const delivery = await tx
    .selectFrom('delivery')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow()
  if (!TROUBLED.has(delivery.state))
    throw new Refusal(
      'not_possible',
      `Only what failed or is not certain can be sent again: this one is ${publicState(delivery.state)}.`,
    )
  if (isDue(delivery.expires_at, now))
    throw new Refusal('not_possible', 'The time of this message is over: it would say what is no longer true.')
  return delivery
}

/** Asked of the session's facts; a person's own messages are asked at the claim. */
async function reaches(tx: Tx, delivery: Troubled, channel: Channel, now: Temporal.Instant): Promise<boolean> {
  if (delivery.subject_kind !== 'session') return true
  const facts = (await loadFacts(tx, [delivery.subject_id], now)).get(delivery.subject_id)
  return (
    facts?.participants.some(
      ({ accountId, channels }) => accountId === delivery.recipient_id && channels.includes(channel),
    ) ?? false
  )
}

async function onRecord(
  tx: Tx,
  actor: Actor,
  delivery: Troubled,
  action: 'delivery.retried' | 'delivery.other_channel',
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await audit(tx, {
    at: now,
    actor: actor.label,
    action,
    objectKind: delivery.subject_kind,
    objectId: delivery.subject_id,
    reason,
    detail: { deliveryId: delivery.id, effectKey: delivery.effect_key },
  })
  const wake = delivery.subject_kind === 'session' ? wakeSession : wakeAccount
  await wake(tx, delivery.subject_id, now)
}
