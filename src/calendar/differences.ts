import { sql } from 'kysely'
import { type CaseToOpen, openCase, settleCase } from '../cases.ts'
import type { Tx } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { newId } from '../ids.ts'
import { type Policy, policyOf } from '../playbook/policy.ts'
import type { GoogleEvent } from '../vendors/google-calendar.ts'
import { isDeclined, spanOf } from './busy-time.ts'

type Connection = { id: string; account_id: string; time_zone: string }
type Written = {
  id: string
  remote_id: string
  session_id: string
  programme_id: string
  applied: { startsAt?: string; endsAt?: string }
  remote: { etag?: string | null; updated?: string | null }
  revision: number
  name: string
  settings: unknown
  was_restored: boolean
}
type Kind = 'moved' | 'deleted' | 'declined'

/**
 * Compares our own events with what we last wrote: a person may move, delete or decline them in Google. A difference is
 * recorded and wakes the session. By the programme's policy the event is written again, or the session follows it (whoever
 * moves sessions is told), or the difference becomes a case, which settles by itself when the event is as we wrote it. Events
 * of which a change of ours is still under way say nothing, and neither does what we wrote ourselves or replaced since.
 * `readTo` is set after a full reading. Answers the ids of all our events: they are no busy times.
 */
export async function noteDifferences(
  tx: Tx,
  connection: Connection,
  events: GoogleEvent[],
  readTo: Temporal.Instant | null,
  now: Temporal.Instant,
): Promise<Set<string>> {
  const marked = events.filter((event) => event.id && event.extendedProperties?.private?.punctual !== undefined)
  const own = new Set(marked.map((event) => event.id as string))
  const written = await writtenEvents(
    tx,
    connection.id,
    events.flatMap((event) => event.id ?? []),
    readTo,
    now,
  )
  const byId = new Map(events.map((event) => [event.id, event]))
  const touched = new Set<string>()
  for (const mirror of written) {
    own.add(mirror.remote_id)
    const event = byId.get(mirror.remote_id)
    if (event && isOlder(event, mirror)) continue
    const kind = event ? differenceOf(event, mirror, connection.time_zone) : 'deleted'
    if (await keep(tx, connection, mirror, kind, event, now)) touched.add(mirror.session_id)
  }
  await wakeSession(tx, [...touched], now)
  return own
}

// Only events that exist as wanted, of sessions still ahead: for the others there is nothing to restore. After a full
// reading (`readTo`) also those it does not contain, unless they were written while it was under way.
async function writtenEvents(
  tx: Tx,
  connectionId: string,
  ids: string[],
  readTo: Temporal.Instant | null,
  now: Temporal.Instant,
): Promise<Written[]> {
  const { rows } = await sql<Written>`
    select mirror.id, mirror.remote_id, mirror.session_id, session.programme_id, session.revision, mirror.applied, mirror.remote, account.name,
      (select settings from playbook where playbook.programme_id = session.programme_id order by version desc limit 1) as settings,
      exists (select from calendar_difference d where d.session_id = session.id and d.connection_id = connection.id
        and d.settled_how = ${RESTORED}) as was_restored
    from mirror join session on session.id = mirror.session_id
    join calendar_connection connection on connection.id = mirror.credential_id join account on account.id = connection.account_id
    where mirror.kind = 'calendar_event' and mirror.credential_id = ${connectionId} and mirror.remote_id is not null
      and mirror.wanted is not null and mirror.wanted = mirror.applied and mirror.next_attempt_at is null
      and session.cancelled_at is null and session.merged_into is null and session.starts_at > ${now}
      and (mirror.remote_id = any(${ids}::text[]) or (session.starts_at < ${readTo}::timestamptz and mirror.applied_at < ${now}))`.execute(
    tx,
  )
  return rows
}

/** Read before our own last writing, and stored after it: Google's clock on both sides. */
const isOlder = ({ updated }: GoogleEvent, { remote }: Written): boolean =>
  typeof updated === 'string' && typeof remote.updated === 'string' && Date.parse(updated) < Date.parse(remote.updated)

function differenceOf(event: GoogleEvent, { applied, remote }: Written, timeZone: string): Kind | null {
  if (event.etag && event.etag === remote.etag) return null
  if (event.status === 'cancelled') return 'deleted'
  if (isDeclined(event)) return 'declined'
  const span = spanOf(event, timeZone)
  if (!span || !applied.startsAt || !applied.endsAt) return null
  const same =
    span.start.equals(Temporal.Instant.from(applied.startsAt)) && span.end.equals(Temporal.Instant.from(applied.endsAt))
  return same ? null : 'moved'
}

/** The name whose row a change that is to be followed makes due at once. */
export const FOLLOW_CHORE = 'follow_calendars'

const RESTORED = 'restored'

/** At most once for each event: somebody who changes it again means it, and a person should hear that. */
const restores = (kind: Kind, { settings, was_restored }: Written): boolean =>
  kind !== 'declined' && !was_restored && policyFor(settings).differences === 'restore'

const policyFor = (settings: unknown): Policy['calendar'] => policyOf(settings).calendar

const WORDS: Record<Kind, string> = {
  moved: 'moved the session in Google Calendar',
  deleted: 'deleted the session from Google Calendar',
  declined: 'declined the session in Google Calendar',
}

async function keep(
  tx: Tx,
  connection: Connection,
  mirror: Written,
  kind: Kind | null,
  event: GoogleEvent | undefined,
  now: Temporal.Instant,
): Promise<boolean> {
  const open = await tx
    .selectFrom('calendar_difference')
    .select(['id', 'kind', 'seen'])
    .where('connection_id', '=', connection.id)
    .where('session_id', '=', mirror.session_id)
    .where('settled_at', 'is', null)
    .execute()
  const span = kind === 'moved' && event?.start?.dateTime ? spanOf(event, connection.time_zone) : null
  const seen: { start?: string | null; end?: string | null; startsAt?: string; endsAt?: string } =
    kind === 'moved' && event
      ? {
          start: event.start?.dateTime ?? event.start?.date ?? null,
          end: event.end?.dateTime ?? event.end?.date ?? null,
          ...(span ? { startsAt: span.start.toString(), endsAt: span.end.toString() } : {}),
        }
      : {}
  const isSame = (one: (typeof open)[number]) =>
    one.kind === kind && (kind !== 'moved' || (one.seen.start === seen.start && one.seen.end === seen.end))
  for (const old of open.filter((one) => !isSame(one))) {
    const how = kind ? 'changed again' : 'as we wrote it again'
    await tx
      .updateTable('calendar_difference')
      .set({ settled_at: now, settled_how: how })
      .where('id', '=', old.id)
      .execute()
    await settleCase(tx, now, { key: `difference:${old.id}` }, 'fact', `The calendar entry is ${how}.`)
  }
  if (!kind || open.some(isSame)) return open.some((one) => !isSame(one))

  const id = newId()
  const restored = restores(kind, mirror)
  const followed = !restored && follows(kind, mirror, event)
  await tx
    .insertInto('calendar_difference')
    .values({
      id,
      connection_id: connection.id,
      session_id: mirror.session_id,
      kind,
      seen: { ...seen, revision: mirror.revision },
      found_at: now,
      ...(followed ? { follow_at: now } : {}),
      ...(restored ? { settled_at: now, settled_how: RESTORED } : {}),
    })
    .execute()
  if (restored) {
    // The wish has not changed, the calendar has: what is wanted is written again.
    await tx.updateTable('mirror').set({ next_attempt_at: now }).where('id', '=', mirror.id).execute()
    return true
  }
  if (followed)
    await sql`update chore set next_at = least(next_at, ${now}::timestamptz) where name = ${FOLLOW_CHORE}`.execute(tx)
  else
    await openCase(
      tx,
      now,
      differenceCase({ ...mirror, id, kind, seen, accountId: connection.account_id }, unclear(kind, mirror, event)),
    )
  return true
}

/** Why a programme that follows calendars asks after all. */
const unclear = (kind: Kind, { settings }: Written, event: GoogleEvent | undefined): string | undefined =>
  kind === 'deleted' && !event && policyFor(settings).differences === 'apply'
    ? 'The entry is gone, and Google does not say that somebody deleted it.'
    : undefined

type Difference = {
  id: string
  kind: Kind
  seen: Record<string, unknown>
  name: string
  programme_id: string
  session_id: string
  accountId: string
}

/** The question to ops. `reason`: why the session did not simply follow. */
export const differenceCase = (
  { id, kind, seen, name, programme_id, session_id, accountId }: Difference,
  reason?: string,
): CaseToOpen => ({
  kind: 'difference',
  key: `difference:${id}`,
  programmeId: programme_id,
  sessionId: session_id,
  accountId,
  title: `${name} ${WORDS[kind]}.`,
  detail: { difference: kind, ...seen, ...(reason ? { reason } : {}) },
})

// Only what Google says somebody did: an entry that a full reading merely lacks may be gone for another reason.
const follows = (kind: Kind, { settings }: Written, event: GoogleEvent | undefined): boolean =>
  kind !== 'declined' && event !== undefined && policyFor(settings).differences === 'apply'
