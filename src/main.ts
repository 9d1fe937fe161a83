import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { sql } from 'kysely'
import { type Clock, DatabaseClock, machineNow } from './clock.ts'
import { runCommand } from './commands/commands.ts'
import { type Config, readConfig } from './config.ts'
import { roleIn } from './database/app-role.ts'
import type { OpenDatabase } from './database/embedded/beside.ts'
import { startEmbedded } from './database/embedded.ts'
import { migrate } from './database/migrate.ts'
import { connect, type Database } from './database/pool.ts'
import type { Worker } from './effects/worker.ts'
import type { House } from './http.ts'
import { limitConnections, PORT_LIMITS } from './port-limits.ts'
import { leaveAddress } from './running-address.ts'
import type { OpenSandbox } from './sandbox/open.ts'
import type { Vendors } from './vendors/vendors.ts'
import type { WhatsappTemplate } from './vendors/whatsapp.ts'
import type { TemplateDefinition } from './words/templates.ts'

/** The only file that wires: database, clock, vendors, app, worker, shutdown. */

export type Running = {
  url: string
  databaseUrl: string
  house: House
  worker: Worker
  sandbox: (OpenSandbox & { advanceTo(to: Temporal.Instant): Promise<Temporal.Instant> }) | null
  stop(): Promise<void>
}

export type StartOptions = {
  /** Where a new sandbox's clock begins. */
  clockStart?: Temporal.Instant
  /** Settings of the embedded server, e.g. fsync off for a rehearsal that nobody will miss. */
  databaseSettings?: Record<string, string>
}

/** The Sunday before the demo programme's week. */
const DEMO_START = Temporal.Instant.from('2026-03-22T12:00:00Z')

/** A page may still be loading, a vendor still answering; then whoever holds on is let go. */
const GRACE_MS = 5_000

/** Until the database's own processes run; from then on this one would only wait for them. */
const DATABASE_HEAD_START_MS = 30

/** Starts everything on `env` and resolves when it serves. Throws with a sentence when it cannot, and leaves nothing open. */
export async function startPunctual(
  env: Record<string, string | undefined>,
  options: StartOptions = {},
): Promise<Running> {
  const given = readConfig(env)
  const opened: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const server = createServer(PORT_LIMITS, (_, answer) =>
      answer.writeHead(503, { 'retry-after': '1' }).end('Punctual is starting.'),
    )
    limitConnections(server)
    const address = await listen(server, given)
    opened.push(() => closeServer(server))
    const [{ databaseUrl, ownerUrl, app: role }, rooms] = await Promise.all([
      openDatabase(given, options.databaseSettings).then((database) => {
        opened.push(database.close)
        return database
      }),
      readRooms(given),
    ])
    await migrate(ownerUrl, { mode: given.PUNCTUAL_MODE, now: machineNow(), ...(role ? { app: role } : {}) })
    const db = connect(databaseUrl)
    opened.push(() => db.destroy())

    const publicUrl = given.PUNCTUAL_URL ?? address
    const sandbox =
      given.PUNCTUAL_MODE === 'sandbox'
        ? await openSandbox(db, ownerUrl, address, env, options.clockStart ?? DEMO_START)
        : null
    if (sandbox) opened.push(() => sandbox.close())
    await sandbox?.knowHosts()
    const config: Config = {
      ...readConfig({ ...sandbox?.environment, ...present(env) }),
      PUNCTUAL_SECRET: given.PUNCTUAL_SECRET ?? (await keptSecret(db)),
      PUNCTUAL_URL: publicUrl,
    }

    const vendors = rooms.vendorsOf(config)
    const clock = sandbox?.clock ?? (await liveClock(db, opened))
    const log = logger(config, rooms)
    const health = rooms.vendorHealth(clock)
    const listeners = new Set<() => void>()
    const house: House = {
      db,
      clock,
      config,
      log,
      ...(sandbox
        ? {
            addressees: {
              zoomAccount: given.ZOOM_ACCOUNT_ID,
              whatsappPhone: given.WHATSAPP_PHONE_NUMBER_ID,
              whatsappBusiness: given.WHATSAPP_BUSINESS_ACCOUNT_ID,
            },
          }
        : {}),
      nudge: () => worker.nudge(),
      rests: health.secondsToRest,
      onChange: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    // Before the first message: one whose template is unknown is refused for good.
    const handedIn = await vendors.whatsapp?.registerTemplates(rooms.templates().map(forApproval))
    if (handedIn && !handedIn.ok) log('templates_not_registered', { code: handedIn.code })
    await recordAbsence(db, clock, rooms)
    const worker = rooms.startWorker({
      db,
      databaseUrl,
      clock,
      config,
      vendors,
      health,
      secret: config.PUNCTUAL_SECRET as string,
      publicUrl,
      freeTimes: (who, now, count) => rooms.nextFreeTimes(house, who, now, count),
      // A moved clock stops at many instants, and asking every vendor at each of them would be most of the way: hints come all the same.
      chores: [
        ...rooms.calendarChores(house, vendors),
        ...rooms.bookingChores(house),
        ...rooms.meetingsChores(house),
        ...rooms.messagesChores(house),
      ].map((chore) => (sandbox && chore.polls ? { ...chore, every: { hours: 3 } } : chore)),
      onChange: () => {
        for (const listener of listeners) listener()
      },
      log,
    })
    opened.push(() => worker.stop())
    const time = sandbox?.connect(worker)

    const app = rooms.createApp(house, vendors, time?.routes(house))
    server.removeAllListeners('request')
    server.on('request', getRequestListener(app.fetch))
    if (!given.DATABASE_URL) {
      const takeBack = leaveAddress(given, publicUrl)
      opened.push(async () => takeBack())
    }

    return {
      url: publicUrl,
      databaseUrl,
      house,
      worker,
      sandbox: sandbox && time ? { ...sandbox, advanceTo: time.advanceTo } : null,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** DATABASE_URL with the owner's beside it, else a PostgreSQL of our own in the data folder. */
export async function openDatabase(config: Config, settings: Record<string, string> = {}): Promise<OpenDatabase> {
  if (config.DATABASE_URL) {
    const ownerUrl = config.DATABASE_OWNER_URL ?? config.DATABASE_URL
    const name = roleIn(config.DATABASE_URL, ownerUrl)
    return { databaseUrl: config.DATABASE_URL, ownerUrl, ...(name ? { app: { name } } : {}), close: async () => {} }
  }
  const embedded = await startEmbedded(join(config.PUNCTUAL_DATA_DIR, 'database'), { settings })
  return { databaseUrl: embedded.appUrl, ownerUrl: embedded.url, app: embedded.app, close: embedded.stop }
}

/** For a command beside the running app: its vendors, or simulators of its own on the same state. */
async function vendorsFor(
  db: Database,
  ownerUrl: string,
  config: Config,
): Promise<{ vendors: Vendors; close: () => Promise<void> }> {
  const { vendorsOf } = await import('./vendors/vendors.ts')
  if (config.PUNCTUAL_MODE === 'live') return { vendors: vendorsOf(config), close: async () => {} }
  const sandbox = await openSandbox(db, ownerUrl, config.PUNCTUAL_URL ?? 'http://127.0.0.1:9', process.env, DEMO_START)
  return { vendors: vendorsOf(readConfig({ ...sandbox.environment, ...present(process.env) })), close: sandbox.close }
}

type Rooms = Awaited<ReturnType<typeof readRooms>>

/** What is wired above. Reading our sources takes as long as starting a database: the one is begun, then the other is done meanwhile. */
async function readRooms({ PUNCTUAL_MODE }: Config) {
  await pause(DATABASE_HEAD_START_MS)
  if (PUNCTUAL_MODE === 'sandbox') await import('./sandbox/open.ts')
  return {
    ...(await import('pino')),
    ...(await import('./app.ts')),
    ...(await import('./booking/follow-calendars.ts')),
    ...(await import('./booking/free-times.ts')),
    ...(await import('./calendar/chores.ts')),
    ...(await import('./effects/vendor-health.ts')),
    ...(await import('./effects/worker.ts')),
    ...(await import('./meetings/chores.ts')),
    ...(await import('./meetings/evidence-gap.ts')),
    ...(await import('./messages/decline.ts')),
    ...(await import('./vendors/vendors.ts')),
    ...(await import('./words/templates.ts')),
  }
}

// The sandbox is loaded only in its mode: a live installation never even reads its code.
const openSandbox = async (
  ...given: Parameters<typeof import('./sandbox/open.ts').openSandbox>
): Promise<OpenSandbox> => (await import('./sandbox/open.ts')).openSandbox(...given)

/** A folder's scenario on a throw-away sandbox. */
const rehearse = async (folder: string) => (await import('./sandbox/rehearse.ts')).rehearse(folder, startPunctual)

const present = (env: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))

async function listen(server: Server, { HOST, PORT }: Config): Promise<string> {
  server.listen(PORT, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const host = ['0.0.0.0', '::'].includes(HOST) ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST
  return `http://${host}:${port}`
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS)
  await closed
  clearTimeout(cut)
}

/** Links, buttons and sealed tokens must survive a restart: without PUNCTUAL_SECRET the sandbox keeps its own. */
async function keptSecret(db: Database): Promise<string> {
  const fresh = randomBytes(32).toString('base64url')
  const { rows } = await sql<{ secret: string }>`
    update installation set secrets = jsonb_build_object('link', ${fresh}::text) || secrets returning secrets ->> 'link' as secret`.execute(
    db,
  )
  return rows[0]!.secret
}

/** Live, `now` is the database's: asked at the start and then every 30 s, far below what clocks drift apart. */
async function liveClock(db: Database, opened: (() => Promise<unknown>)[]): Promise<DatabaseClock> {
  const clock = new DatabaseClock()
  const correct = async (): Promise<void> => {
    const asked = machineNow()
    const { rows } = await sql<{ now: Temporal.Instant }>`select clock_timestamp() as now`.execute(db)
    clock.correct(rows[0]!.now, asked, machineNow())
  }
  await correct()
  const timer = setInterval(() => correct().catch(() => {}), 30_000)
  opened.push(async () => clearInterval(timer))
  return clock
}

/** While no process ran, Zoom's events may have been lost for good: nobody is called absent over that hole. */
async function recordAbsence(db: Database, clock: Clock, rooms: Rooms): Promise<void> {
  const { rows } = await sql<{ last: Temporal.Instant | null }>`select max(last_at) as last from chore`.execute(db)
  if (rows[0]?.last) await rooms.recordDowntime(db, rows[0].last, clock.now())
}

/** Our definition of a message in the shape in which WhatsApp takes it for approval. */
const forApproval = ({ name, language, category, body, example, buttons }: TemplateDefinition): WhatsappTemplate => ({
  name,
  language,
  category,
  components: [
    { type: 'BODY', text: body, ...(example.length > 0 ? { example: { body_text: [example] } } : {}) },
    ...(buttons.length > 0
      ? [
          {
            type: 'BUTTONS' as const,
            buttons: buttons.map(({ title }) => ({ type: 'QUICK_REPLY' as const, text: title })),
          },
        ]
      : []),
  ],
})

function logger({ LOG_LEVEL, PUNCTUAL_MODE }: Config, { pino }: Rooms): House['log'] {
  // Somebody who tries the sandbox looks at its pages; the terminal keeps showing where they are.
  const log = pino({ level: LOG_LEVEL ?? (PUNCTUAL_MODE === 'live' ? 'info' : 'error'), base: null })
  return (event, fields = {}) =>
    log[event.endsWith('_crashed') || event.endsWith('_failed') ? 'error' : 'info'](fields, event)
}

if (import.meta.main)
  process.exitCode = await runCommand(process.argv.slice(2), { startPunctual, openDatabase, vendorsFor, rehearse })
