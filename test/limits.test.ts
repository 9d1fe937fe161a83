import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Clock, machineNow } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { Refusal } from '../src/errors.ts'
import type { House } from '../src/http.ts'
import { LIMITS, type LimitName, limit } from '../src/people/rate-limits.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { createToken } from '../src/people/tokens.ts'
import { type BookingWorld, bookingWorld, TOKEN } from './support/booking.ts'

let world: BookingWorld
let house: House
let app: ReturnType<typeof createApp>
let mentor: string
let programme: string

beforeAll(async () => {
  world = await bookingWorld({ max: 12 })
  programme = await world.programme('Spring')
  for (let i = 0; i < 30; i += 1) await world.host(`host-${i}@zoom.test`)
})
afterAll(() => world.drop())
beforeEach(async () => {
  await world.house.db.deleteFrom('rate_count').execute()
  // Both clocks stand, so that no window ends in the middle of a test.
  const elapsed = machineNow().round({ smallestUnit: 'hour', roundingMode: 'floor' })
  const clock: Clock = { now: () => world.house.clock.now(), elapsed: () => elapsed }
  const config = readConfig({
    PUNCTUAL_SANDBOX_TOKEN: TOKEN,
    PUNCTUAL_SECRET: 's'.repeat(40),
    PUNCTUAL_PROXIES: '1',
    SMTP_URL: 'smtp://127.0.0.1:1',
  })
  house = { ...world.house, clock, config }
  app = createApp(house, {
    email: {
      send: async () => ({ ok: true, messageId: '', response: '' }),
      verify: async () => ({ ok: true }),
      close: () => {},
    },
  })
  mentor = await world.mentor(`Asha ${Math.random()}`)
})

describe('a limit', () => {
  test.each(Object.keys(LIMITS) as LimitName[])(
    '%s lets exactly its number through, of a hundred at once',
    async (name) => {
      const all = Math.max(100, LIMITS[name].count + 40)
      const outcomes = await Promise.allSettled(Array.from({ length: all }, () => limit(house, name, ['somebody'])))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(LIMITS[name].count)
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue
        expect(outcome.reason).toBeInstanceOf(Refusal)
        expect(outcome.reason.code).toBe('slow_down')
        expect(outcome.reason.details.retryAfterSeconds).toBeGreaterThan(0)
        expect(outcome.reason.details.retryAfterSeconds).toBeLessThanOrEqual(LIMITS[name].seconds)
      }
    },
  )

  test('is everybody’s own, and begins again when its time is over', async () => {
    for (let i = 0; i < LIMITS.export.count; i += 1) await limit(house, 'export', ['Mina'])
    await expect(limit(house, 'export', ['Mina'])).rejects.toThrow(/too often/)
    await limit(house, 'export', ['Omar'])
    const tomorrow = { ...house, clock: { ...house.clock, now: () => house.clock.now().add({ hours: 24 }) } }
    await limit(tomorrow, 'export', ['Mina'])
  })

  test('keeps no address of anybody', async () => {
    await limit(house, 'sign_in', ['mina@example.org', '203.0.113.77'])
    const rows = JSON.stringify(await house.db.selectFrom('rate_count').selectAll().execute())
    expect(rows).not.toMatch(/mina|example|203\.0/)
  })
})

describe('signing in', () => {
  test('is asked for five times in a quarter of an hour, then the answer says when to come again', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => askForMail('mina@example.org', '198.51.100.1')))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(5)
    const refused = answers.find(({ status }) => status === 429) as Response
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.text()).toContain('Try again in')
  })

  test('of somebody is not locked by whoever floods their address from elsewhere', async () => {
    for (let i = 0; i < 40; i += 1) await askForMail('mina@example.org', `198.51.100.${i}`)
    for (let i = 0; i < 40; i += 1) await askForMail('mina@example.org', '198.51.100.200')
    expect((await askForMail('mina@example.org', '192.0.2.1')).status).toBe(303)
  })

  test('for a list of addresses ends after thirty from one place, however it names itself', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => askForMail(`p${i}@example.org`, '192.0.2.9', `203.0.113.${i}`)),
    )
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(30)
    const network = await Promise.all(
      Array.from({ length: 100 }, (_, i) => askForMail(`q${i}@example.org`, `2001:db8:1:2::${i.toString(16)}`)),
    )
    expect(network.filter(({ status }) => status === 303)).toHaveLength(30)
    expect((await askForMail('q@example.org', '2001:db8:1:3::1')).status).toBe(303)
  })
})

describe('booking', () => {
  test('a mentee makes ten bookings an hour, of twenty-four at once; what is refused is not counted', async () => {
    const mina = await world.person('Mina', ['mentee'])
    await world.pair(programme, mentor, mina)
    const cookie = await cookieOf(mina)
    for (let i = 0; i < 15; i += 1)
      expect(
        (await ask(cookie, 'POST', '/api/v1/bookings', { mentorId: mentor, startsAt: '2026-03-09T03:00:00Z' })).status,
      ).toBe(422)
    const times = Array.from({ length: 24 }, (_, i) =>
      Temporal.Instant.from('2026-03-09T14:00:00Z').add({ hours: (i % 8) + 24 * Math.floor(i / 8) }),
    )
    const answers = await Promise.all(
      times.map((startsAt) =>
        ask(cookie, 'POST', '/api/v1/bookings', { mentorId: mentor, startsAt: startsAt.toString() }),
      ),
    )
    expect(counted(answers)).toEqual({ 201: 10, 429: 14 })
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.body).toMatchObject({ code: 'slow_down', status: 429 })
    expect(refused?.headers.get('retry-after')).toBe(String(refused?.body.retryAfterSeconds))
    const { rows } = await house.db.executeQuery<{ n: number }>(bookingsOf(mina).compile())
    expect(Number(rows[0]?.n)).toBe(10)
    world.clock.advanceTo(world.clock.now().add({ hours: 1 }))
    const later = times[answers.findIndex(({ status }) => status === 429)] as Temporal.Instant
    expect(
      (await ask(cookie, 'POST', '/api/v1/bookings', { mentorId: mentor, startsAt: later.toString() })).status,
    ).toBe(201)
  })

  test('ops and programs book for many people and are not counted as one', async () => {
    const bearer = {
      authorization: `Bearer ${(await createToken(house.db, { name: 'sync', scopes: ['ops'], expiresAt: null }, house.clock.elapsed())).token}`,
    }
    const omar = await world.person('Omar', ['mentee'])
    await world.pair(programme, mentor, omar)
    for (let i = 0; i < 12; i += 1) {
      const startsAt = Temporal.Instant.from('2026-03-12T06:00:00Z').add({ hours: i }).toString()
      expect(
        (await ask(bearer, 'POST', '/api/v1/bookings', { mentorId: mentor, menteeId: omar, startsAt })).status,
      ).toBe(201)
    }
  })

  test('nobody walks a hold over a mentor’s whole week', async () => {
    const mina = await world.person('Mina', ['mentee'])
    await world.pair(programme, mentor, mina)
    const cookie = await cookieOf(mina)
    const answers = []
    for (let i = 0; i < 25; i += 1) {
      const startsAt = Temporal.Instant.from('2026-03-13T06:00:00Z')
        .add({ minutes: 30 * i })
        .toString()
      answers.push(await ask(cookie, 'POST', '/api/v1/holds', { mentorId: mentor, startsAt }))
    }
    expect(counted(answers)).toEqual({ 201: 20, 429: 5 })
    const again = await ask(cookie, 'POST', '/api/v1/holds', { mentorId: mentor, startsAt: '2026-03-13T15:30:00Z' })
    expect(again.status).toBe(201)
  })

  test('a session is moved five times a day by one side, and the other side can still move it', async () => {
    const mina = await world.person('Mina', ['mentee'])
    await world.pair(programme, mentor, mina)
    const cookie = await cookieOf(mina)
    const startsAt = Temporal.Instant.from('2026-03-14T06:00:00Z')
    const { body } = await ask(cookie, 'POST', '/api/v1/bookings', { mentorId: mentor, startsAt: startsAt.toString() })
    const move = (who: Record<string, string>, revision: number) =>
      ask(who, 'POST', `/api/v1/bookings/${body.id}/reschedule`, {
        startsAt: startsAt.add({ hours: revision }).toString(),
        revision,
      })
    for (let revision = 1; revision <= 5; revision += 1) expect((await move(cookie, revision)).status).toBe(200)
    expect((await move(cookie, 6)).status).toBe(429)
    expect((await move(await cookieOf(mentor), 6)).status).toBe(200)
  })
})

describe('free times', () => {
  const path = () => `/api/v1/mentors/${mentor}/slots?from=2026-03-09T00:00:00Z&to=2026-03-10T00:00:00Z`

  test('are asked for sixty times a minute by one person, on the page and by program together', async () => {
    const mina = await world.person('Mina', ['mentee'])
    await world.pair(programme, mentor, mina)
    const cookie = await cookieOf(mina)
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(cookie, 'GET', path())))
    expect(counted(answers)).toEqual({ 200: 60, 429: 40 })
    expect((await app.request(`/book/${mentor}`, { headers: cookie })).status).toBe(429)
    const omar = await world.person('Omar', ['mentee'])
    await world.pair(programme, mentor, omar)
    expect((await ask(await cookieOf(omar), 'GET', path())).status).toBe(200)
  })

  test('of the sandbox are open to its own token without limit', async () => {
    const answers = await Promise.all(
      Array.from({ length: 80 }, () => ask({ authorization: `Bearer ${TOKEN}` }, 'GET', path())),
    )
    expect(counted(answers)).toEqual({ 200: 80 })
    expect(await house.db.selectFrom('rate_count').selectAll().execute()).toEqual([])
  })
})

// ---------------------------------------------------------------- asking

// biome-ignore lint/suspicious/noExplicitAny: each test states the shape it expects
type Answer = { status: number; body: any; headers: Headers }

async function ask(who: Record<string, string>, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await app.request(path, {
    method,
    headers: { ...who, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text, headers: answer.headers }
}

const cookieOf = async (id: string) => ({
  cookie: `${cookieName(house.config)}=${await signIn(house.db, id, house.clock.elapsed())}`,
})

/** `from` is what our proxy saw; `claimed` what the caller wrote into the header before. */
const askForMail = async (address: string, from: string, claimed = '203.0.113.1') =>
  app.request('/sign-in', {
    method: 'POST',
    headers: { 'x-forwarded-for': `${claimed}, ${from}` },
    body: new URLSearchParams({ address }),
  })

const counted = (answers: { status: number }[]): Record<number, number> => {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const bookingsOf = (menteeId: string) =>
  house.db
    .selectFrom('user_calendar_booking')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('mentee_id', '=', menteeId)
