import { sql } from 'kysely'
import type { Database } from './pool.ts'

/** How long each kind of work is lent to a process, in seconds: see `LEASE` in effects, ten times that for chores. */
const LENT = { delivery: 30, mirror: 30, chore: 300 } as const

/**
 * Takes back what was lent before `startedAt` (machine time), so that the work of a process that was killed is looked at now
 * and not when its leases lapse. Only for who knows that no other process works on this database.
 */
export async function endEarlierLeases(db: Database, startedAt: Temporal.Instant): Promise<void> {
  for (const [table, seconds] of Object.entries(LENT)) {
    await sql`update ${sql.table(table)} set lease_until = ${startedAt.subtract({ seconds: 1 })}
      where lease_token is not null and lease_until >= ${startedAt} and lease_until < ${startedAt.add({ seconds })}`.execute(
      db,
    )
  }
}
