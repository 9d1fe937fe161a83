import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { type Installation, loadFacts } from '../effects/load-facts.ts'
import { isBefore } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { expected, firmAt, isLive, provisionalAt, verdictsOf } from '../playbook/attendance.ts'
import type { SessionFacts } from '../playbook/facts.ts'
import { type Act, actsOn, openMerge } from './acts.ts'
import { type LaneItem, type Lanes, lanes } from './lanes.ts'
import { mustRunSessions, type SessionView, seeSession } from './session.ts'
import { timeline } from './timeline.ts'
import { answers, type TodayRow, todayRow } from './today-row.ts'
import { whoCame } from './who-came.ts'

/** A session as ops works on it. Instants as text, UTC. */
export type Desk = {
  session: SessionView & { programmeName: string; scheduledAt: string }
  /** Where the room stands. */
  room: TodayRow['room']
  answers: TodayRow['answers']
  lanes: Lanes
  bookings: DeskBooking[]
  /** The latest merge that this session survived and that nobody took back. */
  mergeId: string | null
  /** From when on a cancellation counts as late; whether it would now. */
  lateFrom: string
  isLate: boolean
  acts: Act[]
}

export type DeskBooking = {
  id: string
  revision: number
  mentorId: string
  menteeId: string
  mentorshipId: string | null
}

/** Throws 404 for a session of a programme that the actor does not run. */
export async function desk(
  db: Database,
  actor: Actor,
  id: string,
  now: Temporal.Instant,
  installation: Installation,
): Promise<Desk> {
  await mustRunSessions(db, actor, [id])
  const view = await seeSession(db, actor, id)
  const facts = (await loadFacts(db, [id], now, installation)).get(id) as SessionFacts
  const lateFrom = facts.session.startsAt.subtract({ hours: facts.policy.booking.lateCancelHours })
  const bookings = await bookingsOf(db, id)
  const told = lanes(await timeline(db, id, now), view, whoCame(facts))
  return {
    session: {
      ...view,
      programmeName: facts.session.programmeName,
      scheduledAt: facts.session.scheduledAt.toString(),
    },
    room: todayRow(facts, now).room,
    answers: answers(facts, facts.participants),
    lanes: { done: told.done, planned: [...told.planned, ...verdictsAhead(facts, now)].toSorted(byTime) },
    bookings,
    mergeId: openMerge(facts),
    lateFrom: lateFrom.toString(),
    isLate: isBefore(lateFrom, now),
    acts: actsOn(facts, now),
  }
}

/** When somebody is judged: for now, and for good. No message, and yet what the next minutes are about. */
function verdictsAhead(facts: SessionFacts, now: Temporal.Instant): LaneItem[] {
  if (!isLive(facts)) return []
  const isFinal = expected(facts).every(({ id }) => verdictsOf(facts, id).at(-1)?.evidence.final === true)
  const moments: [Temporal.Instant, string][] = [
    [provisionalAt(facts), 'who came? a verdict for now'],
    [firmAt(facts), 'the verdict becomes firm'],
  ]
  return moments
    .filter(([at]) => !isFinal && isBefore(now, at))
    .map(([at, text]) => ({
      at: at.toString(),
      lane: 'ops',
      text,
      mark: 'planned',
      until: null,
      why: [],
      deliveries: [],
    }))
}

const byTime = (a: LaneItem, b: LaneItem): number => Temporal.Instant.compare(a.at, b.at)

async function bookingsOf(db: Database, sessionId: string): Promise<DeskBooking[]> {
  const { rows } = await sql<DeskBooking>`
    select id, revision, mentor_id as "mentorId", mentee_id as "menteeId", mentorship_id as "mentorshipId"
    from user_calendar_booking where session_id = ${sessionId} and cancelled_at is null order by id limit 60`.execute(
    db,
  )
  return rows
}
