import { sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { House } from '../http.ts'
import { shown } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { isKnownToOps, isRun } from '../people/scope.ts'
import { ownMentor, readCalendarConfig } from './calendar-config.ts'
import { openIn } from './check-hours.ts'
import { checkRange } from './free-times.ts'

type Range = { from: Temporal.Instant; to: Temporal.Instant }

export type WeekSession = {
  sessionId: string
  bookingId: string | null
  bookingRevision: number | null
  startsAt: string
  endsAt: string
  title: string | null
  /** Who comes; null for ops of other programmes: then only that the time is taken is theirs to know. */
  mentees: string[] | null
}

export type MentorWeek = {
  now: string
  mentor: { id: string; name: string; timeZone: string }
  sessions: WeekSession[]
  holds: { id: string; startsAt: string; endsAt: string; expiresAt: string; mentee: string | null }[]
  busy: { startsAt: string; endsAt: string; title: string | null }[]
  absences: { startsAt: string; endsAt: string; reason: string | null }[]
  open: { startsAt: string; endsAt: string }[]
}

/** Everything in a mentor's time in `[from, to)`: sessions, holds, busy times from Google, absences and open hours. */
export async function mentorWeek(
  house: House,
  actor: Actor,
  mentorId: string,
  range: Range,
  now: Temporal.Instant,
): Promise<MentorWeek> {
  checkRange(range)
  const account = await ownMentor(house, actor, mentorId)
  const { config, version } = await readCalendarConfig(house, actor, mentorId)
  return {
    now: shown(now),
    mentor: { id: mentorId, name: account.name, timeZone: version > 0 ? config.timeZone : account.time_zone },
    sessions: await sessionsIn(house, actor, mentorId, range),
    holds: await holdsIn(house, actor, mentorId, range, now),
    busy: await busyIn(house, mentorId, range),
    absences: config.absences
      .filter(({ startsAt, endsAt }) => overlaps(startsAt, endsAt, range))
      .map(({ startsAt, endsAt, reason = null }) => ({ startsAt, endsAt, reason })),
    open: openIn(config, range),
  }
}

const overlaps = (startsAt: string, endsAt: string, { from, to }: Range): boolean =>
  Date.parse(startsAt) < to.epochMilliseconds && Date.parse(endsAt) > from.epochMilliseconds

/** Nobody has more sessions in a range that may be asked for; the limit is for what is not a calendar. */
const MOST = 1000

async function sessionsIn({ db }: House, actor: Actor, mentorId: string, range: Range): Promise<WeekSession[]> {
  const { rows } = await sql<{
    id: string
    starts_at: Temporal.Instant
    ends_at: Temporal.Instant
    title: string | null
    mentees: string[] | null
    booking_id: string | null
    booking_revision: number | null
  }>`
    select s.id, s.starts_at, s.ends_at, s.title, b.id as booking_id, b.revision as booking_revision,
      case when m.account_id = ${actor.accountId}::uuid or ${isRun(actor, 's.programme_id')} then (
        select coalesce(array_agg(a.name order by a.name), '{}') from session_participant p join account a on a.id = p.account_id
        where p.session_id = s.id and p.role = 'mentee' and p.left_at is null) end as mentees
    from session s
    join session_participant m on m.session_id = s.id and m.role = 'mentor' and m.left_at is null
    left join lateral (select id, revision from user_calendar_booking where session_id = s.id and cancelled_at is null order by id limit 1) b on true
    where m.account_id = ${mentorId} and s.starts_at < ${range.to} and ${endsAfter(range.from)}
      and s.published_at is not null and s.cancelled_at is null and s.merged_into is null
    order by s.starts_at, s.id limit ${MOST}`.execute(db)
  return rows.map((row) => {
    const isSeen = row.mentees !== null
    return {
      sessionId: row.id,
      bookingId: isSeen ? row.booking_id : null,
      bookingRevision: isSeen ? row.booking_revision : null,
      startsAt: shown(row.starts_at),
      endsAt: shown(row.ends_at),
      title: isSeen ? row.title : null,
      mentees: row.mentees,
    }
  })
}

async function holdsIn({ db }: House, actor: Actor, mentorId: string, range: Range, now: Temporal.Instant) {
  const { rows } = await sql<{
    id: string
    starts_at: Temporal.Instant
    ends_at: Temporal.Instant
    expires_at: Temporal.Instant
    mentee: string | null
  }>`
    select h.id, h.starts_at, h.ends_at, h.expires_at,
      case when h.mentor_id = ${actor.accountId}::uuid or ${isKnownToOps(actor, 'a.id')} then a.name end as mentee
    from hold h join account a on a.id = h.mentee_id
    where h.mentor_id = ${mentorId} and h.released_at is null and h.booking_id is null and h.expires_at > ${now}
      and h.starts_at < ${range.to} and h.ends_at > ${range.from}
    order by h.starts_at, h.id limit ${MOST}`.execute(db)
  return rows.map(({ id, starts_at, ends_at, expires_at, mentee }) => ({
    id,
    startsAt: shown(starts_at),
    endsAt: shown(ends_at),
    expiresAt: shown(expires_at),
    mentee,
  }))
}

async function busyIn({ db }: House, mentorId: string, range: Range) {
  const { rows } = await sql<{ from: Temporal.Instant; to: Temporal.Instant; title: string | null }>`
    select lower(b.during) as from, upper(b.during) as to, b.title
    from calendar_busy b join calendar_connection k on k.id = b.connection_id and k.disconnected_at is null
    where b.account_id = ${mentorId} and b.during && tstzrange(${range.from}, ${range.to})
    order by lower(b.during) limit ${MOST}`.execute(db)
  return rows.map(({ from, to, title }) => ({ startsAt: shown(from), endsAt: shown(to), title }))
}
