import { sql } from 'kysely'
import type { Tx } from '../database/transaction.ts'
import { type ButtonPress, readButton } from '../links.ts'
import { isAnswer } from '../playbook/answers.ts'
import type { ReplyMeaning } from '../playbook/facts.ts'
import type { InboundMessage } from './inbound-message.ts'
import { askedBy, interpret, interpretUnasked } from './interpret.ts'

export type Match = {
  sessionId: string
  participantId: string
  revision: number
  meaning: ReplyMeaning
  matchedBy: 'payload' | 'parent' | 'only_ask' | 'sender'
}

/** Kinds in which a person says something; a sticker or a picture is only a sign of life. */
const SPOKEN = new Set(['text', 'button', 'interactive', 'reaction', 'edit'])

/**
 * Which question of ours a message answers: by the signed button, else by the chain of parent messages, else by the
 * person's only open question; always only the person who was asked. A message that answers none is, in the hours around
 * a session, a sign of life of the people expected in it. Empty: recorded without effect.
 */
export async function matchReply(
  tx: Tx,
  secret: string,
  message: InboundMessage,
  senders: string[],
  now: Temporal.Instant,
): Promise<Match[]> {
  const press = message.payload ? readButton(secret, message.payload) : null
  if (press && isAnswer(press.action)) {
    const match = await byPayload(tx, press, message)
    if (match) return [match]
    // A rightly signed button in the wrong hands: forwarded, or a shared phone. It answers for nobody.
    return []
  }
  // A button that is not ours, or whose signature is broken, means nothing by its title either.
  const isButton = message.kind === 'button' || message.kind === 'interactive'
  const words = isButton && message.payload !== message.body ? null : message.body

  if (words && SPOKEN.has(message.kind)) {
    const ask = (await byParent(tx, message, senders)) ?? (await byOnlyAsk(tx, message, senders, now))
    if (ask) {
      const meaning = interpret(words, askedBy(ask.asked))
      return [{ ...ask.match, meaning }]
    }
  }
  return bySender(tx, message, words, senders)
}

// ------------------------------------------------------------------ by the signed button

async function byPayload(tx: Tx, press: ButtonPress, message: InboundMessage): Promise<Match | null> {
  const asked = await participantOf(tx, press.participantId)
  if (!asked || !(await isThePerson(tx, asked.account_id, message))) return null
  const now = await expectedNow(tx, asked, press.revision)
  return { ...now, meaning: press.action as ReplyMeaning, matchedBy: 'payload' }
}

// ------------------------------------------------------------------ by the chain of parents

type Ask = { asked: string; match: Omit<Match, 'meaning'> }
type OutRow = {
  account_id: string | null
  session_id: string | null
  effect_key: string | null
  meaning: string | null
  phone_e164: string
}

// An answer may quote an answer: the chain is followed up to our own message. Ten is far beyond any conversation.
async function byParent(tx: Tx, message: InboundMessage, senders: string[]): Promise<Ask | null> {
  if (!message.parentId) return null
  const { rows } = await sql<OutRow>`
    with recursive chain as (
      select wamid, parent_message_id, direction, 0 as depth from whatsapp_message where wamid = ${message.parentId}
      union all
      select parent.wamid, parent.parent_message_id, parent.direction, depth + 1
      from whatsapp_message parent join chain on parent.wamid = chain.parent_message_id
      where chain.direction = 'in' and depth < 10
    )
    select message.account_id, message.session_id, message.phone_e164, delivery.effect_key, delivery.meaning
    from chain join whatsapp_message message using (wamid) left join delivery on delivery.id = message.delivery_id
    where message.direction = 'out' order by depth limit 1`.execute(tx)
  const out = rows[0]
  if (!out?.account_id || !out.session_id) return null
  // The number we wrote to proves it, unless it is somebody else's by now, who may still find our message there.
  const isTheirs = senders.length === 0 || senders.includes(out.account_id)
  const sameNumber = isTheirs && message.phone !== null && message.phone === out.phone_e164
  if (!sameNumber && !(await isThePerson(tx, out.account_id, message))) return null
  const asked = await participantIn(tx, out.session_id, out.account_id)
  if (!asked) return null
  return {
    asked: out.meaning ?? '',
    match: { ...(await expectedNow(tx, asked, revisionOf(out.effect_key, asked.revision))), matchedBy: 'parent' },
  }
}

// ------------------------------------------------------------------ by the only open question

type AskRow = Asked & { effect_key: string; meaning: string }

async function byOnlyAsk(
  tx: Tx,
  message: InboundMessage,
  senders: string[],
  now: Temporal.Instant,
): Promise<Ask | null> {
  if (senders.length === 0) return null
  const { rows } = await sql<AskRow>`
    select distinct on (participant.id) participant.id, participant.session_id, participant.account_id, participant.left_at,
      session.revision, session.starts_at, delivery.effect_key, delivery.meaning
    from delivery
    join notification_trigger_log ledger on ledger.subject_id = delivery.subject_id and ledger.effect_key = delivery.effect_key
    join session on session.id = delivery.subject_id and session.cancelled_at is null and session.ends_at > ${now.subtract({ hours: 48 })}
    join session_participant participant
      on participant.session_id = session.id and participant.account_id = delivery.recipient_id and participant.left_at is null
    where delivery.recipient_id = any(${senders}::uuid[]) and delivery.channel = 'whatsapp'
      and delivery.state in ('accepted', 'delivered', 'read', 'unknown') and delivery.accepted_at <= ${message.saidAt}
      and ${ASKS}
      and (session.ends_at > ${message.saidAt} or delivery.meaning ~ '^(nudge|nobody|follow|took.?place)')
      and not exists (select from reply where reply.participant_id = participant.id and reply.meaning <> 'message' and reply.said_at >= delivery.accepted_at)
    order by participant.id, delivery.accepted_at desc`.execute(tx)
  const ask = rows[0]
  // Two open questions: an answer without a mark could be to either, and a guess would be wrong half the time.
  if (!ask || rows.length > 1) return null
  return {
    asked: ask.meaning,
    match: { ...(await expectedNow(tx, ask, revisionOf(ask.effect_key, ask.revision))), matchedBy: 'only_ask' },
  }
}

// Whether somebody will come is no question any more once it is over. The ledger says which message asked; a nudge and the follow-ups ask by their nature.
const ASKS = sql`(ledger.detail ->> 'asks' = 'true' or delivery.meaning ~ '^(nudge|nobody|follow|took.?place)')`

// ------------------------------------------------------------------ a sign of life

/** From half an hour before the start, when people begin to worry, until verdicts are final. */
const FROM_BEFORE_START = { minutes: 30 }
const UNTIL_AFTER_END = { hours: 48 }

async function bySender(tx: Tx, message: InboundMessage, words: string | null, senders: string[]): Promise<Match[]> {
  if (senders.length === 0) return []
  const { rows } = await sql<Asked>`
    select participant.id, participant.session_id, participant.account_id, participant.left_at, session.revision, session.starts_at
    from session_participant participant join session on session.id = participant.session_id
    where participant.account_id = any(${senders}::uuid[]) and participant.left_at is null
      and session.published_at is not null and session.cancelled_at is null and session.merged_into is null
      and session.starts_at <= ${message.saidAt.add(FROM_BEFORE_START)} and session.ends_at >= ${message.saidAt.subtract(UNTIL_AFTER_END)}
    order by session.starts_at, participant.id`.execute(tx)
  const ahead = rows.filter((row) => Temporal.Instant.compare(message.saidAt, row.starts_at.add({ minutes: 15 })) < 0)
  return rows.map((row) => ({
    sessionId: row.session_id,
    participantId: row.id,
    revision: row.revision,
    // "I can't make it" before the start is about the one session that is about to begin.
    meaning: words && ahead.length === 1 && ahead[0] === row ? interpretUnasked(words) : 'message',
    matchedBy: 'sender',
  }))
}

// ------------------------------------------------------------------ who was asked, and where they are expected now

type Asked = {
  id: string
  session_id: string
  account_id: string
  left_at: Temporal.Instant | null
  revision: number
  starts_at: Temporal.Instant
}

const ASKED = sql`select participant.id, participant.session_id, participant.account_id, participant.left_at, session.revision, session.starts_at
  from session_participant participant join session on session.id = participant.session_id`

async function participantOf(tx: Tx, participantId: string): Promise<Asked | undefined> {
  return (await sql<Asked>`${ASKED} where participant.id = ${participantId}`.execute(tx)).rows[0]
}

async function participantIn(tx: Tx, sessionId: string, accountId: string): Promise<Asked | undefined> {
  const { rows } = await sql<Asked>`
    ${ASKED} where participant.session_id = ${sessionId} and participant.account_id = ${accountId}
    order by participant.left_at nulls first limit 1`.execute(tx)
  return rows[0]
}

/**
 * Where the asked person is expected now. Whoever was moved by a merge answers for the session they were moved to; when that
 * one is at another time, the answer was to another question, and revision 0 says so.
 */
async function expectedNow(
  tx: Tx,
  asked: Asked,
  revision: number,
): Promise<Pick<Match, 'sessionId' | 'participantId' | 'revision'>> {
  const stays = { sessionId: asked.session_id, participantId: asked.id, revision }
  if (!asked.left_at) return stays
  const { rows } = await sql<Asked>`
    ${ASKED} where participant.account_id = ${asked.account_id} and participant.left_at is null
      and participant.session_id = (select merged_into from session where id = ${asked.session_id})`.execute(tx)
  const moved = rows[0]
  if (!moved) return stays
  const sameQuestion = revision === asked.revision && moved.starts_at.equals(asked.starts_at)
  return { sessionId: moved.session_id, participantId: moved.id, revision: sameQuestion ? moved.revision : 0 }
}

// Phones are shared and numbers change: a business-scoped id, where Meta sends one, is as good.
async function isThePerson(tx: Tx, accountId: string, message: InboundMessage): Promise<boolean> {
  const person = await tx
    .selectFrom('account')
    .select(['phone_e164', 'whatsapp_user_id'])
    .where('id', '=', accountId)
    .executeTakeFirst()
  if (!person) return false
  if (message.phone !== null && person.phone_e164 === message.phone) return true
  return message.whatsappUserId !== null && person.whatsapp_user_id === message.whatsappUserId
}

/** The revision in a ledger key `meaning:participant@revision`, whatever stands before it. */
export function revisionOf(effectKey: string | null, otherwise: number): number {
  const found = /@(?:[^@]*\.)?(\d+)$/.exec(effectKey ?? '')
  return found ? Number(found[1]) : otherwise
}
