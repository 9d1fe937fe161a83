import type { Database } from '../database/pool.ts'
import { places, statement } from '../database/statement.ts'
import type { Tx } from '../database/transaction.ts'
import { type Busy, type CalendarConfig, type Closed, calendarConfig, type SlotsQuestion } from './availability.ts'

/** What a person is committed to, epoch ms: the stored range, and the session's (or hold's) own times. */
export type Taken = {
  from: number
  to: number
  startsAt: number
  endsAt: number
  sessionId: string | null
  holdId: string | null
  kind: 'mentorship' | 'group' | null
  title: string | null
  bookingId: string | null
}

export type Pair = {
  id: string
  programmeId: string
  booking: 'assigned' | 'open'
  room: 'zoom' | 'meet'
  budget: number | null
  used: number
  startsOn: string
  endsOn: string | null
  endedAt: number | null
  createdAt: number
}

/** Everything the rules of booking look at, in one snapshot. Times are epoch ms. */
export type BookingFacts = {
  mentor: { name: string; active: boolean } | null
  mentee: { name: string; active: boolean } | null
  config: CalendarConfig | null
  version: number | null
  pairs: Pair[]
  /** Where a pair without a mentorship would meet. */
  open: { programmeId: string; room: 'zoom' | 'meet'; budget: number } | null
  closedDays: { programmeId: string; date: string }[]
  mentorTaken: Taken[]
  menteeTaken: Taken[]
  menteeHolds: { id: string; mentorId: string; startsAt: number; endsAt: number; expiresAt: number }[]
  calendarBusy: { from: number; to: number; title: string | null }[]
  /** Null: never connected. */
  calendar: { broken: boolean; syncedAt: number | null } | null
  /** Times without a free Zoom host; null: there is none at all. */
  noHost: [number, number][] | null
}

export type Range = { from: Temporal.Instant; to: Temporal.Instant }

/**
 * One round trip. `menteeId` null: nobody in particular asks. `to` null: only what meets a session of the mentor's length that
 * begins at `from`. The mentee's own holds and the session `butSessionId`, which is being moved, are left out: they stand in
 * nobody's way.
 */
export async function bookingFacts(
  db: Database | Tx,
  ask: {
    mentorId: string
    menteeId: string | null
    from: Temporal.Instant
    to: Temporal.Instant | null
    butSessionId?: string
  },
  now: Temporal.Instant,
): Promise<BookingFacts> {
  const rows = await read(db, [ask.mentorId, ask.menteeId, ask.from, ask.to, now, ask.butSessionId ?? null])
  const { facts } = rows[0] as { facts: BookingFacts }
  // Stored as it was checked; a version of Punctual with more fields fills in their defaults.
  return { ...facts, config: facts.config && readConfig(facts.config, `${ask.mentorId}@${facts.version}`) }
}

const read = statement<{ facts: BookingFacts }>(`select booking_facts(${places(6)}) as facts`)

// Parsing a year of overrides costs more than the query. A version never changes, so its reading is kept.
const READ = new Map<string, CalendarConfig>()
const MOST_READ = 10_000

function readConfig(stored: unknown, version: string): CalendarConfig {
  const known = READ.get(version)
  if (known) return known
  const config = calendarConfig.parse(stored)
  if (READ.size >= MOST_READ) READ.clear()
  READ.set(version, config)
  return config
}

export type Viewpoint = { programmeId: string | null; room: 'zoom' | 'meet' }

/** The question for the pure rules of `slots.ts`, from stored facts. */
export function slotsQuestion(
  facts: BookingFacts,
  config: CalendarConfig,
  range: Range,
  now: Temporal.Instant,
  view: Viewpoint,
  closed: readonly Closed[] = [],
): SlotsQuestion {
  const busy: Busy[] = facts.mentorTaken.map((taken) => ({ start: taken.from, end: taken.to, cause: causeOf(taken) }))
  for (const { from, to } of facts.menteeTaken) busy.push({ start: from, end: to, cause: 'mentee' })
  for (const event of facts.calendarBusy) busy.push({ start: event.from, end: event.to, cause: 'calendar' })
  if (view.room === 'zoom') {
    if (facts.noHost === null)
      busy.push({ start: range.from.epochMilliseconds - DAY, end: range.to.epochMilliseconds + DAY, cause: 'host' })
    for (const [start, end] of facts.noHost ?? []) busy.push({ start, end, cause: 'host' })
  }
  if (config.calendarPolicy === 'refuse' && calendarUnreadable(facts, now)) {
    busy.push({ start: range.from.epochMilliseconds - DAY, end: range.to.epochMilliseconds + DAY, cause: 'calendar' })
  }
  return {
    config,
    ...range,
    now,
    busy,
    closedDays: facts.closedDays.filter((day) => day.programmeId === view.programmeId).map((day) => day.date),
    closed,
    counted: facts.mentorTaken.map((taken) => taken.from),
  }
}

/** The article's layers: a platform booking, or a published session that nobody booked. */
export const causeOf = (taken: Taken): 'hold' | 'booking' | 'session' =>
  taken.holdId !== null ? 'hold' : taken.kind === 'mentorship' ? 'booking' : 'session'

/** A connected calendar whose busy times we cannot vouch for. Never connected is another thing: then the hours alone decide. */
export function calendarUnreadable({ calendar }: BookingFacts, now: Temporal.Instant): boolean {
  if (calendar === null) return false
  return calendar.broken || calendar.syncedAt === null || calendar.syncedAt < now.epochMilliseconds - DAY
}

// A mirror is refreshed by push and at least every few hours by a chore; a day without is not a mirror any more.
const DAY = 86_400_000
