import { sql } from 'kysely'
import { cut, withoutTurns } from '../cut.ts'
import { type Tx, transact } from '../database/transaction.ts'
import type { House } from '../http.ts'
import type { Interval } from '../interval.ts'
import type { Answer } from '../vendors/answer.ts'
import type { GoogleCalendar, GoogleCredential, GoogleEvent } from '../vendors/google-calendar.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { busyTime } from './busy-time.ts'
import { calendarCredential, markBroken } from './credential.ts'
import { noteDifferences } from './differences.ts'

export type Connection = {
  id: string
  account_id: string
  calendar_id: string
  time_zone: string
  sync_token: string | null
  synced_to: Temporal.Instant | null
  horizon_days: number
}

/** Times are read this far beyond the horizon, so that a reading lasts a month before it must be made anew. */
const BEYOND_HORIZON_DAYS = 35
/** A sync token sees only the range of its first reading: it is replaced while there is still this much to spare. */
const SPARE_DAYS = 7

/**
 * Brings the busy mirror of one connection up to date: what changed since the last token, or everything when there is no
 * token, it has expired (410), or its range has grown too short. Nothing is stored before the last page. A dead grant
 * marks the connection broken; any other trouble leaves the mirror as it was, for the next time.
 */
export async function syncConnection(
  house: House,
  vendors: Vendors,
  connection: Connection,
  now: Temporal.Instant,
): Promise<Answer> {
  const { google, people } = vendors
  if (!google || !people) return { ok: false, kind: 'rejected', code: 'off', detail: 'Google is not configured.' }
  const keeper = { db: house.db, clock: house.clock, secret: house.config.PUNCTUAL_SECRET ?? '', people }
  const credential = await calendarCredential(keeper, connection.id)
  if (!credential)
    return { ok: false, kind: 'revoked', code: 'not_connected', detail: 'The calendar must be connected again.' }

  // Taken before reading: a hint that comes while we read is about something newer.
  await house.db.updateTable('calendar_connection').set({ wake_at: null }).where('id', '=', connection.id).execute()
  const neededTo = now.add({ hours: 24 * (connection.horizon_days + SPARE_DAYS) })
  const isFull =
    !connection.sync_token || !connection.synced_to || Temporal.Instant.compare(connection.synced_to, neededTo) < 0
  let read = await readAll(google, credential, connection, isFull ? null : connection.sync_token, now)
  if (!read.ok && read.code === 'fullSyncRequired') read = await readAll(google, credential, connection, null, now)
  if (!read.ok) {
    if (read.kind === 'revoked' && read.code !== 'invalid_client')
      await markBroken(house.db, connection.id, read.code, now)
    return read
  }
  const { events, nextToken, to } = read
  await transact(house.db, (tx) => store(tx, connection, events, nextToken, to, now))
  return { ok: true }
}

type Read = { events: GoogleEvent[]; nextToken: string | null; to: Temporal.Instant | null }

async function readAll(
  google: GoogleCalendar,
  credential: GoogleCredential,
  connection: Connection,
  syncToken: string | null,
  now: Temporal.Instant,
): Promise<Answer<Read>> {
  const to = syncToken ? null : now.add({ hours: 24 * (connection.horizon_days + BEYOND_HORIZON_DAYS) })
  const range = to ? { from: now.subtract({ hours: 24 }), to } : { syncToken: syncToken as string }
  const events: GoogleEvent[] = []
  let pageToken: string | undefined
  do {
    const page = await google.list(credential, connection.calendar_id, {
      ...range,
      ...(pageToken ? { pageToken } : {}),
    })
    if (!page.ok) return page
    events.push(...page.events)
    pageToken = page.nextPageToken
    if (!pageToken) return { ok: true, events, nextToken: page.nextSyncToken ?? null, to }
  } while (pageToken)
  return { ok: true, events, nextToken: null, to }
}

// `to` is set by a full reading: then what is not in it is gone.
async function store(
  tx: Tx,
  connection: Connection,
  events: GoogleEvent[],
  nextToken: string | null,
  to: Temporal.Instant | null,
  now: Temporal.Instant,
): Promise<void> {
  const { rows } = await sql<{ sync_token: string | null }>`
    select sync_token from calendar_connection where id = ${connection.id} and disconnected_at is null for no key update`.execute(
    tx,
  )
  // Disconnected, or another process was here first: its reading is as good.
  if (!rows[0] || rows[0].sync_token !== connection.sync_token) return

  if (to) await tx.deleteFrom('calendar_busy').where('connection_id', '=', connection.id).execute()
  const own = await noteDifferences(tx, connection, events, to, now)
  const busy = new Map<string, { during: Interval; title: string | null }>()
  const free: string[] = []
  for (const event of events) {
    if (!event.id) continue
    const during = own.has(event.id) ? null : busyTime(event, connection.time_zone)
    if (during && Temporal.Instant.compare(during.end, now.subtract({ hours: 24 })) > 0)
      busy.set(event.id, {
        during,
        title: event.summary ? cut(withoutTurns(event.summary.replaceAll('\0', '')), 200) : null,
      })
    else free.push(event.id)
  }
  if (!to && free.length > 0) {
    await tx
      .deleteFrom('calendar_busy')
      .where('connection_id', '=', connection.id)
      .where('google_event_id', 'in', free)
      .execute()
  }
  await insertBusy(tx, connection, busy, now)
  await tx
    .updateTable('calendar_connection')
    .set({ sync_token: nextToken, synced_at: now, ...(to ? { synced_to: to } : {}) })
    .where('id', '=', connection.id)
    .execute()
}

async function insertBusy(
  tx: Tx,
  connection: Connection,
  busy: Map<string, { during: Interval; title: string | null }>,
  now: Temporal.Instant,
): Promise<void> {
  const rows = [...busy].map(([id, { during, title }]) => ({
    id,
    title,
    start: during.start.toString(),
    end: during.end.toString(),
  }))
  if (rows.length === 0) return
  await sql`
    insert into calendar_busy (connection_id, google_event_id, account_id, during, title, seen_at)
    select ${connection.id}, r.id, ${connection.account_id}, tstzrange(r.start, r."end"), r.title, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id text, start timestamptz, "end" timestamptz, title text)
    on conflict (connection_id, google_event_id) do update set during = excluded.during, title = excluded.title, seen_at = excluded.seen_at`.execute(
    tx,
  )
}

/** Connections whose busy times are to be read: hinted; with `before` also those never read, or last read then. */
export async function dueConnections(
  house: House,
  before: Temporal.Instant | null,
  now: Temporal.Instant,
): Promise<Connection[]> {
  const { rows } = await sql<Omit<Connection, 'horizon_days'> & { horizon_days: number | null }>`
    select connection.id, connection.account_id, connection.calendar_id, account.time_zone, connection.sync_token, connection.synced_to,
      (hours.config ->> 'horizonDays')::int as horizon_days
    from calendar_connection connection join account on account.id = connection.account_id
    left join user_calendar_config hours on hours.account_id = connection.account_id
    where connection.disconnected_at is null and connection.broken_at is null and connection.tokens is not null
      and (connection.wake_at <= ${now} or (${before}::timestamptz is not null and coalesce(connection.synced_at <= ${before}, true)))
    order by connection.synced_at nulls first limit 200`.execute(house.db)
  return rows.map((row) => ({ ...row, horizon_days: row.horizon_days ?? 30 }))
}
