import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { type Installation, loadFacts } from '../effects/load-facts.ts'
import type { Actor } from '../people/actor.ts'
import { isTheirs } from '../people/case-rights.ts'
import { isRun } from '../people/scope.ts'
import { type TodayRow, todayRow } from './today-row.ts'

export type Day = { from: Temporal.Instant; to: Temporal.Instant; programmeId: string | null }

export type OpenCase = {
  id: string
  kind: string
  title: string
  openedAt: string
  sessionId: string | null
  startsAt: string | null
  personId: string | null
  /** "Asha R. with D. Okafor" */
  who: string | null
}

export type Today = {
  cases: OpenCase[]
  sessions: TodayRow[]
  /** Of an empty day: when the next session begins. */
  nextStartsAt: string | null
}

/** A day has at most so many lines; a programme filter makes more readable. */
const MOST = 500

/** What a person must do first, and every session of the day as a line; of the programmes that the actor works for. */
export async function today(
  db: Database,
  actor: Actor,
  day: Day,
  now: Temporal.Instant,
  installation: Installation,
): Promise<Today> {
  const ids = await sessionsOf(db, actor, day)
  const facts = await loadFacts(db, ids, now, installation)
  const sessions = ids.flatMap((id) => {
    const known = facts.get(id)
    return known ? [todayRow(known, now)] : []
  })
  return {
    cases: await openCases(db, actor, day.programmeId),
    sessions,
    nextStartsAt: sessions.length > 0 ? null : await nextStart(db, actor, day),
  }
}

async function sessionsOf(db: Database, actor: Actor, { from, to, programmeId }: Day): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from session where starts_at >= ${from} and starts_at < ${to} and published_at is not null
      and (${programmeId}::uuid is null or programme_id = ${programmeId}) and ${isRun(actor, 'programme_id')} order by starts_at, id limit ${MOST}`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

async function openCases(db: Database, actor: Actor, programmeId: string | null): Promise<OpenCase[]> {
  const { rows } = await sql<{
    id: string
    kind: string
    title: string
    opened_at: Temporal.Instant
    session_id: string | null
    starts_at: Temporal.Instant | null
    account_id: string | null
    who: string | null
  }>`
    select c.id, c.kind, c.title, c.opened_at, c.session_id, s.starts_at, c.account_id,
      (select string_agg(a.name, ' with ' order by p.role) from session_participant p join account a on a.id = p.account_id
        where p.session_id = c.session_id and p.left_at is null) as who
    from ops_case c left join session s on s.id = c.session_id
    where c.settled_at is null and (${programmeId}::uuid is null or coalesce(c.programme_id, s.programme_id) = ${programmeId})
      and ${isTheirs(actor)}
    order by coalesce(s.starts_at, c.opened_at), c.id limit 100`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    title: row.title,
    openedAt: row.opened_at.toString(),
    sessionId: row.session_id,
    startsAt: row.starts_at?.toString() ?? null,
    personId: row.account_id,
    who: row.who,
  }))
}

async function nextStart(db: Database, actor: Actor, { from, programmeId }: Day): Promise<string | null> {
  const next = await db
    .selectFrom('session')
    .select('starts_at')
    .where('starts_at', '>=', from)
    .where('published_at', 'is not', null)
    .where(isRun(actor, 'programme_id'))
    .$if(programmeId !== null, (query) => query.where('programme_id', '=', programmeId as string))
    .orderBy('starts_at')
    .limit(1)
    .executeTakeFirst()
  return next?.starts_at.toString() ?? null
}
