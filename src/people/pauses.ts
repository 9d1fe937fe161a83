import { audit } from '../audit.ts'
import { settleCase } from '../cases.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeAccount } from '../effects/wake.ts'
import { notFound, Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Actor } from './actor.ts'
import { isKnownToOps, isRun, mustRun } from './scope.ts'

export type Pause = {
  id: string
  programmeId: string
  personId: string
  reason: string
  pausedAt: string
  pausedBy: string
  liftedAt: string | null
  liftedBy: string | null
  liftedReason: string | null
}
export type PauseAsk = { personId: string; programmeId: string; reason: string }

/**
 * No new bookings of this person in this programme, as mentee or mentor, until the pause is lifted; what is booked stays. The
 * person is told, and the case that proposed it is settled. Pausing again answers the pause that is there. Throws 404.
 */
export function pauseBookings(db: Database, actor: Actor, ask: PauseAsk, now: Temporal.Instant): Promise<Pause> {
  return transact(db, async (tx) => {
    await mustBeTheirs(tx, actor, ask)
    const { numInsertedOrUpdatedRows: made } = await tx
      .insertInto('booking_pause')
      .values({
        id: newId(),
        programme_id: ask.programmeId,
        account_id: ask.personId,
        reason: ask.reason,
        paused_at: now,
        paused_by: actor.label,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    const pause = await openPause(tx, ask)
    if (!pause) throw new Error('The pause that was there has just been lifted.')
    if (made === 1n) {
      await settleProposals(tx, actor, ask, now)
      await tell(tx, actor, ask, 'person.paused', now)
    }
    return pause
  })
}

/** Applies the pause that an open case proposes; null when the case proposes none, or is settled. */
export async function pauseProposed(
  db: Database,
  actor: Actor,
  { caseId, reason }: { caseId: string; reason: string },
  now: Temporal.Instant,
): Promise<Pause | null> {
  const proposed = await db
    .selectFrom('ops_case')
    .select(['account_id', 'programme_id'])
    .where('id', '=', caseId)
    .where('kind', '=', 'pause_proposed')
    .where('settled_at', 'is', null)
    .executeTakeFirst()
  if (!proposed?.account_id || !proposed.programme_id) return null
  return pauseBookings(db, actor, { personId: proposed.account_id, programmeId: proposed.programme_id, reason }, now)
}

/** The person may be booked again, and is told. Throws 404, and 422 `not_possible` when there is no pause. */
export function liftPause(db: Database, actor: Actor, ask: PauseAsk, now: Temporal.Instant): Promise<Pause> {
  return transact(db, async (tx) => {
    await mustBeTheirs(tx, actor, ask)
    const row = await tx
      .updateTable('booking_pause')
      .set({ lifted_at: now, lifted_by: actor.label, lifted_reason: ask.reason })
      .where('account_id', '=', ask.personId)
      .where('programme_id', '=', ask.programmeId)
      .where('lifted_at', 'is', null)
      .returningAll()
      .executeTakeFirst()
    if (!row) throw new Refusal('not_possible', 'Bookings of this person are not paused in this programme.')
    await tell(tx, actor, ask, 'person.resumed', now)
    return shownPause(row)
  })
}

/** Pauses that nobody has lifted, of programmes that the actor works for, oldest first. */
export async function listPauses(
  db: Database,
  actor: Actor,
  query: { programmeId?: string | undefined; after: string | null; limit: number },
): Promise<Pause[]> {
  const { programmeId, after, limit } = query
  const rows = await db
    .selectFrom('booking_pause')
    .selectAll()
    .where('lifted_at', 'is', null)
    .where(isRun(actor, 'programme_id'))
    .$if(programmeId !== undefined, (q) => q.where('programme_id', '=', programmeId as string))
    .$if(after !== null, (q) => q.where('id', '>', after as string))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(shownPause)
}

/** 404 for a programme that is not the actor's, and for a person they do not know. */
async function mustBeTheirs(tx: Tx, actor: Actor, { personId, programmeId }: PauseAsk): Promise<void> {
  mustRun(actor, programmeId)
  const account = await tx
    .selectFrom('account')
    .select('id')
    .where('id', '=', personId)
    .where('joined_into', 'is', null)
    .where(isKnownToOps(actor, 'account.id'))
    .executeTakeFirst()
  if (!account) throw notFound('person')
  const programme = await tx.selectFrom('programme').select('id').where('id', '=', programmeId).executeTakeFirst()
  if (!programme) throw notFound('programme')
}

async function openPause(tx: Tx, { personId, programmeId }: PauseAsk): Promise<Pause | null> {
  const row = await tx
    .selectFrom('booking_pause')
    .selectAll()
    .where('account_id', '=', personId)
    .where('programme_id', '=', programmeId)
    .where('lifted_at', 'is', null)
    .executeTakeFirst()
  return row ? shownPause(row) : null
}

async function settleProposals(tx: Tx, actor: Actor, ask: PauseAsk, now: Temporal.Instant): Promise<void> {
  const cases = await tx
    .selectFrom('ops_case')
    .select('id')
    .where('kind', '=', 'pause_proposed')
    .where('account_id', '=', ask.personId)
    .where('programme_id', '=', ask.programmeId)
    .where('settled_at', 'is', null)
    .execute()
  for (const { id } of cases) await settleCase(tx, now, { id }, actor.label, `Bookings are paused: ${ask.reason}`)
}

async function tell(
  tx: Tx,
  actor: Actor,
  { personId, programmeId, reason }: PauseAsk,
  action: 'person.paused' | 'person.resumed',
  now: Temporal.Instant,
): Promise<void> {
  await audit(tx, {
    at: now,
    actor: actor.label,
    action,
    objectKind: 'account',
    objectId: personId,
    reason,
    detail: { programmeId },
  })
  await wakeAccount(tx, personId, now)
}

type Row = {
  id: string
  programme_id: string
  account_id: string
  reason: string
  paused_at: Temporal.Instant
  paused_by: string
  lifted_at: Temporal.Instant | null
  lifted_by: string | null
  lifted_reason: string | null
}

const shownPause = (row: Row): Pause => ({
  id: row.id,
  programmeId: row.programme_id,
  personId: row.account_id,
  reason: row.reason,
  pausedAt: row.paused_at.toString(),
  pausedBy: row.paused_by,
  liftedAt: row.lifted_at?.toString() ?? null,
  liftedBy: row.lifted_by,
  liftedReason: row.lifted_reason,
})
