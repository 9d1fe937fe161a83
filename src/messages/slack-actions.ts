import { audit } from '../audit.ts'
import { cancel } from '../booking/cancel.ts'
import { settleCase } from '../cases.ts'
import type { Database } from '../database/pool.ts'
import { transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { pauseProposed } from '../people/pauses.ts'
import type { Verdict } from '../playbook/facts.ts'
import { judge } from '../sessions/attendance.ts'
import type { SlackPress } from './slack-press.ts'

const VERDICTS: Record<'came' | 'did_not_come' | 'cannot_tell', Verdict> = {
  came: 'present',
  did_not_come: 'absent',
  cannot_tell: 'cannot_tell',
}
const SENTENCES = {
  will_call: 'Somebody of ops calls.',
  release: 'The time was released.',
  came: 'They came.',
  did_not_come: 'They did not come.',
  cannot_tell: 'Nobody can tell.',
  pause: 'New bookings are paused.',
}

/**
 * What a person of ops pressed on a card. Everybody in the ops channel counts as ops; who pressed is on record by their
 * Slack id. Answers whether it had an effect: a card of an older time, or one already settled, has none.
 */
export async function act(house: House, press: SlackPress, now: Temporal.Instant): Promise<boolean> {
  const { db } = house
  const actor: Actor = { label: press.by, accountId: null, ops: true, admin: false, unlimited: false }
  const reason = SENTENCES[press.action]
  if (press.action === 'pause')
    return (await pauseProposed(db, actor, { caseId: press.subjectId, reason }, now)) !== null
  const about = await whatAbout(db, press.subjectId)
  if (!about) return false
  try {
    if (press.action === 'will_call') {
      if (!about.caseId) return false
      await audit(db, {
        at: now,
        actor: press.by,
        action: 'case.will_call',
        objectKind: 'session',
        objectId: about.sessionId,
        reason,
        detail: { caseId: about.caseId },
      })
    } else if (press.action === 'release') {
      if (press.revision !== about.sessionRevision || !about.bookingId || about.bookingRevision === null) return false
      await cancel(house, actor, about.bookingId, { reason: 'not confirmed', revision: about.bookingRevision }, now)
    } else {
      await judge(
        db,
        actor,
        { sessionId: about.sessionId, personId: about.accountId, verdict: VERDICTS[press.action], reason },
        now,
      )
    }
  } catch (error) {
    // Cancelled meanwhile, or not begun yet: the card is behind the facts, and its next update says so.
    if (error instanceof Refusal) return false
    throw error
  }
  await transact(db, async (tx) => {
    if (about.caseId) await settleCase(tx, now, { id: about.caseId }, press.by, reason)
    await wakeSession(tx, about.sessionId, now)
  })
  return true
}

type About = {
  caseId: string | null
  sessionId: string
  sessionRevision: number
  accountId: string
  bookingId: string | null
  bookingRevision: number | null
}

// "I'll call" and "Release" name the case, whose key names its participant; verdicts name the participant.
async function whatAbout(db: Database, subjectId: string): Promise<About | null> {
  const found = await db
    .selectFrom('ops_case')
    .select(['id', 'key', 'detail'])
    .where('id', '=', subjectId)
    .executeTakeFirst()
  const participantId = found
    ? (/[:]([0-9a-f-]{36})@/.exec(found.key)?.[1] ?? String(found.detail.participantId ?? ''))
    : subjectId
  if (!/^[0-9a-f-]{36}$/.test(participantId)) return null
  const row = await db
    .selectFrom('session_participant as p')
    .innerJoin('session as s', 's.id', 'p.session_id')
    .leftJoin('user_calendar_booking as b', 'b.id', 'p.booking_id')
    .select(['p.session_id', 'p.account_id', 's.revision', 'b.id as booking_id', 'b.revision as booking_revision'])
    .where('p.id', '=', participantId)
    .executeTakeFirst()
  if (!row) return null
  const openCase = found ?? (await objectionOf(db, row.session_id, participantId))
  return {
    caseId: openCase?.id ?? null,
    sessionId: row.session_id,
    sessionRevision: row.revision,
    accountId: row.account_id,
    bookingId: row.booking_id,
    bookingRevision: row.booking_revision,
  }
}

// A verdict answers a person's objection. The card about who is missing is about several: the plan settles it when all are judged.
const objectionOf = (db: Database, sessionId: string, participantId: string) =>
  db
    .selectFrom('ops_case')
    .select(['id', 'key', 'detail'])
    .where('session_id', '=', sessionId)
    .where('kind', '=', 'objection')
    .where('key', 'like', `%:${participantId}@%`)
    .where('settled_at', 'is', null)
    .executeTakeFirst()
