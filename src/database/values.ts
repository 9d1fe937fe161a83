import type { ColumnType } from 'kysely'
import pg from 'pg'
import { type Interval, toRange } from '../interval.ts'

/** A tstzrange column: read as an interval, written as one or as PostgreSQL's own text. */
export type IntervalColumn = ColumnType<Interval, Interval | string, Interval | string>

/**
 * A jsonb column. Its shape is the reader's to state. An array must be written as text (`JSON.stringify`): the driver
 * takes a bare one for a PostgreSQL array.
 */
// biome-ignore lint/suspicious/noExplicitAny: the database does not know the shape
export type JsonColumn = ColumnType<any, object | string | number | boolean, object | string | number | boolean>

/**
 * PostgreSQL's text for a column -> our value. Given to each pool by itself: pg's own `setTypeParser` is global and would
 * change every other user of the driver in the process.
 */
export const typeParsers = {
  getTypeParser(oid: number, format?: string) {
    return (format === 'binary' ? undefined : PARSERS[oid]) ?? pg.types.getTypeParser(oid, format as 'text')
  },
}

/** A query's parameters as the driver can send them: an instant is no JSON, and `undefined` is a bug, not a null. */
export function writeParameters(values: readonly unknown[]): unknown[] {
  return values.map((value, index) => {
    if (value === undefined)
      throw new TypeError(`Query parameter $${index + 1} is undefined; write null if null is meant.`)
    return writeValue(value)
  })
}

function writeValue(value: unknown): unknown {
  if (value instanceof Temporal.Instant || value instanceof Temporal.PlainDate) return value.toString()
  if (Array.isArray(value)) return value.map(writeValue)
  return isInterval(value) ? toRange(value) : value
}

function isInterval(value: unknown): value is Interval {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false
  const { start, end } = value as Partial<Interval>
  return start instanceof Temporal.Instant && end instanceof Temporal.Instant
}

// `2026-01-01 10:00:00+00` is a valid ISO 8601 string for Temporal, blank and short offset included.
const instant = (text: string) => Temporal.Instant.from(text)

const FINITE_RANGE = /^\["([^"]+)","([^"]+)"\)$/

function interval(text: string): Interval {
  const [, start, end] = FINITE_RANGE.exec(text) ?? []
  if (!start || !end) throw new RangeError(`Not a finite range closed on the left and open on the right: ${text}`)
  return { start: instant(start), end: instant(end) }
}

function whole(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`An int8 beyond 2^53 cannot be read as a number: ${text}`)
  return number
}

const arrayOf =
  <T>(parse: (text: string) => T) =>
  (text: string): (T | null)[] =>
    (pg.types.getTypeParser(TEXT_ARRAY as number) as (text: string) => (string | null)[])(text).map((item) =>
      item === null ? null : parse(item),
    )

const TEXT_ARRAY = 1009

// Keys are PostgreSQL's fixed type ids (pg_type.dat).
const PARSERS: Record<number, (text: string) => unknown> = {
  20: whole, // int8
  1016: arrayOf(whole), // int8[]
  1082: (text) => text, // date: a wall-clock day, never a Date at somebody's midnight
  1182: arrayOf((text) => text), // date[]
  1083: (text) => text, // time
  1184: instant, // timestamptz
  1185: arrayOf(instant), // timestamptz[]
  3910: interval, // tstzrange
  3911: arrayOf(interval), // tstzrange[]
}
