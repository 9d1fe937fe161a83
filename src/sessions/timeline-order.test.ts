import { expect, test } from 'vitest'
import type { Entry } from './timeline.ts'
import { inOrder, type Placed } from './timeline-order.ts'

// Rows as they were written, a millisecond apart; the clock of the session stood still meanwhile.
const row = (ms: number) =>
  `${(1_770_000_000_000 + ms)
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`
const at = '2026-03-23T18:40:00Z'
const shown = (entries: Placed[]) => inOrder(entries).map(({ kind, state }) => `${kind} ${state}`)

test('at one instant of a standing clock, what happened stands in the order in which it happened', () => {
  const entries: Placed[] = [
    { at, kind: 'booked', state: 'booked', row: row(0), evidence: { revision: 1 } },
    { at, kind: 'effect', state: 'planned', effectKey: 'booked:p@1' },
    { at, kind: 'delivery', state: 'delivered', effectKey: 'booked:p@1', row: row(5) },
    { at, kind: 'delivery', state: 'delivered', effectKey: 'reminder:4_HOURS:p@1', row: row(10) },
    { at, kind: 'effect', state: 'planned', effectKey: 'reminder:4_HOURS:p@1' },
    { at, kind: 'reply', state: 'coming', row: row(20) },
    { at, kind: 'rescheduled', state: 'rescheduled', evidence: { revision: 2 } },
    { at, kind: 'delivery', state: 'delivered', effectKey: 'moved:p@2', row: row(30) },
    { at, kind: 'verdict', state: 'absent', row: row(40) },
    { at, kind: 'meeting_event', state: 'meeting.participant_joined', row: row(50) },
    { at, kind: 'verdict', state: 'late', row: row(60) },
    { at, kind: 'cancelled', state: 'cancelled' },
    { at, kind: 'delivery', state: 'delivered', effectKey: 'cancelled:p@2', row: row(70) },
    { at, kind: 'mirror', state: 'gone', row: row(1) },
  ]
  const expected = [
    'booked booked',
    'effect planned',
    'delivery delivered',
    'effect planned',
    'delivery delivered',
    'reply coming',
    'rescheduled rescheduled',
    'delivery delivered',
    'verdict absent',
    'meeting_event meeting.participant_joined',
    'verdict late',
    'cancelled cancelled',
    'delivery delivered',
    'mirror gone',
  ]
  expect(shown(entries)).toEqual(expected)
  expect(shown(entries.toReversed())).toEqual(expected)
})

test('a case is settled after it was opened, and nothing of the rows is shown', () => {
  const entries: Placed[] = [
    { at, kind: 'ops_action', state: 'case_settled', effectKey: 'missing:p@1' },
    { at, kind: 'ops_action', state: 'case_opened', effectKey: 'missing:p@1', row: row(3) },
    { at, kind: 'delivery', state: 'delivered', effectKey: 'booked:p@1', row: row(1) },
  ]
  expect(shown(entries)).toEqual(['delivery delivered', 'ops_action case_opened', 'ops_action case_settled'])
  expect(inOrder(entries).every((entry: Entry) => !('row' in entry))).toBe(true)
})

test('another time is another place, whenever it was written', () => {
  const entries: Placed[] = [
    { at: '2026-03-23T18:41:00Z', kind: 'reply', state: 'coming', row: row(1) },
    { at, kind: 'reply', state: 'message', row: row(9) },
  ]
  expect(shown(entries)).toEqual(['reply message', 'reply coming'])
})
