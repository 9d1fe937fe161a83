import { z } from '@hono/zod-openapi'
import { dayText, words, zoneText } from '../people/fields.ts'

export type * from './slots-question.ts'

// A mentor's UserCalendarConfig: what they say about their own time, on their own wall clock.

const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time with "Z" or an offset, such as "2026-03-08T09:00:00Z"' })
  .transform((text) => Temporal.Instant.from(text).toString())

const window = {
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be "HH:MM" from 00:00 to 23:59'),
  to: z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be "HH:MM" from 00:00 to 24:00'),
}

/** `from` and `to` are wall-clock times in the mentor's zone; `to` at or before `from` ends the next day. */
const dateWindow = z.strictObject(window)

const weekday = whole(1, 7, '1 (Monday) to 7 (Sunday)')
const weeklyWindow = z.strictObject({ weekday, ...window })

const override = z.strictObject({ date: dayText, windows: z.array(dateWindow).max(24, 'at most 24 windows on a date') })

const absence = z
  .strictObject({
    startsAt: instant,
    endsAt: instant,
    reason: words(200).optional(),
  })
  .refine(({ startsAt, endsAt }) => Temporal.Instant.compare(startsAt, endsAt) < 0, {
    when: ({ issues }) => issues.length === 0,
    path: ['endsAt'],
    error: 'must be after startsAt',
  })

/** The body of `PUT /api/v1/mentors/{id}/calendar-config`, and what is stored. Absences come out as UTC. */
export const calendarConfig = z.strictObject({
  timeZone: zoneText,
  weekly: z.array(weeklyWindow).max(200, 'at most 200 windows'),
  overrides: z
    .array(override)
    .max(400, 'at most 400 dates')
    .default([])
    .superRefine((overrides, check) => {
      const dates = new Set<string>()
      overrides.forEach(({ date }, index) => {
        if (dates.has(date)) check.addIssue({ code: 'custom', path: [index, 'date'], message: `${date} comes twice` })
        dates.add(date)
      })
    }),
  absences: z.array(absence).max(200, 'at most 200 absences').default([]),
  sessionMinutes: whole(5, 480, 'minutes from 5 to 480'),
  stepMinutes: whole(5, 1440, 'minutes from 5 to 1440').optional(),
  bufferBeforeMinutes: whole(0, 480, 'minutes from 0 to 480').default(0),
  bufferAfterMinutes: whole(0, 480, 'minutes from 0 to 480').default(0),
  minimumNoticeMinutes: whole(0, 129_600, 'minutes from 0 to 129600 (90 days)').default(12 * 60),
  horizonDays: whole(1, 730, 'days from 1 to 730').default(30),
  maxPerDay: whole(1, 100, 'sessions from 1 to 100').optional(),
  maxPerWeek: whole(1, 500, 'sessions from 1 to 500').optional(),
  calendarPolicy: z.enum(['refuse', 'accept'], 'must be "refuse" or "accept"').default('refuse'),
})

export type CalendarConfig = z.output<typeof calendarConfig>
export type TimeWindow = z.output<typeof dateWindow>

/** The pause a new session keeps after itself; what stands after earlier sessions is in their stored times already. */
export function gapMinutes(config: Pick<CalendarConfig, 'bufferBeforeMinutes' | 'bufferAfterMinutes'>): number {
  return Math.max(config.bufferBeforeMinutes, config.bufferAfterMinutes)
}

function whole(least: number, most: number, range: string) {
  const error = `must be a whole number of ${range}`
  return z.int(error).min(least, error).max(most, error)
}
