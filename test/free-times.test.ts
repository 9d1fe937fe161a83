import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { type BookingWorld, bookingWorld } from './support/booking.ts'

// What is shown as free must be bookable, and what is not says the reason that a booking would be given.

let world: BookingWorld
let programme: string
let ravi: string
let mina: string
beforeAll(async () => {
  world = await bookingWorld()
})
afterAll(() => world.drop())
beforeEach(async () => {
  programme = await world.programme(`Assigned ${newId()}`, { booking: 'assigned', room: 'meet' })
  ravi = await world.mentor('Ravi')
  mina = await world.person('Mina', ['mentee'])
})

const TEN = '2026-03-10T10:00:00Z'
const times = (who: string, query = '') =>
  world.ask(
    who,
    'GET',
    `/api/v1/mentors/${ravi}/slots?from=2026-03-10T00:00:00Z&to=2026-03-12T00:00:00Z&explain=true${query}`,
  )
const reasonsAt = (body: { blocked: { startsAt: string; reasons: string[] }[] }, at: string) =>
  body.blocked.find(({ startsAt }) => startsAt === at)?.reasons

test('two people who are not paired are shown no time, and told why', async () => {
  const { body } = await times('ops', `&menteeId=${mina}`)
  expect(body.slots).toEqual([])
  expect(reasonsAt(body, TEN)).toEqual(['not_paired'])
  expect((await world.book('ops', ravi, TEN, { menteeId: mina })).body.code).toBe('not_paired')
})

test('ops who name nobody see the mentor’s times as they are', async () => {
  expect((await times('ops')).body.slots).toHaveLength(64)
})

test('a mentee of nobody’s is not there', async () => {
  const { status, body } = await times('ops', `&menteeId=${newId()}`)
  expect([status, body.detail]).toEqual([404, 'There is no such mentee, or it is not yours to see.'])
})

test('the last session of a mentorship closes all other times, and cancelling it opens them again', async () => {
  await world.pair(programme, ravi, mina, 1)
  const { body: booked } = await world.book(mina, ravi, TEN)
  const spent = await times(mina)
  expect(spent.body.slots).toEqual([])
  expect(reasonsAt(spent.body, '2026-03-11T10:00:00Z')).toEqual(['budget_spent'])

  await world.ask(mina, 'POST', `/api/v1/bookings/${booked.id}/cancel`, { reason: 'ill', revision: 1 })
  expect((await times(mina)).body.slots).toHaveLength(64)
})

test('a mentorship that ends tomorrow is shown until then', async () => {
  const id = await world.pair(programme, ravi, mina)
  await world.db.updateTable('mentorship').set({ ends_on: '2026-03-10' }).where('id', '=', id).execute()
  const { body } = await times(mina)
  expect(body.slots).toHaveLength(32)
  expect(reasonsAt(body, '2026-03-11T10:00:00Z')).toEqual(['not_paired'])
})

test('whoever is paused is shown no time of the programme', async () => {
  await world.pair(programme, ravi, mina)
  await world.db
    .insertInto('booking_pause')
    .values({
      id: newId(),
      account_id: mina,
      programme_id: programme,
      paused_at: world.clock.now(),
      paused_by: 'test',
      reason: 'missed four',
    })
    .execute()
  const { body } = await times(mina)
  expect(body.slots).toEqual([])
  expect(reasonsAt(body, TEN)).toEqual(['paused'])
  expect((await world.book(mina, ravi, TEN)).body.reasons).toEqual(['paused'])
})

test('time that is over is past, and what comes too soon is a matter of notice', async () => {
  await world.pair(programme, ravi, mina)
  const { body } = await world.ask(
    mina,
    'GET',
    `/api/v1/mentors/${ravi}/slots?from=2026-03-08T11:30:00Z&to=2026-03-08T13:30:00Z&explain=true`,
  )
  expect(body.blocked.map((one: { startsAt: string; reasons: string[] }) => [one.startsAt, ...one.reasons])).toEqual([
    ['2026-03-08T11:30:00Z', 'past'],
    ['2026-03-08T12:00:00Z', 'notice'],
    ['2026-03-08T12:30:00Z', 'notice'],
  ])
})

test('whose sessions are all booked is offered none beside a time that has just gone', async () => {
  await world.pair(programme, ravi, mina, 1)
  const omar = await world.person('Omar', ['mentee'])
  await world.pair(programme, ravi, omar)
  await world.book(omar, ravi, TEN)
  await world.book(mina, ravi, '2026-03-11T10:00:00Z')
  const { status, body } = await world.book(mina, ravi, TEN)
  expect([status, body.code, body.alternatives]).toEqual([409, 'slot_taken', []])
})

test('a session that is called off gives its place back, and other times are offered for it', async () => {
  await world.pair(programme, ravi, mina, 1)
  const { body: booked } = await world.book(mina, ravi, TEN)
  const preview = () =>
    world.ask('ops', 'POST', '/api/v1/sessions/bulk', {
      sessionIds: [booked.sessionId],
      action: 'offer_times',
      reason: 'ill',
      dryRun: true,
    })
  expect((await preview()).body.items[0].times).toHaveLength(3)
  await world.db.updateTable('mentorship').set({ ended_at: world.clock.now() }).where('mentor_id', '=', ravi).execute()
  expect((await preview()).body.items[0].times).toEqual([])
})

test('ops are shown what they can book: not the times of a pair in a programme that is not theirs', async () => {
  const elsewhere = await world.programme(`Elsewhere ${newId()}`, { booking: 'assigned', room: 'meet' })
  await world.pair(elsewhere, ravi, mina)
  const olga = await world.person('Olga', ['ops'])
  const since = world.clock.now()
  await world.db
    .insertInto('programme_ops')
    .values({ programme_id: programme, account_id: olga, since, given_by: 'test' })
    .execute()
  // Both are known in Olga's programme, with others.
  await world.pair(programme, ravi, await world.person('Omar', ['mentee']))
  await world.pair(programme, await world.mentor('Nina'), mina)

  const { body } = await times(olga, `&menteeId=${mina}`)
  expect(body.slots).toEqual([])
  expect(reasonsAt(body, TEN)).toEqual(['not_paired'])
  expect((await world.book(olga, ravi, TEN, { menteeId: mina })).body.code).toBe('not_paired')
  expect((await times(olga)).body.slots, 'who names nobody looks at the hours').toHaveLength(64)

  await world.pair(programme, ravi, mina)
  expect((await world.book(olga, ravi, TEN, { menteeId: mina })).status, 'theirs is the only pair they know').toBe(201)
})

test('of two mentorships with one mentor, times and what is offered instead are those of the one that is named', async () => {
  const first = await world.pair(programme, ravi, mina)
  const other = await world.programme(`Other ${newId()}`, { booking: 'assigned', room: 'meet' })
  const second = await world.pair(other, ravi, mina)
  await world.db.updateTable('mentorship').set({ ends_on: '2026-03-10' }).where('id', '=', first).execute()
  const of = async (id: string) => (await times(mina, `&mentorshipId=${id}`)).body

  expect((await of(first)).slots).toHaveLength(32)
  expect(reasonsAt(await of(first), '2026-03-11T10:00:00Z')).toEqual(['not_paired'])
  expect((await of(second)).slots).toHaveLength(64)
  expect((await of(newId())).slots, 'another pair’s').toEqual([])

  const last = '2026-03-10T16:30:00Z'
  expect((await world.book(mina, ravi, last, { mentorshipId: second })).status).toBe(201)
  const refused = await world.book(mina, ravi, last, { mentorshipId: first })
  expect(refused.body.alternatives.map(({ startsAt }: { startsAt: string }) => startsAt.slice(0, 10))).toEqual(
    Array(3).fill('2026-03-10'),
  )
  const nobody = await times('ops', `&mentorshipId=${first}`)
  expect([nobody.status, nobody.body.errors]).toEqual([
    400,
    [{ field: 'menteeId', rule: 'is needed with mentorshipId: say whose' }],
  ])
})
