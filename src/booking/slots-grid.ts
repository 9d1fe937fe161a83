import type { CalendarConfig } from './availability.ts'
import { DAY, joinedWindows, MINUTE } from './availability-windows.ts'
import { firstMoment, type Period, wallAt, zonePeriods } from './zone-offsets.ts'

/** One joined window with its starts; all times are epoch ms. */
export type OpenWindow = {
  opens: number
  closes: number
  /** The grid's starts in the asked range at which a whole session fits. */
  starts: number[]
  /** From here to `closes` a session would not end inside the window. */
  fitsUntil: number
  /** Clock changes in the asked range that leave out one or more starts of the grid. */
  skipped: number[]
}

/**
 * The mentor's windows around `[from, to)` and the starts in it, whatever is taken. The grid runs on the wall clock from the
 * window's beginning: "every full hour" stays that after a clock change. A reading that is left out has no start, one that
 * comes twice has its first; a session lasts its minutes in real time and has to end inside the window.
 */
export function openWindows(config: CalendarConfig, from: number, to: number): OpenWindow[] {
  const periods = zonePeriods(config.timeZone, from - 2 * DAY, to + 3 * DAY)
  const wallFrom = wallAt(periods, from)
  const session = config.sessionMinutes * MINUTE
  const step = (config.stepMinutes ?? config.sessionMinutes) * MINUTE

  let index = 0
  let period = periods[0] as Period
  return joinedWindows(config, wallFrom, wallAt(periods, to)).map((window) => {
    const opens = firstMoment(periods, window.from)
    const closes = firstMoment(periods, window.to)
    const starts: number[] = []
    const skipped: number[] = []
    let fitsUntil = closes

    // Whatever the clock changes, a reading earlier than the one at `from` first came before `from`.
    const before = Math.max(0, Math.floor((wallFrom - window.from) / step))
    let wall = window.from + before * step
    for (; wall < window.to; wall += step) {
      while (wall >= period.to + period.offset) period = periods[++index] as Period
      const start = wall - period.offset
      if (start >= to) break
      if (start < period.from) {
        if (period.from >= from && period.from < to && skipped.at(-1) !== period.from) skipped.push(period.from)
        continue
      }
      if (start + session > closes) {
        fitsUntil = start
        break
      }
      if (start >= from) starts.push(start)
    }
    return { opens, closes, starts, fitsUntil, skipped }
  })
}
