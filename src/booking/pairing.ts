import { Refusal } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { DAY } from './availability-windows.ts'
import type { BookingFacts, Pair } from './facts.ts'

/** In which programme two people meet, on which mentorship, and how many sessions that has. */
export type Pairing = {
  programmeId: string
  room: 'zoom' | 'meet'
  /** Null: an open programme, the booking itself makes the pair. */
  mentorshipId: string | null
  budget: number | null
  used: number
}

/**
 * The pairing a booking stands on: the named mentorship, else the pair's only live one, else an open programme both belong to.
 * Throws 422 `not_paired`, and `mentorship_ambiguous` when several are live and none is named.
 */
export function pairingOf(facts: BookingFacts, startsAt: Temporal.Instant, mentorshipId: string | null): Pairing {
  const live = facts.pairs.filter((pair) => isLive(pair, startsAt))
  if (mentorshipId !== null) {
    const named = live.find((pair) => pair.id === mentorshipId)
    if (!named) throw notPaired()
    return onMentorship(named)
  }
  if (live.length > 1) {
    throw new Refusal('mentorship_ambiguous', 'You are paired with this mentor more than once: name the mentorship.', {
      mentorships: live.map(({ id, programmeId }) => ({ id, programmeId })),
    })
  }
  if (live[0]) return onMentorship(live[0])
  // A pair that somebody ended is not made again by a booking.
  if (facts.pairs.some((pair) => pair.programmeId === facts.open?.programmeId)) throw notPaired()
  if (facts.open === null) throw notPaired()
  const { programmeId, room, budget } = facts.open
  return { programmeId, room, mentorshipId: null, budget, used: 0 }
}

/**
 * What is moved keeps its programme, its room and its place in the budget, but cannot leave the life of its mentorship: a
 * mentor who has left by then meets nobody. Throws 422 `not_paired`.
 */
export function keptPairing(
  facts: BookingFacts,
  startsAt: Temporal.Instant,
  kept: Pick<Pairing, 'programmeId' | 'room' | 'mentorshipId'>,
): Pairing {
  const pair = facts.pairs.find(({ id }) => id === kept.mentorshipId)
  if (pair && !isLive(pair, startsAt)) throw notPaired()
  return { ...kept, budget: null, used: 0 }
}

/**
 * The programme and room to count with before anything is refused: like `pairingOf`, but always an answer. Whoever belongs
 * nowhere together needs no Zoom host either.
 */
export function likelyPairing(facts: BookingFacts): { programmeId: string | null; room: 'zoom' | 'meet' } {
  const pair = facts.pairs.find(({ endedAt }) => endedAt === null) ?? facts.pairs[0]
  return pair ?? facts.open ?? { programmeId: null, room: 'meet' }
}

/** `[start, end)` in epoch ms: from the first day to the last, in UTC, or until somebody ended it. */
export const lifeOf = ({ startsOn, endsOn, endedAt }: Pair): { start: number; end: number } => ({
  start: Date.parse(startsOn),
  end: Math.min(endedAt ?? Infinity, endsOn === null ? Infinity : Date.parse(endsOn) + DAY),
})

export function isLive(pair: Pair, at: Temporal.Instant): boolean {
  const { start, end } = lifeOf(pair)
  return start <= at.epochMilliseconds && at.epochMilliseconds < end
}

/** The facts as they are for one of several mentorships; a null names none. Where it is another pair's, these two never meet. */
export const onPair = (facts: BookingFacts, mentorshipId: string | null): BookingFacts =>
  mentorshipId ? { ...facts, pairs: facts.pairs.filter(({ id }) => id === mentorshipId), open: null } : facts

/** The facts as somebody may use them who books for another: ops only know, and book in, the programmes they work for. */
export function pairsFor(actor: Actor, menteeId: string, facts: BookingFacts): BookingFacts {
  if (actor.accountId === menteeId) return facts
  return {
    ...facts,
    pairs: facts.pairs.filter(({ programmeId }) => runs(actor, programmeId)),
    open: facts.open && runs(actor, facts.open.programmeId) ? facts.open : null,
  }
}

const onMentorship = ({ id, programmeId, room, budget, used }: Pair): Pairing => ({
  programmeId,
  room,
  mentorshipId: id,
  budget,
  used,
})
export const notPaired = (): Refusal =>
  new Refusal('not_paired', 'This mentee is not paired with this mentor at that time.')
