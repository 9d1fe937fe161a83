import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import type { Actor } from '../people/actor.ts'
import { isRun } from '../people/scope.ts'
import type { CalendarConfig } from './availability.ts'
import { offeredAt } from './slots-explained.ts'

export type Upcoming = {
  sessionId: string
  mentorId: string
  programmeId: string
  kind: 'mentorship' | 'group'
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
  mentees: { id: string; name: string }[]
}

/** A year of one mentor's sessions, or some weeks of a large programme's: whoever asks for more asks for a shorter range. */
const MOST_UPCOMING = 2_000

/** Sessions still to come (of one mentor, or of all) that start in the range: the actor's own as a mentor, and those they run. */
export async function upcomingSessions(
  db: Database | Tx,
  actor: Actor,
  range: { from: Temporal.Instant; to: Temporal.Instant },
  mentorId: string | null,
): Promise<Upcoming[]> {
  const { rows } = await sql<Upcoming>`
    select s.id as "sessionId", m.account_id as "mentorId", s.programme_id as "programmeId", s.kind, s.starts_at as "startsAt", s.ends_at as "endsAt",
      (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name) order by a.name), '[]')
       from session_participant p join account a on a.id = p.account_id
       where p.session_id = s.id and p.role = 'mentee' and p.left_at is null) as mentees
    from session s join session_participant m on m.session_id = s.id and m.role = 'mentor' and m.left_at is null
    where s.starts_at >= ${range.from} and s.starts_at < ${range.to} and s.cancelled_at is null and s.merged_into is null and s.published_at is not null
      and (${mentorId}::uuid is null or m.account_id = ${mentorId})
      and (m.account_id = ${actor.accountId}::uuid or ${isRun(actor, 's.programme_id')})
    order by s.starts_at, s.id limit ${MOST_UPCOMING}`.execute(db)
  return rows
}

/**
 * Why a session that is booked already would not be offered by these hours: what its mentor has changed since. Ops chose the
 * time of a group session whatever the hours said, so only an absence speaks against it. Pure.
 */
export function outsideHours(
  config: CalendarConfig,
  session: Pick<Upcoming, 'kind' | 'startsAt' | 'endsAt'>,
): ('hours' | 'absence')[] {
  const { startsAt, endsAt } = session
  const sessionMinutes = (endsAt.epochMilliseconds - startsAt.epochMilliseconds) / 60_000
  const { maxPerDay: _day, maxPerWeek: _week, ...rest } = config
  // Notice, horizon, grid and caps are rules for new bookings; they take nothing back.
  const asked = { ...rest, sessionMinutes, minimumNoticeMinutes: 0, horizonDays: 730 }
  const range = { from: startsAt, to: startsAt.add({ milliseconds: 1 }) }
  const reasons = offeredAt({ config: asked, ...range, now: startsAt, busy: [] }, startsAt)
  return reasons.filter((reason) => (reason === 'hours' && session.kind !== 'group') || reason === 'absence') as (
    | 'hours'
    | 'absence'
  )[]
}
