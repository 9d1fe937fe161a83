import { sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { House } from '../http.ts'
import { shown } from '../http.ts'
import { isBefore } from '../interval.ts'
import { linkToken } from '../links.ts'
import type { Actor } from '../people/actor.ts'
import { isRun } from '../people/scope.ts'
import { joinOpensAt } from '../sessions/join-window.ts'
import { ownMentor } from './calendar-config.ts'

export type OwnSession = {
  sessionId: string
  bookingId: string | null
  bookingRevision: number | null
  startsAt: string
  endsAt: string
  title: string | null
  programme: string
  mentees: { id: string; name: string; timeZone: string; answer: string | null }[]
  /** The mentor's own links; nobody else gets them. `join` only while the room is open. */
  manage: string | null
  join: string | null
  joinOpensAt: string
}

/** How a past session went, as one says it to somebody: nobody is called anything. */
export type Outcome = 'met' | 'met_late' | 'short' | 'not_met' | 'unclear' | 'cancelled' | 'open'

export type Pair = {
  mentee: { id: string; name: string; timeZone: string }
  programme: string
  /** Sessions of the pair: null is as many as they like. */
  budget: number | null
  used: number
  endedAt: string | null
  past: { sessionId: string; startsAt: string; outcome: Outcome }[]
}

export type MentorSessions = { now: string; ahead: OwnSession[]; pairs: Pair[] }

const MOST_AHEAD = 200
const MOST_PAIRS = 200
const MOST_PAST = 12

/** A mentor's sessions to come, and with each mentee what there was: sessions of the pair and how they went. */
export async function mentorSessions(
  house: House,
  actor: Actor,
  mentorId: string,
  now: Temporal.Instant,
): Promise<MentorSessions> {
  await ownMentor(house, actor, mentorId)
  return {
    now: shown(now),
    ahead: await aheadOf(house, actor, mentorId, now),
    pairs: await pairsOf(house, actor, mentorId, now),
  }
}

async function aheadOf(house: House, actor: Actor, mentorId: string, now: Temporal.Instant): Promise<OwnSession[]> {
  const { rows } = await sql<{
    id: string
    revision: number
    starts_at: Temporal.Instant
    ends_at: Temporal.Instant
    title: string | null
    programme: string
    participant_id: string
    booking_id: string | null
    booking_revision: number | null
    mentees: OwnSession['mentees']
  }>`
    select s.id, s.revision, s.starts_at, s.ends_at, s.title, g.name as programme, m.id as participant_id,
      b.id as booking_id, b.revision as booking_revision,
      (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'timeZone', a.time_zone, 'answer', r.meaning) order by a.name), '[]')
        from session_participant p join account a on a.id = p.account_id
        left join lateral (select meaning from reply where participant_id = p.id and revision = s.revision
          and meaning in ('coming', 'cant_come', 'wants_to_move') order by said_at desc, id desc limit 1) r on true
        where p.session_id = s.id and p.role = 'mentee' and p.left_at is null) as mentees
    from session s
    join programme g on g.id = s.programme_id
    join session_participant m on m.session_id = s.id and m.role = 'mentor' and m.left_at is null
    left join lateral (select id, revision from user_calendar_booking where session_id = s.id and cancelled_at is null order by id limit 1) b on true
    where m.account_id = ${mentorId} and ${endsAfter(now)} and s.published_at is not null and s.cancelled_at is null and s.merged_into is null
      and ${isOwnOrRun(actor, mentorId, 's.programme_id')}
    order by s.starts_at, s.id limit ${MOST_AHEAD}`.execute(house.db)
  const secret = house.config.PUNCTUAL_SECRET
  return rows.map((row) => {
    const opensAt = joinOpensAt({ startsAt: row.starts_at })
    const link = (purpose: 'manage' | 'join') =>
      secret && actor.accountId === mentorId
        ? linkToken(secret, { purpose, subjectId: row.participant_id, revision: row.revision })
        : null
    const [manage, join] = [link('manage'), link('join')]
    return {
      sessionId: row.id,
      bookingId: row.booking_id,
      bookingRevision: row.booking_revision,
      startsAt: shown(row.starts_at),
      endsAt: shown(row.ends_at),
      title: row.title,
      programme: row.programme,
      mentees: row.mentees,
      manage: manage && `/m/${manage}`,
      join: join && !isBefore(now, opensAt) ? `/join/${join}` : null,
      joinOpensAt: shown(opensAt),
    }
  })
}

async function pairsOf({ db }: House, actor: Actor, mentorId: string, now: Temporal.Instant): Promise<Pair[]> {
  const { rows } = await sql<{
    mentee: Pair['mentee']
    programme: string
    budget: number | null
    used: number
    ended_at: Temporal.Instant | null
    past: { sessionId: string; startsAt: string; cancelled: boolean; verdict: string | null }[]
  }>`
    select jsonb_build_object('id', a.id, 'name', a.name, 'timeZone', a.time_zone) as mentee, g.name as programme,
      m.sessions as budget, m.ended_at,
      (select count(*)::int from user_calendar_booking b where b.mentorship_id = m.id and b.cancelled_at is null) as used,
      (select coalesce(jsonb_agg(jsonb_build_object('sessionId', l.id, 'startsAt', l.starts_at, 'cancelled', l.cancelled, 'verdict', l.verdict)
          order by l.starts_at desc), '[]')
        from (select s.id, s.starts_at, s.cancelled_at is not null or b.cancelled_at is not null as cancelled, v.verdict
          from user_calendar_booking b join session s on s.id = b.session_id
          left join session_participant p on p.session_id = s.id and p.account_id = m.mentee_id and p.left_at is null
          left join lateral (select verdict from attendance_verdict where participant_id = p.id order by version desc limit 1) v on true
          where b.mentorship_id = m.id and s.ends_at <= ${now} and s.published_at is not null
          order by s.starts_at desc limit ${MOST_PAST}) l) as past
    from mentorship m join account a on a.id = m.mentee_id join programme g on g.id = m.programme_id
    where m.mentor_id = ${mentorId} and ${isOwnOrRun(actor, mentorId, 'm.programme_id')}
    order by m.ended_at is not null, a.name, m.id limit ${MOST_PAIRS}`.execute(db)
  return rows.map(({ ended_at, past, ...pair }) => ({
    ...pair,
    endedAt: ended_at && shown(ended_at),
    past: past.map(({ sessionId, startsAt, cancelled, verdict }) => ({
      sessionId,
      startsAt: Temporal.Instant.from(startsAt).toString(),
      outcome: outcomeOf(cancelled, verdict),
    })),
  }))
}

/** Pure. */
export function outcomeOf(isCancelled: boolean, verdict: string | null): Outcome {
  if (isCancelled) return 'cancelled'
  if (verdict === null) return 'open'
  return OUTCOMES[verdict] ?? 'unclear'
}

const OUTCOMES: Record<string, Outcome> = {
  present: 'met',
  late: 'met_late',
  left_early: 'short',
  absent: 'not_met',
  cannot_tell: 'unclear',
}

const isOwnOrRun = (actor: Actor, mentorId: string, column: string) =>
  actor.accountId === mentorId ? sql`true` : isRun(actor, column)
