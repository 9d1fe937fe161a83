import { configured } from '../config.ts'
import { loadFacts } from '../effects/load-facts.ts'
import type { House } from '../http.ts'
import { isBefore } from '../interval.ts'
import { linkToken, type Purpose, readLink } from '../links.ts'
import type { Participant, SessionFacts } from '../playbook/facts.ts'
import { type Words, wordsFor } from './catalogue.ts'

/** Who holds a link, and the session that counts for them now: after a merge the surviving one. */
export type Holder = {
  facts: SessionFacts
  session: SessionFacts['session']
  me: Participant
  others: Participant[]
  now: Temporal.Instant
  lang: string
  words: Words
  /** The link speaks of what is true: this participant, at this revision. Only then it may act. */
  isCurrent: boolean
  /** The link's own session was folded into this one. */
  isMerged: boolean
  /** Not expected any more, though the session is. */
  isGone: boolean
  /** Fresh links of the same person, for what is true now. */
  links: { manage: string; join: string }
}

/** Null for a token that is not ours, of another purpose, or about nobody. Age is the page's question. */
export async function holderOf(house: House, purposes: readonly Purpose[], token: string): Promise<Holder | null> {
  const secret = secretOf(house)
  const link = purposes.map((purpose) => readLink(secret, purpose, token)).find((found) => found !== null)
  if (!link) return null
  const spoken = await house.db
    .selectFrom('session_participant as p')
    .innerJoin('session as s', 's.id', 'p.session_id')
    .select(['p.account_id', 's.id', 's.merged_into'])
    .where('p.id', '=', link.subjectId)
    .executeTakeFirst()
  if (!spoken) return null
  const id = spoken.merged_into ?? spoken.id
  const now = house.clock.now()
  const facts = (await loadFacts(house.db, [id], now, installation(house))).get(id)
  const ofPerson = facts?.participants.filter((p) => p.accountId === spoken.account_id) ?? []
  const me = ofPerson.find((p) => p.leftAt === null) ?? ofPerson.at(-1)
  if (!facts || !me) return null
  return {
    facts,
    session: facts.session,
    me,
    others: facts.participants.filter((p) => p.leftAt === null && p.accountId !== me.accountId),
    now,
    ...wordsFor(me.locale),
    isCurrent: me.id === link.subjectId && link.revision === facts.session.revision,
    isMerged: spoken.merged_into !== null,
    isGone: me.leftAt !== null,
    links: linksOf(house, me.id, facts.session.revision),
  }
}

export const installation = ({ config }: House) => {
  const on = configured(config)
  return {
    hostDomains: config.PUNCTUAL_HOST_DOMAINS,
    channels: (['whatsapp', 'email'] as const).filter((channel) => on[channel]),
  }
}

export const linksOf = (house: House, participantId: string, revision: number): Holder['links'] => ({
  manage: `/m/${linkToken(secretOf(house), { purpose: 'manage', subjectId: participantId, revision })}`,
  join: `/join/${linkToken(secretOf(house), { purpose: 'join', subjectId: participantId, revision })}`,
})

export function secretOf({ config }: House): string {
  if (!config.PUNCTUAL_SECRET) throw new Error('PUNCTUAL_SECRET is not set.')
  return config.PUNCTUAL_SECRET
}

/** Moving, cancelling, answering: until the start. Answers about the past: until end + 48 h. Joining: until end + 1 h. */
export type Phase = 'before' | 'during' | 'after' | 'closed'

export function phaseOf({ session, now }: Pick<Holder, 'session' | 'now'>): Phase {
  if (isBefore(now, session.startsAt)) return 'before'
  if (isBefore(now, session.endsAt)) return 'during'
  return isBefore(now, session.endsAt.add({ hours: 48 })) ? 'after' : 'closed'
}

export const isOpen = (holder: Holder): boolean => holder.session.cancelledAt === null && !holder.isGone

export const namesOf = (people: readonly { name: string }[], words: Words): string =>
  people.length === 0 ? words.nobody : people.map(({ name }) => name).join(', ')

export { joinClosesAt, joinOpensAt } from '../sessions/join-window.ts'
