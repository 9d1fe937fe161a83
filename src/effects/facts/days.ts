import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import type { Tx } from '../../database/transaction.ts'
import { type DayFacts, dayIn } from '../../playbook/day.ts'
import { policyOf } from '../../playbook/policy.ts'
import { type Installation, loadFacts } from '../load-facts.ts'
import { loadTold } from './record.ts'

/** More than a day of one programme has: beyond it the numbers are of the first so many. */
const MOST_SESSIONS = 1000

type Row = DayFacts['programme'] & { settings: Record<string, unknown> | null; openCases: number }

/** How each programme's day stands, by name: its sessions of today and those that tonight's messages may speak of. */
export async function loadDays(
  db: Database | Tx,
  programmeIds: readonly string[],
  now: Temporal.Instant,
  installation: Installation = {},
): Promise<DayFacts[]> {
  const { rows } = await sql<Row>`
    select p.id, p.name, p.time_zone as "timeZone", p.created_at as "createdAt",
      (select settings from playbook where programme_id = p.id order by version desc limit 1) as settings,
      (select count(*)::int from ops_case c left join session s on s.id = c.session_id
        where c.settled_at is null and coalesce(c.programme_id, s.programme_id) = p.id) as "openCases"
    from programme p where p.id = any(${programmeIds}::uuid[]) order by p.name, p.id`.execute(db)
  const told = await loadTold(
    db,
    rows.map(({ id }) => id),
  )
  const days: DayFacts[] = []
  for (const { settings, openCases, ...programme } of rows) {
    const policy = policyOf(settings)
    const { from, tonight } = dayIn(programme.timeZone, policy, now)
    // The earliest tier, and a day for the nights that bring it forward.
    const ahead = Math.max(...Object.values(policy.reminders).map(({ minutesBefore }) => minutesBefore))
    const to = tonight.to.add({ minutes: ahead, hours: 24 })
    const { rows: ids } = await sql<{ id: string }>`
      select id from session where programme_id = ${programme.id} and starts_at >= ${from} and starts_at < ${to}
        and published_at is not null and cancelled_at is null and merged_into is null
      order by starts_at, id limit ${MOST_SESSIONS}`.execute(db)
    const facts = await loadFacts(
      db,
      ids.map(({ id }) => id),
      now,
      installation,
    )
    days.push({
      programme,
      policy,
      sessions: [...facts.values()],
      openCases,
      ledger: told.get(programme.id)?.ledger ?? [],
    })
  }
  return days
}
