import { sql } from 'kysely'
import { type CardOfMany, ONE_CARD_FOR_MINUTES } from '../../case-cards.ts'
import type { Database } from '../../database/pool.ts'
import { isDue } from '../../interval.ts'
import type { DaySummary } from '../../playbook/day.ts'
import { type Card, card, cardOfMany, type OpsCase } from '../../words/card.ts'
import { digest } from '../../words/digest.ts'
import type { DigestCard } from '../programmes.ts'
import { SLACK_CHANNEL } from '../vendor-health.ts'
import { type Applied, type NotYet, trouble } from './applied.ts'
import type { Mirror, MirrorWork } from './index.ts'

type Case = OpsCase & { expiresAt: Temporal.Instant | null; channel: string | null; timeZone: string | null }

const EVENT_TYPE = 'punctual_case'

/**
 * A card in the ops channel: posted once, then updated in place. It shows one case, or, when more came at once than a
 * person reads one by one, a row for each of many; or the morning's numbers of a programme. Its mirror's key goes with it to
 * Slack and finds it after a lost answer.
 */
export async function applySlackCard(work: MirrorWork, mirror: Mirror, now: Temporal.Instant): Promise<Applied> {
  const { slack } = work.vendors
  const content = await (isDigest(mirror) ? morning(work, mirror, now) : ofCases(work, mirror, now))
  const asIs: Applied = { done: true, remoteId: mirror.remote_id, remote: mirror.remote }
  if (!slack || !content) return asIs
  const message = {
    ...content.card,
    metadata: { event_type: EVENT_TYPE, event_payload: { case: mirror.key } },
  }
  const update = async (channel: string, ts: string, remote = mirror.remote): Promise<Applied> => {
    const wait = tooFast(work, channel)
    if (wait) return { ...wait, remoteId: ts, remote }
    const answer = await slack.update({ ...message, channel, ts })
    return answer.ok ? { done: true, remoteId: ts, remote } : { ...trouble(answer), remoteId: ts, remote }
  }

  if (mirror.remote_id) return update(String(mirror.remote.channel), mirror.remote_id)
  if (mirror.intent) {
    const channel = String(mirror.intent.channel)
    const earlier = await slack.findByMetadata({ channel, eventType: EVENT_TYPE, key: 'case', value: mirror.key })
    if (!earlier.ok) return trouble(earlier)
    if (earlier.ts) return update(channel, earlier.ts, { channel })
  }
  // Nobody needs a card about what is over: the case itself is kept.
  if (content.isOver) return { done: true, remoteId: null }

  const channel = content.channel ?? slack.opsChannel
  const wait = tooFast(work, channel)
  if (wait) return wait
  await work.intend({ channel })
  const answer = await slack.postMessage({ ...message, channel })
  return answer.ok ? { done: true, remoteId: answer.ts, remote: { channel: answer.channel } } : trouble(answer)
}

type Content = { card: Card; channel: string | null; isOver: boolean }

async function ofCases(work: MirrorWork, mirror: Mirror, now: Temporal.Instant): Promise<Content | null> {
  const cases = await casesOn(work.db, mirror)
  const [first] = cases
  if (!first) return null
  const setting = { publicUrl: work.publicUrl, secret: work.secret, now, timeZone: first.timeZone ?? 'UTC' }
  return {
    card: isOfMany(mirror) ? cardOfMany(cases, setting) : card(first, setting),
    channel: first.channel,
    isOver: cases.every((one) => isOver(one, now)),
  }
}

async function morning(work: MirrorWork, mirror: Mirror, now: Temporal.Instant): Promise<Content> {
  const wanted = mirror.wanted as DigestCard
  const { rows } = await sql<{ channel: string | null }>`
    select slack_channel as channel from programme where id = ${mirror.owner_id}`.execute(work.db)
  return {
    card: digest(wanted.digest as DaySummary, { publicUrl: work.publicUrl }),
    channel: rows[0]?.channel ?? null,
    isOver: isDue(Temporal.Instant.from(wanted.expiresAt), now),
  }
}

function tooFast({ health }: MirrorWork, channel: string): NotYet | null {
  const seconds = health?.take(`slack ${channel}`, SLACK_CHANNEL) ?? 0
  const detail = 'Slack takes one message a second in a channel.'
  return seconds > 0 ? { done: false, code: 'paced', detail, afterSeconds: seconds, untried: true } : null
}

const isDigest = (mirror: Mirror): boolean => 'digest' in (mirror.wanted ?? {})
const isOfMany = (mirror: Mirror): boolean => typeof mirror.wanted?.since === 'string'

const isOver = ({ settledAt, expiresAt }: Case, now: Temporal.Instant): boolean =>
  settledAt !== null || (expiresAt !== null && Temporal.Instant.compare(expiresAt, now) <= 0)

/** The one case of this card; or all of its kind that were opened while it gathered them and have no card of their own. */
async function casesOn(db: Database, mirror: Mirror): Promise<Case[]> {
  const many = mirror.wanted as CardOfMany
  const which = isOfMany(mirror)
    ? sql`c.kind = ${many.kind} and c.programme_id is not distinct from ${many.programmeId}::uuid
        and c.opened_at >= ${many.since}::timestamptz and c.opened_at < ${many.since}::timestamptz + make_interval(mins => ${ONE_CARD_FOR_MINUTES})
        and not exists (select from mirror own where own.kind = 'slack_card' and own.key = c.id::text)`
    : sql`c.id = ${mirror.owner_id}`
  const { rows } = await sql<Case>`
    select c.id, c.kind, c.key, c.title, c.detail, c.session_id as "sessionId", c.opened_at as "openedAt", c.expires_at as "expiresAt",
      c.settled_at as "settledAt", c.settled_by as "settledBy", c.settled_reason as "settledReason", p.slack_channel as channel,
      p.time_zone as "timeZone"
    from ops_case c left join programme p on p.id = c.programme_id
    where ${which} order by c.opened_at, c.id`.execute(db)
  return rows
}
