import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Actor } from '../people/actor.ts'
import { isRun } from '../people/scope.ts'
import { whoIsIn } from '../sessions/who.ts'

const MOST = 100

export type DifferenceItem = {
  id: string
  kind: 'moved' | 'deleted' | 'declined'
  who: string
  sessionId: string
  people: string
  startsAt: string
  endsAt: string
  movedTo: { startsAt: string; endsAt: string } | null
  foundAt: string
  settledAt: string | null
  settledHow: string | null
  caseId: string | null
  why: string | null
}

/** What people changed in Google: all that is open, and what was settled in the last 7 days, open and newest first. */
export async function listDifferences(db: Database, actor: Actor, now: Temporal.Instant): Promise<DifferenceItem[]> {
  const { rows } = await sql<{
    id: string
    kind: DifferenceItem['kind']
    who: string
    session_id: string
    people: string | null
    starts_at: Temporal.Instant
    ends_at: Temporal.Instant
    seen: { startsAt?: string; endsAt?: string }
    found_at: Temporal.Instant
    settled_at: Temporal.Instant | null
    settled_how: string | null
    case_id: string | null
    why: string | null
  }>`
    select d.id, d.kind, a.name as who, d.session_id, s.starts_at, s.ends_at, d.seen, d.found_at, d.settled_at, d.settled_how,
      ${whoIsIn('s.id')} as people,
      c.id as case_id, c.detail ->> 'reason' as why
    from calendar_difference d join calendar_connection k on k.id = d.connection_id join account a on a.id = k.account_id
    join session s on s.id = d.session_id
    left join ops_case c on c.key = 'difference:' || d.id and c.settled_at is null
    where (d.settled_at is null or d.settled_at > ${now.subtract({ hours: 7 * 24 })}) and ${isRun(actor, 's.programme_id')}
    order by d.settled_at is not null, d.found_at desc, d.id desc limit ${MOST}`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    who: row.who,
    sessionId: row.session_id,
    people: row.people ?? 'nobody',
    startsAt: row.starts_at.toString(),
    endsAt: row.ends_at.toString(),
    movedTo: row.seen.startsAt && row.seen.endsAt ? { startsAt: row.seen.startsAt, endsAt: row.seen.endsAt } : null,
    foundAt: row.found_at.toString(),
    settledAt: row.settled_at?.toString() ?? null,
    settledHow: row.settled_how,
    caseId: row.case_id,
    why: row.why,
  }))
}
