import { isBefore, isDue } from '../interval.ts'
import { expected, isLive } from './attendance.ts'
import { answerOf } from './confirmation.ts'
import type { Decision, LedgerEntry, Message, SessionFacts } from './facts.ts'
import { upcoming } from './plan.ts'
import type { Policy } from './policy.ts'

/** What may be looked at to say how a programme's day stands. */
export type DayFacts = {
  programme: { id: string; name: string; timeZone: string; createdAt: Temporal.Instant }
  policy: Policy
  /** Sessions from the beginning of the day on, as far ahead as anything that is said tonight may speak of. */
  sessions: SessionFacts[]
  openCases: number
  ledger: Pick<LedgerEntry, 'key'>[]
}

/** A programme's day in numbers, as the morning message, Today and the API show it. Counts people, not messages, where people are meant. */
export type DaySummary = {
  programmeId: string
  name: string
  /** The day in `timeZone`, the programme's own. */
  date: string
  timeZone: string
  sessions: number
  /** Mentees of sessions still ahead today who have not answered. */
  unconfirmed: number
  /** People of today's sessions whose calendar can no longer be read. */
  disconnectedCalendars: number
  /** People of today's sessions whom no channel reaches. */
  unreachable: number
  /** Messages planned for when nobody of ops looks: from the end of their hours until the next morning message. */
  dueTonight: number
  openCases: number
}

/** Where the evening begins for ops who named no hours. */
const EVENING = '18:00'
/** Later than this the morning is over: the page says it better than an old message. */
const LASTS = { hours: 1 }

/** How the day stands at `now`. */
export function daySummary({ programme, policy, sessions, openCases }: DayFacts, now: Temporal.Instant): DaySummary {
  const { date, from, to, tonight } = dayIn(programme.timeZone, policy, now)
  const ofDay = sessions.filter(
    (facts) => isLive(facts) && !isBefore(facts.session.startsAt, from) && isBefore(facts.session.startsAt, to),
  )
  const people = ofDay.flatMap(expected)
  const count = (some: typeof people): number => new Set(some.map(({ accountId }) => accountId)).size
  return {
    programmeId: programme.id,
    name: programme.name,
    date: date.toString(),
    timeZone: programme.timeZone,
    sessions: ofDay.length,
    unconfirmed: ofDay
      .filter(({ session }) => isBefore(now, session.startsAt))
      .flatMap((facts) => expected(facts).filter((p) => p.role === 'mentee' && answerOf(facts, p.id) === null)).length,
    disconnectedCalendars: count(people.filter(({ calendar }) => calendar?.broken)),
    unreachable: count(people.filter(({ channels }) => channels.length === 0)),
    dueTonight: sessions
      .flatMap(upcoming)
      .filter(({ dueAt }) => !isBefore(dueAt, tonight.from) && isBefore(dueAt, tonight.to)).length,
    openCases,
  }
}

export type DaySettlement = { decisions: Decision[]; summary: DaySummary; wakeAt: Temporal.Instant }

/**
 * The morning message to ops, decided once a day: sent on a day with sessions, skipped on one without, and when it is late
 * by more than an hour. What it says are the numbers of the moment of the decision.
 */
export function settleDay(facts: DayFacts, now: Temporal.Instant): DaySettlement {
  const { programme, policy } = facts
  const { date } = dayIn(programme.timeZone, policy, now)
  const summary = daySummary(facts, now)
  const dueAt = atClock(date, policy.ops.digestAt, programme.timeZone)
  const next = isDue(dueAt, now) ? atClock(date.add({ days: 1 }), policy.ops.digestAt, programme.timeZone) : dueAt
  const key = `digest:${programme.id}@${date}`
  if (!isDue(dueAt, now) || facts.ledger.some((entry) => entry.key === key))
    return { decisions: [], summary, wakeAt: next }

  const message: Message = {
    key,
    meaning: 'digest',
    participantId: null,
    recipientId: null,
    way: 'both',
    template: 'OPS_DIGEST',
    dueAt,
    expiresAt: dueAt.add(LASTS),
    exempt: true,
    detail: { ...summary },
  }
  const reason = isBefore(message.expiresAt, now)
    ? 'late by more than an hour'
    : summary.sessions === 0
      ? 'no sessions that day'
      : null
  return {
    decisions: [{ message, decision: reason ? 'skipped' : 'send', reason, channels: [] }],
    summary,
    wakeAt: next,
  }
}

/** The programme's day that contains `now`, and the evening and night that follow it. */
export function dayIn(timeZone: string, { ops }: Policy, now: Temporal.Instant) {
  const date = now.toZonedDateTimeISO(timeZone).toPlainDate()
  const from = atClock(date, '00:00', timeZone)
  const to = atClock(date.add({ days: 1 }), '00:00', timeZone)
  const tonight = {
    from: atClock(date, ops.hours?.to ?? EVENING, timeZone),
    to: atClock(date.add({ days: 1 }), ops.digestAt, timeZone),
  }
  return { date, from, to, tonight }
}

/** In a gap of the clocks the time after it, as everybody's own clock then shows. */
const atClock = (date: Temporal.PlainDate, time: string, timeZone: string): Temporal.Instant =>
  date.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) }).toInstant()
