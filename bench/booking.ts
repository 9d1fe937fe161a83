// Bookings a second at 16 clients, fsync on: one whole booking (commitments of mentor, mentee and host, session, booking,
// participants, first revision) against one bare insert, and the same through HTTP, in turn within every round. The HTTP part is
// the whole app behind a real socket, its clients in a process of their own on the same two cores; the worker stands still, its work
// is measured by sweep.ts. All sides use the product's pool and prepared statements. Beside them, the same bare insert behind the same
// HTTP library, without anything of the product's: how much of the last figure is HTTP's on this machine; and the eight rows of a
// booking with nothing but keys and the exclusion constraint: what the rest of the promises costs.
// First the same bookings on an installation that nobody has analyzed: the last thousand of 10,000 against the first.
// Run: node bench/booking.ts
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { createApp } from '../src/app.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { connect } from '../src/database/pool.ts'
import type { House } from '../src/http.ts'
import { vendorsOf } from '../src/vendors/vendors.ts'
import { type Ran, startClients } from './lib/booking-clients.ts'
import { eightRows } from './lib/eight-rows.ts'
import { cellAt, median, NOW, pairOf, perSecond } from './lib/pairs.ts'
import { bookInSql, insertBare, programmeOf } from './lib/programme.ts'
import { report } from './report.ts'

const CLIENTS = 16
const ROUNDS = Number(process.env.ROUNDS ?? 7)
const MS = 1_500
const PEOPLE = 4_000
const TOKEN = 'bench-token-of-this-run'

let counter = 0
const programme = await programmeOf(PEOPLE)
const least = await eightRows(programme)
const served = await serve(appOf(programme.url))
const peer = await serve({ fetch: insertThroughHono().fetch, close: () => {} })
try {
  const bare: number[] = []
  const rows: number[] = []
  const sql: number[] = []
  const http: number[] = []
  const bareHttp: number[] = []
  const turns = [
    async () => bare.push(await perSecond(CLIENTS, MS, () => insertBare(programme, ...nextPair()))),
    async () => rows.push(await perSecond(CLIENTS, MS, () => least(...nextPair()))),
    async () => sql.push(await perSecond(CLIENTS, MS, () => bookInSql(programme, ...nextPair()))),
    async () => http.push((await bookThroughHttp({ ms: MS })).perSecond),
    async () => bareHttp.push((await peer.clients.run({ from: counter, ms: MS })).perSecond),
  ]
  await measureGrowth()
  // Autovacuum would come within a minute, into the middle of a round; here it is done at once.
  await programme.pool.query('vacuum analyze')
  for (const turn of turns) await turn()
  for (const figures of [bare, rows, sql, http, bareHttp]) figures.length = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < turns.length; i++) await turns[(i + round) % turns.length]?.()
  }
  const limit = median(bare)
  report('booking in SQL, 16 clients', {
    ours: median(sql),
    limit,
    unit: 'a second',
    goal: '0.25 at least',
    met: (ratio) => ratio >= 0.25,
  })
  report('booking through HTTP, 16 clients', {
    ours: median(http),
    limit,
    unit: 'a second',
    goal: '0.15 at least',
    met: (ratio) => ratio >= 0.15,
  })
  const ofLeast = median(rows)
  console.log(
    `the eight rows of a booking with keys and exclusion alone: ${ofLeast.toFixed(0)} a second, ratio ${(ofLeast / limit).toFixed(2)}; a booking is ${(median(sql) / ofLeast).toFixed(2)} of it`,
  )
  const ofPeer = median(bareHttp)
  console.log(
    `a bare insert through HTTP, 16 clients: ${ofPeer.toFixed(0)} a second, ratio ${(ofPeer / limit).toFixed(2)}; a booking is ${(median(http) / ofPeer).toFixed(2)} of it`,
  )
} finally {
  served.close()
  peer.close()
  await programme.stop()
}

/** A new database plans for empty tables: what it does ten thousand bookings later must not cost twice as much. */
async function measureGrowth(): Promise<void> {
  await programme.pool.query(`select pg_clear_relation_stats(schemaname, relname) from pg_stat_user_tables`)
  const perBooking: number[] = []
  for (let thousand = 0; thousand <= 10; thousand++) {
    const { ms } = await bookThroughHttp({ calls: 1_000 })
    // The first thousand only warms the connections up.
    if (thousand > 0) perBooking.push(ms / 1_000)
  }
  report('a booking through HTTP, after 10,000', {
    ours: perBooking.at(-1) as number,
    limit: perBooking[0] as number,
    unit: 'ms',
    goal: '2 at most',
    met: (ratio) => ratio <= 2,
  })
}

function nextPair(): [string, string, number] {
  return pairOf(programme, counter++)
}

async function bookThroughHttp(until: { ms: number } | { calls: number }): Promise<Ran> {
  const ran = await served.clients.run({ from: counter, ...until })
  counter = ran.next
  return ran
}

/** The least that a server of this kind can do for a booking: read its body, insert one row, say 201. */
function insertThroughHono(): Hono {
  const cell = (at: string) =>
    (Date.parse(at) - Date.parse(cellAt(0))) / (Date.parse(cellAt(1)) - Date.parse(cellAt(0)))
  return new Hono().post('/api/v1/bookings', async (c) => {
    const { mentorId, menteeId, startsAt } = await c.req.json()
    await insertBare(programme, mentorId, menteeId, cell(startsAt))
    return c.json({ mentorId, menteeId, startsAt }, 201)
  })
}

function appOf(url: string) {
  const db = connect(url, { max: CLIENTS })
  const config = readConfig({ PUNCTUAL_SANDBOX_TOKEN: TOKEN })
  const house: House = {
    db,
    clock: new StandingClock(NOW),
    config,
    nudge: () => {},
    onChange: () => () => {},
    log: () => {},
  }
  return { fetch: createApp(house, vendorsOf(config)).fetch, close: () => void db.destroy() }
}

async function serve(app: { fetch: Hono['fetch']; close: () => void }) {
  const server = createServer(getRequestListener(app.fetch))
  // The sockets stand still while the other turns run.
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { mentors, mentees } = programme
  const clients = await startClients({ port, token: TOKEN, clients: CLIENTS, mentors, mentees })
  return {
    clients,
    close: () => {
      clients.stop()
      server.close()
      app.close()
    },
  }
}
