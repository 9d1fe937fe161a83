import { type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { causeOf } from '../words/causes.ts'
import { meaningOf, said } from '../words/timeline.ts'
import { TROUBLED } from './deliver-again.ts'
import { isTheirs, publicState } from './deliveries.ts'
import { whoIsIn } from './who.ts'

/** `trouble`: what reached nobody, of which nobody knows whether it did, or which was tried more than once and is not through. */
export const DELIVERY_VIEWS = [
  'trouble',
  'failed',
  'unknown',
  'quarantined',
  'planned',
  'sent',
  'not_sent',
  'all',
] as const
export type DeliveryView = (typeof DELIVERY_VIEWS)[number]

const STORED: Record<DeliveryView, readonly string[] | null> = {
  trouble: [...TROUBLED, 'pending'],
  failed: ['failed'],
  unknown: ['unknown'],
  quarantined: ['quarantined'],
  planned: ['pending', 'claimed'],
  sent: ['accepted', 'delivered', 'read'],
  not_sent: ['expired', 'suppressed', 'withdrawn'],
  all: null,
}

export type DeliveryDeskQuery = {
  view: DeliveryView
  channel?: string
  personId?: string
  cursor?: string
  limit: number
}

type Row = {
  id: string
  subject_kind: string
  subject_id: string
  effect_key: string
  channel: 'whatsapp' | 'email' | 'slack'
  state: string
  reason: string | null
  tries: number
  due_at: Temporal.Instant
  expires_at: Temporal.Instant
  troubled_at: Temporal.Instant
  recipient_id: string | null
  recipient: string | null
  said: { subject?: string; text?: string; buttons?: string[] } | null
  starts_at: Temporal.Instant | null
  who: string | null
  attempts: { number: number; state: string; code: string | null; detail: string | null; at: string }[]
  used: string[]
}

/** Messages as ops look at them, newest first: cause in words, what was said, and what can still be done about each. */
export async function deliveryDesk(db: Database, actor: Actor, query: DeliveryDeskQuery, now: Temporal.Instant) {
  const rows = await rowsOf(db, actor, query)
  const items = rows.slice(0, query.limit).map((row) => shown(row, now))
  const last = items.at(-1)
  return { items, ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}) }
}

async function rowsOf(db: Database, actor: Actor, query: DeliveryDeskQuery): Promise<Row[]> {
  // Written out, so that PostgreSQL sees that its index of what is open or in trouble holds all of them.
  const states = STORED[query.view]
  const { rows } = await sql<Row>`
    select d.id, d.subject_kind, d.subject_id, d.effect_key, d.channel, d.state, d.reason, d.tries, d.due_at, d.expires_at, d.recipient_id, d.said,
      coalesce(d.failed_at, (select max(coalesce(a.ended_at, a.started_at)) from attempt a where a.delivery_id = d.id), d.due_at) as troubled_at,
      r.name as recipient, s.starts_at,
      ${whoIsIn('s.id')} as who,
      coalesce((select json_agg(json_build_object('number', a.number, 'state', a.state, 'code', a.code, 'detail', a.detail,
        'at', to_char(a.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) order by a.number)
        from attempt a where a.delivery_id = d.id), '[]') as attempts,
      array(select o.channel from delivery o where o.subject_id = d.subject_id and o.effect_key = d.effect_key
        and o.recipient_id is not distinct from d.recipient_id) as used
    from delivery d left join account r on r.id = d.recipient_id
    left join session s on d.subject_kind = 'session' and s.id = d.subject_id
    where ${actor.programmes === 'all' ? sql<SqlBool>`true` : isTheirs(actor)}
      and ${states === null ? sql<SqlBool>`true` : sql<SqlBool>`d.state in (${sql.join(states.map((state) => sql.lit(state)))})`}
      and ${query.view === 'trouble' ? WAITS_FOR_SOMEBODY : sql<SqlBool>`true`}
      and (${query.channel ?? null}::text is null or d.channel = ${query.channel ?? null})
      and (${query.personId ?? null}::uuid is null or d.recipient_id = ${query.personId ?? null})
      and (${query.cursor ?? null}::uuid is null or d.id < ${query.cursor ?? null}::uuid)
    order by d.id desc limit ${query.limit + 1}`.execute(db)
  return rows
}

/** Once is a hiccup. Whoever may have to phone must see it while there is time, not when it has failed. */
const WAITS_FOR_SOMEBODY = sql<SqlBool>`(d.state <> 'pending' or d.tries > 1)`
const isStuck = ({ state, tries }: Row): boolean => state === 'pending' && tries > 1

function shown(row: Row, now: Temporal.Instant) {
  const isTroubled = TROUBLED.has(row.state)
  const last = row.attempts.findLast(({ code }) => code !== null)
  const isOver = isDue(row.expires_at, now)
  const other = row.channel === 'slack' ? null : row.channel === 'whatsapp' ? ('email' as const) : ('whatsapp' as const)
  return {
    id: row.id,
    what: meaningOf(row.effect_key),
    channel: row.channel,
    state: row.state,
    tone: isStuck(row) ? ('warn' as const) : toneOf(row.state),
    words: isStuck(row) ? 'not through yet' : (WORDS[row.state] ?? said(publicState(row.state))),
    cause:
      isTroubled || isStuck(row)
        ? causeOf(row.channel, row.state, last?.code ?? row.reason, last?.detail ?? row.reason)
        : row.reason,
    since: row.troubled_at.toString(),
    dueAt: row.due_at.toString(),
    expiresAt: row.expires_at.toString(),
    recipientId: row.recipient_id,
    recipient: row.recipient,
    sessionId: row.subject_kind === 'session' ? row.subject_id : null,
    sessionStartsAt: row.starts_at?.toString() ?? null,
    who: row.who,
    // What is kept of a message shows where its links were, never the links: they open doors.
    said: row.said?.text
      ? { subject: row.said.subject ?? null, text: row.said.text, buttons: row.said.buttons ?? [] }
      : null,
    attempts: row.attempts.map(({ number, state, code, at }) => ({ number, state, code, at })),
    canRetry: isTroubled && !isOver,
    otherChannel: isTroubled && !isOver && other && !row.used.includes(other) ? other : null,
    whyNot: isStuck(row)
      ? 'It is tried again by itself until its time is over.'
      : isTroubled && isOver
        ? 'Its time is over: it would say what is no longer true.'
        : null,
  }
}

const WORDS: Record<string, string> = { unknown: 'not certain', quarantined: 'set aside', claimed: 'going out' }

function toneOf(state: string): 'good' | 'warn' | 'bad' | 'open' | 'off' {
  if (state === 'failed' || state === 'quarantined') return 'bad'
  if (state === 'unknown') return 'warn'
  if (STORED.sent?.includes(state)) return 'good'
  return STORED.planned?.includes(state) ? 'open' : 'off'
}
