// A day's hours as people type them: "9-12, 13:30-17". Wall-clock minutes; a window past midnight ends after 1440.

export type Window = { from: number; to: number }

const DAY = 1440

/** The windows of a line, or null when it says something else. Empty, "closed", "none" and "-" are none. */
export function readWindows(text: string): Window[] | null {
  if (/^\s*(closed|none|-|–)?\s*$/i.test(text)) return []
  const windows = text
    .split(/[,;]/)
    .filter((part) => part.trim() !== '')
    .map(readWindow)
  return windows.includes(null) ? null : (windows as Window[])
}

function readWindow(text: string): Window | null {
  const [, from, to] =
    /^\s*(\d{1,2}(?:[:.]\d{2})?)\s*(?:-|–|—|to|until)\s*(\d{1,2}(?:[:.]\d{2})?)\s*$/i.exec(text) ?? []
  const [opens, closes] = [minuteOf(from), minuteOf(to)]
  if (opens === null || closes === null || opens === DAY) return null
  return { from: opens, to: closes > opens ? closes : closes + DAY }
}

function minuteOf(text: string | undefined): number | null {
  const [hour = '', minute = '00'] = (text ?? 'x').split(/[:.]/)
  const at = Number(hour) * 60 + Number(minute)
  return Number.isInteger(at) && Number(minute) < 60 && at <= DAY ? at : null
}

/** "09:00-12:00, 22:00-02:00" */
export const windowsText = (windows: readonly Window[]): string =>
  windows.map(({ from, to }) => `${clockOf(from)}-${to === DAY ? '24:00' : clockOf(to)}`).join(', ')

/** "09:30" of 570, also of 570 a day later. */
export const clockOf = (minute: number): string => {
  const at = ((minute % DAY) + DAY) % DAY
  return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`
}

/** In order, and what touches or overlaps is one. */
export function joinWindows(windows: readonly Window[]): Window[] {
  const joined: Window[] = []
  for (const { from, to } of windows.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last && from <= last.to) last.to = Math.min(Math.max(last.to, to), last.from + DAY)
    else joined.push({ from, to })
  }
  return joined
}

/** As the API wants one: `to` at or before `from` ends the next day. */
export const asStored = ({ from, to }: Window): { from: string; to: string } => ({
  from: clockOf(from),
  to: to === DAY ? '24:00' : clockOf(to),
})
export const asWindow = ({ from, to }: { from: string; to: string }): Window =>
  readWindow(`${from}-${to}`) ?? { from: 0, to: 0 }
