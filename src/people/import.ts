import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../database/pool.ts'
import { transact } from '../database/transaction.ts'
import { invalid, Refusal } from '../errors.ts'
import { decode, MOST_BYTES } from './import/csv.ts'
import { type ImportFiles, type ImportOptions, type ImportResult, importWithin } from './import/files.ts'
import { PROGRAMME, readProgrammeFile, writeProgrammeFile, writeZoomHosts } from './import/programme-file.ts'

const AS_OPERATOR: ImportOptions = { by: 'system', programmes: 'all', mayGrantRights: true, dryRun: false }

/**
 * Imports a folder's people.csv, hours.csv, calendar.csv, mentorships.csv and programme.json (each may be missing, not
 * all) in one transaction, with the rights of whoever holds the machine. Refuses as `importFiles` does.
 */
export async function importFolder(
  db: Database,
  folder: string,
  now: Temporal.Instant,
  options: Partial<ImportOptions> = {},
): Promise<ImportResult> {
  const how = { ...AS_OPERATOR, ...options }
  const files: ImportFiles = {}
  for (const name of ['people', 'hours', 'calendar', 'mentorships'] as const) {
    const text = await readText(folder, `${name}.csv`)
    if (text !== null) files[name] = text
  }
  const programmeText = await readText(folder, PROGRAMME)
  if (programmeText === null && Object.keys(files).length === 0)
    throw invalid({
      field: folder,
      rule: 'must be a folder with people.csv, hours.csv, calendar.csv, mentorships.csv or programme.json',
    })
  const programme = programmeText === null ? null : readProgrammeFile(programmeText)

  const work = transact(db, async (tx) => {
    const programmeId = programme ? await writeProgrammeFile(tx, programme, how.by, now) : null
    const result = await importWithin(
      tx,
      files,
      { ...how, dryRun: false, ...(programmeId ? { brings: programmeId } : {}) },
      now,
    )
    if (programme) await writeZoomHosts(tx, programme)
    if (how.dryRun) throw new Rehearsed({ ...result, dryRun: true })
    return result
  })
  return work.catch((error: unknown) => {
    if (error instanceof Rehearsed) return error.result
    throw error
  })
}

// A dry run of a folder is done whole and rolled back: the pairs need the programme that the same folder brings.
class Rehearsed extends Error {
  readonly result: ImportResult
  constructor(result: ImportResult) {
    super('rolled back on purpose')
    this.result = result
  }
}

export async function readText(folder: string, name: string): Promise<string | null> {
  const path = join(folder, name)
  if (!(await exists(path))) return null
  const { size } = await stat(path)
  if (size > MOST_BYTES) throw new Refusal('too_large', `${name} may have at most 5 MB.`)
  return decode(name, await readFile(path))
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
