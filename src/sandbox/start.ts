import type { Clock } from '../clock.ts'
import { connectionPool } from '../database/pool.ts'
import { type Fault, openFaults, type Vendor } from './faults.ts'
import { googleCalendar, googleError } from './google-calendar.ts'
import { type Consent, consent, googleOauth, revokeGrants } from './google-oauth.ts'
import { googleActs } from './google-people-acts.ts'
import { type InboxItem, type InboxQuery, inbox, mail } from './inbox.ts'
import { type Listener, listen, vendorApp } from './listen.ts'
import { openQueue } from './queue.ts'
import { createTables, keepPort, lastPort, settings } from './settings.ts'
import { pressSlackButton, slackApi } from './slack.ts'
import { listenSmtp, mailActs } from './smtp.ts'
import { verifySubscriptions } from './subscriptions.ts'
import { graphError, whatsappApi } from './whatsapp-api.ts'
import { whatsappActs } from './whatsapp-people.ts'
import type { SandboxEnvironment, World } from './world.ts'
import { addZoomUser, zoomApi } from './zoom-api.ts'
import { zoomPages } from './zoom-pages.ts'
import { zoomRooms } from './zoom-room.ts'

export type SandboxOptions = {
  databaseUrl: string
  clock: Clock
  /** Where the product listens; webhooks go there. */
  productUrl: string
  /** Credentials the installation sets itself, under their environment names; the rest is invented once and kept. */
  secrets?: Partial<Record<string, string>>
  /** Fixed ports; otherwise the ones of the last start, or any. */
  ports?: Partial<Record<Vendor, number>>
  /** Seed of everything left to chance by a fault's rate. */
  seed?: string
}
export type Sandbox = Awaited<ReturnType<typeof startSandbox>>

type Refusable = Listener & { refuse: (refuse: boolean) => Promise<void> }

/** Starts all five vendors as local servers. Several may run on one database one after the other, not at once. */
export async function startSandbox(options: SandboxOptions) {
  const pool = connectionPool(options.databaseUrl, { max: 6, prepareAll: true })
  await createTables(pool)
  const world: World = {
    pool,
    clock: options.clock,
    productUrl: options.productUrl.replace(/\/$/, ''),
    env: { ...(await settings(pool, options.secrets ?? {})), ...NO_ADDRESSES },
    faults: await openFaults(pool, options.seed ?? 'punctual'),
    nudge: () => {},
  }
  for (const [number, email] of world.env.ZOOM_HOSTS.split(',').entries())
    await addZoomUser(world, { email: email.trim(), name: `Room ${number + 1}` })

  const rooms = zoomRooms(world)
  const servers = await openServers(world, rooms, options.ports ?? {})
  Object.assign(world.env, addresses(servers))
  for (const vendor of VENDORS) await keepPort(pool, vendor, servers[vendor].port)

  const refuseOrNot = async (now: Temporal.Instant) => {
    const refusing = world.faults.refusing(now)
    await Promise.all(VENDORS.map((vendor) => servers[vendor].refuse(refusing.has(vendor))))
  }
  await refuseOrNot(options.clock.now())

  const queue = openQueue(world)
  let closed = false
  // After the answer that caused it is out, as with a real vendor.
  world.nudge = () => void setImmediate(() => closed || queue.deliverDue(options.clock.now()).catch(() => {}))

  return {
    /** All addresses and credentials, under the names of the product's environment. */
    env: world.env as SandboxEnvironment,
    world,

    inbox: (query?: InboxQuery): Promise<InboxItem[]> => inbox(world, query),
    mail: (id: string) => mail(world, id),
    zoomJoin: rooms.join,
    zoomLeave: rooms.leave,
    zoomAdmit: rooms.admit,
    zoomEnd: rooms.end,
    addZoomUser: (who: { email: string; name?: string; licensed?: boolean }) => addZoomUser(world, who),
    whatsapp: whatsappActs(world),
    whatsappReply: (phone: string, reply: { text?: string; button?: string; withoutContext?: boolean }) =>
      whatsappActs(world).reply(phone, reply),
    slackPress: (press: { ts?: string; caseId?: string; actionId: string; user?: string }) =>
      pressSlackButton(world, press),
    email: mailActs(world),
    emailBounce: (email: string, how?: { status?: string }) => mailActs(world).bounce(email, how),
    google: googleActs(world),
    googleEvents: (email: string) => googleActs(world).events(email),
    consent: (authUrl: string, choice: Consent) => consent(world, authUrl, choice),
    revokeGoogle: (email: string) => revokeGrants(world, email),
    verifySubscriptions: () => verifySubscriptions(world),

    async setFault(fault: Fault): Promise<void> {
      await world.faults.set(fault)
      await refuseOrNot(options.clock.now())
    },
    async clearFaults(vendor?: Vendor, kind?: Fault['kind']): Promise<void> {
      await world.faults.clear(vendor, kind)
      await refuseOrNot(options.clock.now())
    },
    faults: () => world.faults.list(),

    /** Sends what is due; also opens the doors of vendors whose time of refusing is over. */
    async deliverDue(now: Temporal.Instant): Promise<number> {
      await refuseOrNot(now)
      return queue.deliverDue(now)
    },
    nextDue: async (): Promise<Temporal.Instant | null> => (await queue.waiting(options.clock.now())).next,
    inFlight: (): number => queue.inFlight(),
    busy: async (): Promise<number> => (await queue.waiting(options.clock.now())).count + queue.inFlight(),
    /** Webhooks that are due at `now` or on their way, and when the next will be: an `advance` waits until the count is 0. */
    async waiting(now: Temporal.Instant): Promise<{ count: number; next: Temporal.Instant | null }> {
      const { count, next } = await queue.waiting(now)
      return { count: count + queue.inFlight(), next }
    },
    async close(): Promise<void> {
      closed = true
      await Promise.all(VENDORS.map((vendor) => servers[vendor].close()))
      await settled(queue.inFlight)
      await pool.end()
    },
  }
}

const VENDORS: Vendor[] = ['google', 'zoom', 'whatsapp', 'slack', 'email']
const NO_ADDRESSES = {
  GOOGLE_API_URL: '',
  GOOGLE_OAUTH_API_URL: '',
  GOOGLE_ACCOUNTS_API_URL: '',
  GOOGLE_PEOPLE_API_URL: '',
  ZOOM_API_URL: '',
  ZOOM_OAUTH_API_URL: '',
  WHATSAPP_API_URL: '',
  SLACK_API_URL: '',
  SMTP_URL: '',
}

async function openServers(
  world: World,
  rooms: ReturnType<typeof zoomRooms>,
  ports: Partial<Record<Vendor, number>>,
): Promise<Record<Vendor, Refusable>> {
  const google = vendorApp(world, 'google', {
    tooMany: () => Response.json(googleError(429, 'rateLimitExceeded', 'Rate Limit Exceeded'), { status: 429 }),
    broken: () => Response.json(googleError(500, 'backendError', 'Internal Error'), { status: 500 }),
    unavailable: () =>
      Response.json(googleError(503, 'backendError', 'The service is currently unavailable.'), { status: 503 }),
    revoked: () => Response.json(googleError(401, 'authError', 'Invalid Credentials'), { status: 401 }),
    spared: /^\/(o\/oauth2|token|revoke)/,
  })
  googleOauth(google, world)
  googleCalendar(google, world)

  const zoom = vendorApp(world, 'zoom', {
    tooMany: () =>
      Response.json(
        { code: 429, message: 'You have reached the maximum per-second rate limit for this API. Try again later.' },
        { status: 429, headers: ZOOM_QPS },
      ),
    broken: () => Response.json({ code: 500, message: 'Internal server error.' }, { status: 500 }),
    unavailable: () => Response.json({ code: 503, message: 'Service unavailable.' }, { status: 503 }),
    revoked: () => Response.json({ code: 124, message: 'Invalid access token.' }, { status: 401 }),
    spared: /^\/(oauth|w|s|j)\//,
  })
  zoomApi(zoom, world)
  zoomPages(zoom, world, rooms)

  const whatsapp = vendorApp(world, 'whatsapp', {
    tooMany: () => Response.json(graphError(130429, 'Rate limit hit'), { status: 429 }),
    broken: () => Response.json(graphError(131000, 'Something went wrong'), { status: 500 }),
    unavailable: () => Response.json(graphError(131016, 'Service unavailable'), { status: 503 }),
    revoked: () =>
      Response.json(graphError(190, 'Error validating access token: The session has been invalidated.'), {
        status: 401,
      }),
  })
  whatsappApi(whatsapp, world)

  const slack = vendorApp(world, 'slack', {
    tooMany: () =>
      Response.json({ ok: false, error: 'ratelimited' }, { status: 429, headers: { 'Retry-After': '30' } }),
    broken: () => Response.json({ ok: false, error: 'internal_error' }, { status: 500 }),
    unavailable: () => Response.json({ ok: false, error: 'service_unavailable' }),
    revoked: () => Response.json({ ok: false, error: 'token_revoked' }),
    spared: /^\/actions\//,
  })
  slackApi(slack, world)

  const port = async (vendor: Vendor) => ports[vendor] ?? (await lastPort(world.pool, vendor))
  return {
    google: await listen(google, await port('google')),
    zoom: await listen(zoom, await port('zoom')),
    whatsapp: await listen(whatsapp, await port('whatsapp')),
    slack: await listen(slack, await port('slack')),
    email: await listenSmtp(world, await port('email')),
  }
}

const ZOOM_QPS = { 'X-RateLimit-Category': 'Light', 'X-RateLimit-Type': 'QPS', 'X-RateLimit-Remaining': '0' }

function addresses(servers: Record<Vendor, Listener>) {
  const at = (vendor: Vendor) => `http://127.0.0.1:${servers[vendor].port}`
  return {
    GOOGLE_API_URL: at('google'),
    GOOGLE_OAUTH_API_URL: at('google'),
    GOOGLE_ACCOUNTS_API_URL: at('google'),
    GOOGLE_PEOPLE_API_URL: at('google'),
    ZOOM_API_URL: `${at('zoom')}/v2`,
    ZOOM_OAUTH_API_URL: at('zoom'),
    WHATSAPP_API_URL: `${at('whatsapp')}/v23.0`,
    SLACK_API_URL: `${at('slack')}/api`,
    SMTP_URL: `smtp://127.0.0.1:${servers.email.port}`,
  }
}

// What is on its way when we close gets its time to arrive: at most the longest patience of a vendor.
async function settled(inFlight: () => number): Promise<void> {
  for (let waited = 0; inFlight() > 0 && waited < 10_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20))
}
