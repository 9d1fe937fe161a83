import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { endMentorship } from '../src/booking/end-mentorship.ts'
import { newId } from '../src/ids.ts'
import { sessionOfMeeting } from '../src/meetings/meeting-event.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { merge } from '../src/sessions/merge.ts'
import { undoMerge } from '../src/sessions/undo-merge.ts'
import { type BookingWorld, bookingWorld, OPEN_ALL_WEEK } from './support/booking.ts'
import { tellBooked } from './support/told.ts'

/** A merge is taken back after something happened in between. */

let world: BookingWorld
let programme: string
let ravi: string
let mina: string
let omar: string
let omarsPair: string

beforeAll(async () => {
  world = await bookingWorld()
  programme = await world.programme('Open', { room: 'zoom' })
  for (let n = 0; n < 4; n++) await world.host(`pool-${n}@example.org`)
})
afterAll(() => world.drop())
beforeEach(async () => {
  await world.db.updateTable('commitment').set({ released_at: world.clock.now() }).execute()
  ravi = await world.mentor('Ravi', OPEN_ALL_WEEK)
  mina = await world.person('Mina', ['mentee'])
  omar = await world.person('Omar', ['mentee'])
  await world.pair(programme, ravi, mina)
  omarsPair = await world.pair(programme, ravi, omar)
})

type Booked = { id: string; sessionId: string }
const booked = async (who: string, startsAt: string): Promise<Booked> => {
  const { body } = await world.book(who, ravi, startsAt)
  await tellBooked(world.db, body.sessionId)
  return body
}
const later = () => world.clock.advanceTo(world.clock.now().add({ minutes: 1 }))
const fold = async (...sessions: Booked[]) => {
  later()
  const wish = { sessionIds: sessions.map(({ sessionId }) => sessionId), reason: 'One hour for both' }
  const { mergeId } = await merge(world.db, SYSTEM, wish, world.clock.now())
  return mergeId as string
}
const said = ({ messages }: { messages: { meaning: string; recipient: string | null }[] }) =>
  messages.map(({ meaning, recipient }) => [meaning, recipient]).sort()

const undo = (mergeId: string) => {
  later()
  return undoMerge(world.db, SYSTEM, mergeId, 'They want their own', world.clock.now())
}
const cancel = async (who: string, { id }: Booked) => {
  later()
  const { revision } = (await world.ask(who, 'GET', `/api/v1/bookings/${id}`)).body
  return world.ask(who, 'POST', `/api/v1/bookings/${id}/cancel`, { reason: 'ill', revision })
}
const session = ({ sessionId }: Booked) =>
  world.db
    .selectFrom('session')
    .select(['merged_into', 'cancelled_at', 'cancel_reason', 'revision'])
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow()
const holders = async ({ sessionId }: Booked) =>
  (
    await world.db
      .selectFrom('commitment')
      .select('holder_id')
      .where('session_id', '=', sessionId)
      .where('holder_kind', '=', 'account')
      .where('released_at', 'is', null)
      .execute()
  ).map(({ holder_id }) => holder_id)
const expected = async ({ sessionId }: Booked) =>
  (
    await world.db
      .selectFrom('session_participant')
      .select('account_id')
      .where('session_id', '=', sessionId)
      .where('left_at', 'is', null)
      .execute()
  ).map(({ account_id }) => account_id)

describe('who called off in between', () => {
  test('has no session again: it stays cancelled, takes nobody’s time and nobody is told that it is back', async () => {
    const [one, two] = [await booked(mina, '2026-03-10T10:00:00Z'), await booked(omar, '2026-03-10T11:00:00Z')]
    const mergeId = await fold(one, two)
    expect((await cancel(omar, two)).status).toBe(200)
    const calledOff = world.clock.now()
    const undone = await undo(mergeId)

    expect(undone.sessionIds).toEqual([])
    expect(said(undone), 'that his own booking is cancelled, and no more').toEqual([['released', omar]])
    expect(await session(two)).toEqual({
      merged_into: null,
      cancelled_at: calledOff,
      cancel_reason: 'ill',
      revision: 1,
    })
    expect([await holders(two), await expected(two)]).toEqual([[], []])
    expect((await expected(one)).sort()).toEqual([mina, ravi].sort())
    expect((await world.book(omar, ravi, '2026-03-10T11:00:00Z')).status).toBe(201)
  })

  test('by the end of the mentorship has none either', async () => {
    const [one, two] = [await booked(mina, '2026-03-10T12:00:00Z'), await booked(omar, '2026-03-10T13:00:00Z')]
    const mergeId = await fold(one, two)
    const ask = { at: world.clock.now(), reason: 'Omar moves on', successorMentorId: null, dryRun: false }
    await endMentorship(world.house, SYSTEM, omarsPair, ask, world.clock.now())
    const undone = await undo(mergeId)

    expect([undone.sessionIds, undone.messages]).toEqual([[], []])
    expect(await session(two)).toMatchObject({ merged_into: null, cancel_reason: 'Omar moves on' })
    expect(await holders(two)).toEqual([])
  })

  test('stays away, while the others of that session have it again', async () => {
    const zoe = await world.person('Zoe', ['mentee'])
    await world.pair(programme, ravi, zoe)
    const one = await booked(mina, '2026-03-10T14:00:00Z')
    const two = await booked(omar, '2026-03-10T15:00:00Z')
    const three = await booked(zoe, '2026-03-10T16:00:00Z')
    await fold(two, three)
    const mergeId = await fold(one, two)
    await cancel(omar, two)
    const undone = await undo(mergeId)

    expect(undone.sessionIds).toEqual([two.sessionId])
    const told = undone.messages.filter(({ meaning }) => meaning === 'unmerged').map(({ recipient }) => recipient)
    expect(told.sort()).toEqual([ravi, zoe].sort())
    expect((await holders(two)).sort()).toEqual([ravi, zoe].sort())
    expect((await expected(two)).sort()).toEqual([ravi, zoe].sort())
    expect((await cancel(zoe, three)).body.status).toBe('cancelled')
  })

  test('with two bookings in it has called off both, also the one that would go back', async () => {
    const one = await booked(omar, '2026-03-13T10:00:00Z')
    const two = await booked(mina, '2026-03-13T11:00:00Z')
    const three = await booked(mina, '2026-03-13T12:00:00Z')
    await fold(one, two)
    const mergeId = await fold(one, three)
    await cancel(mina, two)
    const undone = await undo(mergeId)

    expect([undone.sessionIds, said(undone)]).toEqual([[], [['released', mina]]])
    expect(await session(three)).toMatchObject({ merged_into: null, cancel_reason: 'ill' })
    expect((await expected(one)).sort()).toEqual([omar, ravi].sort())
  })

  test('leaves the other’s session ending too, when that one was only kept by who goes back', async () => {
    const [one, two] = [await booked(mina, '2026-03-10T19:00:00Z'), await booked(omar, '2026-03-10T20:00:00Z')]
    const mergeId = await fold(one, two)
    await cancel(mina, one)
    const undone = await undo(mergeId)

    expect(undone.sessionIds).toEqual([two.sessionId])
    expect(said(undone)).toEqual(
      [
        ['cancelled', ravi],
        ['released', mina],
        ['unmerged', omar],
        ['unmerged', ravi],
      ].sort(),
    )
    expect(await session(one)).toMatchObject({ cancelled_at: world.clock.now() })
    expect(await holders(one)).toEqual([])
    expect((await holders(two)).sort()).toEqual([omar, ravi].sort())
  })

  test('does not end it while another of its merges still has a booking in it', async () => {
    const one = await booked(mina, '2026-03-14T10:00:00Z')
    const two = await booked(omar, '2026-03-14T11:00:00Z')
    const three = await booked(omar, '2026-03-14T12:00:00Z')
    const [first, second] = [await fold(one, two), await fold(one, three)]
    await cancel(mina, one)

    await undo(first)
    expect(await session(one)).toMatchObject({ cancelled_at: null })
    expect((await undo(second)).sessionIds).toEqual([three.sessionId])
    expect(await session(one)).toMatchObject({ cancelled_at: world.clock.now() })
  })

  test('left the session that went on when they called off, not when the merge was undone', async () => {
    const [one, two] = [await booked(mina, '2026-03-10T17:00:00Z'), await booked(omar, '2026-03-10T18:00:00Z')]
    const mergeId = await fold(one, two)
    await cancel(omar, two)
    const left = world.clock.now()
    await undo(mergeId)

    const his = await world.db
      .selectFrom('session_participant')
      .select('left_at')
      .where('session_id', '=', one.sessionId)
      .where('account_id', '=', omar)
      .execute()
    expect(his).toEqual([{ left_at: left }])
  })
})

describe('a session that took over another one and was then folded into a third', () => {
  test('has the room and the links of the first again when it is back, and gives them back by its own undo', async () => {
    const zoe = await world.person('Zoe', ['mentee'])
    await world.pair(programme, ravi, zoe)
    const a = await booked(mina, '2026-03-11T10:00:00Z')
    const b = await booked(omar, '2026-03-11T11:00:00Z')
    const c = await booked(zoe, '2026-03-11T12:00:00Z')
    const d = await booked(omar, '2026-03-11T13:00:00Z')
    const room = newId()
    await world.db
      .insertInto('mirror')
      .values({
        id: newId(),
        session_id: d.sessionId,
        kind: 'meeting',
        key: `meeting:${d.sessionId}`,
        remote_id: room,
        wanted_at: world.clock.now(),
        next_attempt_at: world.clock.now(),
      })
      .execute()

    const deepest = await fold(b, d)
    const inner = await fold(a, b)
    const outer = await fold(c, a)
    expect(await sessionOfMeeting(world.db, room)).toBe(c.sessionId)

    await undo(outer)
    expect(await session(a)).toMatchObject({ merged_into: null })
    for (const one of [b, d]) expect(await session(one)).toMatchObject({ merged_into: a.sessionId })
    expect(await sessionOfMeeting(world.db, room)).toBe(a.sessionId)
    expect(await expected(a)).toContain(omar)

    await undo(inner)
    expect(await session(b)).toMatchObject({ merged_into: null })
    expect(await session(d)).toMatchObject({ merged_into: b.sessionId })
    await undo(deepest)
    expect(await session(d)).toMatchObject({ merged_into: null })
    for (const one of [b, d]) {
      expect((await expected(one)).sort()).toEqual([omar, ravi].sort())
      expect((await holders(one)).sort()).toEqual([omar, ravi].sort())
    }
    expect((await cancel(omar, d)).body).toMatchObject({ status: 'cancelled', sessionId: d.sessionId })
  })

  test('does not take back what an undo has freed from it before', async () => {
    const zoe = await world.person('Zoe', ['mentee'])
    await world.pair(programme, ravi, zoe)
    const a = await booked(mina, '2026-03-12T10:00:00Z')
    const b = await booked(omar, '2026-03-12T11:00:00Z')
    const c = await booked(zoe, '2026-03-12T12:00:00Z')
    await undo(await fold(a, b))
    const outer = await fold(c, a)
    await undo(outer)
    expect(await session(b)).toMatchObject({ merged_into: null, revision: 2 })
  })
})
