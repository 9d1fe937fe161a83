import { type RawBuilder, sql } from 'kysely'
import { prepared } from '../database/prepared.ts'
import { earlier } from '../interval.ts'
import { type Chore, isChoreDue, whenChoresRing } from './chores.ts'
import { isClaimable } from './mirrors/index.ts'
import type { Needs } from './needs.ts'

type Look = Pick<Needs, 'db' | 'clock'>

/** For which kinds of work there may be something to do. Whatever is committed after the look rings again. */
export type Due = {
  sessions: boolean
  accounts: boolean
  programmes: boolean
  /** To be sent. */
  pending: boolean
  /** Sent, and no word of it came in time. */
  unanswered: boolean
  /** Left behind by a process that died. */
  leftBehind: boolean
  mirrors: boolean
  holds: boolean
  chores: boolean
}

/**
 * One look through the partial indexes before any claim, for all lanes together: whoever has nothing to do costs no round
 * trip of its own and no transaction. The least of each index, so that the plan does not depend on what time it is.
 */
export async function whatIsDue({ db, clock }: Look): Promise<Due> {
  const now = sql`${clock.now()}::timestamptz`
  const is = (least: RawBuilder<unknown>) => sql`coalesce((${least}) <= ${now}, false)`
  const { rows } = await sql<Due>`
    ${prepared} select
      ${is(sql`select min(wake_at) from session`)} as sessions,
      ${is(sql`select min(wake_at) from account`)} as accounts,
      ${is(sql`select min(wake_at) from programme`)} as programmes,
      ${is(sql`select min(next_attempt_at) from delivery where state = 'pending'`)} as pending,
      ${is(sql`select min(next_attempt_at) from delivery where state = 'unknown'`)} as unanswered,
      coalesce((select min(lease_until) from delivery where state = 'claimed') < ${clock.elapsed()}::timestamptz, false) as "leftBehind",
      ${is(sql`select min(next_attempt_at) from mirror where (lease_until is null or lease_until < ${clock.elapsed()}::timestamptz) and ${isClaimable}`)} as mirrors,
      ${is(sql`select min(expires_at) from hold where released_at is null and booking_id is null`)} as holds,
      exists (select from chore where ${isChoreDue(clock.now(), clock.elapsed())}) as chores`.execute(db)
  return rows[0] as Due
}

/** What is due, claimable or in flight at `now`, by name; and the least time after it at which anything will be. */
export type Outlook = { unsettled: { what: string; count: number }[]; nextAlarm: Temporal.Instant | null }

/** Nobody needs to know by how many thousands something is behind. */
const COUNTED = 1000

/** Both of an `Outlook` in one statement: whoever moves the clock asks at every stop. */
export async function outlook(
  { db }: Pick<Needs, 'db'>,
  chores: readonly Chore[],
  at: Temporal.Instant,
): Promise<Outlook> {
  const now = sql`${at}::timestamptz`
  const kind = (what: string, column: string, from: RawBuilder<unknown>) => {
    const time = sql.raw(column)
    return sql`
      select ${sql.lit(what)} as what,
        (select count(*)::int from (select from ${from} and ${time} <= ${now} order by ${time} limit ${sql.lit(COUNTED)}) counted) as count,
        (select min(${time}) from ${from} and ${time} > ${now}) as next`
  }
  const underWay = (what: string, from: RawBuilder<unknown>) =>
    sql`select ${sql.lit(what)}, (select count(*)::int from ${from}), null::timestamptz`
  const kinds = [
    kind('sessions to decide', 'wake_at', sql`session where true`),
    kind('people to decide', 'wake_at', sql`account where true`),
    kind('programmes to decide', 'wake_at', sql`programme where true`),
    kind('messages to send', 'next_attempt_at', sql`delivery where state in ('pending', 'unknown')`),
    kind('mirrors to write', 'next_attempt_at', sql`mirror where ${isClaimable}`),
    kind('holds to release', 'expires_at', sql`hold where released_at is null and booking_id is null`),
    underWay('messages under way', sql`delivery where state = 'claimed'`),
    underWay('mirrors under way', sql`mirror where lease_token is not null and next_attempt_at is not null`),
    sql`select 'chores', (select count(*)::int from chore where next_at <= ${now} or lease_token is not null), (${whenChoresRing(chores)})`,
  ]
  const { rows } = await sql<{ what: string; count: number; next: Temporal.Instant | null }>`
    ${prepared} ${sql.join(kinds, sql` union all `)}`.execute(db)
  const alarms = rows.flatMap(({ next }) => (next && Temporal.Instant.compare(next, at) > 0 ? [next] : []))
  return {
    unsettled: rows.filter(({ count }) => count > 0).map(({ what, count }) => ({ what, count })),
    nextAlarm: alarms.length > 0 ? alarms.reduce(earlier) : null,
  }
}
