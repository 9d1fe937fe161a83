import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import type { Tx } from '../../database/transaction.ts'
import type { Missed, MissedFacts } from '../../playbook/missed.ts'
import { policyOf } from '../../playbook/policy.ts'

/** The longest time a policy may count over (366 days), and as long as a notice about it lasts. */
const FAR_ENOUGH = { hours: 24 * (366 + 7) }

type Row = Missed & { of: string; programmeId: string; programmeName: string; settings: unknown }

/**
 * What each person firmly missed, by programme: the last verdict about the session's last time says so, and nothing can
 * change it any more or a person of ops said it.
 */
export async function loadMissed(
  db: Database | Tx,
  accountIds: readonly string[],
  now: Temporal.Instant,
): Promise<Map<string, MissedFacts[]>> {
  const { rows } = await sql<Row>`
    select p.account_id as of, s.programme_id as "programmeId", g.name as "programmeName",
      (select settings from playbook where programme_id = g.id order by version desc limit 1) as settings,
      p.id as "participantId", s.id as "sessionId", s.starts_at as "startsAt", v.decided_at as "firmAt"
    from session_participant p
    join session s on s.id = p.session_id and s.cancelled_at is null and s.merged_into is null
    join programme g on g.id = s.programme_id
    join lateral (
      select verdict, stage, evidence, decided_at, decided_by from attendance_verdict
      where participant_id = p.id and decided_at >= s.scheduled_at order by version desc limit 1) v on true
    where p.account_id = any(${accountIds}::uuid[]) and p.left_at is null
      and s.starts_at > ${now.subtract(FAR_ENOUGH)} and s.starts_at <= ${now}
      and v.verdict = 'absent' and (v.decided_by <> 'plan' or (v.evidence ->> 'final')::boolean)
    order by p.account_id, s.programme_id, s.starts_at, p.id`.execute(db)
  const people = Map.groupBy(rows, ({ of }) => of)
  return new Map(
    [...people].map(([accountId, theirs]) => [
      accountId,
      [...Map.groupBy(theirs, ({ programmeId }) => programmeId).values()].map(inProgramme),
    ]),
  )
}

function inProgramme(rows: Row[]): MissedFacts {
  const { programmeId, programmeName, settings } = rows[0] as Row
  return {
    programmeId,
    programmeName,
    policy: policyOf(settings).attendance,
    missed: rows.map(({ participantId, sessionId, startsAt, firmAt }) => ({
      participantId,
      sessionId,
      startsAt,
      firmAt,
    })),
  }
}
