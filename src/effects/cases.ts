import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { newId } from '../ids.ts'

export type CaseToOpen = {
  kind: string
  key: string
  title: string
  detail?: Record<string, unknown>
  programmeId?: string | null
  sessionId?: string | null
  accountId?: string | null
  expiresAt?: Temporal.Instant | null
  /** Set: the case is over, and this sentence says how. One that was never open stays unopened. */
  settled?: string | null
}

/**
 * Opens cases, or writes what is new about open ones, or settles them; each has one Slack card, updated in place. What a
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
  const { rows: opened } = await sql<{ id: string }>`
    insert into ops_case (id, kind, key, title, detail, programme_id, session_id, account_id, opened_at, expires_at)
    select id, kind, key, title, detail, programme_id, session_id, account_id, ${now}::timestamptz, expires_at
    from jsonb_to_recordset(${JSON.stringify(open)}::jsonb) as r(id uuid, kind text, key text, title text, detail jsonb,
      programme_id uuid, session_id uuid, account_id uuid, expires_at timestamptz)
    on conflict (key) do update set title = excluded.title, detail = excluded.detail, expires_at = excluded.expires_at,
        settled_at = null, settled_by = null, settled_reason = null
      where ops_case.settled_by in ('plan', 'fact') or (ops_case.settled_at is null
        and (ops_case.title, ops_case.detail, ops_case.expires_at) is distinct from (excluded.title, excluded.detail, excluded.expires_at))
    returning id`.execute(tx)
  const { rows: settled } = await sql<{ id: string }>`
    update ops_case set settled_at = ${now}, settled_by = 'plan', settled_reason = r.settled, title = r.title, detail = r.detail
    from jsonb_to_recordset(${JSON.stringify(over)}::jsonb) as r(key text, title text, detail jsonb, settled text)
    where ops_case.key = r.key and ops_case.settled_at is null
    returning ops_case.id`.execute(tx)
  await wantCards(
    tx,
    [...opened, ...settled].map((row) => row.id),
    now,
  )
}

/** What a case's card should show now: called after every change of the case, by a fact or by a person of ops. */
export async function wantCards(tx: Tx | Database, caseIds: string[], now: Temporal.Instant): Promise<void> {
  if (caseIds.length === 0) return
  const rows = caseIds.map((caseId) => ({ id: newId(), caseId }))
  await sql`
    insert into mirror (id, kind, key, session_id, owner_id, wanted, wanted_at, next_attempt_at)
    select r.id, 'slack_card', c.id::text, c.session_id, c.id,
      jsonb_build_object('kind', c.kind, 'title', c.title, 'detail', c.detail, 'settledReason', c.settled_reason, 'settledBy', c.settled_by),
      ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, "caseId" uuid) join ops_case c on c.id = r."caseId"
    on conflict (kind, key) do update set wanted = excluded.wanted, wanted_at = excluded.wanted_at,
      next_attempt_at = excluded.next_attempt_at, failures = 0
    where mirror.wanted is distinct from excluded.wanted`.execute(tx)
}
