import { type CalendarConfig, calendarConfig } from '../booking/availability.ts'
import type { Form } from './form.ts'

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** Beside what is there, so many empty lines to add one. */
export const SPARE = 2
export const MOST_LINES = 60

export type Read = { config: CalendarConfig } | { wrong: string }

/** The hours as typed: a line of windows for each weekday and date, absences in the mentor's own wall-clock time. */
export function readHours(form: Form): Read {
  const timeZone = form('timeZone')
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    return { wrong: 'Time zone: must be an IANA time zone such as Asia/Kolkata.' }
  }
  try {
    const lines = Array.from({ length: MOST_LINES }, (_, i) => i)
    const given = {
      timeZone,
      weekly: WEEKDAYS.flatMap((day, i) =>
        windowsIn(form(`day${i + 1}`), day).map((one) => ({ weekday: i + 1, ...one })),
      ),
      overrides: lines.flatMap((i) =>
        form(`date${i}`) ? [{ date: form(`date${i}`), windows: windowsIn(form(`windows${i}`), form(`date${i}`)) }] : [],
      ),
      absences: lines.flatMap((i) => {
        const [from, to, reason] = [form(`away${i}`), form(`back${i}`), form(`why${i}`)]
        if (!from && !to) return []
        return [{ startsAt: instant(from, timeZone), endsAt: instant(to, timeZone), ...(reason ? { reason } : {}) }]
      }),
      sessionMinutes: Number(form('sessionMinutes')),
      ...optional('stepMinutes', form),
      bufferBeforeMinutes: Number(form('bufferBeforeMinutes')),
      bufferAfterMinutes: Number(form('bufferAfterMinutes')),
      minimumNoticeMinutes: Math.round(Number(form('noticeHours')) * 60),
      horizonDays: Number(form('horizonDays')),
      ...optional('maxPerDay', form),
      ...optional('maxPerWeek', form),
      calendarPolicy: form('calendarPolicy') === 'accept' ? 'accept' : 'refuse',
    }
    const parsed = calendarConfig.safeParse(given)
    if (parsed.success) return { config: parsed.data }
    return { wrong: parsed.error.issues.map(({ path, message }) => `${path.join(' ')}: ${message}`).join('; ') }
  } catch (error) {
    if (error instanceof Typed) return { wrong: error.message }
    throw error
  }
}

class Typed extends Error {}

const optional = (name: string, form: Form) => (form(name) === '' ? {} : { [name]: Number(form(name)) })

/** "09:00-12:00, 14:00 – 17:30", also "9-12"; "closed" or nothing is none. */
export function windowsIn(text: string, where: string): { from: string; to: string }[] {
  if (/^\s*(closed|none|-)?\s*$/i.test(text)) return []
  return text.split(/[,;]/).map((part) => {
    const [, from, to] = /^\s*(\d{1,2}(?:[:.]\d{2})?)\s*(?:-|–|—|to)\s*(\d{1,2}(?:[:.]\d{2})?)\s*$/i.exec(part) ?? []
    if (!from || !to) throw new Typed(`${where}: write windows like 09:00-12:00, 14:00-17:00, or “closed”.`)
    return { from: padded(from), to: padded(to) }
  })
}

const padded = (time: string): string => {
  const [hour = '', minute = '00'] = time.split(/[:.]/)
  return `${hour.padStart(2, '0')}:${minute}`
}

function instant(text: string, timeZone: string): string {
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).toInstant().toString()
  } catch {
    throw new Typed('An absence needs both its beginning and its end.')
  }
}

export const windowsText = (windows: readonly { from: string; to: string }[]): string =>
  windows.map(({ from, to }) => `${from}-${to}`).join(', ')

export const localText = (at: string, timeZone: string): string =>
  Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainDateTime().toString({ smallestUnit: 'minute' })
