import { z } from '@hono/zod-openapi'
import { emailText } from '../fields.ts'
import { type LineError, readSheet } from './csv.ts'
import { cells } from './people-lines.ts'

export const HOURS = 'hours.csv'
export const CALENDAR = 'calendar.csv'

export type HoursLine = { line: number; email: string; weekday: number; from: string; to: string }

const from = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be "HH:MM" from 00:00 to 23:59')
const to = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be "HH:MM" from 00:00 to 24:00')

/** hours.csv: weekly windows on the mentor's own wall clock. Windows that touch or overlap are one; the same line twice is a mistake. */
export function hoursLines(text: string): { hours: HoursLine[]; errors: LineError[] } {
  const { lines, errors } = readSheet(HOURS, text, { required: ['email', 'weekday', 'from', 'to'], optional: [] })
  const seen = new Map<string, number>()
  const hours = lines.map((line) => {
    const cell = cells(line, errors)
    if (!cell.text('weekday')) cell.wrong('weekday', 'must not be empty')
    const window = {
      line: line.line,
      email: cell.required('email', emailText),
      weekday: cell.number('weekday', 1, 7) ?? 0,
      from: cell.required('from', from),
      to: cell.required('to', to),
    }
    const key = [window.email, window.weekday, window.from, window.to].join(' ')
    const earlier = seen.get(key)
    if (earlier !== undefined) errors.push({ file: HOURS, line: line.line, rule: `is the same as line ${earlier}` })
    seen.set(key, earlier ?? line.line)
    return window
  })
  return { hours, errors }
}

/** What else a mentor's calendar says; null = as it was, or the default. */
export type CalendarLine = { line: number; email: string; settings: Partial<Record<Setting, number>> }

const SETTINGS = {
  session_minutes: ['sessionMinutes', 5, 480],
  step_minutes: ['stepMinutes', 5, 1440],
  buffer_before: ['bufferBeforeMinutes', 0, 480],
  buffer_after: ['bufferAfterMinutes', 0, 480],
  minimum_notice: ['minimumNoticeMinutes', 0, 129_600],
  horizon_days: ['horizonDays', 1, 730],
  max_per_day: ['maxPerDay', 1, 100],
  max_per_week: ['maxPerWeek', 1, 500],
} as const
type Setting = (typeof SETTINGS)[keyof typeof SETTINGS][0]

/** calendar.csv (optional): session length, step, pauses in minutes, notice in minutes, horizon in days, caps. */
export function calendarLines(text: string): { calendars: CalendarLine[]; errors: LineError[] } {
  const { lines, errors } = readSheet(CALENDAR, text, { required: ['email'], optional: Object.keys(SETTINGS) })
  const seen = new Map<string, number>()
  const calendars = lines.map((line) => {
    const cell = cells(line, errors)
    const email = cell.required('email', emailText)
    const earlier = seen.get(email)
    if (email && earlier !== undefined) cell.wrong('email', `${email} is already on line ${earlier}`)
    seen.set(email, earlier ?? line.line)
    const settings = Object.entries(SETTINGS).flatMap(([column, [name, least, most]]) => {
      const value = cell.number(column, least, most)
      return value === null ? [] : [[name, value] as const]
    })
    return { line: line.line, email, settings: Object.fromEntries(settings) }
  })
  return { calendars, errors }
}
