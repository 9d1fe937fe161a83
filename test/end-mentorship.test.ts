import { afterAll, beforeAll, expect, test } from 'vitest'
import { endMentorship } from '../src/booking/end-mentorship.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { merge } from '../src/sessions/merge.ts'
import { type BookingWorld, bookingWorld } from './support/booking.ts'

let world: BookingWorld
beforeAll(async () => {
  world = await bookingWorld()
})
afterAll(() => world.drop())

test('while a pair is being ended, a booking under way is either cancelled with the rest or refused', async () => {
  for (let round = 0; round < 8; round += 1) {
    const [asha, ravi, spring] = [
      await world.mentor('Asha'),
      await world.person('Ravi'),
      await world.programme(`Spring ${round}`, { room: 'meet', booking: 'assigned' }),
    ]
    const id = await world.pair(spring, asha, ravi, 8)
    const booking = [10, 11, 12, 13, 14, 15].map((hour) => world.book(ravi, asha, `2026-03-10T${hour}:00:00Z`))
    const ask = { at: world.clock.now(), reason: 'Asha moves on', successorMentorId: null, dryRun: false }
    const [ended, ...booked] = await Promise.all([
      endMentorship(world.house, SYSTEM, id, ask, world.clock.now()),
      ...booking,
    ])

    for (const { status, body } of booked)
      expect(status === 201 ? 'booked' : body.code).toMatch(/^(booked|not_paired)$/)
    const left = await world.db
      .selectFrom('user_calendar_booking')
      .select('id')
      .where('mentorship_id', '=', id)
      .where('cancelled_at', 'is', null)
      .execute()
    expect(left).toEqual([])
    expect(ended.affected).toHaveLength(booked.filter(({ status }) => status === 201).length)
    const held = await world.db
      .selectFrom('commitment')
      .select('id')
      .where('holder_id', '=', asha)
      .where('released_at', 'is', null)
      .execute()
    expect(held).toEqual([])
  }
})

test('a pair ends whose two bookings had become one session', async () => {
  const [asha, ravi, spring] = [
    await world.mentor('Asha'),
    await world.person('Ravi'),
    await world.programme('Winter', { room: 'meet' }),
  ]
  const id = await world.pair(spring, asha, ravi)
  const one = (await world.book(ravi, asha, '2026-03-11T10:00:00Z')).body
  const two = (await world.book(ravi, asha, '2026-03-11T11:00:00Z')).body
  const sessionIds = [one.sessionId, two.sessionId]
  await merge(world.db, SYSTEM, { sessionIds, reason: 'One hour is enough' }, world.clock.now())
  const ask = { at: world.clock.now(), reason: 'Asha moves on', successorMentorId: null, dryRun: false }
  const ended = await endMentorship(world.house, SYSTEM, id, ask, world.clock.now())

  expect(ended.affected.map(({ bookingId }) => bookingId).sort()).toEqual([one.id, two.id].sort())
  const open = await world.db
    .selectFrom('user_calendar_booking')
    .select('id')
    .where('mentorship_id', '=', id)
    .where('cancelled_at', 'is', null)
    .execute()
  expect(open).toEqual([])
})

test('a mentor cannot follow themself, nor the mentee be their own mentor', async () => {
  const [asha, ravi, spring] = [await world.mentor('Asha'), await world.person('Ravi'), await world.programme('Autumn')]
  const id = await world.pair(spring, asha, ravi)
  for (const [successorMentorId, rule] of [
    [asha, 'must be another mentor'],
    [ravi, 'must not be the mentee'],
    [spring, 'must be a person who is active'],
  ] as const) {
    const ask = { at: world.clock.now(), reason: 'x', successorMentorId, dryRun: true }
    await expect(endMentorship(world.house, SYSTEM, id, ask, world.clock.now())).rejects.toThrow(rule)
  }
})
