import { randomBytes, randomInt } from 'node:crypto'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { VendorApp } from './listen.ts'
import { isoSeconds, type Row, row, rows, type World } from './world.ts'

/** Zoom's numbered refusals; validation carries the fields. */
export class ZoomRefusal extends Error {
  readonly status: number
  readonly code: number
  readonly headers: Record<string, string>
  readonly errors: { field: string; message: string }[] | undefined
  constructor(
    status: number,
    code: number,
    message: string,
    more: { headers?: Record<string, string>; errors?: { field: string; message: string }[] } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.headers = more.headers ?? {}
    this.errors = more.errors
  }
}

const invalidField = (field: string, message: string): ZoomRefusal =>
  new ZoomRefusal(300, 300, 'Validation Failed.', { errors: [{ field, message }] })
const noMeeting = (id: string): ZoomRefusal => new ZoomRefusal(404, 3001, `Meeting does not exist: ${id}.`)

/** Creates and updates together, for one host, in one UTC day (developers.zoom.us, "Rate limits"). */
const DAILY_WRITES = 100
const DAILY_REGISTRATIONS = 3

/** Server-to-server token, meetings, registrants, the report, users. */
export function zoomApi(app: VendorApp, world: World): void {
  app.onError((error, c) => {
    if (error instanceof ZoomRefusal) {
      const body = { code: error.code, message: error.message, ...(error.errors ? { errors: error.errors } : {}) }
      // Zoom does answer some validation with HTTP 300; over a real socket 400 is the usual one.
      return c.json(body, (error.status === 300 ? 400 : error.status) as ContentfulStatusCode, error.headers)
    }
    throw error
  })
  app.post('/oauth/token', (c) => token(world, c))
  app.use('/v2/*', async (c, next) => {
    const text = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const held =
      text &&
      (await row(world.pool, 'select expires_at from sandbox.zoom_token where access_token = $1 and not revoked', text))
    if (!held) throw new ZoomRefusal(401, 124, 'Invalid access token.')
    if (Temporal.Instant.compare(held.expires_at, world.clock.elapsed()) <= 0)
      throw new ZoomRefusal(401, 124, 'Access token is expired.')
    await next()
  })
  app.get('/v2/users', async (c) => {
    const users = await rows(world.pool, 'select * from sandbox.zoom_user order by email')
    return c.json({ ...paged(users.map(userBody), c), users: pageOf(users.map(userBody), c) })
  })
  app.get('/v2/users/:userId', async (c) => c.json(userBody(await user(world, c.req.param('userId')))))
  app.get('/v2/users/:userId/meetings', async (c) => {
    const host = await user(world, c.req.param('userId'))
    const found = await rows(
      world.pool,
      'select * from sandbox.zoom_meeting where host_id = $1 and deleted_at is null order by start_time, id',
      host.id,
    )
    const listed = found.map(({ id, uuid, host_id, topic, agenda, start_time, duration, created_at }) => ({
      uuid,
      id,
      host_id,
      topic,
      type: 2,
      start_time: isoSeconds(start_time),
      duration,
      timezone: 'UTC',
      // The list shortens the agenda to 250 characters.
      agenda: agenda.slice(0, 250),
      created_at: isoSeconds(created_at),
      join_url: joinUrl(c, id),
    }))
    return c.json({ ...paged(listed, c), meetings: pageOf(listed, c) })
  })
  app.post('/v2/users/:userId/meetings', async (c) => c.json(await createMeeting(world, c), 201))
  app.get('/v2/meetings/:id', async (c) => c.json(await meetingBody(world, c, await meeting(world, c.req.param('id')))))
  app.patch('/v2/meetings/:id', async (c) => {
    await updateMeeting(world, await meeting(world, c.req.param('id')), await readJson(c))
    return c.body(null, 204)
  })
  app.delete('/v2/meetings/:id', async (c) => {
    const found = await meeting(world, c.req.param('id'))
    await rows(world.pool, 'update sandbox.zoom_meeting set deleted_at = $2 where id = $1', found.id, world.clock.now())
    return c.body(null, 204)
  })
  app.get('/v2/meetings/:id/registrants', async (c) => {
    const found = await meeting(world, c.req.param('id'))
    const status = c.req.query('status') ?? 'approved'
    const people = await rows(
      world.pool,
      'select * from sandbox.zoom_registrant where meeting_id = $1 and status = $2 order by created_at, id',
      found.id,
      status,
    )
    const listed = people.map((r) => ({
      id: r.id,
      email: r.email,
      first_name: r.first_name,
      last_name: r.last_name,
      status: r.status,
      create_time: isoSeconds(r.created_at),
      join_url: personalUrl(c, found.id, r.token),
    }))
    return c.json({ ...paged(listed, c), registrants: pageOf(listed, c) })
  })
  app.post('/v2/meetings/:id/registrants', async (c) => c.json(await register(world, c), 201))
  app.put('/v2/meetings/:id/registrants/status', async (c) => {
    const found = await meeting(world, c.req.param('id'))
    const { action, registrants } = await readJson(c)
    const status = { approve: 'approved', cancel: 'cancelled', deny: 'denied' }[String(action)]
    if (!status) throw invalidField('action', 'Invalid field.')
    const ids = ((registrants ?? []) as { id?: string }[]).map((r) => r.id ?? '')
    await rows(
      world.pool,
      'update sandbox.zoom_registrant set status = $3 where meeting_id = $1 and id = any($2)',
      found.id,
      ids,
      status,
    )
    return c.body(null, 204)
  })
  app.get('/v2/report/meetings/:id/participants', async (c) => {
    const listed = await report(
      world,
      decodeURIComponent(c.req.param('id')),
      (c.req.query('include_fields') ?? '').includes('registrant_id'),
    )
    return c.json({ ...paged(listed, c), participants: pageOf(listed, c) })
  })
}

/** Adds a user of the account; `type` 2 is licensed, 1 is basic (and may not use registration). */
export async function addZoomUser(
  world: World,
  who: { email: string; name?: string; licensed?: boolean },
): Promise<string> {
  const [first = who.email.split('@')[0] ?? '', ...last] = (who.name ?? '').split(' ').filter(Boolean)
  const saved = await row(
    world.pool,
    `insert into sandbox.zoom_user (id, email, type, first_name, last_name) values ($1, $2, $3, $4, $5)
     on conflict (email) do update set type = excluded.type returning id`,
    randomBytes(16).toString('base64url'),
    who.email.toLowerCase(),
    who.licensed === false ? 1 : 2,
    first,
    last.join(' '),
  )
  return saved?.id
}

async function token(world: World, c: Context): Promise<Response> {
  const form = (await c.req.parseBody()) as Record<string, string>
  const grant = form.grant_type ?? c.req.query('grant_type')
  const account = form.account_id ?? c.req.query('account_id')
  const basic = `Basic ${Buffer.from(`${world.env.ZOOM_CLIENT_ID}:${world.env.ZOOM_CLIENT_SECRET}`).toString('base64')}`
  if (c.req.header('authorization') !== basic)
    return c.json({ reason: 'Invalid client_id or client_secret', error: 'invalid_client' }, 400)
  if (grant !== 'account_credentials')
    return c.json({ reason: 'unsupported grant type', error: 'unsupported_grant_type' }, 400)
  if (account !== world.env.ZOOM_ACCOUNT_ID) return c.json({ reason: 'Bad Request', error: 'invalid_request' }, 400)
  const accessToken = `eyJ${randomBytes(60).toString('base64url')}`
  await rows(
    world.pool,
    'insert into sandbox.zoom_token (access_token, expires_at) values ($1, $2)',
    accessToken,
    world.clock.elapsed().add({ hours: 1 }),
  )
  const scope = 'meeting:read:admin meeting:write:admin report:read:admin user:read:admin'
  return c.json({
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: 3599,
    scope,
    api_url: new URL(c.req.url).origin,
  })
}

async function createMeeting(world: World, c: Context): Promise<object> {
  const host = await user(world, c.req.param('userId') ?? '')
  const wish = checked(await readJson(c))
  await spend(world, `host ${host.id}`, DAILY_WRITES)
  const made = await row(
    world.pool,
    `insert into sandbox.zoom_meeting (id, uuid, host_id, topic, agenda, start_time, duration, settings, password, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning *`,
    randomInt(80_000_000_000, 99_999_999_999),
    zoomUuid(),
    host.id,
    wish.topic ?? 'Zoom Meeting',
    wish.agenda ?? '',
    wish.startTime ?? world.clock.now(),
    wish.duration ?? 60,
    { ...DEFAULT_SETTINGS, ...wish.settings },
    String(randomInt(100_000, 999_999)),
    world.clock.now(),
  )
  return meetingBody(world, c, made as Row)
}

async function updateMeeting(world: World, found: Row, body: Record<string, unknown>): Promise<void> {
  const wish = checked(body)
  await spend(world, `host ${found.host_id}`, DAILY_WRITES)
  await rows(
    world.pool,
    `update sandbox.zoom_meeting set topic = coalesce($2, topic), agenda = coalesce($3, agenda), start_time = coalesce($4, start_time),
       duration = coalesce($5, duration), settings = settings || $6 where id = $1`,
    found.id,
    wish.topic ?? null,
    wish.agenda ?? null,
    wish.startTime ?? null,
    wish.duration ?? null,
    wish.settings ?? {},
  )
}

async function register(world: World, c: Context): Promise<object> {
  const found = await meeting(world, c.req.param('id') ?? '')
  const host = await user(world, found.host_id)
  const body = await readJson(c)
  const email = String(body.email ?? '').toLowerCase()
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw invalidField('email', 'Invalid field.')
  if (!body.first_name) throw invalidField('first_name', 'Invalid field.')
  if (host.type < 2) throw new ZoomRefusal(400, 200, 'Only available for Paid account.')
  if (![0, 1].includes(found.settings.approval_type))
    throw new ZoomRefusal(400, 3000, 'Registration has not been enabled for this meeting.')
  await spend(world, `registrant ${found.id} ${email}`, DAILY_REGISTRATIONS)
  // The same address keeps its registration and its link.
  const known = await row(
    world.pool,
    "select * from sandbox.zoom_registrant where meeting_id = $1 and email = $2 and status in ('approved', 'pending')",
    found.id,
    email,
  )
  const registrant =
    known ??
    ((await row(
      world.pool,
      `insert into sandbox.zoom_registrant (id, meeting_id, email, first_name, last_name, token, status, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning *`,
      randomBytes(16).toString('base64url'),
      found.id,
      email,
      String(body.first_name).slice(0, 64),
      String(body.last_name ?? '').slice(0, 64),
      randomBytes(24).toString('base64url'),
      found.settings.approval_type === 0 ? 'approved' : 'pending',
      world.clock.now(),
    )) as Row)
  return {
    id: found.id,
    registrant_id: registrant.id,
    topic: found.topic,
    start_time: isoSeconds(found.start_time),
    ...(registrant.status === 'approved' ? { join_url: personalUrl(c, found.id, registrant.token) } : {}),
  }
}

// By id the latest run is meant, by uuid that run. Nothing before the run has ended.
async function report(world: World, idOrUuid: string, withRegistrants: boolean): Promise<object[]> {
  const run = await row(
    world.pool,
    `select r.* from sandbox.zoom_run r where (r.uuid = $1 or r.meeting_id::text = $1) and ended_at is not null order by started_at desc limit 1`,
    idOrUuid,
  )
  if (!run) throw noMeeting(idOrUuid)
  const people = await rows(
    world.pool,
    "select * from sandbox.zoom_presence where uuid = $1 and place = 'room' order by came_at, seq",
    run.uuid,
  )
  return people.map(({ participant: p, came_at, left_at }) => ({
    id: p.id,
    user_id: p.user_id,
    name: p.user_name,
    user_email: p.email,
    join_time: isoSeconds(came_at),
    leave_time: isoSeconds(left_at ?? run.ended_at),
    duration: Math.round(((left_at ?? run.ended_at).epochMilliseconds - came_at.epochMilliseconds) / 1000),
    failover: false,
    status: 'in_meeting',
    participant_user_id: p.participant_user_id,
    ...(withRegistrants ? { registrant_id: p.registrant_id ?? '' } : {}),
  }))
}

/** Base64 of 16 bytes: may begin with "/" and hold "//". */
export const zoomUuid = (): string => randomBytes(16).toString('base64')

const DEFAULT_SETTINGS = {
  join_before_host: false,
  jbh_time: 0,
  waiting_room: false,
  approval_type: 2,
  registration_type: 1,
  audio: 'both',
}

type MeetingWish = {
  topic?: string
  agenda?: string
  startTime?: Temporal.Instant
  duration?: number
  settings?: Record<string, unknown>
}

function checked(body: Record<string, unknown>): MeetingWish {
  const { topic, agenda, type, start_time, timezone, duration, settings } = body as Record<string, string | undefined>
  const approval = (settings as { approval_type?: number } | undefined)?.approval_type
  if (type !== undefined && ![1, 2, 3, 8, 10].includes(Number(type))) throw invalidField('type', 'Invalid field.')
  if (topic !== undefined && topic.length > 200) throw invalidField('topic', 'The value is too long.')
  if (agenda !== undefined && agenda.length > 2000) throw invalidField('agenda', 'The value is too long.')
  if (duration !== undefined && !(Number(duration) > 0)) throw invalidField('duration', 'Invalid field.')
  if (approval !== undefined && ![0, 1, 2].includes(approval))
    throw invalidField('settings.approval_type', 'Invalid field.')
  const rooms = settings as { waiting_room?: boolean; join_before_host?: boolean } | undefined
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(agenda === undefined ? {} : { agenda }),
    ...(start_time === undefined ? {} : { startTime: startTime(start_time, timezone) }),
    ...(duration === undefined ? {} : { duration: Number(duration) }),
    // A waiting room switches join-before-host off.
    ...(rooms === undefined
      ? {}
      : { settings: rooms.waiting_room ? { ...rooms, join_before_host: false } : { ...rooms } }),
  }
}

// "…Z" is UTC; without it the wall clock of `timezone`.
function startTime(text: string, timezone = 'UTC'): Temporal.Instant {
  try {
    if (text.endsWith('Z')) return Temporal.Instant.from(text)
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timezone).toInstant()
  } catch {
    throw invalidField('start_time', 'Invalid field.')
  }
}

async function spend(world: World, holder: string, most: number): Promise<void> {
  const now = world.clock.now()
  const day = now.toZonedDateTimeISO('UTC').toPlainDate()
  const spent = await row(
    world.pool,
    `insert into sandbox.zoom_quota (day, holder, used) values ($1, $2, 1)
     on conflict (day, holder) do update set used = sandbox.zoom_quota.used + 1 where sandbox.zoom_quota.used < $3 returning used`,
    day,
    holder,
    most,
  )
  if (spent) return
  const midnight = day.add({ days: 1 }).toZonedDateTime('UTC').toInstant().toString()
  throw new ZoomRefusal(
    429,
    429,
    `You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request.`,
    {
      headers: {
        'X-RateLimit-Category': 'Medium',
        'X-RateLimit-Type': 'Daily-limit',
        'X-RateLimit-Limit': String(most),
        'X-RateLimit-Remaining': '0',
        'X-RateLimit-Reset': midnight,
        'Retry-After': midnight,
        date: new Date(now.epochMilliseconds).toUTCString(),
      },
    },
  )
}

async function user(world: World, idOrEmail: string): Promise<Row> {
  const found = await row(world.pool, 'select * from sandbox.zoom_user where id = $1 or email = lower($1)', idOrEmail)
  if (!found) throw new ZoomRefusal(404, 1001, `User does not exist: ${idOrEmail}.`)
  return found
}

async function meeting(world: World, id: string): Promise<Row> {
  const found =
    /^\d{9,12}$/.test(id) &&
    (await row(world.pool, 'select * from sandbox.zoom_meeting where id = $1 and deleted_at is null', id))
  if (!found) throw noMeeting(id)
  return found
}

const userBody = (u: Row) => ({
  id: u.id,
  first_name: u.first_name,
  last_name: u.last_name,
  email: u.email,
  type: u.type,
  status: 'active',
  timezone: 'UTC',
})

async function meetingBody(world: World, c: Context, m: Row): Promise<object> {
  const host = await user(world, m.host_id)
  const running = await row(
    world.pool,
    'select uuid from sandbox.zoom_run where meeting_id = $1 and ended_at is null',
    m.id,
  )
  const origin = new URL(c.req.url).origin
  return {
    uuid: m.uuid,
    id: m.id,
    host_id: m.host_id,
    host_email: host.email,
    topic: m.topic,
    type: 2,
    status: running ? 'started' : 'waiting',
    start_time: isoSeconds(m.start_time),
    duration: m.duration,
    timezone: 'UTC',
    agenda: m.agenda,
    created_at: isoSeconds(m.created_at),
    start_url: `${origin}/s/${m.id}?zak=${Buffer.from(`${m.host_id} ${isoSeconds(world.clock.now())}`).toString('base64url')}`,
    join_url: joinUrl(c, m.id),
    ...(m.settings.approval_type === 2 ? {} : { registration_url: `${origin}/meeting/register/${m.id}` }),
    password: m.password,
    encrypted_password: Buffer.from(m.password).toString('base64url'),
    pre_schedule: false,
    settings: m.settings,
  }
}

const joinUrl = (c: Context, id: number): string => `${new URL(c.req.url).origin}/j/${id}`
const personalUrl = (c: Context, id: number, token: string): string =>
  `${new URL(c.req.url).origin}/w/${id}?tk=${token}`

function paged(all: unknown[], c: Context): object {
  const { size, offset } = page(c)
  return {
    page_size: size,
    total_records: all.length,
    next_page_token: offset + size < all.length ? `p${offset + size}` : '',
  }
}
function pageOf<T>(all: T[], c: Context): T[] {
  const { size, offset } = page(c)
  return all.slice(offset, offset + size)
}
function page(c: Context): { size: number; offset: number } {
  const size = Math.min(Math.max(Number(c.req.query('page_size') ?? 30) || 30, 1), 300)
  return { size, offset: Number(/^p(\d+)$/.exec(c.req.query('next_page_token') ?? '')?.[1] ?? 0) }
}

async function readJson(c: Context): Promise<Record<string, unknown>> {
  try {
    return (await c.req.json()) as Record<string, unknown>
  } catch {
    throw new ZoomRefusal(400, 300, 'Request Body should be a valid JSON object.')
  }
}
