import { z } from '@hono/zod-openapi'
import { type SqlBool, sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { invalid, Refusal } from '../errors.ts'
import { idText } from '../http.ts'
import { newId } from '../ids.ts'
import type { Actor } from './actor.ts'
import { dayText } from './fields.ts'
import { pairIsOpen } from './person.ts'
import { isKnownToOps, isRun } from './scope.ts'

export const newMentorship = z
  .strictObject({
    programmeId: idText,
    mentorId: idText,
    menteeId: idText,
    sessions: z
      .int()
      .min(0)
      .max(1000)
      .nullable()
      .optional()
      .openapi({ description: "The budget; null = no limit; absent = the programme's." }),
    startsOn: dayText.optional(),
    endsOn: dayText.nullable().default(null),
  })
  .openapi('NewMentorship')
export type NewMentorship = z.output<typeof newMentorship>

export const mentorshipSchema = z
  .strictObject({
    id: idText,
    programmeId: idText,
    mentorId: idText,
    menteeId: idText,
    sessions: z.int().nullable(),
    booked: z.int(),
    startsOn: z.string(),
    endsOn: z.string().nullable(),
    endedAt: z.string().nullable(),
    endedReason: z.string().nullable(),
    succeeds: idText.nullable(),
  })
  .openapi('Mentorship')
export type Mentorship = z.infer<typeof mentorshipSchema>

type Filter = { where: ReturnType<typeof sql<SqlBool>>; limit: number }

/** Pairs in order of id, with how many sessions of the budget are booked and not cancelled. */
export async function readMentorships(db: Database | Tx, { where, limit }: Filter): Promise<Mentorship[]> {
  const { rows } = await sql<Row>`
    select mentorship.*, (select count(*) from user_calendar_booking b where b.mentorship_id = mentorship.id and b.cancelled_at is null) as booked
    from mentorship where ${where} order by mentorship.id limit ${limit}`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    programmeId: row.programme_id,
    mentorId: row.mentor_id,
    menteeId: row.mentee_id,
    sessions: row.sessions,
    booked: row.booked,
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    endedAt: row.ended_at?.toString() ?? null,
    endedReason: row.ended_reason,
    succeeds: row.succeeds,
  }))
}

/** Pairs two people. Refuses unknown ones (400, by field) and a pair that is already open in the programme (409). */
export async function createMentorship(
  db: Database,
  actor: Actor,
  given: NewMentorship,
  now: Temporal.Instant,
): Promise<string> {
  const startsOn = given.startsOn ?? now.toZonedDateTimeISO('UTC').toPlainDate().toString()
  if (given.mentorId === given.menteeId)
    throw invalid({ field: 'menteeId', rule: 'must be another person than the mentor' })
  if (given.endsOn !== null && given.endsOn < startsOn)
    throw invalid({ field: 'endsOn', rule: 'must not be before startsOn' })
  return transact(db, async (tx) => {
    const budget = await refuseUnknown(tx, actor, given)
    await refusePaired(tx, given, now)
    const sessions = given.sessions === undefined ? budget : given.sessions
    const id = await insertMentorship(tx, { ...given, sessions, startsOn, succeeds: null }, now)
    await audit(tx, {
      at: now,
      actor: actor.label,
      action: 'mentorship.created',
      objectKind: 'mentorship',
      objectId: id,
    })
    return id
  })
}

type Pair = {
  programmeId: string
  mentorId: string
  menteeId: string
  sessions: number | null
  startsOn: string
  endsOn: string | null
  succeeds: string | null
}

export async function insertMentorship(tx: Tx, pair: Pair, now: Temporal.Instant): Promise<string> {
  const id = newId()
  await tx
    .insertInto('mentorship')
    .values({
      id,
      programme_id: pair.programmeId,
      mentor_id: pair.mentorId,
      mentee_id: pair.menteeId,
      sessions: pair.sessions,
      starts_on: pair.startsOn,
      ends_on: pair.endsOn,
      succeeds: pair.succeeds,
      created_at: now,
    })
    .execute()
  return id
}

/** Waits for whoever else pairs this mentee, a first booking in an open programme too: both hold the mentee alone. */
export async function refusePaired(
  tx: Tx,
  { programmeId, mentorId, menteeId }: Pick<Pair, 'programmeId' | 'mentorId' | 'menteeId'>,
  now: Temporal.Instant,
): Promise<void> {
  await sql`select commitment_lock('{}'::uuid[], ${[menteeId]}::uuid[])`.execute(tx)
  const paired = await tx
    .selectFrom('mentorship')
    .select('id')
    .where('programme_id', '=', programmeId)
    .where('mentor_id', '=', mentorId)
    .where('mentee_id', '=', menteeId)
    .where(pairIsOpen(now))
    .executeTakeFirst()
  if (paired)
    throw new Refusal('conflict', 'These two are already paired in this programme.', { mentorshipId: paired.id })
}

type Row = {
  id: string
  programme_id: string
  mentor_id: string
  mentee_id: string
  sessions: number | null
  booked: number
  starts_on: string
  ends_on: string | null
  ended_at: Temporal.Instant | null
  ended_reason: string | null
  succeeds: string | null
}

async function refuseUnknown(
  tx: Tx,
  actor: Actor,
  { programmeId, mentorId, menteeId }: NewMentorship,
): Promise<number> {
  const programme = await tx
    .selectFrom('programme')
    .select('default_budget')
    .where('id', '=', programmeId)
    .where(isRun(actor, 'id'))
    .executeTakeFirst()
  const people = await tx
    .selectFrom('account')
    .select('id')
    .where('id', 'in', [mentorId, menteeId])
    .where('deactivated_at', 'is', null)
    .where(isKnownToOps(actor, 'account.id'))
    .execute()
  const known = new Set(people.map(({ id }) => id))
  const errors = [
    ...(programme ? [] : ['programmeId']),
    ...(known.has(mentorId) ? [] : ['mentorId']),
    ...(known.has(menteeId) ? [] : ['menteeId']),
  ].map((field) => ({ field, rule: 'must exist' }))
  if (!programme || errors.length > 0) throw invalid(...errors)
  return programme.default_budget
}
