import { expect, test } from 'vitest'
import { readZoomEvent } from './zoom-event.ts'

const now = Temporal.Instant.from('2026-03-10T09:00:00Z')
const event = (name: string, object: Record<string, unknown>, ts: unknown = now.epochMilliseconds) =>
  readZoomEvent({ event: name, event_ts: ts, payload: { account_id: 'us', object: { id: 123, ...object } } }, 'us', now)
const when = (name: string, object: Record<string, unknown>, ts?: unknown) =>
  event(name, object, ts).told?.occurredAt.toString()

test('what happened has the time of its own payload, else of the envelope, else of its arrival', () => {
  expect(when('meeting.started', { start_time: '2026-03-10T08:00:00Z' })).toBe('2026-03-10T08:00:00Z')
  expect(when('meeting.ended', { start_time: '2026-03-10T08:00:00Z', end_time: '2026-03-10T08:30:00Z' })).toBe(
    '2026-03-10T08:30:00Z',
  )
  expect(when('meeting.participant_left', { participant: { leave_time: '2026-03-10T08:10:00.0000000+00:00' } })).toBe(
    '2026-03-10T08:10:00Z',
  )
  expect(when('meeting.participant_admitted', { participant: { date_time: '2026-03-10T08:11:00Z' } })).toBe(
    '2026-03-10T08:11:00Z',
  )
  expect(when('meeting.participant_jbh_waiting', { participant: {} }, now.epochMilliseconds - 60_000)).toBe(
    '2026-03-10T08:59:00Z',
  )
  expect(when('meeting.participant_joined', { participant: { join_time: 'yesterday' } }, 'never')).toBe(now.toString())
  expect(when('meeting.participant_joined', { participant: { join_time: '2031-01-01T00:00:00Z' } })).toBe(
    now.toString(),
  )
})

test("a meeting's number is text, whichever way it comes", () => {
  expect(event('meeting.started', { id: 84512345678 }).told?.meetingId).toBe('84512345678')
  expect(event('meeting.started', { id: '84512345678' }).told?.meetingId).toBe('84512345678')
})

test('what is not in the documented shape is malformed, and nothing is made of it', () => {
  expect(
    [null, {}, { event: 'meeting.started' }, { event: 'meeting.started', payload: { object: {} } }].map(
      (body) => readZoomEvent(body, undefined, now).outcome,
    ),
  ).toEqual(['malformed', 'malformed', 'malformed', 'malformed'])
})
