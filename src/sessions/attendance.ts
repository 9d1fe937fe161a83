import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeAccount, wakeSession } from '../effects/wake.ts'
import { notFound, Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import { isBefore } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { isRun } from '../people/scope.ts'
import type { Verdict } from '../playbook/facts.ts'
import { type Effects, tryOut, whatFollows } from './what-follows.ts'

/** Every version of every participant's verdict, with its evidence, oldest first. */
export async function verdictsOf(db: Database, sessionId: string) {
  const rows = await db
    .selectFrom('attendance_verdict as v')
    .innerJoin('session_participant as p', 'p.id', 'v.participant_id')
    .selectAll('v')
    .select(['p.account_id', 'p.role'])
    .where('v.session_id', '=', sessionId)
    .orderBy('v.decided_at')
    .orderBy('v.version')
    .limit(500)
    .execute()
  return rows.map((v) => ({
    participantId: v.participant_id,
    personId: v.account_id,
    role: v.role,
    version: v.version,
    verdict: v.verdict,
    stage: v.stage,
    evidence: v.evidence,
    decidedAt: v.decided_at.toString(),
    decidedBy: v.decided_by,
    reason: v.reason,
  }))
}

export type Judgement = { sessionId: string; personId: string; verdict: Verdict; reason: string }

/**
 * A person of ops judges. Their word stands until a person changes it; the playbook withdraws and corrects what was
 * said before. The same word said again by the same person changes nothing. Throws 404 for a session of a programme that is not the judge's, `not_possible`
 * before the start: nobody can have been missing yet.
 */
export async function judge(db: Database, actor: Actor, judgement: Judgement, now: Temporal.Instant): Promise<void> {
  await transact(db, (tx) => writeVerdict(tx, actor, judgement, now))
}

/** All that would follow from a verdict; nothing is changed. */
export const previewJudge = (
  db: Database,
  actor: Actor,
  judgement: Judgement,
  now: Temporal.Instant,
): Promise<Effects> =>
  tryOut(db, async (tx) => {
    await writeVerdict(tx, actor, judgement, now)
    return whatFollows(tx, [judgement.sessionId], now)
  })

async function writeVerdict(
  tx: Tx,
  actor: Actor,
  { sessionId, personId, verdict, reason }: Judgement,
  now: Temporal.Instant,
): Promise<void> {
  const participant = await tx
    .selectFrom('session_participant as p')
    .innerJoin('session as s', 's.id', 'p.session_id')
    .select(['p.id', 's.starts_at', 's.cancelled_at'])
    .where('p.session_id', '=', sessionId)
    .where('p.account_id', '=', personId)
    .where('p.left_at', 'is', null)
    .where(isRun(actor, 's.programme_id'))
    .forUpdate('p')
    .executeTakeFirst()
  if (!participant) throw notFound('participant of this session')
  if (participant.cancelled_at || isBefore(now, participant.starts_at)) {
    throw new Refusal('not_possible', 'Attendance can be judged once a session has begun, and not for a cancelled one.')
  }
  const last = await tx
    .selectFrom('attendance_verdict')
    .select(['version', 'verdict', 'reason', 'decided_by'])
    .where('participant_id', '=', participant.id)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  // A lost answer makes people press again: what they say stands already.
  if (last?.verdict === verdict && last.reason === reason && last.decided_by === actor.label) return
  const version = last?.version ?? 0
  await tx
    .insertInto('attendance_verdict')
    .values({
      id: newId(),
      session_id: sessionId,
      participant_id: participant.id,
      version: version + 1,
      verdict,
      stage: version > 0 ? 'corrected' : 'firm',
      evidence: JSON.stringify({ judgedBy: actor.label }),
      decided_at: now,
      decided_by: actor.label,
      reason,
    })
    .execute()
  await tx
    .insertInto('audit_log')
    .values({
      id: newId(),
      at: now,
      actor: actor.label,
      action: 'attendance.judge',
      object_kind: 'session',
      object_id: sessionId,
      reason,
      detail: JSON.stringify({ personId, verdict }),
    })
    .execute()
  await wakeSession(tx, sessionId, now)
  await wakeAccount(tx, personId, now)
}
