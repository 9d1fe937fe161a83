import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { outsideHours, type Upcoming, upcomingSessions } from './affected.ts'
import type { CalendarConfig } from './availability.ts'
import { ownMentor } from './calendar-config.ts'
import { bookingFacts, slotsQuestion } from './facts.ts'
import { checkRange } from './free-times.ts'
import { likelyPairing } from './pairing.ts'
import { type Explanation, explain } from './slots-explained.ts'
import { openWindows } from './slots-grid.ts'

/** A start that is offered (no reasons), or time in which none is, with everything that stands against it. */
export type Stretch = { startsAt: string; endsAt: string; reasons: string[] }

export type HoursCheck = {
  /** Booked sessions that these hours would not offer. */
  affected: (Pick<Upcoming, 'sessionId' | 'mentees'> & {
    startsAt: string
    endsAt: string
    causes: ('hours' | 'absence')[]
  })[]
  /** What a mentee would see, without a hole from `from` to `to`. */
  stretches: Stretch[]
  /** The hours as they will be: windows that touch are one, clock changes counted. */
  open: { startsAt: string; endsAt: string }[]
}

const MOST_AFFECTED = 200

/** What these hours would do, saved or not: whom they leave outside, and what a mentee sees in `[from, to)`. Writes nothing. */
export async function checkHours(
  house: House,
  actor: Actor,
  mentorId: string,
  config: CalendarConfig,
  range: { from: Temporal.Instant; to: Temporal.Instant },
  now: Temporal.Instant,
): Promise<HoursCheck> {
  checkRange(range)
  await ownMentor(house, actor, mentorId)
  const facts = await bookingFacts(house.db, { mentorId, menteeId: null, ...wide(range, config) }, now)
  const question = slotsQuestion(facts, config, range, now, likelyPairing(facts))
  const upcoming = await upcomingSessions(house.db, actor, { from: now, to: now.add({ hours: 24 * 800 }) }, mentorId)
  return {
    affected: upcoming
      .map((session) => ({ session, causes: outsideHours(config, session) }))
      .filter(({ causes }) => causes.length > 0)
      .slice(0, MOST_AFFECTED)
      .map(({ session: { sessionId, startsAt, endsAt, mentees }, causes }) => ({
        sessionId,
        startsAt: startsAt.toString(),
        endsAt: endsAt.toString(),
        mentees,
        causes,
      })),
    stretches: stretchesOf(explain(question)),
    open: openIn(config, range),
  }
}

/** The joined windows of the hours within `[from, to)`. Pure. */
export function openIn(config: CalendarConfig, { from, to }: { from: Temporal.Instant; to: Temporal.Instant }) {
  const [first, last] = [from.epochMilliseconds, to.epochMilliseconds]
  return openWindows(config, first, last)
    .map(({ opens, closes }) => ({ opens: Math.max(opens, first), closes: Math.min(closes, last) }))
    .filter(({ opens, closes }) => opens < closes)
    .map(({ opens, closes }) => ({ startsAt: text(opens), endsAt: text(closes) }))
}

/**
 * Each start reaches to the next one, and neighbours with the same causes are one, so that a calendar can be painted with
 * them. A clock change that leaves a start out is an entry without length. Pure.
 */
export function stretchesOf({ slots, blocked }: Explanation): Stretch[] {
  const all = [...slots.map((slot) => ({ ...slot, reasons: [] as readonly string[] })), ...blocked].sort(
    (a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt,
  )
  const stretches: { startsAt: number; endsAt: number; reasons: readonly string[] }[] = []
  all.forEach((one, index) => {
    const next = all[index + 1]
    const endsAt = next ? Math.min(one.endsAt, Math.max(next.startsAt, one.startsAt)) : one.endsAt
    const last = stretches.at(-1)
    const isSame = last && one.reasons.length > 0 && last.reasons.join() === one.reasons.join()
    if (isSame && last.endsAt === one.startsAt) last.endsAt = Math.max(last.endsAt, endsAt)
    else stretches.push({ startsAt: one.startsAt, endsAt, reasons: one.reasons })
  })
  return stretches.map(({ startsAt, endsAt, reasons }) => ({
    startsAt: text(startsAt),
    endsAt: text(endsAt),
    reasons: [...reasons],
  }))
}

const text = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

// The stored hours decide how far the facts look around for caps; hours that have caps for the first time look by themselves.
const wide = (
  { from, to }: { from: Temporal.Instant; to: Temporal.Instant },
  { maxPerDay, maxPerWeek }: CalendarConfig,
) =>
  maxPerDay || maxPerWeek ? { from: from.subtract({ hours: 9 * 24 }), to: to.add({ hours: 9 * 24 }) } : { from, to }
