import { z } from '@hono/zod-openapi'
import { type SqlBool, sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { pgError, type Tx, transact } from '../database/transaction.ts'
import { wakeProgramme } from '../effects/wake.ts'
import { invalid, notFound, Refusal } from '../errors.ts'
import { idText } from '../http.ts'
import { newId } from '../ids.ts'
import type { Actor } from './actor.ts'
import { dayText, words, zoneText } from './fields.ts'
import { runs } from './policy.ts'
import { insertOps } from './programme-ops.ts'
import { isRun } from './scope.ts'

const closedDay = z.strictObject({ date: dayText, reason: words(200).optional() })

const fields = {
  name: words(200),
  booking: z.enum(['assigned', 'open'], 'must be assigned or open'),
  room: z.enum(['zoom', 'meet'], 'must be zoom or meet'),
  defaultBudget: z.int().min(1).max(1000),
  timeZone: zoneText,
  slackChannel: words(80).nullable(),
  closedDays: z
    .array(closedDay)
    .max(400)
    .refine((days) => new Set(days.map(({ date }) => date)).size === days.length, 'must name each date once'),
}

export const newProgramme = z
  .strictObject({
    ...fields,
    booking: fields.booking.default('open'),
    room: fields.room.default('zoom'),
    defaultBudget: fields.defaultBudget.default(8),
    timeZone: fields.timeZone.default('UTC'),
    slackChannel: fields.slackChannel.default(null),
    closedDays: fields.closedDays.default([]),
  })
  .openapi('NewProgramme')
export type NewProgramme = z.output<typeof newProgramme>

export const programmeChanges = z.strictObject(fields).partial().openapi('ProgrammeChanges')
export type ProgrammeChanges = z.output<typeof programmeChanges>

export const programmeSchema = z.strictObject({ id: idText, ...fields }).openapi('Programme')
export type Programme = z.infer<typeof programmeSchema>

/**
 * Programmes by id, those after `after` first; their closed days in order of date. Ops see those they work for and those of
 * their own pairs, everybody else the open ones and those of their own pairs; who does not run one sees it without the channel
 * in which its ops talk.
 */
export async function listProgrammes(
  db: Database | Tx,
  actor: Actor,
  { after, limit, id }: { after: string | null; limit: number; id?: string },
): Promise<Programme[]> {
  const programmes = await db
    .selectFrom('programme')
    .selectAll()
    .$if(actor.programmes !== 'all', (query) => query.where(isTheirs(actor)))
    .$if(id !== undefined, (query) => query.where('id', '=', id as string))
    .$if(after !== null, (query) => query.where('id', '>', after as string))
    .orderBy('id')
    .limit(limit)
    .execute()
  const found = await withClosedDays(db, programmes)
  return found.map((programme) => (runs(actor, programme.id) ? programme : { ...programme, slackChannel: null }))
}

const isTheirs = (actor: Actor) =>
  sql<SqlBool>`(${actor.ops ? isRun(actor, 'programme.id') : sql`booking = 'open'`} or exists (select from mentorship m where m.programme_id = programme.id and ${actor.accountId}::uuid in (m.mentor_id, m.mentee_id)))`

/** Throws 404 for one that is not the actor's to see. */
export async function seeProgramme(db: Database, actor: Actor, id: string): Promise<Programme> {
  const [programme] = await listProgrammes(db, actor, { after: null, limit: 1, id })
  if (!programme) throw notFound('programme')
  return programme
}

export async function readProgramme(db: Database | Tx, id: string): Promise<Programme> {
  const row = await db.selectFrom('programme').selectAll().where('id', '=', id).executeTakeFirst()
  const [programme] = await withClosedDays(db, row ? [row] : [])
  if (!programme) throw notFound('programme')
  return programme
}

export async function createProgramme(
  db: Database,
  actor: Actor,
  given: NewProgramme,
  now: Temporal.Instant,
): Promise<string> {
  const id = newId()
  await unlessNamed(given.name, () =>
    transact(db, async (tx) => {
      await tx
        .insertInto('programme')
        .values({ id, created_at: now, name: given.name, ...columns(given) })
        .execute()
      await setClosedDays(tx, id, given.closedDays)
      // Whoever makes it works for it, or could not even look at it.
      if (actor.accountId) await insertOps(tx, [actor.accountId], [id], actor.label, now)
      await audit(tx, {
        at: now,
        actor: actor.label,
        action: 'programme.created',
        objectKind: 'programme',
        objectId: id,
      })
    }),
  )
  return id
}

/** Sessions already booked keep their room; everything else is looked at again. */
export async function changeProgramme(
  db: Database,
  actor: Actor,
  id: string,
  changes: ProgrammeChanges,
  now: Temporal.Instant,
): Promise<void> {
  if (Object.keys(changes).length === 0) throw invalid({ field: 'body', rule: 'must change something' })
  await unlessNamed(changes.name ?? '', () =>
    transact(db, async (tx) => {
      const known = await tx.selectFrom('programme').select('id').where('id', '=', id).forUpdate().executeTakeFirst()
      if (!known) throw notFound('programme')
      const set = columns(changes)
      if (Object.keys(set).length > 0) await tx.updateTable('programme').set(set).where('id', '=', id).execute()
      if (changes.closedDays) await setClosedDays(tx, id, changes.closedDays)
      await wakeProgramme(tx, id, now)
      const detail = { fields: Object.keys(changes) }
      await audit(tx, {
        at: now,
        actor: actor.label,
        action: 'programme.changed',
        objectKind: 'programme',
        objectId: id,
        detail,
      })
    }),
  )
}

export async function setClosedDays(tx: Tx, programmeId: string, days: NewProgramme['closedDays']): Promise<void> {
  await tx.deleteFrom('closed_day').where('programme_id', '=', programmeId).execute()
  if (days.length === 0) return
  await tx
    .insertInto('closed_day')
    .values(days.map(({ date, reason }) => ({ programme_id: programmeId, on_date: date, reason: reason ?? null })))
    .execute()
}

type Columns = Partial<{
  name: string
  booking: string
  room: string
  default_budget: number
  time_zone: string
  slack_channel: string | null
}>

function columns(given: ProgrammeChanges): Columns {
  const all = {
    name: given.name,
    booking: given.booking,
    room: given.room,
    default_budget: given.defaultBudget,
    time_zone: given.timeZone,
    slack_channel: given.slackChannel,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

type Row = {
  id: string
  name: string
  booking: string
  room: string
  default_budget: number
  time_zone: string
  slack_channel: string | null
}

async function withClosedDays(db: Database | Tx, rows: Row[]): Promise<Programme[]> {
  const ids = rows.map(({ id }) => id)
  const days = await sql<{ programme_id: string; on_date: string; reason: string | null }>`
    select programme_id, on_date, reason from closed_day where programme_id = any(${ids}::uuid[]) order by on_date`.execute(
    db,
  )
  const of = Map.groupBy(days.rows, ({ programme_id }) => programme_id)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    booking: row.booking as Programme['booking'],
    room: row.room as Programme['room'],
    defaultBudget: row.default_budget,
    timeZone: row.time_zone,
    slackChannel: row.slack_channel,
    closedDays: (of.get(row.id) ?? []).map(({ on_date, reason }) => ({ date: on_date, ...(reason ? { reason } : {}) })),
  }))
}

async function unlessNamed(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (pgError(error)?.constraint === 'programme_name_key')
      throw new Refusal('conflict', `There is a programme called "${name}" already.`)
    throw error
  }
}
