import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, type BookingWorld, bookingWorld, OPEN_ALL_WEEK } from './support/booking.ts'

let world: BookingWorld
let programme: string

beforeAll(async () => {
  world = await bookingWorld({ max: 32, lockTimeout: 20_000, statementTimeout: 25_000 })
  programme = await world.programme('Open', { room: 'zoom' })
  for (let index = 0; index < 6; index++) await world.host(`pool-${index}@example.org`)
})
afterAll(() => world.drop())
beforeEach(() =>
  world.db.updateTable('commitment').set({ released_at: world.clock.now() }).where('released_at', 'is', null).execute(),
)

const MONDAY = Temporal.Instant.from('2026-03-16T06:00:00Z')
const cell = (index: number): string => MONDAY.add({ minutes: 30 * index }).toString()
const people = (count: number) => Promise.all(Array.from({ length: count }, (_, index) => world.person(`P${index}`)))
const statuses = (answers: Answer[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, all]) => [status, all?.length]),
  )

/** The server's own count, which it writes along with its "deadlock detected" log lines; statistics are flushed when a backend idles. */
async function deadlocks(): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(world.db)
  const { rows } = await sql<{
    deadlocks: number
  }>`select deadlocks from pg_stat_database where datname = current_database()`.execute(world.db)
  return rows[0]?.deadlocks ?? -1
}

/** Promise 1, asked of the data itself and not of the constraint. */
async function overlaps(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from commitment a join commitment b
    on a.holder_id = b.holder_id and a.id < b.id and a.during && b.during and a.released_at is null and b.released_at is null`.execute(
    world.db,
  )
  return rows[0]?.count ?? -1
}

// Small and repeatable: chance that a failure can be replayed with.
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

test('200 clients on one slot, 20 rounds: one is booked, 199 are told what is in the way, and nothing deadlocks', async () => {
  const before = await deadlocks()
  const mentor = await world.mentor('Rush', OPEN_ALL_WEEK)
  const clients = await people(200)
  // Somebody must belong somewhere, or every first booking would also make a pair.
  await world.db
    .insertInto('mentorship')
    .values(
      clients.map((id) => ({
        id,
        programme_id: programme,
        mentor_id: mentor,
        mentee_id: id,
        sessions: null,
        starts_on: '2026-01-01',
        created_at: world.clock.now(),
      })),
    )
    .execute()

  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(clients.map((client) => world.book(client, mentor, cell(round))))
    expect(statuses(answers)).toEqual({ 201: 1, 409: 199 })
    expect(
      answers
        .filter(({ status }) => status === 409)
        .every(({ body }) => body.conflicts.length > 0 && body.alternatives.length === 3),
    ).toBe(true)
  }
  expect(await overlaps()).toBe(0)
  expect((await deadlocks()) - before).toBe(0)
}, 120_000)

test('12 sessions of one mentor moved among 20 cells by 16 clients while others book: no deadlock, no overlap, nothing lost', async () => {
  const before = await deadlocks()
  const mentor = await world.mentor('Moved', OPEN_ALL_WEEK)
  const movers = await people(12)
  const others = await people(8)
  for (const mentee of [...movers, ...others]) await world.pair(programme, mentor, mentee)
  const bookings = await Promise.all(movers.map((mentee, index) => world.book(mentee, mentor, cell(index))))
  expect(statuses(bookings)).toEqual({ 201: 12 })

  const next = chance(7)
  const moving = Array.from({ length: 16 }, async () => {
    const seen: Answer[] = []
    for (let turn = 0; turn < 15; turn++) {
      const { id } = (bookings[next(12)] as Answer).body
      const { body: now } = await world.ask('ops', 'GET', `/api/v1/bookings/${id}`)
      seen.push(
        await world.ask('ops', 'POST', `/api/v1/bookings/${id}/reschedule`, {
          startsAt: cell(next(20)),
          revision: now.revision,
        }),
      )
    }
    return seen
  })
  const booking = others.map(async (mentee) => {
    for (let turn = 0; turn < 10; turn++) {
      const made = await world.book(mentee, mentor, cell(next(20)))
      if (made.status === 201)
        await world.ask(mentee, 'POST', `/api/v1/bookings/${made.body.id}/cancel`, { reason: 'race', revision: 1 })
    }
  })
  const answers = (await Promise.all(moving)).flat()
  await Promise.all(booking)

  expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([])
  expect(answers.some(({ status }) => status === 200)).toBe(true)
  expect(await overlaps()).toBe(0)
  expect((await deadlocks()) - before).toBe(0)
  const { rows } = await sql<{ sessions: number; kept: number }>`
    select count(distinct s.id) as sessions, count(*) as kept from session s
    join user_calendar_booking b on b.session_id = s.id and b.cancelled_at is null
    join commitment c on c.session_id = s.id and c.released_at is null and lower(c.during) = s.starts_at
    where b.mentor_id = ${mentor}`.execute(world.db)
  expect(rows[0]).toEqual({ sessions: 12, kept: 36 })
}, 120_000)

describe('people who are both', () => {
  test('mentor and mentee of each other book each other at one time: one session, no deadlock', async () => {
    const before = await deadlocks()
    const circle = await Promise.all(
      Array.from({ length: 6 }, (_, index) => world.mentor(`Both${index}`, OPEN_ALL_WEEK)),
    )
    for (const a of circle) for (const b of circle) if (a !== b) await world.pair(programme, a, b)
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        circle.flatMap((mentor) =>
          circle.filter((mentee) => mentee !== mentor).map((mentee) => world.book(mentee, mentor, cell(round))),
        ),
      )
      const won = statuses(answers)[201] ?? 0
      expect(won).toBeGreaterThanOrEqual(1)
      expect(won).toBeLessThanOrEqual(3)
    }
    expect(await overlaps()).toBe(0)
    expect((await deadlocks()) - before).toBe(0)
  }, 120_000)
})

test('two bookings that swap their times through a free cell end swapped, whole', async () => {
  const mentor = await world.mentor('Swap', OPEN_ALL_WEEK)
  const [a, b] = (await people(2)) as [string, string]
  await world.pair(programme, mentor, a)
  await world.pair(programme, mentor, b)
  const one = (await world.book(a, mentor, cell(0))).body
  const two = (await world.book(b, mentor, cell(1))).body
  const move = (id: string, to: number, revision: number) =>
    world.ask('ops', 'POST', `/api/v1/bookings/${id}/reschedule`, { startsAt: cell(to), revision })

  const direct = await Promise.all([move(one.id, 1, 1), move(two.id, 0, 1)])
  expect(direct.map(({ status }) => status)).toEqual([409, 409])
  await move(one.id, 2, 1)
  await move(two.id, 0, 1)
  expect((await move(one.id, 1, 2)).body.startsAt).toBe(cell(1))
  expect(await overlaps()).toBe(0)
})

test('one person cannot hoard times: of twenty holds at once, one is kept', async () => {
  const mentor = await world.mentor('Held', OPEN_ALL_WEEK)
  const [hoarder] = (await people(1)) as [string]
  await world.pair(programme, mentor, hoarder)
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      world.ask(hoarder, 'POST', '/api/v1/holds', { mentorId: mentor, startsAt: cell(index) }),
    ),
  )
  const { rows } = await sql<{ count: number }>`
    select count(*) from commitment where holder_id = ${mentor} and released_at is null`.execute(world.db)
  expect(rows[0]?.count).toBe(1)
})

test('a budget of one is one, however many clicks arrive together', async () => {
  const mentor = await world.mentor('Budget', OPEN_ALL_WEEK)
  const [mentee] = (await people(1)) as [string]
  await world.pair(programme, mentor, mentee, 1)
  const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => world.book(mentee, mentor, cell(index))))
  expect(statuses(answers)).toEqual({ 201: 1, 422: 11 })
})

test('a cap of two a day is two, however many people book at once', async () => {
  const mentor = await world.mentor('Cap', { ...OPEN_ALL_WEEK, maxPerDay: 2 })
  const mentees = await people(12)
  for (const mentee of mentees) await world.pair(programme, mentor, mentee)
  const answers = await Promise.all(mentees.map((mentee, index) => world.book(mentee, mentor, cell(index))))
  expect(statuses(answers)).toEqual({ 201: 2, 422: 10 })
})

test('more parallel sessions than Zoom hosts: as many are booked as there are hosts', async () => {
  const mentors = await Promise.all(Array.from({ length: 12 }, (_, index) => world.mentor(`M${index}`, OPEN_ALL_WEEK)))
  const mentees = await people(12)
  for (const [index, mentor] of mentors.entries()) await world.pair(programme, mentor, mentees[index] as string)
  const answers = await Promise.all(
    mentors.map((mentor, index) => world.book(mentees[index] as string, mentor, cell(0))),
  )
  expect(statuses(answers)).toEqual({ 201: 6, 409: 6 })
  for (const { status, body } of answers) if (status === 409) expect(body.conflicts[0].layer).toBe('host')
})
