import { sql } from 'kysely'
import { type Config, configured } from '../config.ts'
import { endsAfter } from '../database/ends-after.ts'
import type { Database } from '../database/pool.ts'
import { hostsAgainstPeak } from '../meetings/hosts.ts'
import type { Actor } from '../people/actor.ts'
import { isKnownToOps } from '../people/scope.ts'
import { causeOf } from '../words/causes.ts'

export type Rests = (vendor: VendorName) => number
export type VendorName = (typeof VENDORS)[number]
const VENDORS = ['whatsapp', 'email', 'zoom', 'google', 'slack'] as const

/** How far ahead the hosts must do, as for `doctor`. */
const AHEAD = { hours: 30 * 24 }
/** The worker is late when something has been due for so long: the promise is one minute. */
const LATE = { minutes: 2 }
const MOST = 200

/**
 * What the installation hangs on, from what is on record: nobody is asked, so it answers at once. `rests`: seconds for which
 * this process spares a vendor after an outage.
 */
export async function connections(
  { db, config, rests }: { db: Database; config: Config; rests: Rests },
  actor: Actor,
  now: Temporal.Instant,
) {
  const [pool, hosts, vendors, calendars, work] = await Promise.all([
    hostsAgainstPeak(db, now, now.add(AHEAD)),
    hostsInUse(db, now),
    vendorsOf(db, config, rests, now),
    calendarsOf(db, actor, now),
    overdueWork(db, now),
  ])
  return {
    pool: { ...pool, peakAt: pool.peakAt?.toString() ?? null, isEnough: pool.peak <= pool.hosts },
    hosts,
    vendors,
    calendars,
    work,
  }
}

async function hostsInUse(db: Database, now: Temporal.Instant) {
  const { rows } = await sql<{
    id: string
    zoom_user: string
    owner: string | null
    busy_until: Temporal.Instant | null
    next_at: Temporal.Instant | null
    sessions: number
  }>`
    select h.id, h.zoom_user, a.name as owner, max(s.ends_at) filter (where s.starts_at <= ${now}) as busy_until,
      min(s.starts_at) filter (where s.starts_at > ${now}) as next_at, count(s.id)::int as sessions
    from zoom_host h left join account a on a.id = h.account_id
    left join session s on s.host_id = h.id and s.room = 'zoom' and s.cancelled_at is null and s.merged_into is null
      and ${endsAfter(now)} and s.starts_at < ${now.add(AHEAD)}
    where h.retired_at is null group by h.id, a.name order by a.name nulls first, h.zoom_user limit ${MOST}`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    zoomUser: row.zoom_user,
    owner: row.owner,
    busyUntil: row.busy_until?.toString() ?? null,
    nextAt: row.next_at?.toString() ?? null,
    sessions: row.sessions,
  }))
}

type Seen = {
  vendor: VendorName
  good_at: Temporal.Instant | null
  bad_at: Temporal.Instant | null
  code: string | null
  detail: string | null
  /** Rooms, events and cards that could not be made or changed, and are tried again. */
  failing: number
  failing_since: Temporal.Instant | null
  failing_error: string | null
  waiting: number
  oldest: Temporal.Instant | null
  heard_at: Temporal.Instant | null
  without_effect: number
}

async function vendorsOf(db: Database, config: Config, rests: Rests, now: Temporal.Instant) {
  const lately = now.subtract({ hours: 24 })
  const { rows } = await sql<Seen>`
    with tries as (
      select d.channel as vendor, a.state, a.code, a.detail, coalesce(a.ended_at, a.started_at) as at
      from attempt a join delivery d on d.id = a.delivery_id where a.started_at > ${lately} and a.state <> 'in_flight'
      union all
      select ${VENDOR_OF_MIRROR}, 'accepted', null, null, applied_at from mirror where applied_at > ${lately}),
    failing as (
      select ${VENDOR_OF_MIRROR} as vendor, count(*)::int as count, min(wanted_at) as since, max(last_error) as error
      from mirror where failures > 0 and next_attempt_at is not null group by 1),
    queued as (
      select channel as vendor, due_at as at from delivery
      where next_attempt_at is not null and (next_attempt_at <= ${now} or tries > 0) and state in ('pending', 'claimed')
      union all select ${VENDOR_OF_MIRROR}, next_attempt_at from mirror where next_attempt_at <= ${now}),
    heard as (
      select vendor, max(received_at) as at, count(*) filter (where outcome <> 'accepted' and received_at > ${lately})::int as without_effect
      from webhook_event group by vendor)
    select v as vendor, (select max(at) from tries where vendor = v and state = 'accepted') as good_at, bad.at as bad_at, bad.code, bad.detail,
      coalesce(failing.count, 0) as failing, failing.since as failing_since, failing.error as failing_error,
      (select count(*)::int from queued where vendor = v) as waiting, (select min(at) from queued where vendor = v) as oldest,
      heard.at as heard_at, coalesce(heard.without_effect, 0) as without_effect
    from unnest(${[...VENDORS]}::text[]) v
    left join lateral (select at, code, detail from tries where vendor = v and state <> 'accepted' order by at desc limit 1) bad on true
    left join failing on failing.vendor = v left join heard on heard.vendor = v`.execute(db)
  const on = configured(config)
  return VENDORS.map((name) => {
    const seen = rows.find(({ vendor }) => vendor === name) as Seen
    const seconds = on[name] ? rests(name) : 0
    const isBad = seen.bad_at && (!seen.good_at || Temporal.Instant.compare(seen.bad_at, seen.good_at) > 0)
    const [tone, words] = !on[name]
      ? (['off', 'not connected'] as const)
      : seconds > 0
        ? (['warn', `rests after an outage, asked again in ${seconds} s`] as const)
        : seen.failing > 0
          ? (['bad', `${seen.failing} of its objects cannot be made or changed`] as const)
          : isBad
            ? (['warn', 'its last answer was trouble'] as const)
            : seen.good_at
              ? (['good', 'works'] as const)
              : (['open', 'nothing was asked of it in 24 hours'] as const)
    return {
      name,
      tone,
      words,
      goodAt: seen.good_at?.toString() ?? null,
      badAt: (seen.failing_since ?? seen.bad_at)?.toString() ?? null,
      cause: seen.failing_error ?? (seen.bad_at ? causeOf(name, 'failed', seen.code, seen.detail) : null),
      waiting: seen.waiting,
      oldest: seen.oldest?.toString() ?? null,
      heardAt: seen.heard_at?.toString() ?? null,
      withoutEffect: seen.without_effect,
      listens: name !== 'email',
    }
  })
}

const VENDOR_OF_MIRROR = sql`case kind when 'calendar_event' then 'google' when 'slack_card' then 'slack' else 'zoom' end`

async function calendarsOf(db: Database, actor: Actor, now: Temporal.Instant) {
  const { rows } = await sql<{
    id: string
    person_id: string
    person: string
    broken_at: Temporal.Instant | null
    broken_why: string | null
    synced_at: Temporal.Instant | null
    connected_at: Temporal.Instant
    sessions: number
  }>`
    select k.id, a.id as person_id, a.name as person, k.broken_at, k.broken_why, k.synced_at, k.connected_at,
      (select count(*)::int from session_participant p join session s on s.id = p.session_id
       where p.account_id = a.id and p.left_at is null and s.cancelled_at is null and s.merged_into is null and s.starts_at > ${now}) as sessions
    from calendar_connection k join account a on a.id = k.account_id
    where k.disconnected_at is null and ${isKnownToOps(actor, 'a.id')}
    order by k.broken_at is null, k.broken_at, a.name, k.id limit ${MOST}`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    personId: row.person_id,
    person: row.person,
    tone: row.broken_at ? ('bad' as const) : row.synced_at ? ('good' as const) : ('open' as const),
    words: row.broken_at ? 'broken' : row.synced_at ? 'connected' : 'connected, not read yet',
    brokenAt: row.broken_at?.toString() ?? null,
    why: row.broken_why,
    syncedAt: row.synced_at?.toString() ?? null,
    connectedAt: row.connected_at.toString(),
    sessions: row.sessions,
  }))
}

async function overdueWork(db: Database, now: Temporal.Instant) {
  const limit = now.subtract(LATE)
  const [{ rows: counted }, { rows: chores }] = await Promise.all([
    sql<{ sessions: number; deliveries: number; mirrors: number }>`
      select (select count(*)::int from session where wake_at < ${limit}) as sessions,
        (select count(*)::int from delivery where state in ('pending', 'claimed') and next_attempt_at < ${limit}) as deliveries,
        (select count(*)::int from mirror where next_attempt_at < ${limit}) as mirrors`.execute(db),
    sql<{
      name: string
      next_at: Temporal.Instant
      last_at: Temporal.Instant | null
      failures: number
      last_error: string | null
    }>`select name, next_at, last_at, failures, last_error from chore order by next_at, name limit ${MOST}`.execute(db),
  ])
  const { sessions, deliveries, mirrors } = counted[0]!
  return {
    sessions,
    deliveries,
    mirrors,
    chores: chores.map((chore) => ({
      name: chore.name,
      what: CHORES[chore.name] ?? chore.name.replaceAll('_', ' '),
      isOverdue: Temporal.Instant.compare(chore.next_at, limit) < 0,
      nextAt: chore.next_at.toString(),
      lastAt: chore.last_at?.toString() ?? null,
      failures: chore.failures,
      error: chore.last_error,
    })),
  }
}

/** Periodic work in the words of ops. */
const CHORES: Record<string, string> = {
  meeting_reports: 'Fetch Zoom’s reports of ended meetings',
  retention: 'Forget what is old',
  erasures: 'Finish erasing people',
  audit_seal: 'Seal the audit',
  invariants: 'Check that every promise holds',
  calendar_sync: 'Read the calendars',
  calendar_channels: 'Renew Google’s notifications',
  broken_calendars: 'Look for broken calendars',
  events_of_new_rooms: 'Match Zoom’s events with new rooms',
  calendar_hints: 'Read calendars that Google says have changed',
  declined_sessions: 'Release sessions that somebody declined',
  follow_calendars: 'Follow changes made in Google',
}
