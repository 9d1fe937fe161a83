import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBefore } from '../interval.ts'
import { ASHA, asha, at, ravi, sessionFacts } from './example-session.ts'
import { plan } from './plan.ts'
import { nightAround } from './quiet.ts'

const bookedFor = (startsAt: Temporal.Instant, timeZone: string, scheduledAt = at('09:00', '2026-03-09')) => {
  const joined = (p: typeof asha) => ({ ...p, timeZone, joinedAt: scheduledAt })
  return sessionFacts({
    session: { startsAt, endsAt: startsAt.add({ minutes: 30 }), scheduledAt, publishedAt: scheduledAt },
    participants: [ravi, asha].map(joined),
  })
}
const dueOf = (facts: ReturnType<typeof sessionFacts>, meaning: string) => {
  const message = plan(facts).find((m) => m.participantId === ASHA && m.meaning === meaning)
  return message?.dueAt.toZonedDateTimeISO(facts.participants[1]!.timeZone).toPlainDateTime().toString()
}

test('a four-hour reminder that falls into the night goes out at a quarter to nine the evening before', () => {
  expect(dueOf(bookedFor(at('09:00'), 'Europe/London'), 'reminder 4_HOURS')).toBe('2026-03-11T20:45:00')
})

test('half-hour zones have the same quarter', () => {
  expect(dueOf(bookedFor(at('04:30'), 'Asia/Kolkata'), 'reminder 4_HOURS')).toBe('2026-03-11T20:45:00')
})

test('the night of a clock change is as long as the clock says', () => {
  const night = nightAround(sessionFacts(), { ...asha, timeZone: 'America/New_York' }, at('05:00', '2026-03-08'))
  expect(night?.start.until(night.end).total('hours')).toBe(10)
  expect(
    dueOf(bookedFor(at('14:00', '2026-03-08'), 'America/New_York', at('09:00', '2026-03-01')), 'reminder 4_HOURS'),
  ).toBe('2026-03-07T20:45:00')
})

test('booked late in the evening for tomorrow noon: the booking is told in the morning, the day after next keeps the night', () => {
  expect(dueOf(bookedFor(at('12:00'), 'Europe/London', at('22:00', '2026-03-11')), 'booked')).toBe(
    '2026-03-12T08:00:00',
  )
})

test('booked inside twelve hours: told at once, at any hour, and asked, because the reminder came too late', () => {
  const facts = bookedFor(at('09:00'), 'Europe/London', at('23:00', '2026-03-11'))
  expect(dueOf(facts, 'booked')).toBe('2026-03-11T23:00:00')
  expect(plan(facts).find((m) => m.meaning === 'booked' && m.participantId === ASHA)?.detail.asks).toBe(true)
})

test('nothing that is not exempt is due in its recipient’s night, in any zone, at any hour', () => {
  const zones = fc.constantFrom(
    'Asia/Kolkata',
    'America/New_York',
    'Europe/London',
    'Australia/Lord_Howe',
    'Pacific/Chatham',
    'America/Los_Angeles',
    'Asia/Kathmandu',
  )
  fc.assert(
    fc.property(
      zones,
      fc.integer({ min: 0, max: 366 * 96 }),
      fc.integer({ min: 15, max: 20 * 24 * 60 }),
      (timeZone, quarter, lead) => {
        const startsAt = at('00:00', '2026-01-20').add({ minutes: quarter * 15 })
        const facts = bookedFor(startsAt, timeZone, startsAt.subtract({ minutes: lead }))
        for (const message of plan(facts).filter((m) => !m.exempt)) {
          const night = nightAround(facts, facts.participants[1]!, message.dueAt)
          expect(night, `${message.key} due ${message.dueAt}`).toBeNull()
          expect(isBefore(message.dueAt, message.expiresAt)).toBe(true)
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('who has not heard of a session yet hears of it as it is now, and nothing at all when it is called off before', () => {
  const revision = (number: number, startsAt: Temporal.Instant, cause: 'booked' | 'rescheduled') => ({
    revision: number,
    startsAt,
    endsAt: startsAt.add({ minutes: 30 }),
    room: 'zoom' as const,
    madeAt: at('09:00', '2026-03-09'),
    madeBy: 'a test',
    cause,
  })
  const moved = sessionFacts({
    session: { revision: 2 },
    revisions: [revision(1, at('12:00'), 'booked'), revision(2, at('10:00'), 'rescheduled')],
  })
  const told = {
    key: `booked:${ASHA}@1`,
    meaning: 'booked',
    decision: 'send' as const,
    reason: null,
    recipientId: asha.accountId,
    dueAt: at('09:00', '2026-03-09'),
    expiresAt: at('12:00'),
    decidedAt: at('09:00', '2026-03-09'),
    detail: {},
  }
  const notice = (facts: typeof moved) =>
    plan(facts)
      .filter((m) => m.participantId === ASHA)
      .map((m) => m.meaning)
      .find((meaning) => ['booked', 'moved', 'cancelled'].includes(meaning))
  expect(notice(moved)).toBe('booked')
  expect(notice({ ...moved, ledger: [told] })).toBe('moved')
  const off = { ...moved, session: { ...moved.session, cancelledAt: at('21:00', '2026-03-11'), cancelReason: 'ill' } }
  expect(notice(off)).toBeUndefined()
  expect(notice({ ...off, ledger: [told] })).toBe('cancelled')
})
