import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { endMentorship } from '../src/booking/end-mentorship.ts'
import { newId } from '../src/ids.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { merge } from '../src/sessions/merge.ts'
import { type BookingWorld, bookingWorld, OPEN_ALL_WEEK } from './support/booking.ts'
import { tellBooked } from './support/told.ts'

let world: BookingWorld
let programme: string
let ravi: string
let mina: string
let omar: string

beforeAll(async () => {
  world = await bookingWorld()
  programme = await world.programme('Open', { room: 'zoom' })
  await world.host('pool-1@example.org')
  await world.host('pool-2@example.org')
})
afterAll(() => world.drop())
beforeEach(async () => {
  // Each test has people and days of its own; the rooms are shared, so their times must be free.
  await world.db.updateTable('commitment').set({ released_at: world.clock.now() }).execute()
  ravi = await world.mentor('Ravi', { ...OPEN_ALL_WEEK, stepMinutes: 15 })
  mina = await world.person('Mina', ['mentee'])
  omar = await world.person('Omar', ['mentee'])
  await world.pair(programme, ravi, mina)
  await world.pair(programme, ravi, omar)
})

const TEN = '2026-03-10T10:00:00Z'
const move = (who: string, id: string, startsAt: string, revision: number) =>
  world.ask(who, 'POST', `/api/v1/bookings/${id}/reschedule`, { startsAt, revision })
const cancel = (who: string, id: string, revision: number, reason = 'ill') =>
  world.ask(who, 'POST', `/api/v1/bookings/${id}/cancel`, { reason, revision })

describe('a booking is moved', () => {
  test('also onto a time that overlaps its own old one, and keeps its Zoom host', async () => {
    const { body } = await world.book(mina, ravi, TEN)
    const host = (id: string) =>
      world.db
        .selectFrom('session')
        .select(['host_id', 'revision', 'scheduled_at', 'starts_at'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    const before = await host(body.sessionId)
    world.clock.advanceTo(world.clock.now().add({ minutes: 1 }))
    const moved = await move(mina, body.id, '2026-03-10T10:15:00Z', 1)

    expect([moved.status, moved.body]).toEqual([
      200,
      { ...body, startsAt: '2026-03-10T10:15:00Z', endsAt: '2026-03-10T10:45:00Z', revision: 2 },
    ])
    expect(await host(body.sessionId)).toEqual({
      host_id: before.host_id,
      revision: 2,
      scheduled_at: world.clock.now(),
      starts_at: Temporal.Instant.from('2026-03-10T10:15:00Z'),
    })
    expect((await world.book(omar, ravi, '2026-03-10T09:45:00Z')).status).toBe(201)
  })

  test('once, however often it is asked for, and refuses whoever saw an older one', async () => {
    const { body } = await world.book(mina, ravi, TEN)
    const first = await move(mina, body.id, '2026-03-10T12:00:00Z', 1)
    expect((await move(mina, body.id, '2026-03-10T12:00:00Z', 1)).body).toEqual(first.body)
    expect((await move(mina, body.id, '2026-03-10T12:00:00Z', 2)).body).toEqual(first.body)

    const stale = await move(mina, body.id, '2026-03-10T14:00:00Z', 1)
    expect([stale.status, stale.body.code, stale.body.current]).toEqual([409, 'stale_revision', first.body])
    expect((await cancel(mina, body.id, 1)).body.code).toBe('stale_revision')
  })

  test('nowhere, if somebody is there: it stays where it was', async () => {
    const { body } = await world.book(mina, ravi, TEN)
    await world.book(omar, ravi, '2026-03-10T12:00:00Z')
    const refused = await move(mina, body.id, '2026-03-10T12:15:00Z', 1)

    expect(refused.body.conflicts).toEqual([
      { layer: 'booking', whose: 'mentor', startsAt: '2026-03-10T12:00:00Z', endsAt: '2026-03-10T12:30:00Z' },
    ])
    expect((await world.ask(mina, 'GET', `/api/v1/bookings/${body.id}`)).body).toEqual(body)
    expect((await move(mina, body.id, '2026-03-10T23:00:00Z', 1)).body.code).toBe('not_offered')
  })

  test('not once it has begun, nor cancelled', async () => {
    const { body } = await world.book(mina, ravi, TEN)
    const { body: gone } = await world.book(omar, ravi, '2026-03-10T12:00:00Z')
    await cancel(omar, gone.id, 1)
    expect((await move(omar, gone.id, '2026-03-10T13:00:00Z', 2)).body.code).toBe('not_possible')

    world.clock.advanceTo(Temporal.Instant.from(TEN))
    expect((await move(mina, body.id, '2026-03-12T13:00:00Z', 1)).body.code).toBe('not_possible')
    expect((await cancel(mina, body.id, 1)).body.code).toBe('not_possible')
  })
})

describe('a booking of a mentorship that ends on 13 March is moved', () => {
  const LAST = '2026-03-12T10:00:00Z'
  const AFTER = '2026-03-20T10:00:00Z'
  const END = Temporal.Instant.from('2026-03-13T00:00:00Z')
  let ana: string
  let pair: string
  beforeEach(async () => {
    ana = await world.mentor('Ana')
    pair = await world.pair(programme, ana, mina)
  })
  const end = () => {
    const ask = { at: END, reason: 'Ana leaves', successorMentorId: null, dryRun: false }
    return endMentorship(world.house, SYSTEM, pair, ask, world.clock.now())
  }
  const times = async (id: string, from: string, to: string) =>
    (await world.ask(mina, 'GET', `/api/v1/bookings/${id}/times?from=${from}&to=${to}`)).body.times.map(
      ({ startsAt }: { startsAt: string }) => startsAt,
    )

  test('to any free time before it, and to none after it, by ops neither; the refusal is remembered', async () => {
    const { body } = await world.book(mina, ana, LAST)
    await end()
    for (const who of [mina, ana, 'ops']) {
      const refused = await move(who, body.id, AFTER, 1)
      expect([refused.status, refused.body.code]).toEqual([422, 'not_paired'])
    }
    const tried = { startsAt: AFTER, revision: 1, dryRun: true }
    const preview = await world.ask('ops', 'POST', `/api/v1/bookings/${body.id}/reschedule`, tried)
    expect(preview.body.code).toBe('not_paired')
    const attempts = await world.db
      .selectFrom('refused_attempt')
      .select(['code', 'starts_at'])
      .where('mentor_id', '=', ana)
      .execute()
    expect(new Set(attempts.map(({ code, starts_at }) => `${code} ${starts_at}`))).toEqual(
      new Set([`not_paired ${AFTER}`]),
    )
    expect((await world.ask(mina, 'GET', `/api/v1/bookings/${body.id}`)).body).toEqual(body)

    expect((await move(mina, body.id, '2026-03-12T21:30:00Z', 1)).status).toBe(200)
    expect((await move(mina, body.id, '2026-03-11T10:00:00Z', 2)).status).toBe(200)
  })

  test('and is offered times of its life only, also instead of one that is taken', async () => {
    const { body } = await world.book(mina, ana, LAST)
    await end()
    expect(await times(body.id, '2026-03-12T21:00:00Z', '2026-03-13T07:00:00Z')).toEqual([
      '2026-03-12T21:00:00Z',
      '2026-03-12T21:30:00Z',
    ])
    expect(await times(body.id, AFTER, '2026-03-21T00:00:00Z')).toEqual([])

    const zoe = await world.person('Zoe', ['mentee'])
    await world.pair(programme, ana, zoe)
    await world.book(zoe, ana, '2026-03-12T21:30:00Z')
    const taken = await move(mina, body.id, '2026-03-12T21:30:00Z', 1)
    expect(taken.body.alternatives.map(({ startsAt }: { startsAt: string }) => startsAt)).toEqual([
      '2026-03-12T21:00:00Z',
      '2026-03-12T20:30:00Z',
      '2026-03-12T20:00:00Z',
    ])
  })

  test('by its last day as by its end; one without a mentorship goes anywhere', async () => {
    const { body } = await world.book(mina, ana, LAST)
    await world.db.updateTable('mentorship').set({ ends_on: '2026-03-12' }).where('id', '=', pair).execute()
    expect((await move(mina, body.id, AFTER, 1)).body.code).toBe('not_paired')
    await world.db.updateTable('user_calendar_booking').set({ mentorship_id: null }).where('id', '=', body.id).execute()
    expect(await times(body.id, AFTER, '2026-03-20T11:00:00Z')).toHaveLength(2)
    expect((await move(mina, body.id, AFTER, 1)).status).toBe(200)
  })

  test('while it is being ended: it either goes with the rest or stays where it was', async () => {
    for (let round = 0; round < 8; round += 1) {
      pair = await world.pair(await world.programme(`Round ${round}`), ana, mina)
      const { body } = await world.book(mina, ana, LAST, { mentorshipId: pair })
      const [moved] = await Promise.all([move(mina, body.id, AFTER, 1), end()])
      const { status, startsAt } = (await world.ask(mina, 'GET', `/api/v1/bookings/${body.id}`)).body
      expect([status, startsAt]).toEqual(moved.status === 200 ? ['cancelled', AFTER] : ['booked', LAST])
      if (status === 'booked') await cancel(mina, body.id, 1)
    }
  })
})

describe('a booking is cancelled', () => {
  const LATER = '2026-03-12T10:00:00Z'

  test('once: it frees the time, ends the session and wakes it', async () => {
    const { body } = await world.book(mina, ravi, LATER)
    await world.db.updateTable('session').set({ wake_at: null }).where('id', '=', body.sessionId).execute()
    const first = await cancel(mina, body.id, 1)
    const session = await world.db
      .selectFrom('session')
      .select(['cancelled_at', 'cancel_reason', 'revision', 'wake_at'])
      .where('id', '=', body.sessionId)
      .executeTakeFirstOrThrow()

    expect(first.body).toEqual({ ...body, revision: 2, status: 'cancelled', late: false })
    expect(session).toEqual({
      cancelled_at: world.clock.now(),
      cancel_reason: 'ill',
      revision: 1,
      wake_at: world.clock.now(),
    })
    expect((await cancel(mina, body.id, 1)).body).toEqual(first.body)
    expect((await world.book(omar, ravi, LATER)).status).toBe(201)
  })

  test('in a dry run it only says what would follow, by person and channel', async () => {
    const { body } = await world.book(mina, ravi, '2026-03-12T12:00:00Z')
    await tellBooked(world.db, body.sessionId)
    const tried = await world.ask(mina, 'POST', `/api/v1/bookings/${body.id}/cancel`, {
      reason: 'ill',
      revision: 1,
      dryRun: true,
    })
    expect(tried.body).toMatchObject({ ...body, status: 'booked', late: false, dryRun: true })
    expect(
      tried.body.effects.messages.map((m: { recipient: string; meaning: string }) => [m.meaning, m.recipient]),
    ).toEqual(
      expect.arrayContaining([
        ['cancelled', mina],
        ['cancelled', ravi],
      ]),
    )
    expect(tried.body.effects.messages[0].channels).toEqual(['email'])
    expect((await world.ask(mina, 'GET', `/api/v1/bookings/${body.id}`)).body).toEqual(body)
    const old = { reason: 'ill', revision: 7, dryRun: true }
    expect((await world.ask(mina, 'POST', `/api/v1/bookings/${body.id}/cancel`, old)).body.code).toBe('stale_revision')
    expect((await cancel(mina, body.id, 1)).status).toBe(200)
  })

  test('in a dry run it also says who is told when their quiet hours end', async () => {
    const { body } = await world.book(mina, ravi, '2026-03-14T12:00:00Z')
    await tellBooked(world.db, body.sessionId)
    const now = world.clock.now().toZonedDateTimeISO('UTC')
    const clock = (hours: number) => now.add({ hours }).toPlainTime().toString()
    const quiet = { quiet_from: clock(-1), quiet_to: clock(1) }
    await world.db.updateTable('account').set(quiet).where('id', '=', ravi).execute()
    const ask = { reason: 'ill', revision: 1, dryRun: true }
    const { effects } = (await world.ask(mina, 'POST', `/api/v1/bookings/${body.id}/cancel`, ask)).body
    expect(effects.messages.map((m: { recipient: string }) => m.recipient)).toEqual([mina])
    const later = effects.planned.filter((p: { dueAt: string }) => p.dueAt > world.clock.now().toString())
    expect(later).toMatchObject([{ recipient: ravi, channel: 'email', what: 'cancellation notice' }])
  })

  test('of two that became one session takes both along: late once, told of each, and both free in the budget', async () => {
    const ana = await world.mentor('Ana')
    await world.pair(programme, ana, mina, 2)
    const at = world.clock.now().round({ smallestUnit: 'hour' }).add({ hours: 3 })
    const one = (await world.book(mina, ana, at.toString())).body
    const two = (await world.book(mina, ana, at.add({ hours: 1 }).toString())).body
    const wish = { sessionIds: [one.sessionId, two.sessionId], reason: 'One hour is enough' }
    await merge(world.db, SYSTEM, wish, world.clock.now())
    world.clock.advanceTo(world.clock.now().add({ minutes: 61 }))
    expect((await cancel(mina, two.id, 2)).body).toMatchObject({ status: 'cancelled', late: true })

    const bookings = await world.db
      .selectFrom('user_calendar_booking')
      .select(['id', 'cancel_reason', 'late_cancel', 'revision'])
      .where('mentee_id', '=', mina)
      .where('cancelled_at', 'is not', null)
      .orderBy('late_cancel')
      .execute()
    expect(bookings).toEqual([
      { id: one.id, cancel_reason: 'ill', late_cancel: false, revision: 2 },
      { id: two.id, cancel_reason: 'ill', late_cancel: true, revision: 3 },
    ])
    const said = await world.db
      .selectFrom('audit_log')
      .select(['object_id', 'reason'])
      .where('action', '=', 'booking.cancelled')
      .where('object_id', 'in', [one.id, two.id])
      .execute()
    expect(said.map(({ object_id, reason }) => [object_id, reason])).toEqual([
      [two.id, 'ill'],
      [one.id, 'ill'],
    ])
    expect((await cancel(mina, one.id, 1)).body).toMatchObject({ status: 'cancelled', late: false })
    for (const startsAt of ['2026-03-16T10:00:00Z', '2026-03-16T12:00:00Z'])
      expect((await world.book(mina, ana, startsAt)).status).toBe(201)
  })

  test('is late within three hours of the start', async () => {
    const at = world.clock.now().round({ smallestUnit: 'hour' }).add({ hours: 3 })
    const { body } = await world.book(mina, ravi, at.toString())
    world.clock.advanceTo(world.clock.now().add({ minutes: 61 }))
    expect((await cancel(mina, body.id, 1)).body.late).toBe(true)
  })
})

describe('free times', () => {
  const slots = (who: string, from: string, to: string, more = '') =>
    world.ask(who, 'GET', `/api/v1/mentors/${ravi}/slots?from=${from}&to=${to}${more}`)

  test('leave out what is taken, and say why when asked', async () => {
    await world.book(mina, ravi, '2026-03-13T10:00:00Z')
    const { body } = await slots(omar, '2026-03-13T09:30:00Z', '2026-03-13T11:00:00Z', '&explain=true')

    expect(body.slots.map((slot: { startsAt: string }) => slot.startsAt)).toEqual([
      '2026-03-13T09:30:00Z',
      '2026-03-13T10:30:00Z',
      '2026-03-13T10:45:00Z',
    ])
    expect(body.blocked).toContainEqual({
      startsAt: '2026-03-13T10:00:00Z',
      endsAt: '2026-03-13T10:30:00Z',
      reasons: ['booking'],
    })
  })

  test('do not count the asking mentee’s own hold as taken', async () => {
    const hold = await world.ask(mina, 'POST', '/api/v1/holds', { mentorId: ravi, startsAt: '2026-03-13T15:00:00Z' })
    const starts = async (who: string) =>
      (await slots(who, '2026-03-13T15:00:00Z', '2026-03-13T15:01:00Z')).body.slots.length
    expect([hold.status, await starts(mina), await starts(omar)]).toEqual([201, 1, 0])
  })

  test('are told for 92 days at most, in the right order, to people who are signed in', async () => {
    expect((await slots(mina, '2026-03-13T00:00:00Z', '2126-03-13T00:00:00Z')).body).toMatchObject({
      code: 'range_too_long',
      errors: [{ field: 'to', rule: 'must be at most 92 days after from' }],
    })
    expect((await slots(mina, '2026-03-13T00:00:00Z', '2026-03-13T00:00:00Z')).body.errors).toEqual([
      { field: 'to', rule: 'must be after from' },
    ])
    expect((await slots('nobody', '2026-03-13T00:00:00Z', '2026-03-14T00:00:00Z')).status).toBe(401)
    expect((await slots(mina, 'x', '2026-03-14T00:00:00Z')).status).toBe(400)
    expect(
      (
        await world.ask(
          mina,
          'GET',
          `/api/v1/mentors/${newId()}/slots?from=2026-03-13T00:00:00Z&to=2026-03-14T00:00:00Z`,
        )
      ).status,
    ).toBe(404)
  })
})

test('a request that is bent is told field and rule in plain words', async () => {
  const rules = async (body: object) => (await world.ask(mina, 'POST', '/api/v1/bookings', body)).body.errors
  expect(await rules({ mentorId: ravi })).toEqual([{ field: 'startsAt', rule: 'is required' }])
  expect(await rules({ mentorId: ravi, startsAt: 7, colour: 'red' })).toEqual([
    { field: 'startsAt', rule: 'must be text' },
    { field: 'colour', rule: 'is not known here' },
  ])
  expect(await rules([])).toEqual([{ field: 'body', rule: 'must be an object' }])
  const free = await world.ask(
    mina,
    'GET',
    `/api/v1/mentors/${ravi}/slots?from=2026-03-13T00:00:00Z&explain=maybe&colour=red`,
  )
  expect(free.body.errors).toEqual([
    { field: 'to', rule: 'is required' },
    { field: 'explain', rule: 'must be true or false' },
    { field: 'colour', rule: 'is not known here' },
  ])
})

describe('hours', () => {
  const path = () => `/api/v1/mentors/${ravi}/calendar-config`

  test('are replaced by whoever read the latest, and name the sessions they leave out', async () => {
    const { body: booked } = await world.book(mina, ravi, '2026-03-13T10:00:00Z')
    const read = await world.ask(ravi, 'GET', path())
    expect(read.headers.get('etag')).toBe('"1"')

    const mornings = { ...OPEN_ALL_WEEK, weekly: [{ weekday: 5, from: '06:00', to: '09:00' }] }
    const written = await world.ask(ravi, 'PUT', path(), mornings, { 'if-match': '"1"' })
    expect([written.status, written.headers.get('etag')]).toEqual([200, '"2"'])
    expect(written.body.affected).toEqual([
      { sessionId: booked.sessionId, startsAt: '2026-03-13T10:00:00Z', mentee: { id: mina, name: 'Mina' } },
    ])

    const stale = await world.ask(ravi, 'PUT', path(), mornings, { 'if-match': '"1"' })
    expect([stale.status, stale.body.code, stale.body.current.version]).toEqual([409, 'stale_revision', 2])
    expect((await world.ask(ravi, 'PUT', path(), mornings)).body.code).toBe('if_match_missing')
  })

  test('of a mentor who has none yet can be read and opened', async () => {
    const nia = await world.person('Nia', ['mentor'])
    const read = await world.ask(nia, 'GET', `/api/v1/mentors/${nia}/calendar-config`)
    expect([read.body.weekly, read.headers.get('etag')]).toEqual([[], '"0"'])
    expect(
      (await world.ask(nia, 'PUT', `/api/v1/mentors/${nia}/calendar-config`, OPEN_ALL_WEEK, { 'if-match': '"0"' }))
        .status,
    ).toBe(200)
  })

  test('are the mentor’s own and ops’', async () => {
    expect((await world.ask(mina, 'GET', path())).status).toBe(404)
    expect((await world.ask('nobody', 'GET', path())).status).toBe(401)
    expect((await world.ask(mina, 'GET', `/api/v1/mentors/${mina}/calendar-config`)).status).toBe(403)
    expect(
      (await world.ask('ops', 'PUT', path(), { ...OPEN_ALL_WEEK, timeZone: 'Mars/Base' }, { 'if-match': '*' })).body
        .errors[0].field,
    ).toBe('timeZone')
  })
})

describe('conflicts', () => {
  test('are asked about without booking', async () => {
    await world.book(mina, ravi, '2026-03-13T10:00:00Z')
    const check = (who: string, startsAt: string, endsAt: string) =>
      world.ask(who, 'POST', '/api/v1/conflicts/check', { mentorId: ravi, startsAt, endsAt })
    const { body } = await check('ops', '2026-03-13T10:29:00Z', '2026-03-13T10:59:00Z')
    expect(body.conflicts).toMatchObject([{ layer: 'booking', whose: 'mentor', startsAt: '2026-03-13T10:00:00Z' }])
    expect((await check('ops', '2026-03-13T10:30:00Z', '2026-03-13T11:00:00Z')).body).toEqual({
      conflicts: [],
      alternatives: [],
    })
    expect((await check('ops', '2026-03-13T10:30:00Z', '2026-03-13T10:30:00Z')).status).toBe(400)
  })

  test('of booked sessions with an absence, and refused attempts, are listed for ops', async () => {
    const { body: booked } = await world.book(mina, ravi, '2026-03-13T10:00:00Z')
    await world.book(omar, ravi, '2026-03-13T10:00:00Z')
    const away = { ...OPEN_ALL_WEEK, absences: [{ startsAt: '2026-03-13T00:00:00Z', endsAt: '2026-03-14T00:00:00Z' }] }
    await world.ask(ravi, 'PUT', `/api/v1/mentors/${ravi}/calendar-config`, away, { 'if-match': '"1"' })
    const { body } = await world.ask(
      'ops',
      'GET',
      '/api/v1/conflicts?from=2026-03-13T00:00:00Z&to=2026-03-14T00:00:00Z',
    )

    expect(body.items.filter((item: { mentorId: string }) => item.mentorId === ravi)).toEqual([
      expect.objectContaining({
        sessionId: booked.sessionId,
        mentor: 'Ravi',
        causes: [{ cause: 'absence', startsAt: '2026-03-13T00:00:00Z', endsAt: '2026-03-14T00:00:00Z' }],
        open: [{ startsAt: '2026-03-13T07:00:00Z', endsAt: '2026-03-13T13:30:00Z' }],
        mentees: [{ id: mina, name: 'Mina' }],
      }),
    ])
    expect(body.refused).toContainEqual(expect.objectContaining({ mentorId: ravi, menteeId: omar, code: 'slot_taken' }))
    expect(
      (await world.ask(mina, 'GET', '/api/v1/conflicts?from=2026-03-13T00:00:00Z&to=2026-03-14T00:00:00Z')).status,
    ).toBe(403)
  })
})

describe('a day lost', () => {
  test('is previewed whole and cancelled in one action', async () => {
    const one = (await world.book(mina, ravi, '2026-03-13T10:00:00Z')).body
    const two = (await world.book(omar, ravi, '2026-03-13T11:00:00Z')).body
    const ask = { sessionIds: [one.sessionId, two.sessionId], action: 'cancel', reason: 'Ravi is ill' }
    const status = async () => (await world.ask(mina, 'GET', `/api/v1/bookings/${one.id}`)).body.status

    const preview = await world.ask(ravi, 'POST', '/api/v1/sessions/bulk', { ...ask, dryRun: true })
    expect(
      preview.body.items.map((item: { people: { name: string }[] }) => item.people.map(({ name }) => name)),
    ).toEqual(
      [
        ['Ravi', 'Mina'],
        ['Ravi', 'Omar'],
      ].map((names) => expect.arrayContaining(names)),
    )
    expect(await status()).toBe('booked')

    expect((await world.ask(mina, 'POST', '/api/v1/sessions/bulk', ask)).status).toBe(404)
    expect((await world.ask('ops', 'POST', '/api/v1/sessions/bulk', { ...ask, sessionIds: [newId()] })).status).toBe(
      404,
    )
    const done = await world.ask(ravi, 'POST', '/api/v1/sessions/bulk', ask)
    expect(done.body.items.map((item: { skipped?: string }) => item.skipped)).toEqual([undefined, undefined])
    expect(await status()).toBe('cancelled')
    expect((await world.ask(ravi, 'POST', '/api/v1/sessions/bulk', ask)).body.items[0].skipped).toBe('cancelled')
    expect((await world.book(omar, ravi, '2026-03-13T10:00:00Z')).status).toBe(201)
  })

  test('offers other times with its cancellation', async () => {
    const { body } = await world.book(mina, ravi, '2026-03-13T10:00:00Z')
    const preview = await world.ask('ops', 'POST', '/api/v1/sessions/bulk', {
      sessionIds: [body.sessionId],
      action: 'offer_times',
      reason: 'ill',
      dryRun: true,
    })
    expect(preview.body.items[0].times).toHaveLength(3)
  })
})

describe('a published group session', () => {
  const publish = (menteeIds: string[], startsAt: string, endsAt: string, who = 'ops') =>
    world.ask(who, 'POST', '/api/v1/sessions', {
      programmeId: programme,
      mentorId: ravi,
      menteeIds,
      title: 'Portfolio hour',
      startsAt,
      endsAt,
      kind: 'group',
    })

  test('commits everybody in it, and is refused when one of them is busy', async () => {
    const published = await publish([mina, omar], '2026-03-14T10:00:00Z', '2026-03-14T11:00:00Z')
    expect([published.status, published.body.participants.length]).toEqual([201, 3])
    const rows = await world.db
      .selectFrom('commitment')
      .select('holder_id')
      .where('session_id', '=', published.body.id)
      .where('released_at', 'is', null)
      .execute()
    expect(rows).toHaveLength(4)

    const ana = await world.mentor('Ana')
    await world.pair(programme, ana, omar)
    expect((await world.book(omar, ana, '2026-03-14T10:30:00Z')).body.conflicts).toMatchObject([
      { layer: 'session', whose: 'mentee', title: 'Portfolio hour' },
    ])
    // Its time was ops' choice: new hours do not call it into question, an absence does.
    const path = `/api/v1/mentors/${ravi}/calendar-config`
    const sundays = { ...OPEN_ALL_WEEK, weekly: [{ weekday: 7, from: '06:00', to: '09:00' }] }
    const absences = [{ startsAt: '2026-03-14T00:00:00Z', endsAt: '2026-03-15T00:00:00Z' }]
    expect((await world.ask(ravi, 'PUT', path, sundays, { 'if-match': '*' })).body.affected).toEqual([])
    const away = await world.ask(ravi, 'PUT', path, { ...sundays, absences }, { 'if-match': '*' })
    expect(away.body.affected).toMatchObject([{ sessionId: published.body.id }])

    const again = await publish([mina], '2026-03-14T10:30:00Z', '2026-03-14T11:30:00Z')
    expect(again.body.conflicts).toMatchObject([
      { layer: 'session', whose: 'mentor' },
      { layer: 'session', whose: 'mentee' },
    ])
    expect((await publish([mina], '2026-03-15T10:30:00Z', '2026-03-15T11:30:00Z', mina)).status).toBe(403)
  })
})
