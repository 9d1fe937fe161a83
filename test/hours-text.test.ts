import { expect, test } from 'vitest'
import { joinWindows, readWindows, windowsText } from '../web/hours/windows-text.ts'
import { instantOf, localOf } from '../web/times.ts'

/** How a day's hours are typed in the app, and which instants a wall clock means. */

test.each([
  ['9-12, 13:30-17', '09:00-12:00, 13:30-17:00'],
  ['9.15 – 10; 22 to 2', '09:15-10:00, 22:00-02:00'],
  ['0-24', '00:00-24:00'],
  ['closed', ''],
  ['', ''],
  ['9-12,', '09:00-12:00'],
])('“%s” is read as “%s”', (typed, read) => {
  expect(windowsText(readWindows(typed) ?? [])).toBe(read)
})

test.each(['mornings', '9', '25-26', '9:75-10', '24-3', '9-12 13-14'])('“%s” is not read as hours', (typed) => {
  expect(readWindows(typed)).toBe(null)
})

test('windows that touch or overlap are one', () => {
  expect(windowsText(joinWindows(readWindows('13-15, 9-12, 12-13, 18-19') ?? []))).toBe('09:00-15:00, 18:00-19:00')
})

test.each([
  ['2026-03-12T14:00', 'Asia/Kolkata', '2026-03-12T08:30:00Z'],
  ['2026-03-12 14:00:00', 'UTC', '2026-03-12T14:00:00Z'],
  // Left out on the night the clocks go forward: as much later. Twice when they go back: the first.
  ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30:00Z'],
  ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00Z'],
  ['2026-03-29T00:00', 'Europe/London', '2026-03-29T00:00:00Z'],
  ['2026-12-31T23:59', 'Pacific/Kiritimati', '2026-12-31T09:59:00Z'],
])('%s in %s is %s', (wall, zone, instant) => {
  expect(instantOf(wall, zone)).toBe(instant)
  const exact = Temporal.PlainDateTime.from(wall.replace(' ', 'T')).toZonedDateTime(zone).toInstant()
  expect(instant).toBe(exact.toString())
})

test('what is no wall clock is no instant, and every instant goes there and back', () => {
  expect([instantOf('', 'UTC'), instantOf('2026-02-31', 'UTC'), instantOf('tomorrow', 'UTC')]).toEqual([
    null,
    null,
    null,
  ])
  expect(instantOf(localOf('2026-10-25T00:30:00Z', 'Europe/London'), 'Europe/London')).toBe('2026-10-25T00:30:00Z')
})
