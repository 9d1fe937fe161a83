import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keepCases } from '../src/cases.ts'
import { transact } from '../src/database/transaction.ts'
import type { Needs } from '../src/effects/needs.ts'
import { wakeSession } from '../src/effects/wake.ts'
import { newId } from '../src/ids.ts'
import { recordEvent } from '../src/meetings/meeting-event.ts'
import { readZoomEvent } from '../src/meetings/zoom-event.ts'
import { type Booked, book } from './support/effects-world.ts'
import { bookOnZoom, connectCalendar, needsOn, settleAll as settleEverything } from './support/stage-needs.ts'
import { at, type Stage, setStage } from './support/vendor-stage.ts'

let stage: Stage
let needs: Needs
beforeAll(async () => {
  stage = await setStage()
  needs = needsOn(stage)
})
afterAll(() => stage.clear())
beforeEach(async () => {
  await stage.sandbox.clearFaults()
  await sql`update session set wake_at = null`.execute(needs.db)
  await sql`update mirror set next_attempt_at = null`.execute(needs.db)
})

const settleAll = () => settleEverything(needs)
const onZoom = () => bookOnZoom(stage, at('20:00'))

async function host(): Promise<string> {
  const id = newId()
  const zoom_user = `${id}@hosts.example`
  await stage.sandbox.addZoomUser({ email: zoom_user })
  await needs.db.insertInto('zoom_host').values({ id, zoom_user }).execute()
  return id
}

async function change({ sessionId }: Booked, set: ReturnType<typeof sql>): Promise<void> {
  await transact(needs.db, async (tx) => {
    await sql`update session set ${set} where id = ${sessionId}`.execute(tx)
    await wakeSession(tx, sessionId, stage.clock.now())
  })
}
const moved = (to: Temporal.Instant) =>
  sql`starts_at = ${to}, ends_at = ${to.add({ minutes: 30 })}, revision = revision + 1`

const mirrors = ({ sessionId }: Booked, kind: string) =>
  needs.db
    .selectFrom('mirror')
    .selectAll()
    .where('session_id', '=', sessionId)
    .where('kind', '=', kind)
    .orderBy('key')
    .execute()

async function roomsOf(email: string) {
  const listed = await stage.zoom.listMeetings(email)
  if (!listed.ok) throw new Error(listed.detail)
  return listed.meetings
}

test('a session gets one Zoom room, and everybody a personal link in it', async () => {
  const booked = await onZoom()
  await settleAll()
  const [room] = await roomsOf(booked.host.email)
  expect(await mirrors(booked, 'meeting')).toMatchObject([
    { remote_id: room?.id, credential_id: booked.host.id, failures: 0 },
  ])
  const people = await mirrors(booked, 'registrant')
  expect(people).toHaveLength(2)
  for (const one of people)
    expect(one).toMatchObject({
      remote_id: expect.any(String),
      remote: { meetingId: room?.id, joinUrl: expect.stringContaining('http') },
    })
})

test('a reschedule changes the room that is there; another host means a new room and new links', async () => {
  const booked = await onZoom()
  await settleAll()
  const [before] = await roomsOf(booked.host.email)
  await change(booked, moved(at('21:00')))
  await settleAll()
  const [after] = await roomsOf(booked.host.email)
  expect(after?.id).toBe(before?.id)
  expect(after?.startTime && Temporal.Instant.from(after.startTime).equals(at('21:00'))).toBe(true)

  const other = await host()
  await change(booked, sql`host_id = ${other}, revision = revision + 1`)
  await settleAll()
  expect(await roomsOf(booked.host.email)).toEqual([])
  const [elsewhere] = await roomsOf(`${other}@hosts.example`)
  for (const one of await mirrors(booked, 'registrant')) expect(one.remote).toMatchObject({ meetingId: elsewhere?.id })
})

test('a room whose answer was lost is found again and not made twice', async () => {
  const booked = await onZoom()
  await stage.sandbox.setFault({ vendor: 'zoom', kind: 'lost_answer', count: 1 })
  await settleAll()
  expect(await mirrors(booked, 'meeting')).toMatchObject([{ remote_id: null, failures: 1 }])
  stage.clock.advanceTo(stage.clock.now().add({ seconds: 20 }))
  await settleAll()
  const rooms = await roomsOf(booked.host.email)
  expect(rooms).toHaveLength(1)
  expect(await mirrors(booked, 'meeting')).toMatchObject([{ remote_id: rooms[0]?.id, failures: 0, intent: null }])
})

test('who was in the room before its number was on record is found in the session at once', async () => {
  const booked = await onZoom()
  await stage.sandbox.setFault({ vendor: 'zoom', kind: 'lost_answer', count: 1 })
  await settleAll()
  const [room] = await roomsOf(booked.host.email)
  const now = stage.clock.now()
  const object = { id: room?.id, participant: { email: booked.mentee.email, join_time: now.toString() } }
  const told = { event: 'meeting.participant_joined', event_ts: now.epochMilliseconds, payload: { object } }
  const body = Buffer.from(JSON.stringify(told))
  await transact(needs.db, (tx) => recordEvent(tx, body, told, readZoomEvent(told, undefined, now), now))
  const known = () =>
    needs.db
      .selectFrom('meeting_event')
      .select('session_id')
      .where('zoom_meeting_id', '=', room?.id as string)
      .execute()
  expect(await known()).toEqual([{ session_id: null }])

  stage.clock.advanceTo(stage.clock.now().add({ seconds: 20 }))
  await settleAll()
  expect(await known()).toEqual([{ session_id: booked.sessionId }])
})

test('a cancelled session leaves no room, also when somebody had deleted it by hand', async () => {
  const booked = await onZoom()
  const byHand = await onZoom()
  await settleAll()
  const [room] = await roomsOf(byHand.host.email)
  await stage.zoom.deleteMeeting(room?.id as string)
  await change(booked, sql`cancelled_at = ${stage.clock.now()}`)
  await change(byHand, sql`cancelled_at = ${stage.clock.now()}`)
  await settleAll()
  expect(await roomsOf(booked.host.email)).toEqual([])
  for (const one of [...(await mirrors(booked, 'meeting')), ...(await mirrors(byHand, 'meeting'))]) {
    expect(one).toMatchObject({ wanted: null, applied: null, remote_id: null, next_attempt_at: null })
  }
})

const connect = (booked: Booked) => connectCalendar(stage, booked)

const eventsOf = async (booked: Booked) =>
  // biome-ignore lint/suspicious/noExplicitAny: Google's events, read as far as each test goes
  (await stage.sandbox.googleEvents(booked.mentor.email)) as unknown as Record<string, any>[]

test('a connected mentor finds the session in their calendar, at its time, with our join link', async () => {
  const booked = await onZoom()
  await connect(booked)
  await settleAll()
  const [event, ...others] = await eventsOf(booked)
  expect(others).toEqual([])
  expect(event).toMatchObject({
    summary: 'Mentorship with Asha Rao',
    location: expect.stringContaining('http://punctual.test/join/'),
  })
  await change(booked, moved(at('22:00')))
  await settleAll()
  const [later] = await eventsOf(booked)
  expect(later?.id).toBe(event?.id)
  expect(Temporal.Instant.from(later?.start.dateTime).equals(at('22:00'))).toBe(true)
})

test('an event whose answer was lost, one that somebody edited and one that somebody deleted all end up once and right', async () => {
  const booked = await onZoom()
  const connection = await connect(booked)
  await stage.sandbox.setFault({ vendor: 'google', kind: 'lost_answer', count: 1 })
  await settleAll()
  stage.clock.advanceTo(stage.clock.now().add({ seconds: 20 }))
  await settleAll()
  expect(await eventsOf(booked)).toHaveLength(1)

  const [mirror] = await mirrors(booked, 'calendar_event')
  const grant = await stage.connect(booked.mentor.email)
  await stage.calendar.patch(grant, 'primary', mirror?.remote_id as string, { summary: 'Lunch' })
  await change(booked, moved(at('22:30')))
  await settleAll()
  expect((await eventsOf(booked)).map((one) => one.summary)).toEqual(['Mentorship with Asha Rao'])

  await stage.calendar.remove(grant, 'primary', mirror?.remote_id as string)
  await change(booked, moved(at('21:30')))
  await settleAll()
  expect((await eventsOf(booked)).filter((one) => one.status !== 'cancelled')).toHaveLength(1)

  await change(booked, sql`cancelled_at = ${stage.clock.now()}`)
  await settleAll()
  expect((await eventsOf(booked)).filter((one) => one.status !== 'cancelled')).toEqual([])
  expect(connection).toBeTruthy()
})

test("a session on Meet gets its link from the mentor's event", async () => {
  const booked = await book(needs.db, stage.clock.now(), { startsAt: at('20:00') })
  await needs.db.updateTable('session').set({ room: 'meet' }).where('id', '=', booked.sessionId).execute()
  await connect(booked)
  await settleAll()
  for (let n = 0; n < 5; n++) {
    stage.clock.advanceTo(stage.clock.now().add({ seconds: 10 }))
    await settleAll()
  }
  expect(await mirrors(booked, 'calendar_event')).toMatchObject([
    { remote: { meetUrl: expect.stringContaining('http') }, next_attempt_at: null, last_error: null },
  ])
})

test('a grant that its owner took back breaks the connection once, and the session is decided again', async () => {
  const booked = await onZoom()
  const connection = await connect(booked)
  await stage.sandbox.revokeGoogle(booked.mentor.email)
  await settleAll()
  const row = await needs.db
    .selectFrom('calendar_connection')
    .selectAll()
    .where('id', '=', connection)
    .executeTakeFirstOrThrow()
  expect(row).toMatchObject({ broken_why: 'invalid_grant', broken_at: expect.anything() })
})

test('a case has one card: posted once although the answer was lost, updated in place when it is settled', async () => {
  const key = `test:${newId()}`
  await stage.sandbox.setFault({ vendor: 'slack', kind: 'lost_answer', count: 1 })
  await keepCases(needs.db, [{ kind: 'invariant', key, title: 'Something is odd' }], stage.clock.now())
  await settleAll()
  stage.clock.advanceTo(stage.clock.now().add({ seconds: 20 }))
  await settleAll()
  await keepCases(
    needs.db,
    [{ kind: 'invariant', key, title: 'Something is odd', settled: 'It is fine again.' }],
    stage.clock.now(),
  )
  await settleAll()
  const cards = (await stage.sandbox.inbox({ channel: 'slack' })).filter((one) => one.text.includes('Something is odd'))
  expect(cards).toHaveLength(1)
  expect(cards[0]?.text).toContain('It is fine again')
})
