import { earlier, isBefore, later } from '../interval.ts'
import type { RoomEvent, SessionFacts } from './facts.ts'
import { ARRIVING, identify, type Joiner, type KnownBy, LEAVING, type Sighting } from './participants.ts'

/** One participant's time in the room or at its door. `to: null`: as far as we know still there. */
export type Presence = {
  participantId: string
  intervals: { from: Temporal.Instant; to: Temporal.Instant | null }[]
  firstAt: Temporal.Instant
  lastAt: Temporal.Instant | null
  /** Inside the session's own time. */
  minutes: number
  by: KnownBy
  /** Known only by an e-mail domain: clears this person, proves nothing about others. */
  weak: boolean
  /** When the first sign of it reached us. */
  knownAt: Temporal.Instant
}
export type Room = {
  presence: Map<string, Presence>
  /** Who looked in before the start, left again and has not come back: not there, but nobody to be firm about either. */
  lookedIn: Map<string, Looked>
  unidentified: { name: string; at: Temporal.Instant }[]
  startedAt: Temporal.Instant | null
}

// Earlier or later than this the room was used for something else.
const BEFORE = { minutes: 60 }
const AFTER = { minutes: 60 }

type Stay = {
  from: Temporal.Instant
  to: Temporal.Instant | null
  /** Let in or knocking: nothing says that they have gone. */
  passing: boolean
  uuid: string | null
  joiner: Joiner
  knownAt: Temporal.Instant
}

/**
 * Who was in the room and when, folded from Zoom's events and reports by the times in their payload. Order of arrival and
 * duplicates do not matter; a leave without its join, and a place in the waiting room, show that somebody had come.
 */
export function roomOf(
  facts: Pick<
    SessionFacts,
    'session' | 'participants' | 'joinClicks' | 'host' | 'hostDomains' | 'roomEvents' | 'reports'
  >,
): Room {
  const events = facts.roomEvents.filter(
    (e) => e.participant !== null && (ARRIVING.has(e.event) || LEAVING.has(e.event)),
  )
  const ofEvents = events.map((event) => ({ event, sighting: sightingOf(event) }))
  const ofReports = facts.reports.flatMap((report) =>
    report.rows.map((row) => ({
      report,
      row,
      sighting: { person: row.person, uuid: report.uuid, at: row.joinedAt, leaving: false },
    })),
  )
  const { joinerOf } = identify(
    facts,
    [...ofEvents, ...ofReports].map((o) => o.sighting),
  )

  const byJoiner = new Map<Joiner, RoomEvent[]>()
  for (const { event, sighting } of ofEvents) {
    const joiner = joinerOf.get(sighting) as Joiner
    byJoiner.set(joiner, [...(byJoiner.get(joiner) ?? []), event])
  }
  const ends = facts.roomEvents.filter((e) => e.event === 'meeting.ended')
  const stays: Stay[] = [
    ...[...byJoiner].flatMap(([joiner, list]) => staysOf(joiner, list, ends)),
    ...ofReports.map(({ report, row, sighting }) => ({
      from: row.joinedAt,
      to: isBefore(row.leftAt, row.joinedAt) ? row.joinedAt : row.leftAt,
      passing: false,
      uuid: report.uuid,
      joiner: joinerOf.get(sighting) as Joiner,
      knownAt: report.fetchedAt,
    })),
  ].map((stay) => closedByReport(stay, facts.reports))

  const ours = stays.filter((stay) => !stay.joiner.nobody && belongs(stay, facts.session))
  const started = facts.roomEvents
    .filter((e) => e.event === 'meeting.started' || ARRIVING.has(e.event))
    .map((e) => e.occurredAt)
  const known = Map.groupBy(
    ours.filter((s) => s.joiner.participantId !== null),
    (s) => s.joiner.participantId as string,
  )
  const of = [...known]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, own]) => ({ id, ...cameOrLooked(own, facts.session) }))
  return {
    presence: new Map(
      of.filter(({ came }) => came.length > 0).map(({ id, came }) => [id, presenceOf(id, came, facts.session)]),
    ),
    lookedIn: new Map(
      of.flatMap(({ id, came, looked }) => (came.length === 0 && looked ? [[id, looked] as const] : [])),
    ),
    unidentified: ours
      .filter((s) => s.joiner.participantId === null)
      .map((s) => ({ name: s.joiner.people.map((p) => p.name).find(Boolean) ?? '', at: s.from }))
      .toSorted((a, b) => Temporal.Instant.compare(a.at, b.at) || (a.name < b.name ? -1 : 1)),
    startedAt: started.toSorted(Temporal.Instant.compare)[0] ?? null,
  }
}

const sightingOf = (event: RoomEvent): Sighting => ({
  person: event.participant ?? {},
  uuid: event.uuid,
  at: event.occurredAt,
  leaving: LEAVING.has(event.event),
})

function staysOf(joiner: Joiner, events: RoomEvent[], ends: RoomEvent[]): Stay[] {
  const stays: (Stay & { seat: string })[] = []
  // At the same instant an arrival goes first: who leaves and rejoins in one second is there.
  const inTime = once(events).toSorted(
    (a, b) =>
      Temporal.Instant.compare(a.occurredAt, b.occurredAt) ||
      Number(LEAVING.has(a.event)) - Number(LEAVING.has(b.event)) ||
      (seatOf(a) < seatOf(b) ? -1 : 1),
  )
  for (const event of inTime) {
    const at = event.occurredAt
    if (ARRIVING.has(event.event)) {
      stays.push({
        from: at,
        to: PASSING.has(event.event) ? at : null,
        passing: PASSING.has(event.event),
        uuid: event.uuid,
        joiner,
        knownAt: event.receivedAt,
        seat: seatOf(event),
      })
      continue
    }
    const seat = seatOf(event)
    const place = seat.split(' ')[0]
    const open = stays.filter((s) => s.to === null && s.seat.split(' ')[0] === place && sameMeeting(s.uuid, event.uuid))
    const left = open.find((s) => s.seat === seat) ?? open[0]
    if (left) left.to = at
    else
      stays.push({
        from: at,
        to: at,
        passing: false,
        uuid: event.uuid,
        joiner,
        knownAt: event.receivedAt,
        seat: seatOf(event),
      })
  }
  for (const stay of stays) {
    const end = ends
      .filter((e) => sameMeeting(e.uuid, stay.uuid) && !isBefore(e.occurredAt, stay.from))
      .toSorted((a, b) => Temporal.Instant.compare(a.occurredAt, b.occurredAt))[0]
    if (end && (stay.to === null || isBefore(end.occurredAt, stay.to))) stay.to = end.occurredAt
  }
  return stays
}

// Moments, not stays: somebody was let in or knocked, and another event says that they are in.
const PASSING = new Set([
  'meeting.participant_admitted',
  'meeting.participant_jbh_joined',
  'meeting.participant_jbh_waiting',
])
const sameMeeting = (a: string | null, b: string | null): boolean => a === b || !a || !b

/** The same event twice counts once, as heard the first time. */
function once(events: RoomEvent[]): RoomEvent[] {
  const seen = new Map<string, RoomEvent>()
  for (const event of events) {
    const content = `${event.event} ${event.occurredAt} ${event.uuid} ${JSON.stringify(Object.entries(event.participant ?? {}).sort())}`
    const known = seen.get(content)
    if (!known || isBefore(event.receivedAt, known.receivedAt)) seen.set(content, event)
  }
  return [...seen.values()]
}

const waiting = (event: string): boolean => event.includes('waiting')
const seatOf = ({ event, participant }: RoomEvent): string =>
  `${waiting(event) ? 'door' : 'room'} ${participant?.participantUuid || participant?.userId || ''}`

/** A leave that never reached us is in the report. */
function closedByReport(stay: Stay, reports: SessionFacts['reports']): Stay {
  if (stay.to !== null) return stay
  const lasts = reports.filter((r) => r.uuid === stay.uuid).flatMap((r) => r.rows.map((row) => row.leftAt))
  const last = lasts.toSorted(Temporal.Instant.compare).at(-1)
  return last && !isBefore(last, stay.from) ? { ...stay, to: last } : stay
}

function belongs(stay: Stay, session: SessionFacts['session']): boolean {
  const early = session.startsAt.subtract(BEFORE)
  const from = isBefore(early, session.scheduledAt) ? session.scheduledAt : early
  return isBefore(stay.from, session.endsAt.add(AFTER)) && (stay.to === null || !isBefore(stay.to, from))
}

/**
 * Whoever tried the room and left it before the start did not come by that. What counts is what reaches into the session, and a
 * wait at the door since the last time they left, as nothing says that it ended.
 */
function cameOrLooked(own: Stay[], { startsAt }: SessionFacts['session']): { came: Stay[]; looked: Looked | null } {
  const reaches = ({ to }: Stay): boolean => to === null || isBefore(startsAt, to)
  const gone = own.filter((stay) => !reaches(stay) && !stay.passing).map((stay) => stay.to as Temporal.Instant)
  if (gone.length === 0) return { came: own, looked: null }
  const lastGone = gone.reduce(later)
  return {
    came: own.filter((stay) => reaches(stay) || isBefore(lastGone, stay.from)),
    looked: { from: own.map((stay) => stay.from).reduce(earlier), to: lastGone },
  }
}
type Looked = { from: Temporal.Instant; to: Temporal.Instant }

function presenceOf(participantId: string, own: Stay[], session: SessionFacts['session']): Presence {
  const intervals = joined(own)
  const strength = own.map((s) => s.joiner.by as KnownBy).sort((a, b) => LADDER.indexOf(a) - LADDER.indexOf(b))
  const by = strength[0] as KnownBy
  return {
    participantId,
    intervals,
    firstAt: intervals[0]?.from as Temporal.Instant,
    lastAt: intervals.at(-1)?.to ?? null,
    minutes: intervals.reduce((sum, i) => sum + minutesInside(i, session), 0),
    by,
    weak: by === 'host domain',
    knownAt: own.map((s) => s.knownAt).reduce(earlier),
  }
}

const LADDER: KnownBy[] = ['registrant', 'account', 'alias', 'join link', 'name', 'host domain']

/** Several devices are one person: their times are laid over each other. */
function joined(stays: Stay[]): Presence['intervals'] {
  const out: Presence['intervals'] = []
  for (const { from, to } of stays.toSorted((a, b) => Temporal.Instant.compare(a.from, b.from))) {
    const last = out.at(-1)
    if (last && (last.to === null || !isBefore(last.to, from))) {
      if (last.to !== null && (to === null || isBefore(last.to, to))) last.to = to
    } else out.push({ from, to })
  }
  return out
}

function minutesInside(
  { from, to }: Presence['intervals'][number],
  { startsAt, endsAt }: SessionFacts['session'],
): number {
  const start = Math.max(from.epochMilliseconds, startsAt.epochMilliseconds)
  const end = Math.min((to ?? endsAt).epochMilliseconds, endsAt.epochMilliseconds)
  return Math.max(0, end - start) / 60_000
}
