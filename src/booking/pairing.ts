import { Refusal } from '../errors.ts'
import type { Closed } from './availability.ts'
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
 * The programme and room to count with before anything is refused: like `pairingOf`, but always an answer. Whoever belongs
 * nowhere together needs no Zoom host either.
 */
export function likelyPairing(facts: BookingFacts): { programmeId: string | null; room: 'zoom' | 'meet' } {
  const pair = facts.pairs.find(({ endedAt }) => endedAt === null) ?? facts.pairs[0]
  return pair ?? facts.open ?? { programmeId: null, room: 'meet' }
}

/**
 * The parts of `[from, to)` (epoch ms) in which these two cannot meet, whatever is free: what `pairingOf` and the budget will say
 * of a booking then, and `paused`, the programmes in which new bookings of one of them are paused. In order, without overlaps.
 */
export function closedTimes(facts: BookingFacts, from: number, to: number, paused: ReadonlySet<string>): Closed[] {
  const pairs = facts.pairs.map((pair) => ({ ...lifeOf(pair), against: againstPair(pair, paused) }))
  const { open } = facts
  // Where no pair is live. A pair that somebody ended is not made again by a booking.
  const isOpen = open !== null && !facts.pairs.some(({ programmeId }) => programmeId === open.programmeId)
  const otherwise = !isOpen ? 'not_paired' : paused.has(open.programmeId) ? 'paused' : null

  const edges = pairs.flatMap(({ start, end }) => [start, end]).filter((edge) => from < edge && edge < to)
  const cuts = [from, ...new Set(edges.sort((a, b) => a - b)), to]
  const closed: Closed[] = []
  for (const [index, start] of cuts.slice(0, -1).entries()) {
    const live = pairs.filter((pair) => pair.start <= start && start < pair.end).map(({ against }) => against)
    const reason = live.length === 0 ? otherwise : live.includes(null) ? null : live[0]
    if (reason) closed.push({ start, end: cuts[index + 1] as number, reason })
  }
  return closed
}

/** `[start, end)` in epoch ms: what `isLive` says, as one interval. */
const lifeOf = ({ startsOn, endsOn, endedAt }: Pair) => ({
  start: Date.parse(startsOn),
  end: Math.min(endedAt ?? Infinity, endsOn === null ? Infinity : Date.parse(endsOn) + DAY),
})

function againstPair(
  { programmeId, budget, used }: Pair,
  paused: ReadonlySet<string>,
): 'paused' | 'budget_spent' | null {
  if (paused.has(programmeId)) return 'paused'
  return budget !== null && used >= budget ? 'budget_spent' : null
}

const DAY = 86_400_000

export const isLive = (pair: Pair, at: Temporal.Instant): boolean => {
  const day = at.toZonedDateTimeISO('UTC').toPlainDate().toString()
  return (
    (pair.endedAt === null || at.epochMilliseconds < pair.endedAt) &&
    pair.startsOn <= day &&
    (pair.endsOn === null || day <= pair.endsOn)
  )
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
