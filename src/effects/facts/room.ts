import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import { listOf, prepared } from '../../database/prepared.ts'
import type { Tx } from '../../database/transaction.ts'
import { isBefore } from '../../interval.ts'
import type { Participant, RoomPerson, RoomReport, SessionFacts } from '../../playbook/facts.ts'
import type { RoomRecord } from './record.ts'

export type RoomFacts = Pick<SessionFacts, 'roomEvents' | 'reports' | 'elsewhere' | 'gaps'>
type Span = { id: string; startsAt: Temporal.Instant; endsAt: Temporal.Instant }

/**
 * What Zoom told us about each session's room, with the rooms of sessions that were merged into it. Fills each
 * participant's `registrantId`; a personal link of the old room counts as one of the new.
 */
export async function roomFacts(
  db: Database | Tx,
  sessions: readonly Span[],
  participants: Map<string, Participant[]>,
  record: (sessionId: string) => RoomRecord,
  now: Temporal.Instant,
): Promise<Map<string, RoomFacts>> {
  for (const { id } of sessions) fillRegistrants(participants.get(id) ?? [], record(id).registrants)
  // Nobody is late before the start: most looks are at sessions to come, and for them nobody is looked for elsewhere.
  const hasBegun = (session: Span) => !isBefore(now, session.startsAt)
  const begun = sessions.filter(hasBegun).map((session) => session.id)
  const elsewhere = begun.length > 0 ? await loadElsewhere(db, begun, participants) : []

  return new Map(
    sessions.map((session) => {
      const { registrants, events, reports, gaps } = record(session.id)
      const renamed = oldLinks(participants.get(session.id) ?? [], registrants)
      const person = (raw: unknown) => underNewLink(roomPerson(raw), renamed)
      return [
        session.id,
        {
          roomEvents: events.map((event) => ({ ...event, participant: person(event.participant) })),
          reports: hasBegun(session) ? reports.map((report) => roomReport(report, person)) : [],
          gaps: hasBegun(session) ? gaps.map(({ fromAt, toAt }) => ({ from: fromAt, to: toAt })) : [],
          elsewhere: elsewhere.filter((one) => one.forSession === session.id).map(({ forSession: _, ...rest }) => rest),
        },
      ]
    }),
  )
}

type Registrants = RoomRecord['registrants']

function fillRegistrants(people: Participant[], registrants: Registrants): void {
  for (const person of people) {
    const own =
      registrants.find((r) => r.ownerId === person.id) ?? registrants.findLast((r) => r.accountId === person.accountId)
    person.registrantId = own?.remoteId ?? null
  }
}

const oldLinks = (people: Participant[], registrants: Registrants): Map<string, string> =>
  new Map(
    registrants.flatMap(({ accountId, remoteId }) => {
      const current = people.find((person) => person.accountId === accountId && !person.leftAt)?.registrantId
      return current && current !== remoteId ? [[remoteId, current]] : []
    }),
  )

const underNewLink = (person: RoomPerson | null, renamed: Map<string, string>): RoomPerson | null => {
  const current = person?.registrantId ? renamed.get(person.registrantId) : undefined
  return person && current ? { ...person, registrantId: current } : person
}

const roomReport = (row: RoomRecord['reports'][number], person: (raw: unknown) => RoomPerson | null): RoomReport => ({
  uuid: row.uuid,
  fetchedAt: row.fetchedAt,
  rows: row.rows.map((line) => ({
    person: person(line) ?? {},
    joinedAt: Temporal.Instant.from(line.joinTime as string),
    leftAt: Temporal.Instant.from(line.leaveTime as string),
    waitingRoom: line.status === 'in_waiting_room',
  })),
})

type Elsewhere = SessionFacts['elsewhere'][number] & { forSession: string }
type NeighbourRow = {
  for_session: string
  participant_id: string
  registrant_id: string | null
  session_id: string
  event: string
  occurred_at: Temporal.Instant
  participant: unknown
}

/** Seen in another of our rooms shortly before or during this session, by personal link, address or Zoom account. */
async function loadElsewhere(
  db: Database | Tx,
  ids: readonly string[],
  participants: Map<string, Participant[]>,
): Promise<Elsewhere[]> {
  const { rows } = await sql<NeighbourRow>`
    ${prepared} select s.id as for_session, p.id as participant_id, r.remote_id as registrant_id, e.session_id, e.event, e.occurred_at, e.participant
    from session s
    join session_participant p on p.session_id = s.id and p.left_at is null
    join session_participant op on op.account_id = p.account_id and op.session_id <> s.id and op.left_at is null
    join session os on os.id = op.session_id and os.merged_into is null
      and os.starts_at < s.ends_at and os.ends_at > s.starts_at - interval '3 hours'
    join meeting_event e on e.session_id = os.id
    left join mirror r on r.session_id = os.id and r.kind = 'registrant' and r.owner_id = op.id
    where s.id = any(${listOf(ids)})
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
