import { sql } from 'kysely'
import type { Tx } from '../database/transaction.ts'
import { newId } from '../ids.ts'
import type { Channel, Decision, Settlement } from '../playbook/facts.ts'

export type Decided = {
  subjectId: string
  subjectKind: 'session' | 'account' | 'connection' | 'programme'
  decisions: Decision[]
}

/**
 * Writes each decision once. Whoever inserts the key owns the effect and alone makes its deliveries; a key that is there
 * already was decided before, and this decision is dropped. Answers what is owned, as `subject key`.
 */
export async function record(tx: Tx, decided: Decided[], now: Temporal.Instant): Promise<ReadonlySet<string>> {
  const rows = decided.flatMap(({ subjectId, subjectKind, decisions }) =>
    decisions.map(({ message, decision, reason, channels }) => ({
      subject_id: subjectId,
      subject_kind: subjectKind,
      effect_key: message.key,
      decision,
      reason,
      meaning: message.meaning,
      recipient_id: message.recipientId,
      due_at: message.dueAt,
      expires_at: message.expiresAt,
      detail: { ...message.detail, participantId: message.participantId },
      template: message.template,
      channels,
    })),
  )
  if (rows.length === 0) return new Set()
  const { rows: owned } = await sql<{ subject_id: string; effect_key: string }>`
    insert into notification_trigger_log
      (subject_id, effect_key, subject_kind, decision, reason, meaning, recipient_id, due_at, expires_at, decided_at, detail)
    select subject_id, effect_key, subject_kind, decision, reason, meaning, recipient_id, due_at, expires_at, ${now}::timestamptz, detail
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(subject_id uuid, effect_key text, subject_kind text, decision text,
      reason text, meaning text, recipient_id uuid, due_at timestamptz, expires_at timestamptz, detail jsonb)
    on conflict do nothing
    returning subject_id, effect_key`.execute(tx)

  const mine = new Set(owned.map((row) => `${row.subject_id} ${row.effect_key}`))
  const deliveries = rows
    .filter((row) => row.decision === 'send' && mine.has(`${row.subject_id} ${row.effect_key}`))
    .flatMap(({ channels, ...row }) => channels.map((channel) => ({ ...row, channel, id: newId() })))
  if (deliveries.length === 0) return mine
  await sql`
    insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, detail, state, due_at,
      expires_at, next_attempt_at, created_at)
    select id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, detail, 'pending', due_at,
      expires_at, ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(deliveries)}::jsonb) as r(id uuid, subject_id uuid, subject_kind text, effect_key text,
      channel text, recipient_id uuid, meaning text, template text, detail jsonb, due_at timestamptz, expires_at timestamptz)
    on conflict do nothing`.execute(tx)
  return mine
}

/** A decided message gets a further channel, because the first one failed and there is still time. */
export async function addChannels(
  tx: Tx,
  wishes: { subjectId: string; key: string; channel: Channel }[],
  now: Temporal.Instant,
): Promise<void> {
  if (wishes.length === 0) return
  const rows = wishes.map((wish) => ({ ...wish, id: newId() }))
  await sql`
    insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, detail, state, due_at,
      expires_at, next_attempt_at, created_at)
    select r.id, first.subject_id, first.subject_kind, first.effect_key, r.channel, first.recipient_id, first.meaning, first.template,
      first.detail, 'pending', first.due_at, first.expires_at, ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, "subjectId" uuid, key text, channel text)
    cross join lateral (select * from delivery d where d.subject_id = r."subjectId" and d.effect_key = r.key order by d.created_at limit 1) first
    on conflict do nothing`.execute(tx)
}

/** What is still queued is taken back. What is under way stays: its correction follows it. */
export async function withdraw(
  tx: Tx,
  queued: ({ subjectId: string } & Settlement['withdrawn'][number])[],
): Promise<void> {
  if (queued.length === 0) return
  await sql`
    update delivery set state = 'withdrawn', reason = r.reason, next_attempt_at = null
    from jsonb_to_recordset(${JSON.stringify(queued)}::jsonb) as r("subjectId" uuid, key text, reason text)
    where delivery.subject_id = r."subjectId" and delivery.effect_key = r.key and delivery.state = 'pending'`.execute(
    tx,
  )
}
