import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/database.ts'
import { MigrationRefused, migrate } from './migrate.ts'

const now = Temporal.Instant.from('2026-03-01T12:00:00Z')
const FIRST = `create table installation (id boolean primary key check (id), mode text not null,
  stamped_at timestamptz not null, sandbox_now timestamptz);`

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await emptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'punctual-migrations-'))
  await write('0001_installation.sql', FIRST)
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const write = (name: string, text: string) => writeFile(join(folder, name), text)
const run = (mode: 'sandbox' | 'live' = 'sandbox') => migrate(database.url, { mode, now, folder })
const rows = async (table: string) =>
  (await sql.raw<Record<string, unknown>>(`select * from ${table}`).execute(database.db)).rows

test('files are applied in the order of their numbers, once', async () => {
  await write('0010_fill.sql', 'insert into kept values (1)')
  await write('0002_kept.sql', 'create table kept (id int)')
  await write('README.md', 'not a migration')

  expect(await run()).toEqual(['0001_installation.sql', '0002_kept.sql', '0010_fill.sql'])
  expect(await run()).toEqual([])
  expect(await rows('kept')).toEqual([{ id: 1 }])
})

test('several processes that start at once apply each file once', async () => {
  await write('0002_kept.sql', 'create table kept (id int)')
  const applied = await Promise.all([run(), run(), run()])
  expect(applied.flat()).toEqual(['0001_installation.sql', '0002_kept.sql'])
})

test('an edited released migration is refused by name', async () => {
  await run()
  await write('0001_installation.sql', `${FIRST} -- better`)
  await expect(run()).rejects.toThrow('Migration 0001_installation.sql was edited after it was applied.')
})

test('a database of a newer version is refused by the name of the missing migration', async () => {
  await write('0002_kept.sql', 'create table kept (id int)')
  await run()
  await rm(join(folder, '0002_kept.sql'))
  await expect(run()).rejects.toThrow('migrated by 0002_kept.sql, which this version of Punctual does not have')
})

test('line ends turned by a checkout are no edit', async () => {
  await run()
  await write('0001_installation.sql', FIRST.replaceAll('\n', '\r\n'))
  expect(await run()).toEqual([])
})

test('a migration that fails leaves nothing of itself, and those before it stay', async () => {
  await write('0002_broken.sql', 'create table kept (id int); select * from nowhere;')
  await expect(run()).rejects.toThrow('Migration 0002_broken.sql failed: relation "nowhere" does not exist')

  expect((await rows('schema_migration')).map((row) => row.name)).toEqual(['0001_installation.sql'])
  await expect(rows('kept')).rejects.toThrow('does not exist')
})

test('a database keeps the mode and the stamp of its first start', async () => {
  await run('sandbox')
  await migrate(database.url, { mode: 'sandbox', now: now.add({ hours: 1 }), folder })

  const [installation] = await rows('installation')
  expect({ mode: installation?.mode, at: String(installation?.stamped_at) }).toEqual({
    mode: 'sandbox',
    at: '2026-03-01T12:00:00Z',
  })
})

test('a sandbox does not open a live database, nor change it', async () => {
  await run('live')
  await write('0002_kept.sql', 'create table kept (id int)')

  const refused = run('sandbox')

  await expect(refused).rejects.toThrow('This database belongs to a live installation')
  await expect(refused).rejects.toThrow(MigrationRefused)
  await expect(rows('kept')).rejects.toThrow('does not exist')
})

test('the released migrations apply to an empty database', async () => {
  await cp(join(import.meta.dirname, '../../migrations'), folder, { recursive: true, force: true })
  await rm(join(folder, '0001_installation.sql'))
  expect(await run('live')).not.toEqual([])
})
