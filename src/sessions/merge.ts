import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { invalid, notFound, Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { move, readLocked, refusedBy, type Wish } from './commitments.ts'
import { inTheWay } from './in-the-way.ts'
import { mustRunSessions } from './session.ts'
import { type Effects, plannedThen, tryOut, whatFollows } from './what-follows.ts'

export type MergeWish = { sessionIds: string[]; reason: string }

export type MergePlan = Effects & {
  mergeId: string | null
  survivorId: string
  startsAt: string
  endsAt: string
  /** Whose time or room changes. */
  people: {
    personId: string
    name: string
    role: string
    from: { sessionId: string; startsAt: string }
    alreadyThere: boolean
  }[]
  /** What is still to come: notices that wait for the end of quiet hours, reminders of the time they share now. */
  planned: Awaited<ReturnType<typeof plannedThen>>
  /** Everybody in one of the sessions: whom the messages below are for. */
  everybody: { personId: string; name: string; role: string }[]
}

/**
 * Consolidates sessions of one mentor: the first named survives, the others' mentees and bookings move to it. One
 * transaction, one audit row and one SessionMergeLog row for each session folded in. Throws `not_possible` once any has
 * started, `slot_taken` when a mentee is not free at the survivor's time.
 */
export function merge(db: Database, actor: Actor, wish: MergeWish, now: Temporal.Instant): Promise<MergePlan> {
  return transact(db, (tx) => mergeIn(tx, actor, wish, now))
}

/** All that would follow, by doing it and taking it back: the preview cannot differ from the deed. */
export async function previewMerge(
  db: Database,
  actor: Actor,
  wish: MergeWish,
  now: Temporal.Instant,
): Promise<MergePlan> {
  return { ...(await tryOut(db, (tx) => mergeIn(tx, actor, wish, now))), mergeId: null }
}

async function mergeIn(
  tx: Tx,
  actor: Actor,
  { sessionIds, reason }: MergeWish,
  now: Temporal.Instant,
): Promise<MergePlan> {
  if (new Set(sessionIds).size !== sessionIds.length || sessionIds.length < 2)
    throw invalid({ field: 'sessionIds', rule: 'must name two or more different sessions' })
  await mustRunSessions(tx, actor, sessionIds)
  const people = await readLocked(
    tx,
    () => expected(tx, sessionIds),
    (rows) => rows.map(({ account_id }) => account_id),
  )
  const sessions = await openSessions(tx, sessionIds, now)
  const [survivor, ...folded] = sessions
  if (!survivor) throw notFound('session')
  refuseDifferentMentors(sessions, people)

  const mergeId = newId()
  const there = new Map(people.filter((p) => p.session_id === survivor.id).map((p) => [p.account_id, p]))
  const moving = people.filter((p) => p.session_id !== survivor.id)
  const newcomers = moving.filter(
    (p, i) => !there.has(p.account_id) && moving.findIndex((q) => q.account_id === p.account_id) === i,
  )
  const during = { start: survivor.starts_at, end: survivor.ends_at }
  const wishes: Wish[] = newcomers.map(({ account_id }) => ({ holderId: account_id, kind: 'account', during }))
  const released = await takingTurns(
    tx,
    newcomers.map(({ account_id }) => account_id),
    survivor,
    () =>
      move(
        tx,
        { sessionIds: folded.map(({ id }) => id), mergeId },
        [{ source: { sessionId: survivor.id }, wishes }],
        now,
      ),
  )

  const arrivals = newcomers.map((p) => ({ ...p, newId: newId() }))
  await leave(tx, moving, now)
  if (arrivals.length > 0) {
    await tx
      .insertInto('session_participant')
      .values(
        arrivals.map((p) => ({
          id: p.newId,
          session_id: survivor.id,
          account_id: p.account_id,
          role: p.role,
          booking_id: p.booking_id,
          joined_at: now,
          came_from: p.session_id,
        })),
      )
      .execute()
  }
  const bookings = await moveBookings(
    tx,
    folded.map(({ id }) => id),
    survivor.id,
  )
  // Chains are flattened: what had been folded into one of these now belongs to the survivor.
  await tx
    .updateTable('session')
    .set({ merged_into: survivor.id })
    .where(
      'merged_into',
      'in',
      folded.map(({ id }) => id),
    )
    .execute()
  await tx
    .updateTable('session')
    .set({ merged_into: survivor.id })
    .where(
      'id',
      'in',
      folded.map(({ id }) => id),
    )
    .execute()

  for (const session of folded) {
    await tx
      .insertInto('session_merge_log')
      .values({
        id: newId(),
        merge_id: mergeId,
        session_id: session.id,
        survivor_id: survivor.id,
        moved: JSON.stringify({
          left: moving.filter((p) => p.session_id === session.id).map(({ id }) => id),
          arrived: arrivals
            .filter((p) => p.session_id === session.id)
            .map(({ newId: id, account_id }) => ({ id, accountId: account_id })),
          bookings: bookings.filter((b) => b.from === session.id).map(({ id }) => id),
          commitments: released.filter((r) => r.sessionId === session.id).map(({ id }) => id),
        }),
        merged_at: now,
        merged_by: actor.label,
        reason,
      })
      .execute()
  }
  await tx
    .insertInto('audit_log')
    .values(
      sessions.map(({ id }) => ({
        id: newId(),
        at: now,
        actor: actor.label,
        action: id === survivor.id ? 'session.merge' : 'session.merged_away',
        object_kind: 'session',
        object_id: id,
        reason,
        detail: JSON.stringify({ mergeId, survivorId: survivor.id }),
      })),
    )
    .execute()
  await wakeSession(tx, [...sessionIds].sort(), now)

  return {
    mergeId,
    survivorId: survivor.id,
    startsAt: survivor.starts_at.toString(),
    endsAt: survivor.ends_at.toString(),
    people: moving.map((p) => ({
      personId: p.account_id,
      name: p.name,
      role: p.role,
      from: { sessionId: p.session_id, startsAt: sessions.find(({ id }) => id === p.session_id)!.starts_at.toString() },
      alreadyThere: there.has(p.account_id),
    })),
    everybody: [...new Map(people.map((p) => [p.account_id, p])).values()].map((p) => ({
      personId: p.account_id,
      name: p.name,
      role: p.role,
    })),
    ...(await whatFollows(tx, sessionIds, now, survivor.id)),
    planned: await plannedThen(tx, sessionIds, now),
  }
}

const expected = async (tx: Tx, sessionIds: readonly string[]) =>
  tx
    .selectFrom('session_participant as p')
    .innerJoin('account as a', 'a.id', 'p.account_id')
    .select(['p.id', 'p.session_id', 'p.account_id', 'p.role', 'p.booking_id', 'a.name'])
    .where('p.session_id', 'in', [...sessionIds])
    .where('p.left_at', 'is', null)
    .orderBy('p.id')
    .execute()

/** Locked in id order, answered in the order asked. */
async function openSessions(tx: Tx, ids: readonly string[], now: Temporal.Instant) {
  const found = await tx
    .selectFrom('session')
    .selectAll()
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forUpdate()
    .execute()
  const sessions = ids
    .map((id) => found.find((session) => session.id === id))
    .filter((session) => session !== undefined)
  if (sessions.length !== ids.length) throw notFound('session')
  for (const s of sessions) {
    if (s.cancelled_at || s.merged_into || !s.published_at)
      throw new Refusal('not_possible', 'Only open sessions can be merged.', { sessionId: s.id })
    if (isDue(s.starts_at, now))
      throw new Refusal('not_possible', 'A session that has started cannot be merged.', { sessionId: s.id })
    if (s.programme_id !== sessions[0]!.programme_id)
      throw new Refusal('not_possible', 'Sessions of different programmes cannot be merged.', { sessionId: s.id })
  }
  return sessions
}

function refuseDifferentMentors(
  sessions: { id: string }[],
  people: { session_id: string; account_id: string; role: string }[],
): void {
  const mentors = sessions.map(({ id }) =>
    people
      .filter((p) => p.session_id === id && p.role === 'mentor')
      .map((p) => p.account_id)
      .sort()
      .join(),
  )
  if (new Set(mentors).size > 1) throw new Refusal('not_possible', 'Only sessions of one mentor can be merged.')
}

const moveBookings = async (tx: Tx, from: readonly string[], to: string): Promise<{ id: string; from: string }[]> => {
  const { rows } = await sql<{ id: string; from: string }>`
    update user_calendar_booking b set session_id = ${to}, revision = b.revision + 1
    from user_calendar_booking old where old.id = b.id and b.session_id = any(${from}::uuid[]) and b.cancelled_at is null
    returning b.id, old.session_id as "from"`.execute(tx)
  return rows
}

/** The constraint's refusal becomes an answer that names what is in the way. */
export async function takingTurns<T>(
  tx: Tx,
  people: readonly string[],
  at: { starts_at: Temporal.Instant; ends_at: Temporal.Instant },
  work: () => Promise<T>,
): Promise<T> {
  await sql`savepoint before_move`.execute(tx)
  try {
    return await work()
  } catch (error) {
    if (refusedBy(error) !== 'slot_taken') throw error
    await sql`rollback to savepoint before_move`.execute(tx)
    const conflicts = await inTheWay(tx, people, { start: at.starts_at, end: at.ends_at })
    throw new Refusal('slot_taken', 'Somebody who would move is not free at that time.', {
      conflicts,
      alternatives: [],
    })
  }
}

/** These participants are expected no more; who had gone before keeps that time. */
export async function leave(tx: Tx, participants: readonly { id: string }[], now: Temporal.Instant): Promise<void> {
  if (participants.length === 0) return
  const ids = participants.map(({ id }) => id)
  await tx
    .updateTable('session_participant')
    .set({ left_at: now })
    .where('id', 'in', ids)
    .where('left_at', 'is', null)
    .execute()
}
