import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { actorName, namesOf, personIn } from '../people/names.ts'
import { isRun } from '../people/scope.ts'
import { mustRunSessions } from './session.ts'

/** Sessions further apart than this are no candidates for each other: nobody would be asked to come a month earlier. */
const NEAR_DAYS = 14
const MOST_CANDIDATES = 300
const MOST_MERGES = 30

export type Candidate = { id: string; startsAt: string; endsAt: string; title: string | null; mentees: string[] }
export type CandidateGroup = {
  mentorId: string
  mentor: string
  programmeId: string
  programme: string
  sessions: Candidate[]
}

type Open = {
  id: string
  starts_at: Temporal.Instant
  ends_at: Temporal.Instant
  title: string | null
  programme_id: string
  programme: string
  mentor_id: string
  mentor: string
  mentees: string[]
}

/**
 * Open sessions by mentor and programme, those of mentors with two or more in the next two weeks. With `sessionId` only its
 * own group, two weeks to either side of it; 404 unless it is theirs to run.
 */
export async function mergeCandidates(
  db: Database,
  actor: Actor,
  sessionId: string | null,
  now: Temporal.Instant,
): Promise<CandidateGroup[]> {
  if (sessionId) await mustRunSessions(db, actor, [sessionId])
  const { rows } = await sql<Open>`
    select s.id, s.starts_at, s.ends_at, s.title, s.programme_id, g.name as programme, m.account_id as mentor_id, a.name as mentor,
      array(select e.name from session_participant p join account e on e.id = p.account_id
        where p.session_id = s.id and p.role = 'mentee' and p.left_at is null order by e.name) as mentees
    from session s join programme g on g.id = s.programme_id
    join session_participant m on m.session_id = s.id and m.role = 'mentor' and m.left_at is null join account a on a.id = m.account_id
    left join session c on c.id = ${sessionId}::uuid
    where s.published_at is not null and s.cancelled_at is null and s.merged_into is null and s.starts_at > ${now}
      and ${isRun(actor, 's.programme_id')}
      and case when ${sessionId}::uuid is null then s.starts_at < ${now.add({ hours: 24 * NEAR_DAYS })}
        else s.programme_id = c.programme_id and s.starts_at between c.starts_at - ${`${NEAR_DAYS} days`}::interval and c.starts_at + ${`${NEAR_DAYS} days`}::interval
          and m.account_id in (select account_id from session_participant where session_id = c.id and role = 'mentor' and left_at is null) end
    order by s.starts_at, s.id limit ${MOST_CANDIDATES}`.execute(db)
  const groups = [...Map.groupBy(rows, ({ mentor_id, programme_id }) => `${mentor_id} ${programme_id}`).values()]
  return groups
    .filter((sessions) => sessionId !== null || sessions.length > 1)
    .map((sessions) => {
      const [{ mentor_id, mentor, programme_id, programme }] = sessions as [Open]
      return {
        mentorId: mentor_id,
        mentor,
        programmeId: programme_id,
        programme,
        sessions: sessions.map(({ id, starts_at, ends_at, title, mentees }) => ({
          id,
          startsAt: starts_at.toString(),
          endsAt: ends_at.toString(),
          title,
          mentees,
        })),
      }
    })
}

export type MergeItem = {
  mergeId: string
  survivorId: string
  startsAt: string
  mentor: string
  folded: { id: string; startsAt: string }[]
  mergedAt: string
  by: string
  reason: string
  undoneAt: string | null
  /** Why it cannot be taken back any more; null: it can. */
  stays: string | null
}

/** The last merges of their programmes, newest first, with what still can be taken back. */
export async function recentMerges(db: Database, actor: Actor, now: Temporal.Instant): Promise<MergeItem[]> {
  const { rows } = await sql<{
    merge_id: string
    survivor_id: string
    starts_at: Temporal.Instant
    cancelled_at: Temporal.Instant | null
    merged_into: string | null
    mentor: string | null
    merged_at: Temporal.Instant
    merged_by: string
    reason: string
    undone_at: Temporal.Instant | null
    folded: { id: string; startsAt: string }[]
  }>`
    select l.merge_id, l.survivor_id, s.starts_at, s.cancelled_at, s.merged_into, l.merged_at, l.merged_by, l.reason,
      max(l.undone_at) as undone_at,
      (select string_agg(a.name, ', ') from session_participant p join account a on a.id = p.account_id
       where p.session_id = s.id and p.role = 'mentor' and p.left_at is null) as mentor,
      json_agg(json_build_object('id', f.id, 'startsAt', to_char(f.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) order by f.starts_at, f.id) as folded
    from session_merge_log l join session s on s.id = l.survivor_id join session f on f.id = l.session_id
    where ${isRun(actor, 's.programme_id')}
    group by l.merge_id, l.survivor_id, s.id, l.merged_at, l.merged_by, l.reason
    order by l.merged_at desc, l.merge_id desc limit ${MOST_MERGES}`.execute(db)
  const names = await namesOf(
    db,
    rows.map(({ merged_by }) => personIn(merged_by)),
  )
  return rows.map((row) => {
    const starts = [row.starts_at, ...row.folded.map(({ startsAt }) => Temporal.Instant.from(startsAt))]
    return {
      mergeId: row.merge_id,
      survivorId: row.survivor_id,
      startsAt: row.starts_at.toString(),
      mentor: row.mentor ?? 'nobody',
      folded: row.folded,
      mergedAt: row.merged_at.toString(),
      by: actorName(row.merged_by, names),
      reason: row.reason,
      undoneAt: row.undone_at?.toString() ?? null,
      stays: row.undone_at
        ? 'It was undone.'
        : row.cancelled_at || row.merged_into
          ? 'The session that was left was cancelled or merged again.'
          : starts.some((startsAt) => isDue(startsAt, now))
            ? 'One of its sessions has begun.'
            : null,
    }
  })
}
