import { sql } from 'kysely'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { sha256 } from '../links.ts'
import type { Actor } from '../people/actor.ts'

/** An Idempotency-Key that is under way: the work stores its answer under it, in its own transaction. */
export type Slot = { actor: string; route: string; key: string }

/**
 * Runs `work` once for a key. The same request again within 48 h gets the first answer (same status, same body); another body
 * under the same key is 422 `idempotency_key_reused`; while the first is under way, 409 `idempotency_in_flight`. Only what was
 * done is remembered: a refusal (invalid, taken, not offered) changed nothing, so the same key may ask again and be answered anew.
 */
export async function once<T extends object>(
  house: House,
  actor: Actor,
  route: string,
  key: string | undefined,
  request: unknown,
  now: Temporal.Instant,
  work: (slot: Slot | null) => Promise<T>,
): Promise<T> {
  if (key === undefined) return work(null)
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    const rule = 'must be 1 to 255 visible ASCII characters'
    throw new Refusal('invalid', `Idempotency-Key: ${rule}`, { errors: [{ field: 'Idempotency-Key', rule }] })
  }
  const slot = { actor: actor.label, route, key }
  const earlier = await begin(house, slot, sha256(JSON.stringify(request)), now)
  if (earlier) return earlier.answer as T
  try {
    return await work(slot)
  } catch (error) {
    await forget(house, slot)
    throw error
  }
}

async function begin(
  house: House,
  slot: Slot,
  hash: Buffer,
  now: Temporal.Instant,
): Promise<{ answer: unknown } | null> {
  const elapsed = house.clock.elapsed()
  // A key older than 48 h is a new one; one whose first request died (its lease is over and nothing was stored) is free again.
  const { rows } = await sql`
    insert into idempotency_key as k (actor, route, key, request_hash, created_at, lease_until)
    values (${slot.actor}, ${slot.route}, ${slot.key}, ${hash}, ${now}, ${elapsed.add({ seconds: 30 })})
    on conflict (actor, route, key) do update
      set request_hash = excluded.request_hash, created_at = excluded.created_at, lease_until = excluded.lease_until, status = null, answer = null
      where k.created_at <= ${now.subtract({ hours: 48 })} or (k.status is null and k.lease_until <= ${elapsed})
    returning 1`.execute(house.db)
  if (rows.length > 0) return null

  const first = await house.db
    .selectFrom('idempotency_key')
    .select(['request_hash', 'status', 'answer'])
    .where('actor', '=', slot.actor)
    .where('route', '=', slot.route)
    .where('key', '=', slot.key)
    .executeTakeFirst()
  if (first && !first.request_hash.equals(hash)) {
    throw new Refusal('idempotency_key_reused', 'This Idempotency-Key was used for another request.')
  }
  if (!first || first.status === null) {
    throw new Refusal(
      'idempotency_in_flight',
      'The first request with this Idempotency-Key is still under way. Ask again in a moment.',
      { retryAfterSeconds: 1 },
    )
  }
  return { answer: first.answer }
}

const forget = (house: House, slot: Slot) =>
  house.db
    .deleteFrom('idempotency_key')
    .where('actor', '=', slot.actor)
    .where('route', '=', slot.route)
    .where('key', '=', slot.key)
    .where('status', 'is', null)
    .execute()
