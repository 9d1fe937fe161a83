import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/database.ts'
import { pgError, transact } from './transaction.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await emptyDatabase()
  await sql`create table place (id int constraint place_taken primary key, visits int not null)`.execute(database.db)
  await sql`insert into place values (1, 0), (2, 0)`.execute(database.db)
})
afterAll(() => database.drop())

test('two transactions that lock each other out both succeed in the end', async () => {
  const bothHoldOne = meeting(2)
  const visit = (first: number, second: number) => {
    let tries = 0
    return transact(database.db, async (tx) => {
      tries += 1
      await sql`update place set visits = visits + 1 where id = ${first}`.execute(tx)
      if (tries === 1) await bothHoldOne()
      await sql`update place set visits = visits + 1 where id = ${second}`.execute(tx)
      return tries
    })
  }

  const tries = await Promise.all([visit(1, 2), visit(2, 1)])

  expect(tries.toSorted()).toEqual([1, 2])
  expect((await sql`select visits from place`.execute(database.db)).rows).toEqual([{ visits: 2 }, { visits: 2 }])
})

test('a taken place is not tried again, and the constraint is named', async () => {
  let tries = 0
  const taken = await transact(database.db, async (tx) => {
    tries += 1
    await sql`insert into place values (1, 0)`.execute(tx)
  }).catch(pgError)

  expect(taken).toMatchObject({ code: '23505', constraint: 'place_taken' })
  expect(tries).toBe(1)
})

test('after four tries the reason is handed on', async () => {
  let tries = 0
  const hopeless = transact(database.db, async (tx) => {
    tries += 1
    await sql`do $$ begin raise exception 'no' using errcode = '40001'; end $$`.execute(tx)
  })

  await expect(hopeless).rejects.toMatchObject({ code: '40001' })
  expect(tries).toBe(4)
})

test('an error of our own is no error of PostgreSQL', () => {
  expect(pgError(new Error('no'))).toBeUndefined()
})

/** Answers with a door that opens once `count` have come to it. */
function meeting(count: number): () => Promise<void> {
  const door = Promise.withResolvers<void>()
  let waiting = 0
  return () => {
    waiting += 1
    if (waiting === count) door.resolve()
    return door.promise
  }
}
