import { type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Actor } from '../people/actor.ts'
import { isKnownToOps, isRun } from '../people/scope.ts'
import { outsideHours, upcomingSessions } from './affected.ts'
import { type CalendarConfig, calendarConfig } from './availability.ts'
import { type Conflict, runOf, shownTo } from './conflicts.ts'

export type ConflictItem = {
  sessionId: string
  mentorId: string
  programmeId: string
  kind: 'mentorship' | 'group'
  startsAt: string
  endsAt: string
  mentees: { id: string; name: string }[]
  causes: { cause: 'calendar' | 'absence' | 'hours'; startsAt?: string; endsAt?: string; title?: string }[]
}

export type RefusedItem = {
  id: string
  at: string
  actor: string
  mentorId: string
  menteeId: string | null
  startsAt: string
  endsAt: string
  code: string
  details: unknown
}

/**
 * What ops must settle: sessions of the range that now collide with their mentor's calendar, an absence or changed hours, and
 * the attempts of the last 7 days that were refused. Of their programmes; a pair that is in none is anybody's who knows both.
 */
export async function listConflicts(
  db: Database,
  actor: Actor,
  range: { from: Temporal.Instant; to: Temporal.Instant },
  now: Temporal.Instant,
): Promise<{ items: ConflictItem[]; refused: RefusedItem[] }> {
  const sessions = await upcomingSessions(db, actor, range, null)
  const mentorIds = [...new Set(sessions.map(({ mentorId }) => mentorId))]
  const configs = await configsOf(db, mentorIds)
  const busy = await busyOf(
    db,
    sessions.map(({ sessionId }) => sessionId),
  )

  const items = sessions.map((session): ConflictItem => {
    const config = configs.get(session.mentorId)
    const causes: ConflictItem['causes'] = busy
      .filter(({ sessionId }) => sessionId === session.sessionId)
      .map(({ from, to, title }) => ({
        cause: 'calendar',
        startsAt: from.toString(),
        endsAt: to.toString(),
        ...(title ? { title } : {}),
      }))
    // A published group session is ops' own decision: the hours were never asked.
    for (const cause of config ? outsideHours(config, session) : []) causes.push({ cause })
    return { ...session, startsAt: session.startsAt.toString(), endsAt: session.endsAt.toString(), causes }
  })
  return {
    items: items.filter(({ causes }) => causes.length > 0),
    refused: await refusedSince(db, actor, now.subtract({ hours: 7 * 24 })),
  }
}

async function configsOf(db: Database, mentorIds: string[]): Promise<Map<string, CalendarConfig>> {
  const { rows } = await sql<{ id: string; config: unknown }>`
    select account_id as id, config from user_calendar_config where account_id = any(${mentorIds}::uuid[])`.execute(db)
  return new Map(rows.map(({ id, config }) => [id, calendarConfig.parse(config)]))
}

async function busyOf(db: Database, sessionIds: string[]) {
  const { rows } = await sql<{ sessionId: string; from: Temporal.Instant; to: Temporal.Instant; title: string | null }>`
    select s.id as "sessionId", lower(b.during) as from, upper(b.during) as to, b.title
    from session s
    join session_participant m on m.session_id = s.id and m.role = 'mentor' and m.left_at is null
    join calendar_busy b on b.account_id = m.account_id and b.during && tstzrange(s.starts_at, s.ends_at)
    join calendar_connection k on k.id = b.connection_id and k.disconnected_at is null
    where s.id = any(${sessionIds}::uuid[])
    order by lower(b.during)`.execute(db)
  return rows
}

async function refusedSince(db: Database, actor: Actor, since: Temporal.Instant): Promise<RefusedItem[]> {
  const rows = await db
    .selectFrom('refused_attempt')
    .selectAll()
    .where('at', '>', since)
    .$if(actor.programmes !== 'all', (query) => query.where(isTheirs(actor)))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(500)
    .execute()
  const inTheWay = rows.flatMap(({ details }) => conflictsIn(details))
  const run = await runOf(db, actor, inTheWay)
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toString(),
    actor: row.actor,
    mentorId: row.mentor_id,
    menteeId: row.mentee_id,
    startsAt: row.starts_at.toString(),
    endsAt: row.ends_at.toString(),
    code: row.code,
    details: shownDetails(actor, row, run),
  }))
}

const isTheirs = (actor: Actor) => sql<SqlBool>`case when programme_id is not null then ${isRun(actor, 'programme_id')}
  else ${isKnownToOps(actor, sql`mentor_id`)} and (mentee_id is null or ${isKnownToOps(actor, sql`mentee_id`)}) end`

const conflictsIn = (details: unknown): Conflict[] => (details as { conflicts?: Conflict[] } | null)?.conflicts ?? []

// Kept whole, shown as the answer to the same attempt would be.
function shownDetails(
  actor: Actor,
  row: { mentor_id: string; mentee_id: string | null; details: unknown },
  run: ReadonlySet<string>,
): unknown {
  const conflicts = conflictsIn(row.details)
  if (conflicts.length === 0) return row.details
  const pair = { mentorId: row.mentor_id, menteeId: row.mentee_id }
  return { ...(row.details as object), conflicts: shownTo(actor, pair, conflicts, run) }
}
