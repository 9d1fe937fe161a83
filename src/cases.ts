import { sql } from 'kysely'
import type { Database } from './database/pool.ts'
import type { Tx } from './database/transaction.ts'
import { newId } from './ids.ts'

export type NewCase = {
  kind: string
  /** Names the trouble, not the moment: the same trouble opens one case. */
  key: string
  programmeId?: string | null
  sessionId?: string | null
  accountId?: string | null
  title: string
  detail?: Record<string, unknown>
}

/** Opens the case unless it was ever opened. One that somebody settled stays settled. */
export async function openCase(tx: Tx | Database, now: Temporal.Instant, wanted: NewCase): Promise<void> {
  const opened = await tx
    .insertInto('ops_case')
    .values({
      id: newId(),
      kind: wanted.kind,
      key: wanted.key,
      programme_id: wanted.programmeId ?? null,
      session_id: wanted.sessionId ?? null,
      account_id: wanted.accountId ?? null,
      title: wanted.title,
      detail: wanted.detail ?? {},
      opened_at: now,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (opened) await wantCard(tx, opened.id, now)
}

/** Settles the open case of this key or id, if there is one. `by` is 'fact' or an actor's label. */
export async function settleCase(
  tx: Tx | Database,
  now: Temporal.Instant,
  which: { key: string } | { id: string },
  by: string,
  reason: string,
): Promise<void> {
  const [column, value] = 'key' in which ? (['key', which.key] as const) : (['id', which.id] as const)
  const settled = await tx
    .updateTable('ops_case')
    .set({ settled_at: now, settled_by: by, settled_reason: reason })
    .where(column, '=', value)
    .where('settled_at', 'is', null)
    .returning('id')
    .execute()
  for (const { id } of settled) await wantCard(tx, id, now)
}

// A case has one Slack card, updated in place: what it should show now is a wanted state like any other.
async function wantCard(tx: Tx | Database, caseId: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into mirror (id, kind, key, session_id, owner_id, wanted, wanted_at, next_attempt_at)
    select ${newId()}, 'slack_card', id::text, session_id, id,
      jsonb_build_object('kind', kind, 'title', title, 'detail', detail, 'settledReason', settled_reason, 'settledBy', settled_by),
      ${now}::timestamptz, ${now}::timestamptz
    from ops_case where id = ${caseId}
    on conflict (kind, key) do update set wanted = excluded.wanted, wanted_at = excluded.wanted_at,
      next_attempt_at = excluded.next_attempt_at, failures = 0
    where mirror.wanted is distinct from excluded.wanted`.execute(tx)
}
