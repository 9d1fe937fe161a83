import { sql } from 'kysely'
import { wantCards } from './case-cards.ts'
import type { Database } from './database/pool.ts'
import type { Tx } from './database/transaction.ts'
import { newId } from './ids.ts'

export type CaseToOpen = {
  kind: string
  /** Names the trouble, not the moment: the same trouble opens one case. */
  key: string
  title: string
  detail?: Record<string, unknown>
  programmeId?: string | null
  sessionId?: string | null
  accountId?: string | null
  /** After it no card is posted; the case itself stays. */
  expiresAt?: Temporal.Instant | null
  /** Set: the case is over, and this sentence says how. One that was never open stays unopened. */
  settled?: string | null
}

/**
 * Opens cases, or writes what is new about open ones, or settles them; each shows on a Slack card, updated in place. What a
 * person settled stays settled; what a fact settled opens again when the facts say so.
 */
export async function keepCases(tx: Tx | Database, cases: CaseToOpen[], now: Temporal.Instant): Promise<void> {
  if (cases.length === 0) return
  const rows = cases.map((one) => ({
    id: newId(),
    kind: one.kind,
    key: one.key,
    title: one.title,
    detail: one.detail ?? {},
    programme_id: one.programmeId ?? null,
    session_id: one.sessionId ?? null,
    account_id: one.accountId ?? null,
    expires_at: one.expiresAt ?? null,
    settled: one.settled ?? null,
  }))
  const open = rows.filter((row) => row.settled === null)
  const over = rows.filter((row) => row.settled !== null)
  const opened = open.length > 0 ? await writeOpen(tx, open, now) : []
  const settled = over.length > 0 ? await writeSettled(tx, over, now) : []
  await wantCards(tx, [...opened, ...settled], now)
}

/** Opens the case unless it was ever opened: one that anybody settled stays settled. */
export async function openCase(tx: Tx | Database, now: Temporal.Instant, wanted: CaseToOpen): Promise<void> {
  const known = await tx.selectFrom('ops_case').select('id').where('key', '=', wanted.key).executeTakeFirst()
  if (!known) await keepCases(tx, [wanted], now)
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
  await wantCards(
    tx,
    settled.map(({ id }) => id),
    now,
  )
}

async function writeOpen(tx: Tx | Database, rows: object[], now: Temporal.Instant): Promise<string[]> {
  const written = await sql<{ id: string }>`
    insert into ops_case (id, kind, key, title, detail, programme_id, session_id, account_id, opened_at, expires_at)
    select id, kind, key, title, detail, programme_id, session_id, account_id, ${now}::timestamptz, expires_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, kind text, key text, title text, detail jsonb,
      programme_id uuid, session_id uuid, account_id uuid, expires_at timestamptz)
    on conflict (key) do update set title = excluded.title, detail = excluded.detail, expires_at = excluded.expires_at,
        settled_at = null, settled_by = null, settled_reason = null
      where ops_case.settled_by in ('plan', 'fact') or (ops_case.settled_at is null
        and (ops_case.title, ops_case.detail, ops_case.expires_at) is distinct from (excluded.title, excluded.detail, excluded.expires_at))
    returning id`.execute(tx)
  return written.rows.map(({ id }) => id)
}

async function writeSettled(tx: Tx | Database, rows: object[], now: Temporal.Instant): Promise<string[]> {
  const written = await sql<{ id: string }>`
    update ops_case set settled_at = ${now}, settled_by = 'plan', settled_reason = r.settled, title = r.title, detail = r.detail
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(key text, title text, detail jsonb, settled text)
    where ops_case.key = r.key and ops_case.settled_at is null
    returning ops_case.id`.execute(tx)
  return written.rows.map(({ id }) => id)
}
