import type { Context } from 'hono'
import { bodyUpTo } from './body.ts'
import { cut, withoutTurns } from './cut.ts'
import type { Database } from './database/pool.ts'
import type { Tx } from './database/transaction.ts'
import { Refusal } from './errors.ts'
import type { Addressees, Env, House } from './http.ts'
import { newId } from './ids.ts'
import { sha256 } from './links.ts'
import type { SignatureVerdict } from './vendors/signatures.ts'

export type WebhookVendor = 'zoom' | 'whatsapp' | 'slack' | 'google'

/**
 * What became of a rightly signed webhook. Only `accepted` had an effect.
 * - foreign: of another Zoom account or another phone number
 * - ancient: tells of a time in which it can no longer change anything
 * - unknown: a kind of event, button or channel that nobody here waits for
 * - unmatched: about a meeting we do not know (yet)
 * - malformed: rightly signed, but not in the shape the vendor documents
 */
export type WebhookOutcome = 'accepted' | 'foreign' | 'ancient' | 'unknown' | 'unmatched' | 'malformed'

/** 1 MB for every vendor but Meta, which batches up to 1000 updates into 3 MB. */
export const WEBHOOK_LIMIT = 1024 * 1024
export const WHATSAPP_LIMIT = 4 * 1024 * 1024

/**
 * Whom an event must be for. Ids that the sandbox made up are known to nobody outside, so a script that signs with a secret of its own
 * is not asked for them: the signature says enough.
 */
export const addressees = ({ addressees, config }: Pick<House, 'addressees' | 'config'>): Addressees =>
  addressees ?? {
    zoomAccount: config.ZOOM_ACCOUNT_ID,
    whatsappPhone: config.WHATSAPP_PHONE_NUMBER_ID,
    whatsappBusiness: config.WHATSAPP_BUSINESS_ACCOUNT_ID,
  }

/** The bytes as they came: a signature is over them, not over what parsing makes of them. Throws 413 above `limit`. */
export const rawBody = (c: Context<Env>, limit: number): Promise<Buffer> => bodyUpTo(c, limit)

/**
 * The secrets a vendor's signature is checked with. Throws 503 when there is none: the check cannot be made, and a 4xx
 * would tell the vendor never to come back with this event (Zoom repeats only after a 5xx).
 */
export function mustHaveSecrets(vendor: WebhookVendor | 'mail', secrets: string[] | undefined): string[] {
  if (!secrets || secrets.length === 0)
    throw new Refusal('not_configured', `No secret is configured to check webhooks of ${vendor}.`)
  return secrets
}

/** Throws 401 for a missing, bad or stale signature; from then on the answer is 2xx, whatever the body says. */
export function mustBeSigned(verdict: SignatureVerdict): void {
  if (verdict === 'missing') throw new Refusal('unauthenticated', 'The signature is missing.')
  if (verdict === 'bad') throw new Refusal('unauthenticated', 'The signature does not fit this body.')
  if (verdict === 'stale') throw new Refusal('unauthenticated', 'The signature is too old.')
}

/**
 * Stores a webhook once per vendor and body. Answers its id, or null when the same body was stored before: whoever gets
 * null does nothing more. A second one that comes at the same moment waits here for the first one's transaction.
 */
export async function storeOnce(
  tx: Tx,
  webhook: {
    vendor: WebhookVendor
    body: Uint8Array
    event: string
    outcome: WebhookOutcome
    json: unknown
    now: Temporal.Instant
  },
): Promise<string | null> {
  const row = await tx
    .insertInto('webhook_event')
    .values({
      id: newId(),
      vendor: webhook.vendor,
      body_hash: sha256(webhook.body),
      event: webhook.event.slice(0, 200),
      outcome: webhook.outcome,
      received_at: webhook.now,
      body: webhook.json === undefined ? null : JSON.stringify(webhook.json),
    })
    .onConflict((conflict) => conflict.columns(['vendor', 'body_hash']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

export async function markOutcome(tx: Tx | Database, id: string, outcome: WebhookOutcome): Promise<void> {
  await tx.updateTable('webhook_event').set({ outcome }).where('id', '=', id).execute()
}

// Deeper than any vendor's payload, and far from where PostgreSQL's own parser gives up.
const MAX_DEPTH = 64

/** The JSON in a body, fit for a jsonb column, or undefined when it is none (or nested beyond all reason). */
export function parseJson(body: Uint8Array | string): unknown {
  try {
    return storable(JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)), 0)
  } catch {
    return undefined
  }
}

// JSON allows NUL and half surrogate pairs in text; PostgreSQL refuses both, and a refused insert would lose the event.
function storable(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply')
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed()
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storable(key, depth), storable(item, depth + 1)]),
  )
}

/** A plain object, or undefined: the first question to anything that came from outside. */
export const record = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined

/** Text that says something: strings and numbers, never empty. Ids come as either. */
export function text(value: unknown, max = 500): string | undefined {
  const said = typeof value === 'number' ? String(value) : value
  return typeof said === 'string' && said.trim() !== '' ? cut(withoutTurns(said), max) : undefined
}

/** An array, or an empty one. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
