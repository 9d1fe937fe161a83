import { expect, test } from 'vitest'
import type { GoogleEvent } from '../vendors/google-calendar.ts'
import { busyTime } from './busy-time.ts'

const event: GoogleEvent = {
  id: 'e',
  start: { dateTime: '2026-03-10T10:00:00+05:30' },
  end: { dateTime: '2026-03-10T11:00:00+05:30' },
}
const busy = (more: GoogleEvent) => {
  const during = busyTime({ ...event, ...more }, 'America/New_York')
  return during && [during.start.toString(), during.end.toString()]
}

test('an event takes its time in UTC', () => {
  expect(busy({})).toEqual(['2026-03-10T04:30:00Z', '2026-03-10T05:30:00Z'])
  expect(busy({ start: { dateTime: '2026-03-10T10:00:00', timeZone: 'Asia/Kolkata' } })).toEqual([
    '2026-03-10T04:30:00Z',
    '2026-03-10T05:30:00Z',
  ])
})

test('a day off runs from midnight to midnight where its owner lives, also when the clocks change', () => {
  expect(busy({ start: { date: '2026-03-08' }, end: { date: '2026-03-09' } })).toEqual([
    '2026-03-08T05:00:00Z',
    '2026-03-09T04:00:00Z',
  ])
})

test('declined, free, deleted, working location, birthday and empty ones take nothing', () => {
  expect(busy({ attendees: [{ self: true, responseStatus: 'declined' }] })).toBeNull()
  expect(busy({ transparency: 'transparent' })).toBeNull()
  expect(busy({ status: 'cancelled' })).toBeNull()
  expect(busy({ eventType: 'workingLocation' })).toBeNull()
  expect(busy({ eventType: 'birthday' })).toBeNull()
  expect(busy({ end: event.start! })).toBeNull()
  expect(busyTime({ id: 'only', status: 'confirmed' }, 'UTC')).toBeNull()
})

test("somebody else's no does not free the owner", () => {
  expect(busy({ attendees: [{ email: 'x@example.com', responseStatus: 'declined' }] })).not.toBeNull()
})
