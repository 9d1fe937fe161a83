import { sql } from 'kysely'
import { audit } from '../audit.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { isKnownToOps, mustRun } from '../people/scope.ts'
import { lockHolders, refusedBy, slotTaken, take, takeHost, type Wish } from '../sessions/commitments.ts'
import { type Conflict, conflictsOf } from './conflicts.ts'
import { bookingFacts } from './facts.ts'
import { refuseTaken } from './refusals.ts'

export type GroupAsk = {
  programmeId: string
  mentorId: string
  menteeIds: readonly string[]
  title: string
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
}

export type Published = {
  id: string
  programmeId: string
  kind: 'group'
  title: string
  startsAt: string
  endsAt: string
  room: 'zoom' | 'meet'
  revision: 1
  status: 'scheduled'
  participants: { id: string; personId: string; role: 'mentor' | 'mentee' }[]
}

/**
 * Publishes a group session (the article's published Session): nobody booked it, everybody in it is committed to it. Ops decide
 * its time, so the mentor's hours are not asked; whatever is in anybody's way refuses it (409 `slot_taken`).
 */
export async function publishSession(
  house: House,
  actor: Actor,
  ask: GroupAsk,
  now: Temporal.Instant,
): Promise<Published> {
  mustRun(actor, ask.programmeId)
  if (isDue(ask.startsAt, now)) throw new Refusal('not_offered', 'This time is over.', { reasons: ['past'] })
  const programme = await house.db
    .selectFrom('programme')
    .select('room')
    .where('id', '=', ask.programmeId)
    .executeTakeFirst()
  if (!programme) throw notFound('programme')
  await refuseUnknown(house, actor, [ask.mentorId, ...ask.menteeIds])

  const attempt = {
    mentorId: ask.mentorId,
    menteeId: ask.menteeIds[0] ?? null,
    startsAt: ask.startsAt,
    endsAt: ask.endsAt,
    programmeId: ask.programmeId,
    isUnpaired: true,
  }
  const room = programme.room as 'zoom' | 'meet'
  const conflicts = await inAnybodysWay(house, ask, room, now)
  if (conflicts.length > 0) return refuseTaken(house, actor, attempt, conflicts, now)

  const published: Published = {
    id: newId(),
    programmeId: ask.programmeId,
    kind: 'group',
    title: ask.title,
    startsAt: ask.startsAt.toString(),
    endsAt: ask.endsAt.toString(),
    room,
    revision: 1,
    status: 'scheduled',
    participants: [
      { id: newId(), personId: ask.mentorId, role: 'mentor' },
      ...ask.menteeIds.map((personId) => ({ id: newId(), personId, role: 'mentee' as const })),
    ],
  }
  try {
    await transact(house.db, (tx) => writeSession(tx, now, actor, ask, published))
  } catch (error) {
    if (refusedBy(error) !== 'slot_taken') throw error
    return refuseTaken(house, actor, attempt, await inAnybodysWay(house, ask, room, now), now)
  }
  house.nudge()
  return published
}

async function refuseUnknown(house: House, actor: Actor, people: readonly string[]): Promise<void> {
  const { rows } = await sql`
    select from account where id = any(${people}::uuid[]) and deactivated_at is null and joined_into is null
      and ${isKnownToOps(actor, 'account.id')}`.execute(house.db)
  if (rows.length !== new Set(people).size) throw notFound('person')
}

async function inAnybodysWay(
  house: House,
  ask: GroupAsk,
  room: 'zoom' | 'meet',
  now: Temporal.Instant,
): Promise<Conflict[]> {
  const range = { from: ask.startsAt, to: ask.endsAt }
  const time = { startsAt: ask.startsAt.epochMilliseconds, endsAt: ask.endsAt.epochMilliseconds }
  const [first] = ask.menteeIds
  const facts = await bookingFacts(house.db, { mentorId: ask.mentorId, menteeId: first ?? null, ...range }, now)
  const conflicts = conflictsOf(facts, { ...time, room }, now)
  for (const menteeId of ask.menteeIds.slice(1)) {
    const theirs = await bookingFacts(house.db, { mentorId: ask.mentorId, menteeId, ...range }, now)
    conflicts.push(
      ...conflictsOf({ ...theirs, mentorTaken: [], calendarBusy: [], calendar: null }, { ...time, room: 'meet' }, now),
    )
  }
  return conflicts
}

async function writeSession(
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  ask: GroupAsk,
  published: Published,
): Promise<void> {
  const { id: sessionId, room, participants } = published
  await lockHolders(
    tx,
    [],
    participants.map(({ personId }) => personId),
  )
  await tx
    .insertInto('session')
    .values({
      id: sessionId,
      programme_id: ask.programmeId,
      kind: 'group',
      title: ask.title,
      starts_at: ask.startsAt,
      ends_at: ask.endsAt,
      room,
      scheduled_at: now,
      created_at: now,
      created_by: actor.label,
      published_at: now,
      wake_at: now,
    })
    .execute()

  const bare = { start: ask.startsAt, end: ask.endsAt }
  const gap = await gapOf(tx, ask.mentorId)
  const wishes = participants.map(
    ({ personId, role }): Wish => ({
      holderId: personId,
      kind: 'account',
      during: role === 'mentor' ? { start: ask.startsAt, end: ask.endsAt.add({ minutes: gap }) } : bare,
    }),
  )
  await take(tx, { sessionId }, wishes, now)
  if (room === 'zoom') {
    const host = await takeHost(tx, { sessionId }, ask.mentorId, bare, now)
    if (host === null) throw slotTaken('host')
    await tx.updateTable('session').set({ host_id: host }).where('id', '=', sessionId).execute()
  }
  await tx
    .insertInto('session_participant')
    .values(
      participants.map(({ id, personId, role }) => ({
        id,
        session_id: sessionId,
        account_id: personId,
        role,
        joined_at: now,
      })),
    )
    .execute()
  await tx
    .insertInto('session_revision')
    .values({
      session_id: sessionId,
      revision: 1,
      starts_at: ask.startsAt,
      ends_at: ask.endsAt,
      room,
      made_at: now,
      made_by: actor.label,
      cause: 'published',
    })
    .execute()
  await audit(tx, {
    at: now,
    actor: actor.label,
    action: 'session.published',
    objectKind: 'session',
    objectId: sessionId,
  })
}

async function gapOf(tx: Tx, mentorId: string): Promise<number> {
  const { rows } = await sql<{ gap: number | null }>`
    select greatest((config ->> 'bufferBeforeMinutes')::int, (config ->> 'bufferAfterMinutes')::int) as gap
    from user_calendar_config where account_id = ${mentorId}`.execute(tx)
  return rows[0]?.gap ?? 0
}
