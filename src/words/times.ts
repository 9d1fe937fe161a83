import { IntlMessageFormat } from 'intl-messageformat'
import { CATALOGUES, type Language } from './catalogue.ts'

/**
 * A time as a person reads it: "Thu 12 Mar, 14:00 (your time, Kolkata) · 04:30 New York". The other zone is named only
 * where its clock differs, and its day only where that differs too. The one place, beside the web app's, that shows a zone.
 */
export function timeFor(instant: Temporal.Instant, timeZone: string, language: Language, otherZone?: string): string {
  const mine = instant.toZonedDateTimeISO(timeZone)
  const own = say(language, 'yourTime', { day: dayOf(mine, language), clock: clockOf(mine), city: cityOf(timeZone) })
  if (!otherZone) return own
  const other = instant.toZonedDateTimeISO(otherZone)
  if (other.offsetNanoseconds === mine.offsetNanoseconds) return own
  const sameDay = Temporal.PlainDate.compare(mine.toPlainDate(), other.toPlainDate()) === 0
  const phrase = sameDay ? 'otherTime' : 'otherDayTime'
  return `${own} · ${say(language, phrase, { day: dayOf(other, language), clock: clockOf(other), city: cityOf(otherZone) })}`
}

/** Without the zone, for lists of times: "Fri 13 Mar, 10:00". */
export function shortTime(instant: Temporal.Instant, timeZone: string, language: Language): string {
  const local = instant.toZonedDateTimeISO(timeZone)
  return `${dayOf(local, language)}, ${clockOf(local)}`
}

/** 'Asia/Kolkata' is Kolkata, 'America/Argentina/Buenos_Aires' is Buenos Aires. */
export const cityOf = (timeZone: string): string => timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? timeZone

export const clockOf = (local: Temporal.ZonedDateTime): string =>
  local.toPlainTime().toString({ smallestUnit: 'minute' })

const NAMES: Record<Language, string> = { en: 'en-GB', hi: 'hi-IN' }
const formats = new Map<Language, Intl.DateTimeFormat>()

/** "Thu 12 Mar", in Latin digits in every language: the same as the clock beside it. */
function dayOf(local: Temporal.ZonedDateTime, language: Language): string {
  const format =
    formats.get(language) ??
    new Intl.DateTimeFormat(NAMES[language], {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      timeZone: 'UTC',
      numberingSystem: 'latn',
    })
  formats.set(language, format)
  const noon = local.toPlainDate().toZonedDateTime({ timeZone: 'UTC', plainTime: '12:00' })
  const parts = Object.fromEntries(format.formatToParts(noon.epochMilliseconds).map((p) => [p.type, p.value]))
  return `${parts.weekday} ${parts.day} ${parts.month}`
}

/** A phrase of the catalogue with its arguments filled in. */
export const say = (language: Language, phrase: string, values: Record<string, string | number> = {}): string =>
  fill(CATALOGUES[language].phrases[phrase] ?? missing(phrase), language, values)

const parsed = new Map<string, IntlMessageFormat>()

/** One ICU text with its arguments; throws when one is missing (our own bug). */
export function fill(text: string, language: Language, values: Record<string, string | number>): string {
  const key = `${language} ${text}`
  const format = parsed.get(key) ?? new IntlMessageFormat(text, NAMES[language], undefined, { ignoreTag: true })
  parsed.set(key, format)
  return String(format.format(values))
}

const missing = (phrase: string): never => {
  throw new Error(`No phrase ${phrase}`)
}
