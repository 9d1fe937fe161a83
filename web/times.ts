// The only file of the app that shows a zone to a person. Instants come as ISO 8601 UTC.

const formats = new Map<string, Intl.DateTimeFormat>()

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`
  let found = formats.get(key)
  if (!found) {
    try {
      found = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone })
    } catch {
      // A zone this browser does not know is shown in UTC rather than not at all.
      found = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
    }
    formats.set(key, found)
  }
  return found
}

const parts = (at: string, zone: string, options: Intl.DateTimeFormatOptions): Record<string, string> =>
  Object.fromEntries(
    format(zone, options)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  )

/** "14:00" */
export const clock = (at: string, zone: string): string =>
  format(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at))

/** "Thu 12 Mar" */
export function day(at: string, zone: string): string {
  const { weekday, day, month } = parts(at, zone, { weekday: 'short', day: 'numeric', month: 'short' })
  return `${weekday} ${day} ${month?.slice(0, 3)}`
}

/** "Thu 12 Mar, 14:00" */
export const moment = (at: string, zone: string): string => `${day(at, zone)}, ${clock(at, zone)}`

/** "14:00" on the same day as `now`, else "Thu 12 Mar, 14:00". */
export const near = (at: string, now: string, zone: string): string =>
  dateOf(at, zone) === dateOf(now, zone) ? clock(at, zone) : moment(at, zone)

/** "2026-03-12", the date in that zone. */
export function dateOf(at: string, zone: string): string {
  const { year, month, day } = parts(at, zone, { year: 'numeric', month: '2-digit', day: '2-digit' })
  return `${year}-${month}-${day}`
}

/** "2026-03-12 14:00:00", wall clock in that zone: what the calendar component speaks. */
export const wallClock = (at: string, zone: string): string => `${dateOf(at, zone)} ${clock(at, zone)}:00`

/** "Kolkata" for Asia/Kolkata */
export const city = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')

/** "12 min", "3 h", "2 days": how long ago or until, without a direction. */
export function span(from: string, to: string): string {
  const minutes = Math.round(Math.abs(Date.parse(to) - Date.parse(from)) / 60_000)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`
  return `${Math.round(minutes / 1440)} days`
}

/** "2026-03-12T14:00", wall clock in that zone: what an input of the browser takes. */
export const localInput = (at: string, zone: string): string => `${dateOf(at, zone)}T${clock(at, zone)}`

/** The instant at which clocks in that zone show "2026-03-12T14:00"; in a gap of the clocks the hour after it. */
export function instantAt(local: string, zone: string): string {
  const wanted = Date.parse(`${local}:00Z`)
  // The zone's distance from UTC is read off at the guess; a second look is enough where the clocks change in between.
  let at = wanted
  for (let looks = 0; looks < 2; looks++)
    at += wanted - Date.parse(`${localInput(new Date(at).toISOString(), zone)}:00Z`)
  return new Date(at).toISOString()
}

/** Nine o'clock of the next day in that zone. */
export function nextMorning(now: string, zone: string): string {
  const noon = new Date(Date.parse(`${dateOf(now, zone)}T12:00:00Z`) + 86_400_000)
  return instantAt(`${noon.toISOString().slice(0, 10)}T09:00`, zone)
}
