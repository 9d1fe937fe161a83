import { sql } from 'kysely'
import { audit } from '../audit.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { notFound } from '../errors.ts'
import type { House } from '../http.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { plannedThen, tryOut, whatFollows } from '../sessions/what-follows.ts'
import { callOff, cancelSession, isLate } from './cancel.ts'
import { alternativesTo } from './refusals.ts'

export type BulkAction = 'cancel' | 'offer_times'
export type BulkAsk = { sessionIds: readonly string[]; action: BulkAction; reason: string }

export type BulkItem = {
  sessionId: string
  startsAt: string
  endsAt: string
  people: { id: string; name: string; role: string }[]
  /** Why this one stays as it is: it has begun, or is cancelled already. */
  skipped?: 'begun' | 'cancelled'
  /** offer_times: free times of the mentor for the first mentee, nearest first. */
  times?: { startsAt: string; endsAt: string }[]
}

/** What the action would do to each session, oldest first; nothing is changed. 404 if any is not the actor's to change. */
export async function previewBulk(
  house: House,
  actor: Actor,
  { sessionIds, action }: BulkAsk,
  now: Temporal.Instant,
): Promise<BulkItem[]> {
  const found = await sessionsToChange(house.db, actor, sessionIds)
  return Promise.all(
    found.map(async (session) => {
      const item = shown(session, now)
      const mentorId = session.people.find(({ role }) => role === 'mentor')?.id
      const menteeId = session.people.find(({ role }) => role === 'mentee')?.id ?? null
      if (action === 'cancel' || item.skipped || !mentorId) return item
      const moving = { sessionId: session.id, isCalledOff: true }
      const isUnpaired = session.people.length > 2
      return {
        ...item,
        times: await alternativesTo(
          house,
          { mentorId, menteeId, startsAt: session.starts_at, endsAt: session.ends_at, moving, isUnpaired },
          now,
        ),
      }
    }),
  )
}

/**
 * One action on a whole day, in one transaction: every session that has not begun is cancelled with the reason. With
 * `offer_times` its people are also asked to choose another time (recorded as `session.times_offered`). What had begun or was
 * cancelled already is answered as skipped.
 */
export async function applyBulk(house: House, actor: Actor, ask: BulkAsk, now: Temporal.Instant): Promise<BulkItem[]> {
  const preview = await previewBulk(house, actor, ask, now)
  const done = await transact(house.db, async (tx) => {
    const sessions = await cancelAll(tx, actor, ask, now)
    return sessions.map((session) => shown(session, now))
  })
  house.nudge()
  return done.map((item) => {
    const times = preview.find(({ sessionId }) => sessionId === item.sessionId)?.times
    return times && !item.skipped ? { ...item, times } : item
  })
}

/** What the action would bring at once, by doing it and taking it back: who is told what, what is withdrawn and removed. */
export function bulkEffects(house: House, actor: Actor, ask: BulkAsk, now: Temporal.Instant) {
  return tryOut(house.db, async (tx) => {
    await cancelAll(tx, actor, ask, now)
    return { ...(await whatFollows(tx, ask.sessionIds, now)), planned: await plannedThen(tx, ask.sessionIds, now) }
  })
}

async function cancelAll(tx: Tx, actor: Actor, ask: BulkAsk, now: Temporal.Instant): Promise<Found[]> {
  await sql`select from session where id = any(${ask.sessionIds}::uuid[]) order by id for update`.execute(tx)
  const sessions = await sessionsToChange(tx, actor, ask.sessionIds)
  const open = sessions.filter((session) => !shown(session, now).skipped)
  for (const session of open) await cancelWhole(tx, now, actor, session, ask)
  await wakeSession(
    tx,
    open.map(({ id }) => id),
    now,
  )
  return sessions
}

type Found = Awaited<ReturnType<typeof sessionsToChange>>[number]

async function cancelWhole(
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  session: Found,
  { action, reason }: BulkAsk,
): Promise<void> {
  const late = await isLate(tx, session, now)
  await callOff(tx, now, actor, { reason, late })
    .where('session_id', '=', session.id)
    .where('cancelled_at', 'is', null)
    .execute()
  await cancelSession(tx, now, actor, session.id, reason)
  const name = action === 'cancel' ? 'session.cancelled' : 'session.times_offered'
  await audit(tx, { at: now, actor: actor.label, action: name, objectKind: 'session', objectId: session.id, reason })
}

async function sessionsToChange(db: House['db'] | Tx, actor: Actor, sessionIds: readonly string[]) {
  const ids = [...new Set(sessionIds)]
  const { rows } = await sql<{
    id: string
    programme_id: string
    starts_at: Temporal.Instant
    ends_at: Temporal.Instant
    cancelled_at: Temporal.Instant | null
    merged_into: string | null
    people: { id: string; name: string; role: string }[]
  }>`
    select s.id, s.programme_id, s.starts_at, s.ends_at, s.cancelled_at, s.merged_into,
      (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'role', p.role) order by p.role desc, a.name), '[]')
       from session_participant p join account a on a.id = p.account_id where p.session_id = s.id and p.left_at is null) as people
    from session s where s.id = any(${ids}::uuid[]) order by s.starts_at, s.id`.execute(db)
  const theirs = rows.filter(
    ({ programme_id, people }) =>
      runs(actor, programme_id) || people.some(({ id, role }) => role === 'mentor' && id === actor.accountId),
  )
  if (theirs.length !== ids.length) throw notFound('session')
  return rows
}

function shown(session: Found, now: Temporal.Instant): BulkItem {
  const skipped =
    session.cancelled_at || session.merged_into ? 'cancelled' : isDue(session.starts_at, now) ? 'begun' : undefined
  return {
    sessionId: session.id,
    startsAt: session.starts_at.toString(),
    endsAt: session.ends_at.toString(),
    people: session.people,
    ...(skipped ? { skipped } : {}),
  }
}
