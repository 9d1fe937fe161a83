import { expect, test } from 'vitest'
import { seededDice } from '../../test/support/dice.ts'
import type { Refusal } from '../errors.ts'
import { closedTimes } from './closed-times.ts'
import type { BookingFacts, Pair } from './facts.ts'
import { pairingOf } from './pairing.ts'

const DAY = 86_400_000
const FROM = Date.parse('2026-03-01T00:00:00Z')
const day = (n: number): string => new Date(FROM + n * DAY).toISOString().slice(0, 10)

const pair = (fields: Partial<Pair>): Pair => ({
  id: 'm',
  programmeId: 'p',
  booking: 'assigned',
  room: 'zoom',
  budget: null,
  used: 0,
  startsOn: day(0),
  endsOn: null,
  endedAt: null,
  createdAt: FROM,
  ...fields,
})
const factsOf = (pairs: Pair[], open: BookingFacts['open'] = null): BookingFacts =>
  ({ pairs, open }) as Pick<BookingFacts, 'pairs' | 'open'> as BookingFacts
const closed = (facts: BookingFacts, paused: string[] = []) =>
  closedTimes(facts, FROM, FROM + 10 * DAY, new Set(paused)).map(
    ({ start, end, reason }) => `${day((start - FROM) / DAY)} - ${day((end - FROM) / DAY)} ${reason}`,
  )

test('two people meet from the first day of their mentorship to the last', () => {
  expect(closed(factsOf([pair({ startsOn: day(2), endsOn: day(4) })]))).toEqual([
    '2026-03-01 - 2026-03-03 not_paired',
    '2026-03-06 - 2026-03-11 not_paired',
  ])
  expect(closed(factsOf([pair({ endedAt: FROM + 3 * DAY })]))).toEqual(['2026-03-04 - 2026-03-11 not_paired'])
  expect(closed(factsOf([]))).toEqual(['2026-03-01 - 2026-03-11 not_paired'])
})

test('the last session of one mentorship leaves the other one open', () => {
  const spent = pair({ budget: 2, used: 2 })
  expect(closed(factsOf([spent]))).toEqual(['2026-03-01 - 2026-03-11 budget_spent'])
  expect(closed(factsOf([spent, pair({ programmeId: 'q', startsOn: day(5) })]))).toEqual([
    '2026-03-01 - 2026-03-06 budget_spent',
  ])
})

test('a pause closes its programme only', () => {
  const both = factsOf([pair({}), pair({ programmeId: 'q' })])
  expect(closed(both, ['p'])).toEqual([])
  expect(closed(both, ['p', 'q'])).toEqual(['2026-03-01 - 2026-03-11 paused'])
})

test('an open programme is open to everybody but to a pair that somebody ended', () => {
  const open = { programmeId: 'p', room: 'zoom' as const, budget: 8 }
  expect(closed(factsOf([], open))).toEqual([])
  expect(closed(factsOf([pair({ endedAt: FROM + DAY })], open))).toEqual(['2026-03-02 - 2026-03-11 not_paired'])
})

test('at any moment of any pairs the times say what the booking would say', () => {
  const dice = seededDice(7)
  const roll = (sides: number) => Math.floor(dice() * sides)
  for (let round = 0; round < 500; round++) {
    const pairs = Array.from({ length: roll(4) }, (_, n) => {
      const starts = roll(8)
      return pair({
        id: `m${n}`,
        programmeId: 'pqr'.charAt(roll(3)),
        startsOn: day(starts),
        endsOn: roll(2) ? day(starts + roll(5)) : null,
        endedAt: roll(3) ? null : FROM + roll(240) * 3_600_000,
        budget: roll(2) ? roll(3) : null,
        used: roll(3),
      })
    })
    const facts = factsOf(pairs, roll(2) ? { programmeId: 'pqr'.charAt(roll(3)), room: 'meet', budget: 8 } : null)
    const times = closedTimes(facts, FROM, FROM + 10 * DAY, new Set())
    for (let hour = 0; hour < 240; hour += 1 + roll(7)) {
      const at = FROM + hour * 3_600_000
      const said = times.find(({ start, end }) => start <= at && at < end)?.reason ?? null
      expect(said, `${JSON.stringify(facts)} at ${new Date(at).toISOString()}`).toBe(refusalOf(facts, at))
    }
  }
})

/** Null when a booking is possible, of whichever mentorship. */
function refusalOf(facts: BookingFacts, at: number): string | null {
  const startsAt = Temporal.Instant.fromEpochMilliseconds(at)
  const told = [null, ...facts.pairs.map(({ id }) => id)].map((mentorshipId) => {
    try {
      const { budget, used } = pairingOf(facts, startsAt, mentorshipId)
      return budget !== null && used >= budget ? 'budget_spent' : null
    } catch (error) {
      return (error as Refusal).code
    }
  })
  if (told.includes(null)) return null
  return told.includes('budget_spent') ? 'budget_spent' : 'not_paired'
}
