import { type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Actor } from '../people/actor.ts'
import { isKnownToOps, isRun } from '../people/scope.ts'

export type DeliveryQuery = {
  id?: string
  sessionId?: string
  personId?: string
  state?: string
  channel?: string
  limit: number
  cursor?: string
}

/** The public word for a state: what is queued is planned, what nobody can say yet is claimed. */
const WORDS: Partial<Record<string, string>> = { pending: 'planned', unknown: 'claimed', quarantined: 'failed' }
export const publicState = (stored: string): string => WORDS[stored] ?? stored
const storedStates = (shown: string): string[] => [
  shown,
  ...Object.keys(WORDS).filter((stored) => WORDS[stored] === shown),
]

/**
 * What was and will be sent, newest first, with every attempt. Addresses are not in it: they are in the person. Ops see what is
 * about sessions of their programmes, and what their people were sent about anything else.
 */
export async function listDeliveries(db: Database, actor: Actor, query: DeliveryQuery) {
  const rows = await db
    .selectFrom('delivery as d')
    .selectAll('d')
    .select(
      sql<{ number: number; state: string; code: string | null; startedAt: string; endedAt: string | null }[]>`
        coalesce((select json_agg(json_build_object('number', a.number, 'state', a.state, 'code', a.code, 'startedAt', a.started_at, 'endedAt', a.ended_at) order by a.number)
          from attempt a where a.delivery_id = d.id), '[]')`.as('attempts'),
    )
    .where((e) =>
      e.and([
        ...(query.id ? [e('d.id', '=', query.id)] : []),
        ...(actor.programmes === 'all' ? [] : [isTheirs(actor)]),
        ...(query.sessionId ? [e('d.subject_id', '=', query.sessionId)] : []),
        ...(query.personId ? [e('d.recipient_id', '=', query.personId)] : []),
        ...(query.state ? [e('d.state', 'in', storedStates(query.state))] : []),
        ...(query.channel ? [e('d.channel', '=', query.channel)] : []),
        ...(query.cursor ? [sql<SqlBool>`d.id < ${query.cursor}::uuid`] : []),
      ]),
    )
    .orderBy('d.id', 'desc')
    .limit(query.limit + 1)
    .execute()
  const items = rows.slice(0, query.limit).map((d) => ({
    id: d.id,
    subjectKind: d.subject_kind,
    subjectId: d.subject_id,
    effectKey: d.effect_key,
    channel: d.channel,
    recipient: d.recipient_id,
    template: d.template,
    state: publicState(d.state),
    reason: d.reason,
    dueAt: d.due_at.toString(),
    expiresAt: d.expires_at.toString(),
    acceptedAt: d.accepted_at?.toString() ?? null,
    deliveredAt: d.delivered_at?.toString() ?? null,
    readAt: d.read_at?.toString() ?? null,
    failedAt: d.failed_at?.toString() ?? null,
    attempts: d.attempts,
  }))
  const last = items.at(-1)
  return rows.length > query.limit && last ? { items, nextCursor: last.id } : { items }
}

/** Whose delivery `d` is: of a session of their programmes, or to a person whom these know. */
export const isTheirs = (actor: Actor) => sql<SqlBool>`case when d.subject_kind = 'session'
  then exists (select from session s where s.id = d.subject_id and ${isRun(actor, 's.programme_id')})
  else d.recipient_id is not null and ${isKnownToOps(actor, 'd.recipient_id')} end`
