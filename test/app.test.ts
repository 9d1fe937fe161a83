import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { connect } from '../src/database/pool.ts'
import type { House } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

const NOW = Temporal.Instant.from('2026-03-12T08:37:00Z')

let database: TestDatabase
let house: House
let cookie: string

beforeAll(async () => {
  database = await testDatabase()
  const config = readConfig({ PUNCTUAL_SECRET: 'a secret that only this test file knows, long enough' })
  house = {
    db: database.db,
    clock: new StandingClock(NOW),
    config,
    nudge: () => {},
    onChange: () => () => {},
    log: () => {},
  }
  const id = newId()
  await database.db
    .insertInto('account')
    .values({
      id,
      email: 'olivia@example.org',
      name: 'Olivia Hart',
      time_zone: 'Europe/London',
      roles: ['ops'],
      created_at: NOW,
    })
    .execute()
  cookie = `${cookieName(config)}=${await signIn(database.db, id, house.clock.elapsed())}`
})
afterAll(() => database.drop())

const get = (path: string, headers: Record<string, string> = {}) => createApp(house, {}).request(path, { headers })

test('every address of the app is the same document, with a number for its styles that no other answer has', async () => {
  const numbers = new Set<string>()
  for (const path of ['/app', '/app/today', '/app/sessions/0198c0de-0000-7000-8000-000000000001', '/app/anything']) {
    const response = await get(path, { cookie })
    expect(response.status).toBe(200)
    const number = /style-src 'self' 'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1]
    expect(await response.text()).toContain(`name="nonce" content="${number}"`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    numbers.add(number ?? '')
  }
  expect(numbers.size).toBe(4)
})

test('a stranger who opens the app is sent to the door', async () => {
  const response = await get('/app/today')
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('/')
})

test('the files of the app are kept for good, and come packed to whoever can unpack them', async () => {
  const [, script = ''] = /src="(\/app\/assets\/[^"]+\.js)"/.exec(await (await get('/app', { cookie })).text()) ?? []
  const packed = await get(script, { 'accept-encoding': 'gzip, br' })
  const plain = await get(script)
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(plain.headers.get('content-encoding')).toBeNull()
  for (const response of [packed, plain]) {
    expect(response.headers.get('cache-control')).toContain('immutable')
    expect(response.headers.get('content-type')).toContain('text/javascript')
    expect(response.headers.get('content-security-policy')).toContain("style-src 'self';")
  }
  const [small, large] = [(await packed.arrayBuffer()).byteLength, (await plain.arrayBuffer()).byteLength]
  // What a browser must have before the first page of the app is there: the entry and all that it names, packed.
  const entry = await (await get('/app', { cookie })).text()
  const files = [...entry.matchAll(/(?:src|href)="(\/app\/assets\/[^"]+)"/g)].map(([, file]) => file as string)
  const sizes = await Promise.all(
    files.map(async (file) => (await (await get(file, { 'accept-encoding': 'gzip' })).arrayBuffer()).byteLength),
  )
  expect(files.length).toBeGreaterThan(5)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000)
  expect(large).toBeGreaterThan(small)
  expect((await get('/app/assets/..%2Findex.html')).status).toBe(404)
})

test('an address where there is nothing: people get a page with a way back, programs a problem document', async () => {
  const inBrowser = await get('/nothing', { accept: 'text/html,application/xhtml+xml' })
  expect(inBrowser.status).toBe(404)
  expect(await inBrowser.text()).toMatch(/<h1>Not found<\/h1>[\s\S]*To the first page/)
  for (const path of ['/nothing', '/api/v1/nothing', '/webhooks/nothing', '/docs/constructor', '/docs/__proto__']) {
    const accept = path === '/nothing' ? 'application/json' : 'text/html'
    const answer = await get(path, { accept, cookie })
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 404, 'application/problem+json'])
  }
})

test('whoever waits in vain for somebody else’s change is told to come again, and that nothing was done', async () => {
  const waiting = connect(database.url, { lockTimeout: 50 })
  const logged: string[] = []
  const app = createApp({ ...house, db: waiting, log: (event) => void logged.push(event) }, {})
  const { promise: done, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: held, resolve: isHeld } = Promise.withResolvers<void>()
  const change = database.db.transaction().execute(async (tx) => {
    await tx.updateTable('account').set({ name: 'Olivia Hart' }).execute()
    isHeld()
    await done
    throw new Error('taken back')
  })
  await held
  const { id } = await database.db.selectFrom('account').select('id').executeTakeFirstOrThrow()
  const response = await app.request(`/api/v1/people/${id}`, {
    method: 'PATCH',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Olivia' }),
  })
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await response.json()).toMatchObject({
    code: 'slow_down',
    detail: expect.stringContaining('Nothing was done'),
  })
  expect(logged).toContain('request_waited_in_vain')
  letGo()
  await expect(change).rejects.toThrow('taken back')
  await waiting.destroy()
})
