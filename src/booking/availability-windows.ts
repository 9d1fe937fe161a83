import type { CalendarConfig, TimeWindow } from './availability.ts'

/** Wall-clock milliseconds (see zone-offsets.ts), `[from, to)`. */
export type Span = { from: number; to: number }

export const MINUTE = 60_000
export const DAY = 86_400_000

/** Days since 1970-01-01 of an ISO date. */
export const dayOf = (date: string) => Date.parse(date) / DAY

/**
 * The mentor's open hours on the wall clock, oldest first, at least all that touch `[from, to)` and a day beyond. Windows that
 * touch or overlap are one, also across midnight, and each begins where it really begins, however long before `from` that is:
 * the grid of starts is counted from there, so it must not depend on what was asked.
 */
export function joinedWindows(config: CalendarConfig, from: number, to: number): Span[] {
  const hours = openHours(config)
  const windows: Span[] = []
  let day = Math.floor(from / DAY) - 1
  while (continues(hours, day)) {
    if (hours.endless && day <= hours.firstOverride) {
      windows.push(endlessUntil(hours, day, config))
      day++
      break
    }
    day--
  }

  for (const lastDay = Math.floor(to / DAY) + 1; day <= lastDay; day++) {
    const midnight = day * DAY
    for (const span of hoursOn(hours, day)) join(windows, midnight + span.from, midnight + span.to)
  }
  return windows
}

/** Appends a span that begins no earlier than those before it. */
function join(windows: Span[], from: number, to: number) {
  const last = windows[windows.length - 1]
  if (last === undefined || from > last.to) windows.push({ from, to })
  else if (to > last.to) last.to = to
}

/** For every date its windows, counted from its midnight, joined and in order; one past midnight belongs to its first date. */
type OpenHours = {
  weekly: Span[][]
  overrides: Map<number, Span[]>
  firstOverride: number
  /** The weekly hours have no break at all. */
  endless: boolean
}

function openHours(config: CalendarConfig): OpenHours {
  const weekly: Span[][] = [[], [], [], [], [], [], []]
  for (const window of config.weekly) weekly[window.weekday - 1]?.push(spanOf(window))

  const overrides = new Map<number, Span[]>()
  let firstOverride = Infinity
  for (const { date, windows } of config.overrides) {
    const day = dayOf(date)
    overrides.set(day, joined(windows.map(spanOf)))
    firstOverride = Math.min(firstOverride, day)
  }

  const joinedWeek = weekly.map(joined)
  const endless = joinedWeek.every((today, index) => touches(joinedWeek[(index + 6) % 7], today))
  return { weekly: joinedWeek, overrides, firstOverride, endless }
}

// 1970-01-01 was a Thursday.
function hoursOn({ weekly, overrides }: OpenHours, day: number): Span[] {
  return overrides.get(day) ?? (weekly[(((day + 3) % 7) + 7) % 7] as Span[])
}

function continues(hours: OpenHours, day: number): boolean {
  return touches(hoursOn(hours, day - 1), hoursOn(hours, day))
}

// Does the last window of today go on from yesterday's? (No window is longer than a day, so nothing older can reach it; and
// what closes earlier today is over before tomorrow.)
function touches(yesterday: Span[] | undefined, today: Span[]): boolean {
  const before = yesterday?.at(-1)
  const last = today.at(-1)
  return before !== undefined && last !== undefined && last.from <= before.to - DAY
}

// Open day and night since ever: there is no first moment to count from, so the grid counts from Monday 5 January 1970.
function endlessUntil(hours: OpenHours, day: number, config: CalendarConfig): Span {
  const monday = 4 * DAY
  const step = (config.stepMinutes ?? config.sessionMinutes) * MINUTE
  const since = (day - 1) * DAY
  const until = day * DAY + (hoursOn(hours, day).at(-1)?.to ?? 0)
  return { from: monday + Math.floor((since - monday) / step) * step, to: until }
}

function spanOf({ from, to }: TimeWindow): Span {
  const opens = minuteOfDay(from) * MINUTE
  const closes = minuteOfDay(to) * MINUTE
  return { from: opens, to: closes > opens ? closes : closes + DAY }
}

function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

function joined(spans: Span[]): Span[] {
  const joined: Span[] = []
  for (const { from, to } of spans.sort((a, b) => a.from - b.from)) join(joined, from, to)
  return joined
}
