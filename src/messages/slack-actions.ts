import { sql } from 'kysely'
import { audit } from '../audit.ts'
import { cancel } from '../booking/cancel.ts'
import { settleCase } from '../cases.ts'
import type { Database } from '../database/pool.ts'
import { transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { type Actor, ANONYMOUS, person } from '../people/actor.ts'
import { pauseProposed } from '../people/pauses.ts'
import { runs } from '../people/policy.ts'
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
 * What a person of ops pressed on a card. Everybody in a programme's channel counts as ops of that programme; whose Slack id
 * an admin has put on an account has the rights of that account instead. Who pressed is on record. Answers whether it had an
 * effect: a card of an older time, one already settled, or one of a programme that is not theirs, has none.
 */
export async function act(house: House, press: SlackPress, now: Temporal.Instant): Promise<boolean> {
  const { db } = house
  if (press.action === 'pause') return pause(db, press, now)
  const about = await whatAbout(db, press.subjectId)
  if (!about) return false
  const actor = await whoPressed(db, press.by, about.programmeId)
  if (!runs(actor, about.programmeId)) return false
  const reason = SENTENCES[press.action]
  try {
    if (press.action === 'will_call') {
      if (!about.caseId) return false
      await audit(db, {
        at: now,
        actor: actor.label,
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
    if (about.caseId) await settleCase(tx, now, { id: about.caseId }, actor.label, reason)
    await wakeSession(tx, about.sessionId, now)
  })
  return true
}

async function pause(db: Database, { subjectId, by }: SlackPress, now: Temporal.Instant): Promise<boolean> {
  const proposal = await db
    .selectFrom('ops_case')
    .select('programme_id')
    .where('id', '=', subjectId)
    .where('kind', '=', 'pause_proposed')
    .executeTakeFirst()
  if (!proposal?.programme_id) return false
  const actor = await whoPressed(db, by, proposal.programme_id)
  if (!runs(actor, proposal.programme_id)) return false
  return (await pauseProposed(db, actor, { caseId: subjectId, reason: SENTENCES.pause }, now)) !== null
}

async function whoPressed(db: Database, by: string, programmeId: string): Promise<Actor> {
  const known = await db
    .selectFrom('account')
    .select(['id', 'roles', 'deactivated_at'])
    .select(sql<string[]>`array(select programme_id from programme_ops where account_id = account.id)`.as('programmes'))
    .where('slack_user_id', '=', by.replace(/^slack:/, ''))
    .executeTakeFirst()
  if (known) return known.deactivated_at ? ANONYMOUS : person(known.id, known.roles, known.programmes)
  return { label: by, accountId: null, ops: true, admin: false, programmes: [programmeId], unlimited: false }
}

type About = {
  caseId: string | null
  sessionId: string
  programmeId: string
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
    .select([
      'p.session_id',
      's.programme_id',
      'p.account_id',
      's.revision',
      'b.id as booking_id',
      'b.revision as booking_revision',
    ])
    .where('p.id', '=', participantId)
    .executeTakeFirst()
  if (!row) return null
  const openCase = found ?? (await objectionOf(db, row.session_id, participantId))
  return {
    caseId: openCase?.id ?? null,
    sessionId: row.session_id,
    programmeId: row.programme_id,
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
