import { expect, test } from 'vitest'
import { type DayFacts, daySummary, settleDay } from './day.ts'
import { asha, at, ravi, says, sessionFacts } from './example-session.ts'
import { DEFAULT_POLICY } from './policy.ts'

// Kolkata is UTC+5:30: its 09:00 is 03:30 UTC. Ravi and Asha meet at 10:00 UTC, 15:30 there.
const day = (given: Partial<DayFacts> = {}): DayFacts => ({
  programme: { id: 'p', name: 'First steps', timeZone: 'Asia/Kolkata', createdAt: at('09:00', '2026-01-01') },
  policy: DEFAULT_POLICY,
  sessions: [sessionFacts()],
  openCases: 0,
  ledger: [],
  ...given,
})

test('at nine in the programme’s own zone ops hear once how the day stands', () => {
  expect(settleDay(day(), at('03:29'))).toMatchObject({ decisions: [], wakeAt: at('03:30') })
  const { decisions, wakeAt } = settleDay(day(), at('03:30'))
  expect(decisions).toMatchObject([
    { decision: 'send', message: { key: 'digest:p@2026-03-12', detail: { sessions: 1, unconfirmed: 1 } } },
  ])
  expect(wakeAt).toEqual(at('03:30', '2026-03-13'))
  expect(settleDay(day({ ledger: [{ key: 'digest:p@2026-03-12' }] }), at('03:31')).decisions).toEqual([])
})

test('a day without sessions needs no message, and one that is late by more than an hour is not sent', () => {
  const nothing = settleDay(day({ sessions: [] }), at('03:30')).decisions
  expect(nothing).toMatchObject([{ decision: 'skipped', reason: 'no sessions that day' }])
  expect(settleDay(day(), at('04:30')).decisions).toMatchObject([{ decision: 'send' }])
  expect(settleDay(day(), at('04:31')).decisions).toMatchObject([
    { decision: 'skipped', reason: 'late by more than an hour' },
  ])
})

test('the message comes at nine on the wall clock, also on the day the clocks change', () => {
  const berlin = day({ programme: { ...day().programme, timeZone: 'Europe/Berlin' } })
  expect(settleDay(berlin, at('12:00', '2026-03-28')).wakeAt).toEqual(at('07:00', '2026-03-29'))
  expect(settleDay(berlin, at('12:00', '2026-03-27')).wakeAt).toEqual(at('08:00', '2026-03-28'))
})

test('the numbers count people once, and only what is of this day and still true', () => {
  const second = { ...ravi, calendar: { connectionId: 'k', broken: true } }
  const silent = { ...asha, channels: [] }
  const facts = day({
    openCases: 3,
    sessions: [
      sessionFacts({ participants: [second, silent] }),
      sessionFacts({
        participants: [second, asha],
        session: { startsAt: at('11:00'), endsAt: at('11:30') },
        replies: [says(asha, 'coming', at('02:00'))],
      }),
      sessionFacts({ session: { startsAt: at('12:00'), endsAt: at('12:30'), cancelledAt: at('01:00') } }),
      sessionFacts({ session: { startsAt: at('19:00'), endsAt: at('19:30') } }),
    ],
  })
  expect(daySummary(facts, at('03:30'))).toMatchObject({
    date: '2026-03-12',
    sessions: 2,
    unconfirmed: 1,
    disconnectedCalendars: 1,
    unreachable: 1,
    openCases: 3,
  })
})

test('what is due tonight is what goes out after the hours of ops, and not what they can still watch', () => {
  // 19:00 in Kolkata is 13:30 UTC. A session at 20:00 UTC: reminders at 16:00, 19:30 and 19:55 UTC, for two people each.
  const late = sessionFacts({ session: { startsAt: at('20:00'), endsAt: at('20:30') } })
  const tonight = daySummary(day({ sessions: [late] }), at('03:30')).dueTonight
  const early = sessionFacts({ session: { startsAt: at('09:00'), endsAt: at('09:30') } })
  expect(tonight).toBe(6)
  expect(daySummary(day({ sessions: [early] }), at('03:30')).dueTonight).toBe(0)
})
