// The sweep of 500 woken sessions, facts, settlement, ledger and deliveries included, with 100,000 and with 1,000,000
// stored sessions, in turn within every round. Also shows that the claim reads the partial index.
// Run: node bench/sweep.ts    (STORED=200000 for a quicker, weaker answer)
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { readConfig } from '../src/config.ts'
import { startEmbedded } from '../src/database/embedded.ts'
import { migrate } from '../src/database/migrate.ts'
import { connect, type Database } from '../src/database/pool.ts'
import { sessions, sweep } from '../src/effects/reconcile.ts'
import { median } from './lib/pairs.ts'
import { report } from './report.ts'

const STORED = Number(process.env.STORED ?? 1_000_000)
const ROUNDS = Number(process.env.ROUNDS ?? 25)
// They pay for empty caches, here and in PostgreSQL, and for code that is not compiled yet.
const WARM_UP = 3
const BATCH = 500
const PEOPLE = 20_000
const NOW = Temporal.Instant.from('2026-03-08T12:00:00Z')

const dir = mkdtempSync(join(tmpdir(), 'punctual-bench-'))
const server = await startEmbedded(dir, { settings: { fsync: 'off', max_wal_size: '4GB', shared_buffers: '512MB' } })
try {
  const small = await stored(STORED / 10)
  const large = await stored(STORED)
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

/** A year's worth of past sessions with their people, revisions and ledger, and 500 for each round that are new. */
async function stored(count: number): Promise<Database> {
  const name = `sweep_${randomBytes(4).toString('hex')}`
  const admin = connect(server.url)
  await sql.raw(`create database ${name}`).execute(admin)
  await admin.destroy()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  await migrate(url.href, { mode: 'sandbox', now: NOW })
  const db = connect(url.href, { statementTimeout: 0, lockTimeout: 0, idleInTransactionTimeout: 0 })
  const fresh = BATCH * (WARM_UP + ROUNDS + 1)
  // Foreign keys are looked up for nothing when every row is made from another one here.
  await db.connection().execute(async (one) => {
    await sql`set session_replication_role = replica`.execute(one)
    await sql`insert into programme (id, name, created_at) values (uuidv7(), 'Bench', ${NOW})`.execute(one)
    await sql`
      insert into account (id, email, name, phone_e164, time_zone, created_at)
      select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.org', 'Somebody', '+49170' || (1000000 + n), 'Asia/Kolkata', ${NOW}
      from generate_series(1, ${PEOPLE}) n`.execute(one)
    await sql`insert into consent (id, account_id, channel, granted_at, source) select uuidv7(), id, 'whatsapp', created_at, 'bench' from account`.execute(
      one,
    )
    await sql`
      insert into session (id, programme_id, starts_at, ends_at, room, scheduled_at, created_at, created_by, published_at, settle_error)
      select uuidv7(), (select id from programme), at, at + interval '30 minutes', 'zoom', made, made, 'bench', made, case when n <= ${fresh} then 'new' end
      from generate_series(1, ${count}) n, lateral (select
        case when n <= ${fresh} then ${NOW}::timestamptz + interval '2 days' + n * interval '1 second' else ${NOW}::timestamptz - n * interval '30 seconds' end as at,
        case when n <= ${fresh} then ${NOW}::timestamptz else ${NOW}::timestamptz - n * interval '30 seconds' - interval '3 days' end as made) times`.execute(
      one,
    )
    await sql`
      insert into session_participant (id, session_id, account_id, role, joined_at)
      select uuidv7(), s.id, ('00000000-0000-7000-8000-' || lpad((1 + (s.n * 2 + r.offset_) % ${PEOPLE})::text, 12, '0'))::uuid, r.role, s.created_at
      from (select id, created_at, row_number() over () as n from session) s, (values ('mentor', 0), ('mentee', 1)) r (role, offset_)`.execute(
      one,
    )
    await sql`
      insert into session_revision (session_id, revision, starts_at, ends_at, room, made_at, made_by, cause)
      select id, 1, starts_at, ends_at, room, created_at, 'bench', 'booked' from session`.execute(one)
    await sql`
      insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at)
      select p.session_id, 'booked:' || p.id || '@1', 'session', 'send', 'booked', p.account_id, s.created_at, s.starts_at, s.created_at
      from session_participant p join session s on s.id = p.session_id where s.settle_error is null`.execute(one)
    await sql`set session_replication_role = origin`.execute(one)
  })
  await sql`create index bench_new on session (id) where settle_error = 'new'`.execute(db)
  await sql`vacuum analyze`.execute(db)
  // What building the table left to be written must not fall into a round.
  await sql`checkpoint`.execute(db)
  return db
}
