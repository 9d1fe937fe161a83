import { type Expression, type SqlBool, sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { invalid, notFound } from '../errors.ts'
import { isId } from '../ids.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { isRun } from '../people/scope.ts'

/** A session as ops see it; others get what `sessionFor` leaves of it. */
export type SessionView = {
  id: string
  programmeId: string
  kind: string
  title: string | null
  startsAt: string
  endsAt: string
  room: string
  revision: number
  status: 'scheduled' | 'cancelled' | 'merged'
  cancelReason: string | null
  mergedInto: string | null
  calendarUnchecked: boolean
  participants: ParticipantView[]
}

export type ParticipantView = {
  id: string
  personId: string
  name: string
  timeZone: string
  role: 'mentor' | 'mentee'
  bookingId: string | null
  /** The latest answer on the current revision: 'coming', 'cant_come', 'wants_to_move'; null = none yet. */
  answer: string | null
  verdict: string | null
  stage: string | null
}

export type SessionQuery = {
  from?: Temporal.Instant
  to?: Temporal.Instant
  mentorId?: string
  menteeId?: string
  programmeId?: string
  limit: number
  /** Opaque: where the last page ended. */
  cursor?: string
}

/** The sessions an actor may see, by start: those one takes part in, and for ops those of their programmes. */
export async function listSessions(
  db: Database,
  actor: Actor,
  query: SessionQuery,
): Promise<{ items: SessionView[]; nextCursor?: string }> {
  const after = readCursor(query.cursor)
  const found = await db
    .selectFrom('session as s')
    .select(['s.id', 's.starts_at'])
    .where((e) => {
      const all: Expression<SqlBool>[] = [e.lit(true)]
      if (query.from) all.push(endsAfter(query.from))
      if (query.to) all.push(e('s.starts_at', '<', query.to))
      if (query.programmeId) all.push(e('s.programme_id', '=', query.programmeId))
      if (after) all.push(sql<SqlBool>`(s.starts_at, s.id) > (${after.startsAt}::timestamptz, ${after.id}::uuid)`)
      for (const personId of [query.mentorId, query.menteeId]) if (personId) all.push(isIn(personId))
      if (actor.programmes !== 'all')
        all.push(sql<SqlBool>`(${isRun(actor, 's.programme_id')} or ${isIn(actor.accountId)})`)
      return e.and(all)
    })
    .orderBy('s.starts_at')
    .orderBy('s.id')
    .limit(query.limit + 1)
    .execute()
  const page = found.slice(0, query.limit)
  const last = page.at(-1)
  const items = await viewSessions(
    db,
    page.map(({ id }) => id),
  )
  return found.length > query.limit && last
    ? { items, nextCursor: `${last.starts_at.toString()}_${last.id}` }
    : { items }
}

const isIn = (personId: string | null) =>
  sql<SqlBool>`exists (select from session_participant p where p.session_id = s.id and p.account_id = ${personId}::uuid)`

export type OwnSession = Omit<SessionView, 'calendarUnchecked'>

/** Whole for ops of its programme; whoever takes part reads no verdict about the others, nor what only ops act upon. */
export function sessionFor(actor: Actor, view: SessionView): SessionView | OwnSession {
  if (runs(actor, view.programmeId)) return view
  const { calendarUnchecked: _, ...own } = view
  const participants = view.participants.map((one) =>
    one.personId === actor.accountId ? one : { ...one, verdict: null, stage: null },
  )
  return { ...own, participants }
}

/** Throws `not_found` for a session that is not there, and alike for one that is not the actor's to see. */
export async function seeSession(db: Database | Tx, actor: Actor, id: string): Promise<SessionView> {
  const [view] = await viewSessions(db, [id])
  if (
    !view ||
    !(runs(actor, view.programmeId) || view.participants.some(({ personId }) => personId === actor.accountId))
  )
    throw notFound('session')
  return view
}

/** Throws `not_found` unless each of these sessions is of a programme that the actor works for. */
export async function mustRunSessions(db: Database | Tx, actor: Actor, ids: readonly string[]): Promise<void> {
  const { rows } = await sql`
    select from session s where s.id = any(${ids}::uuid[]) and ${isRun(actor, 's.programme_id')}`.execute(db)
  if (rows.length !== new Set(ids).size) throw notFound('session')
}

/** In the order of `ids`; unknown ids are left out. */
export async function viewSessions(db: Database | Tx, ids: readonly string[]): Promise<SessionView[]> {
  if (ids.length === 0) return []
  const sessions = await db
    .selectFrom('session')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute()
  const participants = await sql<ParticipantView & { sessionId: string }>`
    select p.session_id as "sessionId", p.id, p.account_id as "personId", a.name, a.time_zone as "timeZone", p.role, p.booking_id as "bookingId",
      (select r.meaning from reply r where r.participant_id = p.id and r.revision = s.revision
        and r.meaning in ('coming', 'cant_come', 'wants_to_move') order by r.said_at desc, r.id desc limit 1) as answer,
      v.verdict, v.stage
    from session_participant p
    join session s on s.id = p.session_id
    join account a on a.id = p.account_id
    left join lateral (select verdict, stage from attendance_verdict where participant_id = p.id order by version desc limit 1) v on true
    where p.session_id = any(${ids}::uuid[]) and (p.left_at is null or s.merged_into is not null or s.cancelled_at is not null)
    order by p.role, a.name, p.id`.execute(db)

  const byId = new Map(sessions.map((session) => [session.id, session]))
  return ids.flatMap((id) => {
    const s = byId.get(id)
    if (!s) return []
    return {
      id: s.id,
      programmeId: s.programme_id,
      kind: s.kind,
      title: s.title,
      startsAt: s.starts_at.toString(),
      endsAt: s.ends_at.toString(),
      room: s.room,
      revision: s.revision,
      status: s.merged_into ? ('merged' as const) : s.cancelled_at ? ('cancelled' as const) : ('scheduled' as const),
      cancelReason: s.cancel_reason,
      mergedInto: s.merged_into,
      calendarUnchecked: s.calendar_unchecked_at !== null,
      participants: participants.rows
        .filter(({ sessionId }) => sessionId === id)
        .map(({ sessionId: _, ...participant }) => participant),
    }
  })
}

function readCursor(cursor: string | undefined): { startsAt: string; id: string } | null {
  if (cursor === undefined) return null
  const [, startsAt, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)_(.{36})$/.exec(cursor) ?? []
  if (!startsAt || !isInstant(startsAt) || !id || !isId(id))
    throw invalid({ field: 'cursor', rule: 'must be a nextCursor of this list' })
  return { startsAt, id }
}

function isInstant(text: string): boolean {
  try {
    return Boolean(Temporal.Instant.from(text))
  } catch {
    return false
  }
}
