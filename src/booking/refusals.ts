import { sql } from 'kysely'
import type { Refusal } from '../errors.ts'
import { Refusal as Refused } from '../errors.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import type { Actor } from '../people/actor.ts'
import { closedFor, closedToMove } from './closed-times.ts'
import { CALENDAR_UNREADABLE, type Conflict, runOf, shownTo } from './conflicts.ts'
import { type BookingFacts, bookingFacts, slotsQuestion } from './facts.ts'
import { likelyPairing, onPair } from './pairing.ts'
import { nearestFree } from './slots.ts'
import { byDayFirst, nightsOf } from './waking-hours.ts'

export type Attempt = {
  mentorId: string
  menteeId: string | null
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
  /** One of several that these two have: what is offered instead is for that one. */
  mentorshipId?: string | null
  /** A session whose own time is free for this one; called off, it gives its place in the budget back. */
  moving?: { sessionId: string; isCalledOff?: boolean }
  /** No pair and no budget stands behind it: a session of several, or ops who only look. */
  isUnpaired?: boolean
  /** Where it would have taken place, when that was known: whose ops learn of it. */
  programmeId?: string | null
}

/** 409 `slot_taken`: writes the attempt down and throws what is in the way, as the actor may see it, with three free times. */
export async function refuseTaken(
  house: House,
  actor: Actor,
  attempt: Attempt,
  conflicts: readonly Conflict[],
  now: Temporal.Instant,
): Promise<never> {
  const alternatives = await alternativesTo(house, attempt, now)
  await remember(house, actor, attempt, 'slot_taken', { conflicts, alternatives }, now)
  const run = await runOf(house.db, actor, conflicts)
  throw new Refused('slot_taken', sentence(conflicts, attempt), {
    conflicts: shownTo(actor, attempt, conflicts, run),
    alternatives,
  })
}

/** 422: writes the attempt down and throws the rule that says no. */
export async function refuseRule(
  house: House,
  actor: Actor,
  attempt: Attempt,
  refusal: Refusal,
  now: Temporal.Instant,
): Promise<never> {
  await remember(house, actor, attempt, refusal.code, refusal.details, now)
  throw refusal
}

/**
 * Up to three free times of the mentor nearest to the asked one, also free for the mentee, and by day for them unless the asked
 * one is at night as well.
 */
export async function alternativesTo(
  house: House,
  { mentorId, menteeId, mentorshipId, startsAt, moving, isUnpaired }: Attempt,
  now: Temporal.Instant,
): Promise<{ startsAt: string; endsAt: string }[]> {
  const range = { from: now, to: now.add({ hours: 24 * 93 }) }
  const found = await bookingFacts(
    house.db,
    { mentorId, menteeId, ...range, ...(moving ? { butSessionId: moving.sessionId } : {}) },
    now,
  )
  const facts = onPair(found, mentorshipId ?? null)
  if (facts.config === null) return []
  const isBooked = menteeId !== null && !isUnpaired && (!moving || moving.isCalledOff)
  const closed = isBooked
    ? await closedFor(house.db, moving ? oneGivenBack(facts) : facts, { mentorId, menteeId, ...range })
    : closedToMove(facts, mentorshipId ?? null, range)
  const question = slotsQuestion(facts, facts.config, range, now, likelyPairing(facts), closed)
  const isNight = await nightsOf(house.db, menteeId)
  const nearest = nearestFree(question, startsAt)
  const offered = isNight(startsAt.epochMilliseconds)
    ? nearest.slice(0, OFFERED)
    : byDayFirst(nearest, isNight, OFFERED)
  return offered.map((slot) => ({
    startsAt: Temporal.Instant.fromEpochMilliseconds(slot.startsAt).toString(),
    endsAt: Temporal.Instant.fromEpochMilliseconds(slot.endsAt).toString(),
  }))
}

const OFFERED = 3

const oneGivenBack = (facts: BookingFacts): BookingFacts => ({
  ...facts,
  pairs: facts.pairs.map((pair) => ({ ...pair, used: pair.used - 1 })),
})

// After the roll-back, so that it stays. A crash may lose the last few: nobody waits for the disk to be told "no".
async function remember(
  house: House,
  actor: Actor,
  attempt: Attempt,
  code: string,
  details: object,
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    with quick as materialized (select set_config('synchronous_commit', 'off', true))
    insert into refused_attempt (id, at, actor, mentor_id, mentee_id, starts_at, ends_at, code, details, programme_id)
    select ${newId()}::uuid, ${now}::timestamptz, ${actor.label}, ${attempt.mentorId}::uuid, ${attempt.menteeId}::uuid,
      ${attempt.startsAt}::timestamptz, ${attempt.endsAt}::timestamptz, ${code}, ${JSON.stringify(details)}::jsonb, ${attempt.programmeId ?? null}::uuid from quick`.execute(
    house.db,
  )
}

function sentence(conflicts: readonly Conflict[], { startsAt, endsAt }: Attempt): string {
  const first = conflicts[0]
  if (!first) return 'Somebody else was faster.'
  const when = `from ${clock(first.startsAt)} to ${clock(first.endsAt)} UTC`
  if (first.layer === 'host') return `No Zoom room is free ${when}.`
  if (first.layer === 'hold') return `The ${first.whose} has this time on hold ${when}.`
  if (first.layer === 'calendar' && first.title === CALENDAR_UNREADABLE) return `${CALENDAR_UNREADABLE} Try again soon.`
  if (first.layer === 'calendar') return `The mentor's calendar is not free ${when}.`
  const touches = (a: Temporal.Instant, b: Temporal.Instant) => Temporal.Instant.compare(a, b) <= 0
  const [from, to] = [Temporal.Instant.from(first.startsAt), Temporal.Instant.from(first.endsAt)]
  // They do not meet: what stands between them is the pause that the mentor keeps.
  if (touches(to, startsAt) || touches(endsAt, from))
    return `The mentor is booked ${when}, and keeps a pause beside it.`
  return `The ${first.whose} is already booked ${when}.`
}

const clock = (text: string): string => text.slice(11, 16)
