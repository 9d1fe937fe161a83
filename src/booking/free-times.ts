import { invalid, notFound, Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import type { BlockReason } from './availability.ts'
import { closedFor } from './closed-times.ts'
import { bookingFacts, type Range, slotsQuestion } from './facts.ts'
import { likelyPairing, onPair, pairsFor } from './pairing.ts'
import { slots } from './slots.ts'
import { explain } from './slots-explained.ts'
import { byDayFirst, nightsOf } from './waking-hours.ts'

export type FreeTimes = {
  slots: { startsAt: string; endsAt: string }[]
  blocked?: { startsAt: string; endsAt: string; reasons: BlockReason[] }[]
}

export type TimesAsk = Range & {
  mentorId: string
  /** Null: nobody in particular. */
  menteeId: string | null
  /** One of several of their mentorships; the programme's room, closed days and budget are then those that count. */
  mentorshipId?: string | null
  /** Who asks; absent when it is the mentee, or we for them. */
  actor?: Actor
}

const MOST_DAYS = 92

/**
 * The mentor's free times in `[from, to)`, from one snapshot: hours, both layers, calendar, holds, hosts and, when a mentee asks,
 * their own sessions and, with the pauses of that moment, whether these two may meet at all. With `explained`, also what stands
 * against every other time. Throws 400 `range_too_long` beyond 92 days, 404 for a mentor or mentee who is not there.
 */
export async function freeTimes(
  house: House,
  ask: TimesAsk,
  explained: boolean,
  now: Temporal.Instant,
): Promise<FreeTimes> {
  checkRange(ask)
  const { actor, menteeId } = ask
  const found = await bookingFacts(house.db, ask, now)
  const facts = onPair(actor && menteeId ? pairsFor(actor, menteeId, found) : found, ask.mentorshipId ?? null)
  if (!facts.mentor?.active) throw notFound('mentor')
  if (menteeId !== null && !facts.mentee?.active) throw notFound('mentee')
  if (facts.config === null) {
    const never = { startsAt: ask.from.toString(), endsAt: ask.to.toString(), reasons: ['hours' as const] }
    return explained ? { slots: [], blocked: [never] } : { slots: [] }
  }
  // Ops who name nobody ask for themselves; without a pair of their own they only look at somebody's hours.
  const looksOn = actor?.ops && actor.accountId === menteeId && facts.pairs.length === 0
  const closed = menteeId === null || looksOn ? [] : await closedFor(house.db, facts, { ...ask, menteeId })
  const question = slotsQuestion(facts, facts.config, ask, now, likelyPairing(facts), closed)
  if (!explained) return { slots: slots(question).map(shown) }
  const answer = explain(question)
  return {
    slots: answer.slots.map(shown),
    blocked: answer.blocked.map((time) => ({ ...shown(time), reasons: [...time.reasons] })),
  }
}

/** Throws 400 for an empty or inverted range, and for one that is too long. */
export function checkRange({ from, to }: { from: Temporal.Instant; to: Temporal.Instant }): void {
  const milliseconds = to.epochMilliseconds - from.epochMilliseconds
  if (milliseconds <= 0) throw invalid({ field: 'to', rule: 'must be after from' })
  if (milliseconds > MOST_DAYS * 86_400_000)
    throw new Refusal('range_too_long', `Ask for at most ${MOST_DAYS} days at once.`, {
      errors: [{ field: 'to', rule: `must be at most ${MOST_DAYS} days after from` }],
    })
}

// Thousands of times: whole seconds need no Temporal object.
const shown = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }): { startsAt: string; endsAt: string } => ({
  startsAt: text(startsAt),
  endsAt: text(endsAt),
})
const text = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/**
 * The next times from now on, within four weeks, at which these two can meet, or the mentor anybody: what a message offers. By day
 * for the mentee as long as there are such. None for a mentor without hours, and for two who cannot meet any more.
 */
export async function nextFreeTimes(
  house: House,
  who: { mentorId: string; menteeId: string | null },
  now: Temporal.Instant,
  count: number,
): Promise<{ startsAt: Temporal.Instant; endsAt: Temporal.Instant }[]> {
  const ask = { ...who, from: now, to: now.add({ hours: 28 * 24 }) }
  const { slots } = await freeTimes(house, ask, false, now).catch((error) => {
    if (error instanceof Refusal) return { slots: [] }
    throw error
  })
  const times = slots.map((slot) => ({ ...slot, startsAt: Date.parse(slot.startsAt) }))
  return byDayFirst(times, await nightsOf(house.db, who.menteeId), count)
    .sort((a, b) => a.startsAt - b.startsAt)
    .map(({ startsAt, endsAt }) => ({
      startsAt: Temporal.Instant.fromEpochMilliseconds(startsAt),
      endsAt: Temporal.Instant.from(endsAt),
    }))
}
