import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import type { Trouble } from '../../vendors/answer.ts'
import { card, type OpsCase } from '../../words/card.ts'
import type { Applied, Mirror, MirrorWork } from './index.ts'

type Case = OpsCase & { expiresAt: Temporal.Instant | null; channel: string | null }

const EVENT_TYPE = 'punctual_case'

/** A case's one card in the ops channel: posted once, then updated in place. */
export async function applySlackCard(work: MirrorWork, mirror: Mirror, now: Temporal.Instant): Promise<Applied> {
  const { slack } = work.vendors
  const found = await caseOf(work.db, mirror.owner_id)
  if (!slack || !found) return { done: true, remoteId: mirror.remote_id, remote: mirror.remote }
  const message = card(found, { publicUrl: work.publicUrl, secret: work.secret, now })
  const metadata = { event_type: EVENT_TYPE, event_payload: { case: found.id } }

  if (mirror.remote_id) {
    const answer = await slack.update({
      ...message,
      metadata,
      channel: String(mirror.remote.channel),
      ts: mirror.remote_id,
    })
    return answer.ok ? { done: true, remoteId: mirror.remote_id, remote: mirror.remote } : trouble(answer)
  }
  const channel = found.channel ?? slack.opsChannel
  if (mirror.intent) {
    const earlier = await slack.findByMetadata({
      channel: String(mirror.intent.channel),
      eventType: EVENT_TYPE,
      key: 'case',
      value: found.id,
    })
    if (!earlier.ok) return trouble(earlier)
    if (earlier.ts) {
      const at = { remoteId: earlier.ts, remote: { channel: mirror.intent.channel } }
      const answer = await slack.update({
        ...message,
        metadata,
        channel: String(mirror.intent.channel),
        ts: earlier.ts,
      })
      return answer.ok ? { done: true, ...at } : { ...trouble(answer), ...at }
    }
  }
  // Nobody needs a card about what is over: the case itself is kept.
  const tooLate = found.expiresAt !== null && Temporal.Instant.compare(found.expiresAt, now) <= 0
  if (found.settledAt || tooLate) return { done: true, remoteId: null }

  await work.intend({ channel })
  const answer = await slack.postMessage({ ...message, metadata, channel })
  return answer.ok ? { done: true, remoteId: answer.ts, remote: { channel: answer.channel } } : trouble(answer)
}

const trouble = (answer: Trouble): Extract<Applied, { done: false }> => ({
  done: false,
  code: answer.code,
  detail: answer.detail,
  ...(answer.retryAfterSeconds === undefined ? {} : { afterSeconds: answer.retryAfterSeconds }),
})

async function caseOf(db: Database, id: string | null): Promise<Case | undefined> {
  const { rows } = await sql<Case>`
    select c.id, c.kind, c.key, c.title, c.detail, c.session_id as "sessionId", c.opened_at as "openedAt", c.expires_at as "expiresAt",
      c.settled_at as "settledAt", c.settled_by as "settledBy", c.settled_reason as "settledReason", p.slack_channel as channel
    from ops_case c left join programme p on p.id = c.programme_id
    where c.id = ${id}`.execute(db)
  return rows[0]
}
