import type { Database } from './database/pool.ts'
import type { Tx } from './database/transaction.ts'
import { newId } from './ids.ts'

export type AuditRow = {
  at: Temporal.Instant
  /** The actor's label. */
  actor: string
  /** 'person.updated', 'mentorship.ended' ... */
  action: string
  objectKind: string
  objectId: string | null
  reason?: string | null
  /** No secrets and no addresses: the log is kept longer than people's data. */
  detail?: Record<string, unknown>
}

/** Written in the transaction of what it tells about: an action and its record exist together or not at all. */
export async function audit(tx: Tx | Database, row: AuditRow): Promise<void> {
  await tx
    .insertInto('audit_log')
    .values({
      id: newId(),
      at: row.at,
      actor: row.actor,
      action: row.action,
      object_kind: row.objectKind,
      object_id: row.objectId,
      reason: row.reason ?? null,
      detail: row.detail ?? {},
    })
    .execute()
}
