import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { buttonPayload, linkToken } from '../../links.ts'
import type { Channel, Message, Participant, SessionFacts } from '../../playbook/facts.ts'
import { type Answer, rejected } from '../../vendors/answer.ts'
import type { EmailMessage } from '../../vendors/email.ts'
import { compose, composeAccount, type Links, type Said } from '../../words/compose.ts'
import type { LoadedAccount } from '../accounts.ts'
import type { Needs } from '../needs.ts'
import type { Claimed } from './claim.ts'

/** A message in its channel's own form, complete but for the attempt's id. */
export type Utterance =
  | {
      channel: 'whatsapp'
      text: string
      shown: object
      template: string
      language: string
      parameters: string[]
      buttonPayloads: string[]
    }
  | { channel: 'email'; text: string; shown: object; mail: Omit<EmailMessage, 'to'> }

type Speech = {
  message: Message
  facts: SessionFacts
  participant: Participant
  channel: Channel
  now: Temporal.Instant
}

/** The words for this person on this channel, from the facts of the claim. Links are ours and are made again each time. */
export async function say(needs: Needs, { message, facts, participant, channel, now }: Speech): Promise<Utterance> {
  const links = linksOf(needs, participant.id, facts.session.revision)
  const detail = await withFreeTimes(needs, { message, facts, participant, now })
  const said = compose({
    message: { ...message, detail },
    facts,
    participant,
    links,
    now,
    organizer: organizerOf(needs.config.MAIL_FROM),
  })
  return channel === 'whatsapp'
    ? forWhatsapp(needs, said, participant.id, facts.session.revision, links)
    : forMail(needs, said, message, facts.session.id, links)
}

/** The same for what is about the account and no session: its link leads to where the person can do what it asks. */
export function sayToAccount(
  needs: Needs,
  message: Message,
  { account, programmeName }: LoadedAccount,
  channel: Channel,
): Utterance {
  const manage = `${needs.publicUrl}${placeOf(needs.secret, message.meaning, account.accountId)}`
  const said = composeAccount({ message, person: account, programmeName, links: { manage } })
  return channel === 'whatsapp'
    ? forWhatsapp(needs, said, account.accountId, 1, null)
    : forMail(needs, said, message, account.accountId, null)
}

function placeOf(secret: string, meaning: string, accountId: string): string {
  if (meaning === 'invitation')
    return `/invite/${linkToken(secret, { purpose: 'invite', subjectId: accountId, revision: 1 })}`
  return meaning.startsWith('connection') ? '/settings' : '/'
}

/** One call to one vendor. `vendorId` is what its later statuses and bounces will name. */
export async function send(
  { vendors }: Needs,
  { utterance, address, attemptId }: Claimed,
): Promise<Answer<{ vendorId: string }>> {
  if (utterance.channel === 'whatsapp') {
    if (!vendors.whatsapp) return rejected('off', 'WhatsApp is not configured.')
    const { template, language, parameters, buttonPayloads } = utterance
    const answer = await vendors.whatsapp.sendTemplate({
      to: address,
      template,
      language,
      parameters,
      buttonPayloads,
      callbackData: attemptId,
    })
    return answer.ok ? { ok: true, vendorId: answer.wamid } : answer
  }
  if (!vendors.email) return rejected('off', 'Mail is not configured.')
  const answer = await vendors.email.send({ ...utterance.mail, to: address })
  return answer.ok ? { ok: true, vendorId: answer.messageId } : answer
}

export function linksOf(
  { secret, publicUrl }: Pick<Needs, 'secret' | 'publicUrl'>,
  participantId: string,
  revision: number,
): Links {
  const link = (purpose: 'join' | 'manage') => linkToken(secret, { purpose, subjectId: participantId, revision })
  return { join: `${publicUrl}/join/${link('join')}`, manage: `${publicUrl}/m/${link('manage')}` }
}

async function withFreeTimes(
  { db, freeTimes }: Needs,
  { message, facts: { session, participants }, participant, now }: Omit<Speech, 'channel'>,
): Promise<Message['detail']> {
  const mentor = participants.find((person) => person.role === 'mentor' && !person.leftAt)
  if (!freeTimes || !mentor) return message.detail
  const offers =
    message.meaning === 'follow_up' || (message.meaning === 'cancelled' && (await wereOffered(db, session.id)))
  if (!offers) return message.detail
  const free = await freeTimes({ mentorId: mentor.accountId, menteeId: menteeFor(participant, participants) }, now, 3)
  return { ...message.detail, freeTimes: free.map(({ startsAt }) => startsAt.toString()) }
}

/** For whom times must be free beside the mentor: the mentee who reads of them; for a mentor, the one mentee there is. */
function menteeFor(reader: Participant, participants: readonly Participant[]): string | null {
  if (reader.role === 'mentee') return reader.accountId
  const learners = participants.filter(({ role, leftAt }) => role === 'mentee' && !leftAt)
  return learners.length === 1 ? (learners[0]?.accountId ?? null) : null
}

/** Whoever called the session off asked that other times be offered. */
async function wereOffered(db: Needs['db'], sessionId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from audit_log where object_id = ${sessionId} and action = 'session.times_offered' limit 1`.execute(db)
  return rows.length > 0
}

function forWhatsapp(
  { secret }: Needs,
  { whatsapp }: Said,
  participantId: string,
  revision: number,
  links: Links | null,
): Utterance {
  return {
    channel: 'whatsapp',
    template: whatsapp.name,
    language: whatsapp.language,
    parameters: whatsapp.params,
    buttonPayloads: whatsapp.buttons.map(({ action }) => buttonPayload(secret, { action, participantId, revision })),
    text: withoutLinks(whatsapp.text, links),
    shown: {
      template: whatsapp.name,
      text: withoutLinks(whatsapp.text, links),
      buttons: whatsapp.buttons.map(({ title }) => title),
    },
  }
}

function forMail(
  { config }: Needs,
  { email }: Said,
  message: Message,
  subjectId: string,
  links: Links | null,
): Utterance {
  return {
    channel: 'email',
    text: withoutLinks(email.text, links),
    shown: { subject: email.subject, text: withoutLinks(email.text, links) },
    mail: {
      subject: email.subject,
      text: email.text,
      html: email.html,
      messageId: messageIdOf(subjectId, message.key, organizerOf(config.MAIL_FROM).email.split('@')[1] ?? 'localhost'),
      ...(links ? { unsubscribe: { url: links.manage } } : {}),
      ...(email.ics ? { calendar: { method: email.ics.method, ics: email.ics.content } } : {}),
    },
  }
}

/** The same message has the same id in every attempt, so that mail programs show a repeated one once. */
export const messageIdOf = (subjectId: string, key: string, domain: string): string =>
  `<${createHash('sha256').update(`${subjectId} ${key}`).digest('hex').slice(0, 40)}@${domain}>`

// Links open doors: what is kept of a message shows where they were.
const withoutLinks = (text: string, links: Links | null): string =>
  links ? text.replaceAll(links.join, '{join}').replaceAll(links.manage, '{manage}') : text

function organizerOf(mailFrom: string): { name: string; email: string } {
  const [, name, email] = /^\s*"?([^"<]*?)"?\s*<([^>]+)>\s*$/.exec(mailFrom) ?? []
  return email ? { name: name || email, email } : { name: mailFrom, email: mailFrom }
}
