import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { type BookingWorld, bookingWorld, OPEN_ALL_WEEK } from './support/booking.ts'

let world: BookingWorld
let openProgramme: string
let ravi: string
let mina: string
let omar: string

beforeAll(async () => {
  world = await bookingWorld()
  openProgramme = await world.programme('Open', { room: 'meet' })
})
afterAll(() => world.drop())
beforeEach(async () => {
  ravi = await world.mentor('Ravi')
  mina = await world.person('Mina', ['mentee'])
  omar = await world.person('Omar', ['mentee'])
  await world.pair(openProgramme, ravi, mina)
  await world.pair(openProgramme, ravi, omar)
})

const TEN = '2026-03-10T10:00:00Z'

describe('a booking', () => {
  test('is answered with its session, its people and its times', async () => {
    const { status, body } = await world.book(mina, ravi, TEN)

    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.any(String),
      sessionId: expect.any(String),
      mentorId: ravi,
      menteeId: mina,
      startsAt: TEN,
      endsAt: '2026-03-10T10:30:00Z',
      revision: 1,
      status: 'booked',
    })
    expect((await world.ask(mina, 'GET', `/api/v1/bookings/${body.id}`)).body).toEqual(body)
  })

  test('leaves a published session that is due to be planned, its two people and its first revision', async () => {
    const { body } = await world.book(mina, ravi, TEN)
    const session = await world.db
      .selectFrom('session')
      .selectAll()
      .where('id', '=', body.sessionId)
      .executeTakeFirstOrThrow()
    const people = await world.db
      .selectFrom('session_participant')
      .select(['account_id', 'role', 'booking_id'])
      .where('session_id', '=', session.id)
      .orderBy('role', 'desc')
      .execute()
    const revisions = await world.db
      .selectFrom('session_revision')
      .select(['revision', 'cause'])
      .where('session_id', '=', session.id)
      .execute()

    expect(session.wake_at).toEqual(world.clock.now())
    expect(session.published_at).toEqual(world.clock.now())
    expect(people).toEqual([
      { account_id: ravi, role: 'mentor', booking_id: body.id },
      { account_id: mina, role: 'mentee', booking_id: body.id },
    ])
    expect(revisions).toEqual([{ revision: 1, cause: 'booked' }])
  })

  test('tells the worker once it is committed', async () => {
    const before = world.nudges.count
    await world.book(mina, ravi, TEN)
    expect(world.nudges.count).toBe(before + 1)
  })

  test('of a taken time is refused with the booking in the way and the three nearest free times', async () => {
    await world.book(omar, ravi, TEN)
    const { status, body } = await world.book(mina, ravi, TEN)

    expect(status).toBe(409)
    expect(body.code).toBe('slot_taken')
    expect(body.conflicts).toEqual([
      { layer: 'booking', whose: 'mentor', startsAt: TEN, endsAt: '2026-03-10T10:30:00Z' },
    ])
    expect(body.alternatives).toHaveLength(3)
    expect(
      body.alternatives
        .map((slot: { startsAt: string }) => slot.startsAt)
        .slice(0, 2)
        .sort(),
    ).toEqual(['2026-03-10T09:30:00Z', '2026-03-10T10:30:00Z'])
  })

  test('that is refused tells ops which booking is in the way, and is written down', async () => {
    const first = await world.book(omar, ravi, TEN)
    const { body } = await world.book('ops', ravi, TEN, { menteeId: mina })
    const written = await world.db.selectFrom('refused_attempt').selectAll().where('mentor_id', '=', ravi).execute()

    expect(body.conflicts).toEqual([
      { layer: 'booking', id: first.body.id, whose: 'mentor', startsAt: TEN, endsAt: '2026-03-10T10:30:00Z' },
    ])
    expect(written).toMatchObject([{ code: 'slot_taken', mentee_id: mina, actor: 'token:sandbox' }])
  })

  test('is refused while the mentee is in another session, which they see whole', async () => {
    const ana = await world.mentor('Ana')
    const { body: first } = await world.book(mina, ravi, TEN)
    const { status, body } = await world.book(mina, ana, '2026-03-10T10:00:00Z')

    expect(status).toBe(409)
    expect(body.conflicts).toEqual([
      { layer: 'booking', id: first.id, whose: 'mentee', startsAt: TEN, endsAt: '2026-03-10T10:30:00Z' },
    ])
  })

  test('is refused by a published group session, the second layer', async () => {
    const published = await world.ask('ops', 'POST', '/api/v1/sessions', {
      programmeId: openProgramme,
      mentorId: ravi,
      menteeIds: [omar],
      title: 'Portfolio hour',
      startsAt: TEN,
      endsAt: '2026-03-10T11:00:00Z',
      kind: 'group',
    })
    const { status, body } = await world.book('ops', ravi, '2026-03-10T10:30:00Z', { menteeId: mina })

    expect(published.status).toBe(201)
    expect(status).toBe(409)
    expect(body.conflicts).toEqual([
      {
        layer: 'session',
        id: published.body.id,
        whose: 'mentor',
        startsAt: TEN,
        endsAt: '2026-03-10T11:00:00Z',
        title: 'Portfolio hour',
      },
    ])
  })

  test('keeps the mentor’s gap after the session before', async () => {
    const nia = await world.mentor('Nia', { ...OPEN_ALL_WEEK, stepMinutes: 15, bufferAfterMinutes: 15 })
    await world.book(omar, nia, TEN)

    expect((await world.book(mina, nia, '2026-03-10T10:30:00Z')).status).toBe(409)
    expect((await world.book(mina, nia, '2026-03-10T10:45:00Z')).status).toBe(201)
  })

  test('names every rule it breaks', async () => {
    const outside = await world.book(mina, ravi, '2026-03-10T23:00:00Z')
    const between = await world.book(mina, ravi, '2026-03-10T10:10:00Z')
    const tooSoon = await world.book(mina, ravi, '2026-03-08T12:30:00Z')
    const past = await world.book(mina, ravi, '2025-03-08T10:00:00Z')

    expect([outside.status, outside.body.code, outside.body.reasons]).toEqual([422, 'not_offered', ['hours']])
    expect(between.body.reasons).toEqual(['grid'])
    expect(tooSoon.body.reasons).toEqual(['notice'])
    expect(past.body.reasons).toEqual(['past'])
  })

  test('is told what is in the way before it is told a rule', async () => {
    await world.book(omar, ravi, TEN)
    expect((await world.book(mina, ravi, '2026-03-10T10:10:00Z')).body.code).toBe('slot_taken')
  })

  test('beyond the cap of a day or a week is not offered', async () => {
    const daily = await world.mentor('Daily', { ...OPEN_ALL_WEEK, maxPerDay: 1 })
    const weekly = await world.mentor('Weekly', { ...OPEN_ALL_WEEK, maxPerWeek: 1 })
    await world.book(omar, daily, TEN)
    await world.book(omar, weekly, '2026-03-10T12:00:00Z')

    expect((await world.book(mina, daily, '2026-03-10T15:00:00Z')).body.reasons).toEqual(['cap'])
    expect((await world.book(mina, daily, '2026-03-11T15:00:00Z')).status).toBe(201)
    expect((await world.book(mina, weekly, '2026-03-14T15:00:00Z')).body.reasons).toEqual(['cap'])
    expect((await world.book(mina, weekly, '2026-03-16T15:00:00Z')).status).toBe(201)
  })

  test('on a closed day of the programme is not offered', async () => {
    await world.db.insertInto('closed_day').values({ programme_id: openProgramme, on_date: '2026-03-12' }).execute()
    expect((await world.book(mina, ravi, '2026-03-12T10:00:00Z')).body.reasons).toEqual(['closed_day'])
  })

  test('is for oneself; only ops say for whom', async () => {
    expect((await world.book('nobody', ravi, TEN)).status).toBe(401)
    expect((await world.book(mina, ravi, TEN, { menteeId: omar })).status).toBe(403)
    expect((await world.book('ops', ravi, TEN)).body.errors).toEqual([
      { field: 'menteeId', rule: 'is needed: say for whom' },
    ])
    expect((await world.book('ops', ravi, TEN, { menteeId: newId() })).status).toBe(404)
    expect((await world.book(mina, newId(), TEN)).status).toBe(404)
  })

  test('with an unknown or malformed member names it', async () => {
    const { status, body } = await world.book(mina, ravi, 'tomorrow', { colour: 'red' })
    expect(status).toBe(400)
    expect(body.errors.map((error: { field: string }) => error.field).sort()).toEqual(['colour', 'startsAt'])
  })

  test('is nobody else’s to see, move or cancel', async () => {
    const { body } = await world.book(mina, ravi, TEN)
    expect((await world.ask(omar, 'GET', `/api/v1/bookings/${body.id}`)).status).toBe(404)
    expect(
      (await world.ask(omar, 'POST', `/api/v1/bookings/${body.id}/cancel`, { reason: 'no', revision: 1 })).status,
    ).toBe(404)
    expect(
      (await world.ask(omar, 'POST', `/api/v1/bookings/${body.id}/reschedule`, { startsAt: TEN, revision: 1 })).status,
    ).toBe(404)
  })
})

describe('who is paired with whom', () => {
  test('an assigned programme takes bookings of its pairs only', async () => {
    const assigned = await world.programme(`Assigned ${newId()}`, { booking: 'assigned', room: 'meet' })
    const iris = await world.mentor('Iris')
    await world.pair(assigned, iris, mina)

    expect((await world.book(omar, iris, TEN)).body.code).toBe('not_paired')
    expect((await world.book(mina, iris, TEN)).status).toBe(201)
  })

  test('an open programme pairs two people by their first booking', async () => {
    const lena = await world.mentor('Lena')
    expect((await world.book(mina, lena, TEN)).status).toBe(201)
    expect(
      await world.db
        .selectFrom('mentorship')
        .select(['programme_id', 'sessions'])
        .where('mentor_id', '=', lena)
        .execute(),
    ).toEqual([{ programme_id: openProgramme, sessions: 8 }])
    await world.book(mina, lena, '2026-03-11T10:00:00Z')
    expect(await world.db.selectFrom('mentorship').select('id').where('mentor_id', '=', lena).execute()).toHaveLength(1)
  })

  test('a spent budget is spent, and a cancelled session gives it back', async () => {
    const paul = await world.mentor('Paul')
    await world.pair(openProgramme, paul, mina, 1)
    const { body } = await world.book(mina, paul, TEN)

    expect((await world.book(mina, paul, '2026-03-11T10:00:00Z')).body.code).toBe('budget_spent')
    await world.ask(mina, 'POST', `/api/v1/bookings/${body.id}/cancel`, { reason: 'ill', revision: 1 })
    expect((await world.book(mina, paul, '2026-03-11T10:00:00Z')).status).toBe(201)
  })

  test('a pair in two programmes has to say which', async () => {
    const other = await world.programme(`Other ${newId()}`, { room: 'meet' })
    const second = await world.pair(other, ravi, mina)

    expect((await world.book(mina, ravi, TEN)).body.code).toBe('mentorship_ambiguous')
    expect((await world.book(mina, ravi, TEN, { mentorshipId: second })).status).toBe(201)
  })

  test('a pair that has ended is not paired', async () => {
    await world.db
      .updateTable('mentorship')
      .set({ ended_at: world.clock.now() })
      .where('mentee_id', '=', mina)
      .execute()
    expect((await world.book(mina, ravi, TEN)).body.code).toBe('not_paired')
  })
})

describe('Zoom hosts', () => {
  test('each parallel session has its own; none free is said so', async () => {
    const zoom = await world.programme(`Zoom ${newId()}`, { room: 'zoom' })
    const [a, b, c] = [await world.mentor('A'), await world.mentor('B'), await world.mentor('C')]
    const people = [await world.person('P'), await world.person('Q'), await world.person('R')]
    await world.pair(zoom, a, people[0] as string)
    await world.pair(zoom, b, people[1] as string)
    await world.pair(zoom, c, people[2] as string)
    const own = await world.host(`own-${c}@example.org`, c)
    const pool = await world.host(`pool-${newId()}@example.org`)
    const hostOf = async (answer: { body: { sessionId: string } }) =>
      (
        await world.db
          .selectFrom('session')
          .select('host_id')
          .where('id', '=', answer.body.sessionId)
          .executeTakeFirstOrThrow()
      ).host_id

    const first = await world.book(people[0] as string, a, TEN)
    const second = await world.book(people[1] as string, b, TEN)
    const third = await world.book(people[2] as string, c, TEN)

    expect(await hostOf(first)).toBe(pool)
    expect([second.status, second.body.conflicts]).toEqual([
      409,
      [{ layer: 'host', whose: 'host', startsAt: TEN, endsAt: '2026-03-10T10:30:00Z' }],
    ])
    expect(second.body.alternatives).toHaveLength(3)
    expect(await hostOf(third)).toBe(own)
    await world.db.updateTable('zoom_host').set({ retired_at: world.clock.now() }).execute()
  })
})

describe('the mentor’s calendar', () => {
  const connect = async (fields: { synced_at: Temporal.Instant | null; broken_at?: Temporal.Instant }) => {
    const id = newId()
    await world.db
      .insertInto('calendar_connection')
      .values({ id, account_id: ravi, google_email: 'ravi@example.org', connected_at: world.clock.now(), ...fields })
      .execute()
    return id
  }

  test('blocks what it holds; its title is for ops', async () => {
    const connection = await connect({ synced_at: world.clock.now() })
    const during = '[2026-03-10T10:15:00Z,2026-03-10T11:00:00Z)'
    await world.db
      .insertInto('calendar_busy')
      .values({
        connection_id: connection,
        google_event_id: 'e1',
        account_id: ravi,
        during,
        title: 'Dentist',
        seen_at: world.clock.now(),
      })
      .execute()

    const mentee = await world.book(mina, ravi, TEN)
    const ops = await world.book('ops', ravi, TEN, { menteeId: mina })
    const times = { startsAt: '2026-03-10T10:15:00Z', endsAt: '2026-03-10T11:00:00Z' }
    expect(mentee.body.conflicts).toEqual([{ layer: 'calendar', whose: 'mentor', ...times }])
    expect(ops.body.conflicts).toEqual([{ layer: 'calendar', whose: 'mentor', title: 'Dentist', ...times }])
  })

  test('that cannot be read refuses, or is accepted and flagged, as the mentor chose', async () => {
    await connect({ synced_at: world.clock.now(), broken_at: world.clock.now() })
    const refused = await world.book(mina, ravi, TEN)
    expect(refused.body.conflicts[0]).toMatchObject({ layer: 'calendar' })
    expect(refused.body.detail).toBe("The mentor's connected calendar cannot be read at the moment. Try again soon.")
    expect(
      (await world.ask(mina, 'GET', `/api/v1/mentors/${ravi}/slots?from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z`))
        .body.slots,
    ).toEqual([])

    const config = { ...OPEN_ALL_WEEK, calendarPolicy: 'accept' }
    await world.ask('ops', 'PUT', `/api/v1/mentors/${ravi}/calendar-config`, config, { 'if-match': '"1"' })
    const { status, body } = await world.book(mina, ravi, TEN)
    const session = await world.db
      .selectFrom('session')
      .select('calendar_unchecked_at')
      .where('id', '=', body.sessionId)
      .executeTakeFirstOrThrow()
    expect(status).toBe(201)
    expect(session.calendar_unchecked_at).toEqual(world.clock.now())
  })
})

describe('a hold', () => {
  const holdTen = (who: string, startsAt = TEN) => world.ask(who, 'POST', '/api/v1/holds', { mentorId: ravi, startsAt })

  test('keeps a time for ten minutes, for its mentee alone', async () => {
    const { status, body } = await holdTen(mina)
    expect(status).toBe(201)
    expect(body.expiresAt).toBe(world.clock.now().add({ minutes: 10 }).toString())

    const other = await world.book(omar, ravi, TEN)
    expect(other.body.conflicts).toEqual([
      { layer: 'hold', whose: 'mentor', startsAt: TEN, endsAt: '2026-03-10T10:30:00Z' },
    ])
    expect((await world.book(omar, ravi, TEN, { holdId: body.id })).status).toBe(404)
    expect((await world.book(mina, ravi, TEN, { holdId: body.id })).status).toBe(201)
  })

  test('becomes the booking also when its mentee forgets to name it', async () => {
    await holdTen(mina)
    const { status, body } = await world.book(mina, ravi, TEN)
    const rows = await world.db
      .selectFrom('commitment')
      .select(['hold_id', 'expires_at', 'released_at'])
      .where('session_id', '=', body.sessionId)
      .execute()
    expect(status).toBe(201)
    expect(rows).toEqual([1, 2].map(() => ({ hold_id: null, expires_at: null, released_at: null })))
  })

  test('lapses by itself and stands in nobody’s way any more', async () => {
    const { body } = await holdTen(mina)
    world.clock.advanceTo(world.clock.now().add({ minutes: 10 }))
    expect((await world.book(omar, ravi, TEN)).status).toBe(201)
    expect((await world.book(mina, ravi, TEN, { holdId: body.id })).body.code).toBe('slot_taken')
  })

  test('is one at a time: a second takes the place of the first, and the same again is the same', async () => {
    const first = await holdTen(mina)
    world.clock.advanceTo(world.clock.now().add({ minutes: 2 }))
    expect((await holdTen(mina)).body).toEqual(first.body)

    await holdTen(mina, '2026-03-10T11:00:00Z')
    expect((await world.book(omar, ravi, TEN)).status).toBe(201)
    expect((await world.book(omar, ravi, '2026-03-10T11:00:00Z')).status).toBe(409)
  })

  test('is given back once or more often, by its mentee only', async () => {
    const { body } = await holdTen(mina)
    expect((await world.ask(omar, 'DELETE', `/api/v1/holds/${body.id}`)).status).toBe(404)
    expect((await world.ask(mina, 'DELETE', `/api/v1/holds/${body.id}`)).status).toBe(204)
    expect((await world.ask(mina, 'DELETE', `/api/v1/holds/${body.id}`)).status).toBe(204)
    expect((await world.book(omar, ravi, TEN)).status).toBe(201)
  })
})

describe('an Idempotency-Key', () => {
  test('answers a double click with the one booking', async () => {
    const key = { 'idempotency-key': newId() }
    const answers = await Promise.all([world.book(mina, ravi, TEN, {}, key), world.book(mina, ravi, TEN, {}, key)])
    const again = await world.book(mina, ravi, TEN, {}, key)

    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1)
    for (const { status, body } of answers) if (status !== 201) expect(body.code).toBe('idempotency_in_flight')
    expect([again.status, again.body]).toEqual([201, answers.find(({ status }) => status === 201)?.body])
    expect(
      await world.db.selectFrom('user_calendar_booking').select('id').where('mentee_id', '=', mina).execute(),
    ).toHaveLength(1)
  })

  test('is refused for another request, and is its actor’s own', async () => {
    const key = { 'idempotency-key': 'k-1' }
    await world.book(mina, ravi, TEN, {}, key)
    expect((await world.book(mina, ravi, '2026-03-10T12:00:00Z', {}, key)).body.code).toBe('idempotency_key_reused')
    expect((await world.book(omar, ravi, '2026-03-10T12:00:00Z', {}, key)).status).toBe(201)
  })

  test('remembers nothing of a refusal', async () => {
    const key = { 'idempotency-key': newId() }
    const { body } = await world.book(omar, ravi, TEN)
    expect((await world.book(mina, ravi, TEN, {}, key)).status).toBe(409)
    await world.ask(omar, 'POST', `/api/v1/bookings/${body.id}/cancel`, { reason: 'ill', revision: 1 })
    expect((await world.book(mina, ravi, TEN, {}, key)).status).toBe(201)
  })

  test('is forgotten after 48 hours', async () => {
    const key = { 'idempotency-key': newId() }
    await world.book(mina, ravi, '2026-03-20T10:00:00Z', {}, key)
    world.clock.advanceTo(world.clock.now().add({ hours: 48 }))
    expect((await world.book(mina, ravi, '2026-03-20T10:00:00Z', {}, key)).body.code).toBe('slot_taken')
  })
})
