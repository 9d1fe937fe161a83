import { sql } from 'kysely'
import { audit } from '../../audit.ts'
import type { Database } from '../../database/pool.ts'
import { type Tx, transact } from '../../database/transaction.ts'
import { Refusal } from '../../errors.ts'
import type { Actor } from '../actor.ts'
import { insertOps } from '../programme-ops.ts'
import { counted, type LineError, where } from './csv.ts'
import { withoutForeign } from './foreign-lines.ts'
import { calendarLines, hoursLines } from './hours-lines.ts'
import { type Known, loadKnown } from './known.ts'
import { mentorshipLines } from './mentorship-lines.ts'
import { peopleLines } from './people-lines.ts'
import { type Lines, type Plan, planImport } from './plan.ts'
import { writePlan } from './write.ts'

/** The texts of the files; each may be absent. */
export type ImportFiles = { people?: string; hours?: string; calendar?: string; mentorships?: string }
export type ImportOptions = {
  /** The actor's label. */
  by: string
  /** The programmes the file may bring pairs into, and whose people it may change. */
  programmes: Actor['programmes']
  /** The programme that comes with the files: whoever they make one of ops works for it too. */
  brings?: string
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
  { by, programmes, brings, mayGrantRights, dryRun }: ImportOptions,
  now: Temporal.Instant,
): Promise<ImportResult> {
  const { lines, errors } = readFiles(files, { now, mayGrantRights })
  // Two imports at once would both find a person missing.
  await sql`select pg_advisory_xact_lock(hashtextextended('punctual import', 0))`.execute(tx)
  const known = await loadKnown(tx, addressesIn(lines), [
    ...new Set(lines.mentorships.map(({ programme }) => programme)),
  ])
  const foreign = await withoutForeign(tx, lines, known, programmes)
  const checked = planImport(lines, known, now)
  refuse([...errors, ...foreign, ...checked.errors])
  const { counts } = checked.plan
  if (!dryRun) {
    await writePlan(tx, checked.plan, by, now)
    const spokenOf = [...[...known.programmes.values()].map(({ id }) => id), ...(brings ? [brings] : [])]
    if (mayGrantRights) await letOpsWork(tx, { lines, known, programmes: spokenOf, by, now })
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

/** Whoever a file makes one of ops works for the programmes that the file speaks of; nobody loses one by it. */
async function letOpsWork(
  tx: Tx,
  {
    lines,
    known,
    programmes,
    by,
    now,
  }: { lines: Lines; known: Known; programmes: string[]; by: string; now: Temporal.Instant },
): Promise<void> {
  const emails = lines.people
    .filter(({ email, roles }) => roles.includes('ops') && !known.accounts.get(email)?.roles.includes('ops'))
    .map(({ email }) => email)
  if (emails.length === 0) return
  const people = await tx.selectFrom('account').select('id').where('email', 'in', emails).execute()
  await insertOps(
    tx,
    people.map(({ id }) => id),
    programmes,
    by,
    now,
  )
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
  // A line is looked at alone and then beside what is known: both may find the same.
  const mistakes = new Map(inOrder.map((error) => [`${where(error)}: ${error.rule}`, error]))
  const named = [...mistakes.values()].map((error) => ({ field: where(error), rule: error.rule }))
  const [first] = mistakes.keys()
  throw new Refusal('invalid', `Nothing was imported: ${counted(named)}. ${first}`, {
    errors: named.slice(0, MOST_ERRORS),
  })
}
