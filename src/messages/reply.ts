import { cut } from '../cut.ts'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { newId } from '../ids.ts'
import type { ReplyMeaning } from '../playbook/facts.ts'

export type NewReply = {
  sessionId: string
  participantId: string
  /** The session revision the question spoke of; an older one than the session's is recorded all the same. */
  revision: number
  meaning: ReplyMeaning
  channel: 'whatsapp' | 'email' | 'page' | 'ops'
  matchedBy: 'payload' | 'parent' | 'only_ask' | 'link' | 'sender'
  text?: string | null
  saidAt: Temporal.Instant
  /** The vendor's message id or the link's own mark: the same source is one reply, however often it comes. */
  source: string | null
}

/**
 * What a person said, as a fact; wakes the session. Decides nothing: whether the answer counts is the playbook's question.
 * Answers the reply's id, or null when this source was recorded before.
 */
export async function recordReply(tx: Tx | Database, reply: NewReply, now: Temporal.Instant): Promise<string | null> {
  const id = await insertReply(tx, reply, now)
  if (id) await wakeSession(tx, reply.sessionId, now)
  return id
}

/** The same without waking, for a batch that wakes all its sessions at its end, in id order. */
export async function insertReply(tx: Tx | Database, reply: NewReply, now: Temporal.Instant): Promise<string | null> {
  const row = await tx
    .insertInto('reply')
    .values({
      id: newId(),
      session_id: reply.sessionId,
      participant_id: reply.participantId,
      revision: reply.revision,
      meaning: reply.meaning,
      channel: reply.channel,
      matched_by: reply.matchedBy,
      text: reply.text ? cut(reply.text, 4096) : null,
      said_at: reply.saidAt,
      received_at: now,
      source: reply.source,
    })
    .onConflict((conflict) => conflict.column('source').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}
