import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/database.ts'
import { connect } from './pool.ts'
import type { IntervalColumn, JsonColumn } from './values.ts'

const TEN = Temporal.Instant.from('2026-03-02T10:00:00.123456Z')
const ELEVEN = Temporal.Instant.from('2026-03-02T11:00:00Z')

type Kept = {
  id: number
  at: Temporal.Instant
  ats: Temporal.Instant[]
  during: IntervalColumn
  day: string
  many: number
  facts: JsonColumn
}

let database: TestDatabase
beforeAll(async () => {
  database = await emptyDatabase()
  await sql`create table kept (id int primary key, at timestamptz, ats timestamptz[], during tstzrange, day date,
    many int8, facts jsonb)`.execute(database.db)
})
afterAll(() => database.drop())

const row = { at: TEN, ats: [TEN, ELEVEN], during: { start: TEN, end: ELEVEN }, day: '2026-03-02', many: 5 }

test('instants, ranges, days and counts come back as they went in, through the builder', async () => {
  const facts = { startsAt: TEN, list: [1, null] }
  const db = database.db.withTables<{ kept: Kept }>()
  await db
    .insertInto('kept')
    .values({ id: 1, ...row, facts })
    .execute()

  const kept = await db.selectFrom('kept').selectAll().where('at', '=', TEN).executeTakeFirstOrThrow()

  expect(kept).toMatchObject({ day: '2026-03-02', many: 5, facts: { startsAt: TEN.toString(), list: [1, null] } })
  expect(String(kept.at)).toBe(TEN.toString())
  expect(kept.ats.map(String)).toEqual([TEN.toString(), ELEVEN.toString()])
  expect({ start: String(kept.during.start), end: String(kept.during.end) }).toEqual({
    start: TEN.toString(),
    end: ELEVEN.toString(),
  })
})

test('instants can be parameters of plain SQL, also in a list', async () => {
  const { rows } = await sql<{ later: boolean; found: boolean }>`
    select ${ELEVEN}::timestamptz > ${TEN}::timestamptz as later, ${TEN} = any(${[TEN, ELEVEN]}::timestamptz[]) as found`.execute(
    database.db,
  )
  expect(rows).toEqual([{ later: true, found: true }])
})

test('an instant is read the same whatever the zone of the server says', async () => {
  const { rows } = await sql<{ at: Temporal.Instant; old: Temporal.Instant }>`
    select '2026-07-01 15:30:00+05:30'::timestamptz as at, '1890-01-01 00:00:00+00'::timestamptz as old`.execute(
    database.db,
  )
  expect(String(rows[0]?.at)).toBe('2026-07-01T10:00:00Z')
  expect(String(rows[0]?.old)).toBe('1890-01-01T00:00:00Z')
})

test('a forgotten parameter is an error, not a null', async () => {
  await expect(sql`select ${undefined}::timestamptz`.execute(database.db)).rejects.toThrow(
    'Query parameter $1 is undefined',
  )
})

test('a range without an end is refused when it is read', async () => {
  await expect(sql`select tstzrange(null, ${TEN}) as during`.execute(database.db)).rejects.toThrow('Not a finite range')
})

test('a statement that hangs is ended, and the pool goes on', async () => {
  const db = connect(database.url, { max: 1, statementTimeout: 50 })
  await expect(sql`select pg_sleep(5)`.execute(db)).rejects.toMatchObject({ code: '57014' })
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }])
  await db.destroy()
})

test('a connection the server cuts while nobody uses it is replaced', async () => {
  const cut = Promise.withResolvers<Error>()
  const db = connect(database.url, { max: 1, onIdleError: cut.resolve })
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  await sql`select pg_terminate_backend(${rows[0]?.pid ?? 0})`.execute(database.db)
  expect((await cut.promise).message).toContain('terminat')
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }])
  await db.destroy()
})
