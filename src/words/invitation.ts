import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import type { Message, Participant, SessionFacts } from '../playbook/facts.ts'
import type { Language } from './catalogue.ts'
import { say } from './times.ts'

export type Calendar = { method: 'REQUEST' | 'CANCEL'; content: string }

const REQUESTS = new Set(['booked', 'moved', 'room_changed', 'merged', 'unmerged'])
const CANCELS = new Set(['cancelled', 'released', 'merged_away'])

/**
 * The .ics of a notice, or undefined for any other message. One UID for the life of a booking, whichever session it moves
 * to; SEQUENCE grows with each revision and once more at a cancellation (RFC 5546 2.1.4). Times are UTC.
 */
export function calendarFor(input: {
  message: Message
  facts: SessionFacts
  participant: Participant
  links: { join: string; manage: string }
  organizer: { name: string; email: string }
  now: Temporal.Instant
  language: Language
  title: string
}): Calendar | undefined {
  const { message, facts, participant, links, organizer, language } = input
  const cancels = CANCELS.has(message.meaning)
  if (!cancels && !REQUESTS.has(message.meaning)) return undefined

  const { session } = facts
  const method = cancels ? 'CANCEL' : 'REQUEST'
  const calendar = ical({
    method: ICalCalendarMethod[method],
    prodId: { company: 'Punctual', product: 'Sessions', language: language.toUpperCase() },
  })
  const event = calendar.createEvent({
    id: uidOf(facts, participant),
    sequence: sequenceOf(facts, participant, cancels),
    start: session.startsAt,
    end: session.endsAt,
    stamp: input.now,
    summary: session.title ?? input.title,
    description: cancels ? '' : say(language, 'eventText', { join: links.join, manage: links.manage }),
    location: cancels ? '' : links.join,
    status: cancels ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: organizer.name, email: organizer.email },
  })
  // Only the recipient is named as an attendee: others are known by name, never by address.
  event.createAttendee({ name: participant.name, email: participant.email, rsvp: false })
  return { method, content: calendar.toString() }
}

/**
 * Grows with every revision, and past every revision of the other session at each merge and each undo: a booking that moves
 * between sessions must not fall back to a smaller number, or mail programs ignore the change.
 */
function sequenceOf({ session, merges }: SessionFacts, { cameFrom }: Participant, cancels: boolean): number {
  const crossings = cameFrom
    ? Math.max(1, 2 * merges.filter((m) => m.sessionId === cameFrom).length - 1)
    : 2 * merges.filter((m) => m.sessionId === session.id && m.undoneAt).length
  return crossings * 1000 + session.revision * 2 + (cancels ? 1 : 0)
}

/** Mentees keep their booking's id through merges and back; mentors have the session's. */
export const uidOf = ({ session }: SessionFacts, participant: Participant): string =>
  `session-${participant.bookingId ?? session.id}@punctual`
