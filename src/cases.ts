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
  await tx
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
    .execute()
}

/** Settles the open case of this key, if there is one. `by` is 'fact' or an actor's label. */
export async function settleCase(tx: Tx | Database, now: Temporal.Instant, key: string, by: string, reason: string): Promise<void> {
  await tx
    .updateTable('ops_case')
    .set({ settled_at: now, settled_by: by, settled_reason: reason })
    .where('key', '=', key)
    .where('settled_at', 'is', null)
    .execute()
}
