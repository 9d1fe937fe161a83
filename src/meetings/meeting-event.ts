import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { newId } from '../ids.ts'
import { sha256 } from '../links.ts'
import { storeOnce } from '../webhooks.ts'
import type { ReadEvent, ZoomEvent } from './zoom-event.ts'

/**
 * Stores one webhook, its MeetingEvent, and wakes the session: one short transaction. In the article the model's
 * `$afterInsert` hook decided and sent at this place; here it only wakes. Answers false for a body stored before.
 */
export async function recordEvent(
  tx: Tx,
  body: Uint8Array,
  json: unknown,
  read: ReadEvent,
  now: Temporal.Instant,
): Promise<boolean> {
  const told = read.outcome === 'accepted' ? read.told : null
  const sessionId = told ? await sessionOfMeeting(tx, told.meetingId) : null
  const outcome = told && !sessionId ? 'unmatched' : read.outcome
  const webhookId = await storeOnce(tx, { vendor: 'zoom', body, event: read.event, outcome, json, now })
  if (!webhookId) return false
  if (!told) return true

  await insertEvent(tx, webhookId, sha256(body), told, sessionId, now)
  if (sessionId) {
    if (told.uuid) await learnUuid(tx, told.meetingId, told.uuid)
    await wakeSession(tx, sessionId, now)
  }
  return true
}

async function insertEvent(
  tx: Tx,
  webhookId: string,
  hash: Buffer,
  told: ZoomEvent,
  sessionId: string | null,
  now: Temporal.Instant,
) {
  await tx
    .insertInto('meeting_event')
    .values({
      id: newId(),
      webhook_event_id: webhookId,
      body_hash: hash,
      event: told.event,
      zoom_meeting_id: told.meetingId,
      zoom_uuid: told.uuid,
      session_id: sessionId,
      occurred_at: told.occurredAt,
      received_at: now,
      participant: told.participant,
      object: told.object,
    })
    .onConflict((conflict) => conflict.column('body_hash').doNothing())
    .execute()
}

/** The session a Zoom meeting belongs to now: for the room of a session that was merged away, the one it was merged into. */
export async function sessionOfMeeting(tx: Tx | Database, meetingId: string): Promise<string | null> {
  const mirror = await tx
    .selectFrom('mirror')
    .select('session_id')
    .where('kind', '=', 'meeting')
    .where('remote_id', '=', meetingId)
    .where('session_id', 'is not', null)
    .orderBy('wanted_at', 'desc')
    .executeTakeFirst()
  return mirror?.session_id ? survivorOf(tx, mirror.session_id) : null
}

async function survivorOf(tx: Tx | Database, sessionId: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    with recursive chain as (
      select id, merged_into, 0 as depth from session where id = ${sessionId}
      union all
      select session.id, session.merged_into, depth + 1 from session join chain on session.id = chain.merged_into where depth < 20
    )
    select id from chain order by depth desc limit 1`.execute(tx)
  return rows[0]?.id ?? sessionId
}

/**
 * Gives a meeting's earlier events to its session: they may arrive before the answer to our own "create" was recorded.
 * To be called in the transaction that records a meeting's number. Answers how many there were.
 */
export async function rematch(tx: Tx, meetingId: string, sessionId: string, now: Temporal.Instant): Promise<number> {
  const survivor = await survivorOf(tx, sessionId)
  const found = await tx
    .updateTable('meeting_event')
    .set({ session_id: survivor })
    .where('zoom_meeting_id', '=', meetingId)
    .where('session_id', 'is', null)
    .returning(['webhook_event_id', 'zoom_uuid'])
    .execute()
  if (found.length === 0) return 0
  const webhooks = found.map((row) => row.webhook_event_id).filter((id) => id !== null)
  await tx
    .updateTable('webhook_event')
    .set({ outcome: 'accepted' })
    .where('id', 'in', [...webhooks, newId()])
    .execute()
  const uuid = found.findLast((row) => row.zoom_uuid !== null)?.zoom_uuid
  if (uuid) await learnUuid(tx, meetingId, uuid)
  await wakeSession(tx, survivor, now)
  return found.length
}

// Each start of a meeting has its own uuid, and the report is asked for by it: the latest one is kept with the room.
async function learnUuid(tx: Tx, meetingId: string, uuid: string): Promise<void> {
  await sql`
    update mirror set remote = remote || jsonb_build_object('uuid', ${uuid}::text)
    where kind = 'meeting' and remote_id = ${meetingId} and remote ->> 'uuid' is distinct from ${uuid}`.execute(tx)
}

/**
 * A chore: rooms whose number became known while an event of theirs was being stored. Answers how many events found
 * their session.
 */
export async function rematchAll(tx: Tx, now: Temporal.Instant): Promise<number> {
  const { rows } = await sql<{ zoom_meeting_id: string; session_id: string }>`
    select distinct meeting_event.zoom_meeting_id, mirror.session_id
    from meeting_event join mirror on mirror.kind = 'meeting' and mirror.remote_id = meeting_event.zoom_meeting_id
    where meeting_event.session_id is null and mirror.session_id is not null
      and meeting_event.received_at > ${now.subtract({ hours: 48 })}
    order by mirror.session_id limit 100`.execute(tx)
  let found = 0
  for (const row of rows) found += await rematch(tx, row.zoom_meeting_id, row.session_id, now)
  return found
}
