import { sql } from 'kysely'
import { transact } from '../database/transaction.ts'
import { notFound } from '../errors.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import type { Actor } from '../people/actor.ts'
import { limitPerson } from '../people/rate-limits.ts'
import { isKnownToOps, isRun } from '../people/scope.ts'
import { policyOf } from '../playbook/policy.ts'
import { giveUpHolds, lockHolders, lockPool, refusedBy, take, takeHost } from '../sessions/commitments.ts'
import { inTheWay } from './book.ts'
import { type Ask, type Offer, offerOf } from './offer.ts'
import { paused, pausedIn } from './paused.ts'
import { refuseRule, refuseTaken } from './refusals.ts'

export type Held = { id: string; expiresAt: string }

/**
 * Keeps a time for a mentee while they decide (10 minutes by the default policy). A person holds one time at once: a new hold
 * takes the place of the old one, and asking for the time already held answers the same hold with the same end, so that nobody
 * can hoard. Refusals are those of a booking.
 */
export async function hold(house: House, actor: Actor, ask: Ask, now: Temporal.Instant): Promise<Held> {
  const offer = await offerOf(house, actor, ask, now)
  if (offer.hold)
    return { id: offer.hold.id, expiresAt: Temporal.Instant.fromEpochMilliseconds(offer.hold.expiresAt).toString() }

  if ((await pausedIn(house.db, [ask.mentorId, ask.menteeId])).has(offer.pairing.programmeId))
    return refuseRule(house, actor, { ...ask, endsAt: offer.endsAt }, paused(), now)

  const id = newId()
  const expiresAt = now.add({ minutes: await holdMinutes(house, offer.pairing.programmeId) })
  try {
    await transact(house.db, async (tx) => {
      await limitPerson(house, tx, actor, 'hold')
      await writeHold(tx, now, actor, ask, offer, { id, expiresAt })
    })
  } catch (error) {
    if (refusedBy(error) !== 'slot_taken' && !(error instanceof NoHost)) throw error
    const attempt = { ...ask, endsAt: offer.endsAt, programmeId: offer.pairing.programmeId }
    return refuseTaken(house, actor, attempt, await inTheWay(house, attempt, error, now), now)
  }
  return { id, expiresAt: expiresAt.toString() }
}

/** Gives a hold back; again and again is fine. 404 for another's. */
export async function releaseHold(house: House, actor: Actor, id: string, now: Temporal.Instant): Promise<void> {
  const { rows } = await sql<{ booking_id: string | null }>`
    select booking_id from hold h left join mentorship m on m.id = h.mentorship_id
    where h.id = ${id} and (h.mentee_id = ${actor.accountId}::uuid or case when m.id is not null then ${isRun(actor, 'm.programme_id')}
      else ${actor.ops} and ${isKnownToOps(actor, 'h.mentee_id')} and ${isKnownToOps(actor, 'h.mentor_id')} end)`.execute(
    house.db,
  )
  const [row] = rows
  if (!row) throw notFound('hold')
  if (row.booking_id === null) await giveUpHolds(house.db, [id], now)
}

class NoHost extends Error {
  readonly detail = 'host'
}

type Tx = Parameters<Parameters<typeof transact>[1]>[0]

async function writeHold(
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  ask: Ask,
  { facts, endsAt, mentorUntil, pairing }: Offer,
  { id, expiresAt }: { id: string; expiresAt: Temporal.Instant },
): Promise<void> {
  const { mentorId, menteeId, startsAt } = ask
  await lockHolders(tx, [menteeId, mentorId, ...facts.menteeHolds.map((held) => held.mentorId)])
  await lockPool(tx)
  // Read again under the lock: two clicks of one person must not leave two holds.
  const older = await sql<{ id: string }>`
    select id from hold where mentee_id = ${menteeId} and released_at is null and booking_id is null order by id for update`.execute(
    tx,
  )
  await giveUpHolds(
    tx,
    older.rows.map((row) => row.id),
    now,
  )

  await tx
    .insertInto('hold')
    .values({
      id,
      mentor_id: mentorId,
      mentee_id: menteeId,
      mentorship_id: pairing.mentorshipId,
      starts_at: startsAt,
      ends_at: endsAt,
      created_at: now,
      created_by: actor.label,
      expires_at: expiresAt,
    })
    .execute()
  const source = { holdId: id, expiresAt }
  const bare = { start: startsAt, end: endsAt }
  await take(
    tx,
    source,
    [
      { holderId: mentorId, kind: 'account', during: { start: startsAt, end: mentorUntil } },
      { holderId: menteeId, kind: 'account', during: bare },
    ],
    now,
  )
  if (pairing.room !== 'zoom') return
  const host = await takeHost(tx, source, mentorId, bare, now)
  if (host === null) throw new NoHost()
  await tx.updateTable('hold').set({ host_id: host }).where('id', '=', id).execute()
}

async function holdMinutes(house: House, programmeId: string): Promise<number> {
  const row = await house.db
    .selectFrom('playbook')
    .select('settings')
    .where('programme_id', '=', programmeId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return policyOf(row?.settings).booking.holdMinutes
}
