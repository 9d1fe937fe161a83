import { expect, test } from 'vitest'
import { firstMoment, wallAt, zonePeriods } from './zone-offsets.ts'

const ms = (text: string) => Temporal.Instant.from(text).epochMilliseconds
const wall = (text: string) => ms(`${text}Z`)
const HOUR = 3_600_000

test('the table reads what every wall clock reads, every few hours of three years', () => {
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const periods = zonePeriods(zone, ms('2026-01-01T00:00Z'), ms('2029-01-01T00:00Z'))
    for (let at = ms('2026-01-01T00:00Z'); at < ms('2029-01-01T00:00Z'); at += 7 * HOUR) {
      const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
      if (wallAt(periods, at) !== at + offsetNanoseconds / 1e6) expect.fail(`${zone} at ${at}`)
    }
  }
})

test('a reading that is left out comes at the change, one that comes twice comes first', () => {
  const periods = zonePeriods('Australia/Lord_Howe', ms('2026-01-01T00:00Z'), ms('2027-01-01T00:00Z'))
  // On 4 October 2026 half an hour from 02:00 is left out; on 5 April 01:30 to 02:00 comes twice.
  expect(firstMoment(periods, wall('2026-10-04T02:10'))).toBe(ms('2026-10-03T15:30Z'))
  expect(firstMoment(periods, wall('2026-10-04T02:30'))).toBe(ms('2026-10-03T15:30Z'))
  expect(firstMoment(periods, wall('2026-04-05T01:40'))).toBe(ms('2026-04-04T14:40Z'))
})

test('a later question about other years is answered as well', () => {
  for (const year of [2026, 2050, 1999, 2026]) {
    const at = ms(`${year}-07-01T12:00Z`)
    expect(wallAt(zonePeriods('Europe/Berlin', at, at), at)).toBe(at + 2 * HOUR)
  }
})

test('a zone nobody knows is refused', () => {
  expect(() => zonePeriods('Mars/Olympus', 0, 0)).toThrow(RangeError)
})
