import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { loadFacts } from '../effects/load-facts.ts'
import { notFound } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import type { SessionFacts } from '../playbook/facts.ts'
import { upcoming } from '../playbook/plan.ts'
import { publicState } from './deliveries.ts'
import { inOrder, type Placed } from './timeline-order.ts'

export type Entry = {
  at: string
  kind:
    | 'booked'
    | 'rescheduled'
    | 'cancelled'
    | 'merged'
    | 'effect'
    | 'delivery'
    | 'mirror'
    | 'reply'
    | 'meeting_event'
    | 'verdict'
    | 'correction'
    | 'ops_action'
  /** Of a delivery: what a person retries. */
  id?: string
  effectKey?: string
  recipient?: string | null
  channel?: string
  state: string
  stage?: string
  template?: string
  reason?: string
  evidence?: unknown
}
export type Planned = { dueAt: string; expiresAt: string; effectKey: string; recipient: string | null; channel: string }
export type Timeline = { entries: Entry[]; planned: Planned[] }

/** Everything that happened to a session and everything that will if nothing else happens; entries by time. */
export async function timeline(db: Database, sessionId: string, now: Temporal.Instant): Promise<Timeline> {
  const facts = (await loadFacts(db, [sessionId], now)).get(sessionId)
  if (!facts) throw notFound('session')
  const personOf = new Map(facts.participants.map(({ id, accountId }) => [id, accountId]))
  const rows = await rowsOf(db, sessionId)
  const entries: Placed[] = [
    ...history(facts),
    ...(await effects(db, sessionId)),
    ...(await mirrors(db, sessionId)),
    ...facts.replies.map(
      (r, n): Placed => ({
        row: rows.replies[n],
        at: r.saidAt.toString(),
        kind: 'reply',
        state: r.meaning,
        channel: r.channel,
        recipient: personOf.get(r.participantId) ?? null,
        ...(r.text ? { evidence: { text: r.text } } : {}),
      }),
    ),
    ...facts.joinClicks.map(
      (j, n): Placed => ({
        row: rows.clicks[n],
        at: j.at.toString(),
        kind: 'meeting_event',
        state: 'join_link_opened',
        recipient: personOf.get(j.participantId) ?? null,
      }),
    ),
    ...facts.roomEvents.map(
      (e): Placed => ({
        row: e.id,
        at: e.occurredAt.toString(),
        kind: 'meeting_event',
        state: e.event,
        evidence: { receivedAt: e.receivedAt.toString(), meetingId: e.meetingId, ...e.participant },
      }),
    ),
    ...facts.verdicts.map(
      (v): Placed => ({
        row: rows.verdicts.get(`${v.participantId} ${v.version}`),
        at: v.decidedAt.toString(),
        kind: 'verdict',
        state: v.verdict,
        stage: v.stage,
        recipient: personOf.get(v.participantId) ?? null,
        evidence: v.evidence,
        ...(v.reason ? { reason: v.reason } : {}),
      }),
    ),
    ...(await opsActions(db, sessionId)),
  ]
  return { entries: inOrder(entries), planned: planned(facts) }
}

/** The two people see what concerns them: history and their own messages, not each other's, nor raw evidence. */
export function shownTo(actor: Actor, programmeId: string, { entries, planned }: Timeline): Timeline {
  if (runs(actor, programmeId)) return { entries, planned }
  const common: Entry['kind'][] = ['booked', 'rescheduled', 'cancelled', 'merged']
  return {
    entries: entries
      .filter(({ kind, recipient }) => common.includes(kind) || (recipient && recipient === actor.accountId))
      .map(({ evidence: _, ...entry }) => entry),
    planned: planned.filter(({ recipient }) => recipient === actor.accountId),
  }
}

/** What will go out if nothing else happens, a line for each channel, by due time. */
export const planned = (facts: SessionFacts): Planned[] =>
  upcoming(facts)
    .flatMap((message) => {
      const reachable = facts.participants.find(({ id }) => id === message.participantId)?.channels ?? []
      const order =
        message.way === 'email_else_whatsapp' ? (['email', 'whatsapp'] as const) : (['whatsapp', 'email'] as const)
      const wanted = order.filter((channel) => reachable.includes(channel))
      const channels = message.way === 'both' ? wanted : wanted.slice(0, 1)
      return channels.map((channel) => ({
        dueAt: message.dueAt.toString(),
        expiresAt: message.expiresAt.toString(),
        effectKey: message.key,
        recipient: message.recipientId,
        channel,
      }))
    })
    .sort((a, b) => a.dueAt.localeCompare(b.dueAt) || a.effectKey.localeCompare(b.effectKey))

/** Ids of what the facts hold without: in their order, and of verdicts by person and version. */
async function rowsOf(db: Database, sessionId: string) {
  const [replies, clicks, verdicts] = await Promise.all([
    sql<{ id: string }>`select id from reply where session_id = ${sessionId} order by said_at, received_at, id`.execute(
      db,
    ),
    sql<{ id: string }>`select id from join_click where session_id = ${sessionId} order by at, id`.execute(db),
    sql<{ id: string; of: string }>`
      select id, participant_id || ' ' || version as of from attendance_verdict where session_id = ${sessionId}`.execute(
      db,
    ),
  ])
  return {
    replies: replies.rows.map(({ id }) => id),
    clicks: clicks.rows.map(({ id }) => id),
    verdicts: new Map(verdicts.rows.map(({ id, of }) => [of, id])),
  }
}

function history({ session, revisions, merges }: SessionFacts): Placed[] {
  const kinds = {
    booked: 'booked',
    published: 'booked',
    rescheduled: 'rescheduled',
    room: 'rescheduled',
    merged: 'merged',
    unmerged: 'merged',
  } as const
  const entries = revisions.map(
    (r): Placed => ({
      ...(r.revision === 1 ? { row: session.id } : {}),
      at: r.madeAt.toString(),
      kind: kinds[r.cause],
      state: r.cause,
      evidence: {
        revision: r.revision,
        startsAt: r.startsAt.toString(),
        endsAt: r.endsAt.toString(),
        room: r.room,
        by: r.madeBy,
      },
    }),
  )
  if (session.cancelledAt)
    entries.push({
      at: session.cancelledAt.toString(),
      kind: 'cancelled',
      state: 'cancelled',
      ...(session.cancelReason ? { reason: session.cancelReason } : {}),
      evidence: { by: session.cancelledBy },
    })
  for (const merge of merges) {
    const role = merge.survivorId === session.id ? 'took_over' : 'merged_away'
    entries.push({
      row: merge.mergeId,
      at: merge.mergedAt.toString(),
      kind: 'merged',
      state: role,
      evidence: { mergeId: merge.mergeId, sessionId: merge.sessionId, survivorId: merge.survivorId },
    })
    if (merge.undoneAt)
      entries.push({
        at: merge.undoneAt.toString(),
        kind: 'merged',
        state: 'undone',
        evidence: { mergeId: merge.mergeId },
      })
  }
  return entries
}

async function effects(db: Database, sessionId: string): Promise<Placed[]> {
  const decided = await db
    .selectFrom('notification_trigger_log')
    .selectAll()
    .where('subject_id', '=', sessionId)
    .limit(2_000)
    .execute()
  const deliveries = await db
    .selectFrom('delivery')
    .selectAll()
    .where('subject_id', '=', sessionId)
    .limit(4_000)
    .execute()
  const kind = (meaning: string): Entry['kind'] => (meaning.startsWith('correction') ? 'correction' : 'effect')
  return [
    ...decided.map(
      (d): Entry => ({
        at: d.decided_at.toString(),
        kind: kind(d.meaning),
        effectKey: d.effect_key,
        recipient: d.recipient_id,
        state: d.decision === 'send' ? 'planned' : d.decision,
        ...(d.reason ? { reason: d.reason } : {}),
      }),
    ),
    ...deliveries.map(
      (d): Placed => ({
        row: d.id,
        at: (d.read_at ?? d.delivered_at ?? d.failed_at ?? d.accepted_at ?? d.created_at).toString(),
        kind: 'delivery',
        id: d.id,
        effectKey: d.effect_key,
        recipient: d.recipient_id,
        channel: d.channel,
        template: d.template,
        state: publicState(d.state),
        ...(d.reason ? { reason: d.reason } : {}),
      }),
    ),
  ]
}

async function mirrors(db: Database, sessionId: string): Promise<Entry[]> {
  const rows = await db
    .selectFrom('mirror as m')
    .leftJoin('session_participant as p', (join) =>
      join.onRef('p.id', '=', 'm.owner_id').on('m.kind', '=', 'registrant'),
    )
    .selectAll('m')
    .select('p.account_id')
    .where('m.session_id', '=', sessionId)
    .limit(500)
    .execute()
  return rows.map((m): Entry => {
    const there = m.applied !== null
    const state = m.next_attempt_at !== null ? (m.failures > 0 ? 'failing' : 'pending') : there ? 'applied' : 'gone'
    return {
      at: (m.applied_at ?? m.wanted_at).toString(),
      kind: 'mirror',
      state,
      channel: m.kind,
      ...(m.account_id ? { recipient: m.account_id } : {}),
      ...(m.last_error ? { reason: m.last_error } : {}),
      evidence: { remoteId: m.remote_id },
    }
  })
}

async function opsActions(db: Database, sessionId: string): Promise<Placed[]> {
  const { rows } = await sql<{
    id: string
    at: Temporal.Instant
    action: string
    actor: string
    reason: string | null
    detail: unknown
  }>`
    select id, at, action, actor, reason, detail from audit_log where object_id = ${sessionId} order by at limit 500`.execute(
    db,
  )
  const cases = await db.selectFrom('ops_case').selectAll().where('session_id', '=', sessionId).limit(200).execute()
  return [
    ...rows.map(
      (a): Placed => ({
        row: a.id,
        at: a.at.toString(),
        kind: 'ops_action',
        state: a.action,
        ...(a.reason ? { reason: a.reason } : {}),
        evidence: { by: a.actor, ...(a.detail as object) },
      }),
    ),
    ...cases.flatMap((c): Placed[] => [
      {
        row: c.id,
        at: c.opened_at.toString(),
        kind: 'ops_action',
        state: 'case_opened',
        channel: 'slack',
        effectKey: c.key,
        evidence: { kind: c.kind, title: c.title },
      },
      ...(c.settled_at
        ? [
            {
              at: c.settled_at.toString(),
              kind: 'ops_action' as const,
              state: 'case_settled',
              channel: 'slack',
              effectKey: c.key,
              ...(c.settled_reason ? { reason: c.settled_reason } : {}),
              evidence: { kind: c.kind, by: c.settled_by },
            },
          ]
        : []),
    ]),
  ]
}
