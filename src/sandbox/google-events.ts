import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { enqueue } from './queue.ts'
import { inTransaction, type Row, row, rows, type World } from './world.ts'

// biome-ignore lint/suspicious/noExplicitAny: an event is whatever the caller sent, kept as it came
export type EventResource = Record<string, any>
export type StoredEvent = { calendar: string; id: string; resource: EventResource; change: number }

/** How Google refuses: decided by `reason` (Calendar API, "Handle API errors"). */
export class GoogleRefusal extends Error {
  readonly status: number
  readonly reason: string
  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** Base32hex as RFC 2938 writes it, lower case; 5 to 1024 characters (Calendar v3 discovery, `Event.id`). */
const EVENT_ID = /^[a-v0-9]{5,1024}$/

/** Stores a new event. The id stays taken when the event is deleted. */
export async function insertEvent(
  world: World,
  calendar: string,
  body: EventResource,
  conferences: boolean,
): Promise<EventResource> {
  if (body.id !== undefined && !EVENT_ID.test(String(body.id)))
    throw new GoogleRefusal(400, 'invalid', 'Invalid resource id value.')
  if (body.id !== undefined && body.iCalUID !== undefined)
    throw new GoogleRefusal(400, 'invalid', 'Specify either id or iCalUID, not both.')
  checkTimes(body)
  const id = String(body.id ?? randomBytes(16).toString('hex').slice(0, 26))
  const stored = await inTransaction(world.pool, async (tx) => {
    const now = world.clock.now()
    const fresh: EventResource = {
      kind: 'calendar#event',
      status: 'confirmed',
      htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${id} ${calendar}`).toString('base64url')}`,
      created: millis(now),
      creator: { email: calendar, self: true },
      organizer: { email: calendar, self: true },
      iCalUID: `${id}@google.com`,
      reminders: { useDefault: true },
      eventType: 'default',
      sequence: 0,
      ...withoutConference(body),
      id,
    }
    withConference(fresh, body, conferences)
    const saved = await save(tx, world, calendar, fresh, 'insert')
    if (!saved) throw new GoogleRefusal(409, 'duplicate', 'The requested identifier already exists.')
    return saved
  })
  await tellChannels(world, calendar)
  return stored
}

/** Merges (`patch`) or replaces (`update`). `ifMatch` other than the event's etag is refused with 412. */
export async function changeEvent(
  world: World,
  calendar: string,
  id: string,
  body: EventResource,
  how: { replace: boolean; conferences: boolean; ifMatch?: string | undefined },
): Promise<EventResource> {
  const stored = await inTransaction(world.pool, async (tx) => {
    const before = await locked(tx, calendar, id)
    if (!before) throw new GoogleRefusal(404, 'notFound', 'Not Found')
    if (how.ifMatch && how.ifMatch !== before.etag)
      throw new GoogleRefusal(412, 'conditionNotMet', 'Precondition Failed')
    if (before.status === 'cancelled' && body.status !== 'confirmed')
      throw new GoogleRefusal(410, 'deleted', 'Resource has been deleted')
    const sent = withoutConference(body)
    const kept = how.replace ? pick(before, KEPT_ON_UPDATE) : before
    const after: EventResource = how.replace
      ? { ...kept, status: 'confirmed', ...sent, id }
      : { ...merge(before, sent), id }
    if (before.conferenceData && body.conferenceData !== null) {
      after.conferenceData = before.conferenceData
      if (before.hangoutLink) after.hangoutLink = before.hangoutLink
    }
    withConference(after, body, how.conferences)
    checkTimes(after)
    // Google counts what attendees would notice.
    const visible = ['start', 'end', 'location', 'status'].some(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
    )
    after.sequence = Math.max(Number(body.sequence ?? 0), before.sequence ?? 0) + (visible ? 1 : 0)
    return (await save(tx, world, calendar, after, 'update')) as EventResource
  })
  await tellChannels(world, calendar)
  return stored
}

/** Leaves a tombstone. Deleting twice is 410. */
export async function deleteEvent(world: World, calendar: string, id: string, ifMatch?: string): Promise<void> {
  await inTransaction(world.pool, async (tx) => {
    const before = await locked(tx, calendar, id)
    if (!before) throw new GoogleRefusal(404, 'notFound', 'Not Found')
    if (before.status === 'cancelled') throw new GoogleRefusal(410, 'deleted', 'Resource has been deleted')
    if (ifMatch && ifMatch !== before.etag) throw new GoogleRefusal(412, 'conditionNotMet', 'Precondition Failed')
    await save(tx, world, calendar, { ...before, status: 'cancelled' }, 'update')
  })
  await tellChannels(world, calendar)
}

export async function readEvent(world: World, calendar: string, id: string): Promise<EventResource> {
  const found = await row(
    world.pool,
    'select resource from sandbox.google_event where calendar = $1 and id = $2',
    calendar,
    id,
  )
  if (!found) throw new GoogleRefusal(404, 'notFound', 'Not Found')
  return found.resource
}

export async function eventsOf(world: World, calendar: string): Promise<StoredEvent[]> {
  return (await rows(
    world.pool,
    'select calendar, id, resource, change from sandbox.google_event where calendar = $1 order by change',
    calendar,
  )) as StoredEvent[]
}

/** An instant of an event's start or end; whole days count in UTC. */
export function eventInstant(time: { dateTime?: string; date?: string; timeZone?: string }): Temporal.Instant {
  if (time.date) return Temporal.PlainDate.from(time.date).toZonedDateTime('UTC').toInstant()
  const text = time.dateTime ?? ''
  if (/(Z|[+-]\d\d:?\d\d)$/i.test(text)) return Temporal.Instant.from(text)
  return Temporal.PlainDateTime.from(text)
    .toZonedDateTime(time.timeZone ?? 'UTC')
    .toInstant()
}

function checkTimes({ start, end }: EventResource): void {
  if (!start) throw new GoogleRefusal(400, 'required', 'Missing start time.')
  if (!end) throw new GoogleRefusal(400, 'required', 'Missing end time.')
  if (Boolean(start.date) !== Boolean(end.date))
    throw new GoogleRefusal(400, 'invalid', 'Start and end times must either both be date or both be dateTime.')
  let from: Temporal.Instant
  let to: Temporal.Instant
  try {
    from = eventInstant(start)
    to = eventInstant(end)
  } catch {
    throw new GoogleRefusal(400, 'invalid', 'Invalid start or end time.')
  }
  if (Temporal.Instant.compare(from, to) >= 0)
    throw new GoogleRefusal(400, 'timeRangeEmpty', 'The specified time range is empty.')
}

const KEPT_ON_UPDATE = [
  'kind',
  'htmlLink',
  'created',
  'creator',
  'organizer',
  'iCalUID',
  'eventType',
  'sequence',
  'reminders',
]
const pick = (event: EventResource, keys: string[]): EventResource =>
  Object.fromEntries(keys.filter((k) => k in event).map((k) => [k, event[k]]))

const withoutConference = ({
  conferenceData: _,
  hangoutLink: __,
  etag: ___,
  updated: ____,
  ...rest
}: EventResource): EventResource => rest

// Without conferenceDataVersion=1 the wish is ignored without a word. The same requestId as last time makes no new room.
function withConference(event: EventResource, body: EventResource, conferences: boolean): void {
  if (!conferences || body.conferenceData === undefined) return
  if (body.conferenceData === null) {
    delete event.conferenceData
    delete event.hangoutLink
    return
  }
  const request = body.conferenceData.createRequest
  if (!request) {
    event.conferenceData = body.conferenceData
    return
  }
  if (event.conferenceData?.createRequest?.requestId === request.requestId) return
  if (!request.requestId) throw new GoogleRefusal(400, 'required', 'Missing requestId.')
  const code = [3, 4, 3]
    .map((n) => [...randomBytes(n)].map((b) => 'abcdefghijkmnopqrstuvwxyz'[b % 25]).join(''))
    .join('-')
  const uri = `https://meet.google.com/${code}`
  event.hangoutLink = uri
  event.conferenceData = {
    createRequest: { ...request, status: { statusCode: 'success' } },
    entryPoints: [{ entryPointType: 'video', uri, label: uri.slice(8) }],
    conferenceSolution: { key: { type: 'hangoutsMeet' }, name: 'Google Meet', iconUri: '' },
    conferenceId: code,
  }
}

// JSON merge patch, as Google's patch semantics are: null removes, arrays are replaced whole.
function merge(before: EventResource, sent: EventResource): EventResource {
  const after = { ...before }
  for (const [key, value] of Object.entries(sent)) {
    if (value === null) delete after[key]
    else if (typeof value === 'object' && !Array.isArray(value)) {
      // A start in another form must not keep the old form's field.
      after[key] = key === 'start' || key === 'end' ? value : merge(after[key] ?? {}, value)
    } else after[key] = value
  }
  return after
}

const locked = async (tx: pg.PoolClient, calendar: string, id: string): Promise<EventResource | null> =>
  (await row(tx, 'select resource from sandbox.google_event where calendar = $1 and id = $2 for update', calendar, id))
    ?.resource ?? null

async function save(
  tx: pg.PoolClient,
  world: World,
  calendar: string,
  event: EventResource,
  how: 'insert' | 'update',
): Promise<EventResource | null> {
  // Changes of one calendar are numbered in the order they commit, or a sync could step over one.
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7225838))', [calendar])
  const change = Number(((await row(tx, "select nextval('sandbox.google_change') as n")) as Row).n)
  const resource = {
    ...event,
    etag: `"${change}${String(world.clock.now().epochMilliseconds).padStart(14, '0')}"`,
    updated: millis(world.clock.now()),
  }
  const saved =
    how === 'insert'
      ? await row(
          tx,
          'insert into sandbox.google_event (calendar, id, resource, change) values ($1, $2, $3, $4) on conflict do nothing returning id',
          calendar,
          event.id,
          resource,
          change,
        )
      : await row(
          tx,
          'update sandbox.google_event set resource = $3, change = $4 where calendar = $1 and id = $2 returning id',
          calendar,
          event.id,
          resource,
          change,
        )
  return saved ? resource : null
}

/** Push: no body, only headers; the receiver then syncs. Expired channels are silent. */
export async function tellChannels(
  world: World,
  calendar: string,
  only?: { channel: string; state: 'sync' },
): Promise<void> {
  const now = world.clock.now()
  const channels = await rows(
    world.pool,
    `update sandbox.google_channel set number = number + 1
     where calendar = $1 and stopped_at is null and expires_at > $2 and ($3::text is null or id = $3) returning *`,
    calendar,
    now,
    only?.channel ?? null,
  )
  for (const channel of channels) {
    await enqueue(world, {
      vendor: 'google',
      path: '',
      url: channel.address,
      body: '',
      headers: {
        'x-goog-channel-id': channel.id,
        'x-goog-channel-expiration': new Date(channel.expires_at.epochMilliseconds).toUTCString(),
        'x-goog-resource-id': channel.resource_id,
        'x-goog-resource-uri': `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(calendar)}/events?alt=json`,
        'x-goog-resource-state': only?.state ?? 'exists',
        'x-goog-message-number': String(channel.number),
        ...(channel.token ? { 'x-goog-channel-token': channel.token } : {}),
      },
    })
  }
}

const millis = (instant: Temporal.Instant): string => instant.toString({ fractionalSecondDigits: 3 })
