import { gapMinutes } from './availability.ts'
import { DAY, dayOf, MINUTE } from './availability-windows.ts'
import type { BlockReason, BusyCause, Closed, Rule, SlotsQuestion } from './slots-question.ts'
import { firstMoment, type Period, wallAt, zonePeriods } from './zone-offsets.ts'

/** No session may start strictly between the two (epoch ms). Every rule and every taken time comes down to this. */
export type Blocker<Reason = BlockReason> = { readonly after: number; readonly before: number; readonly reason: Reason }

/**
 * What is taken. A new session of the mentor needs `[start, end + gap)` free of the mentor's stored commitments, as those carry
 * their own gap: exactly what the database's exclusion will say. A calendar event, a mentee's commitment and the Zoom hosts
 * only meet the session itself, `[start, end)`: the gap is a promise between sessions.
 */
export function busyBlockers(question: SlotsQuestion): Blocker<BusyCause>[] {
  const session = question.config.sessionMinutes * MINUTE
  const withGap = session + gapMinutes(question.config) * MINUTE
  const blockers: Blocker<BusyCause>[] = []
  for (const { start, end, cause } of question.busy) {
    if (start >= end) continue
    const own = cause === 'booking' || cause === 'session' || cause === 'hold'
    blockers.push({ after: start - (own ? withGap : session), before: end, reason: cause })
  }
  return blockers
}

/** The times at which these two cannot meet. */
export const closedBlockers = ({ closed = [] }: SlotsQuestion): Blocker<Closed['reason']>[] =>
  closed.map(({ start, end, reason }) => ({ after: start - 1, before: end, reason }))

/** First and last start by notice and horizon; both are elapsed time, and both ends are offered. */
export function bookableTime({ config, now }: SlotsQuestion): { first: number; last: number } {
  return {
    first: now.epochMilliseconds + config.minimumNoticeMinutes * MINUTE,
    last: now.epochMilliseconds + config.horizonDays * DAY,
  }
}

/** Caps, closed days and absences, right for starts in `[from, to)` (epoch ms). */
export function ruleBlockers(question: SlotsQuestion, from: number, to: number): Blocker<Rule>[] {
  const periods = zonePeriods(question.config.timeZone, from - 15 * DAY, to + 15 * DAY)
  const session = question.config.sessionMinutes * MINUTE
  const blockers = capBlockers(question, periods)
  for (const date of question.closedDays ?? []) {
    // The calendar day itself, not the windows that begin on it: nobody meets on it, and the night after it is free again.
    const closed = daysFrom(periods, dayOf(date), 1)
    blockers.push({ after: closed.from - session, before: closed.to, reason: 'closed_day' })
  }
  for (const { startsAt, endsAt } of question.config.absences) {
    blockers.push({ after: Date.parse(startsAt) - session, before: Date.parse(endsAt), reason: 'absence' })
  }
  return blockers
}

// A session belongs to the day and ISO week in which it starts, in the mentor's zone. A full one takes no further start.
function capBlockers({ config, counted = [] }: SlotsQuestion, periods: readonly Period[]): Blocker<Rule>[] {
  const { maxPerDay = Infinity, maxPerWeek = Infinity } = config
  if (counted.length < Math.min(maxPerDay, maxPerWeek)) return []

  const days = counted.map((start) => Math.floor(wallAt(periods, start) / DAY))
  const mondays = days.map((day) => Math.floor((day + 3) / 7) * 7 - 3)
  const full = [
    ...reached(days, maxPerDay).map((day) => daysFrom(periods, day, 1)),
    ...reached(mondays, maxPerWeek).map((monday) => daysFrom(periods, monday, 7)),
  ]
  return full.map(({ from, to }) => ({ after: from - 1, before: to, reason: 'cap' }))
}

function reached(values: number[], most: number): number[] {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].filter(([, count]) => count >= most).map(([value]) => value)
}

function daysFrom(periods: readonly Period[], day: number, days: number) {
  return { from: firstMoment(periods, day * DAY), to: firstMoment(periods, (day + days) * DAY) }
}
