// The sweep of 500 woken sessions, facts, settlement, ledger and deliveries included, with 100,000 and with 1,000,000
// stored sessions, in turn within every round. Also shows that the claim reads the partial index.
// Run: node bench/sweep.ts    (STORED=200000 for a quicker, weaker answer)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { readConfig } from '../src/config.ts'
import { startEmbedded } from '../src/database/embedded.ts'
import type { Database } from '../src/database/pool.ts'
import { sessions, sweep } from '../src/effects/reconcile.ts'
import { median, NOW } from './lib/pairs.ts'
import { storedDatabase } from './lib/stored.ts'
import { report } from './report.ts'

const STORED = Number(process.env.STORED ?? 1_000_000)
const ROUNDS = Number(process.env.ROUNDS ?? 25)
// They pay for empty caches, here and in PostgreSQL, and for code that is not compiled yet.
const WARM_UP = 3
const BATCH = 500
const PEOPLE = 20_000

const dir = mkdtempSync(join(tmpdir(), 'punctual-bench-'))
const server = await startEmbedded(dir, { settings: { fsync: 'off', max_wal_size: '4GB', shared_buffers: '512MB' } })
try {
  const fresh = BATCH * (WARM_UP + ROUNDS + 1)
  const small = await stored(STORED / 10, fresh)
  const large = await stored(STORED, fresh)
  const figures = { small: [] as number[], large: [] as number[] }
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const turns = [
      async () => figures.small.push(await timed(small)),
      async () => figures.large.push(await timed(large)),
    ]
    for (const turn of round % 2 ? turns.reverse() : turns) await turn()
  }
  const plan = await claimPlan(large)
  console.log(`claim with ${STORED} stored: ${plan}`)
  if (!plan.includes('session_wake')) process.exitCode = 1
  report(`sweep of ${BATCH}, ${STORED} stored against ${STORED / 10}`, {
    ours: median(figures.large.slice(WARM_UP)),
    limit: median(figures.small.slice(WARM_UP)),
    unit: 'ms',
    goal: '1.25 at most',
    met: (ratio) => ratio <= 1.25,
  })
  await small.destroy()
  await large.destroy()
} finally {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
}

/** Wakes 500 sessions that nobody has looked at yet, and looks at them. */
async function timed(db: Database): Promise<number> {
  await sql`
    update session set wake_at = ${NOW} from (select id from session where wake_at is null and settle_error = 'new' limit ${BATCH}) fresh
    where session.id = fresh.id`.execute(db)
  const config = readConfig({ PUNCTUAL_SECRET: 's'.repeat(40) })
  const started = performance.now()
  const looked = await sweep(
    { db },
    sessions({ config, vendors: { whatsapp: {} as never, email: {} as never } }),
    NOW,
    BATCH,
  )
  const took = performance.now() - started
  if (looked !== BATCH) throw new Error(`The sweep looked at ${looked} sessions instead of ${BATCH}.`)
  return took
}

async function claimPlan(db: Database): Promise<string> {
  const { rows } = await sql<{ 'QUERY PLAN': string }>`
    explain (costs off) select id from session where wake_at <= ${NOW} order by wake_at limit ${BATCH} for update skip locked`.execute(
    db,
  )
  return rows.map((row) => row['QUERY PLAN'].trim()).join(' / ')
}

async function stored(count: number, fresh: number): Promise<Database> {
  const { db } = await storedDatabase(server.url, count, PEOPLE, fresh)
  await sql`create index bench_new on session (id) where settle_error = 'new'`.execute(db)
  return db
}
