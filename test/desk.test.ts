import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { newId } from '../src/ids.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { merge } from '../src/sessions/merge.ts'
import { bookingWorld } from './support/booking.ts'
import { tellBooked } from './support/told.ts'

/** What ops see and do on Today and on a session's page, asked over HTTP: every effect before it happens, every act once. */

let world: Awaited<ReturnType<typeof deskWorld>>
beforeAll(async () => {
  world = await deskWorld()
})
afterAll(() => world.drop())

test('a session comes in lanes, what is planned with its window, and with what can be done now', async () => {
  const { sessionId } = await world.booked('2026-03-11T14:00:00Z')
  const desk = await world.get(`/api/v1/sessions/${sessionId}/lanes`)
  expect(desk.session).toMatchObject({ status: 'scheduled', revision: 1 })
  expect(desk.acts).toEqual(['move', 'cancel', 'merge', 'room'])
  expect(desk.lanes.done).toContainEqual(expect.objectContaining({ lane: 'ops', text: 'booked' }))
  const reminder = desk.lanes.planned.find(
    (item: Item) => item.lane === 'mentee' && item.text.startsWith('4 h reminder'),
  )
  expect(reminder).toMatchObject({ at: '2026-03-11T10:00:00Z', until: '2026-03-11T11:00:00Z', mark: 'planned' })
  expect(reminder.why).toContainEqual({ name: 'not later than', value: '', at: '2026-03-11T11:00:00Z' })
})

test('moving shows every effect before anything happens, then moves; an old revision does nothing', async () => {
  const { id, sessionId } = await world.booked('2026-03-12T12:00:00Z')
  await tellBooked(world.db, sessionId)
  const to = { startsAt: '2026-03-13T13:00:00Z', revision: 1 }
  const before = await world.rows()
  const { effects } = await world.post(`/api/v1/bookings/${id}/reschedule`, { ...to, dryRun: true })
  expect(await world.rows()).toEqual(before)
  expect(effects.messages.map((m: { what: string }) => m.what)).toEqual(['move notice', 'move notice'])
  expect(effects.planned).toContainEqual(
    expect.objectContaining({ what: '4 h reminder', dueAt: '2026-03-13T09:00:00Z' }),
  )

  expect(await world.post(`/api/v1/bookings/${id}/reschedule`, to)).toMatchObject({
    startsAt: to.startsAt,
    revision: 2,
  })
  // The answer was lost and somebody presses again: it is done already.
  expect(await world.post(`/api/v1/bookings/${id}/reschedule`, to)).toMatchObject({
    startsAt: to.startsAt,
    revision: 2,
  })
  const stale = await world.ask('POST', `/api/v1/bookings/${id}/reschedule`, {
    startsAt: '2026-03-13T11:00:00Z',
    revision: 1,
  })
  expect([stale.status, stale.body.code]).toEqual([409, 'stale_revision'])
  expect((await world.get(`/api/v1/sessions/${sessionId}/lanes`)).session.startsAt).toBe(to.startsAt)
})

test('a time that is taken is refused in the preview already, with what is in the way and three that are free', async () => {
  const { id } = await world.booked('2026-03-16T10:00:00Z')
  const taken = await world.booked('2026-03-16T14:00:00Z')
  const answer = await world.ask('POST', `/api/v1/bookings/${id}/reschedule`, {
    startsAt: taken.startsAt,
    revision: 1,
    dryRun: true,
  })
  expect([answer.status, answer.body.code]).toEqual([409, 'slot_taken'])
  expect(answer.body.conflicts).toContainEqual(expect.objectContaining({ layer: 'booking', startsAt: taken.startsAt }))
  expect(answer.body.alternatives).toHaveLength(3)
})

test('a verdict is seen in its effects, then stands; the same word said twice stands once', async () => {
  const { sessionId, menteeId } = await world.booked('2026-03-12T15:00:00Z')
  const said = { personId: menteeId, verdict: 'absent', reason: 'The mentor says so' }
  const early = await world.ask('POST', `/api/v1/sessions/${sessionId}/attendance`, said)
  expect([early.status, early.body.code]).toEqual([422, 'not_possible'])
  world.clock.advanceTo(Temporal.Instant.from('2026-03-12T17:00:00Z'))
  expect((await world.get(`/api/v1/sessions/${sessionId}/lanes`)).acts).toEqual(['verdict'])
  const { effects, items } = await world.post(`/api/v1/sessions/${sessionId}/attendance`, { ...said, dryRun: true })
  expect(items).toEqual([])
  expect(effects.messages.map((m: { what: string }) => m.what)).toContain('follow-up with free times')
  await world.post(`/api/v1/sessions/${sessionId}/attendance`, said)
  const again = await world.post(`/api/v1/sessions/${sessionId}/attendance`, said)
  expect(again.items).toMatchObject([{ verdict: 'absent', stage: 'firm', version: 1 }])
  const nothing = await world.ask('POST', `/api/v1/sessions/${sessionId}/attendance`, { ...said, reason: ' ' })
  expect(nothing.body.errors).toEqual([{ field: 'reason', rule: 'say why' }])
})

test('a merge that is shown on the page of its survivor can be undone from there', async () => {
  const first = await world.booked('2026-03-17T10:00:00Z')
  const second = await world.booked('2026-03-17T14:00:00Z')
  await merge(
    world.db,
    SYSTEM,
    { sessionIds: [first.sessionId, second.sessionId], reason: 'One hour for both' },
    world.clock.now(),
  )
  const desk = await world.get(`/api/v1/sessions/${first.sessionId}/lanes`)
  expect(desk.acts).toContain('undo_merge')
  expect(desk.session.participants).toHaveLength(3)
  await world.post(`/api/v1/merges/${desk.mergeId}/undo`, { reason: 'They want their own' })
  const own = await world.get(`/api/v1/sessions/${second.sessionId}/lanes`)
  expect(own.session).toMatchObject({ status: 'scheduled', startsAt: '2026-03-17T14:00:00Z' })
  expect((await world.get(`/api/v1/sessions/${first.sessionId}/lanes`)).mergeId).toBe(null)
})

test('a merge is undone for somebody who was joined into another account since', async () => {
  const first = await world.booked('2026-03-17T16:00:00Z')
  const second = await world.booked('2026-03-17T18:00:00Z')
  const wish = { sessionIds: [first.sessionId, second.sessionId], reason: 'One hour for both' }
  const { mergeId } = await merge(world.db, SYSTEM, wish, world.clock.now())
  const kept = await world.person('The same person', ['mentee'])
  await world.post(`/api/v1/people/${kept}/join`, { goneId: second.menteeId, reason: 'two addresses' })
  await world.post(`/api/v1/merges/${mergeId}/undo`, { reason: 'They want their own' })

  const held = await world.db
    .selectFrom('commitment')
    .select('session_id')
    .where('holder_id', 'in', [kept, second.menteeId])
    .where('released_at', 'is', null)
    .execute()
  expect(held, 'they hold the time they have again, and no other').toEqual([{ session_id: second.sessionId }])
})

test('a case says who is where and what reached them, and is closed once, with a reason', async () => {
  const { sessionId, menteeId, mentorId } = await world.booked('2026-03-18T10:00:00Z')
  const caseId = await world.missing(sessionId, menteeId)
  const now = '2026-03-18T10:12:00Z'
  world.clock.advanceTo(Temporal.Instant.from(now))
  const { cases } = await world.get('/api/v1/today?timeZone=Asia/Kolkata')
  const one = cases.find(({ id }: { id: string }) => id === caseId)
  expect(one).toMatchObject({ sessionId, startsAt: '2026-03-18T10:00:00Z', acts: [] })
  const [mentor, mentee] = [mentorId, menteeId].map((id) =>
    one.people.find(({ personId }: { personId: string }) => personId === id),
  )
  expect(mentor).toMatchObject({ role: 'mentor', presence: 'not_in', known: null })
  expect(mentee).toMatchObject({ role: 'mentee', presence: 'not_in', known: 'has not written, join link pressed: no' })

  expect((await world.ask('POST', `/api/v1/cases/${caseId}/settle`, { reason: '' })).body.errors).toEqual([
    { field: 'reason', rule: 'say why' },
  ])
  const settled = await world.post(`/api/v1/cases/${caseId}/settle`, { reason: 'Called: she is ill' })
  expect(settled).toEqual({ id: caseId, settledAt: now, settledBy: world.ops.label, reason: 'Called: she is ill' })
  // Somebody else was a moment later: the first word stands.
  expect(await world.post(`/api/v1/cases/${caseId}/settle`, { reason: 'Never mind' })).toEqual(settled)
  expect((await world.get('/api/v1/today')).cases).toEqual([])
  expect((await world.ask('POST', `/api/v1/cases/${newId()}/settle`, { reason: 'x' })).status).toBe(404)
})

test('the addresses of before lead to the app for ops, and to their own page for whoever is in it', async () => {
  const { sessionId, menteeId } = await world.booked('2026-03-19T10:00:00Z')
  const to = async (path: string, who?: string) => {
    const answer = await world.raw(path, who)
    return [answer.status, answer.headers.get('location')?.replace(/\/m\/.*/, '/m/')]
  }
  expect(await to(`/sessions/${sessionId}`)).toEqual([303, `/app/sessions/${sessionId}`])
  expect(await to(`/sessions/${sessionId}/move`)).toEqual([303, `/app/sessions/${sessionId}?act=move`])
  expect(await to(`/sessions/${sessionId}/merge`)).toEqual([303, `/app/merge?sessions=${sessionId}`])
  expect(await to(`/sessions/${sessionId}`, menteeId)).toEqual([303, '/m/'])
  expect(await to('/')).toEqual([303, '/app/today'])
  expect(await to('/?day=2026-03-12&programme=x')).toEqual([303, '/app/today?day=2026-03-12'])
  expect((await world.raw('/sessions/not-an-id')).status).toBe(404)
})

type Item = { lane: string; text: string }

async function deskWorld() {
  const base = await bookingWorld()
  const { db, clock } = base
  const config = readConfig({
    PUNCTUAL_SECRET: 'a secret that only this test file knows, long enough',
    WHATSAPP_PHONE_NUMBER_ID: '1',
    WHATSAPP_ACCESS_TOKEN: 'x',
    SMTP_URL: 'smtp://127.0.0.1:1',
  })
  const house = { db, clock, config, nudge: () => {}, onChange: () => () => {}, log: () => {} }
  const app = createApp(house, {})
  const mentorId = await account('Daniel Okafor', ['mentor'])
  const opsId = await account('Olivia Hart', ['ops', 'admin'])
  const programmeId = newId()
  const created = clock.now()
  await db.insertInto('programme').values({ id: programmeId, name: 'Launchpad', created_at: created }).execute()
  for (let n = 0; n < 4; n++)
    await db
      .insertInto('zoom_host')
      .values({ id: newId(), zoom_user: `${newId()}@zoom.test` })
      .execute()
  const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '06:00', to: '20:00' }))
  const hours = { timeZone: 'UTC', weekly, overrides: [], absences: [], sessionMinutes: 30, minimumNoticeMinutes: 60 }
  await db
    .insertInto('user_calendar_config')
    .values({
      account_id: mentorId,
      config: JSON.stringify(hours),
      version: 1,
      updated_at: created,
      updated_by: 'test',
    })
    .execute()

  async function account(name: string, roles: string[]): Promise<string> {
    const id = newId()
    await db
      .insertInto('account')
      .values({ id, email: `${id}@example.org`, name, time_zone: 'UTC', roles, created_at: clock.now() })
      .execute()
    return id
  }
  const cookies = new Map<string, string>()
  async function raw(path: string, who = opsId, init: RequestInit = {}) {
    if (!cookies.has(who)) cookies.set(who, `${cookieName(config)}=${await signIn(db, who, clock.elapsed())}`)
    return app.request(path, { ...init, headers: { ...init.headers, cookie: cookies.get(who) ?? '' } })
  }
  async function ask(method: string, path: string, body?: unknown) {
    const headers = { 'content-type': 'application/json' }
    const answer = await raw(path, opsId, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    // biome-ignore lint/suspicious/noExplicitAny: each test states the shape it expects
    return { status: answer.status, body: (await answer.json()) as any }
  }
  async function good(method: string, path: string, body?: unknown) {
    const answer = await ask(method, path, body)
    expect([path, answer.status, answer.body.detail]).toEqual([
      path,
      answer.status < 300 ? answer.status : 200,
      undefined,
    ])
    return answer.body
  }
  return {
    ...base,
    raw,
    ask,
    ops: { label: `person:${opsId}` },
    get: (path: string) => good('GET', path),
    post: (path: string, body: unknown) => good('POST', path, body),
    async booked(startsAt: string) {
      const menteeId = await account('Asha Rao', ['mentee'])
      await db
        .insertInto('mentorship')
        .values({
          id: newId(),
          programme_id: programmeId,
          mentor_id: mentorId,
          mentee_id: menteeId,
          starts_on: '2026-01-01',
          created_at: created,
        })
        .execute()
      const { id, sessionId } = await good('POST', '/api/v1/bookings', { mentorId, menteeId, startsAt })
      return { id, sessionId, mentorId, menteeId, startsAt }
    },
    async missing(sessionId: string, menteeId: string) {
      const id = newId()
      const { id: participantId } = await db
        .selectFrom('session_participant')
        .select('id')
        .where('session_id', '=', sessionId)
        .where('account_id', '=', menteeId)
        .executeTakeFirstOrThrow()
      const missing = [
        { participantId, name: 'Asha Rao', role: 'mentee', said: null, confirmed: false, clickedJoin: false },
      ]
      await db
        .insertInto('ops_case')
        .values({
          id,
          kind: 'missing',
          key: `missing:${sessionId}@1`,
          title: 'Asha Rao: not seen in the room',
          detail: JSON.stringify({ missing, unidentified: [] }),
          programme_id: programmeId,
          session_id: sessionId,
          opened_at: Temporal.Instant.from('2026-03-18T10:10:00Z'),
        })
        .execute()
      return id
    },
    async rows() {
      const tables = [
        'session',
        'user_calendar_booking',
        'commitment',
        'notification_trigger_log',
        'mirror',
        'audit_log',
      ]
      return Promise.all(
        tables.map((table) =>
          db
            .selectFrom(table as 'session')
            .selectAll()
            .orderBy('id')
            .execute(),
        ),
      ).catch(() => [])
    },
  }
}
