import { cut } from '../cut.ts'
import type { Message, Participant, SessionFacts } from '../playbook/facts.ts'
import { type Action, argumentsOf, entryOf, type Language, languageOf } from './catalogue.ts'
import { type Calendar, calendarFor } from './invitation.ts'
import { type Frame, mail } from './mail.ts'
import { buttonsOf, vendorName } from './templates.ts'
import { fill, say, shortTime, timeFor } from './times.ts'
import { answerStatus, reached } from './who-we-reached.ts'

/** Only our own pages: `join` is /join/{token}, `manage` is /m/{token}. `confirm`: one address per action, else manage?answer=. */
export type Links = { join: string; manage: string; confirm?: Partial<Record<Action, string>> }
export type Organizer = { name: string; email: string }

export type Said = {
  /** Our name of the template, e.g. MENTORSHIP_SESSION_REMINDER_30_MINUTES_TO_MENTOR. */
  template: string
  whatsapp: {
    name: string
    language: Language
    params: string[]
    /** Titles have at most 20 characters; the caller signs a payload for each action. */
    buttons: { title: string; action: Action }[]
    /** As the person reads it. */
    text: string
  }
  email: { subject: string; text: string; html: string; ics?: Calendar }
}

/**
 * What one person reads in one message, on both channels: in their language, with their own clock. Facts are those at the
 * claim, so a change since the decision is already in the words. Names of others are the only thing said about them.
 */
export function compose(input: {
  message: Message
  facts: SessionFacts
  participant: Participant
  links: Links
  now: Temporal.Instant
  organizer: Organizer
}): Said {
  const { message, facts, participant, links } = input
  const language = languageOf(participant.locale)
  const values = sessionValues(input, language)
  const ics = calendarFor({ ...input, language, title: say(language, 'event', { other: String(values.other) }) })
  const details: Frame['details'] = [
    [say(language, 'when'), String(values.when)],
    [say(language, 'with'), String(values.other)],
  ]
  const isOver = CALLED_OFF.has(message.meaning) || AFTER_THE_SESSION.has(message.meaning)
  return saidOf({
    template: message.template,
    language,
    values,
    links,
    details,
    programme: facts.session.programmeName,
    main: isOver ? null : { title: say(language, 'join'), url: links.join },
    manage: say(language, isOver ? 'details' : 'manage'),
    ics,
  })
}

const CALLED_OFF = new Set(['cancelled', 'released', 'merged_away'])
const AFTER_THE_SESSION = new Set(['follow_up', 'took_place', 'correction'])

/** A message of an account: the invitation, a broken connection, a notice. */
export function composeAccount(input: {
  message: Message
  person: { name: string; locale: string }
  programmeName: string
  links: { manage: string }
}): Said {
  const { message, person, links } = input
  const language = languageOf(person.locale)
  // A notice names its own programme: the person may take part in others.
  const programme = text(message.detail.programme) || input.programmeName
  const { says, values = {} } = message.detail as { says?: string; values?: Record<string, number> }
  const given = {
    name: firstName(person.name),
    programme,
    manage: links.manage,
    calendar: text(message.detail.calendar),
    notice: typeof says === 'string' ? say(language, says, values) : '',
  }
  const all = { join: links.manage, manage: links.manage }
  return saidOf({
    template: message.template,
    language,
    values: given,
    links: all,
    details: [],
    programme,
    main: null,
    manage: say(language, 'details'),
  })
}

function saidOf(parts: {
  template: string
  language: Language
  values: Record<string, string>
  links: Links
  details: Frame['details']
  programme: string
  main: Frame['main']
  /** What the page behind the last link is for. */
  manage: string
  ics?: Calendar | undefined
}): Said {
  const { template, language, values, links, ics } = parts
  const entry = entryOf(template, language)
  const buttons = buttonsOf(template, language)
  const body = fill(entry.text, language, values)
  const framed = mail({
    language,
    body,
    details: parts.details,
    main: parts.main,
    answers: buttons.map(({ title, action }) => ({
      title,
      url: links.confirm?.[action] ?? answerUrl(links.manage, action),
    })),
    manage: { title: parts.manage, url: links.manage },
    footer: say(language, 'frame', { programme: parts.programme }),
  })
  return {
    template,
    whatsapp: {
      name: vendorName(template),
      language,
      params: argumentsOf(entry.text).map((argument) => oneLine(values[argument] ?? '')),
      buttons,
      text: body,
    },
    email: { subject: oneLine(fill(entry.subject, language, values)), ...framed, ...(ics ? { ics } : {}) },
  }
}

const answerUrl = (manage: string, action: Action): string =>
  `${manage}${manage.includes('?') ? '&' : '?'}answer=${action}`

function sessionValues(
  { message, facts, participant, links }: Parameters<typeof compose>[0],
  language: Language,
): Record<string, string> {
  const { session } = facts
  const others = othersOf(facts, participant)
  const otherZone = others[0]?.timeZone
  const other = others.map((p) => p.name).join(', ') || say(language, 'someone')
  const oldStartsAt = message.detail.oldStartsAt
  const free = freeTimes(facts, message).map((t) => shortTime(t, participant.timeZone, language))
  const whoseTimes = participant.role === 'mentor' ? 'ownFreeTimes' : 'freeTimes'
  const times = free.length > 0 ? say(language, whoseTimes, { other, times: free.join('; ') }) : ''
  const reason = text(message.detail.reason)
  return {
    name: firstName(participant.name),
    other,
    when: timeFor(session.startsAt, participant.timeZone, language, otherZone),
    oldWhen: timeFor(
      oldStartsAt ? Temporal.Instant.from(String(oldStartsAt)) : session.startsAt,
      participant.timeZone,
      language,
    ),
    join: links.join,
    manage: links.manage,
    waiting: text(message.detail.waiting) || other,
    status: answerStatus(facts, others, language),
    reached: reached(facts, others, language),
    // Asked and none, or not asked.
    times: times || say(language, Array.isArray(message.detail.freeTimes) ? 'noFreeTimes' : 'moreTimes'),
    reason: [
      reason ? say(language, 'cancelReason', { reason: cut(reason, 200) }) : say(language, 'noReason'),
      // Times to choose from instead are offered where the old time is called off.
      ...(message.meaning === 'cancelled' && times ? [times] : []),
    ].join(' '),
    programme: session.programmeName,
  }
}

/** What is free now; else what was free when it was decided. */
function freeTimes(facts: SessionFacts, { detail }: Message): Temporal.Instant[] {
  if (facts.freeTimes.length > 0) return facts.freeTimes.slice(0, 3).map((t) => t.startsAt)
  return (Array.isArray(detail.freeTimes) ? detail.freeTimes : []).map((t) => Temporal.Instant.from(String(t)))
}

/** The other side of the session as it stood when this person was part of it. */
function othersOf(facts: SessionFacts, person: Participant): Participant[] {
  const other = facts.participants.filter((p) => p.role !== person.role)
  const present = other.filter((p) => p.leftAt === null)
  return present.length > 0 ? present : other
}

const firstName = (name: string): string => name.trim().split(/\s+/)[0] ?? name
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** WhatsApp refuses line breaks, tabs and runs of spaces in an argument, and an empty one; no subject has a control character. */
const oneLine = (value: string): string => value.replace(/[\s\p{Cc}]+/gu, ' ').trim() || '-'
