/** Half-open [start, end): a session that ends at 10:30 and one that starts at 10:30 do not touch. */
export type Interval = { start: Temporal.Instant; end: Temporal.Instant }

/** The article's arithmetic: bookingStart < existingEnd && bookingEnd > existingStart. */
export const overlaps = (a: Interval, b: Interval): boolean =>
  Temporal.Instant.compare(a.start, b.end) < 0 && Temporal.Instant.compare(a.end, b.start) > 0

export const contains = (interval: Interval, instant: Temporal.Instant): boolean =>
  Temporal.Instant.compare(interval.start, instant) <= 0 && Temporal.Instant.compare(instant, interval.end) < 0

export const minutesBetween = (from: Temporal.Instant, to: Temporal.Instant): number =>
  (to.epochMilliseconds - from.epochMilliseconds) / 60_000

export const earlier = (a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(a, b) <= 0 ? a : b
export const later = (a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(a, b) >= 0 ? a : b
export const isBefore = (a: Temporal.Instant, b: Temporal.Instant): boolean => Temporal.Instant.compare(a, b) < 0
export const isDue = (dueAt: Temporal.Instant, now: Temporal.Instant): boolean =>
  Temporal.Instant.compare(dueAt, now) <= 0

/** PostgreSQL's text for tstzrange, always '[)'. */
export const toRange = ({ start, end }: Interval): string => `[${start.toString()},${end.toString()})`
