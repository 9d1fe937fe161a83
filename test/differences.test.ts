import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { syncDue } from '../src/calendar/chores.ts'
import type { Needs } from '../src/effects/needs.ts'
import { wakeSession } from '../src/effects/wake.ts'
import type { House } from '../src/http.ts'
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

test('where the calendar is followed, ops are told so; where nothing is said, they are asked', async () => {
  const followed = await inCalendar('apply')
  await moveIt(followed)
  expect(await found(followed)).toMatchObject([{ open: true, card: expect.stringContaining('follows calendars') }])
  const asked = await inCalendar('ask')
  await moveIt(asked)
  expect(await found(asked)).toEqual([{ kind: 'moved', how: null, card: null, open: true }])
})
