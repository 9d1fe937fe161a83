import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { loadFacts } from '../effects/load-facts.ts'
import { wakeSession } from '../effects/wake.ts'
import { notFound, Refusal } from '../errors.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { meetMaker } from '../playbook/mirrors.ts'
import { lockPool, release, takeHost } from './commitments.ts'
import { mustRunSessions, type SessionView, seeSession, viewSessions } from './session.ts'
import { type Effects, tryOut, whatFollows } from './what-follows.ts'

export type RoomAsk = { room: 'zoom' | 'meet'; reason: string; revision: number }

/**
 * The session meets in the other kind of room from now on: a new revision, of which everybody is told once. Their links stay
 * the same. Asking for the room it already has changes nothing. Throws 404, 409 `stale_revision` (with the current state) and
 * `slot_taken` when no Zoom host is free, 422 `not_possible` once it has begun, or when nobody's calendar can make a Meet link.
 */
export async function switchRoom(
  db: Database,
  actor: Actor,
  id: string,
  ask: RoomAsk,
  now: Temporal.Instant,
): Promise<SessionView> {
  await transact(db, (tx) => writeRoom(tx, actor, id, ask, now))
  return seeSession(db, actor, id)
}

/** All that would follow; nothing is changed. */
export const previewRoom = (
  db: Database,
  actor: Actor,
  id: string,
  ask: RoomAsk,
  now: Temporal.Instant,
): Promise<Effects> =>
  tryOut(db, async (tx) =>
    (await writeRoom(tx, actor, id, ask, now))
      ? whatFollows(tx, [id], now)
      : { messages: [], withdrawn: [], vendors: [] },
  )

async function writeRoom(
  tx: Tx,
  actor: Actor,
  id: string,
  { room, reason, revision }: RoomAsk,
  now: Temporal.Instant,
): Promise<boolean> {
  await mustRunSessions(tx, actor, [id])
  await lockPool(tx)
  const session = await tx.selectFrom('session').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!session) throw notFound('session')
  // A lost answer makes people ask again: what they ask for is what it is already.
  const isRepeated = session.room === room && [session.revision, session.revision - 1].includes(revision)
  if (isRepeated && !session.cancelled_at) return false
  if (session.cancelled_at || session.merged_into || !session.published_at)
    throw new Refusal('not_possible', 'Only an open session can change its room.')
  if (session.revision !== revision) {
    const [current] = await viewSessions(tx, [id])
    throw new Refusal('stale_revision', 'The session has changed since you saw it.', { current })
  }
  if (isDue(session.starts_at, now)) throw new Refusal('not_possible', 'This session has begun.')

  const during = { start: session.starts_at, end: session.ends_at }
  if (session.host_id) await release(tx, { sessionIds: [id], holderIds: [session.host_id] }, now)
  const host = room === 'zoom' ? await takeHost(tx, { sessionId: id }, await mentorOf(tx, id), during, now) : null
  if (room === 'zoom' && host === null) {
    const conflict = { layer: 'host', whose: 'host', startsAt: during.start.toString(), endsAt: during.end.toString() }
    throw new Refusal('slot_taken', 'No Zoom room is free at that time.', { conflicts: [conflict], alternatives: [] })
  }

  const next = session.revision + 1
  await tx
    .updateTable('session')
    .set({ room, host_id: host, revision: next, scheduled_at: now })
    .where('id', '=', id)
    .execute()
  await tx
    .insertInto('session_revision')
    .values({
      session_id: id,
      revision: next,
      starts_at: session.starts_at,
      ends_at: session.ends_at,
      room,
      made_at: now,
      made_by: actor.label,
      cause: 'room',
    })
    .execute()
  await tx
    .updateTable('user_calendar_booking')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('session_id', '=', id)
    .where('cancelled_at', 'is', null)
    .execute()
  if (room === 'meet') await refuseWithoutMaker(tx, id, now)
  await audit(tx, {
    at: now,
    actor: actor.label,
    action: 'session.room_changed',
    objectKind: 'session',
    objectId: id,
    reason,
    detail: { from: session.room, to: room },
  })
  await wakeSession(tx, id, now)
  return true
}

async function mentorOf(tx: Tx, sessionId: string): Promise<string> {
  const { account_id } = await tx
    .selectFrom('session_participant')
    .select('account_id')
    .where('session_id', '=', sessionId)
    .where('role', '=', 'mentor')
    .where('left_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirstOrThrow()
  return account_id
}

/** A Meet link is made by an event in somebody's calendar: without one there would be no room at all. */
async function refuseWithoutMaker(tx: Tx, id: string, now: Temporal.Instant): Promise<void> {
  const facts = (await loadFacts(tx, [id], now)).get(id)
  const maker = facts && meetMaker(facts)
  if (!maker || maker.calendar?.broken)
    throw new Refusal(
      'not_possible',
      'Nobody in this session has a calendar connected in which a Meet link can be made.',
    )
}
