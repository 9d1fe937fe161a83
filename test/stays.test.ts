import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pgError } from '../src/database/transaction.ts'
import { newId } from '../src/ids.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'
import { type Booked, book } from './support/effects-world.ts'

// What foreign keys and checks promised before migration 0007, planted one by one.

const NOW = Temporal.Instant.from('2026-03-10T08:00:00Z')
const TEN = Temporal.Instant.from('2026-03-12T10:00:00Z')

let database: TestDatabase
let booked: Booked
let programmeId: string

beforeAll(async () => {
  database = await testDatabase()
  booked = await book(database.db, NOW, { startsAt: TEN })
  const session = await database.db.selectFrom('session').select('programme_id').executeTakeFirstOrThrow()
  programmeId = session.programme_id
  const [host, mentorship, hold, booking] = [newId(), newId(), newId(), newId()]
  const people = sql`${booked.mentor.accountId}::uuid, ${booked.mentee.accountId}::uuid`
  await run(sql`insert into zoom_host (id, zoom_user) values (${host}, 'pool@example.org')`)
  await run(sql`insert into mentorship (id, programme_id, mentor_id, mentee_id, starts_on, created_at)
    select ${mentorship}::uuid, ${programmeId}::uuid, ${people}, '2026-01-01', ${NOW}::timestamptz`)
  await run(sql`insert into hold (id, mentor_id, mentee_id, starts_at, ends_at, created_at, created_by, expires_at)
    select ${hold}::uuid, ${people}, ${TEN}, ${TEN.add({ minutes: 30 })}, ${NOW}, 'test', ${TEN}`)
  await run(sql`insert into user_calendar_booking (id, session_id, mentor_id, mentee_id, mentorship_id, created_at, created_by)
    select ${booking}::uuid, ${booked.sessionId}::uuid, ${people}, ${mentorship}::uuid, ${NOW}::timestamptz, 'test'`)
  await run(sql`insert into commitment (id, holder_id, holder_kind, during, session_id, created_at)
    values (${newId()}, ${booked.mentor.accountId}, 'account', tstzrange(${TEN}, ${TEN.add({ minutes: 30 })}), ${booked.sessionId}, ${NOW})`)
})
afterAll(() => database.drop())

// As the owner, who has every right: what is refused here is refused by the tables themselves.
const run = (statement: ReturnType<typeof sql>) => statement.execute(database.owner)
const refusal = (statement: ReturnType<typeof sql>) =>
  run(statement).then(
    () => 'accepted',
    (error) => pgError(error)?.code,
  )

const FOREIGN_KEY = '23503'
const RESTRICT = '23001'
const CHECK = '23514'

describe('whoever is named exists', () => {
  const NAMES = [
    ...['session.programme_id', 'session.host_id', 'session.merged_into'],
    ...['session_id', 'mentor_id', 'mentee_id', 'mentorship_id'].map((name) => `user_calendar_booking.${name}`),
    ...['session_id', 'account_id', 'booking_id', 'came_from'].map((name) => `session_participant.${name}`),
    ...['commitment.session_id', 'commitment.hold_id', 'session_revision.session_id'],
  ]

  test('for every key that is not enforced by itself: a trigger asks for it, and its parent stays', async () => {
    const { rows } = await sql<{ name: string; asked: boolean; stays: boolean }>`
      select k.conrelid::regclass || '.' || a.attname as name,
        exists (select from pg_trigger t where t.tgrelid = k.conrelid and t.tgname = 'knows' and t.tgenabled = 'O'
          and position(a.attname || '\\000' || k.confrelid::regclass::text || '\\000' in encode(t.tgargs, 'escape')) > 0) as asked,
        exists (select from pg_trigger t where t.tgrelid = k.confrelid and t.tgname = 'stays' and t.tgenabled = 'O') as stays
      from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
      where k.contype = 'f' and not k.conenforced`.execute(database.db)
    expect(rows.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted())
    expect(rows.filter(({ asked, stays }) => !asked || !stays)).toEqual([])
  })

  // A row of each table as it is, with another id and one name changed to nobody's.
  test.each(NAMES)('a new row with an unknown %s is refused', async (name) => {
    const [table, column] = name.split('.') as [string, string]
    const others: Record<string, object> = {
      session_participant: { left_at: NOW.toString() },
      commitment: { released_at: NOW.toString(), ...(column === 'hold_id' ? { session_id: null } : {}) },
      session_revision: { revision: 2 },
    }
    const planted = JSON.stringify({ id: newId(), ...others[table], [column]: newId() })
    expect(
      await refusal(sql`insert into ${sql.table(table)}
        select planted.* from (select * from ${sql.table(table)} limit 1) one,
          jsonb_populate_record(one::${sql.table(table)}, ${planted}::jsonb) planted`),
    ).toBe(FOREIGN_KEY)
  })

  test.each(NAMES.filter((name) => !name.startsWith('session_revision') && name !== 'commitment.hold_id'))(
    'a row changed to an unknown %s is refused',
    async (name) => {
      const [table, column] = name.split('.') as [string, string]
      const one = sql`(select min(ctid) from ${sql.table(table)})`
      expect(
        await refusal(sql`update ${sql.table(table)} set ${sql.ref(column)} = ${newId()} where ctid = ${one}`),
      ).toBe(FOREIGN_KEY)
    },
  )

  test.each(['account', 'programme', 'mentorship', 'zoom_host', 'session', 'user_calendar_booking', 'hold'])(
    'a row of %s that others may name is never deleted and keeps its id',
    async (table) => {
      expect(await refusal(sql`delete from ${sql.table(table)}`)).toBe(RESTRICT)
      expect(await refusal(sql`update ${sql.table(table)} set id = ${newId()}`)).toBe(RESTRICT)
    },
  )

  test('a table is not emptied under those that name it', async () => {
    expect(await refusal(sql`truncate programme`)).toBe('0A000')
  })
})

describe('the function that books', () => {
  type Names = { programme?: string; mentor?: string; mentee?: string; mentorship?: string | null; dayCap?: number }
  const booking = (names: Names, at = TEN.add({ hours: 4 })) => sql`
    select book(${NOW}, 'test', ${names.dayCap ? [names.mentor ?? booked.mentor.accountId] : []}::uuid[], ${newId()}, ${newId()}, ${names.programme ?? programmeId}, ${names.mentorship ?? null}, null, null,
      ${names.mentor ?? booked.mentor.accountId}, ${names.mentee ?? booked.mentee.accountId}, ${at}, ${at.add({ minutes: 30 })},
      ${at.add({ minutes: 30 })}, 'meet', null, '{}', ${names.dayCap ? `[${at.subtract({ hours: 12 })},${at.add({ hours: 12 })})` : null}::tstzrange, ${names.dayCap ?? null}, null, null, null,
      ${Array.from({ length: 5 }, newId)}::uuid[], 1, null, null)`

  test.each(['programme', 'mentor', 'mentee', 'mentorship'])(
    'refuses an unknown %s and leaves nothing',
    async (who) => {
      const before = await database.db.selectFrom('session').select('id').execute()
      expect(await refusal(booking({ [who]: newId() }))).toBe(FOREIGN_KEY)
      expect(await database.db.selectFrom('session').select('id').execute()).toEqual(before)
    },
  )

  test('refuses a mentorship of other people’s', async () => {
    const { rows } = await sql<{ id: string }>`
      insert into mentorship (id, programme_id, mentor_id, mentee_id, starts_on, created_at)
      values (${newId()}, ${programmeId}, ${await somebody()}, ${await somebody()}, '2026-01-01', ${NOW}) returning id`.execute(
      database.db,
    )
    expect(await refusal(booking({ mentorship: rows[0]?.id as string }))).toBe(FOREIGN_KEY)
  })

  test('refuses whoever was joined into another account since they were read', async () => {
    const mentee = await somebody()
    await sql`update account set joined_into = ${booked.mentee.accountId} where id = ${mentee}`.execute(database.db)
    expect(await refusal(booking({ mentee }, TEN.add({ hours: 8 })))).toBe(FOREIGN_KEY)
  })

  test('sees a hold of somebody else’s that was made since the times were read, and counts it', async () => {
    const [mentor, other] = [await somebody(), await somebody()]
    const at = TEN.add({ hours: 20 })
    const holdId = newId()
    await sql`insert into hold (id, mentor_id, mentee_id, starts_at, ends_at, created_at, created_by, expires_at)
      values (${holdId}, ${mentor}, ${other}, ${at}, ${at.add({ minutes: 30 })}, ${NOW}, 'test', ${NOW.add({ minutes: 10 })})`.execute(
      database.db,
    )
    await sql`insert into commitment (id, holder_id, holder_kind, during, hold_id, expires_at, created_at)
      values (${newId()}, ${mentor}, 'account', tstzrange(${at}, ${at.add({ minutes: 30 })}), ${holdId}, ${NOW.add({ minutes: 10 })}, ${NOW})`.execute(
      database.db,
    )
    expect((await booking({ mentor }, at).execute(database.db)).rows).toEqual([{ book: false }])
    await expect(booking({ mentor, dayCap: 1 }, at.add({ hours: 2 })).execute(database.db)).rejects.toThrow('cap')
    expect((await booking({ mentor, dayCap: 2 }, at.add({ hours: 2 })).execute(database.db)).rows).toEqual([
      { book: true },
    ])
  })

  test('vouches for nobody once it has ended, well or not', async () => {
    await database.db.connection().execute(async (one) => {
      const stranger = () =>
        sql`insert into session_participant (id, session_id, account_id, role, joined_at) values (${newId()}, ${newId()}, ${newId()}, 'mentee', ${NOW})`
          .execute(one)
          .catch((error) => pgError(error)?.code)
      await booking({}).execute(one)
      expect(await stranger()).toBe(FOREIGN_KEY)
      expect((await booking({}).execute(one)).rows).toEqual([{ book: false }])
      expect(await stranger()).toBe(FOREIGN_KEY)
      await expect(booking({ mentee: newId() }, TEN.add({ hours: 6 })).execute(one)).rejects.toThrow('does not exist')
      expect(await stranger()).toBe(FOREIGN_KEY)
    })
  })
})

describe('times and words', () => {
  test.each([
    ['infinity', 'infinity'],
    ['-infinity', '-infinity'],
    ['-infinity', 'infinity'],
    ['2026-03-12T10:00Z', 'infinity'],
    ['-infinity', '2026-03-12T10:00Z'],
    ['2026-03-12T10:00Z', '2026-03-12T10:00Z'],
    ['2026-03-12T10:00Z', '2026-03-12T09:00Z'],
    ['2026-03-12T10:00Z', '2026-03-12T10:04Z'],
    ['2026-03-12T10:00Z', '2026-03-12T18:01Z'],
  ])('a session from %s to %s is refused', async (from, to) => {
    const planted = sql`insert into session (id, programme_id, starts_at, ends_at, room, scheduled_at, created_at, created_by)
      values (${newId()}, ${programmeId}, ${from}, ${to}, 'zoom', ${NOW}, ${NOW}, 'test')`
    // The difference of two equal infinities is no interval at all.
    expect([CHECK, '22008']).toContain(await refusal(planted))
  })

  test.each([
    'empty',
    '(,)',
    '[2026-03-13T10:00Z,)',
    '(,2026-03-13T10:00Z)',
    '[2026-03-13T10:00Z,infinity)',
    '[-infinity,2026-03-13T10:00Z)',
    '[2026-03-13T10:00Z,2026-03-13T11:00Z]',
    '(2026-03-13T10:00Z,2026-03-13T11:00Z)',
  ])('a commitment of %s is refused', async (range) => {
    const planted = sql`insert into commitment (id, holder_id, holder_kind, during, session_id, created_at)
      values (${newId()}, ${newId()}, 'account', ${range}::tstzrange, ${booked.sessionId}, ${NOW})`
    expect(await refusal(planted)).toBe(CHECK)
  })

  test.each([
    ['session', 'kind'],
    ['session', 'room'],
    ['session_participant', 'role'],
    ['commitment', 'holder_kind'],
  ])('a %s of an unknown %s is refused', async (table, column) => {
    expect(await refusal(sql`update ${sql.table(table)} set ${sql.ref(column)} = 'other'`)).toBe(CHECK)
    expect(await refusal(sql`update ${sql.table(table)} set ${sql.ref(column)} = null`)).toBe('23502')
  })
})

async function somebody(): Promise<string> {
  const id = newId()
  await database.db
    .insertInto('account')
    .values({ id, email: `${id}@example.org`, name: 'Somebody', time_zone: 'UTC', created_at: NOW })
    .execute()
  return id
}
