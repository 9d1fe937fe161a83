import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import {
  changeEvent,
  deleteEvent,
  type EventResource,
  eventInstant,
  eventsOf,
  GoogleRefusal,
  insertEvent,
  readEvent,
  tellChannels,
} from './google-events.ts'
import { bearer } from './google-oauth.ts'
import type { VendorApp } from './listen.ts'
import { row, rows, type World } from './world.ts'

const SCOPE = 'https://www.googleapis.com/auth/'
const WRITE = ['calendar', 'calendar.events', 'calendar.events.owned', 'calendar.app.created']
const READ = [...WRITE, 'calendar.readonly', 'calendar.events.readonly', 'calendar.events.owned.readonly']
// From the discovery document: calendar.events is not among them.
const FREE_BUSY = ['calendar', 'calendar.readonly', 'calendar.freebusy', 'calendar.events.freebusy']
const DAY_MS = 86_400_000

/** Calendar v3, as far as a scheduler needs it: one primary calendar for every account. */
export function googleCalendar(app: VendorApp, world: World): void {
  const owner = async (c: Context, scopes: string[]): Promise<string> => {
    const held = await bearer(world, c.req.header('authorization'))
    if (!held) throw new GoogleRefusal(401, 'authError', 'Invalid Credentials')
    if (!scopes.some((scope) => held.scopes.includes(SCOPE + scope))) {
      throw new GoogleRefusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.')
    }
    return held.email
  }
  const calendarOf = async (c: Context, scopes: string[]): Promise<string> => {
    const email = await owner(c, scopes)
    const id = decodeURIComponent(c.req.param('calendarId') ?? '')
    if (id !== 'primary' && id.toLowerCase() !== email) throw new GoogleRefusal(404, 'notFound', 'Not Found')
    return email
  }
  const conferences = (c: Context) => c.req.query('conferenceDataVersion') === '1'
  const withEtag = (c: Context, event: EventResource) => c.json(event, 200, { ETag: event.etag })
  const events = '/calendar/v3/calendars/:calendarId/events'

  app.onError((error, c) => {
    if (error instanceof GoogleRefusal) return refusal(c, error)
    throw error
  })
  app.post('/calendar/v3/freeBusy', async (c) =>
    c.json(await freeBusy(world, await owner(c, FREE_BUSY), await readJson(c))),
  )
  app.post(`${events}/watch`, async (c) => c.json(await watch(world, await calendarOf(c, READ), await readJson(c))))
  app.post('/calendar/v3/channels/stop', async (c) => {
    const email = await owner(c, READ)
    const { id, resourceId } = await readJson(c)
    const stopped = await row(
      world.pool,
      'update sandbox.google_channel set stopped_at = $3 where id = $1 and resource_id = $2 and calendar = $4 and stopped_at is null returning id',
      id ?? '',
      resourceId ?? '',
      world.clock.now(),
      email,
    )
    if (!stopped) throw new GoogleRefusal(404, 'notFound', `Channel '${id}' not found for project`)
    return c.body(null, 204)
  })
  app.get(events, async (c) => c.json(await list(world, await calendarOf(c, READ), c.req.query())))
  app.post(events, async (c) =>
    withEtag(c, await insertEvent(world, await calendarOf(c, WRITE), await readJson(c), conferences(c))),
  )
  app.get(`${events}/:id`, async (c) =>
    withEtag(c, await readEvent(world, await calendarOf(c, READ), c.req.param('id'))),
  )
  for (const method of ['PATCH', 'PUT'] as const) {
    app.on(method, `${events}/:id`, async (c) => {
      const calendar = await calendarOf(c, WRITE)
      const how = { replace: method === 'PUT', conferences: conferences(c), ifMatch: c.req.header('if-match') }
      return withEtag(c, await changeEvent(world, calendar, c.req.param('id') ?? '', await readJson(c), how))
    })
  }
  app.delete(`${events}/:id`, async (c) => {
    await deleteEvent(world, await calendarOf(c, WRITE), c.req.param('id'), c.req.header('if-match'))
    return c.body(null, 204)
  })
}

export function googleError(status: number, reason: string, message: string): { error: object } {
  const domain = reason.includes('imitExceeded') ? 'usageLimits' : 'global'
  return { error: { errors: [{ domain, reason, message }], code: status, message } }
}

const refusal = (c: Context, { status, reason, message }: GoogleRefusal) =>
  c.json(googleError(status, reason, message), status as ContentfulStatusCode)

async function readJson(c: Context): Promise<EventResource> {
  try {
    return (await c.req.json()) as EventResource
  } catch {
    throw new GoogleRefusal(400, 'parseError', 'Parse Error')
  }
}

// Only opaque, standing events that the owner has not declined make somebody busy. A calendar that cannot be read is
// answered with its error inside an HTTP 200.
async function freeBusy(world: World, email: string, body: EventResource) {
  const from = instant(body.timeMin)
  const to = instant(body.timeMax)
  if (Temporal.Instant.compare(from, to) >= 0)
    throw new GoogleRefusal(400, 'timeRangeEmpty', 'The specified time range is empty.')
  if (to.epochMilliseconds - from.epochMilliseconds > 93 * DAY_MS) {
    throw new GoogleRefusal(400, 'timeRangeTooLong', 'The requested time range is too long.')
  }
  const calendars: Record<string, object> = {}
  for (const { id } of (body.items ?? []) as { id: string }[]) {
    if (id !== 'primary' && id.toLowerCase() !== email) {
      calendars[id] = { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] }
      continue
    }
    const busy = (await eventsOf(world, email))
      .filter(
        ({ resource: e }) =>
          e.status !== 'cancelled' &&
          e.transparency !== 'transparent' &&
          e.eventType !== 'workingLocation' &&
          !declined(e, email),
      )
      .map(({ resource: e }) => ({ start: eventInstant(e.start), end: eventInstant(e.end) }))
      .filter(({ start, end }) => Temporal.Instant.compare(start, to) < 0 && Temporal.Instant.compare(end, from) > 0)
    calendars[id] = { busy: joined(busy, from, to) }
  }
  return { kind: 'calendar#freeBusy', timeMin: from.toString(), timeMax: to.toString(), calendars }
}

const declined = (event: EventResource, email: string): boolean =>
  (event.attendees ?? []).some(
    (a: EventResource) => (a.self || a.email?.toLowerCase() === email) && a.responseStatus === 'declined',
  )

function joined(
  busy: { start: Temporal.Instant; end: Temporal.Instant }[],
  from: Temporal.Instant,
  to: Temporal.Instant,
) {
  const later = (a: Temporal.Instant, b: Temporal.Instant) => (Temporal.Instant.compare(a, b) > 0 ? a : b)
  const earlier = (a: Temporal.Instant, b: Temporal.Instant) => (Temporal.Instant.compare(a, b) < 0 ? a : b)
  const out: { start: Temporal.Instant; end: Temporal.Instant }[] = []
  for (const { start, end } of busy.sort((a, b) => Temporal.Instant.compare(a.start, b.start))) {
    const last = out.at(-1)
    if (last && Temporal.Instant.compare(start, last.end) <= 0) last.end = later(last.end, end)
    else out.push({ start, end })
  }
  return out.map(({ start, end }) => ({ start: later(start, from).toString(), end: earlier(end, to).toString() }))
}

const NOT_WITH_SYNC = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
]

/** Full or incremental. A page token carries where the whole list began, so that changes made meanwhile come next time. */
async function list(world: World, email: string, query: Record<string, string>) {
  if (query.syncToken) {
    const wrong = NOT_WITH_SYNC.find((key) => query[key] !== undefined)
    if (wrong) throw new GoogleRefusal(400, 'badRequest', `Sync token cannot be combined with ${wrong}.`)
    if (query.showDeleted === 'false')
      throw new GoogleRefusal(400, 'badRequest', 'showDeleted must not be false with a sync token.')
  }
  if (query.orderBy === 'startTime' && query.singleEvents !== 'true') {
    throw new GoogleRefusal(400, 'badRequest', 'The requested ordering is not available for the particular query.')
  }
  const shape = createHash('sha256')
    .update(`${query.singleEvents ?? ''}`)
    .digest('hex')
    .slice(0, 8)
  const page = query.pageToken ? readToken(query.pageToken, 'page') : null
  const since = page ? page.since : query.syncToken ? await readSync(world, email, query.syncToken, shape) : null
  const all = await eventsOf(world, email)
  const until =
    page?.until ??
    Number(
      (
        await row(
          world.pool,
          'select coalesce(max(change), 0) as n from sandbox.google_event where calendar = $1',
          email,
        )
      )?.n,
    )
  const wanted = all
    .filter((e) => (since === null ? true : e.change > since))
    .filter((e) => since !== null || query.showDeleted === 'true' || e.resource.status !== 'cancelled')
    .filter((e) => since !== null || inRange(e.resource, query))
    .filter((e) => matches(e.resource, query.privateExtendedProperty))
    .map((e) =>
      e.resource.status === 'cancelled' && since !== null
        ? { kind: 'calendar#event', id: e.id, status: 'cancelled', etag: e.resource.etag }
        : e.resource,
    )
  const size = Math.min(Number(query.maxResults ?? 250) || 250, 2500)
  const offset = page?.offset ?? 0
  const more = offset + size < wanted.length
  return {
    kind: 'calendar#events',
    etag: `"p${until}"`,
    summary: email,
    updated: world.clock.now().toString(),
    timeZone: 'UTC',
    accessRole: 'owner',
    defaultReminders: [],
    items: wanted.slice(offset, offset + size),
    ...(more ? { nextPageToken: token({ kind: 'page', since, until, offset: offset + size }) } : {}),
    // No sync token for lists that cannot be continued.
    ...(more || query.orderBy || query.q ? {} : { nextSyncToken: token({ kind: 'sync', until, shape }) }),
  }
}

function inRange(event: EventResource, { timeMin, timeMax }: Record<string, string>): boolean {
  if (timeMin && Temporal.Instant.compare(eventInstant(event.end), instant(timeMin)) <= 0) return false
  return !(timeMax && Temporal.Instant.compare(eventInstant(event.start), instant(timeMax)) >= 0)
}

function matches(event: EventResource, property: string | undefined): boolean {
  if (!property) return true
  const [key, value] = property.split('=', 2) as [string, string]
  return event.extendedProperties?.private?.[key] === value
}

type Token = { kind: 'page' | 'sync'; since?: number | null; until: number; offset?: number; shape?: string }
const token = (content: Token): string => Buffer.from(JSON.stringify(content)).toString('base64url')

function readToken(
  text: string,
  kind: Token['kind'],
): { since: number | null; until: number; offset: number; shape: string } {
  try {
    const content = JSON.parse(Buffer.from(text, 'base64url').toString()) as Token
    if (content.kind === kind)
      return {
        since: content.since ?? null,
        until: content.until,
        offset: content.offset ?? 0,
        shape: content.shape ?? '',
      }
  } catch {}
  throw new GoogleRefusal(400, 'invalid', `Invalid ${kind} token value.`)
}

async function readSync(world: World, email: string, text: string, shape: string): Promise<number> {
  const content = readToken(text, 'sync')
  const floor = Number(
    (await row(world.pool, 'select sync_floor from sandbox.google_account where email = $1', email))?.sync_floor ?? 0,
  )
  if (content.until < floor)
    throw new GoogleRefusal(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.')
  if (content.shape !== shape)
    throw new GoogleRefusal(400, 'badRequest', 'Sync token does not match the query parameters.')
  return content.until
}

function instant(text: unknown): Temporal.Instant {
  try {
    return Temporal.Instant.from(String(text))
  } catch {
    throw new GoogleRefusal(400, 'badRequest', 'Bad Request')
  }
}

async function watch(world: World, calendar: string, body: EventResource) {
  const { id, address, token: channelToken } = body
  if (typeof id !== 'string' || !/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id))
    throw new GoogleRefusal(400, 'required', 'Invalid channel id.')
  if (body.type !== 'web_hook') throw new GoogleRefusal(400, 'unknownType', 'Unknown channel type.')
  if (!/^https:\/\//.test(address ?? '') && !/^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(address ?? '')) {
    throw new GoogleRefusal(400, 'push.webhookUrlNotHttps', `WebHook callback must be HTTPS: ${address}`)
  }
  const now = world.clock.now()
  const most = now.add({ hours: 7 * 24 })
  const asked = body.expiration ? Temporal.Instant.fromEpochMilliseconds(Number(body.expiration)) : most
  const expires = Temporal.Instant.compare(asked, most) < 0 ? asked : most
  const resourceId = createHash('sha256').update(calendar).digest('base64url').slice(0, 27)
  const opened = await rows(
    world.pool,
    `insert into sandbox.google_channel (id, calendar, resource_id, address, token, expires_at) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing returning id`,
    id,
    calendar,
    resourceId,
    address,
    channelToken ?? null,
    expires,
  )
  if (opened.length === 0) throw new GoogleRefusal(400, 'channelIdNotUnique', `Channel id ${id} not unique`)
  await tellChannels(world, calendar, { channel: id, state: 'sync' })
  return {
    kind: 'api#channel',
    id,
    resourceId,
    resourceUri: `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(calendar)}/events?alt=json`,
    ...(channelToken ? { token: channelToken } : {}),
    expiration: String(expires.epochMilliseconds),
  }
}
