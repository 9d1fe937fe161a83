import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { prepared } from '../database/prepared.ts'
import type { Tx } from '../database/transaction.ts'
import { wakeAccount, wakeSession } from '../effects/wake.ts'
import { isId } from '../ids.ts'
import { earlier } from '../interval.ts'
import { withdrawConsent } from '../people/consent.ts'
import { list, record, text } from '../webhooks.ts'
import { vendorTime } from './vendor-time.ts'

/** What a batch of webhook items leaves to do at its end, so that sessions are woken once and in id order. */
export type Woken = { sessions: Set<string>; accounts: Set<string> }

/** A person asked Meta for no more messages of this kind from us. */
const OPTED_OUT = '131050'
/** There is no WhatsApp behind this number. */
const DEAD_NUMBER = '131026'

type DeliveryRow = {
  id: string
  subject_id: string
  subject_kind: string
  recipient_id: string | null
  state: string
  delivered_at: Temporal.Instant | null
}

/**
 * One WhatsApp status: sent, delivered, read or failed of a message of ours. Statuses come in any order, twice, or not at
 * all (`delivered` may be missing when it is read at once), so a state only rises. `failed` ends it as long as the
 * outcome of its latest attempt is open. Answers false when the message is not ours.
 */
export async function recordStatus(
  tx: Tx,
  status: Record<string, unknown>,
  now: Temporal.Instant,
  woken: Woken,
): Promise<boolean> {
  const wamid = text(status.id)
  const kind = text(status.status)
  if (!wamid || !kind) return false
  const found = await deliveryOf(tx, wamid, text(status.biz_opaque_callback_data))
  if (!found) return false
  if (kind === 'failed' && !isOpen(found)) return true
  const at = earlier(vendorTime(status.timestamp, now), now)
  const recipient = text(status.recipient_id)?.replace(/\D/g, '')
  const hasArrived = kind === 'delivered' || kind === 'read' || kind === 'played'

  const delivery = needsProof(found, hasArrived)
    ? await proveAccepted(tx, found, wamid, recipient, kind, at, now)
    : found
  if (hasArrived) {
    // Read implies delivered; only the first news of arrival changes what is to be done.
    if (!delivery.delivered_at) wake(woken, delivery)
    const state = kind === 'delivered' && delivery.state !== 'read' ? 'delivered' : 'read'
    await tx
      .updateTable('delivery')
      .set((row) => ({
        state,
        reason: null,
        delivered_at: row.fn.coalesce('delivered_at', sql<Temporal.Instant>`${at}::timestamptz`),
        ...(state === 'read' && kind !== 'delivered'
          ? { read_at: row.fn.coalesce('read_at', sql<Temporal.Instant>`${at}::timestamptz`) }
          : {}),
      }))
      .where('id', '=', delivery.id)
      .execute()
  }
  if (kind === 'failed') {
    const code = text(record(list(status.errors)[0])?.code) ?? 'failed'
    await markFailed(tx, delivery.id, code, at)
    wake(woken, delivery)
    // Where the message went, which need not be the number on file by now. An attempt of somebody erased has none any more.
    const number = found.address ?? (recipient && `+${recipient}`)
    if (code === DEAD_NUMBER && number?.startsWith('+')) await markDead(tx, 'whatsapp', number, code, now)
    if (code === OPTED_OUT && delivery.recipient_id)
      await withdrawConsent(tx, delivery.recipient_id, 'whatsapp', 'whatsapp:131050', now)
  }
  return true
}

/**
 * A bounce of a mail that had been accepted (RFC 3464). `permanent` is for a mailbox that does not exist: no further mail
 * goes to that address. Answers false when the Message-ID is not ours or the bounce is already on record.
 */
export async function recordBounce(
  tx: Tx,
  messageId: string,
  bounce: { code: string; address?: string; permanent: boolean },
  now: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await sql<DeliveryRow>`
    select id, subject_id, subject_kind, recipient_id, state, delivered_at from delivery
    where channel = 'email' and vendor_id = ${messageId} for no key update`.execute(tx)
  const delivery = rows[0]
  if (!delivery || delivery.state === 'failed') return false
  await markFailed(tx, delivery.id, bounce.code, now)
  if (bounce.permanent && bounce.address) await markDead(tx, 'email', bounce.address.toLowerCase(), bounce.code, now)
  const woken: Woken = { sessions: new Set(), accounts: new Set() }
  wake(woken, delivery)
  await wakeAll(tx, woken, now)
  return true
}

/** Wakes what a batch touched: sessions in id order, in one statement. */
export async function wakeAll(tx: Tx, { sessions, accounts }: Woken, now: Temporal.Instant): Promise<void> {
  for (const accountId of [...accounts].sort()) await wakeAccount(tx, accountId, now)
  await wakeSession(tx, [...sessions], now)
}

/**
 * Locks the sessions that a batch of statuses speaks of, before their deliveries: whoever records a delivery's outcome locks
 * in the same order, so the two wait for each other and never deadlock.
 */
export async function lockSubjects(tx: Tx, statuses: readonly Record<string, unknown>[]): Promise<void> {
  const wamids = statuses.flatMap((status) => text(status.id) ?? [])
  const echoes = statuses.flatMap((status) => text(status.biz_opaque_callback_data) ?? []).filter(isId)
  if (wamids.length === 0) return
  await sql`
    ${prepared} select id from session where id in (
      select subject_id from delivery where vendor_id = any(${wamids}::text[]) or id = any(${echoes}::uuid[])
      union select delivery.subject_id from attempt join delivery on delivery.id = attempt.delivery_id where attempt.id = any(${echoes}::uuid[])
    ) order by id for no key update`.execute(tx)
}

type Found = DeliveryRow & {
  reason: string | null
  attempt_id: string | null
  attempt_state: string | null
  address: string | null
  is_latest: boolean
}

const HELD = sql`d.id, d.subject_id, d.subject_kind, d.recipient_id, d.state, d.delivered_at, d.reason,
  a.id as attempt_id, a.state as attempt_state, a.address, coalesce(a.number >= d.tries, true) as is_latest`

// Found and locked in one. The echo of our own id is there from the first status on, even when the answer to the send was lost.
async function deliveryOf(tx: Tx, wamid: string, echo: string | undefined): Promise<Found | undefined> {
  const own = echo && isId(echo) ? echo : null
  const { rows } = await sql<Found>`
    ${prepared} select ${HELD}
    from attempt a join delivery d on d.id = a.delivery_id
    where a.id = ${own}::uuid or a.delivery_id = ${own}::uuid
    order by a.number desc limit 1 for no key update of d`.execute(tx)
  if (rows[0]) return rows[0]
  const { rows: byWamid } = await sql<Found>`
    select ${HELD}
    from delivery d left join attempt a on a.delivery_id = d.id and a.vendor_id = ${wamid}
    where d.id = coalesce((select id from delivery where vendor_id = ${wamid} limit 1),
      (select delivery_id from whatsapp_message where wamid = ${wamid} and direction = 'out'))
    limit 1 for no key update of d`.execute(tx)
  return byWamid[0]
}

const isPresumedLost = ({ state, reason }: Found): boolean => state === 'failed' && reason === 'presumed_lost'

/**
 * Whether a failure can be news. Meta repeats a status for days, in other batches: what has ended, waits to go out again
 * because ops asked for it, or is under way once more does not end by the failure of an earlier attempt.
 */
const isOpen = (found: Found): boolean =>
  found.is_latest && (['claimed', 'accepted', 'unknown'].includes(found.state) || isPresumedLost(found))

/**
 * Nearly always the answer to our call came first, and there is nothing to prove. Of an attempt that is on record as accepted
 * only its arrival is news to a delivery that goes out again.
 */
const needsProof = (found: Found, hasArrived: boolean): boolean =>
  found.attempt_state === 'in_flight' ||
  found.attempt_state === 'unknown' ||
  ((hasArrived || found.attempt_state !== 'accepted') &&
    (['pending', 'claimed', 'unknown'].includes(found.state) || isPresumedLost(found)))

/**
 * A status proves that the message was accepted, also where the answer to the send was lost (`unknown`, or given up as
 * `presumed_lost`) or is not written down yet. The lease is taken away, so that whoever still holds the delivery finds it done and does not send again.
 */
async function proveAccepted(
  tx: Tx,
  found: Found,
  wamid: string,
  recipient: string | undefined,
  kind: string,
  at: Temporal.Instant,
  now: Temporal.Instant,
): Promise<DeliveryRow> {
  const { rows } = await sql<{
    recipient_id: string | null
    subject_id: string
    subject_kind: string
    template: string
    said: string | null
  }>`
    update delivery set state = 'accepted', reason = null, vendor_id = ${wamid}, accepted_at = coalesce(accepted_at, ${at}), failed_at = null,
      next_attempt_at = null, lease_token = null, lease_until = null
    where id = ${found.id} and (state in ('pending', 'claimed', 'unknown') or (state = 'failed' and reason = 'presumed_lost'))
    returning recipient_id, subject_id, subject_kind, template, said ->> 'text' as said`.execute(tx)
  if (found.attempt_id) {
    await sql`
      update attempt set state = 'accepted', vendor_id = ${wamid}, ended_at = coalesce(ended_at, ${now})
      where id = ${found.attempt_id} and state in ('in_flight', 'unknown')`.execute(tx)
  }
  const proven = rows[0]
  const phone = recipient ? `+${recipient}` : found.address
  const delivery = proven ? { ...found, state: 'accepted' } : found
  if (!proven || !phone || kind === 'failed') return delivery
  // The answer was lost, so its row is missing too: an answer to this message must find its parent.
  await tx
    .insertInto('whatsapp_message')
    .values({
      wamid,
      direction: 'out',
      account_id: proven.recipient_id,
      phone_e164: phone,
      delivery_id: found.id,
      session_id: proven.subject_kind === 'session' ? proven.subject_id : null,
      kind: 'template',
      body: proven.said ?? proven.template,
      said_at: at,
      received_at: now,
    })
    .onConflict((conflict) => conflict.column('wamid').doNothing())
    .execute()
  return delivery
}

async function markFailed(tx: Tx, id: string, code: string, at: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('delivery')
    .set({ state: 'failed', reason: code, failed_at: at, next_attempt_at: null, lease_token: null, lease_until: null })
    .where('id', '=', id)
    .execute()
}

async function markDead(
  tx: Tx | Database,
  channel: 'whatsapp' | 'email',
  address: string,
  why: string,
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into dead_address (channel, address, why, since) values (${channel}, ${address}, ${why}, ${now})
    on conflict do nothing`.execute(tx)
}

function wake(woken: Woken, { subject_kind, subject_id }: { subject_kind: string; subject_id: string }): void {
  if (subject_kind === 'session') woken.sessions.add(subject_id)
  if (subject_kind === 'account') woken.accounts.add(subject_id)
}
