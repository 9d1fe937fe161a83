import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/database.ts'
import { places, statement } from './statement.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await emptyDatabase({ max: 1 })
})
afterAll(() => database.drop())

const dayOf = statement<{ day: string; mine: boolean[] }>(
  'select ($1::timestamptz)::date as day, $2::boolean[] as mine',
)

test('a statement is prepared once for all its calls, and speaks in instants like any other', async () => {
  const at = (text: string) => Temporal.Instant.from(text)
  expect(await dayOf(database.db, [at('2026-03-12T23:59:00Z'), [true]])).toEqual([{ day: '2026-03-12', mine: [true] }])
  expect(await dayOf(database.db, [at('2026-03-13T00:00:00Z'), []])).toEqual([{ day: '2026-03-13', mine: [] }])

  const prepared = sql<{ calls: number }>`
    select (generic_plans + custom_plans)::int as calls from pg_prepared_statements where statement like '%as day, $2::%' and name <> ''`
  expect((await prepared.execute(database.db)).rows).toEqual([{ calls: 2 }])
})

test('a value that is missing is a bug, not a null', async () => {
  await expect(dayOf(database.db, [undefined, []])).rejects.toThrow('$1 is undefined')
})

test('places are counted from where the others end', () => {
  expect(places(3)).toBe('$1, $2, $3')
  expect(places(2, 27)).toBe('$27, $28')
})
