import { createHmac } from 'node:crypto'
import type { Database } from '../database/pool.ts'
import { statement } from '../database/statement.ts'
import type { Tx } from '../database/transaction.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import type { Actor } from './actor.ts'

/**
 * How often something may be done: the whole table. `by` is the clock: `people` counts what a person would notice, so a
 * rehearsed day refills it; `machine` counts load and guessing, which a standing clock must not stop from refilling.
 */
export const LIMITS = {
  // A person mistypes, waits, asks again. Counted for the address together with where it is asked from: whoever floods it
  // from elsewhere uses up their own five, never the owner's.
  sign_in: { count: 5, seconds: 15 * 60, by: 'machine' },
  // A whole office or school behind one address signs in on a Monday; a list of addresses is tried in the thousands.
  sign_in_from: { count: 30, seconds: 15 * 60, by: 'machine' },
  // Typed codes of one account from everywhere: at 20 of 1,000,000 an hour a guess takes years. Beyond it the link in the
  // mail still works, so nobody can be locked out by somebody else's guessing.
  codes: { count: 20, seconds: 60 * 60, by: 'machine' },
  // Ten tries find a free time even on a crowded day; a script that takes a mentor's whole week needs more.
  booking: { count: 10, seconds: 60 * 60, by: 'people' },
  // A person holds one time at once; this stops walking it over all times so that others see them taken.
  hold: { count: 20, seconds: 60 * 60, by: 'people' },
  // Each move sends everybody a message. Counted per session and person: one side cannot use up the other's.
  reschedule: { count: 5, seconds: 24 * 60 * 60, by: 'people' },
  // One look a second for a minute is more than anybody reads; it is the dearest question that everybody may ask.
  slots: { count: 60, seconds: 60, by: 'machine' },
  // Programs of ops ask for many people at once.
  slots_for_ops: { count: 600, seconds: 60, by: 'machine' },
  // Everything known about a person is read from every table, and is wanted once in a while.
  export: { count: 2, seconds: 24 * 60 * 60, by: 'people' },
} as const satisfies Record<string, { count: number; seconds: number; by: 'people' | 'machine' }>

export type LimitName = keyof typeof LIMITS

/**
 * Counts one act, or throws 429 `slow_down` saying when the next is possible. `whose` are the parts that share a count (an
 * address and where it is asked from, a session and a person); only a keyed hash of them is stored. One statement: of a
 * hundred at once exactly `count` pass. Windows begin at whole multiples of their length, so at most two meet in a row.
 * In the transaction of the act itself (`tx`) what is refused for another reason is not counted.
 */
export async function limit(
  house: House,
  name: LimitName,
  whose: readonly string[],
  tx: Database | Tx = house.db,
): Promise<void> {
  const { values, refusal } = count(house, name, whose)
  if ((await counted(tx, values)).length === 0) throw refusal
}

/** Answers a row, or none when it was too often. Its three values (see `count`) stand at `$first` and on. */
export const counting = (first: number): string => `
  insert into rate_count as counted (bucket, window_start, count) values ($${first}, $${first + 1}, 1)
  on conflict (bucket, window_start) do update set count = counted.count + 1 where counted.count < $${first + 2}
  returning count`

const counted = statement<{ count: number }>(counting(1))

const taken = statement(`update rate_count set count = count - 1 where bucket = $1 and window_start = $2 and count > 0`)

/** Takes one count back: what was counted came to nothing through nobody's doing. */
export async function uncount(house: House, { values: [bucket, start] }: ReturnType<typeof count>): Promise<void> {
  await taken(house.db, [bucket, start])
}

/** The values of `counting`, and what to throw when it answers no row. */
export function count(
  house: House,
  name: LimitName,
  whose: readonly string[],
): { values: [string, Temporal.Instant, number]; refusal: Refusal } {
  const { count, seconds, by } = LIMITS[name]
  const now = by === 'machine' ? house.clock.elapsed() : house.clock.now()
  const start = windowOf(now, seconds)
  return { values: [bucketOf(house, name, whose), start, count], refusal: slowDown(start, seconds, now) }
}

/** Whom a limit of people holds to: those who ask for themselves. Ops and programs act for many. */
export const isLimited = (actor: Actor): actor is Actor & { accountId: string } =>
  !actor.ops && !actor.unlimited && actor.accountId !== null

/** `limit` for who asks for themselves, in the transaction of what they ask for. */
export async function limitPerson(
  house: House,
  tx: Tx,
  actor: Actor,
  name: LimitName,
  whose: readonly string[] = [],
): Promise<void> {
  if (isLimited(actor)) await limit(house, name, [actor.accountId, ...whose], tx)
}

/** Per actor, ops and programs included; the sandbox's own token is not held to any. */
export async function limitSlots(house: House, actor: Actor, from: string): Promise<void> {
  if (actor.unlimited) return
  await limit(house, actor.ops ? 'slots_for_ops' : 'slots', [actor.label === 'anonymous' ? from : actor.label])
}

/** Per actor and person, ops and programs included. */
export async function limitExport(house: House, actor: Actor, id: string): Promise<void> {
  if (!actor.unlimited) await limit(house, 'export', [actor.label, id])
}

function windowOf(now: Temporal.Instant, seconds: number): Temporal.Instant {
  const length = seconds * 1000
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(now.epochMilliseconds / length) * length)
}

// Addresses of people and machines are nobody's business in a table of counts.
const bucketOf = ({ config }: House, name: LimitName, whose: readonly string[]): string =>
  `${name}:${createHmac('sha256', config.PUNCTUAL_SECRET ?? '')
    .update(`punctual limit\n${JSON.stringify(whose)}`)
    .digest('base64url')
    .slice(0, 22)}`

function slowDown(start: Temporal.Instant, seconds: number, now: Temporal.Instant): Refusal {
  const retryAfterSeconds = Math.max(
    1,
    Math.ceil((start.epochMilliseconds + seconds * 1000 - now.epochMilliseconds) / 1000),
  )
  const wait = retryAfterSeconds < 120 ? `${retryAfterSeconds} seconds` : `${Math.ceil(retryAfterSeconds / 60)} minutes`
  return new Refusal('slow_down', `That was too often. Try again in ${wait}.`, { retryAfterSeconds })
}
