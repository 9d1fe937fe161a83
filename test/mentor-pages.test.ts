import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { type BookingWorld, bookingWorld, OPEN_ALL_WEEK } from './support/booking.ts'
import { tellBooked } from './support/told.ts'

/** What a mentor's own pages show: hours before they are saved, the week, sessions with each mentee, first steps. */

let world: BookingWorld
let programme: string
let asha: string
let ravi: string

beforeAll(async () => {
  world = await bookingWorld()
  programme = await world.programme('Open', { room: 'zoom' })
  await world.host('pool-1@example.org')
  await world.host('pool-2@example.org')
})
afterAll(() => world.drop())
beforeEach(async () => {
  await world.db.updateTable('commitment').set({ released_at: world.clock.now() }).execute()
  asha = await world.mentor('Asha')
  ravi = await world.person('Ravi', ['mentee'])
  await world.pair(programme, asha, ravi)
})

const WEEK = 'from=2026-03-09T00:00:00Z&to=2026-03-16T00:00:00Z'
const TEN = '2026-03-10T10:00:00Z'
const HOURS = { overrides: [], absences: [], minimumNoticeMinutes: 60, ...OPEN_ALL_WEEK }
const check = (who: string, config: object, range = WEEK) =>
  world.ask(who, 'POST', `/api/v1/mentors/${asha}/calendar-config/check?${range}`, config)
const get = (who: string, what: string) => world.ask(who, 'GET', `/api/v1/mentors/${asha}/${what}`)

describe('hours before they are saved', () => {
  test('an absence names the sessions it hits, and nothing is written', async () => {
    const { body: booking } = await world.book(ravi, asha, TEN)
    const absences = [{ startsAt: '2026-03-10T00:00:00Z', endsAt: '2026-03-11T00:00:00Z', reason: 'a conference' }]
    const { status, body } = await check(asha, { ...HOURS, absences })
    expect(status).toBe(200)
    expect(body.affected).toEqual([
      {
        sessionId: booking.sessionId,
        startsAt: TEN,
        endsAt: '2026-03-10T10:30:00Z',
        mentees: [{ id: ravi, name: 'Ravi' }],
        causes: ['absence'],
      },
    ])
    const stored = await get(asha, 'calendar-config')
    expect([stored.body.absences, stored.headers.get('etag')]).toEqual([[], '"1"'])
  })

  test('all time of the week is either offered or has a cause, without holes or overlaps', async () => {
    await world.book(ravi, asha, TEN)
    const weekly = [{ weekday: 2, from: '09:00', to: '12:10' }]
    const { body } = await check(asha, { ...HOURS, weekly })
    let until = '2026-03-09T00:00:00Z'
    for (const { startsAt, endsAt } of body.stretches) {
      expect(startsAt).toBe(until)
      until = endsAt
    }
    expect(until).toBe('2026-03-16T00:00:00Z')
    const free = body.stretches.filter((one: { reasons: string[] }) => one.reasons.length === 0)
    expect(free.map(({ startsAt }: { startsAt: string }) => startsAt.slice(11, 16))).toEqual([
      '09:00',
      '09:30',
      '10:30',
      '11:00',
      '11:30',
    ])
    const at = body.stretches.find(({ startsAt }: { startsAt: string }) => startsAt === TEN)
    expect(at.reasons).toEqual(['booking'])
  })

  test('windows that touch across midnight come out as one', async () => {
    const weekly = [
      { weekday: 2, from: '22:00', to: '24:00' },
      { weekday: 3, from: '00:00', to: '01:00' },
    ]
    const { body } = await check(asha, { ...HOURS, weekly })
    expect(body.open).toEqual([{ startsAt: '2026-03-10T22:00:00Z', endsAt: '2026-03-11T01:00:00Z' }])
  })

  test('the hour that a clock change leaves out is an entry of its own', async () => {
    const weekly = [{ weekday: 7, from: '00:00', to: '04:00' }]
    const london = { ...HOURS, timeZone: 'Europe/London', weekly, sessionMinutes: 60, horizonDays: 60 }
    const { body } = await check(asha, london, 'from=2026-03-29T00:00:00Z&to=2026-03-30T00:00:00Z')
    const gap = body.stretches.filter(({ reasons }: { reasons: string[] }) => reasons.includes('dst_gap'))
    expect(gap.map(({ startsAt }: { startsAt: string }) => startsAt)).toEqual(['2026-03-29T01:00:00Z'])
  })

  test('what breaks a rule is named by its field, and a range beyond all reason is refused', async () => {
    const wrong = await check(asha, { ...HOURS, sessionMinutes: 1 })
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'sessionMinutes'])
    const long = await check(asha, HOURS, 'from=2026-03-09T00:00:00Z&to=2027-03-09T00:00:00Z')
    expect([long.status, long.body.code]).toEqual([400, 'range_too_long'])
  })
})

describe('the week', () => {
  test('shows sessions, holds, open hours, absences and what Google says is busy', async () => {
    const { body: booking } = await world.book(ravi, asha, TEN)
    const held = await world.ask(ravi, 'POST', '/api/v1/holds', { mentorId: asha, startsAt: '2026-03-11T10:00:00Z' })
    const connectionId = newId()
    await world.db
      .insertInto('calendar_connection')
      .values({ id: connectionId, account_id: asha, google_email: 'asha@gmail.test', connected_at: world.clock.now() })
      .execute()
    await world.db
      .insertInto('calendar_busy')
      .values({
        connection_id: connectionId,
        google_event_id: 'dentist',
        account_id: asha,
        during: '[2026-03-12T10:00:00Z,2026-03-12T11:00:00Z)',
        title: 'Dentist',
        seen_at: world.clock.now(),
      })
      .execute()
    const { status, body } = await get(asha, `week?${WEEK}`)
    expect(status).toBe(200)
    expect(body.sessions).toEqual([
      {
        sessionId: booking.sessionId,
        bookingId: booking.id,
        bookingRevision: 1,
        startsAt: TEN,
        endsAt: '2026-03-10T10:30:00Z',
        title: null,
        mentees: ['Ravi'],
      },
    ])
    expect(body.holds).toMatchObject([{ id: held.body.id, mentee: 'Ravi', expiresAt: held.body.expiresAt }])
    expect(body.busy).toEqual([{ startsAt: '2026-03-12T10:00:00Z', endsAt: '2026-03-12T11:00:00Z', title: 'Dentist' }])
    expect(body.open).toHaveLength(7)
    expect((await get(ravi, `week?${WEEK}`)).status).toBe(404)
  })
})

describe('sessions with each mentee', () => {
  test('count against the pair’s budget, and the past is told in kind words', async () => {
    const { body: booking } = await world.book(ravi, asha, TEN)
    const before = await get(asha, 'sessions')
    expect(before.body.ahead).toMatchObject([
      { sessionId: booking.sessionId, join: null, mentees: [{ name: 'Ravi', answer: null }] },
    ])
    expect(before.body.pairs).toMatchObject([{ mentee: { name: 'Ravi' }, used: 1, endedAt: null, past: [] }])

    const participant = await world.db
      .selectFrom('session_participant')
      .select('id')
      .where('session_id', '=', booking.sessionId)
      .where('account_id', '=', ravi)
      .executeTakeFirstOrThrow()
    await world.db
      .updateTable('session')
      .set({
        starts_at: Temporal.Instant.from('2026-03-08T09:00:00Z'),
        ends_at: Temporal.Instant.from('2026-03-08T09:30:00Z'),
      })
      .where('id', '=', booking.sessionId)
      .execute()
    await world.db
      .insertInto('attendance_verdict')
      .values({
        id: newId(),
        session_id: booking.sessionId,
        participant_id: participant.id,
        version: 1,
        verdict: 'absent',
        stage: 'firm',
        evidence: '{}',
        decided_at: world.clock.now(),
      })
      .execute()
    const after = await get(asha, 'sessions')
    expect(after.body.pairs[0].past).toEqual([
      { sessionId: booking.sessionId, startsAt: '2026-03-08T09:00:00Z', outcome: 'not_met' },
    ])
    expect(JSON.stringify(after.body)).not.toMatch(/absent|no.show|failed/i)
  })
})

describe('a move', () => {
  test('says what follows first and changes nothing, then does it', async () => {
    const { body: booking } = await world.book(ravi, asha, TEN)
    await tellBooked(world.db, booking.sessionId)
    const path = `/api/v1/bookings/${booking.id}/reschedule`
    const to = { startsAt: '2026-03-10T12:00:00Z', revision: 1 }
    const preview = await world.ask(asha, 'POST', path, { ...to, dryRun: true })
    expect(preview.body).toMatchObject({ startsAt: TEN, revision: 1, dryRun: true })
    expect(preview.body.effects.messages.map(({ meaning }: { meaning: string }) => meaning)).toContain('moved')
    const still = await world.ask(asha, 'GET', `/api/v1/bookings/${booking.id}`)
    expect(still.body).toMatchObject({ startsAt: TEN, revision: 1 })
    const done = await world.ask(asha, 'POST', path, to)
    expect([done.status, done.body.startsAt, done.body.effects]).toEqual([200, to.startsAt, undefined])
    const stale = await world.ask(asha, 'POST', path, { ...to, startsAt: TEN, dryRun: true })
    expect([stale.status, stale.body.code]).toEqual([409, 'stale_revision'])
  })

  test('is offered times that suit everybody in it, its own left out', async () => {
    const mina = await world.mentor('Mina')
    await world.pair(programme, mina, ravi)
    const { body: booking } = await world.book(ravi, asha, TEN)
    await world.book(ravi, mina, '2026-03-10T12:00:00Z')
    const range = 'from=2026-03-10T09:30:00Z&to=2026-03-10T13:00:00Z'
    const { body } = await world.ask(asha, 'GET', `/api/v1/bookings/${booking.id}/times?${range}`)
    expect(body.times.map(({ startsAt }: { startsAt: string }) => startsAt.slice(11, 16))).toEqual([
      '09:30',
      '10:30',
      '11:00',
      '11:30',
      '12:30',
    ])
  })
})

describe('first steps', () => {
  const steps = async (id: string) => (await world.ask(id, 'GET', `/api/v1/mentors/${id}/first-steps`)).body

  test('are open for a new mentor, and done by what is on record', async () => {
    const lena = await world.person('Lena', ['mentor'])
    expect(await steps(lena)).toMatchObject({
      zone: { isDone: false },
      hours: { isDone: false, minutesAWeek: 0 },
      calendar: { state: 'never' },
      whatsapp: { state: 'open' },
      isFinished: false,
    })
    const weekly = [{ weekday: 1, from: '09:00', to: '10:30' }]
    await world.ask(lena, 'PUT', `/api/v1/mentors/${lena}/calendar-config`, { ...HOURS, weekly }, { 'if-match': '"0"' })
    await world.db
      .updateTable('account')
      .set({ channels: ['email'] })
      .where('id', '=', lena)
      .execute()
    expect(await steps(lena)).toMatchObject({
      zone: { isDone: true },
      hours: { isDone: true, minutesAWeek: 90 },
      whatsapp: { state: 'no' },
      isFinished: true,
    })
  })

  test('open again when the calendar breaks', async () => {
    await world.db
      .updateTable('account')
      .set({ channels: ['email'] })
      .where('id', '=', asha)
      .execute()
    expect((await steps(asha)).isFinished).toBe(true)
    const now = world.clock.now()
    await world.db
      .insertInto('calendar_connection')
      .values({
        id: newId(),
        account_id: asha,
        google_email: 'asha@gmail.test',
        connected_at: now,
        synced_at: now,
        broken_at: now,
      })
      .execute()
    expect(await steps(asha)).toMatchObject({
      calendar: { state: 'broken', address: 'asha@gmail.test' },
      isFinished: false,
    })
  })
})
