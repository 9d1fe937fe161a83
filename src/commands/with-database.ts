import { join } from 'node:path'
import { sql } from 'kysely'
import { machineNow } from '../clock.ts'
import { type Config, readConfig } from '../config.ts'
import { besideRunning, type OpenDatabase } from '../database/embedded/beside.ts'
import { FolderInUse } from '../database/embedded/folder-lock.ts'
import { migrate } from '../database/migrate.ts'
import { connect, type Database } from '../database/pool.ts'
import type { Tools } from './commands.ts'

/** Opens the installation's database, migrated, for one command; `now` is the sandbox's clock or the database's. */
export async function withDatabase<T>(
  tools: Tools,
  work: (db: Database, now: Temporal.Instant, config: Config, ownerUrl: string) => Promise<T>,
): Promise<T> {
  const config = readConfig(process.env)
  const { databaseUrl, ownerUrl, app, close } = await open(tools, config)
  try {
    await migrate(ownerUrl, { mode: config.PUNCTUAL_MODE, now: machineNow(), ...(app ? { app } : {}) })
    const db = connect(databaseUrl, { max: 4 })
    try {
      const { rows } = await sql<{
        now: Temporal.Instant
      }>`select coalesce(sandbox_now, clock_timestamp()) as now from installation`.execute(db)
      return await work(db, rows[0]?.now ?? machineNow(), config, ownerUrl)
    } finally {
      await db.destroy()
    }
  } finally {
    await close()
  }
}

/** A command works beside the running app, too: on its database. */
async function open(tools: Tools, config: Config): Promise<OpenDatabase> {
  try {
    return await tools.openDatabase(config)
  } catch (error) {
    const running = error instanceof FolderInUse ? besideRunning(join(config.PUNCTUAL_DATA_DIR, 'database')) : null
    if (!running) throw error
    return running
  }
}
