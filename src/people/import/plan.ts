import { isDeepStrictEqual } from 'node:util'
import { newId } from '../../ids.ts'
import type { LineError } from './csv.ts'
import { CALENDAR, type CalendarLine, HOURS, type HoursLine } from './hours-lines.ts'
import type { Known, KnownAccount, KnownPair } from './known.ts'
import { MENTORSHIPS, type MentorshipLine } from './mentorship-lines.ts'
import { PEOPLE, type PersonLine } from './people-lines.ts'

export type Lines = {
  people: PersonLine[]
  hours: HoursLine[]
  calendars: CalendarLine[]
  mentorships: MentorshipLine[]
}

export type Count = { created: number; updated: number; unchanged: number }
export type AccountRow = Omit<KnownAccount, 'aliases' | 'consentAt'>
export type ConfigRow = { accountId: string; config: Record<string, unknown> }
export type PairRow = Omit<KnownPair, 'ended'>

/** Everything an import would write, and what that comes to. */
export type Plan = {
  newAccounts: AccountRow[]
  changedAccounts: AccountRow[]
  aliases: { email: string; accountId: string }[]
  consents: { id: string; accountId: string; grantedAt: Temporal.Instant; source: string }[]
  configs: ConfigRow[]
  newPairs: PairRow[]
  changedPairs: PairRow[]
  counts: { people: Count; hours: Count; mentorships: Count }
}

/** Lines against what is known. Pure: a dry run is this alone. With errors the plan must not be written. */
export function planImport(lines: Lines, known: Known, now: Temporal.Instant): { plan: Plan; errors: LineError[] } {
  const errors: LineError[] = []
  const people = planPeople(lines.people, known, errors)
  const hours = planHours(lines, known, people.after, errors)
  const pairs = planPairs(lines.mentorships, known, people.after, now, errors)
  return {
    plan: {
      ...people.rows,
      ...hours.rows,
      ...pairs.rows,
      counts: { people: people.count, hours: hours.count, mentorships: pairs.count },
    },
    errors,
  }
}

type People = Pick<Plan, 'newAccounts' | 'changedAccounts' | 'aliases' | 'consents'>

function planPeople(lines: PersonLine[], known: Known, errors: LineError[]) {
  const rows: People = { newAccounts: [], changedAccounts: [], aliases: [], consents: [] }
  const count = zero()
  /** Who is behind an address once the file is in. */
  const after = new Map<string, AccountRow>([...known.accounts])
  const lineOf = new Map<string, PersonLine>()

  for (const person of lines) {
    const before = known.accounts.get(person.email)
    const row = accountRow(person, before)
    const earlier = lineOf.get(row.id)
    // The same address twice is said where the lines are read.
    if (earlier && earlier.email !== person.email)
      errors.push({
        file: PEOPLE,
        line: person.line,
        column: 'email',
        rule: `is another address of the person on line ${earlier.line}`,
      })
    lineOf.set(row.id, person)
    for (const address of [person.email, row.email, ...(before?.aliases ?? [])]) after.set(address, row)

    const aliases = person.aliases.filter((address) => !(before && [before.email, ...before.aliases].includes(address)))
    for (const email of aliases) {
      if (known.accounts.has(email))
        errors.push({ file: PEOPLE, line: person.line, column: 'aliases', rule: `${email} belongs to somebody else` })
      after.set(email, row)
      rows.aliases.push({ email, accountId: row.id })
    }
    const consent = consentToWrite(person, before)
    if (consent) rows.consents.push({ id: newId(), accountId: row.id, grantedAt: consent.at, source: consent.source })

    if (!before) rows.newAccounts.push(row)
    else if (!sameAccount(before, row)) rows.changedAccounts.push(row)
    const changed = before && (!sameAccount(before, row) || aliases.length > 0 || consent !== null)
    count[before ? (changed ? 'updated' : 'unchanged') : 'created'] += 1
  }
  return { rows, count, after }
}

function accountRow(person: PersonLine, before: KnownAccount | undefined): AccountRow {
  // A file says why somebody is here; rights of ops and admin are never taken away by one.
  const rights = (before?.roles ?? []).filter((role) => role === 'ops' || role === 'admin')
  return {
    id: before?.id ?? newId(),
    email: before?.email ?? person.email,
    name: person.name,
    phone: person.phone ?? before?.phone ?? null,
    timeZone: person.timeZone,
    locale: person.locale ?? before?.locale ?? 'en',
    roles: [...new Set([...person.roles, ...rights])].sort(),
  }
}

const sameAccount = (before: KnownAccount, { name, phone, timeZone, locale, roles }: AccountRow): boolean =>
  before.name === name &&
  before.phone === phone &&
  before.timeZone === timeZone &&
  before.locale === locale &&
  isDeepStrictEqual([...before.roles].sort(), roles)

// An old file must not undo a STOP: only a consent newer than the last word on the matter counts.
const consentToWrite = ({ consent }: PersonLine, before: KnownAccount | undefined): PersonLine['consent'] =>
  consent && (!before?.consentAt || Temporal.Instant.compare(consent.at, before.consentAt) > 0) ? consent : null

// As PUT calendar-config would store it: every field that has a default is written out.
const MOST_WINDOWS = 200
const DEFAULT_CALENDAR = {
  overrides: [],
  absences: [],
  sessionMinutes: 30,
  stepMinutes: 30,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 10,
  minimumNoticeMinutes: 720,
  horizonDays: 30,
  calendarPolicy: 'refuse',
}

function planHours({ hours, calendars }: Lines, known: Known, after: Map<string, AccountRow>, errors: LineError[]) {
  const rows: ConfigRow[] = []
  const count = zero()
  const said = new Map<
    string,
    { mentor: AccountRow; windows: HoursLine[]; calendar: CalendarLine | null; at: { file: string; line: number } }
  >()
  const mentorOf = (file: string, { email, line }: HoursLine | CalendarLine) => {
    const mentor = after.get(email)
    if (email && !mentor) errors.push({ file, line, column: 'email', rule: `${email} is nobody's address` })
    else if (mentor && isOnly('mentee', mentor))
      errors.push({ file, line, column: 'email', rule: `${email} is not a mentor` })
    if (!mentor) return null
    const entry = said.get(mentor.id) ?? { mentor, windows: [], calendar: null, at: { file, line } }
    said.set(mentor.id, entry)
    return entry
  }
  for (const window of hours) mentorOf(HOURS, window)?.windows.push(window)
  for (const calendar of calendars) {
    const entry = mentorOf(CALENDAR, calendar)
    if (entry) entry.calendar = calendar
  }

  for (const { mentor, windows, calendar, at } of said.values()) {
    const before = known.configs.get(mentor.id)
    const wanted = {
      ...(before ?? DEFAULT_CALENDAR),
      ...calendar?.settings,
      timeZone: mentor.timeZone,
      weekly:
        windows.length > 0 ? windows.map(({ weekday, from, to }) => ({ weekday, from, to })) : (before?.weekly ?? []),
    }
    if (windows.length > MOST_WINDOWS)
      errors.push({ ...at, rule: `${mentor.email} must have at most ${MOST_WINDOWS} windows` })
    const same = before && isDeepStrictEqual(before, wanted)
    if (!same) rows.push({ accountId: mentor.id, config: wanted })
    count[before ? (same ? 'unchanged' : 'updated') : 'created'] += 1
  }
  return { rows: { configs: rows }, count }
}

function planPairs(
  lines: MentorshipLine[],
  known: Known,
  after: Map<string, AccountRow>,
  now: Temporal.Instant,
  errors: LineError[],
) {
  const rows: Pick<Plan, 'newPairs' | 'changedPairs'> = { newPairs: [], changedPairs: [] }
  const count = zero()
  const today = now.toZonedDateTimeISO('UTC').toPlainDate().toString()
  const pairKey = (programmeId: string, mentorId: string, menteeId: string) => [programmeId, mentorId, menteeId].join()
  const pairs = Map.groupBy(known.pairs, (pair) => pairKey(pair.programmeId, pair.mentorId, pair.menteeId))
  const seen = new Map<string, number>()

  for (const line of lines) {
    const wrong = (column: string, rule: string) => errors.push({ file: MENTORSHIPS, line: line.line, column, rule })
    const programme = known.programmes.get(line.programme)
    if (line.programme && !programme) wrong('programme', `there is no programme "${line.programme}"`)
    const mentor = after.get(line.mentor)
    const mentee = after.get(line.mentee)
    if (line.mentor && !mentor) wrong('mentor_email', `${line.mentor} is nobody's address`)
    if (line.mentee && !mentee) wrong('mentee_email', `${line.mentee} is nobody's address`)
    if (!programme || !mentor || !mentee) continue
    if (isOnly('mentee', mentor)) wrong('mentor_email', `${line.mentor} is not a mentor`)
    if (isOnly('mentor', mentee)) wrong('mentee_email', `${line.mentee} is not a mentee`)
    if (mentor.id === mentee.id) wrong('mentee_email', 'must be another person than the mentor')
    const key = pairKey(programme.id, mentor.id, mentee.id)
    const earlier = seen.get(key)
    if (earlier !== undefined) wrong('mentee_email', `is the same pair as line ${earlier}`)
    seen.set(key, line.line)

    // A pair that ended stays ended when its old line comes again; a later start is a new beginning.
    const all = pairs.get(key) ?? []
    const before =
      all.find(({ ended }) => !ended) ?? all.find(({ startsOn }) => !line.startsOn || startsOn >= line.startsOn)
    const startsOn = line.startsOn ?? before?.startsOn ?? today
    const endsOn = line.endsOn ?? before?.endsOn ?? null
    if (endsOn && endsOn < startsOn) wrong('ends_on', 'must not be before starts_on')
    const sessions = line.sessions ?? (before ? before.sessions : programme.defaultBudget)
    const row = {
      id: before?.id ?? newId(),
      programmeId: programme.id,
      mentorId: mentor.id,
      menteeId: mentee.id,
      sessions,
      startsOn,
      endsOn,
    }
    const same =
      before &&
      (before.ended || (before.sessions === sessions && before.startsOn === startsOn && before.endsOn === endsOn))
    if (!before) rows.newPairs.push(row)
    else if (!same) rows.changedPairs.push(row)
    count[before ? (same ? 'unchanged' : 'updated') : 'created'] += 1
  }
  return { rows, count }
}

const zero = (): Count => ({ created: 0, updated: 0, unchanged: 0 })

// Roles say why somebody was invited: who was invited for nothing in particular may become either.
const isOnly = (role: 'mentor' | 'mentee', { roles }: AccountRow): boolean =>
  roles.includes(role) && !roles.includes(role === 'mentor' ? 'mentee' : 'mentor')
