import { z } from 'zod'

/** A point in time as a scenario writes it: an instant, a wall clock in a zone, or so long before or after a session. */
export type Moment = { at: Temporal.Instant } | { session: string; edge: 'start' | 'end'; offset: Temporal.Duration }

const RELATIVE = /^([a-z][a-z0-9-]*)( end)?(?: ([+-])(\d{1,4})(s|m|h|d))?$/
const UNITS = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days' } as const
export const MOMENT_RULE =
  'must be like 2026-03-24T09:00Z, 2026-03-24T14:30[Asia/Kolkata] or, from a session, "ravi-asha -4h" or "ravi-asha end +90m"'

/** `2026-03-24T09:00Z`, `2026-03-24T14:30[Asia/Kolkata]`, `ravi-asha -4h`, `ravi-asha end +90m`; null when it is none. */
export function readMoment(text: string): Moment | null {
  const relative = RELATIVE.exec(text)
  if (relative?.[1]) {
    const [, session, end, sign, number = '0', unit = 'm'] = relative
    // Days of 24 hours: what is planned from a session's start is counted in elapsed time.
    const whole =
      unit === 'd' ? { hours: 24 * Number(number) } : { [UNITS[unit as keyof typeof UNITS]]: Number(number) }
    const offset = Temporal.Duration.from(whole)
    return { session, edge: end ? 'end' : 'start', offset: sign === '-' ? offset.negated() : offset }
  }
  try {
    if (text.includes('['))
      return { at: Temporal.ZonedDateTime.from(text, { offset: 'reject', disambiguation: 'reject' }).toInstant() }
    return { at: Temporal.Instant.from(text) }
  } catch {
    return null
  }
}

export const moment = z
  .string()
  .max(80)
  .refine((text) => readMoment(text) !== null, MOMENT_RULE)
