import { notFound, Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { later } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { mustKnowMentee, mustKnowMentor } from '../people/visible-people.ts'
import { type CalendarConfig, gapMinutes, type Rule } from './availability.ts'
import { conflictsOf } from './conflicts.ts'
import { type BookingFacts, bookingFacts, calendarUnreadable, slotsQuestion } from './facts.ts'
import { keptPairing, likelyPairing, type Pairing, pairingOf, pairsFor } from './pairing.ts'
import { refuseRule, refuseTaken } from './refusals.ts'
import { offeredAt } from './slots-explained.ts'

/** Who wants which time with whom. */
export type Ask = {
  mentorId: string
  menteeId: string
  mentorshipId: string | null
  startsAt: Temporal.Instant
  /** A session that is being moved: its own time is free for it, and it is not counted twice. */
  moving?: { sessionId: string; milliseconds: number; programmeId: string; room: 'zoom' | 'meet' }
  holdId?: string | null
}

/** A time that nothing stands against, and all that the writing needs to know. */
export type Offer = {
  facts: BookingFacts
  config: CalendarConfig
  pairing: Pairing
  endsAt: Temporal.Instant
  /** The end of the mentor's commitment: with the gap that is configured now. */
  mentorUntil: Temporal.Instant
  calendarUncheckedAt: Temporal.Instant | null
  /** The mentee's live hold of exactly this time, to be turned into the booking. */
  hold: BookingFacts['menteeHolds'][number] | null
}

/**
 * Reads once and decides: 404 for unknown people, then 409 with everything in the way, and only then the rules (422). What is
 * refused is written down. The database decides again when it is written; in between somebody may have been faster.
 */
export async function offerOf(house: House, actor: Actor, ask: Ask, now: Temporal.Instant): Promise<Offer> {
  const { mentorId, menteeId, startsAt, moving } = ask
  if (!moving) await mustKnowBoth(house, actor, ask)
  const to = moving ? startsAt.add({ milliseconds: moving.milliseconds }) : null
  const but = moving ? { butSessionId: moving.sessionId } : {}
  const found = await bookingFacts(house.db, { mentorId, menteeId, from: startsAt, to, ...but }, now)
  const facts = moving ? found : pairsFor(actor, menteeId, found)
  if (!facts.mentor?.active) throw notFound('mentor')
  if (!facts.mentee?.active) throw notFound('mentee')
  const { config } = facts
  const likely = likelyPairing(facts)
  const programmeId = moving?.programmeId ?? likely.programmeId
  if (config === null) return refuseRule(house, actor, { ...ask, endsAt: ask.startsAt, programmeId }, noHours(), now)

  const start = ask.startsAt.epochMilliseconds
  const hold = ask.moving
    ? null
    : (facts.menteeHolds.find((held) => held.mentorId === ask.mentorId && held.startsAt === start) ?? null)
  const endsAt = hold
    ? Temporal.Instant.fromEpochMilliseconds(hold.endsAt)
    : ask.startsAt.add(ask.moving ? { milliseconds: ask.moving.milliseconds } : { minutes: config.sessionMinutes })
  const attempt = { ...ask, endsAt, programmeId }
  const room = ask.moving?.room ?? likely.room

  // A hold has its host already.
  const conflicts = conflictsOf(
    facts,
    { startsAt: start, endsAt: endsAt.epochMilliseconds, room: hold ? 'meet' : room },
    now,
  )
  if (conflicts.length > 0) return refuseTaken(house, actor, attempt, conflicts, now)

  let pairing: Pairing
  try {
    const at = later(ask.startsAt, now)
    pairing = ask.moving
      ? keptPairing(facts, at, { programmeId: ask.moving.programmeId, room, mentorshipId: ask.mentorshipId })
      : pairingOf(facts, at, ask.mentorshipId)
  } catch (refusal) {
    if (refusal instanceof Refusal) return refuseRule(house, actor, attempt, refusal, now)
    throw refusal
  }
  if (pairing.budget !== null && pairing.used >= pairing.budget)
    return refuseRule(house, actor, attempt, budgetSpent(pairing.budget), now)

  // The rules were asked when the time was held; ten minutes later the notice may have passed, and the promise stands.
  if (!hold) {
    const reasons = offeredAt(
      slotsQuestion(facts, config, { from: startsAt, to: endsAt }, now, {
        programmeId: pairing.programmeId,
        room: pairing.room,
      }),
      ask.startsAt,
    )
    if (reasons.length > 0) return refuseRule(house, actor, attempt, notOffered(reasons), now)
  }

  return {
    facts,
    config,
    pairing,
    endsAt,
    mentorUntil: endsAt.add({ minutes: gapMinutes(config) }),
    calendarUncheckedAt: calendarUnreadable(facts, now) ? now : null,
    hold,
  }
}

/** Ops book for their own people: 404 for somebody of other programmes, as for nobody. */
async function mustKnowBoth(house: House, actor: Actor, { mentorId, menteeId }: Ask): Promise<void> {
  if (!actor.ops || actor.programmes === 'all') return
  await mustKnowMentor(house.db, actor, mentorId)
  await mustKnowMentee(house.db, actor, menteeId)
}

const SENTENCE: Record<Rule, string> = {
  hours: 'it lies outside the mentor’s hours',
  grid: 'sessions of this mentor begin at other minutes',
  past: 'it is past',
  notice: 'it is too soon',
  horizon: 'it is too far ahead',
  cap: 'the mentor has as many sessions as they take',
  closed_day: 'the programme is closed that day',
  absence: 'the mentor is away',
}

export const notOffered = (reasons: readonly Rule[]): Refusal =>
  new Refusal('not_offered', `This time is not offered: ${reasons.map((reason) => SENTENCE[reason]).join('; ')}.`, {
    reasons,
  })

const noHours = (): Refusal =>
  new Refusal('not_offered', 'This mentor has not opened any hours yet.', { reasons: ['hours'] })

export const budgetSpent = (budget: number): Refusal =>
  new Refusal('budget_spent', `All ${budget} sessions of this mentorship are booked.`, { budget })
