import { bookingRoutes } from '../../src/booking/routes.ts'
import { StandingClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import type { PoolOptions } from '../../src/database/pool.ts'
import { problem, Refusal } from '../../src/errors.ts'
import { type House, router } from '../../src/http.ts'
import { newId } from '../../src/ids.ts'
import { identify } from '../../src/people/identify.ts'
import { cookieName, signIn } from '../../src/people/sign-in.ts'
import { testDatabase } from './database.ts'

export const TOKEN = 'sandbox-token-of-this-test'
const SUNDAY_NOON = Temporal.Instant.from('2026-03-08T12:00:00Z')

// Monday to Sunday, 06:00 to 22:00 in UTC, half an hour each: 32 times a day.
export const OPEN_ALL_WEEK = {
  timeZone: 'UTC',
  weekly: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '06:00', to: '22:00' })),
  sessionMinutes: 30,
}

// biome-ignore lint/suspicious/noExplicitAny: each test states the shape it expects
export type Answer = { status: number; body: any; headers: Headers }

/** A database, a standing clock and the edge of booking, asked like a client would: bearer token or signed-in cookie. */
export async function bookingWorld(options: PoolOptions = {}) {
  const { db, url, drop } = await testDatabase(options)
  const clock = new StandingClock(SUNDAY_NOON)
  const config = readConfig({ PUNCTUAL_SANDBOX_TOKEN: TOKEN, PUNCTUAL_MODE: 'sandbox' })
  const nudges = { count: 0 }
  const house: House = { db, clock, config, nudge: () => void nudges.count++, onChange: () => () => {}, log: () => {} }
  const cookies = new Map<string, string>()

  const app = router()
  app.use(async (c, next) => {
    c.set('actor', await identify(house, c.req.raw.headers))
    await next()
  })
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    const { status, body } = problem(error)
    return c.json(body, status as 400)
  })
  app.route('/', bookingRoutes(house))

  /** `who`: 'ops', 'nobody', or a person's id. */
  async function ask(
    who: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const identity: Record<string, string> =
      who === 'ops' ? { authorization: `Bearer ${TOKEN}` } : who === 'nobody' ? {} : { cookie: await cookieOf(who) }
    const response = await app.request(path, {
      method,
      headers: { ...identity, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null, headers: response.headers }
  }

  async function cookieOf(personId: string): Promise<string> {
    const known = cookies.get(personId)
    if (known) return known
    const cookie = `${cookieName(config)}=${await signIn(db, personId, clock.elapsed())}`
    cookies.set(personId, cookie)
    return cookie
  }

  async function person(name: string, roles: string[] = []): Promise<string> {
    const id = newId()
    await db
      .insertInto('account')
      .values({
        id,
        email: `${name.toLowerCase()}-${id}@example.org`,
        name,
        time_zone: 'UTC',
        roles,
        created_at: SUNDAY_NOON,
      })
      .execute()
    return id
  }

  async function mentor(name: string, config: object = OPEN_ALL_WEEK): Promise<string> {
    const id = await person(name, ['mentor'])
    await db
      .insertInto('user_calendar_config')
      .values({
        account_id: id,
        config: JSON.stringify({ overrides: [], absences: [], minimumNoticeMinutes: 60, ...config }),
        version: 1,
        updated_at: SUNDAY_NOON,
        updated_by: 'test',
      })
      .execute()
    return id
  }

  async function programme(
    name: string,
    fields: { booking?: 'open' | 'assigned'; room?: 'zoom' | 'meet' } = {},
  ): Promise<string> {
    const id = newId()
    await db
      .insertInto('programme')
      .values({ id, name, booking: 'open', room: 'zoom', created_at: SUNDAY_NOON, ...fields })
      .execute()
    return id
  }

  async function pair(
    programmeId: string,
    mentorId: string,
    menteeId: string,
    sessions: number | null = null,
  ): Promise<string> {
    const id = newId()
    await db
      .insertInto('mentorship')
      .values({
        id,
        programme_id: programmeId,
        mentor_id: mentorId,
        mentee_id: menteeId,
        sessions,
        starts_on: '2026-01-01',
        created_at: SUNDAY_NOON,
      })
      .execute()
    return id
  }

  async function host(zoomUser: string, accountId: string | null = null): Promise<string> {
    const id = newId()
    await db.insertInto('zoom_host').values({ id, zoom_user: zoomUser, account_id: accountId }).execute()
    return id
  }

  const book = (
    who: string,
    mentorId: string,
    startsAt: string,
    more: object = {},
    headers: Record<string, string> = {},
  ) => ask(who, 'POST', '/api/v1/bookings', { mentorId, startsAt, ...more }, headers)

  return { db, url, drop, clock, house, app, nudges, ask, book, person, mentor, programme, pair, host }
}

export type BookingWorld = Awaited<ReturnType<typeof bookingWorld>>
