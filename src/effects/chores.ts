import { type RawBuilder, sql } from 'kysely'
import { withoutData } from '../errors.ts'
import { newId } from '../ids.ts'
import { isBefore } from '../interval.ts'
import { LEASE, type Needs } from './needs.ts'

/** Periodic work. Its row keeps the next time, so that any number of processes do it once. */
export type Chore = {
  name: string
  /** How long until the next time, in virtual time, unless `run` answers an earlier one. */
  every: { minutes?: number; hours?: number }
  /** Asks a vendor whether there is something new. */
  polls?: boolean
  /** Its next time matters to the minute: somebody who moves the clock stops there. Others ring once in three virtual hours. */
  exact?: boolean
  /** May answer an instant: when it next has something to do. A throw is kept in the row and tried again. */
  run(now: Temporal.Instant): Promise<unknown>
}

/** Rows for chores that are new, due at once; a chore that no longer exists leaves none behind. */
export async function registerChores(
  { db }: Pick<Needs, 'db'>,
  chores: readonly Chore[],
  now: Temporal.Instant,
): Promise<void> {
  const names = chores.map((chore) => chore.name)
  await sql`insert into chore (name, next_at) select name, ${now}::timestamptz from unnest(${names}::text[]) as name on conflict do nothing`.execute(
    db,
  )
  await sql`delete from chore where name <> all(${names}::text[]) and lease_token is null`.execute(db)
}

/**
 * Which rows have something to do: those whose time has come, and those whose process died while at them. Taking a chore
 * already sets its next regular time, so a ring that comes while it runs lowers that time and is not lost at its end.
 */
export const isChoreDue = (now: Temporal.Instant, elapsed: Temporal.Instant): RawBuilder<unknown> =>
  sql`(case when lease_token is null then next_at <= ${now}::timestamptz else lease_until < ${elapsed}::timestamptz end)`

/** Runs the chores that are due, each under a lease. Returns how many. */
export async function runChores(needs: Needs, chores: readonly Chore[], now: Temporal.Instant): Promise<number> {
  const { rows } = await sql<{
    name: string
  }>`select name from chore where ${isChoreDue(now, needs.clock.elapsed())}`.execute(needs.db)
  const due = new Set(rows.map(({ name }) => name))
  let ran = 0
  for (const chore of chores) if (due.has(chore.name)) ran += (await runIfDue(needs, chore, now)) ? 1 : 0
  return ran
}

async function runIfDue({ db, clock, log }: Needs, chore: Chore, now: Temporal.Instant): Promise<boolean> {
  const token = newId()
  const elapsed = clock.elapsed()
  const regular = now.add(chore.every)
  const { numAffectedRows } = await sql`
    update chore set lease_token = ${token}, lease_until = ${elapsed.add({ seconds: LEASE.seconds * 10 })}, next_at = ${regular}
    where name = ${chore.name} and ${isChoreDue(now, elapsed)}`.execute(db)
  if (numAffectedRows !== 1n) return false

  try {
    const asked = await chore.run(now)
    const next = asked instanceof Temporal.Instant && isBefore(now, asked) && isBefore(asked, regular) ? asked : regular
    await sql`
      update chore set lease_token = null, lease_until = null, last_at = ${now}, next_at = least(next_at, ${next}::timestamptz), failures = 0, last_error = null
      where name = ${chore.name} and lease_token = ${token}`.execute(db)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    log('chore_failed', { chore: chore.name, error: withoutData(message) })
    await sql`
      update chore set lease_token = null, lease_until = null, last_error = ${message.slice(0, 500)}, failures = failures + 1,
        next_at = least(next_at, ${now}::timestamptz + least(interval '1 hour', interval '1 minute' * power(2, least(failures, 6))))
      where name = ${chore.name} and lease_token = ${token}`.execute(db)
  }
  return true
}

/**
 * The least time at which a chore rings for somebody who moves the clock: all that merely repeat ring together, once in
 * three virtual hours (on the hour); the others when they asked for it.
 */
export function whenChoresRing(chores: readonly Chore[]): RawBuilder<unknown> {
  const exact = chores.filter((chore) => chore.exact).map((chore) => chore.name)
  const all = chores.map((chore) => chore.name)
  return sql`
    select min(case when name = any(${exact}::text[]) then next_at else greatest(next_at, date_bin('3 hours', last_at, timestamptz '2000-01-01 00:00Z') + interval '3 hours') end)
    from chore where name = any(${all}::text[])`
}
