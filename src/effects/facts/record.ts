import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import { listOf, prepared } from '../../database/prepared.ts'
import type { Tx } from '../../database/transaction.ts'
import type { RoomEvent, SessionFacts } from '../../playbook/facts.ts'

export type SessionRecord = Pick<
  SessionFacts,
  'revisions' | 'ledger' | 'deliveries' | 'replies' | 'joinClicks' | 'verdicts' | 'mirrors' | 'cases' | 'merges'
>
/** What the rooms of a session are known by: its own, and those of the sessions that were folded into it. */
export type RoomRecord = {
  registrants: { ownerId: string; accountId: string; remoteId: string }[]
  events: (Omit<RoomEvent, 'participant'> & { participant: unknown })[]
  reports: { uuid: string; fetchedAt: Temporal.Instant; rows: Record<string, string>[] }[]
  gaps: { fromAt: Temporal.Instant; toAt: Temporal.Instant | null }[]
}
type Kept = SessionRecord & RoomRecord
type Db = Database | Tx
type Name = keyof Kept

// The quoted aliases are the facts' own names, so that a row is a fact. `subject.id` is whom the list is about.
const LISTS: Record<Name, RawBuilder<unknown>> = {
  revisions: sql`
    select revision, starts_at as "startsAt", ends_at as "endsAt", room, made_at as "madeAt", made_by as "madeBy", cause
    from session_revision where session_id = subject.id order by revision`,
  ledger: sql`
    select effect_key as key, meaning, decision, reason, recipient_id as "recipientId", due_at as "dueAt", expires_at as "expiresAt",
      decided_at as "decidedAt", detail
    from notification_trigger_log where subject_id = subject.id order by decided_at, effect_key`,
  deliveries: sql`
    select effect_key as key, meaning, channel, recipient_id as "recipientId", state, reason, created_at as "createdAt",
      accepted_at as "acceptedAt", delivered_at as "deliveredAt", failed_at as "failedAt"
    from delivery where subject_id = subject.id order by created_at, effect_key, channel`,
  replies: sql`
    select participant_id as "participantId", revision, meaning, channel, text, said_at as "saidAt", received_at as "receivedAt"
    from reply where session_id = subject.id order by said_at, received_at, id`,
  joinClicks: sql`select participant_id as "participantId", at from join_click where session_id = subject.id order by at, id`,
  verdicts: sql`
    select participant_id as "participantId", version, verdict, stage, evidence, decided_at as "decidedAt", decided_by as "decidedBy", reason
    from attendance_verdict where session_id = subject.id order by version`,
  mirrors: sql`
    select kind, key, owner_id as "ownerId", wanted, applied, remote_id as "remoteId", failures, last_error as "lastError", wanted_at as "wantedAt"
    from mirror where session_id = subject.id order by kind, key`,
  cases: sql`
    select id, kind, key, opened_at as "openedAt", settled_at as "settledAt", settled_by as "settledBy", detail
    from ops_case where session_id = subject.id order by opened_at, id`,
  // A merge belongs to the record of both: the one that was folded in, and the one that goes on.
  merges: sql`
    select merge_id as "mergeId", session_id as "sessionId", survivor_id as "survivorId",
      array(select jsonb_array_elements(moved -> 'arrived') ->> 'accountId') as arrived, merged_at as "mergedAt", undone_at as "undoneAt"
    from session_merge_log where session_id = subject.id or survivor_id = subject.id order by merged_at, id`,
  registrants: sql`
    select m.owner_id as "ownerId", p.account_id as "accountId", m.remote_id as "remoteId"
    from mirror m join session_participant p on p.id = m.owner_id
    where m.kind = 'registrant' and m.remote_id is not null and m.session_id = any(subject.rooms) order by m.applied_at`,
  events: sql`
    select id, event, occurred_at as "occurredAt", received_at as "receivedAt", zoom_meeting_id as "meetingId", zoom_uuid as uuid, participant
    from meeting_event where session_id = any(subject.rooms) order by occurred_at, received_at, id`,
  // The latest of each run of the meeting: Zoom completes its rows for half an hour.
  reports: sql`
    select distinct on (session_id, zoom_uuid) zoom_uuid as uuid, fetched_at as "fetchedAt", rows
    from meeting_report where session_id = any(subject.rooms) order by session_id, zoom_uuid, fetched_at desc`,
  gaps: sql`
    select g.from_at as "fromAt", g.to_at as "toAt" from evidence_gap g join session s on s.id = subject.id
    where g.vendor = 'zoom' and g.from_at < s.ends_at + interval '1 hour' and (g.to_at is null or g.to_at > s.starts_at - interval '1 hour')
    order by g.from_at`,
}

/** JSON knows no instants: these fields of a fact are some. `at` only in a click. */
const INSTANTS = /^(at|[a-z]+At)$/

/** What is on record for each session: said, decided, delivered, answered, mirrored, seen. One statement: facts are read often. */
export async function loadRecords(db: Db, ids: readonly string[]): Promise<(sessionId: string) => Kept> {
  const rows = await lists(db, Object.keys(LISTS) as Name[], ids)
  return (id) => rows.get(id) as Kept
}

/** Decisions and deliveries alone, for subjects that are no sessions. */
export async function loadTold(
  db: Db,
  ids: readonly string[],
): Promise<Map<string, Pick<SessionRecord, 'ledger' | 'deliveries'>>> {
  return lists(db, ['ledger', 'deliveries'], ids)
}

async function lists<N extends Name>(db: Db, names: N[], ids: readonly string[]): Promise<Map<string, Pick<Kept, N>>> {
  const columns = names.map((name) => sql`(select json_agg(row) from (${LISTS[name]}) row) as ${sql.ref(name)}`)
  const { rows } = await sql<{ id: string } & Record<N, Record<string, unknown>[] | null>>`
    ${prepared} select subject.id, ${sql.join(columns)} from (
      select id, array(select folded.id from session folded where folded.merged_into = one.id) || one.id as rooms from unnest(${listOf(ids)}) as one (id)) subject`.execute(
    db,
  )
  return new Map(
    rows.map((row) => [
      row.id,
      Object.fromEntries(names.map((name) => [name, (row[name] ?? []).map(withInstants)])) as Pick<Kept, N>,
    ]),
  )
}

function withInstants(fact: Record<string, unknown>): Record<string, unknown> {
  for (const name in fact) {
    const value = fact[name]
    if (typeof value === 'string' && INSTANTS.test(name)) fact[name] = Temporal.Instant.from(value)
  }
  return fact
}
