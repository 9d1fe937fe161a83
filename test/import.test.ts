import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ICAL from 'ical.js'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { calendarConfig } from '../src/booking/availability.ts'
import { freeTimes } from '../src/booking/free-times.ts'
import { StandingClock } from '../src/clock.ts'
import { transact } from '../src/database/transaction.ts'
import { Refusal } from '../src/errors.ts'
import type { House } from '../src/http.ts'
import { withdrawConsent } from '../src/people/consent.ts'
import { exampleClock, loadExample } from '../src/people/example.ts'
import { type ImportFiles, importFiles } from '../src/people/import/files.ts'
import { importFolder } from '../src/people/import.ts'
import { readPeople } from '../src/people/person.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

const NOW = Temporal.Instant.from('2026-03-22T12:00:00Z')
const FIRST_WEEK = join(import.meta.dirname, '../examples/first-week')
const AS_OPS = { programmes: 'all' as const, by: 'token:test', mayGrantRights: false, dryRun: false }

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  await sql`truncate account, programme cascade`.execute(database.owner)
  await sql`insert into programme (id, name, created_at) values (gen_random_uuid(), 'Spring', ${NOW})`.execute(
    database.db,
  )
})

const PEOPLE = `email,name,role,time_zone,locale,phone,aliases,whatsapp_consent_at,whatsapp_consent_source
asha@example.com,Asha Verma,mentor,Asia/Kolkata,en,+91 90000 00001,asha@studio.example,2026-02-01T09:00:00Z,form
ravi@example.com,"Shah, Ravi",mentee,America/New_York,,+1 212 555 0101,,,
`
const HOURS = `email,weekday,from,to
asha@example.com,1,18:00,21:00
asha@example.com,2,22:00,01:00
`
const PAIRS = `programme,mentor_email,mentee_email,sessions,starts_on,ends_on
Spring,asha@studio.example,ravi@example.com,8,2026-03-01,2026-06-30
`
const ALL: ImportFiles = { people: PEOPLE, hours: HOURS, mentorships: PAIRS }

const bring = (files: ImportFiles, options = {}) => importFiles(database.db, files, { ...AS_OPS, ...options }, NOW)
const wrongLines = async (files: ImportFiles): Promise<string[]> => {
  const refusal = await bring(files).then(
    () => null,
    (error: unknown) => error,
  )
  if (!(refusal instanceof Refusal)) throw refusal ?? new Error('It was imported.')
  return (refusal.details.errors as { field: string; rule: string }[]).map(({ field, rule }) => `${field}: ${rule}`)
}
const countOf = async (table: string): Promise<number> =>
  (await sql<{ count: number }>`select count(*) from ${sql.table(table)}`.execute(database.db)).rows[0]!.count

test('people, hours and pairs come in together, and an alias is as good as an address', async () => {
  expect(await bring(ALL)).toEqual({
    people: { created: 2, updated: 0, unchanged: 0 },
    hours: { created: 1, updated: 0, unchanged: 0 },
    mentorships: { created: 1, updated: 0, unchanged: 0 },
    dryRun: false,
  })
  const people = await readPeople(database.db, { where: sql`true`, limit: 10, now: NOW })
  const [asha, ravi] = people.toSorted((a, b) => a.name.localeCompare(b.name))
  expect(asha).toMatchObject({
    name: 'Asha Verma',
    phone: '+919000000001',
    roles: ['mentor'],
    channels: ['whatsapp', 'email'],
  })
  expect(ravi).toMatchObject({ name: 'Shah, Ravi', roles: ['mentee'], channels: ['email'], mentorIds: [asha?.id] })
})

test('the same files again change nothing', async () => {
  await bring(ALL)
  expect(await bring(ALL)).toMatchObject({
    people: { created: 0, updated: 0, unchanged: 2 },
    hours: { created: 0, updated: 0, unchanged: 1 },
    mentorships: { created: 0, updated: 0, unchanged: 1 },
  })
  expect(await countOf('consent')).toBe(1)
})

test('a changed line changes that person, and an empty cell leaves what is known', async () => {
  await bring(ALL)
  const moved = 'email,name,role,time_zone,phone\nravi@example.com,Ravi Shah,mentee,Europe/London,\n'
  expect((await bring({ people: moved })).people).toEqual({ created: 0, updated: 1, unchanged: 0 })
  const people = await readPeople(database.db, { where: sql`email = 'ravi@example.com'`, limit: 1, now: NOW })
  expect(people[0]).toMatchObject({ name: 'Ravi Shah', timeZone: 'Europe/London', phone: '+12125550101' })
})

test('files saved by a spreadsheet, with BOM and CRLF, are read the same', async () => {
  const saved = `\uFEFF${PEOPLE.replaceAll('\n', '\r\n')}`
  expect((await bring({ people: saved })).people.created).toBe(2)
  expect((await bring({ people: PEOPLE })).people.unchanged).toBe(2)
})

test('every bad line is named with its file, line, column and rule, and nothing is imported', async () => {
  const people = `${PEOPLE}kim@example.com,,mentee,Mars/Olympus,,12345,,,
kim,"Two
lines",boss,Europe/London,,,,,
ravi@example.com,Ravi Again,mentee,Europe/London,,,,2027-01-01T00:00:00Z,
short@example.com,Short
`
  const hours = `${HOURS}nobody@example.com,1,18:00,21:00\nasha@example.com,8,25:00,\nasha@example.com,1,18:00,21:00\nravi@example.com,1,09:00,10:00\n`
  const mentorships = `${PAIRS}Autumn,asha@example.com,ravi@example.com,8,,\nSpring,asha@example.com,who@example.com,-1,2026-05-01,2026-04-01\n`
  expect(await wrongLines({ people, hours, mentorships })).toEqual([
    'people.csv:4 name: must not be empty',
    'people.csv:4 time_zone: must be an IANA time zone such as Asia/Kolkata',
    'people.csv:4 phone: must be a phone number with its country, such as +91 98765 43210',
    'people.csv:5 role: must be mentor, mentee, ops or admin',
    'people.csv:5 email: must be an e-mail address',
    'people.csv:5 name: must not contain control characters',
    'people.csv:7 whatsapp_consent_source: must say where the consent was given',
    'people.csv:7 whatsapp_consent_at: must not be in the future',
    'people.csv:7 email: ravi@example.com is already on line 3',
    'people.csv:8: must have 9 values, not 2',
    "hours.csv:4 email: nobody@example.com is nobody's address",
    'hours.csv:5 weekday: must be a whole number from 1 to 7',
    'hours.csv:5 from: must be "HH:MM" from 00:00 to 23:59',
    'hours.csv:5 to: must not be empty',
    'hours.csv:6: is the same as line 2',
    'hours.csv:7 email: ravi@example.com is not a mentor',
    'mentorships.csv:3 programme: there is no programme "Autumn"',
    'mentorships.csv:4 sessions: must be a whole number from 0 to 1000',
    'mentorships.csv:4 ends_on: must not be before starts_on',
    "mentorships.csv:4 mentee_email: who@example.com is nobody's address",
  ])
  expect(await countOf('account')).toBe(0)
})

test('mistakes are counted apart from the lines they stand in, and each is said once', async () => {
  await bring(ALL)
  const people = `${PEOPLE}ravi@example.com,Ravi Again,mentee,Mars/Olympus,,,,,\n`
  const mentorships = `${PAIRS}Spring,asha@example.com,ravi@example.com,8,2026-05-01,2026-04-01\nSpring,asha@example.com,asha@example.com,8,,\n`
  expect(await wrongLines({ people, mentorships })).toEqual([
    'people.csv:4 time_zone: must be an IANA time zone such as Asia/Kolkata',
    'people.csv:4 email: ravi@example.com is already on line 3',
    'mentorships.csv:3 ends_on: must not be before starts_on',
    'mentorships.csv:3 mentee_email: is the same pair as line 2',
    'mentorships.csv:4 mentee_email: must be another person than the mentor',
    'mentorships.csv:4 mentee_email: asha@example.com is not a mentee',
  ])
  await expect(bring({ people, mentorships })).rejects.toThrow(/^Nothing was imported: 6 mistakes in 3 lines\. people/)
})

test('a file with semicolons in place of commas is told so, and a right one with a single column is not', async () => {
  const people = '\uFEFFemail;name;role;time_zone\r\nkim@example.com;Kim;mentee;Europe/London\r\n'
  expect(await wrongLines({ people })).toEqual(['people.csv:1: must have commas between its values, not semicolons'])
  expect(await wrongLines({ people: 'email;role\nkim@example.com;mentee\n' })).toEqual([
    'people.csv:1: must have the columns email, name, role, time_zone',
  ])
  await bring({ people: PEOPLE, calendar: 'email\nasha@example.com\n' })
})

test('an address of somebody else is no alias', async () => {
  await bring(ALL)
  const people = 'email,name,role,time_zone,aliases\nkim@example.com,Kim,mentee,Europe/London,ravi@example.com\n'
  expect(await wrongLines({ people })).toEqual(['people.csv:2 aliases: ravi@example.com belongs to somebody else'])
})

test('a pair named twice, once by an alias, is a duplicate', async () => {
  const mentorships = `${PAIRS}Spring,asha@example.com,ravi@example.com,8,2026-03-01,2026-06-30\n`
  expect(await wrongLines({ people: PEOPLE, mentorships })).toEqual([
    'mentorships.csv:3 mentee_email: is the same pair as line 2',
  ])
})

test.each([
  ['', 'people.csv:1: must begin with the columns email,name,role,time_zone'],
  ['email,name,role\n', 'people.csv:1: must have the column time_zone'],
  ['email,name,role,time_zone,fone\n', 'people.csv:1: has an unknown column "fone"'],
  [
    'email,name,role,time_zone\n"a,b\n',
    'people.csv:2: must be CSV with commas and double quotes (CSV_QUOTE_NOT_CLOSED)',
  ],
  [`email,name,role,time_zone\n${'x,y,z,w\n'.repeat(20_001)}`, 'people.csv: must have at most 20000 lines'],
  ['x'.repeat(5 * 1024 * 1024 + 1), 'people.csv: must have at most 5 MB'],
])('a file that is not such a file is refused whole (%#)', async (people, sentence) => {
  expect(await wrongLines({ people })).toEqual([sentence])
})

test('only an admin brings in somebody of ops, and no file takes rights away', async () => {
  const people = 'email,name,role,time_zone\nolivia@example.com,Olivia,ops,Europe/London\n'
  expect(await wrongLines({ people })).toEqual([
    'people.csv:2 role: must be mentor or mentee: only an admin gives rights',
  ])
  await bring({ people }, { mayGrantRights: true })
  await bring({ people: people.replace(',ops,', ',mentor,') })
  const [olivia] = await readPeople(database.db, { where: sql`true`, limit: 1, now: NOW })
  expect(olivia?.roles).toEqual(['mentor', 'ops'])
})

test('an old consent in a file does not undo a STOP', async () => {
  await bring(ALL)
  const { id } = await database.db
    .selectFrom('account')
    .select('id')
    .where('email', '=', 'asha@example.com')
    .executeTakeFirstOrThrow()
  await transact(database.db, (tx) => withdrawConsent(tx, id, 'whatsapp', `person:${id}`, NOW))
  await bring(ALL)
  const [asha] = await readPeople(database.db, { where: sql`account.id = ${id}`, limit: 1, now: NOW })
  expect(asha?.channels).toEqual(['email'])
})

test('a pair that was ended stays ended when its line comes again', async () => {
  await bring(ALL)
  await database.db.updateTable('mentorship').set({ ended_at: NOW, ended_reason: 'moved on' }).execute()
  expect((await bring(ALL)).mentorships).toEqual({ created: 0, updated: 0, unchanged: 1 })
})

test('hours that come again keep the absences and settings of the mentor', async () => {
  await bring(ALL)
  const { config } = await database.db.selectFrom('user_calendar_config').select('config').executeTakeFirstOrThrow()
  const edited = {
    ...config,
    sessionMinutes: 45,
    absences: [{ startsAt: '2026-04-01T00:00:00Z', endsAt: '2026-04-05T00:00:00Z' }],
  }
  await database.db.updateTable('user_calendar_config').set({ config: edited }).execute()
  await bring({ ...ALL, hours: `${HOURS}asha@example.com,3,18:00,19:00\n` })
  const after = await database.db
    .selectFrom('user_calendar_config')
    .select(['config', 'version'])
    .executeTakeFirstOrThrow()
  expect(after.version).toBe(2)
  expect(after.config).toMatchObject({ sessionMinutes: 45, absences: edited.absences, weekly: { length: 3 } })
})

test('a dry run says what would change and writes nothing', async () => {
  expect((await bring(ALL, { dryRun: true })).people.created).toBe(2)
  expect(await countOf('account')).toBe(0)
})

test('twenty thousand people come in within the limits of one statement', async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => `p${n}@example.com,Person ${n},mentee,Europe/London`)
  const result = await bring({ people: `email,name,role,time_zone\n${lines.join('\n')}\n` })
  expect(result.people.created).toBe(20_000)
})

test('a folder in another encoding is refused, and so is one without any file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'punctual-import-'))
  await expect(importFolder(database.db, folder, NOW)).rejects.toThrow(/must be a folder with people.csv/)
  await writeFile(
    join(folder, 'people.csv'),
    Buffer.from('email,name,role,time_zone\na@example.com,Jos\xe9,mentee,Europe/Madrid\n', 'latin1'),
  )
  await expect(importFolder(database.db, folder, NOW)).rejects.toThrow('people.csv: must be UTF-8 text')
})

test('the first week loads: 12 mentors and 40 mentees in five zones, a second programme on Meet, and again nothing new', async () => {
  const [week, meet] = await loadExample(database.db, FIRST_WEEK, NOW)
  expect(week?.people.created).toBe(54)
  expect(meet?.people.created).toBe(6)
  const people = await readPeople(database.db, { where: sql`true`, limit: 100, now: NOW })
  const { rows } = await sql<{ id: string }>`select distinct unnest(array[mentor_id, mentee_id]) as id from mentorship
    where programme_id = (select id from programme where booking = 'open' and name like 'Launchpad%')`.execute(
    database.db,
  )
  const inWeek = people.filter(({ id }) => rows.some((row) => row.id === id))
  const mentors = inWeek.filter(({ roles }) => roles.includes('mentor'))
  const mentees = inWeek.filter(({ roles }) => roles.includes('mentee'))
  expect([mentors.length, mentees.length]).toEqual([12, 40])
  expect(new Set(inWeek.map(({ timeZone }) => timeZone)).size).toBe(5)
  expect(mentors.every(({ channels }) => channels?.length === 2)).toBe(true)
  expect(mentees.filter(({ channels }) => channels?.length === 2).length).toBeGreaterThanOrEqual(36)
  const phones = people.flatMap(({ phone }) => phone ?? [])
  expect(new Set(phones).size).toBe(phones.length)
  const configs = await database.db.selectFrom('user_calendar_config').select('config').execute()
  for (const { config } of configs) expect(calendarConfig.parse(config)).toEqual(config)
  const hosts = await database.db.selectFrom('zoom_host').select('account_id').execute()
  expect([hosts.length, hosts.filter(({ account_id }) => account_id).length]).toEqual([10, 2])
  expect(await exampleClock(FIRST_WEEK)).toEqual(NOW)

  for (const again of await loadExample(database.db, FIRST_WEEK, NOW)) {
    const changed = [again.people, again.hours, again.mentorships].map(({ created, updated }) => created + updated)
    expect(changed).toEqual([0, 0, 0])
  }
})

test('the calendars of the first week are valid and belong to its mentors', async () => {
  await loadExample(database.db, FIRST_WEEK, NOW)
  const folder = join(FIRST_WEEK, 'calendars')
  const files = await readdir(folder)
  expect(files).toHaveLength(4)
  for (const file of files) {
    const calendar = new ICAL.Component(ICAL.parse(await readFile(join(folder, file), 'utf8')))
    const events = calendar.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event))
    expect(events.some((event) => event.isRecurring())).toBe(true)
    expect(events.some((event) => event.component.getFirstPropertyValue('status') === 'CANCELLED')).toBe(true)
    const owner = await database.db
      .selectFrom('user_calendar_config')
      .innerJoin('account', 'id', 'account_id')
      .select('id')
      .where('email', '=', file.replace(/\.ics$/, ''))
      .executeTakeFirst()
    expect(owner).toBeDefined()
  }
})

test('every mentor of the first week can be booked in it, the four with calendars and the Sunday ones too', async () => {
  await loadExample(database.db, FIRST_WEEK, NOW)
  const house = { db: database.db, clock: new StandingClock(NOW) } as unknown as House
  const mentors = await database.db.selectFrom('user_calendar_config').select('account_id').execute()
  const monday = Temporal.Instant.from('2026-03-23T00:00:00Z')
  for (const { account_id } of mentors) {
    const { slots } = await freeTimes(
      house,
      { mentorId: account_id, menteeId: null, from: monday, to: monday.add({ hours: 7 * 24 }) },
      false,
      NOW,
    )
    expect(slots.length).toBeGreaterThanOrEqual(8)
  }
})
