import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../src/database/transaction.ts'
import { newId } from '../src/ids.ts'
import { takeHost } from '../src/sessions/commitments.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

const NOW = Temporal.Instant.from('2026-03-22T12:00:00Z')
const at = (time: string) => Temporal.Instant.from(`2026-03-24T${time}:00Z`)

let database: TestDatabase
let mentorId: string

beforeAll(async () => {
  database = await testDatabase()
  mentorId = newId()
  for (const user of ['room-1@zoom.test', 'room-2@zoom.test']) {
    await database.db.insertInto('zoom_host').values({ id: newId(), zoom_user: user }).execute()
  }
})
afterAll(() => database.drop())

const hostFor = (start: string, end: string) =>
  transact(database.db, async (tx) => {
    const hold = newId()
    const mentor = newId()
    for (const id of [mentor, newId()]) {
      await tx
        .insertInto('account')
        .values({ id, email: `${id}@example.com`, name: 'Somebody', time_zone: 'UTC', created_at: NOW })
        .execute()
    }
    await tx
      .insertInto('hold')
      .values({
        id: hold,
        mentor_id: mentor,
        mentee_id: mentor,
        starts_at: at(start),
        ends_at: at(end),
        created_at: NOW,
        created_by: 'test',
        expires_at: at('23:59'),
      })
      .execute()
    return takeHost(tx, { holdId: hold, expiresAt: at('23:59') }, mentorId, { start: at(start), end: at(end) }, NOW)
  })

test('back-to-back sessions get different Zoom hosts while there are any, so that people may stay a minute longer', async () => {
  const first = await hostFor('10:00', '10:30')
  const second = await hostFor('10:30', '11:00')
  expect(second).not.toBe(first)

  const third = await hostFor('11:00', '11:30')
  expect([first, second]).toContain(third)
  expect(third).toBe(first)

  expect(await hostFor('10:30', '11:00')).toBe(first)
  expect(await hostFor('10:30', '11:00')).toBeNull()
})
