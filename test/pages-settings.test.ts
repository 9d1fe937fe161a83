import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { book } from '../src/booking/book.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import type { House } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { linkToken } from '../src/links.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'
import { worksForAll } from './support/works-for.ts'

const START = Temporal.Instant.from('2026-03-08T12:00:00Z')
const SECRET = 'a secret that only this test file knows, long enough'
let database: TestDatabase
let house: House
let app: ReturnType<typeof createApp>
let [mentor, mentee, second, ops] = ['', '', '', '']

beforeAll(async () => {
  database = await testDatabase()
  const config = readConfig({
    PUNCTUAL_SECRET: SECRET,
    PUNCTUAL_URL: 'http://punctual.test',
    SMTP_URL: 'smtp://127.0.0.1:1',
  })
  house = {
    db: database.db,
    clock: new StandingClock(START),
    config,
    nudge: () => {},
    onChange: () => () => {},
    log: () => {},
  }
  app = createApp(house, {})
  await database.db.insertInto('programme').values({ id: newId(), name: 'Launchpad', created_at: START }).execute()
  for (let n = 0; n < 3; n++)
    await database.db
      .insertInto('zoom_host')
      .values({ id: newId(), zoom_user: `${newId()}@zoom.test` })
      .execute()
  mentor = await account('Daniel Okafor', 'mentor')
  mentee = await account('Asha Rao', 'mentee')
  second = await account('Ravi Shah', 'mentee')
  ops = await account('Olivia Hart', 'ops')
  await worksForAll(database.db, ops)
  const weekly = [1, 4].map((weekday) => ({ weekday, from: '09:00', to: '17:00' }))
  const hours = JSON.stringify({
    timeZone: 'UTC',
    weekly,
    sessionMinutes: 30,
    minimumNoticeMinutes: 60,
    horizonDays: 60,
  })
  await database.db
    .insertInto('user_calendar_config')
    .values({ account_id: mentor, config: hours, version: 1, updated_at: START, updated_by: 'test' })
    .execute()
})
afterAll(() => database.drop())

test('an old address of somebody’s hours leads into the app, and a mentor’s first page is there', async () => {
  const leads = async (path: string, who: string) => {
    const answer = await app.request(path, { headers: await as(who) })
    return [answer.status, answer.headers.get('location')]
  }
  expect(await leads('/hours', mentor)).toEqual([303, '/app/hours'])
  expect(await leads(`/hours?mentor=${mentor}`, ops)).toEqual([303, `/app/hours?mentor=${mentor}`])
  expect(await leads('/', mentor)).toEqual([303, '/app'])
  expect((await get('/?own', mentor)).status).toBe(200)
  expect((await get('/', mentee)).status).toBe(200)
})

test('settings are kept, and WhatsApp without a number is refused', async () => {
  const form = {
    name: 'Asha R.',
    timeZone: 'Asia/Kolkata',
    locale: 'hi',
    email: 'on',
    quietFrom: '22:00',
    quietTo: '07:30',
  }
  expect((await post('/settings', { ...form, whatsapp: 'on' }, mentee)).text).toContain('WhatsApp needs your number.')
  const saved = await post('/settings', { ...form, whatsapp: 'on', phone: '+919800000001' }, mentee)
  expect(saved.location).toBe('/settings?said=saved')
  expect(await person(mentee)).toMatchObject({
    name: 'Asha R.',
    time_zone: 'Asia/Kolkata',
    phone_e164: '+919800000001',
    quiet_from: '22:00:00',
  })
  expect(await consents(mentee)).toEqual([{ source: 'settings page', withdrawn_at: null }])
  await post('/settings', { ...form, phone: '+919800000001' }, mentee)
  expect((await consents(mentee))[0]?.withdrawn_at).not.toBe(null)
  expect((await get('/settings', mentee)).text).toContain('lang="hi"')
})

test('with two mistakes in the settings both are said, each at its field, and what was typed stays on the page', async () => {
  const before = await person(mentor)
  const { status, text } = await post(
    '/settings',
    { name: 'Daniel O.', timeZone: 'Asia/Nowhere', locale: 'hi', phone: '12', quietFrom: '20:15', quietTo: '06:45' },
    mentor,
  )
  expect(status).toBe(422)
  expect(text).toContain('Nothing is saved yet.')
  for (const [field, value, sentence] of [
    ['timeZone', 'Asia/Nowhere', 'We do not know this time zone.'],
    ['phone', '12', 'That is not a number with its country code'],
  ]) {
    expect(text).toMatch(new RegExp(`name="${field}" value="${value}"[^>]* aria-describedby="wrong-${field}"`))
    expect(text).toMatch(new RegExp(`id="wrong-${field}">${sentence}`))
  }
  expect(text.match(/id="wrong-/g)).toHaveLength(2)
  for (const kept of ['value="Daniel O."', 'value="hi" lang="hi" selected', 'value="20:15"', 'value="06:45"'])
    expect(text).toContain(kept)
  expect(text).not.toContain(' checked')
  expect(await person(mentor)).toEqual(before)
})

test('the way back from Google is said in words', async () => {
  expect((await get('/settings?calendar=scopes_missing', mentor)).text).toContain('both boxes')
  expect((await get('/settings?calendar=connected', mentor)).text).toContain('Your calendar is connected.')
  expect((await get('/settings?calendar=toString', mentor)).status).toBe(200)
})

test('a message’s link opens settings too, but changes neither name nor number', async () => {
  const { participantId } = await booked(second, '2026-03-23T09:00:00Z')
  const path = `/m/${linkToken(SECRET, { purpose: 'manage', subjectId: participantId, revision: 1 })}/settings`
  const form = {
    name: 'Somebody',
    phone: '+919800000009',
    timeZone: 'Europe/London',
    locale: 'en',
    email: 'on',
    quietFrom: '21:00',
    quietTo: '08:00',
  }
  expect((await post(path, form)).status).toBe(303)
  expect(await person(second)).toMatchObject({ name: 'Ravi Shah', phone_e164: null, time_zone: 'Europe/London' })
})

test('an invitation is accepted by its form, not by opening it', async () => {
  const invited = await account('Mei Chen', 'mentee')
  const path = `/invite/${linkToken(SECRET, { purpose: 'invite', subjectId: invited, revision: 1 })}`
  expect((await get(path)).text).toContain('Welcome, Mei Chen')
  expect((await person(invited)).accepted_at).toBe(null)
  expect((await post(path, { timeZone: 'Asia/Kolkata', whatsapp: 'yes', phone: 'nonsense' })).status).toBe(422)
  const done = await post(path, { timeZone: 'Asia/Kolkata', whatsapp: 'yes', phone: '+91 98000 00002' })
  expect(done.location).toBe(`${path}?said=ready`)
  expect(await person(invited)).toMatchObject({
    time_zone: 'Asia/Kolkata',
    phone_e164: '+919800000002',
    accepted_at: START,
  })
  expect(await consents(invited)).toEqual([{ source: 'invitation page', withdrawn_at: null }])
  expect((await get(`${path}?said=ready`)).text).toContain('/sign-in')
  expect((await get(`${path.slice(0, -2)}xx`)).status).toBe(404)
})

test('the addresses of conflicts and deliveries go on to the app, for ops; for others to their own first page', async () => {
  for (const place of ['conflicts', 'deliveries']) {
    expect(await get(`/${place}?days=90`, ops)).toMatchObject({ status: 303, location: `/app/${place}` })
    expect(await get(`/${place}`, mentee)).toMatchObject({ status: 303, location: '/' })
  }
})

async function booked(menteeId: string, startsAt: string) {
  const { sessionId } = await book(
    house,
    SYSTEM,
    {
      mentorId: mentor,
      menteeId,
      mentorshipId: null,
      startsAt: Temporal.Instant.from(startsAt),
    },
    house.clock.now(),
  )
  const { id } = await database.db
    .selectFrom('session_participant')
    .select('id')
    .where('session_id', '=', sessionId)
    .where('account_id', '=', menteeId)
    .executeTakeFirstOrThrow()
  return { sessionId, participantId: id }
}

const person = (id: string) =>
  database.db.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const consents = (id: string) =>
  database.db.selectFrom('consent').select(['source', 'withdrawn_at']).where('account_id', '=', id).execute()

async function account(name: string, role: string): Promise<string> {
  const id = newId()
  await database.db
    .insertInto('account')
    .values({ id, email: `${id}@example.org`, name, time_zone: 'UTC', roles: [role], created_at: START })
    .execute()
  return id
}

const as = async (id?: string) =>
  id ? { cookie: `${cookieName(house.config)}=${await signIn(database.db, id, house.clock.elapsed())}` } : {}

async function get(path: string, who?: string) {
  const answer = await app.request(path, { headers: await as(who) })
  return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() }
}

async function post(path: string, form: Record<string, string>, who?: string) {
  const answer = await app.request(path, { method: 'POST', body: new URLSearchParams(form), headers: await as(who) })
  return { status: answer.status, location: answer.headers.get('location') ?? '', text: await answer.text() }
}
