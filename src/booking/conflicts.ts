import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import type { Actor } from '../people/actor.ts'
import { isRun } from '../people/scope.ts'
import { gapMinutes } from './availability.ts'
import { type BookingFacts, bookingFacts, calendarUnreadable, causeOf, type Taken } from './facts.ts'
import { likelyPairing } from './pairing.ts'

export type Layer = 'booking' | 'session' | 'calendar' | 'hold' | 'host'

/** What stands in the way, whole: the entities themselves, not only that there is one. */
export type Conflict = {
  layer: Layer
  id?: string
  startsAt: string
  endsAt: string
  whose: 'mentor' | 'mentee' | 'host'
  title?: string
}

export type Asked = {
  /** Epoch ms, the session's own times. */
  startsAt: number
  endsAt: number
  room: 'zoom' | 'meet'
  /** Pause kept after the session by the mentor; the configured one unless given. */
  gapMinutes?: number
}

/** The title of a conflict with a calendar whose busy times nobody can vouch for. */
export const CALENDAR_UNREADABLE = "The mentor's connected calendar cannot be read at the moment."

/**
 * Everything in the way of a session at that time: both layers of the article for both people, the mentor's calendar, holds and
 * Zoom hosts. Pure. Interval arithmetic: bookingStart < existingEnd && bookingEnd > existingStart.
 */
export function conflictsOf(facts: BookingFacts, asked: Asked, now: Temporal.Instant): Conflict[] {
  const { startsAt, endsAt } = asked
  const gap = (asked.gapMinutes ?? (facts.config ? gapMinutes(facts.config) : 0)) * 60_000
  const conflicts: Conflict[] = []
  for (const taken of facts.mentorTaken) {
    if (startsAt < taken.to && endsAt + gap > taken.from) conflicts.push(entity(taken, 'mentor'))
  }
  for (const taken of facts.menteeTaken) {
    if (startsAt < taken.to && endsAt > taken.from) conflicts.push(entity(taken, 'mentee'))
  }
  for (const event of facts.calendarBusy) {
    if (startsAt < event.to && endsAt > event.from) {
      conflicts.push({
        layer: 'calendar',
        ...times(event.from, event.to),
        whose: 'mentor',
        ...(event.title ? { title: event.title } : {}),
      })
    }
  }
  if (facts.config?.calendarPolicy === 'refuse' && calendarUnreadable(facts, now)) {
    conflicts.push({
      layer: 'calendar',
      ...times(startsAt, endsAt),
      whose: 'mentor',
      title: CALENDAR_UNREADABLE,
    })
  }
  if (asked.room === 'zoom') {
    const taken =
      facts.noHost === null
        ? [[startsAt, endsAt] as const]
        : facts.noHost.filter(([from, to]) => startsAt < to && endsAt > from)
    // A host in the middle of several taken ones is one answer: no room of ours is free for the whole time.
    if (taken.length > 0) conflicts.push({ layer: 'host', ...times(startsAt, endsAt), whose: 'host' })
  }
  return conflicts.sort((a, b) => a.startsAt.localeCompare(b.startsAt))
}

function entity(taken: Taken, whose: 'mentor' | 'mentee'): Conflict {
  const layer = causeOf(taken)
  const id =
    layer === 'hold' ? taken.holdId : layer === 'booking' ? (taken.bookingId ?? taken.sessionId) : taken.sessionId
  return {
    layer,
    ...(id ? { id } : {}),
    ...times(taken.startsAt, taken.endsAt),
    whose,
    ...(taken.title ? { title: taken.title } : {}),
  }
}

const times = (startsAt: number, endsAt: number): { startsAt: string; endsAt: string } => ({
  startsAt: Temporal.Instant.fromEpochMilliseconds(startsAt).toString(),
  endsAt: Temporal.Instant.fromEpochMilliseconds(endsAt).toString(),
})

/**
 * Whole for ops, but for what belongs to programmes of others; everybody else sees their own side whole. Of what one does not
 * see whole, only layer, whose and times. `run` are the ids of what the actor runs (see `runOf`).
 */
export function shownTo(
  actor: Actor,
  pair: { mentorId: string; menteeId: string | null },
  conflicts: readonly Conflict[],
  run: ReadonlySet<string>,
): Conflict[] {
  if (actor.programmes === 'all') return [...conflicts]
  const own = new Set<string>()
  if (actor.accountId === pair.mentorId) own.add('mentor')
  if (actor.accountId === pair.menteeId) own.add('mentee')
  // What both are in is one's own as well, though it was found on the other side.
  const ownIds = new Set(conflicts.filter(({ whose }) => own.has(whose)).map(({ id }) => id))
  return conflicts.map((conflict) => {
    const { layer, startsAt, endsAt, whose } = conflict
    // Their mentor's calendar is ops' to see: they may set the hours beside it.
    const isRun = actor.ops && (conflict.id === undefined || run.has(conflict.id))
    return isRun || own.has(whose) || (conflict.id !== undefined && ownIds.has(conflict.id))
      ? conflict
      : { layer, startsAt, endsAt, whose }
  })
}

/** Which of the bookings, sessions and holds in the way belong to programmes of the actor. No question for whoever is not of ops. */
export async function runOf(
  db: Database | Tx,
  actor: Actor,
  conflicts: readonly Conflict[],
): Promise<ReadonlySet<string>> {
  const ids = conflicts.flatMap(({ id }) => id ?? [])
  if (!actor.ops || actor.programmes === 'all' || ids.length === 0) return new Set()
  const { rows } = await sql<{ id: string }>`
    select s.id from session s where s.id = any(${ids}::uuid[]) and ${isRun(actor, 's.programme_id')}
    union all select b.id from user_calendar_booking b join session s on s.id = b.session_id
      where b.id = any(${ids}::uuid[]) and ${isRun(actor, 's.programme_id')}
    union all select h.id from hold h join mentorship m on m.id = h.mentorship_id
      where h.id = any(${ids}::uuid[]) and ${isRun(actor, 'm.programme_id')}`.execute(db)
  return new Set(rows.map(({ id }) => id))
}

export type ConflictQuestion = {
  mentorId: string
  menteeId: string | null
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
}

/** The article's `UserCalendarBooking.hasConflictingBookingsOrSession()`: both layers, and what the article's own did not see. */
export async function hasConflictingBookingsOrSession(
  db: Database | Tx,
  ask: ConflictQuestion,
  now: Temporal.Instant,
): Promise<Conflict[]> {
  const facts = await bookingFacts(db, { ...ask, from: ask.startsAt, to: ask.endsAt }, now)
  const { room } = likelyPairing(facts)
  return conflictsOf(
    facts,
    { startsAt: ask.startsAt.epochMilliseconds, endsAt: ask.endsAt.epochMilliseconds, room },
    now,
  )
}

/** The article's `Session.isOverlappingSessionsOfMentor()`: published sessions of the mentor that collide. */
export async function isOverlappingSessionsOfMentor(
  db: Database | Tx,
  ask: Omit<ConflictQuestion, 'menteeId'>,
  now: Temporal.Instant,
): Promise<Conflict[]> {
  const conflicts = await hasConflictingBookingsOrSession(db, { ...ask, menteeId: null }, now)
  return conflicts.filter(({ layer, whose }) => layer === 'session' && whose === 'mentor')
}
