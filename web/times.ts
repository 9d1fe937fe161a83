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

/** What a wall clock reading, "2026-03-12T14:00" or with a space, is as an instant there; null for none. A reading that comes
 * twice is its first; one that a clock change leaves out is as much later. */
export function instantOf(wall: string, zone: string): string | null {
  const asUtc = Date.parse(`${wall.replace(' ', 'T').slice(0, 16)}:00Z`)
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(wall) || Number.isNaN(asUtc)) return null
  const offset = (at: number) => Date.parse(`${localOf(new Date(at).toISOString(), zone)}:00Z`) - at
  const [before, after] = [offset(asUtc - DAY), offset(asUtc + DAY)]
  const fits = [asUtc - Math.max(before, after), asUtc - Math.min(before, after)].find(
    (at) => at + offset(at) === asUtc,
  )
  return new Date(fits ?? asUtc - before).toISOString().replace('.000Z', 'Z')
}

const DAY = 86_400_000

/** "2026-03-12T14:00", the wall clock there: what a field for date and time speaks. */
export const localOf = (at: string, zone: string): string => `${dateOf(at, zone)}T${clock(at, zone)}`

/** "Thu 12 Mar" of "2026-03-12", which is in no zone. */
export const dayName = (date: string): string => day(`${date}T12:00:00Z`, 'UTC')

/** "2026-03-12" and `by` days: "2026-03-13". */
export const addDays = (date: string, by: number): string =>
  new Date(Date.parse(`${date}T12:00:00Z`) + by * DAY).toISOString().slice(0, 10)

/** The Monday of that date's week. */
export const mondayOf = (date: string): string => addDays(date, -((new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7))

/** The instant at which a date begins there. */
export const startOfDay = (date: string, zone: string): string => instantOf(`${date}T00:00`, zone) as string

/** Every zone this browser knows, and UTC. */
export const zones = (): string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])]

/** Nine o'clock of the next day there. */
export const nextMorning = (now: string, zone: string): string =>
  instantOf(`${addDays(dateOf(now, zone), 1)}T09:00`, zone) as string
