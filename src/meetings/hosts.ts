import { sql } from 'kysely'
import { endsAfter } from '../database/ends-after.ts'
import type { Database } from '../database/pool.ts'

export type HostsAgainstPeak = {
  /** Hosts of the pool; a mentor's own Zoom user is not counted, it only serves that mentor. */
  hosts: number
  /** The most sessions that need a pool host at one moment of the range. */
  peak: number
  peakAt: Temporal.Instant | null
}

/** Are there enough Zoom hosts? Each parallel session needs its own. For `doctor`. */
export async function hostsAgainstPeak(
  db: Database,
  from: Temporal.Instant,
  to: Temporal.Instant,
): Promise<HostsAgainstPeak> {
  const { rows: pool } = await sql<{ hosts: number }>`
    select count(*)::int as hosts from zoom_host where account_id is null and retired_at is null`.execute(db)
  // Ends sort before starts: half-open sessions that touch do not overlap.
  const { rows } = await sql<{ at: Temporal.Instant; parallel: number }>`
    with wanted as (
      select starts_at, ends_at from session left join zoom_host on zoom_host.id = session.host_id
      where room = 'zoom' and published_at is not null and cancelled_at is null and merged_into is null
        and starts_at < ${to} and ${endsAfter(from, 'session')} and zoom_host.account_id is null
    ), edges as (
      select starts_at as at, 1 as step from wanted union all select ends_at, -1 from wanted
    )
    select at, parallel::int from (
      select at, sum(step) over (order by at, step rows unbounded preceding) as parallel from edges
    ) counted order by parallel desc, at limit 1`.execute(db)
  return { hosts: pool[0]?.hosts ?? 0, peak: rows[0]?.parallel ?? 0, peakAt: rows[0]?.at ?? null }
}
