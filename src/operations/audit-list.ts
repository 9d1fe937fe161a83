import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Actor } from '../people/actor.ts'
import { actorName, namesOf, personIn } from '../people/names.ts'
import { isKnownToOps, isRun } from '../people/scope.ts'
import { whoIsIn } from '../sessions/who.ts'

export type AuditQuery = {
  actor?: string
  action?: string
  objectKind?: string
  objectId?: string
  from?: Temporal.Instant
  to?: Temporal.Instant
  cursor?: string
  limit: number
}

type Row = {
  id: string
  at: Temporal.Instant
  actor: string
  action: string
  object_kind: string
  object_id: string | null
  reason: string | null
  detail: Record<string, unknown>
  seal: string | null
  sealed_at: Temporal.Instant | null
  starts_at: Temporal.Instant | null
  object_name: string | null
}

/**
 * What was done, newest first, by whom and why. Admins see all of it; ops what was done to sessions, cases, people and
 * programmes of theirs. `seal`: the link of the chain that holds the row; null until the next sealing.
 */
export async function listAudit(db: Database, actor: Actor, query: AuditQuery) {
  const { rows } = await sql<Row>`
    select l.id, l.at, l.actor, l.action, l.object_kind, l.object_id, l.reason, l.detail, l.seal, x.sealed_at, coalesce(s.starts_at, bs.starts_at) as starts_at,
      coalesce(a.name, g.name, c.title, t.name, ${whoIsIn('s.id')}, ${whoIsIn('bs.id')},
        (select e.name || ' with ' || r.name from mentorship m join account e on e.id = m.mentee_id join account r on r.id = m.mentor_id
          where l.object_kind = 'mentorship' and m.id = l.object_id)) as object_name
    from audit_log l left join audit_seal x on x.number = l.seal
    left join session s on l.object_kind = 'session' and s.id = l.object_id
    left join account a on l.object_kind = 'account' and a.id = l.object_id
    left join programme g on l.object_kind = 'programme' and g.id = l.object_id
    left join ops_case c on l.object_kind = 'case' and c.id = l.object_id
    left join api_token t on l.object_kind = 'api_token' and t.id = l.object_id
    left join user_calendar_booking b on l.object_kind = 'booking' and b.id = l.object_id
    left join session bs on bs.id = b.session_id
    where ${isTheirs(actor)}
      and (${query.actor ?? null}::text is null or l.actor = ${query.actor ?? null})
      and (${query.action ?? null}::text is null or l.action = ${query.action ?? null})
      and (${query.objectKind ?? null}::text is null or l.object_kind = ${query.objectKind ?? null})
      and (${query.objectId ?? null}::uuid is null or l.object_id = ${query.objectId ?? null}::uuid)
      and (${query.from ?? null}::timestamptz is null or l.at >= ${query.from ?? null}::timestamptz)
      and (${query.to ?? null}::timestamptz is null or l.at < ${query.to ?? null}::timestamptz)
      and (${query.cursor ?? null}::uuid is null or l.id < ${query.cursor ?? null}::uuid)
    order by l.id desc limit ${query.limit + 1}`.execute(db)
  const names = await namesOf(
    db,
    rows.map((row) => personIn(row.actor)),
  )
  const items = rows.slice(0, query.limit).map((row) => ({
    id: row.id,
    at: row.at.toString(),
    actor: row.actor,
    by: actorName(row.actor, names),
    action: row.action,
    objectKind: row.object_kind,
    objectId: row.object_id,
    objectName: row.object_name,
    startsAt: row.starts_at?.toString() ?? null,
    reason: row.reason,
    detail: Object.entries(row.detail).map(([name, value]) => ({
      name: name.replaceAll(/([A-Z])/g, ' $1').toLowerCase(),
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
    seal: row.seal === null ? null : Number(row.seal),
    sealedAt: row.sealed_at?.toString() ?? null,
  }))
  const last = items.at(-1)
  return { items, ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}) }
}

/** When the last seal was set: what was done before is under it. Null before the first. */
export async function sealedUntil(db: Database): Promise<Temporal.Instant | null> {
  const last = await db
    .selectFrom('audit_seal')
    .select('sealed_at')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.sealed_at ?? null
}

/** What there is to choose from, of what the actor may see: who acted, and what was done. */
export async function auditChoices(db: Database, actor: Actor) {
  const { rows } = await sql<{ actor: string; action: string; kind: string }>`
    select distinct l.actor, l.action, l.object_kind as kind from (select * from audit_log order by id desc limit ${LOOKED_AT}) l
    left join session s on l.object_kind = 'session' and s.id = l.object_id
    left join ops_case c on l.object_kind = 'case' and c.id = l.object_id
    where ${isTheirs(actor)}`.execute(db)
  const names = await namesOf(
    db,
    rows.map((row) => personIn(row.actor)),
  )
  return {
    actors: [...new Set(rows.map((row) => row.actor))]
      .map((label) => ({ label, name: actorName(label, names) }))
      .toSorted((a, b) => a.name.localeCompare(b.name)),
    actions: [...new Set(rows.map(({ action }) => action))].sort(),
    kinds: [...new Set(rows.map(({ kind }) => kind))].sort(),
  }
}

// The choices are of the last ones only: counting them all would read two years for two menus.
const LOOKED_AT = 5000

// A row about a person may tell of another programme: then it is for ops of that one.
const isTheirs = (actor: Actor) =>
  actor.programmes === 'all'
    ? sql`true`
    : sql`case l.object_kind
        when 'session' then s.id is not null and ${isRun(actor, 's.programme_id')}
        when 'programme' then l.object_id = any(${actor.programmes}::uuid[])
        when 'case' then c.programme_id is not null and ${isRun(actor, 'c.programme_id')}
        when 'account' then ${isKnownToOps(actor, 'l.object_id')}
          and (l.detail ->> 'programmeId' is null or l.detail ->> 'programmeId' = any(${actor.programmes}::text[]))
        else false end`
