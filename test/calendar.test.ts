import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { calendarChores, syncDue } from '../src/calendar/chores.ts'
import { keepChannels } from '../src/calendar/push-channel.ts'
import type { Database } from '../src/database/pool.ts'
import { newId } from '../src/ids.ts'
import { person } from '../src/people/actor.ts'
import { type Sandbox, startSandbox } from '../src/sandbox/start.ts'
import { CALENDAR_SCOPES } from '../src/vendors/google-people.ts'
import { type Vendors, vendorsOf } from '../src/vendors/vendors.ts'
import { answeringHouse, NOW, type Seeded, seedSession, wakeAtOf } from './support/answering.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

let database: TestDatabase
let db: Database
let server: Server
let url: string
let sandbox: Sandbox
let vendors: Vendors
let env: Record<string, string>
beforeAll(async () => {
  database = await testDatabase()
  db = database.db
  server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  sandbox = await startSandbox({
    databaseUrl: database.ownerUrl,
    clock: { now: () => NOW, elapsed: () => NOW },
    productUrl: url,
  })
  env = { ...sandbox.env, PUNCTUAL_URL: url }
  const anybody = answeringHouse(db, env)
  vendors = vendorsOf(anybody.house.config)
  const listener = answeringHouse(db, env, { vendors })
  server.on('request', getRequestListener(listener.app.fetch))
})
afterAll(async () => {
  await sandbox.close()
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  await database.drop()
})

let seeded: Seeded
let email: string
const as = () => answeringHouse(db, env, { vendors, actor: person(seeded.mentor.accountId, ['mentor']) })
beforeEach(async () => {
  await db
    .updateTable('calendar_connection')
    .set({ disconnected_at: NOW })
    .where('disconnected_at', 'is', null)
    .execute()
  seeded = await seedSession(db)
  email = `${seeded.mentor.accountId}@example.com`
})

/** Through the consent page and back, as a browser would; answers where the person lands. */
async function connect(choice: Parameters<Sandbox['consent']>[1] = { email }): Promise<string | null> {
  const { app } = as()
  const leaving = await app.request('/calendar/connect')
  expect(leaving.status).toBe(302)
  const cookie = leaving.headers.get('set-cookie')!.split(';')[0]!
  const back = new URL(await sandbox.consent(leaving.headers.get('location')!, choice))
  const arrived = await app.request(`${back.pathname}${back.search}`, { headers: { cookie } })
  return arrived.headers.get('location')
}
const connection = () =>
  db
    .selectFrom('calendar_connection')
    .selectAll()
    .where('account_id', '=', seeded.mentor.accountId)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
const sync = () => syncDue(as().house, vendors, NOW)
const wakeConnection = () =>
  db
    .updateTable('calendar_connection')
    .set({ wake_at: NOW })
    .where('account_id', '=', seeded.mentor.accountId)
    .execute()
const busy = async () =>
  (
    await db
      .selectFrom('calendar_busy')
      .select('title')
      .where('account_id', '=', seeded.mentor.accountId)
      .orderBy('title')
      .execute()
  ).map(({ title }) => title)
const times = (hours: number, more = 1) => ({ startsAt: NOW.add({ hours }), endsAt: NOW.add({ hours: hours + more }) })

describe('connecting', () => {
  test('a mentor connects the own calendar: tokens sealed, sessions woken, busy times read', async () => {
    await sandbox.google.busy(email, { summary: 'Dentist', ...times(5) })
    await sandbox.google.busy(email, { summary: 'Free', ...times(6), transparent: true })
    expect(await connect()).toBe('/settings?calendar=connected')
    const row = await connection()
    expect(row).toMatchObject({ google_email: email, broken_at: null })
    expect(row.tokens?.toString('latin1')).not.toContain('ya29')
    expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
    await sync()
    expect(await busy()).toEqual(['Dentist'])
    expect(await (await as().app.request('/calendar/status')).json()).toMatchObject({
      connected: true,
      syncedAt: NOW.toString(),
    })
  })

  test('who cancels, or unticks a scope, is not connected', async () => {
    expect(await connect({ deny: true })).toBe('/settings?calendar=declined')
    expect(await connect({ email, scopes: [CALENDAR_SCOPES[0]!] })).toBe('/settings?calendar=scopes_missing')
    expect(
      await db
        .selectFrom('calendar_connection')
        .select('id')
        .where('account_id', '=', seeded.mentor.accountId)
        .execute(),
    ).toEqual([])
  })

  test("somebody else's code or a state without its cookie connects nothing", async () => {
    const leaving = await as().app.request('/calendar/connect')
    const back = new URL(await sandbox.consent(leaving.headers.get('location')!, { email }))
    expect((await as().app.request(`${back.pathname}${back.search}`)).headers.get('location')).toBe(
      '/settings?calendar=expired',
    )
    const cookie = leaving.headers.get('set-cookie')!.split(';')[0]!
    seeded = await seedSession(db)
    expect(
      (await as().app.request(`${back.pathname}${back.search}`, { headers: { cookie } })).headers.get('location'),
    ).toBe('/settings?calendar=expired')
    expect((await answeringHouse(db, env, { vendors }).app.request('/calendar/connect')).status).toBe(401)
  })

  test('disconnecting forgets the grant and the busy times', async () => {
    await sandbox.google.busy(email, { summary: 'Dentist', ...times(5) })
    await connect()
    await sync()
    expect((await as().app.request('/calendar/disconnect', { method: 'POST' })).status).toBe(303)
    expect(await connection()).toMatchObject({ tokens: null, sync_token: null })
    expect(await busy()).toEqual([])
  })
})

describe('the busy mirror', () => {
  test('what changes comes with the next reading: new, moved to free, deleted', async () => {
    const first = await sandbox.google.busy(email, { summary: 'First', ...times(5) })
    await connect()
    await sync()
    await sandbox.google.delete(email, first.id as string)
    await sandbox.google.busy(email, { summary: 'Second', ...times(7) })
    await wakeConnection()
    await sync()
    expect(await busy()).toEqual(['Second'])
  })

  test('an expired sync token means reading everything again', async () => {
    await sandbox.google.busy(email, { summary: 'Kept', ...times(5) })
    await connect()
    await sync()
    await sandbox.google.expireSyncTokens(email)
    await db
      .insertInto('calendar_busy')
      .values({
        connection_id: (await connection()).id,
        google_event_id: 'stale',
        account_id: seeded.mentor.accountId,
        during: { start: NOW, end: NOW.add({ hours: 1 }) },
        title: 'Stale',
        seen_at: NOW,
      })
      .execute()
    await wakeConnection()
    await sync()
    expect(await busy()).toEqual(['Kept'])
  })

  test('a revoked grant is marked once, wakes the sessions and becomes a case; connecting again settles it', async () => {
    await connect()
    await sync()
    await db.updateTable('session').set({ wake_at: null }).where('id', '=', seeded.sessionId).execute()
    await sandbox.revokeGoogle(email)
    await wakeConnection()
    await sync()
    expect((await connection()).broken_at?.toString()).toBe(NOW.toString())
    expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
    const { house } = as()
    for (const chore of calendarChores(house, vendors)) await chore.run(NOW)
    const cases = () =>
      db
        .selectFrom('ops_case')
        .select(['title', 'settled_by'])
        .where('account_id', '=', seeded.mentor.accountId)
        .execute()
    expect(await cases()).toEqual([{ title: 'The Google calendar of Maya must be connected again.', settled_by: null }])
    const before = (await connection()).id
    await connect()
    expect(await connection()).toMatchObject({ id: before, broken_at: null })
    expect((await cases())[0]?.settled_by).toBe('fact')
  })
})

describe('hints', () => {
  const hint = (headers: Record<string, string>) =>
    fetch(`${url}/webhooks/google-calendar`, { method: 'POST', headers })

  test('a change in Google makes the connection due at once', async () => {
    await connect()
    await sync()
    await keepChannels(as().house, vendors, NOW)
    await drained()
    expect((await connection()).channel_id).toBeTruthy()
    await db.updateTable('calendar_connection').set({ wake_at: null }).execute()
    await sandbox.google.busy(email, { summary: 'Sudden', ...times(5) })
    await drained()
    expect((await connection()).wake_at?.toString()).toBe(NOW.toString())
    await sync()
    expect(await busy()).toEqual(['Sudden'])
  })

  test('without the right token there is no hint; of a replaced channel it is ours, and changes nothing', async () => {
    await connect()
    await sync()
    await keepChannels(as().house, vendors, NOW)
    await drained()
    const old = await connection()
    expect((await hint({ 'x-goog-channel-id': old.channel_id!, 'x-goog-channel-token': 'forged' })).status).toBe(401)
    expect((await hint({ 'x-goog-channel-id': old.channel_id! })).status).toBe(401)
    expect((await hint({})).status).toBe(401)
    await keepChannels(as().house, vendors, NOW.add({ hours: 24 * 6 }))
    await drained()
    const next = await connection()
    expect(next.channel_id).not.toBe(old.channel_id)
    await db.updateTable('calendar_connection').set({ wake_at: null }).execute()
    const late = {
      'x-goog-channel-id': old.channel_id!,
      'x-goog-channel-token': old.channel_token!,
      'x-goog-message-number': '99',
      'x-goog-resource-state': 'exists',
    }
    expect((await hint(late)).status).toBe(204)
    expect((await connection()).wake_at).toBeNull()
  })

  const drained = () => expect.poll(() => sandbox.busy(), { timeout: 10_000 }).toBe(0)
})

describe('what people change in our own events', () => {
  async function ourEvent() {
    await connect()
    const { id } = await connection()
    const session = await db
      .selectFrom('session')
      .select(['starts_at', 'ends_at'])
      .where('id', '=', seeded.sessionId)
      .executeTakeFirstOrThrow()
    const key = `calendar_event:${seeded.mentor.participantId}:${id}`
    const event = await sandbox.google.busy(email, {
      summary: 'Mentorship',
      startsAt: session.starts_at,
      endsAt: session.ends_at,
    })
    const wanted = { startsAt: session.starts_at.toString(), endsAt: session.ends_at.toString() }
    await db
      .insertInto('mirror')
      .values({
        id: newId(),
        kind: 'calendar_event',
        key,
        session_id: seeded.sessionId,
        credential_id: id,
        wanted,
        applied: wanted,
        applied_at: NOW.subtract({ hours: 1 }),
        wanted_at: NOW,
        remote_id: event.id as string,
      })
      .execute()
    await sync()
    return { id: event.id as string, session }
  }
  const differences = () =>
    db
      .selectFrom('calendar_difference')
      .select(['kind', 'settled_how'])
      .where('session_id', '=', seeded.sessionId)
      .orderBy('id')
      .execute()
  const cases = () =>
    db
      .selectFrom('ops_case')
      .select(['title', 'settled_by'])
      .where('session_id', '=', seeded.sessionId)
      .orderBy('id')
      .execute()

  test('our own event blocks nothing; moving it is a difference until it is moved back', async () => {
    const { id, session } = await ourEvent()
    expect([await busy(), await differences()]).toEqual([[], []])
    await sandbox.google.move(email, id, {
      startsAt: session.starts_at.add({ hours: 1 }),
      endsAt: session.ends_at.add({ hours: 1 }),
    })
    for (let reading = 0; reading < 2; reading++) {
      await wakeConnection()
      await sync()
    }
    expect(await differences()).toEqual([{ kind: 'moved', settled_how: null }])
    expect(await cases()).toEqual([{ title: 'Maya moved the session in Google Calendar.', settled_by: null }])
    await sandbox.google.move(email, id, { startsAt: session.starts_at, endsAt: session.ends_at })
    await wakeConnection()
    await sync()
    expect(await differences()).toEqual([{ kind: 'moved', settled_how: 'as we wrote it again' }])
    expect((await cases())[0]?.settled_by).toBe('fact')
    expect(await busy()).toEqual([])
  })

  test('declining and deleting it are seen too', async () => {
    const { id } = await ourEvent()
    await sandbox.google.decline(email, id)
    await wakeConnection()
    await sync()
    await sandbox.google.delete(email, id)
    await wakeConnection()
    await sync()
    expect((await differences()).map(({ kind, settled_how }) => [kind, settled_how])).toEqual([
      ['declined', 'changed again'],
      ['deleted', null],
    ])
  })

  test('an event that a full reading no longer finds was deleted', async () => {
    const { id } = await ourEvent()
    await sandbox.google.delete(email, id)
    await db
      .updateTable('calendar_connection')
      .set({ sync_token: null, wake_at: NOW })
      .where('account_id', '=', seeded.mentor.accountId)
      .execute()
    await sync()
    expect((await differences()).map(({ kind }) => kind)).toEqual(['deleted'])
  })
})
