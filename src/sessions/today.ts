import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { type Installation, loadFacts } from '../effects/load-facts.ts'
import type { Actor } from '../people/actor.ts'
import { isTheirs } from '../people/case-rights.ts'
import { isRun } from '../people/scope.ts'
import { type CaseFacts, caseRow, type OpenCase } from './case-row.ts'
import { type TodayRow, todayRow } from './today-row.ts'

/** A day in a zone, of one programme or of all that the actor runs. */
export type Day = { from: Temporal.Instant; to: Temporal.Instant; timeZone: string; programmeId: string | null }

export type Today = {
  cases: OpenCase[]
  sessions: TodayRow[]
  programmes: { id: string; name: string }[]
  /** Of an empty day: when the next session begins. */
  nextStartsAt: string | null
}

/** A day has at most so many lines; a programme filter makes more readable. */
const MOST = 500

/** What a person must do first, and every session of the day as a line: of the programmes that the actor runs. */
export async function today(
  db: Database,
  actor: Actor,
  day: Day,
  now: Temporal.Instant,
  installation: Installation,
): Promise<Today> {
  const ids = await sessionsOf(db, actor, day)
  const open = await openCases(db, actor, day.programmeId)
  const ofCases = open.flatMap(({ sessionId }) => sessionId ?? [])
  const facts = await loadFacts(db, [...new Set([...ids, ...ofCases])], now, installation)
  const sessions = ids.flatMap((id) => facts.get(id) ?? []).map((known) => todayRow(known, now))
  const cases = open.map((one) => caseRow(one, one.sessionId ? facts.get(one.sessionId) : undefined, day.timeZone, now))
  return {
    cases,
    sessions,
    programmes: await programmesOf(db, actor),
    nextStartsAt: sessions.length > 0 ? null : await nextStart(db, actor, day),
  }
}

async function sessionsOf(db: Database, actor: Actor, { from, to, programmeId }: Day): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from session where starts_at >= ${from} and starts_at < ${to} and published_at is not null
      and (${programmeId}::uuid is null or programme_id = ${programmeId}) and ${isRun(actor, 'programme_id')}
    order by starts_at, id limit ${MOST}`.execute(db)
  return rows.map(({ id }) => id)
}

async function openCases(db: Database, actor: Actor, programmeId: string | null): Promise<CaseFacts[]> {
  const { rows } = await sql<CaseFacts>`
    select c.id, c.kind, c.title, c.detail, c.opened_at as "openedAt", c.session_id as "sessionId", c.account_id as "personId",
      s.starts_at as "startsAt",
      (select string_agg(a.name, ' with ' order by p.role) from session_participant p join account a on a.id = p.account_id
        where p.session_id = c.session_id and p.left_at is null) as who
    from ops_case c left join session s on s.id = c.session_id
    where c.settled_at is null and (${programmeId}::uuid is null or coalesce(c.programme_id, s.programme_id) = ${programmeId})
      and ${isTheirs(actor)}
    order by coalesce(s.starts_at, c.opened_at), c.id limit 100`.execute(db)
  return rows
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

const programmesOf = (db: Database, actor: Actor): Promise<{ id: string; name: string }[]> =>
  db
    .selectFrom('programme')
    .select(['id', 'name'])
    .where(isRun(actor, 'id'))
    .orderBy('name')
    .orderBy('id')
    .limit(200)
    .execute()
