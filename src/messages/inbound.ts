import { sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Tx } from '../database/transaction.ts'
import { wakePerson, withdrawConsent } from '../people/consent.ts'
import { record, text } from '../webhooks.ts'
import { type InboundMessage, readInbound } from './inbound-message.ts'
import { matchReply } from './match-reply.ts'
import { asksToStop } from './opt-out.ts'
import type { Woken } from './receipts.ts'
import { insertReply } from './reply.ts'

/**
 * One message of a person: kept, and where it answers something, recorded as a reply. Answers whether it had an effect.
 * Throws for what cannot be stored; the caller handles each item alone.
 */
export async function recordInbound(
  tx: Tx,
  secret: string,
  item: unknown,
  now: Temporal.Instant,
  woken: Woken,
): Promise<boolean> {
  const message = readInbound(item, now)
  if (!message) return false
  if (message.kind === 'system') return recordSystem(tx, record(item), message, now)

  const senders = await accountsOf(tx, message)
  if (!(await keep(tx, message, senders, now))) return false

  if (message.kind === 'text' && message.body && asksToStop(message.body)) {
    // The wish is about the number: everybody who shares it is left in peace.
    for (const accountId of senders) await withdrawConsent(tx, accountId, 'whatsapp', 'whatsapp:stop', now)
    return senders.length > 0
  }
  // Taking a message or an emoji back says nothing new.
  if (message.kind === 'revoke' || (message.kind === 'reaction' && !message.body)) return false

  const matches = await matchReply(tx, secret, message, senders, now)
  for (const [index, match] of matches.entries()) {
    const { wamid, body, saidAt } = message
    const source = index === 0 ? wamid : `${wamid} ${match.participantId}`
    await insertReply(tx, { ...match, channel: 'whatsapp', text: body, saidAt, source }, now)
    woken.sessions.add(match.sessionId)
  }
  return matches.length > 0
}

/** `user_preferences`: "stop" is a withdrawal. "resume" is not a consent: that is given to us, not to Meta. */
export async function recordPreference(tx: Tx, item: unknown, now: Temporal.Instant): Promise<boolean> {
  const preference = record(item)
  const digits = text(preference?.wa_id, 40)?.replace(/\D/g, '')
  if (preference?.value !== 'stop' || !digits) return false
  const accounts = await accountsWithPhone(tx, `+${digits}`)
  for (const accountId of accounts) await withdrawConsent(tx, accountId, 'whatsapp', 'whatsapp:user_preferences', now)
  return accounts.length > 0
}

// The person keeps talking from the new number: the old one would reach nobody, or somebody else.
async function recordSystem(
  tx: Tx,
  item: Record<string, unknown> | undefined,
  message: InboundMessage,
  now: Temporal.Instant,
): Promise<boolean> {
  const system = record(item?.system)
  const digits = text(system?.wa_id ?? system?.new_wa_id, 40)?.replace(/\D/g, '')
  const changed = system?.type === 'user_changed_number' || system?.type === 'customer_changed_number'
  const senders = await accountsOf(tx, message)
  if (!(await keep(tx, { ...message, body: text(system?.body, 4096) ?? null }, senders, now))) return false
  if (!changed || !digits || !/^[1-9]\d{6,14}$/.test(digits) || !message.phone) return false
  let isFollowed = false
  for (const accountId of senders) {
    // Only where the old number is on file: whoever was written to there and has another one by now has not moved.
    const { numUpdatedRows } = await tx
      .updateTable('account')
      .set({ phone_e164: `+${digits}` })
      .where('id', '=', accountId)
      .where('phone_e164', '=', message.phone)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) continue
    isFollowed = true
    await audit(tx, {
      at: now,
      actor: 'whatsapp',
      action: 'person.phone_changed',
      objectKind: 'account',
      objectId: accountId,
    })
    await wakePerson(tx, accountId, now)
  }
  return isFollowed
}

/** Everybody who may be the sender: phones are shared in families. */
async function accountsOf(tx: Tx, { phone, whatsappUserId }: InboundMessage): Promise<string[]> {
  if (phone) {
    const accounts = await accountsWithPhone(tx, phone)
    if (accounts.length > 0) return accounts
  }
  if (!whatsappUserId) return []
  const rows = await tx
    .selectFrom('account')
    .select('id')
    .where('whatsapp_user_id', '=', whatsappUserId)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Whoever has the number on file. The one we wrote to may differ from that by a country's own rules (Brazil, Mexico): where
 * nobody has it, it is whom we last wrote to there. What went there longer ago tells nothing: numbers are mistyped, given up,
 * and somebody else's next.
 */
async function accountsWithPhone(tx: Tx, phone: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with on_file as (select id, deactivated_at from account where phone_e164 = ${phone} and joined_into is null)
    select id from on_file where deactivated_at is null
    union all
    select account_id from (
      select distinct account_id from whatsapp_message where phone_e164 = ${phone} and direction = 'out') written_to
    where not exists (select from on_file) and ${phone} = (
      select last.phone_e164 from delivery join whatsapp_message last on last.wamid = delivery.vendor_id
      where delivery.recipient_id = written_to.account_id and delivery.channel = 'whatsapp'
      order by last.said_at desc limit 1)
    order by id`.execute(tx)
  return rows.map(({ id }) => id)
}

// False when this message came before, alone or in another batch.
async function keep(tx: Tx, message: InboundMessage, senders: string[], now: Temporal.Instant): Promise<boolean> {
  const row = await tx
    .insertInto('whatsapp_message')
    .values({
      wamid: message.wamid,
      parent_message_id: message.parentId,
      direction: 'in',
      account_id: senders.length === 1 ? (senders[0] ?? null) : null,
      phone_e164: message.phone ?? message.whatsappUserId ?? '',
      kind: message.kind,
      body: message.body,
      payload: message.payload,
      said_at: message.saidAt,
      received_at: now,
    })
    .onConflict((conflict) => conflict.column('wamid').doNothing())
    .returning('wamid')
    .executeTakeFirst()
  return row !== undefined
}
