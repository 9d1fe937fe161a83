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
  const fresh = read.items.filter(({ at }) => Temporal.Instant.compare(at, now.subtract(ANCIENT)) >= 0)
  const effects = await eachOf(tx, body, fresh, woken, now)
  await wakeAll(tx, woken, now)

  if (read.items.length === 0) return read.outcome
  const outcome = effects > 0 ? 'accepted' : fresh.length === 0 ? 'ancient' : 'unknown'
  await markOutcome(tx, id, outcome)
  return outcome
}

/** How many had an effect. All under one savepoint; when one of them cannot be recorded, each under one of its own. */
async function eachOf(tx: Tx, body: Uint8Array, items: Item[], woken: Woken, now: Temporal.Instant): Promise<number> {
  if (items.length === 0) return 0
  const all = await undoable(tx, async () => {
    let effects = 0
    for (const item of items) effects += (await item.record(tx, woken)) ? 1 : 0
    return effects
  })
  if ('done' in all) return all.done

  let effects = 0
  for (const item of items) {
    const one = await undoable(tx, () => item.record(tx, woken))
    if ('done' in one) effects += one.done ? 1 : 0
    else await openPoison(tx, body, item, one.error, now)
  }
  return effects
}

async function undoable<T>(tx: Tx, work: () => Promise<T>): Promise<{ done: T } | { error: unknown }> {
  await sql`savepoint items`.execute(tx)
  try {
    const done = await work()
    await sql`release savepoint items`.execute(tx)
    return { done }
  } catch (error) {
    // A deadlock, a time-out, a lost connection is about the moment, not about an item: the whole batch is tried again.
    if (/^(08|40|53|55|57|58)/.test(pgError(error)?.code ?? '')) throw error
    await sql`rollback to savepoint items`.execute(tx)
    return { error }
  }
}

const openPoison = (tx: Tx, body: Uint8Array, { kind }: Item, error: unknown, now: Temporal.Instant) =>
  openCase(tx, now, {
    kind: 'poison',
    key: `poison:whatsapp:${sha256(body).toString('hex').slice(0, 16)}`,
    title: 'Part of a WhatsApp webhook could not be recorded.',
    detail: { kind, code: pgError(error)?.code ?? 'bug', bodyHash: sha256(body).toString('hex') },
  })

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
