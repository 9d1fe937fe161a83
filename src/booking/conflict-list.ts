import { type Selectable, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { RefusedAttempt } from '../database/rows.ts'
import type { Actor } from '../people/actor.ts'
import { actorName, namesOf, personIn } from '../people/names.ts'
import { isKnownToOps, isRun } from '../people/scope.ts'
import { outsideHours, upcomingSessions } from './affected.ts'
import { type CalendarConfig, calendarConfig } from './availability.ts'
import { joinedWindows } from './availability-windows.ts'
import { type Conflict, runOf, shownTo } from './conflicts.ts'
import { firstMoment, wallAt, zonePeriods } from './zone-offsets.ts'

/** So much to either side of a session is drawn with it. */
const AROUND = { hours: 3 }

export type ConflictItem = {
  sessionId: string
  mentorId: string
  programmeId: string
  kind: 'mentorship' | 'group'
  mentor: string
  startsAt: string
  endsAt: string
  mentees: { id: string; name: string }[]
  causes: { cause: 'calendar' | 'absence' | 'hours'; startsAt?: string; endsAt?: string; title?: string }[]
  /** The mentor's open hours from three hours before the session to three after; null when none were ever entered. */
  open: { startsAt: string; endsAt: string }[] | null
}

export type RefusedItem = {
  id: string
  at: string
  actor: string
  /** Who asked, as a page says it. */
  by: string
  mentorId: string
  mentor: string
  menteeId: string | null
  mentee: string | null
  startsAt: string
  endsAt: string
  code: string
  /** What was in the way and offered instead, or which rules said no. */
  details: RefusedDetails
}

export type RefusedDetails = {
  conflicts?: Conflict[]
  alternatives?: { startsAt: string; endsAt: string }[]
  reasons?: string[]
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
  const names = await namesOf(db, mentorIds)
  const busy = await busyOf(
    db,
    sessions.map(({ sessionId }) => sessionId),
  )

  const items = sessions.map((session): ConflictItem => {
    const config = configs.get(session.mentorId)
    const causes: ConflictItem['causes'] = (busy.get(session.sessionId) ?? []).map(({ from, to, title }) => ({
      cause: 'calendar',
      startsAt: from.toString(),
      endsAt: to.toString(),
      ...(title ? { title } : {}),
    }))
    // A published group session is ops' own decision: the hours were never asked.
    for (const cause of config ? outsideHours(config, session) : [])
      if (cause === 'absence') causes.push(...absencesOver(config as CalendarConfig, session))
      else causes.push({ cause })
    return {
      ...session,
      mentor: names.get(session.mentorId) ?? 'a mentor',
      startsAt: session.startsAt.toString(),
      endsAt: session.endsAt.toString(),
      causes,
      open: config ? openAround(config, session) : null,
    }
  })
  return {
    items: items.filter(({ causes }) => causes.length > 0),
    refused: await refusedSince(db, actor, now.subtract({ hours: 7 * 24 })),
  }
}

type Times = { startsAt: Temporal.Instant; endsAt: Temporal.Instant }

function absencesOver({ absences }: CalendarConfig, { startsAt, endsAt }: Times): ConflictItem['causes'] {
  return absences
    .filter(
      (one) =>
        Date.parse(one.startsAt) < endsAt.epochMilliseconds && Date.parse(one.endsAt) > startsAt.epochMilliseconds,
    )
    .map((one) => ({
      cause: 'absence',
      startsAt: Temporal.Instant.from(one.startsAt).toString(),
      endsAt: Temporal.Instant.from(one.endsAt).toString(),
      ...(one.reason ? { title: one.reason } : {}),
    }))
}

function openAround(config: CalendarConfig, { startsAt, endsAt }: Times): { startsAt: string; endsAt: string }[] {
  const from = startsAt.subtract(AROUND).epochMilliseconds
  const to = endsAt.add(AROUND).epochMilliseconds
  const periods = zonePeriods(config.timeZone, from, to)
  return joinedWindows(config, wallAt(periods, from), wallAt(periods, to))
    .map((wall) => ({
      from: Math.max(from, firstMoment(periods, wall.from)),
      to: Math.min(to, firstMoment(periods, wall.to)),
    }))
    .filter((span) => span.from < span.to)
    .map((span) => ({
      startsAt: Temporal.Instant.fromEpochMilliseconds(span.from).toString(),
      endsAt: Temporal.Instant.fromEpochMilliseconds(span.to).toString(),
    }))
}

async function configsOf(db: Database, mentorIds: string[]): Promise<Map<string, CalendarConfig>> {
  const { rows } = await sql<{ id: string; config: unknown }>`
    select account_id as id, config from user_calendar_config where account_id = any(${mentorIds}::uuid[])`.execute(db)
  return new Map(rows.map(({ id, config }) => [id, calendarConfig.parse(config)]))
}

/** Every session of the list has a few events beside it at most. */
const MOST_BUSY = 10_000

async function busyOf(db: Database, sessionIds: string[]) {
  const { rows } = await sql<{ sessionId: string; from: Temporal.Instant; to: Temporal.Instant; title: string | null }>`
    select s.id as "sessionId", lower(b.during) as from, upper(b.during) as to, b.title
    from session s
    join session_participant m on m.session_id = s.id and m.role = 'mentor' and m.left_at is null
    join calendar_busy b on b.account_id = m.account_id and b.during && tstzrange(s.starts_at, s.ends_at)
    join calendar_connection k on k.id = b.connection_id and k.disconnected_at is null
    where s.id = any(${sessionIds}::uuid[])
    order by lower(b.during) limit ${MOST_BUSY}`.execute(db)
  return Map.groupBy(rows, ({ sessionId }) => sessionId)
}

async function refusedSince(db: Database, actor: Actor, since: Temporal.Instant): Promise<RefusedItem[]> {
  // Whose people they are is asked once for each person, not for each attempt: a rush leaves thousands of the same few. Without
  // `materialized` the question would be asked before the union has made them few.
  const { rows } = await sql<Selectable<RefusedAttempt>>`
    with latest as (select * from refused_attempt where at > ${since} order by at desc, id desc limit ${LOOKED_AT}),
      people as materialized (
        select mentor_id as id from latest where programme_id is null union
        select mentee_id from latest where programme_id is null and mentee_id is not null),
      known as materialized (select id from people where ${isKnownToOps(actor, 'people.id')})
    select * from latest where case when programme_id is not null then ${isRun(actor, 'programme_id')}
      else mentor_id in (select id from known) and (mentee_id is null or mentee_id in (select id from known)) end
    order by at desc, id desc limit ${MOST_REFUSED}`.execute(db)
  const inTheWay = rows.flatMap(({ details }) => conflictsIn(details))
  const run = await runOf(db, actor, inTheWay)
  const names = await namesOf(
    db,
    rows.flatMap((row) => [row.mentor_id, row.mentee_id, personIn(row.actor)]),
  )
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toString(),
    actor: row.actor,
    by: actorName(row.actor, names),
    mentorId: row.mentor_id,
    mentor: names.get(row.mentor_id) ?? 'a mentor',
    menteeId: row.mentee_id,
    mentee: row.mentee_id && (names.get(row.mentee_id) ?? 'somebody'),
    startsAt: row.starts_at.toString(),
    endsAt: row.ends_at.toString(),
    code: row.code,
    details: shownDetails(actor, row, run),
  }))
}

/** So many attempts of all programmes are looked at, so many of one's own shown. */
const LOOKED_AT = 5_000
const MOST_REFUSED = 500

const conflictsIn = (details: unknown): Conflict[] => (details as { conflicts?: Conflict[] } | null)?.conflicts ?? []

// Kept whole; shown as the answer to the same attempt would be, and nothing else of it.
function shownDetails(
  actor: Actor,
  row: { mentor_id: string; mentee_id: string | null; details: unknown },
  run: ReadonlySet<string>,
): RefusedDetails {
  const { alternatives, reasons } = (row.details ?? {}) as RefusedDetails
  const conflicts = conflictsIn(row.details)
  const pair = { mentorId: row.mentor_id, menteeId: row.mentee_id }
  return {
    ...(conflicts.length > 0 ? { conflicts: shownTo(actor, pair, conflicts, run) } : {}),
    ...(alternatives ? { alternatives } : {}),
    ...(reasons ? { reasons } : {}),
  }
}
