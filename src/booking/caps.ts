import type { Interval } from '../interval.ts'
import type { CalendarConfig } from './availability.ts'

/** The mentor's own day and ISO week of a start, for whoever has a cap; null for whoever has none. */
export function capRanges(
  config: CalendarConfig,
  startsAt: Temporal.Instant,
): { day: Interval | null; week: Interval | null } {
  if (config.maxPerDay === undefined && config.maxPerWeek === undefined) return { day: null, week: null }
  const day = startsAt.toZonedDateTimeISO(config.timeZone).startOfDay()
  const monday = day
    .toPlainDate()
    .subtract({ days: day.dayOfWeek - 1 })
    .toZonedDateTime(config.timeZone)
  return {
    day: config.maxPerDay === undefined ? null : range(day, 1),
    week: config.maxPerWeek === undefined ? null : range(monday, 7),
  }
}

const range = (from: Temporal.ZonedDateTime, days: number): Interval => ({
  start: from.toInstant(),
  end: from.toPlainDate().add({ days }).toZonedDateTime(from.timeZoneId).toInstant(),
})
