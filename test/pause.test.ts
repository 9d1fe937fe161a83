import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accounts } from '../src/effects/accounts.ts'
import { deliverDue } from '../src/effects/deliver.ts'
import { sessions as sessionSubjects, sweep } from '../src/effects/reconcile.ts'
import { newId } from '../src/ids.ts'
import { act } from '../src/messages/slack-actions.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { liftPause } from '../src/people/pauses.ts'
import { judge } from '../src/sessions/attendance.ts'
import { bookingWorld } from './support/booking.ts'
import { at, book, effectsWorld } from './support/effects-world.ts'

let world: Awaited<ReturnType<typeof effectsWorld>>
beforeAll(async () => {
  world = await effectsWorld(at('20:00'))
})
afterAll(() => world.close())

/** Asha, and `count` sessions of one programme in which she was expected, the last of them today. */
async function record(count: number) {
  const { db, clock } = world
  const first = await book(db, clock.now(), { startsAt: at('14:00').subtract({ hours: 24 * (count - 1) }) })
  const sessions = [first.sessionId]
  for (let n = count - 2; n >= 0; n--) {
    const next = await book(db, clock.now(), { startsAt: at('14:00').subtract({ hours: 24 * n }) })
    await sql`update session set programme_id = (select programme_id from session where id = ${first.sessionId}) where id = ${next.sessionId}`.execute(
      db,
    )
    await sql`update session_participant set account_id = ${first.mentee.accountId} where id = ${next.mentee.participantId}`.execute(
      db,
    )
    sessions.push(next.sessionId)
  }
  const { rows } = await sql<{
    id: string
  }>`select programme_id as id from session where id = ${first.sessionId}`.execute(db)
  return { sessions, programmeId: rows[0]?.id as string, asha: first.mentee }
}

const missed = (sessionId: string, personId: string, verdict: 'absent' | 'present' = 'absent') =>
  judge(world.db, SYSTEM, { sessionId, personId, verdict, reason: 'seen' }, world.clock.now())

const look = () => sweep(world.needs, accounts(world.needs), world.clock.now())

const notices = async ({ accountId }: { accountId: string }) =>
  (
    await sql<{ key: string; state: string; text: string | null }>`
      select effect_key as key, state, said ->> 'text' as text from delivery where subject_id = ${accountId} order by id`.execute(
      world.db,
    )
  ).rows

const proposals = async ({ accountId }: { accountId: string }) =>
  (
    await sql<{ id: string; settled_by: string | null }>`
      select id, settled_by from ops_case where account_id = ${accountId} and kind = 'pause_proposed' order by id`.execute(
      world.db,
    )
  ).rows

test('a second missed session brings one kind note, and none when the evidence turns before it is sent', async () => {
  const { sessions, asha } = await record(2)
  for (const id of sessions) await missed(id, asha.accountId)
  await look()
  expect(await notices(asha)).toMatchObject([{ state: 'pending' }])
  await missed(sessions[0] as string, asha.accountId, 'present')
  await look()
  expect(await notices(asha)).toMatchObject([{ state: 'withdrawn' }])

  const other = await record(2)
  for (const id of other.sessions) await missed(id, other.asha.accountId)
  await look()
  await deliverDue(world.needs)
  const [note] = await notices(other.asha)
  expect(note).toMatchObject({ state: 'accepted' })
  expect(note?.text).toContain('we missed you in 2 sessions within the last 30 days')
  expect(note?.text).not.toMatch(/no-?show|absent|failed/i)
})

test('a verdict that becomes firm by itself counts, without anybody’s doing', async () => {
  const { sessions, asha } = await record(2)
  await sweep(world.needs, sessionSubjects(world.needs), world.clock.now())
  expect(sessions).toHaveLength(2)
  await look()
  expect((await notices(asha)).map(({ key }) => key.split(':')[1])).toEqual(['missed'])
})

test('the fourth proposes a pause; a press on the card applies it once, and it holds until somebody lifts it', async () => {
  const { sessions, asha, programmeId } = await record(4)
  for (const id of sessions) await missed(id, asha.accountId)
  await look()
  const [open] = await proposals(asha)
  expect(open?.settled_by).toBeNull()

  const house = { ...world.needs, nudge: () => {}, onChange: () => () => {} }
  const press = { action: 'pause' as const, subjectId: open?.id ?? '', revision: 1, by: 'slack:U1' }
  expect(await act(house, press, world.clock.now())).toBe(true)
  expect(await act(house, press, world.clock.now())).toBe(false)
  expect(await proposals(asha)).toMatchObject([{ settled_by: 'slack:U1' }])
  await look()
  expect((await notices(asha)).map(({ key }) => key.split(':')[1])).toEqual(['missed', 'paused'])

  const ask = { personId: asha.accountId, programmeId, reason: 'we talked' }
  await liftPause(world.db, SYSTEM, ask, world.clock.now())
  await expect(liftPause(world.db, SYSTEM, ask, world.clock.now())).rejects.toThrow('not paused')
  await look()
  expect((await notices(asha)).map(({ key, state }) => `${key.split(':')[1]} ${state}`)).toEqual([
    'missed pending',
    'paused withdrawn',
    'resumed pending',
  ])
  const { rows } =
    await sql`select action, reason from audit_log where object_id = ${asha.accountId} order by id`.execute(world.db)
  expect(rows).toMatchObject([{ action: 'person.paused' }, { action: 'person.resumed', reason: 'we talked' }])
})

test('late evidence closes the question of ops by itself', async () => {
  const { sessions, asha } = await record(4)
  for (const id of sessions) await missed(id, asha.accountId)
  await look()
  await missed(sessions[1] as string, asha.accountId, 'present')
  await look()
  expect(await proposals(asha)).toMatchObject([{ settled_by: 'plan' }])
})

test('whoever is paused can neither hold nor book a time of the programme, and what is booked can still be moved', async () => {
  const world = await bookingWorld()
  const programmeId = await world.programme('First steps', { room: 'meet' })
  const [mentor, mentee] = [await world.mentor('Ravi'), await world.person('Asha')]
  await world.pair(programmeId, mentor, mentee)
  const booked = await world.book(mentee, mentor, '2026-03-10T10:00:00Z')
  await world.db
    .insertInto('booking_pause')
    .values({
      id: newId(),
      programme_id: programmeId,
      account_id: mentee,
      reason: 'talk first',
      paused_at: world.clock.now(),
      paused_by: 'ops',
    })
    .execute()
  const refused = { status: 422, body: { code: 'not_offered', reasons: ['paused'] } }
  expect(await world.book(mentee, mentor, '2026-03-10T12:00:00Z')).toMatchObject(refused)
  expect(await world.book('ops', mentor, '2026-03-10T12:00:00Z', { menteeId: mentee })).toMatchObject(refused)
  const held = await world.ask(mentee, 'POST', '/api/v1/holds', { mentorId: mentor, startsAt: '2026-03-10T12:00:00Z' })
  expect(held).toMatchObject(refused)
  const moved = await world.ask(mentee, 'POST', `/api/v1/bookings/${booked.body.id}/reschedule`, {
    startsAt: '2026-03-10T13:00:00Z',
    revision: 1,
  })
  expect(moved.status).toBe(200)

  await world.db
    .updateTable('booking_pause')
    .set({ lifted_at: world.clock.now(), lifted_by: 'ops', lifted_reason: 'talked' })
    .execute()
  expect((await world.book(mentee, mentor, '2026-03-10T12:00:00Z')).status).toBe(201)
  await world.drop()
})
