import type { z } from '@hono/zod-openapi'
import { emailText, localeText, nameText, phoneText, type RoleName, roleName, words, zoneText } from '../fields.ts'
import { type Line, type LineError, readSheet } from './csv.ts'

export const PEOPLE = 'people.csv'
const COLUMNS = {
  required: ['email', 'name', 'role', 'time_zone'],
  optional: ['locale', 'phone', 'aliases', 'whatsapp_consent_at', 'whatsapp_consent_source'],
}

/** A person as the file wants one. An empty optional cell says nothing: it changes nothing. */
export type PersonLine = {
  line: number
  email: string
  name: string
  roles: RoleName[]
  timeZone: string
  locale: string | null
  phone: string | null
  aliases: string[]
  consent: { at: Temporal.Instant; source: string } | null
}

export type PeopleRules = {
  now: Temporal.Instant
  /** Only an admin may hand out ops and admin rights. */
  mayGrantRights: boolean
}

/** people.csv line by line: what each cell must be. Who is already known is a later question. */
export function peopleLines(text: string, rules: PeopleRules): { people: PersonLine[]; errors: LineError[] } {
  const { lines, errors } = readSheet(PEOPLE, text, COLUMNS)
  const people = lines.map((line) => personLine(line, rules, errors))
  errors.push(...sameAddressTwice(people))
  return { people, errors }
}

function personLine(line: Line, { now, mayGrantRights }: PeopleRules, errors: LineError[]): PersonLine {
  const cell = cells(line, errors)
  const roles = cell.list('role', roleName)
  if (!cell.text('role')) cell.wrong('role', 'must be mentor, mentee, ops or admin')
  if (!mayGrantRights && roles.some((role) => role === 'ops' || role === 'admin'))
    cell.wrong('role', 'must be mentor or mentee: only an admin gives rights')
  return {
    line: line.line,
    email: cell.required('email', emailText),
    name: cell.required('name', nameText),
    roles,
    timeZone: cell.required('time_zone', zoneText),
    locale: cell.optional('locale', localeText),
    phone: cell.optional('phone', phoneText),
    aliases: cell.list('aliases', emailText),
    consent: consentOf(cell, now),
  }
}

function consentOf(cell: Cells, now: Temporal.Instant): PersonLine['consent'] {
  const given = cell.text('whatsapp_consent_at')
  const source = cell.optional('whatsapp_consent_source', words(200))
  if (!given) {
    if (source) cell.wrong('whatsapp_consent_at', 'must say when, because a source is given')
    return null
  }
  if (!source) cell.wrong('whatsapp_consent_source', 'must say where the consent was given')
  if (source && !cell.text('phone')) cell.wrong('phone', 'must be given with a WhatsApp consent')
  const at = instantOrNull(given)
  if (!at) cell.wrong('whatsapp_consent_at', 'must be an instant such as 2026-02-14T09:30:00Z')
  else if (Temporal.Instant.compare(at, now) > 0) cell.wrong('whatsapp_consent_at', 'must not be in the future')
  return at && source ? { at, source } : null
}

function instantOrNull(text: string): Temporal.Instant | null {
  try {
    const at = Temporal.Instant.from(text)
    return at.toZonedDateTimeISO('UTC').year >= 2000 ? at : null
  } catch {
    return null
  }
}

function sameAddressTwice(people: PersonLine[]): LineError[] {
  const seen = new Map<string, number>()
  return people.flatMap(({ line, email, aliases }) =>
    [email, ...aliases].flatMap((address, index) => {
      const earlier = seen.get(address)
      seen.set(address, earlier ?? line)
      if (!address || earlier === undefined) return []
      return [
        {
          file: PEOPLE,
          line,
          column: index === 0 ? 'email' : 'aliases',
          rule: `${address} is already on line ${earlier}`,
        },
      ]
    }),
  )
}

export type Cells = ReturnType<typeof cells>

/** Reads a line's cells by rule and notes what is wrong; a wrong cell answers '' or null so that the others are read too. */
export function cells({ file, line, values }: Line, errors: LineError[]) {
  const text = (column: string): string => values[column] ?? ''
  const wrong = (column: string, rule: string): void => void errors.push({ file, line, column, rule })
  const optional = <T>(column: string, rule: z.ZodType<T>): T | null => {
    if (!text(column)) return null
    const parsed = rule.safeParse(text(column))
    if (parsed.success) return parsed.data
    wrong(column, parsed.error.issues[0]?.message ?? 'is not valid')
    return null
  }
  const required = (column: string, rule: z.ZodType<string>): string => {
    if (!text(column)) wrong(column, 'must not be empty')
    return optional(column, rule) ?? ''
  }
  /** Several values in one cell, separated by semicolons. */
  const list = <T>(column: string, rule: z.ZodType<T>): T[] => {
    const parts = text(column)
      .split(';')
      .map((part) => part.trim())
      .filter(Boolean)
    const parsed = parts.map((part) => rule.safeParse(part))
    const bad = parsed.find((result) => !result.success)
    if (bad?.error) wrong(column, bad.error.issues[0]?.message ?? 'is not valid')
    return [...new Set(parsed.flatMap((result) => (result.success ? [result.data] : [])))]
  }
  /** A whole number in a range; null when the cell is empty. */
  const number = (column: string, least: number, most: number): number | null => {
    const value = text(column)
    if (!value) return null
    if (/^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value)
    wrong(column, `must be a whole number from ${least} to ${most}`)
    return null
  }
  return { text, wrong, optional, required, list, number }
}
