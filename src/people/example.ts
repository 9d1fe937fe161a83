import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { ImportResult } from './import/files.ts'
import { clockOf, PROGRAMME, readProgrammeFile } from './import/programme-file.ts'
import { exists, importFolder, readText } from './import.ts'

/** A demo programme: the folder itself, then each of its folders that has a programme.json. Again = nothing new. */
export async function loadExample(db: Database, folder: string, now: Temporal.Instant): Promise<ImportResult[]> {
  const results = [await importFolder(db, folder, now)]
  const entries = await readdir(folder, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
  for (const inner of folders.toSorted()) {
    if (await exists(join(inner, PROGRAMME))) results.push(await importFolder(db, inner, now))
  }
  await letOpsWorkEverywhere(db, now)
  return results
}

// An example is about one small organisation, whose ops work for all of it.
const letOpsWorkEverywhere = (db: Database, now: Temporal.Instant) =>
  sql`insert into programme_ops (programme_id, account_id, since, given_by)
    select p.id, a.id, ${now}, 'system' from programme p cross join account a where 'ops' = any (a.roles)
    on conflict do nothing`.execute(db)

/** Where the sandbox's clock begins in this example, or null when its programme.json does not say. */
export async function exampleClock(folder: string): Promise<Temporal.Instant | null> {
  const text = await readText(folder, PROGRAMME)
  return text === null ? null : clockOf(readProgrammeFile(text))
}
