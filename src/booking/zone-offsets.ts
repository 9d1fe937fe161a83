// The clock changes of a zone as plain numbers, so that thousands of wall-clock times become instants without asking the
// zone database for each (a look-up here costs a few hundredths of what Temporal takes). Temporal fills the table.
// A "wall" number is what the clock on the wall reads, counted in milliseconds as if that reading were UTC.

/** The zone keeps one `offset` (wall = instant + offset, ms) from `from` until before `to` (instants, epoch ms). */
export type Period = { readonly from: number; readonly to: number; readonly offset: number }

/**
 * The periods of an IANA zone, oldest first, right for every instant between `from` and `to` (epoch ms). The first reaches
 * back and the last reaches on for ever. Throws a RangeError for an unknown zone.
 */
export function zonePeriods(timeZone: string, from: number, to: number): readonly Period[] {
  const known = tables.get(timeZone)
  if (known && known.from <= from && to <= known.to) return known.periods

  // A year more to either side, so that the questions of the coming months find it ready.
  const table = { from: from - YEAR, to: to + YEAR, periods: readPeriods(timeZone, from - YEAR, to + YEAR) }
  // Zone names are accepted in any case, so the number of spellings has to be bounded here.
  if (tables.size >= 1000) tables.clear()
  tables.set(timeZone, table)
  return table.periods
}

/** What the wall clock reads at this instant. */
export function wallAt(periods: readonly Period[], instant: number): number {
  for (const period of periods) if (instant < period.to) return instant + period.offset
  throw new RangeError(`${instant} is not an instant`)
}

/**
 * The first instant at which the wall clock reads at least this: the first occurrence of a reading that comes twice, and the
 * moment of the change for a reading that is left out.
 */
export function firstMoment(periods: readonly Period[], wall: number): number {
  for (const { from, to, offset } of periods) if (wall < to + offset) return Math.max(from, wall - offset)
  throw new RangeError(`${wall} is not a wall-clock time`)
}

const YEAR = 366 * 86_400_000
const tables = new Map<string, { from: number; to: number; periods: readonly Period[] }>()

function readPeriods(timeZone: string, from: number, to: number): Period[] {
  const periods: Period[] = []
  let since = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone)
  for (;;) {
    const next = since.getTimeZoneTransition('next')
    const last = next === null || next.epochMilliseconds > to
    periods.push({
      from: periods.length === 0 ? -Infinity : since.epochMilliseconds,
      to: last ? Infinity : next.epochMilliseconds,
      offset: since.offsetNanoseconds / 1_000_000,
    })
    if (last) return periods
    since = next
  }
}
