import { sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { Database } from '../database/pool.ts'
import { shownOrNull } from '../http.ts'
import type { Actor } from './actor.ts'
import { isRun, mustRun } from './scope.ts'

export type ListedProgramme = {
  id: string
  name: string
  booking: 'assigned' | 'open'
  room: 'zoom' | 'meet'
  timeZone: string
  openPairs: number
  /** Sessions of open pairs: booked and not cancelled, and how many their budgets allow; null where any has no limit. */
  booked: number
  budget: number | null
  openSessions: number
  ops: string[]
}

/** The programmes that the actor runs, by name, with what there is in each; at most 500. */
export async function listRunProgrammes(db: Database, actor: Actor, now: Temporal.Instant): Promise<ListedProgramme[]> {
  const { rows } = await sql<ListedProgramme>`
    select p.id, p.name, p.booking, p.room, p.time_zone as "timeZone",
      coalesce(m.pairs, 0) as "openPairs", coalesce(m.booked, 0) as booked, case when m.unlimited then null else coalesce(m.budget, 0) end as budget,
      (select count(*) from session s where s.programme_id = p.id and s.published_at is not null and s.cancelled_at is null
        and s.merged_into is null and ${endsAfter(now)}) as "openSessions",
      coalesce((select array_agg(a.name order by a.name) from programme_ops o join account a on a.id = o.account_id where o.programme_id = p.id), '{}') as ops
    from programme p left join lateral (
      select count(*) as pairs, sum(sessions)::int as budget, bool_or(sessions is null) as unlimited,
        sum((select count(*) from user_calendar_booking b where b.mentorship_id = mentorship.id and b.cancelled_at is null))::int as booked
      from mentorship where programme_id = p.id and (ended_at is null or ended_at > ${now})) m on true
    where ${isRun(actor, 'p.id')} order by lower(p.name), p.id limit 500`.execute(db)
  return rows
}

export type ListedPair = {
  id: string
  mentorId: string
  mentor: string
  menteeId: string
  mentee: string
  sessions: number | null
  booked: number
  startsOn: string
  endsOn: string | null
  endedAt: string | null
  endedReason: string | null
  succeeds: string | null
}
export type PairQuestion = {
  search?: string | undefined
  state: 'open' | 'ended'
  after: string | null
  limit: number
}

/** The programme's pairs with their names and what is used of each budget, in order of id. Throws 404 for a programme not theirs. */
export async function listPairs(
  db: Database,
  actor: Actor,
  programmeId: string,
  { search, state, after, limit }: PairQuestion,
  now: Temporal.Instant,
): Promise<ListedPair[]> {
  mustRun(actor, programmeId)
  const isEnded = sql`(m.ended_at is not null and m.ended_at <= ${now})`
  const { rows } = await sql<Omit<ListedPair, 'endedAt'> & { ended_at: Temporal.Instant | null }>`
    select m.id, m.mentor_id as "mentorId", a.name as mentor, m.mentee_id as "menteeId", b.name as mentee, m.sessions,
      (select count(*) from user_calendar_booking k where k.mentorship_id = m.id and k.cancelled_at is null) as booked,
      m.starts_on as "startsOn", m.ends_on as "endsOn", m.ended_at, m.ended_reason as "endedReason", m.succeeds
    from mentorship m join account a on a.id = m.mentor_id join account b on b.id = m.mentee_id
    where m.programme_id = ${programmeId} and ${state === 'ended' ? isEnded : sql`not ${isEnded}`}
      and ${search ? sql`position(lower(${search}) in lower(a.name || ' ' || b.name)) > 0` : sql`true`}
      and ${after ? sql`m.id > ${after}` : sql`true`}
    order by m.id limit ${limit}`.execute(db)
  return rows.map(({ ended_at, ...row }) => ({ ...row, endedAt: shownOrNull(ended_at) }))
}

export type NamedOps = { personId: string; name: string; since: string; givenBy: string }

/** Who works for the programme, by name. */
export async function namedOps(db: Database, actor: Actor, programmeId: string): Promise<NamedOps[]> {
  mustRun(actor, programmeId)
  const { rows } = await sql<Omit<NamedOps, 'since'> & { since: Temporal.Instant }>`
    select o.account_id as "personId", a.name, o.since, o.given_by as "givenBy" from programme_ops o join account a on a.id = o.account_id
    where o.programme_id = ${programmeId} order by lower(a.name), a.id limit 500`.execute(db)
  return rows.map((row) => ({ ...row, since: row.since.toString() }))
}
