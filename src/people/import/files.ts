import { sql } from 'kysely'
import { audit } from '../../audit.ts'
import type { Database } from '../../database/pool.ts'
import { type Tx, transact } from '../../database/transaction.ts'
import { Refusal } from '../../errors.ts'
import { type LineError, where } from './csv.ts'
import { calendarLines, hoursLines } from './hours-lines.ts'
import { loadKnown } from './known.ts'
import { mentorshipLines } from './mentorship-lines.ts'
import { peopleLines } from './people-lines.ts'
import { type Lines, type Plan, planImport } from './plan.ts'
import { writePlan } from './write.ts'

/** The texts of the files; each may be absent. */
export type ImportFiles = { people?: string; hours?: string; calendar?: string; mentorships?: string }
export type ImportOptions = {
  /** The actor's label. */
  by: string
  /** Only an admin's file may give ops and admin rights. */
  mayGrantRights: boolean
  /** Says what would change and writes nothing. */
  dryRun: boolean
}
export type ImportResult = Plan['counts'] & { dryRun: boolean }

/**
 * Brings people, hours and pairs in, all or nothing. Every line is checked first; with any wrong line nothing is written
 * and an `invalid` refusal names each (`people.csv:17 phone: must be ...`). The same files again change nothing.
 */
export function importFiles(
  db: Database,
  files: ImportFiles,
  options: ImportOptions,
  now: Temporal.Instant,
): Promise<ImportResult> {
  return transact(db, (tx) => importWithin(tx, files, options, now))
}

/** The same inside the caller's transaction. */
export async function importWithin(
  tx: Tx,
  files: ImportFiles,
  { by, mayGrantRights, dryRun }: ImportOptions,
  now: Temporal.Instant,
): Promise<ImportResult> {
  const { lines, errors } = readFiles(files, { now, mayGrantRights })
  // Two imports at once would both find a person missing.
  await sql`select pg_advisory_xact_lock(hashtextextended('punctual import', 0))`.execute(tx)
  const known = await loadKnown(tx, addressesIn(lines), [
    ...new Set(lines.mentorships.map(({ programme }) => programme)),
  ])
  const checked = planImport(lines, known, now)
  refuse([...errors, ...checked.errors])
  const { counts } = checked.plan
  if (!dryRun) {
    await writePlan(tx, checked.plan, by, now)
    await audit(tx, {
      at: now,
      actor: by,
      action: 'people.imported',
      objectKind: 'import',
      objectId: null,
      detail: counts,
    })
  }
  return { ...counts, dryRun }
}

function readFiles(
  files: ImportFiles,
  rules: { now: Temporal.Instant; mayGrantRights: boolean },
): { lines: Lines; errors: LineError[] } {
  const { people, errors: a } =
    files.people === undefined ? { people: [], errors: [] } : peopleLines(files.people, rules)
  const { hours, errors: b } = files.hours === undefined ? { hours: [], errors: [] } : hoursLines(files.hours)
  const { calendars, errors: c } =
    files.calendar === undefined ? { calendars: [], errors: [] } : calendarLines(files.calendar)
  const { mentorships, errors: d } =
    files.mentorships === undefined ? { mentorships: [], errors: [] } : mentorshipLines(files.mentorships)
  return { lines: { people, hours, calendars, mentorships }, errors: [...a, ...b, ...c, ...d] }
}

const addressesIn = ({ people, hours, calendars, mentorships }: Lines): string[] => [
  ...new Set([
    ...people.flatMap(({ email, aliases }) => [email, ...aliases]),
    ...hours.map(({ email }) => email),
    ...calendars.map(({ email }) => email),
    ...mentorships.flatMap(({ mentor, mentee }) => [mentor, mentee]),
  ]),
]

// A file in the wrong encoding or order is wrong on every line: the first thousand say so too.
const MOST_ERRORS = 1000
const FILES = ['people.csv', 'hours.csv', 'calendar.csv', 'mentorships.csv']

function refuse(errors: LineError[]): void {
  if (errors.length === 0) return
  const inOrder = errors.toSorted(
    (a, b) => FILES.indexOf(a.file) - FILES.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0),
  )
  const named = inOrder.slice(0, MOST_ERRORS).map((error) => ({ field: where(error), rule: error.rule }))
  const [first] = named
  const count = errors.length === 1 ? 'one mistake' : `${errors.length} mistakes`
  throw new Refusal('invalid', `Nothing was imported: ${count}. ${first?.field}: ${first?.rule}`, { errors: named })
}
