import { sql } from 'kysely'
import { openCase } from '../cases.ts'
import { pgError, type Tx } from '../database/transaction.ts'
import { sha256 } from '../links.ts'
import { list, markOutcome, record, storeOnce, text, type WebhookOutcome } from '../webhooks.ts'
import { recordInbound, recordPreference } from './inbound.ts'
import { lockSubjects, recordStatus, type Woken, wakeAll } from './receipts.ts'
import { vendorTime } from './vendor-time.ts'

/** Meta repeats a webhook for up to seven days; an item older than that by a day is none of its retries. */
const ANCIENT = { hours: 8 * 24 }

export type WhatsappAccount = {
  phoneNumberId: string | undefined
  businessAccountId: string | undefined
  secret: string
}

type Item = {
  kind: string
  at: Temporal.Instant
  status?: Record<string, unknown>
  record: (tx: Tx, woken: Woken) => Promise<boolean>
}

/**
 * Stores one webhook and every item of it: entries, changes, statuses, messages. Meta batches up to 1000; one item that
 * cannot be recorded is undone alone and becomes a case, the others stand. Sessions wake once, at the end, in id order.
 */
export async function recordWhatsapp(
  tx: Tx,
  body: Uint8Array,
  json: unknown,
  account: WhatsappAccount,
  now: Temporal.Instant,
): Promise<WebhookOutcome | null> {
  const read = readItems(json, account, now)
  const event = [...new Set(read.items.map(({ kind }) => kind))].join(' ') || read.event
  const id = await storeOnce(tx, { vendor: 'whatsapp', body, event, outcome: read.outcome, json, now })
  if (!id) return null

  const woken: Woken = { sessions: new Set(), accounts: new Set() }
  await lockSubjects(
    tx,
    read.items.map(({ status }) => status).filter((status) => status !== undefined),
  )
  let effects = 0
  let ancient = 0
  for (const item of read.items) {
    if (Temporal.Instant.compare(item.at, now.subtract(ANCIENT)) < 0) ancient += 1
    else if (await alone(tx, body, item, woken, now)) effects += 1
  }
  await wakeAll(tx, woken, now)

  if (read.items.length === 0) return read.outcome
  const outcome = effects > 0 ? 'accepted' : ancient === read.items.length ? 'ancient' : 'unknown'
  await markOutcome(tx, id, outcome)
  return outcome
}

async function alone(tx: Tx, body: Uint8Array, item: Item, woken: Woken, now: Temporal.Instant): Promise<boolean> {
  await sql`savepoint item`.execute(tx)
  try {
    const effect = await item.record(tx, woken)
    await sql`release savepoint item`.execute(tx)
    return effect
  } catch (error) {
    // A deadlock, a time-out, a lost connection is about the moment, not about the item: the whole batch is tried again.
    const code = pgError(error)?.code
    if (code && /^(08|40|53|55|57|58)/.test(code)) throw error
    await sql`rollback to savepoint item`.execute(tx)
    const mark = sha256(body).toString('hex').slice(0, 16)
    await openCase(tx, now, {
      kind: 'poison',
      key: `poison:whatsapp:${mark}`,
      title: 'Part of a WhatsApp webhook could not be recorded.',
      detail: { kind: item.kind, code: code ?? 'bug', bodyHash: sha256(body).toString('hex') },
    })
    return false
  }
}

type ReadItems = { event: string; outcome: WebhookOutcome; items: Item[] }

function readItems(json: unknown, account: WhatsappAccount, now: Temporal.Instant): ReadItems {
  const root = record(json)
  if (!root || !Array.isArray(root.entry)) return { event: 'malformed', outcome: 'malformed', items: [] }
  const items: Item[] = []
  const fields = new Set<string>()
  let foreign = 0
  for (const entry of list(root.entry).map(record)) {
    for (const change of list(entry?.changes).map(record)) {
      const value = record(change?.value)
      const field = text(change?.field, 60) ?? 'unknown'
      fields.add(field)
      if (isForeign(text(entry?.id), text(record(value?.metadata)?.phone_number_id), account)) foreign += 1
      else if (value) items.push(...itemsOf(field, value, account.secret, now))
    }
  }
  const outcome = items.length === 0 && foreign > 0 ? 'foreign' : items.length === 0 ? 'unknown' : 'accepted'
  return { event: [...fields].join(' ') || 'unknown', outcome, items }
}

function itemsOf(field: string, value: Record<string, unknown>, secret: string, now: Temporal.Instant): Item[] {
  const records = (key: string): Record<string, unknown>[] =>
    list(value[key])
      .map(record)
      .filter((item) => item !== undefined)
  const statuses = records('statuses').map(
    (status): Item => ({
      kind: `status.${text(status.status, 20) ?? 'unknown'}`,
      at: vendorTime(status.timestamp, now),
      status,
      record: (tx, woken) => recordStatus(tx, status, now, woken),
    }),
  )
  const messages = records('messages').map(
    (message): Item => ({
      kind: `message.${text(message.type, 20) ?? 'unknown'}`,
      at: vendorTime(message.timestamp, now),
      record: (tx, woken) => recordInbound(tx, secret, message, now, woken),
    }),
  )
  const preferences = (field === 'user_preferences' ? records(field) : []).map(
    (preference): Item => ({
      kind: field,
      at: vendorTime(preference.timestamp, now),
      record: (tx) => recordPreference(tx, preference, now),
    }),
  )
  return [...statuses, ...messages, ...preferences]
}

// The number says it best; a change without one (a template's approval) is known by the business account alone.
function isForeign(
  businessAccount: string | undefined,
  phoneNumber: string | undefined,
  own: WhatsappAccount,
): boolean {
  if (phoneNumber && own.phoneNumberId) return phoneNumber !== own.phoneNumberId
  return Boolean(businessAccount && own.businessAccountId && businessAccount !== own.businessAccountId)
}
