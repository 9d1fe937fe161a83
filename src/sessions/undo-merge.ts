import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { notFound, Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import { type Interval, isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { endCalledOff, endEmptied, stillComing } from './called-off.ts'
import { lockPool, move, readLocked, refusedBy, take, takeHost, type Wish } from './commitments.ts'
import { leave, takingTurns } from './merge.ts'
import { mustRunSessions } from './session.ts'
import { type Effects, whatFollows } from './what-follows.ts'

export type Moved = {
  left: string[]
  arrived: { id: string; accountId: string }[]
  bookings: string[]
  commitments: string[]
}
type Log = { sessionId: string; survivorId: string; moved: Moved; undoneAt: Temporal.Instant | null }

/** `sessionIds`: those that take place again. */
export type Undone = { mergeId: string; survivorId: string; sessionIds: string[] } & Effects

/**
 * Takes a merge back by the reschedule rule: what was given up is taken again, all or nothing. Each session gets a new
 * revision, so that its people are told anew. Who called off meanwhile does not come back, and a session without anybody
 * else is cancelled. Throws `not_possible` when it was undone before or anything has started, `slot_taken` when the old
 * time has meanwhile gone to somebody else.
 */
export function undoMerge(
  db: Database,
  actor: Actor,
  mergeId: string,
  reason: string,
  now: Temporal.Instant,
): Promise<Undone> {
  return transact(db, async (tx) => {
    const logs = await mergeLogs(tx, mergeId)
    const survivorId = logs[0]!.survivorId
    const sessionIds = logs.map(({ sessionId }) => sessionId)
    await mustRunSessions(tx, actor, [survivorId, ...sessionIds]).catch((error: unknown) => {
      throw error instanceof Refusal ? notFound('merge') : error
    })
    if (logs.some(({ undoneAt }) => undoneAt)) throw new Refusal('not_possible', 'This merge was undone before.')
    const { commitments, arrived } = await readLocked(
      tx,
      () => whoseMerge(tx, mergeId, logs),
      ({ people }) => people,
    )
    await lockPool(tx)
    const inside = await foldedInto(tx, sessionIds)
    const locked = await tx
      .selectFrom('session')
      .selectAll()
      .where('id', 'in', [...sessionIds, survivorId, ...inside.map(({ id }) => id)])
      .orderBy('id')
      .forUpdate()
      .execute()
    const sessions = locked.filter(({ id }) => id === survivorId || sessionIds.includes(id))
    for (const session of sessions) {
      if (isDue(session.starts_at, now))
        throw new Refusal('not_possible', 'A merge cannot be undone once one of its sessions has started.', {
          sessionId: session.id,
        })
    }
    const survivor = sessions.find(({ id }) => id === survivorId)!
    if (survivor.cancelled_at || survivor.merged_into)
      throw new Refusal('not_possible', 'The surviving session was cancelled or merged again; undo that first.')

    const back: string[] = []
    for (const { sessionId, moved } of logs) {
      const session = sessions.find(({ id }) => id === sessionId)!
      const people = await stillComing(tx, moved)
      const wishes: Wish[] = commitments.filter(
        (c) => c.sessionId === sessionId && people.some(({ account_id }) => account_id === c.holderId),
      )
      const give = { sessionIds: [survivorId], holderIds: moved.arrived.map(({ id }) => arrived.get(id) as string) }
      await takingTurns(
        tx,
        wishes.map(({ holderId }) => holderId),
        session,
        () => move(tx, give, [{ source: { sessionId }, wishes }], now),
      )
      await leave(tx, moved.arrived, now)
      await takeAlong(tx, sessionId, inside)
      if (people.length === 0) {
        await endCalledOff(tx, sessionId, moved)
        continue
      }
      if (session.room === 'zoom')
        await hostAgain(
          tx,
          session,
          commitments.find((c) => c.sessionId === sessionId && c.kind === 'host'),
          now,
        )
      await bringBack(tx, session, moved, people, actor, now)
      back.push(sessionId)
    }
    await endEmptied(tx, survivorId, { by: actor.label, reason }, now)
    await tx
      .updateTable('session_merge_log')
      .set({ undone_at: now, undone_by: actor.label })
      .where('merge_id', '=', mergeId)
      .execute()
    await tx
      .insertInto('audit_log')
      .values(
        [survivorId, ...sessionIds].map((id) => ({
          id: newId(),
          at: now,
          actor: actor.label,
          action: 'session.unmerge',
          object_kind: 'session',
          object_id: id,
          reason,
          detail: JSON.stringify({ mergeId }),
        })),
      )
      .execute()
    await wakeSession(tx, [survivorId, ...sessionIds].sort(), now)
    return {
      mergeId,
      survivorId,
      sessionIds: back,
      ...(await whatFollows(tx, [survivorId, ...sessionIds], now, survivorId)),
    }
  })
}

async function mergeLogs(tx: Tx, mergeId: string): Promise<[Log, ...Log[]]> {
  const rows = await tx
    .selectFrom('session_merge_log')
    .selectAll()
    .where('merge_id', '=', mergeId)
    .orderBy('id')
    .forUpdate()
    .execute()
  const logs = rows.map(
    (row): Log => ({
      sessionId: row.session_id,
      survivorId: row.survivor_id,
      moved: row.moved as unknown as Moved,
      undoneAt: row.undone_at,
    }),
  )
  if (logs.length === 0) throw notFound('merge')
  return logs as [Log, ...Log[]]
}

/** What the merge gave up, who came to the survivor by it (by the id of their part in it), and everybody concerned: as who they are now. */
async function whoseMerge(tx: Tx, mergeId: string, logs: readonly Log[]) {
  const commitments = await givenUp(tx, mergeId)
  const ids = logs.flatMap(({ moved }) => moved.arrived.map(({ id }) => id))
  const rows =
    ids.length === 0
      ? []
      : await tx.selectFrom('session_participant').select(['id', 'account_id']).where('id', 'in', ids).execute()
  const arrived = new Map(rows.map((row) => [row.id, row.account_id]))
  const holders = commitments.filter(({ kind }) => kind === 'account').map(({ holderId }) => holderId)
  return { commitments, arrived, people: [...holders, ...arrived.values()] }
}

async function givenUp(tx: Tx, mergeId: string): Promise<(Wish & { sessionId: string })[]> {
  const { rows } = await sql<{ holderId: string; kind: 'account' | 'host'; during: Interval; sessionId: string }>`
    select holder_id as "holderId", holder_kind as kind, during, session_id as "sessionId" from commitment where merge_id = ${mergeId} order by holder_id`.execute(
    tx,
  )
  return rows
}

/**
 * What these sessions had taken over before, directly or by way of another, each with the one that comes back. It cannot
 * change meanwhile: what lies inside a merged session is neither merged nor taken out.
 */
async function foldedInto(tx: Tx, sessionIds: readonly string[]): Promise<{ id: string; root: string }[]> {
  const { rows } = await sql<{ id: string; root: string }>`
    with recursive inside as (
      select session_id as id, survivor_id as root from session_merge_log where survivor_id = any(${sessionIds}::uuid[]) and undone_at is null
      union all
      select l.session_id, inside.root from session_merge_log l join inside on l.survivor_id = inside.id where l.undone_at is null
    )
    select id, root from inside`.execute(tx)
  return rows
}

/** The merge had led their rooms and links on to the session that took over; now they lead to the one that comes back. */
async function takeAlong(tx: Tx, sessionId: string, inside: readonly { id: string; root: string }[]): Promise<void> {
  const ids = inside.filter(({ root }) => root === sessionId).map(({ id }) => id)
  if (ids.length === 0) return
  await tx.updateTable('session').set({ merged_into: sessionId }).where('id', 'in', ids).execute()
}

/** The old Zoom host, whose room is still there; when it has gone to somebody else, any free one. */
async function hostAgain(
  tx: Tx,
  session: { id: string; starts_at: Temporal.Instant; ends_at: Temporal.Instant },
  old: Wish | undefined,
  now: Temporal.Instant,
): Promise<void> {
  const during = { start: session.starts_at, end: session.ends_at }
  const source = { sessionId: session.id }
  const kept = old !== undefined && (await attempt(tx, () => take(tx, source, [old], now)))
  if (kept) return
  const mentor = await tx
    .selectFrom('session_participant')
    .select('account_id')
    .where('session_id', '=', session.id)
    .where('role', '=', 'mentor')
    .orderBy('joined_at', 'desc')
    .executeTakeFirstOrThrow()
  const host = await takeHost(tx, source, mentor.account_id, during, now)
  if (host === null) {
    const conflict = { layer: 'host', startsAt: during.start.toString(), endsAt: during.end.toString(), whose: 'host' }
    throw new Refusal('slot_taken', 'No Zoom host is free at the old time any more.', {
      conflicts: [conflict],
      alternatives: [],
    })
  }
  await tx.updateTable('session').set({ host_id: host }).where('id', '=', session.id).execute()
}

/** True when it worked; false when the time is taken, with the transaction still good. */
async function attempt(tx: Tx, work: () => Promise<void>): Promise<boolean> {
  await sql`savepoint attempted`.execute(tx)
  try {
    await work()
    return true
  } catch (error) {
    if (refusedBy(error) !== 'slot_taken') throw error
    await sql`rollback to savepoint attempted`.execute(tx)
    return false
  }
}

async function bringBack(
  tx: Tx,
  session: { id: string; revision: number; starts_at: Temporal.Instant; ends_at: Temporal.Instant; room: string },
  moved: Moved,
  people: readonly { id: string }[],
  actor: Actor,
  now: Temporal.Instant,
): Promise<void> {
  const revision = session.revision + 1
  await tx
    .updateTable('session')
    .set({ merged_into: null, revision, scheduled_at: now })
    .where('id', '=', session.id)
    .execute()
  await tx
    .insertInto('session_revision')
    .values({
      session_id: session.id,
      revision,
      starts_at: session.starts_at,
      ends_at: session.ends_at,
      room: session.room,
      made_at: now,
      made_by: actor.label,
      cause: 'unmerged',
    })
    .execute()
  await tx
    .updateTable('session_participant')
    .set({ left_at: null })
    .where(
      'id',
      'in',
      people.map(({ id }) => id),
    )
    .execute()
  if (moved.bookings.length > 0) {
    await tx
      .updateTable('user_calendar_booking')
      .set((e) => ({ session_id: session.id, revision: e('revision', '+', 1) }))
      .where('id', 'in', moved.bookings)
      .where('cancelled_at', 'is', null)
      .execute()
  }
}
