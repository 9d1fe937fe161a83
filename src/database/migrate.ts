import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { type AppRole, letIn } from './app-role.ts'
import { connectionPool } from './pool.ts'

export type Mode = 'sandbox' | 'live'

export type MigrateOptions = {
  mode: Mode
  now: Temporal.Instant
  /** Who is let in once it is up to date; absent: only the owner, who then is the app too. */
  app?: AppRole
  /** Where the numbered .sql files lie; the product's own by default. */
  folder?: string
}

/** A start that must not go on; the sentence says why and what to do. */
export class MigrationRefused extends Error {
  override name = 'MigrationRefused'
}

const FOLDER = join(import.meta.dirname, '../../migrations')

// Any constant will do, so long as every release of Punctual takes the same one.
const LOCK = 1_347_767_411

/**
 * Brings a database up to date and answers with the names it applied. Files run in order, each in its own transaction;
 * whoever starts at the same moment waits and finds the work done. `url` is the owner's.
 *
 * Throws `MigrationRefused` when a released file was edited or is missing, or when the database belongs to the other mode.
 */
export async function migrate(url: string, { mode, now, app, folder = FOLDER }: MigrateOptions): Promise<string[]> {
  const files = await readMigrations(folder)
  const pool = connectionPool(url, { max: 1, statementTimeout: 0, lockTimeout: 0, idleInTransactionTimeout: 0 })
  try {
    const client = await pool.connect()
    try {
      await client.query('select pg_advisory_lock($1)', [LOCK])
      const pending = await comparedWithReleased(client, files)
      await refuseOtherMode(client, mode)
      for (const file of pending) await apply(client, file, now)
      await stamp(client, mode, now)
      if (app) await letIn(client, app)
      return pending.map((file) => file.name)
    } finally {
      client.release(true)
    }
  } finally {
    await pool.end()
  }
}

type Migration = { name: string; sql: string; checksum: string }

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d+_.+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      // A checkout on Windows may have turned the line ends; that is no edit.
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function comparedWithReleased(client: pg.PoolClient, files: Migration[]): Promise<Migration[]> {
  await client.query(`create table if not exists schema_migration (
    name text primary key, checksum text not null, applied_at timestamptz not null)`)
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from schema_migration')
  const applied = new Map(rows.map((row) => [row.name, row.checksum]))

  for (const name of applied.keys()) {
    if (files.some((file) => file.name === name)) continue
    throw new MigrationRefused(
      `This database was migrated by ${name}, which this version of Punctual does not have. Start the newer version, or restore a backup.`,
    )
  }
  for (const { name, checksum } of files) {
    if (!applied.has(name) || applied.get(name) === checksum) continue
    throw new MigrationRefused(
      `Migration ${name} was edited after it was applied. Restore the file and write the change as a new migration.`,
    )
  }
  return files.filter((file) => !applied.has(file.name))
}

async function apply(client: pg.PoolClient, { name, sql, checksum }: Migration, now: Temporal.Instant): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into schema_migration (name, checksum, applied_at) values ($1, $2, $3)', [
      name,
      checksum,
      now,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error })
  }
}

// Asked before anything is applied: a live database must not even be changed by a sandbox started on it by mistake.
async function refuseOtherMode(client: pg.PoolClient, mode: Mode): Promise<void> {
  const { rows: tables } = await client.query<{ exists: boolean }>(
    `select to_regclass('installation') is not null as exists`,
  )
  if (!tables[0]?.exists) return
  const { rows } = await client.query<{ mode: Mode }>('select mode from installation')
  const stamped = rows[0]?.mode
  if (stamped && stamped !== mode) {
    throw new MigrationRefused(
      `This database belongs to a ${stamped} installation and will not be opened in ${mode} mode. ` +
        `Set PUNCTUAL_MODE=${stamped}, or point DATABASE_URL or PUNCTUAL_DATA_DIR at another database.`,
    )
  }
}

// Where the sandbox's clock begins is the sandbox's own affair.
async function stamp(client: pg.PoolClient, mode: Mode, now: Temporal.Instant): Promise<void> {
  await client.query(`insert into installation (id, mode, stamped_at) values (true, $1, $2) on conflict do nothing`, [
    mode,
    now,
  ])
}
