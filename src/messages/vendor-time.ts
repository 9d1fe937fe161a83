/** Meta's time: whole seconds since 1970 as text. What cannot be read, or lies far ahead, is `now`. */
export function vendorTime(value: unknown, now: Temporal.Instant): Temporal.Instant {
  const seconds = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > 1e11) return now
  const at = Temporal.Instant.fromEpochMilliseconds(Math.trunc(seconds * 1000))
  return Temporal.Instant.compare(at, now.add({ hours: 24 })) < 0 ? at : now
}
