import type { Database } from '../database/pool.ts'
import { nightIn } from '../playbook/quiet.ts'

/**
 * Whether a time (epoch ms) falls into the quiet hours of this person, on their own clock. What is offered to somebody should
 * not be the middle of their night, only because the mentor's day begins then. Nobody in particular has no night.
 */
export async function nightsOf(db: Database, accountId: string | null): Promise<(at: number) => boolean> {
  const person = accountId
    ? await db
        .selectFrom('account')
        .select(['time_zone', 'quiet_from', 'quiet_to'])
        .where('id', '=', accountId)
        .executeTakeFirst()
    : undefined
  if (!person) return () => false
  const quiet = { from: person.quiet_from, to: person.quiet_to }
  return (at) => nightIn(person.time_zone, quiet, Temporal.Instant.fromEpochMilliseconds(at)) !== null
}

/** The first `count` of these times by day, filled up with those at night; each in the order that was given. */
export function byDayFirst<T extends { startsAt: number }>(
  times: readonly T[],
  isNight: (at: number) => boolean,
  count: number,
): T[] {
  const day: T[] = []
  const night: T[] = []
  for (const time of times) {
    if (day.length === count) break
    if (isNight(time.startsAt)) night.push(time)
    else day.push(time)
  }
  return [...day, ...night].slice(0, count)
}
