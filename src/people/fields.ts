import { z } from '@hono/zod-openapi'
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import { withoutTurns } from '../cut.ts'

// What may be said about a person, wherever it is said: API, CSV, command line. Each rule is a sentence after "must".

export const nameText = words(200).openapi({ example: 'Asha Verma' })

export const emailText = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'must have at most 254 characters')
  .refine((text) => z.email().safeParse(text).success, 'must be an e-mail address')
  .openapi({ example: 'asha.verma@example.com', format: 'email' })

/** Comes in as people write it, with its country; goes on as E.164. */
export const phoneText = z
  .string()
  .max(40, 'must have at most 40 characters')
  .transform((text, check) => {
    const number = phoneNumber(text)
    if (number) return number
    check.addIssue({ code: 'custom', message: 'must be a phone number with its country, such as +91 98765 43210' })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '+919876543210' })

export const zoneText = z
  .string()
  .refine(isZone, 'must be an IANA time zone such as Asia/Kolkata')
  .openapi({ example: 'Asia/Kolkata' })

export const localeText = z
  .string()
  .max(35, 'must have at most 35 characters')
  .refine(isLocale, 'must be a language tag such as en or pt-BR')
  .openapi({ example: 'en' })

export const channelName = z.enum(['whatsapp', 'email'], 'must be whatsapp or email')
export const roleName = z.enum(['mentor', 'mentee', 'ops', 'admin'], 'must be mentor, mentee, ops or admin')
export type RoleName = z.infer<typeof roleName>

/** Text that a person reads, on one line. */
export function words(most: number) {
  return z
    .string()
    .overwrite(withoutTurns)
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
}

/** A day as people write it: 2026-03-23. */
export const dayText = z
  .string()
  .refine(isDay, 'must be a date such as 2026-03-23, between 2000 and 2199')
  .openapi({ format: 'date', example: '2026-03-23' })

// Ofcom keeps +44 7700 900xxx for drama; the numbering data does not know it, demo data everywhere does.
const DRAMA = /^\+447700900\d{3}$/

function phoneNumber(text: string): string | null {
  const parsed = parsePhoneNumberFromString(text, { extract: false })
  if (!parsed || !text.trim().startsWith('+') || parsed.ext) return null
  return parsed.isValid() || DRAMA.test(parsed.number) ? parsed.number : null
}

// A formatter costs more than all the rest of a mentor's hours, and there are about 600 zones; odd spellings find no room for ever.
const ZONES = new Set<string>()

// Intl alone would also take "+05:30", which knows no clock changes.
function isZone(text: string): boolean {
  if (ZONES.has(text)) return true
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    if (ZONES.size < 1_000) ZONES.add(text)
    return true
  } catch {
    return false
  }
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  try {
    const { year } = Temporal.PlainDate.from(text)
    return year >= 2000 && year < 2200
  } catch {
    return false
  }
}
