import { sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { Database } from '../database/pool.ts'
import { loadFacts } from '../effects/load-facts.ts'
import type { Actor } from '../people/actor.ts'
import { mustRun } from '../people/scope.ts'
import { planChanges, type Window } from '../playbook/difference.ts'
import { policyOf } from '../playbook/policy.ts'

// Facts of so many sessions are read in one go; ops look at the next of them, and are told that there are more.
const MOST_SESSIONS = 200
// So many lines are shown one by one. The counts are of all.
const MOST_CHANGES = 500

export type PlanDifference = {
  /** Open sessions of the programme, and how many of them, the next ones, were looked at. */
  open: number
  looked: number
  appears: number
  vanishes: number
  moves: number
  changes: {
    sessionId: string
    startsAt: string
    who: string
    meaning: string
    recipient: string | null
    before: ShownWindow | null
    after: ShownWindow | null
  }[]
}
type ShownWindow = { dueAt: string; expiresAt: string }

/**
 * What these settings would change of what is planned for the programme's open sessions, if they were saved at `now`. Writes
 * nothing. Throws 404 for a programme not theirs and 400 naming the setting that is wrong.
 */
export async function planDifference(
  db: Database,
  actor: Actor,
  programmeId: string,
  settings: Record<string, unknown>,
  now: Temporal.Instant,
): Promise<PlanDifference> {
  mustRun(actor, programmeId)
  const policy = policyOf(settings)
  const { rows } = await sql<{ id: string; open: number }>`
    select id, count(*) over () as open from session
    where programme_id = ${programmeId} and published_at is not null and cancelled_at is null and merged_into is null and ${endsAfter(now, 'session')}
    order by starts_at, id limit ${MOST_SESSIONS}`.execute(db)
  const ids = rows.map(({ id }) => id)
  const facts = await loadFacts(db, ids, now)
  const found = ids
    .flatMap((id) => facts.get(id) ?? [])
    .flatMap((session) => planChanges(session, policy, now).map((change) => ({ ...change, of: session })))
  return {
    open: rows[0]?.open ?? 0,
    looked: ids.length,
    appears: found.filter(({ before }) => before === null).length,
    vanishes: found.filter(({ after }) => after === null).length,
    moves: found.filter(({ before, after }) => before && after).length,
    changes: found.slice(0, MOST_CHANGES).map(({ of, meaning, recipientId, before, after }) => ({
      sessionId: of.session.id,
      startsAt: of.session.startsAt.toString(),
      who: of.participants
        .filter(({ leftAt }) => leftAt === null)
        .map(({ name }) => name)
        .join(', '),
      meaning,
      recipient: of.participants.find(({ accountId }) => accountId === recipientId)?.name ?? null,
      before: shownWindow(before),
      after: shownWindow(after),
    })),
  }
}

const shownWindow = (window: Window | null): ShownWindow | null =>
  window && { dueAt: window.dueAt.toString(), expiresAt: window.expiresAt.toString() }
