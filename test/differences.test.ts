import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { followCalendars } from '../src/booking/follow-calendars.ts'
import { syncDue } from '../src/calendar/chores.ts'
import type { Needs } from '../src/effects/needs.ts'
import { wakeSession } from '../src/effects/wake.ts'
import type { House } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { OPEN_ALL_WEEK } from './support/booking.ts'
import { bookOnZoom, connectCalendar, needsOn, settleAll } from './support/stage-needs.ts'
import { at, type Stage, setStage } from './support/vendor-stage.ts'

let stage: Stage
let needs: Needs
beforeAll(async () => {
  stage = await setStage()
  needs = needsOn(stage)
})
afterAll(() => stage.clear())

type Policy = 'ask' | 'apply' | 'restore'

/** A session at 20:00 that stands in its mentor's Google calendar, in a programme with this policy. */
async function inCalendar(differences: Policy) {
  const booked = await bookOnZoom(stage, at('20:00'))
  await connectCalendar(stage, booked)
  await sql`
    insert into playbook (programme_id, version, settings, saved_at, saved_by)
    select programme_id, 1, ${JSON.stringify({ calendar: { differences } })}::jsonb, ${stage.clock.now()}, 'test'
    from session where id = ${booked.sessionId}`.execute(needs.db)
  await wakeSession(needs.db, booked.sessionId, stage.clock.now())
  await settleAll(needs)
  return booked
}
type InCalendar = Awaited<ReturnType<typeof inCalendar>>

const events = async ({ mentor }: InCalendar) =>
  (
    (await stage.sandbox.googleEvents(mentor.email)) as unknown as {
      id: string
      status: string
      start: { dateTime: string }
    }[]
  )
    .filter(({ status }) => status !== 'cancelled')
    .map(({ id, start }) => ({ id, at: Temporal.Instant.from(start.dateTime).toString() }))

async function read(): Promise<void> {
  stage.clock.advanceTo(stage.clock.now().add({ minutes: 20 }))
  const house: House = { ...needs, nudge: () => {}, onChange: () => () => {} }
  await syncDue(house, needs.vendors, stage.clock.now())
  await settleAll(needs)
}

const found = async ({ sessionId }: InCalendar) => {
  const { rows } = await sql`
    select d.kind, d.settled_how as how, c.detail ->> 'reason' as card, c.id is not null and c.settled_at is null as open
    from calendar_difference d left join ops_case c on c.key = 'difference:' || d.id where d.session_id = ${sessionId} order by d.id`.execute(
    needs.db,
  )
  return rows
}

async function moveIt(booked: InCalendar): Promise<void> {
  const [event] = await events(booked)
  await stage.sandbox.google.move(booked.mentor.email, event?.id as string, {
    startsAt: at('22:00'),
    endsAt: at('22:30'),
  })
  await read()
}

test('where calendars are restored, a moved event goes back once; whoever moves it again is heard', async () => {
  const booked = await inCalendar('restore')
  await moveIt(booked)
  expect(await events(booked)).toMatchObject([{ at: at('20:00').toString() }])
  expect(await found(booked)).toEqual([{ kind: 'moved', how: 'restored', card: null, open: false }])
  await read()
  expect(await found(booked)).toHaveLength(1)

  await moveIt(booked)
  expect(await events(booked)).toMatchObject([{ at: at('22:00').toString() }])
  expect(await found(booked)).toMatchObject([{ how: 'restored' }, { kind: 'moved', how: null, open: true }])
})

test('where calendars are restored, a deleted event comes back, and a declined one is a question', async () => {
  const booked = await inCalendar('restore')
  const [event] = await events(booked)
  await stage.sandbox.google.delete(booked.mentor.email, event?.id as string)
  await read()
  expect(await events(booked)).toMatchObject([{ at: at('20:00').toString() }])

  const other = await inCalendar('restore')
  const [declined] = await events(other)
  await stage.sandbox.google.decline(other.mentor.email, declined?.id as string)
  await read()
  expect(await found(other)).toMatchObject([{ kind: 'declined', how: null, open: true }])
})

test('where nothing is said, ops are asked', async () => {
  const asked = await inCalendar('ask')
  await moveIt(asked)
  expect(await found(asked)).toEqual([{ kind: 'moved', how: null, card: null, open: true }])
})

/** The same session, booked: both are committed to it, in the mentor's hours. */
async function bookedInCalendar() {
  const { db } = needs
  const booked = await inCalendar('apply')
  const { sessionId, mentor, mentee, host } = booked
  const [bookingId, mentorshipId] = [newId(), newId()]
  const now = stage.clock.now()
  const config = { ...OPEN_ALL_WEEK, overrides: [], absences: [], minimumNoticeMinutes: 60 }
  await sql`insert into user_calendar_config (account_id, config, version, updated_at, updated_by)
    values (${mentor.accountId}, ${JSON.stringify(config)}::jsonb, 1, ${now}, 'test')`.execute(db)
  await sql`insert into mentorship (id, programme_id, mentor_id, mentee_id, starts_on, created_at)
    select ${mentorshipId}, programme_id, ${mentor.accountId}, ${mentee.accountId}, '2026-01-01', ${now} from session where id = ${sessionId}`.execute(
    db,
  )
  await sql`insert into user_calendar_booking (id, session_id, mentor_id, mentee_id, mentorship_id, created_at, created_by)
    values (${bookingId}, ${sessionId}, ${mentor.accountId}, ${mentee.accountId}, ${mentorshipId}, ${now}, 'test')`.execute(
    db,
  )
  await sql`update session_participant set booking_id = ${bookingId} where session_id = ${sessionId}`.execute(db)
  for (const [holder, kind] of [
    [mentor.accountId, 'account'],
    [mentee.accountId, 'account'],
    [host.id, 'host'],
  ])
    await sql`insert into commitment (id, holder_id, holder_kind, during, session_id, created_at)
      values (${newId()}, ${holder}, ${kind}, tstzrange(${at('20:00')}, ${at('20:30')}), ${sessionId}, ${now})`.execute(
      db,
    )
  return booked
}

async function change(
  booked: InCalendar,
  to?: { startsAt: Temporal.Instant; endsAt: Temporal.Instant },
): Promise<void> {
  const [event] = await events(booked)
  const id = event?.id as string
  if (to) await stage.sandbox.google.move(booked.mentor.email, id, to)
  else await stage.sandbox.google.delete(booked.mentor.email, id)
  await read()
  await followAll()
}

async function followAll(): Promise<void> {
  const house: House = { ...needs, nudge: () => {}, onChange: () => () => {} }
  await followCalendars(house, stage.clock.now())
  await settleAll(needs)
}

const sessionOf = async ({ sessionId }: InCalendar) =>
  (await sql`select starts_at, revision, cancelled_by from session where id = ${sessionId}`.execute(needs.db))
    .rows[0] as { starts_at: Temporal.Instant; revision: number; cancelled_by: string | null }

const notices = async ({ sessionId }: InCalendar) =>
  (
    await sql<{ meaning: string }>`
      select meaning from notification_trigger_log where subject_id = ${sessionId} and meaning in ('moved', 'cancelled') order by 1`.execute(
      needs.db,
    )
  ).rows.map(({ meaning }) => meaning)

test('where calendars are followed, a moved event moves the session once, and our own writing is no new difference', async () => {
  const booked = await bookedInCalendar()
  await change(booked, { startsAt: at('21:00'), endsAt: at('21:30') })
  expect(await sessionOf(booked)).toMatchObject({ starts_at: at('21:00'), revision: 2 })
  expect(await found(booked)).toEqual([{ kind: 'moved', how: 'applied', card: null, open: false }])
  expect(await notices(booked)).toEqual(['moved', 'moved'])

  for (let again = 0; again < 3; again++) {
    await read()
    await followAll()
  }
  expect(await sessionOf(booked)).toMatchObject({ revision: 2 })
  expect(await found(booked)).toHaveLength(1)
  expect(await events(booked)).toMatchObject([{ at: at('21:00').toString() }])
})

test('a deleted event cancels the session for its owner; one that a first reading merely lacks is a question', async () => {
  const unread = await bookedInCalendar()
  await change(unread)
  expect(await found(unread)).toMatchObject([{ kind: 'deleted', how: null, open: true }])
  expect(await sessionOf(unread)).toMatchObject({ cancelled_by: null })

  const booked = await bookedInCalendar()
  await read()
  await change(booked)
  expect(await sessionOf(booked)).toMatchObject({ cancelled_by: `person:${booked.mentor.accountId}` })
  expect(await found(booked)).toMatchObject([{ kind: 'deleted', how: 'applied', open: false }])
  expect(await notices(booked)).toEqual(['cancelled', 'cancelled'])
})

test('what the rules refuse is a question to ops with the reason: closed hours, another length, a whole day, a time that is over', async () => {
  const asks = [
    [{ startsAt: at('22:30'), endsAt: at('23:00') }, 'outside the mentor’s hours'],
    [{ startsAt: at('21:00'), endsAt: at('22:00') }, 'length'],
    [{ startsAt: at('01:00'), endsAt: at('01:30') }, 'over already'],
  ] as const
  for (const [to, why] of asks) {
    const booked = await bookedInCalendar()
    await change(booked, to)
    expect(await sessionOf(booked)).toMatchObject({ starts_at: at('20:00'), revision: 1 })
    expect(await found(booked)).toMatchObject([
      { kind: 'moved', how: null, open: true, card: expect.stringContaining(why) },
    ])
    expect(await notices(booked)).toEqual([])
  }
})

test('somebody who moves the session here meanwhile has the last word', async () => {
  const booked = await bookedInCalendar()
  const [event] = await events(booked)
  await stage.sandbox.google.move(booked.mentor.email, event?.id as string, {
    startsAt: at('21:00'),
    endsAt: at('21:30'),
  })
  await read()
  await sql`update session set revision = 2, starts_at = ${at('18:00')}, ends_at = ${at('18:30')} where id = ${booked.sessionId}`.execute(
    needs.db,
  )
  await followAll()
  expect(await sessionOf(booked)).toMatchObject({ starts_at: at('18:00') })
  expect(await found(booked)).toMatchObject([{ how: 'overtaken', open: false }])
})

test('a session that has begun is not moved by its calendar', async () => {
  const booked = await bookedInCalendar()
  const [event] = await events(booked)
  await stage.sandbox.google.move(booked.mentor.email, event?.id as string, {
    startsAt: at('21:30'),
    endsAt: at('22:00'),
  })
  await read()
  stage.clock.advanceTo(at('20:05'))
  await followAll()
  expect(await sessionOf(booked)).toMatchObject({ starts_at: at('20:00') })
  expect(await found(booked)).toMatchObject([{ open: true, card: 'This session has begun.' }])
})
