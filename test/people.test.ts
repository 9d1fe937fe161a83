import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endMentorshipRoutes } from '../src/booking/end-mentorship-route.ts'
import { StandingClock } from '../src/clock.ts'
import { type Config, readConfig } from '../src/config.ts'
import { transact } from '../src/database/transaction.ts'
import { problem, Refusal } from '../src/errors.ts'
import { type House, router } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { grantConsent, withdrawConsent } from '../src/people/consent.ts'
import { enterUrl, identify } from '../src/people/identify.ts'
import { peopleRoutes } from '../src/people/routes.ts'
import { sandboxSignInRoutes } from '../src/people/sandbox-sign-in.ts'
import { cookieName, sessionCookie, signIn, signOut } from '../src/people/sign-in.ts'
import { createToken, revokeToken } from '../src/people/tokens.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'
import { worksForAll } from './support/works-for.ts'

const NOW = Temporal.Instant.from('2026-03-22T12:00:00Z')
const config: Config = readConfig({
  PUNCTUAL_MODE: 'sandbox',
  PUNCTUAL_SANDBOX_TOKEN: 'the sandbox token',
  PUNCTUAL_SECRET: 'a secret of at least thirty-two characters',
})

let database: TestDatabase
let house: House
let app: ReturnType<typeof router>
beforeAll(async () => {
  database = await testDatabase()
  house = { db: database.db, clock: new StandingClock(NOW), config, nudge: () => {}, log: () => {} } as unknown as House
  app = router()
  app.use(async (c, next) => {
    c.set('actor', await identify(house, c.req.raw.headers))
    await next()
  })
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    const { status, body } = problem(error)
    return c.json(body, status as 400)
  })
  app.route('/', peopleRoutes(house)).route('/', endMentorshipRoutes(house)).route('/', sandboxSignInRoutes(house))
})
afterAll(() => database.drop())

type Headers = Record<string, string>
const ADMIN: Headers = { authorization: 'Bearer the sandbox token' }
// biome-ignore lint/suspicious/noExplicitAny: answers are read as a client reads them
type Answer = { status: number; body: any; headers: globalThis.Headers }

async function ask(who: Headers, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await app.request(path, {
    method,
    headers: { ...who, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : null, headers: response.headers }
}

const signedIn = async (id: string): Promise<Headers> => ({
  cookie: `${cookieName(config)}=${await signIn(database.db, id, house.clock.elapsed())}`,
})

let count = 0
async function somebody(name: string, more: object = {}): Promise<string> {
  count += 1
  const { status, body } = await ask(ADMIN, 'POST', '/api/v1/people', {
    name,
    email: `person${count}@example.com`,
    timeZone: 'Asia/Kolkata',
    ...more,
  })
  expect(status).toBe(201)
  return body.id
}
async function programme(booking: 'open' | 'assigned'): Promise<string> {
  count += 1
  return (await ask(ADMIN, 'POST', '/api/v1/programmes', { name: `Programme ${count}`, booking })).body.id
}
const pair = async (programmeId: string, mentorId: string, menteeId: string, more: object = {}): Promise<string> =>
  (await ask(ADMIN, 'POST', '/api/v1/mentorships', { programmeId, mentorId, menteeId, ...more })).body.id

async function session(
  programmeId: string,
  mentorId: string,
  menteeId: string,
  mentorshipId: string,
  startsAt: Temporal.Instant,
): Promise<string> {
  const id = newId()
  const booking = newId()
  const { db } = database
  const times = { starts_at: startsAt, ends_at: startsAt.add({ minutes: 30 }) }
  await db
    .insertInto('session')
    .values({
      id,
      programme_id: programmeId,
      ...times,
      room: 'meet',
      scheduled_at: NOW,
      created_at: NOW,
      created_by: 'test',
      published_at: NOW,
    })
    .execute()
  await db
    .insertInto('user_calendar_booking')
    .values({
      id: booking,
      session_id: id,
      mentor_id: mentorId,
      mentee_id: menteeId,
      mentorship_id: mentorshipId,
      created_at: NOW,
      created_by: 'test',
    })
    .execute()
  for (const [account, role] of [
    [mentorId, 'mentor'],
    [menteeId, 'mentee'],
  ] as const) {
    await db
      .insertInto('session_participant')
      .values({
        id: newId(),
        session_id: id,
        account_id: account,
        role,
        booking_id: role === 'mentee' ? booking : null,
        joined_at: NOW,
      })
      .execute()
    await db
      .insertInto('commitment')
      .values({
        id: newId(),
        holder_id: account,
        holder_kind: 'account',
        during: { start: times.starts_at, end: times.ends_at },
        session_id: id,
        created_at: NOW,
      })
      .execute()
  }
  return id
}
const wakeOf = async (id: string) =>
  (await database.db.selectFrom('session').select('wake_at').where('id', '=', id).executeTakeFirstOrThrow()).wake_at

// ---------------------------------------------------------------- who asks

test('nobody is anonymous and gets 401 wherever it matters', async () => {
  for (const path of ['/api/v1/me', '/api/v1/people', '/api/v1/programmes', '/api/v1/mentorships'])
    expect((await ask({}, 'GET', path)).status).toBe(401)
})

test('a token works until it expires or is revoked, and its secret is not stored', async () => {
  const now = house.clock.elapsed()
  const { id, token } = await createToken(
    database.db,
    { name: 'sync', scopes: ['ops'], expiresAt: now.add({ hours: 1 }) },
    now,
  )
  expect((await ask({ authorization: `Bearer ${token}` }, 'GET', '/api/v1/me')).body).toEqual({
    person: null,
    ops: true,
    admin: false,
    label: 'token:sync',
    mode: 'sandbox',
    now: house.clock.now().toString(),
  })
  expect(JSON.stringify(await database.db.selectFrom('api_token').selectAll().execute())).not.toContain(token)
  const used = await database.db
    .selectFrom('api_token')
    .select('last_used_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(used.last_used_at).not.toBeNull()
  await revokeToken(database.db, id, now)
  expect((await ask({ authorization: `Bearer ${token}` }, 'GET', '/api/v1/me')).status).toBe(401)
  const old = await createToken(
    database.db,
    { name: 'old', scopes: ['ops'], expiresAt: now.subtract({ hours: 1 }) },
    now,
  )
  expect((await ask({ authorization: `Bearer ${old.token}` }, 'GET', '/api/v1/me')).status).toBe(401)
})

test('the sandbox token does not exist in live mode, and a wrong one is refused', async () => {
  expect((await ask({ authorization: 'Bearer the sandbox tokem' }, 'GET', '/api/v1/me')).status).toBe(401)
  const live = { ...house, config: { ...config, PUNCTUAL_MODE: 'live' as const } }
  await expect(identify(live, new Headers(ADMIN))).rejects.toThrow(/unknown, expired or revoked/)
})

test('a cookie is a person until they sign out or are deactivated, and a right taken away is gone at once', async () => {
  const id = await somebody('Olivia', { roles: ['ops'] })
  const cookie = await signedIn(id)
  expect((await ask(cookie, 'GET', '/api/v1/me')).body).toMatchObject({ ops: true, person: { name: 'Olivia' } })
  await ask(ADMIN, 'PATCH', `/api/v1/people/${id}`, { roles: [] })
  expect((await ask(cookie, 'GET', '/api/v1/me')).body).toMatchObject({ ops: false })
  await ask(ADMIN, 'PATCH', `/api/v1/people/${id}`, { deactivated: true })
  expect((await ask(cookie, 'GET', '/api/v1/me')).status).toBe(401)

  const other = await signIn(database.db, await somebody('Sam'), house.clock.elapsed())
  await signOut(database.db, other)
  expect((await ask({ cookie: `${cookieName(config)}=${other}` }, 'GET', '/api/v1/me')).status).toBe(401)
})

test('under https the cookie is bound to the host', () => {
  expect(sessionCookie(config, 'v')).toBe('punctual_session=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000')
  const secure = { ...config, PUNCTUAL_URL: 'https://punctual.example' }
  expect(sessionCookie(secure, 'v')).toContain('__Host-punctual_session=v; Path=/; HttpOnly; SameSite=Lax; Secure')
})

test('the printed link of the sandbox signs in as ops, and a forged one does not', async () => {
  // A mentee who was made an admin as well is not whom it means, however early they came.
  await somebody('Amara', { roles: ['mentee', 'admin'] })
  await somebody('Olivia', { roles: ['ops', 'admin'] })
  const url = await enterUrl(house, '')
  const { status, headers } = await ask({}, 'GET', url)
  expect([status, headers.get('location')]).toEqual([303, '/'])
  const cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
  expect((await ask({ cookie }, 'GET', '/api/v1/me')).body).toMatchObject({
    ops: true,
    admin: true,
    person: { roles: ['ops', 'admin'] },
  })
  expect((await ask({}, 'GET', `${url.slice(0, -2)}xx`)).status).toBe(404)
  const ravi = await somebody('Ravi')
  const put = await ask({}, 'POST', '/sandbox/sign-in', { personId: ravi })
  expect([put.status, put.headers.get('set-cookie')?.startsWith('punctual_session=')]).toEqual([204, true])
})

// ---------------------------------------------------------------- who sees what

test('a mentee sees themself whole, their mentor by name and zone only, and nobody else', async () => {
  const [asha, ravi, kim] = [
    await somebody('Asha', { phone: '+91 90000 00001' }),
    await somebody('Ravi', { phone: '+12125550101' }),
    await somebody('Kim'),
  ]
  const pairId = await pair(await programme('assigned'), asha, ravi)
  const mine = await signedIn(ravi)
  expect((await ask(mine, 'GET', `/api/v1/people/${ravi}`)).body).toMatchObject({
    phone: '+12125550101',
    roles: ['mentee'],
    mentorIds: [asha],
  })
  expect((await ask(mine, 'GET', `/api/v1/people/${asha}`)).body).toEqual({
    id: asha,
    name: 'Asha',
    roles: ['mentor'],
    timeZone: 'Asia/Kolkata',
    locale: 'en',
    mentorIds: [],
  })
  expect((await ask(mine, 'GET', `/api/v1/people/${kim}`)).status).toBe(404)
  expect((await ask(mine, 'PATCH', `/api/v1/people/${asha}`, { name: 'X' })).status).toBe(404)
  expect((await ask(mine, 'POST', `/api/v1/people/${asha}/consent`, { channel: 'email', given: false })).status).toBe(
    403,
  )
  expect((await ask(mine, 'GET', '/api/v1/people')).body.items.map(({ id }: { id: string }) => id).sort()).toEqual(
    [asha, ravi].sort(),
  )
  const found = async (query: string) => (await ask(mine, 'GET', `/api/v1/people?${query}`)).body.items.length
  expect([
    await found('search=ASH'),
    await found('search=example.com'),
    await found(`email=${(await ask(ADMIN, 'GET', `/api/v1/people/${asha}`)).body.email}`),
  ]).toEqual([1, 1, 0])
  expect((await ask(mine, 'GET', '/api/v1/mentorships')).body.items.map(({ id }: { id: string }) => id)).toEqual([
    pairId,
  ])
  expect((await ask(await signedIn(asha), 'GET', `/api/v1/people/${ravi}`)).body).toMatchObject({
    name: 'Ravi',
    mentorIds: [asha],
  })
})

test('in an open programme a mentee sees every mentor of it', async () => {
  const [open, closed] = [await programme('open'), await programme('assigned')]
  const [asha, rohan, kim, ravi, zoe] = [
    await somebody('Asha'),
    await somebody('Rohan'),
    await somebody('Kim'),
    await somebody('Ravi'),
    await somebody('Zoe'),
  ]
  await pair(open, asha, ravi)
  await pair(open, rohan, zoe)
  await pair(closed, kim, zoe)
  const seen = (await ask(await signedIn(ravi), 'GET', '/api/v1/people?role=mentor')).body.items.map(
    ({ id }: { id: string }) => id,
  )
  expect(seen.sort()).toEqual([asha, rohan].sort())
})

test('only ops run the programme', async () => {
  const mine = await signedIn(await somebody('Ravi'))
  const wanted = { name: 'New', email: 'new@example.com', timeZone: 'Europe/London' }
  for (const [path, body] of [
    ['people', wanted],
    ['programmes', { name: 'N' }],
    ['mentorships', { programmeId: newId(), mentorId: newId(), menteeId: newId() }],
    ['import', { people: '' }],
  ] as const)
    expect((await ask(mine, 'POST', `/api/v1/${path}`, body)).status).toBe(403)
})

test('ops cannot make themselves admin, nor take over an admin by changing the address', async () => {
  const boss = await somebody('Boss', { roles: ['admin'] })
  const id = await somebody('Olivia', { roles: ['ops'] })
  await programme('open')
  await worksForAll(database.db, id)
  const mine = await signedIn(id)
  expect((await ask(mine, 'PATCH', `/api/v1/people/${id}`, { roles: ['ops', 'admin'] })).status).toBe(403)
  expect((await ask(mine, 'PATCH', `/api/v1/people/${boss}`, { email: 'mine@example.com' })).status).toBe(403)
  expect(
    (
      await ask(mine, 'POST', '/api/v1/people', {
        name: 'A',
        email: 'a2@example.com',
        timeZone: 'UTC',
        roles: ['admin'],
      })
    ).status,
  ).toBe(403)
  expect((await ask(mine, 'PATCH', `/api/v1/people/${id}`, { phone: '+44 20 7946 0999' })).body).toMatchObject({
    phone: '+442079460999',
  })
})

// ---------------------------------------------------------------- people

test('what is wrong with a person is named by field, unknown fields too', async () => {
  const { status, body } = await ask(ADMIN, 'POST', '/api/v1/people', {
    name: '',
    email: 'x',
    timeZone: '+05:30',
    phone: '12345',
    locale: '??',
    age: 3,
  })
  expect(status).toBe(400)
  expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
    'age',
    'email',
    'locale',
    'name',
    'phone',
    'timeZone',
  ])
})

test('an address that belongs to somebody, as alias too, is refused', async () => {
  await somebody('Harriet', { aliases: ['h.cole@university.example'] })
  const { status, body } = await ask(ADMIN, 'POST', '/api/v1/people', {
    name: 'Other',
    email: 'H.Cole@university.example',
    timeZone: 'UTC',
  })
  expect([status, body.code]).toEqual([409, 'conflict'])
})

test('another phone, zone, language or consent wakes the sessions a person is expected in', async () => {
  const [asha, ravi] = [await somebody('Asha'), await somebody('Ravi', { phone: '+12125550102' })]
  const spring = await programme('open')
  const id = await session(spring, asha, ravi, await pair(spring, asha, ravi), NOW.add({ hours: 30 }))
  for (const change of [
    { phone: '+12125550103' },
    { timeZone: 'Europe/Berlin' },
    { channels: ['email'] },
    { aliases: ['r@home.example'] },
  ]) {
    await database.db.updateTable('session').set({ wake_at: null }).where('id', '=', id).execute()
    expect((await ask(ADMIN, 'PATCH', `/api/v1/people/${ravi}`, change)).status).toBe(200)
    expect(await wakeOf(id)).toEqual(NOW)
  }
  await database.db.updateTable('session').set({ wake_at: null }).where('id', '=', id).execute()
  await ask(await signedIn(ravi), 'POST', `/api/v1/people/${ravi}/consent`, { channel: 'whatsapp', given: true })
  expect(await wakeOf(id)).toEqual(NOW)
})

test('WhatsApp needs a number and a consent; mail needs none, but an unsubscribe counts', async () => {
  const id = await somebody('Ravi', { phone: '+12125550104' })
  const channels = async () => (await ask(ADMIN, 'GET', `/api/v1/people/${id}`)).body.channels
  expect(await channels()).toEqual(['email'])
  const said = (channel: string, given: boolean) =>
    ask(ADMIN, 'POST', `/api/v1/people/${id}/consent`, { channel, given, source: 'phone call' })
  await said('whatsapp', true)
  expect(await channels()).toEqual(['whatsapp', 'email'])
  await said('email', false)
  await said('whatsapp', false)
  expect(await channels()).toEqual([])
  await said('email', true)
  expect(await channels()).toEqual(['email'])
})

test('lists go page by page without a gap', async () => {
  const all: string[] = []
  let cursor = ''
  do {
    const { body } = await ask(ADMIN, 'GET', `/api/v1/people?limit=3${cursor && `&cursor=${cursor}`}`)
    expect(body.items.length).toBeLessThanOrEqual(3)
    all.push(...body.items.map(({ id }: { id: string }) => id))
    cursor = body.nextCursor ?? ''
  } while (cursor)
  const rows = await database.db.selectFrom('account').select('id').orderBy('id').execute()
  expect(all).toEqual(rows.map(({ id }) => id))
  expect((await ask(ADMIN, 'GET', '/api/v1/people?cursor=nonsense')).status).toBe(400)
  expect((await ask(ADMIN, 'GET', '/api/v1/people?limit=501')).status).toBe(400)
})

test('two accounts of one person become one, with their sessions', async () => {
  const [asha, ravi, again] = [
    await somebody('Asha'),
    await somebody('Ravi'),
    await somebody('R. Shah', { phone: '+12125550105' }),
  ]
  const spring = await programme('open')
  const id = await session(spring, asha, again, await pair(spring, asha, again), NOW.add({ hours: 40 }))
  expect(
    (await ask(ADMIN, 'POST', `/api/v1/people/${asha}/join`, { goneId: again, reason: 'same name' })).body.code,
  ).toBe('not_possible')
  const { status, body } = await ask(ADMIN, 'POST', `/api/v1/people/${ravi}/join`, {
    goneId: again,
    reason: 'registered twice',
  })
  expect([status, body.phone, body.mentorIds]).toEqual([200, '+12125550105', [asha]])
  expect((await ask(ADMIN, 'GET', `/api/v1/people/${again}`)).status).toBe(404)
  const expected = await database.db
    .selectFrom('session_participant')
    .select('account_id')
    .where('session_id', '=', id)
    .where('role', '=', 'mentee')
    .execute()
  expect(expected).toEqual([{ account_id: ravi }])
  expect(await wakeOf(id)).toEqual(NOW)
})

describe('of two accounts of one person the last word about a channel counts', () => {
  const KEPT = '+12125550131'
  const GONE = '+12125550132'
  const daysAgo = (days: number) => NOW.subtract({ hours: 24 * days })
  type Words = { yes?: number; no?: number; yesAgain?: number }
  type Account = { phone?: string; whatsapp?: Words; email?: Words }

  async function account({ phone, whatsapp = {}, email = {} }: Account): Promise<string> {
    const accountId = await somebody('Mina', phone ? { phone } : {})
    await transact(database.db, async (tx) => {
      for (const [channel, { yes, no, yesAgain }] of [['whatsapp', whatsapp] as const, ['email', email] as const]) {
        const given = (days: number) => ({ accountId, channel, source: 'form 2026', grantedAt: daysAgo(days) })
        if (yes) await grantConsent(tx, given(yes), daysAgo(yes))
        if (no) await withdrawConsent(tx, accountId, channel, 'whatsapp:stop', daysAgo(no))
        if (yesAgain) await grantConsent(tx, given(yesAgain), daysAgo(yesAgain))
      }
    })
    return accountId
  }
  async function joined(kept: Account, gone: Account) {
    const [keptId, goneId] = [await account(kept), await account(gone)]
    const { body } = await ask(ADMIN, 'POST', `/api/v1/people/${keptId}/join`, { goneId, reason: 'registered twice' })
    const consents = database.db.selectFrom('consent').select(['granted_at', 'withdrawn_at', 'withdrawn_by'])
    return {
      channels: body.channels,
      consents: await consents.where('account_id', '=', keptId).orderBy('granted_at').execute(),
    }
  }
  const BOTH = ['whatsapp', 'email']

  test('two that both agreed are one that agreed', async () => {
    const { channels } = await joined({ phone: KEPT, whatsapp: { yes: 5 } }, { phone: GONE, whatsapp: { yes: 4 } })
    expect(channels).toEqual(BOTH)
  })

  test('a STOP from the number that stays is not undone by the consent of the other account, which says why it ended', async () => {
    const { channels, consents } = await joined(
      { phone: KEPT, whatsapp: { yes: 6, no: 1 } },
      { phone: GONE, whatsapp: { yes: 5 } },
    )
    expect(channels).toEqual(['email'])
    expect(consents).toEqual([
      { granted_at: daysAgo(6), withdrawn_at: daysAgo(1), withdrawn_by: 'whatsapp:stop' },
      { granted_at: daysAgo(5), withdrawn_at: NOW, withdrawn_by: 'join:the other account said no' },
    ])
  })

  test('a STOP from the number that goes holds for the one that stays', async () => {
    const { channels } = await joined(
      { phone: KEPT, whatsapp: { yes: 5 } },
      { phone: GONE, whatsapp: { yes: 6, no: 1 } },
    )
    expect(channels).toEqual(['email'])
  })

  test.each([
    ['stays', { email: { no: 2 } }, { email: { yes: 5 } }],
    ['stays, and a later yes was for another', { email: { no: 2 } }, { email: { yes: 1 } }],
    ['goes', { email: { yes: 5 } }, { email: { no: 2 } }],
  ])('an address that unsubscribed and %s gets no mail again', async (_, kept, gone) => {
    expect((await joined(kept, gone)).channels).toEqual([])
  })

  test('a later yes for another number is none for the number that said STOP', async () => {
    const { channels } = await joined({ phone: KEPT, whatsapp: { no: 2 } }, { phone: GONE, whatsapp: { yes: 1 } })
    expect(channels).toEqual(['email'])
  })

  test.each([
    ['that stays', { phone: KEPT, whatsapp: { yes: 1 } }, { phone: GONE, whatsapp: { no: 2 } }],
    ['that both share', { phone: KEPT, whatsapp: { no: 2 } }, { phone: KEPT, whatsapp: { yes: 1 } }],
    ['that comes, where there was none', { whatsapp: { no: 2 } }, { phone: GONE, whatsapp: { yes: 1 } }],
  ])('a later yes for the number %s is the last word', async (_, kept, gone) => {
    expect((await joined(kept, gone)).channels).toEqual(BOTH)
  })

  test('a no that was taken back by the same account is no more the word of anybody', async () => {
    const { channels, consents } = await joined(
      { phone: KEPT, whatsapp: { yes: 5 } },
      { phone: GONE, whatsapp: { yes: 4, no: 3, yesAgain: 2 } },
    )
    expect(channels).toEqual(BOTH)
    expect(consents.filter(({ withdrawn_at }) => withdrawn_at === null)).toHaveLength(2)
  })
})

test('an invitation is recorded once and wakes the person', async () => {
  const id = await somebody('Ravi', { invite: true })
  const row = await database.db
    .selectFrom('account')
    .select(['invited_at', 'wake_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(row).toEqual({ invited_at: NOW, wake_at: NOW })
})

// ---------------------------------------------------------------- programmes and pairs

test('a playbook is saved as a new version; who looked at an old one is told', async () => {
  const id = await programme('open')
  const path = `/api/v1/programmes/${id}/playbook`
  expect((await ask(ADMIN, 'GET', path)).body).toMatchObject({
    version: 0,
    settings: {},
    policy: { booking: { holdMinutes: 10 } },
  })
  const settings = { booking: { holdMinutes: 15 } }
  expect((await ask(ADMIN, 'PUT', path, { version: 0, settings })).body).toMatchObject({
    version: 1,
    settings,
    policy: { booking: { holdMinutes: 15 } },
  })
  expect((await ask(ADMIN, 'PUT', path, { version: 0, settings })).body).toMatchObject({
    code: 'stale_revision',
    current: { version: 1 },
  })
  const wrong = await ask(ADMIN, 'PUT', path, { version: 1, settings: { booking: { holdHours: 1 } } })
  expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'booking.holdHours'])
})

test('a programme keeps its closed days, and its name is its own', async () => {
  const id = await programme('open')
  const { body } = await ask(ADMIN, 'PATCH', `/api/v1/programmes/${id}`, {
    closedDays: [{ date: '2026-04-03', reason: 'Good Friday' }],
    room: 'meet',
  })
  expect(body).toMatchObject({ room: 'meet', closedDays: [{ date: '2026-04-03', reason: 'Good Friday' }] })
  expect((await ask(ADMIN, 'POST', '/api/v1/programmes', { name: body.name })).status).toBe(409)
  expect((await ask(ADMIN, 'PATCH', `/api/v1/programmes/${id}`, { closedDays: [{ date: '2026-02-30' }] })).status).toBe(
    400,
  )
})

test('a pair is made once, of people who exist', async () => {
  const [spring, asha, ravi] = [await programme('open'), await somebody('Asha'), await somebody('Ravi')]
  const wanted = { programmeId: spring, mentorId: asha, menteeId: ravi }
  expect((await ask(ADMIN, 'POST', '/api/v1/mentorships', wanted)).body).toMatchObject({
    ...wanted,
    sessions: 8,
    booked: 0,
    startsOn: '2026-03-22',
  })
  expect((await ask(ADMIN, 'POST', '/api/v1/mentorships', wanted)).status).toBe(409)
  const unknown = await ask(ADMIN, 'POST', '/api/v1/mentorships', { ...wanted, mentorId: newId() })
  expect(unknown.body.errors).toEqual([{ field: 'mentorId', rule: 'must exist' }])
})

test('five requests at once make one pair and one person', async () => {
  const [spring, asha, ravi] = [await programme('open'), await somebody('Asha'), await somebody('Ravi')]
  const five = (path: string, body: object) =>
    Promise.all(Array.from({ length: 5 }, () => ask(ADMIN, 'POST', path, body)))
  const pairs = await five('/api/v1/mentorships', { programmeId: spring, mentorId: asha, menteeId: ravi })
  expect(pairs.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
  const people = await five('/api/v1/people', { name: 'Twin', email: 'twin@example.com', timeZone: 'Europe/London' })
  expect(people.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
})

test('ending a pair shows what it cancels first, then cancels it and hands the rest to a successor', async () => {
  const [spring, asha, rohan, ravi] = [
    await programme('open'),
    await somebody('Asha'),
    await somebody('Rohan'),
    await somebody('Ravi'),
  ]
  const pairId = await pair(spring, asha, ravi, { sessions: 8, endsOn: '2026-06-30' })
  const before = await session(spring, asha, ravi, pairId, NOW.add({ hours: 20 }))
  const after = await session(spring, asha, ravi, pairId, NOW.add({ hours: 60 }))
  const end = { at: NOW.add({ hours: 48 }).toString(), reason: 'Asha moves on', successorMentorId: rohan }
  const path = `/api/v1/mentorships/${pairId}/end`

  const preview = await ask(ADMIN, 'POST', path, { ...end, dryRun: true })
  expect(preview.body).toMatchObject({
    dryRun: true,
    successorId: null,
    affected: [{ sessionId: after, mentee: 'Ravi', bookAgainWith: rohan }],
  })
  expect((await ask(ADMIN, 'GET', `/api/v1/mentorships?menteeId=${ravi}`)).body.items).toHaveLength(1)

  const { body } = await ask(ADMIN, 'POST', path, end)
  expect(body.affected).toEqual(preview.body.affected)
  const sessions = await database.db
    .selectFrom('session')
    .select(['id', 'cancelled_at', 'wake_at'])
    .where('id', 'in', [before, after])
    .execute()
  expect(sessions.find(({ id }) => id === before)?.cancelled_at).toBeNull()
  expect(sessions.find(({ id }) => id === after)).toMatchObject({ cancelled_at: NOW, wake_at: NOW })
  const pairs = (await ask(ADMIN, 'GET', `/api/v1/mentorships?menteeId=${ravi}`)).body.items
  expect(pairs.find(({ id }: { id: string }) => id === pairId)).toMatchObject({
    endedAt: end.at,
    endedReason: 'Asha moves on',
  })
  expect(pairs.find(({ id }: { id: string }) => id === body.successorId)).toMatchObject({
    mentorId: rohan,
    sessions: 7,
    startsOn: '2026-03-24',
    endsOn: '2026-06-30',
    succeeds: pairId,
  })
  expect((await ask(ADMIN, 'POST', path, end)).body.code).toBe('not_possible')
})

test('the import is served as JSON and as a form with files', async () => {
  const people = 'email,name,role,time_zone\nform@example.com,Form,mentee,Europe/London\n'
  expect((await ask(ADMIN, 'POST', '/api/v1/import', { people, dryRun: true })).body).toMatchObject({
    people: { created: 1 },
    dryRun: true,
  })
  const form = new FormData()
  form.set('people.csv', new File([people], 'people.csv'))
  const response = await app.request('/api/v1/import', { method: 'POST', headers: ADMIN, body: form })
  expect(await response.json()).toMatchObject({ people: { created: 1 }, dryRun: false })
  const bad = await ask(ADMIN, 'POST', '/api/v1/import', { people: people.replace('Europe/London', 'Nowhere') })
  expect([bad.status, bad.body.errors]).toEqual([
    400,
    [{ field: 'people.csv:2 time_zone', rule: 'must be an IANA time zone such as Asia/Kolkata' }],
  ])
  expect((await ask(ADMIN, 'POST', '/api/v1/import', {})).status).toBe(400)
})

test('the documents of all routes can be written', () => {
  const { paths } = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Punctual', version: '1' } })
  expect(Object.keys(paths ?? {})).toContain('/api/v1/import')
})
