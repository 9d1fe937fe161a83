import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import type { Tx } from '../../database/transaction.ts'
import { isBefore } from '../../interval.ts'
import type { Participant, RoomEvent, RoomPerson, RoomReport, SessionFacts } from '../../playbook/facts.ts'

export type RoomFacts = Pick<SessionFacts, 'roomEvents' | 'reports' | 'elsewhere' | 'gaps'>
type Span = { id: string; startsAt: Temporal.Instant; endsAt: Temporal.Instant }

/**
 * What Zoom told us about each session's room, with the rooms of sessions that were merged into it. Fills each
 * participant's `registrantId`; a personal link of the old room counts as one of the new.
 */
export async function loadRoomFacts(
  db: Database | Tx,
  sessions: readonly Span[],
  participants: Map<string, Participant[]>,
  now: Temporal.Instant,
): Promise<Map<string, RoomFacts>> {
  const ids = sessions.map((session) => session.id)
  const roots = await rootsOf(db, ids)
  const registrants = await loadRegistrants(db, [...roots.keys()])
  for (const id of ids)
    fillRegistrants(
      participants.get(id) ?? [],
      registrants.filter((r) => roots.get(r.session_id) === id),
    )

  const events = await loadEvents(db, [...roots.keys()])
  // Nobody is late before the start: most looks are at sessions to come, and for them these are not asked for.
  const begun = sessions.filter((session) => !isBefore(now, session.startsAt)).map((session) => session.id)
  const hasBegun = begun.length > 0
  const reports = hasBegun ? await loadReports(db, [...roots.keys()]) : []
  const gaps = hasBegun ? await loadGaps(db, sessions) : []
  const elsewhere = hasBegun ? await loadElsewhere(db, begun, participants) : []

  return new Map(
    sessions.map((session) => {
      const own = <T extends { session_id: string }>(rows: T[]) =>
        rows.filter((row) => roots.get(row.session_id) === session.id)
      const renamed = oldLinks(participants.get(session.id) ?? [], own(registrants))
      const person = (raw: unknown) => underNewLink(roomPerson(raw), renamed)
      return [
        session.id,
        {
          roomEvents: own(events).map((row) => roomEvent(row, person)),
          reports: own(reports).map((row) => roomReport(row, person)),
          gaps: gaps.filter((gap) => touches(gap, session)).map(({ from, to }) => ({ from, to })),
          elsewhere: elsewhere.filter((one) => one.forSession === session.id).map(({ forSession: _, ...rest }) => rest),
        },
      ]
    }),
  )
}

/** Folded sessions -> the session they were folded into; every asked session is its own root. */
async function rootsOf(db: Database | Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; merged_into: string }>`
    select id, merged_into from session where merged_into = any(${ids}::uuid[])`.execute(db)
  return new Map([...ids.map((id) => [id, id] as const), ...rows.map((row) => [row.id, row.merged_into] as const)])
}

type Registrant = { session_id: string; owner_id: string; account_id: string; remote_id: string }

async function loadRegistrants(db: Database | Tx, sessionIds: readonly string[]): Promise<Registrant[]> {
  const { rows } = await sql<Registrant>`
    select m.session_id, m.owner_id, p.account_id, m.remote_id
    from mirror m join session_participant p on p.id = m.owner_id
    where m.kind = 'registrant' and m.remote_id is not null and m.session_id = any(${sessionIds}::uuid[])
    order by m.applied_at`.execute(db)
  return rows
}

function fillRegistrants(people: Participant[], registrants: Registrant[]): void {
  for (const person of people) {
    const own =
      registrants.find((r) => r.owner_id === person.id) ??
      registrants.findLast((r) => r.account_id === person.accountId)
    person.registrantId = own?.remote_id ?? null
  }
}

const oldLinks = (people: Participant[], registrants: Registrant[]): Map<string, string> =>
  new Map(
    registrants.flatMap(({ account_id, remote_id }) => {
      const current = people.find((person) => person.accountId === account_id && !person.leftAt)?.registrantId
      return current && current !== remote_id ? [[remote_id, current]] : []
    }),
  )

const underNewLink = (person: RoomPerson | null, renamed: Map<string, string>): RoomPerson | null => {
  const current = person?.registrantId ? renamed.get(person.registrantId) : undefined
  return person && current ? { ...person, registrantId: current } : person
}

type EventRow = {
  id: string
  session_id: string
  event: string
  occurred_at: Temporal.Instant
  received_at: Temporal.Instant
  zoom_meeting_id: string
  zoom_uuid: string | null
  participant: unknown
}

async function loadEvents(db: Database | Tx, sessionIds: readonly string[]): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select id, session_id, event, occurred_at, received_at, zoom_meeting_id, zoom_uuid, participant
    from meeting_event where session_id = any(${sessionIds}::uuid[]) order by occurred_at, received_at, id`.execute(db)
  return rows
}

const roomEvent = (row: EventRow, person: (raw: unknown) => RoomPerson | null): RoomEvent => ({
  id: row.id,
  event: row.event,
  occurredAt: row.occurred_at,
  receivedAt: row.received_at,
  meetingId: row.zoom_meeting_id,
  uuid: row.zoom_uuid,
  participant: person(row.participant),
})

type ReportRow = { session_id: string; zoom_uuid: string; fetched_at: Temporal.Instant; rows: Record<string, string>[] }

/** The latest report of each run of the meeting: Zoom completes its rows for half an hour. */
async function loadReports(db: Database | Tx, sessionIds: readonly string[]): Promise<ReportRow[]> {
  const { rows } = await sql<ReportRow>`
    select distinct on (session_id, zoom_uuid) session_id, zoom_uuid, fetched_at, rows
    from meeting_report where session_id = any(${sessionIds}::uuid[])
    order by session_id, zoom_uuid, fetched_at desc`.execute(db)
  return rows
}

const roomReport = (row: ReportRow, person: (raw: unknown) => RoomPerson | null): RoomReport => ({
  uuid: row.zoom_uuid,
  fetchedAt: row.fetched_at,
  rows: row.rows.map((line) => ({
    person: person(line) ?? {},
    joinedAt: Temporal.Instant.from(line.joinTime as string),
    leftAt: Temporal.Instant.from(line.leaveTime as string),
    waitingRoom: line.status === 'in_waiting_room',
  })),
})

type Gap = { from: Temporal.Instant; to: Temporal.Instant | null }

async function loadGaps(db: Database | Tx, sessions: readonly Span[]): Promise<Gap[]> {
  if (sessions.length === 0) return []
  const earliest = sessions.map((s) => s.startsAt).reduce((a, b) => (isBefore(a, b) ? a : b))
  const { rows } = await sql<{ from_at: Temporal.Instant; to_at: Temporal.Instant | null }>`
    select from_at, to_at from evidence_gap
    where vendor = 'zoom' and (to_at is null or to_at > ${earliest.subtract({ hours: 1 })}) order by from_at`.execute(
    db,
  )
  return rows.map((row) => ({ from: row.from_at, to: row.to_at }))
}

const touches = (gap: Gap, session: Span): boolean =>
  isBefore(gap.from, session.endsAt.add({ hours: 1 })) &&
  (gap.to === null || isBefore(session.startsAt.subtract({ hours: 1 }), gap.to))

type Elsewhere = SessionFacts['elsewhere'][number] & { forSession: string }
type NeighbourRow = EventRow & { for_session: string; participant_id: string; registrant_id: string | null }

/** Seen in another of our rooms shortly before or during this session, by personal link, address or Zoom account. */
async function loadElsewhere(
  db: Database | Tx,
  ids: readonly string[],
  participants: Map<string, Participant[]>,
): Promise<Elsewhere[]> {
  const { rows } = await sql<NeighbourRow>`
    select s.id as for_session, p.id as participant_id, r.remote_id as registrant_id,
      e.id, e.session_id, e.event, e.occurred_at, e.received_at, e.zoom_meeting_id, e.zoom_uuid, e.participant
    from session s
    join session_participant p on p.session_id = s.id and p.left_at is null
    join session_participant op on op.account_id = p.account_id and op.session_id <> s.id and op.left_at is null
    join session os on os.id = op.session_id and os.merged_into is null
      and os.starts_at < s.ends_at and os.ends_at > s.starts_at - interval '3 hours'
    join meeting_event e on e.session_id = os.id
    left join mirror r on r.session_id = os.id and r.kind = 'registrant' and r.owner_id = op.id
    where s.id = any(${ids}::uuid[])
    order by e.occurred_at, e.received_at, e.id`.execute(db)

  const seen = new Map<string, Elsewhere>()
  for (const row of rows) {
    const who = participants.get(row.for_session)?.find((person) => person.id === row.participant_id)
    const key = `${row.participant_id} ${row.session_id}`
    const known = seen.get(key)
    if (row.event === 'meeting.ended' && known) known.until ??= row.occurred_at
    if (!who || !isThem(roomPerson(row.participant), who, row.registrant_id)) continue
    if (row.event.includes('left') && known) known.until = row.occurred_at
    else if (row.event.includes('joined')) {
      seen.set(key, {
        forSession: row.for_session,
        participantId: row.participant_id,
        sessionId: row.session_id,
        since: known?.since ?? row.occurred_at,
        until: null,
      })
    }
  }
  return [...seen.values()]
}

function isThem(seen: RoomPerson | null, person: Participant, registrantId: string | null): boolean {
  if (!seen) return false
  if (seen.registrantId) return seen.registrantId === registrantId
  if (seen.id && person.zoomUserIds.includes(seen.id)) return true
  const email = seen.email?.toLowerCase()
  return email !== undefined && email !== '' && [person.email, ...person.aliases].includes(email)
}

/** Zoom's fields as they come (snake_case in webhooks, camelCase in our stored reports); empty ones are absent. */
export function roomPerson(raw: unknown): RoomPerson | null {
  if (typeof raw !== 'object' || raw === null) return null
  const field = raw as Record<string, unknown>
  const first = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = field[name]
      if (value !== undefined && value !== null && value !== '') return String(value)
    }
    return undefined
  }
  const person: Record<string, string | undefined> = {
    name: first('user_name', 'name'),
    email: first('email', 'user_email', 'userEmail'),
    id: first('id'),
    userId: first('user_id', 'userId'),
    participantUserId: first('participant_user_id', 'participantUserId'),
    participantUuid: first('participant_uuid', 'participantUuid'),
    registrantId: first('registrant_id', 'registrantId'),
    phoneNumber: first('phone_number', 'phoneNumber'),
    customerKey: first('customer_key', 'customerKey'),
  }
  return Object.fromEntries(Object.entries(person).filter(([, value]) => value !== undefined))
}
