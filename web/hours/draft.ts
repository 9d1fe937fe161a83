import type { CalendarConfig } from '../../src/booking/availability.ts'
import { instantOf, localOf } from '../times.ts'
import { asStored, asWindow, readWindows, windowsText } from './windows-text.ts'

/** The hours as they stand in the form: what was typed, also where it says nothing yet. */
export type Draft = {
  timeZone: string
  /** Monday first: "9-12, 13:30-17" */
  days: string[]
  overrides: { date: string; text: string }[]
  /** Wall clock of `timeZone`: "2026-03-12T09:00" */
  absences: { from: string; to: string; reason: string }[]
  sessionMinutes: string
  stepMinutes: string
  bufferBeforeMinutes: string
  bufferAfterMinutes: string
  noticeHours: string
  horizonDays: string
  maxPerDay: string
  maxPerWeek: string
  calendarPolicy: 'refuse' | 'accept'
}

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

const HOW = 'Write times like 9-12, 13:30-17, or “closed”.'

export function draftOf(config: CalendarConfig): Draft {
  const { timeZone, weekly, overrides, absences } = config
  return {
    timeZone,
    days: WEEKDAYS.map((_, day) =>
      windowsText(
        weekly
          .filter(({ weekday }) => weekday === day + 1)
          .map(asWindow)
          .toSorted((a, b) => a.from - b.from),
      ),
    ),
    overrides: overrides.map(({ date, windows }) => ({ date, text: windowsText(windows.map(asWindow)) })),
    absences: absences.map(({ startsAt, endsAt, reason = '' }) => ({
      from: localOf(startsAt, timeZone),
      to: localOf(endsAt, timeZone),
      reason,
    })),
    sessionMinutes: String(config.sessionMinutes),
    stepMinutes: String(config.stepMinutes ?? ''),
    bufferBeforeMinutes: String(config.bufferBeforeMinutes),
    bufferAfterMinutes: String(config.bufferAfterMinutes),
    noticeHours: String(config.minimumNoticeMinutes / 60),
    horizonDays: String(config.horizonDays),
    maxPerDay: String(config.maxPerDay ?? ''),
    maxPerWeek: String(config.maxPerWeek ?? ''),
    calendarPolicy: config.calendarPolicy,
  }
}

/** By the form's own fields: `days.0`, `overrides.1.date`, `absences.0.to`, `sessionMinutes`. */
export type Mistakes = Record<string, string>

/** What the API is sent. Only what cannot be sent at all is a mistake here; every rule is the server's. */
export function configOf(draft: Draft): { config: CalendarConfig; mistakes: Mistakes } {
  const mistakes: Mistakes = {}
  const windows = (text: string, field: string) => {
    const read = readWindows(text)
    if (read === null) mistakes[field] = HOW
    return (read ?? []).map(asStored)
  }
  const instant = (text: string, field: string) => {
    const at = instantOf(text, draft.timeZone)
    if (at === null) mistakes[field] = 'Choose a date and a time.'
    return at ?? ''
  }
  const optional = (name: 'stepMinutes' | 'maxPerDay' | 'maxPerWeek') =>
    draft[name].trim() === '' ? {} : { [name]: Number(draft[name]) }
  const config = {
    timeZone: draft.timeZone,
    weekly: draft.days.flatMap((text, day) =>
      windows(text, `days.${day}`).map((one) => ({ weekday: day + 1, ...one })),
    ),
    overrides: draft.overrides.map(({ date, text }, i) => {
      if (date === '') mistakes[`overrides.${i}.date`] = 'Choose a date.'
      return { date, windows: windows(text, `overrides.${i}.text`) }
    }),
    absences: draft.absences.map(({ from, to, reason }, i) => ({
      startsAt: instant(from, `absences.${i}.from`),
      endsAt: instant(to, `absences.${i}.to`),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
    })),
    sessionMinutes: numberOf(draft.sessionMinutes),
    ...optional('stepMinutes'),
    bufferBeforeMinutes: numberOf(draft.bufferBeforeMinutes),
    bufferAfterMinutes: numberOf(draft.bufferAfterMinutes),
    minimumNoticeMinutes: Math.round(numberOf(draft.noticeHours) * 60),
    horizonDays: numberOf(draft.horizonDays),
    ...optional('maxPerDay'),
    ...optional('maxPerWeek'),
    calendarPolicy: draft.calendarPolicy,
  } as CalendarConfig
  return { config, mistakes }
}

// Nothing typed is no number; JSON says null, and the server says what it must be.
const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

/** The fields of a problem document where they stand in the form. */
export function mistakesOf(errors: unknown, config: CalendarConfig): Mistakes {
  if (!Array.isArray(errors)) return {}
  const known = (errors as { field: string; rule: string }[]).map(({ field, rule }): [string, string] => {
    const [list = '', index = '', rest = ''] = field.split('.')
    if (list === 'weekly') return [`days.${(config.weekly[Number(index)]?.weekday ?? 1) - 1}`, rule]
    if (list === 'overrides') return [`overrides.${index}.${rest === 'date' ? 'date' : 'text'}`, rule]
    if (list === 'absences')
      return [`absences.${index}.${rest === 'startsAt' ? 'from' : rest === 'endsAt' ? 'to' : 'reason'}`, rule]
    return [list === 'minimumNoticeMinutes' ? 'noticeHours' : list, rule]
  })
  return Object.fromEntries(known)
}

/** What differs, by name, as a person calls it. */
export function changesBetween(a: Draft, b: Draft): string[] {
  const named = (name: string, isSame: boolean) => (isSame ? [] : [name])
  const same = (x: unknown, y: unknown) => JSON.stringify(x) === JSON.stringify(y)
  const day = (text: string | undefined) => windowsText(readWindows(text ?? '') ?? []) || (text ?? '').trim()
  return [
    ...named('time zone', a.timeZone === b.timeZone),
    ...WEEKDAYS.flatMap((name, i) => named(name, day(a.days[i]) === day(b.days[i]))),
    ...named(
      'other hours on a date',
      same(
        a.overrides.map(({ date, text }) => [date, day(text)]),
        b.overrides.map(({ date, text }) => [date, day(text)]),
      ),
    ),
    ...named('absences', same(a.absences, b.absences)),
    ...RULES.flatMap(([field, name]) => named(name, a[field] === b[field])),
  ]
}

const RULES = [
  ['sessionMinutes', 'length'],
  ['stepMinutes', 'starts'],
  ['bufferBeforeMinutes', 'gap before'],
  ['bufferAfterMinutes', 'gap after'],
  ['noticeHours', 'notice'],
  ['horizonDays', 'horizon'],
  ['maxPerDay', 'most a day'],
  ['maxPerWeek', 'most a week'],
  ['calendarPolicy', 'calendar'],
] as const
