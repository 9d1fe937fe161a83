import { languageOf } from '../words/catalogue.ts'
import { cityOf, shortTime } from '../words/times.ts'

/** Times as the messages say them, always in somebody's own zone; the zone by its city. */

export type Zone = string

export const dayOf = (at: Temporal.Instant, zone: Zone): Temporal.PlainDate =>
  at.toZonedDateTimeISO(known(zone)).toPlainDate()

/** "14:00" */
export const clock = (at: Temporal.Instant, zone: Zone): string =>
  at.toZonedDateTimeISO(known(zone)).toPlainTime().toString({ smallestUnit: 'minute' })

/** "Thu 12 Mar, 14:00" */
export const moment = (at: Temporal.Instant, zone: Zone, lang: string): string =>
  shortTime(at, known(zone), languageOf(lang))

/** "Thu 12 Mar" */
export const day = (at: Temporal.Instant, zone: Zone, lang: string): string =>
  moment(at, zone, lang).slice(0, -', 14:00'.length)

/** "14:00" on the same day, else "Thu 12 Mar, 14:00". */
export const near = (at: Temporal.Instant, now: Temporal.Instant, zone: Zone, lang: string): string =>
  dayOf(at, zone).equals(dayOf(now, zone)) ? clock(at, zone) : moment(at, zone, lang)

export const city = cityOf

export const startOfDay = (date: Temporal.PlainDate, zone: Zone): Temporal.Instant =>
  date.toZonedDateTime(known(zone)).toInstant()

/** Whole minutes from `now` until `at`, rounded up; negative when it has passed. */
export const minutesUntil = (at: Temporal.Instant, now: Temporal.Instant): number =>
  Math.ceil((at.epochMilliseconds - now.epochMilliseconds) / 60_000)

const ZONES = new Map<Zone, Zone>()

/** A zone this machine does not know is shown in UTC rather than not at all. */
function known(zone: Zone): Zone {
  let found = ZONES.get(zone)
  if (found === undefined) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      found = zone
    } catch {
      found = 'UTC'
    }
    ZONES.set(zone, found)
  }
  return found
}
