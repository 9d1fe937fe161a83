import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import type { Tx } from '../../database/transaction.ts'
import type { SessionFacts } from '../../playbook/facts.ts'

export type SessionRecord = Pick<
  SessionFacts,
  'revisions' | 'ledger' | 'deliveries' | 'replies' | 'joinClicks' | 'verdicts' | 'mirrors' | 'cases' | 'merges'
>
type Db = Database | Tx
type Lists = { [K in keyof SessionRecord]: Map<string, SessionRecord[K]> }

/** What is on record for each session: what was said, decided, delivered, answered, mirrored. One statement per table. */
export async function loadRecords(db: Db, ids: readonly string[]): Promise<(sessionId: string) => SessionRecord> {
  const lists: Lists = {
    revisions: await revisions(db, ids),
    ledger: await ledger(db, ids),
    deliveries: await deliveries(db, ids),
    replies: await replies(db, ids),
    joinClicks: await joinClicks(db, ids),
    verdicts: await verdicts(db, ids),
    mirrors: await mirrors(db, ids),
    cases: await cases(db, ids),
    merges: await merges(db, ids),
  }
  return (id) =>
    Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.get(id) ?? []])) as SessionRecord
}

// The driver names columns; the quoted aliases are the facts' own names, so that a row is a fact.
const grouped = <T>(rows: ({ of: string } & T)[]): Map<string, T[]> => {
  const lists = new Map<string, T[]>()
  for (const { of, ...row } of rows) {
    const list = lists.get(of)
    if (list) list.push(row as T)
    else lists.set(of, [row as T])
  }
  return lists
}
type Rows<K extends keyof SessionRecord> = { of: string } & SessionRecord[K][number]

async function revisions(db: Db, ids: readonly string[]) {
  const { rows } = await sql<Rows<'revisions'>>`
    select session_id as "of", revision, starts_at as "startsAt", ends_at as "endsAt", room, made_at as "madeAt", made_by as "madeBy", cause
    from session_revision where session_id = any(${ids}::uuid[]) order by revision`.execute(db)
  return grouped<SessionRecord['revisions'][number]>(rows)
}

export async function ledger(db: Db, subjectIds: readonly string[]) {
  const { rows } = await sql<Rows<'ledger'>>`
    select subject_id as "of", effect_key as key, meaning, decision, reason, recipient_id as "recipientId", due_at as "dueAt",
      expires_at as "expiresAt", decided_at as "decidedAt", detail
    from notification_trigger_log where subject_id = any(${subjectIds}::uuid[]) order by decided_at, effect_key`.execute(
    db,
  )
  return grouped<SessionRecord['ledger'][number]>(rows)
}

export async function deliveries(db: Db, subjectIds: readonly string[]) {
  const { rows } = await sql<Rows<'deliveries'>>`
    select subject_id as "of", effect_key as key, meaning, channel, recipient_id as "recipientId", state, reason, created_at as "createdAt",
      accepted_at as "acceptedAt", delivered_at as "deliveredAt", failed_at as "failedAt"
    from delivery where subject_id = any(${subjectIds}::uuid[]) order by created_at, effect_key, channel`.execute(db)
  return grouped<SessionRecord['deliveries'][number]>(rows)
}

async function replies(db: Db, ids: readonly string[]) {
  const { rows } = await sql<Rows<'replies'>>`
    select session_id as "of", participant_id as "participantId", revision, meaning, channel, text, said_at as "saidAt", received_at as "receivedAt"
    from reply where session_id = any(${ids}::uuid[]) order by said_at, received_at, id`.execute(db)
  return grouped<SessionRecord['replies'][number]>(rows)
}

async function joinClicks(db: Db, ids: readonly string[]) {
  const { rows } = await sql<Rows<'joinClicks'>>`
    select session_id as "of", participant_id as "participantId", at
    from join_click where session_id = any(${ids}::uuid[]) order by at, id`.execute(db)
  return grouped<SessionRecord['joinClicks'][number]>(rows)
}

async function verdicts(db: Db, ids: readonly string[]) {
  const { rows } = await sql<Rows<'verdicts'>>`
    select session_id as "of", participant_id as "participantId", version, verdict, stage, evidence, decided_at as "decidedAt",
      decided_by as "decidedBy", reason
    from attendance_verdict where session_id = any(${ids}::uuid[]) order by version`.execute(db)
  return grouped<SessionRecord['verdicts'][number]>(rows)
}

async function mirrors(db: Db, ids: readonly string[]) {
  const { rows } = await sql<Rows<'mirrors'>>`
    select session_id as "of", kind, key, owner_id as "ownerId", wanted, applied, remote_id as "remoteId", failures,
      last_error as "lastError", wanted_at as "wantedAt"
    from mirror where session_id = any(${ids}::uuid[]) order by kind, key`.execute(db)
  return grouped<SessionRecord['mirrors'][number]>(rows)
}

async function cases(db: Db, ids: readonly string[]) {
  const { rows } = await sql<Rows<'cases'>>`
    select session_id as "of", id, kind, key, opened_at as "openedAt", settled_at as "settledAt", settled_by as "settledBy", detail
    from ops_case where session_id = any(${ids}::uuid[]) order by opened_at, id`.execute(db)
  return grouped<SessionRecord['cases'][number]>(rows)
}

async function merges(db: Db, ids: readonly string[]) {
  const { rows } = await sql<{
    sessionId: string
    survivorId: string
    mergeId: string
    mergedAt: Temporal.Instant
    undoneAt: Temporal.Instant | null
  }>`
    select session_id as "sessionId", survivor_id as "survivorId", merge_id as "mergeId", merged_at as "mergedAt", undone_at as "undoneAt"
    from session_merge_log where session_id = any(${ids}::uuid[]) or survivor_id = any(${ids}::uuid[]) order by merged_at, id`.execute(
    db,
  )
  // A merge belongs to the record of both: the one that was folded in, and the one that goes on.
  const asked = new Set(ids)
  return grouped<SessionRecord['merges'][number]>(
    rows.flatMap((row) => [row.sessionId, row.survivorId].filter((id) => asked.has(id)).map((of) => ({ of, ...row }))),
  )
}
