import type { Interval } from '../interval.ts'
import type { GoogleEvent } from '../vendors/google-calendar.ts'

/** Kinds of entries that say where or who, not that somebody is taken. */
const NEVER_BUSY = new Set(['workingLocation', 'birthday'])

/**
 * The time an event takes from its owner, or null when it takes none: declined, shown as free, deleted, a working location,
 * or without length. All-day events run from midnight to midnight in `timeZone`, the owner's.
 */
export function busyTime(event: GoogleEvent, timeZone: string): Interval | null {
  if (event.status === 'cancelled' || event.transparency === 'transparent') return null
  if (NEVER_BUSY.has(event.eventType ?? 'default') || isDeclined(event)) return null
  const span = spanOf(event, timeZone)
  return span && Temporal.Instant.compare(span.start, span.end) < 0 ? span : null
}

/** The owner said no; Google still lists the event. */
export const isDeclined = (event: GoogleEvent): boolean =>
  event.attendees?.some(({ self, responseStatus }) => self === true && responseStatus === 'declined') ?? false

/** Start and end as instants; null when Google's text is none (deleted events carry only their id). */
export function spanOf(event: GoogleEvent, timeZone: string): Interval | null {
  const start = instant(event.start, timeZone)
  const end = instant(event.end, timeZone)
  return start && end ? { start, end } : null
}

function instant(when: GoogleEvent['start'], timeZone: string): Temporal.Instant | null {
  try {
    if (when?.dateTime)
      return hasOffset(when.dateTime)
        ? Temporal.Instant.from(when.dateTime)
        : local(when.dateTime, when.timeZone ?? timeZone)
    return when?.date ? local(when.date, timeZone) : null
  } catch {
    return null
  }
}

const hasOffset = (text: string): boolean => /(Z|[+-]\d{2}:?\d{2})$/.test(text)
const local = (text: string, timeZone: string): Temporal.Instant =>
  Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).toInstant()
