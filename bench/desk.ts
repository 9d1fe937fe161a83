// What people of ops ask for, with 200,000 stored sessions against 20,000: every GET route of the API, asked in turn, five times each, once
// with a token for everything and once with one for another programme, to whom all that is stored is to be passed over. The lists have
// limits, so a desk must not get slower with the years. Counted as one figure, the sum of the medians; the slowest are named.
// Numbers are over a range, and the range holds ten times as much: they are not in the sum, and printed beside it.
// Run: node bench/desk.ts    (STORED=1000000 for the long answer)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createApp } from '../src/app.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import { startEmbedded } from '../src/database/embedded.ts'
import { connect } from '../src/database/pool.ts'
import { createToken } from '../src/people/tokens.ts'
import { vendorsOf } from '../src/vendors/vendors.ts'
import { median, NOW } from './lib/pairs.ts'
import { storedDatabase } from './lib/stored.ts'
import { report } from './report.ts'

const STORED = Number(process.env.STORED ?? 200_000)
const PEOPLE = 4_000
const TIMES = 5
const TOKEN = 'bench-token-of-this-run'

const dir = mkdtempSync(join(tmpdir(), 'punctual-bench-'))
const server = await startEmbedded(dir, { settings: { fsync: 'off', max_wal_size: '4GB', shared_buffers: '512MB' } })
try {
  const small = await desk(STORED / 10)
  const large = await desk(STORED)
  const took = new Map<string, { small: number[]; large: number[] }>()
  for (let n = 0; n <= TIMES; n++) {
    for (const path of small.paths) {
      const figures = took.get(path) ?? { small: [], large: [] }
      took.set(path, figures)
      const [s, l] = [await small.ask(path), await large.ask(path)]
      // The first time fills the caches.
      if (n > 0) {
        figures.small.push(s)
        figures.large.push(l)
      }
    }
  }
  const medians = [...took].map(([path, of]) => ({ path, small: median(of.small), large: median(of.large) }))
  for (const one of medians.toSorted((a, b) => b.large - a.large).slice(0, Number(process.env.SHOW ?? 10)))
    console.log(`${one.large.toFixed(1).padStart(9)} ms, with a tenth stored ${one.small.toFixed(1)} ms: ${one.path}`)
  const counted = medians.filter(({ path }) => !path.includes('/numbers'))
  report(`${counted.length} questions of a desk, ${STORED} stored against ${STORED / 10}`, {
    ours: counted.reduce((sum, { large }) => sum + large, 0),
    limit: counted.reduce((sum, { small }) => sum + small, 0),
    unit: 'ms',
    goal: '1.25 at most',
    met: (ratio) => ratio <= 1.25,
  })
  await small.close()
  await large.close()
} finally {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
}

type Described = {
  paths: Record<string, { get?: { parameters?: { name: string; in: string; required?: boolean }[] } }>
}

async function desk(count: number) {
  const { db: made, url } = await storedDatabase(server.url, count, PEOPLE)
  const { rows } = await sql<Record<string, string>>`
    select s.id as sessions, s.programme_id as programmes, p.account_id as people, b.id as bookings,
      (select id from programme where name = 'Another') as another
    from session s join session_participant p on p.session_id = s.id and p.role = 'mentor' join user_calendar_booking b on b.session_id = s.id
    order by s.starts_at desc limit 1`.execute(made)
  const elsewhere = await createToken(
    made,
    { name: 'elsewhere', scopes: ['ops'], programmes: [rows[0]?.another as string], expiresAt: null },
    NOW,
  )
  await made.destroy()
  const db = connect(url, { max: 4, statementTimeout: 0 })
  const config = readConfig({ PUNCTUAL_SANDBOX_TOKEN: TOKEN })
  const clock = new StandingClock(NOW)
  const app = createApp(
    { db, clock, config, nudge: () => {}, onChange: () => () => {}, log: () => {} },
    vendorsOf(config),
  )
  const tokens: Record<string, string> = { everything: TOKEN, elsewhere: elsewhere.token }
  const asked = (question: string) => {
    const [who, path] = question.split(' ') as [string, string]
    return app.request(path, { headers: { authorization: `Bearer ${tokens[who]}` } })
  }
  const described = (await (await app.request('/openapi.json')).json()) as Described
  const ids: Record<string, string> = { ...rows[0], mentors: rows[0]?.people as string }
  const values: Record<string, string> = {
    from: NOW.subtract({ hours: 24 * 7 }).toString(),
    to: NOW.add({ hours: 24 }).toString(),
  }
  const paths: string[] = []
  for (const [path, { get }] of Object.entries(described.paths)) {
    // Streams do not end, and a search that is bent to a person's whole export is no question of a desk.
    if (!get || !path.startsWith('/api/v1/') || /events|export|stream/.test(path)) continue
    if (path.endsWith('/numbers')) continue
    const address = path.replace(/\{\w+\}/, ids[path.split('/')[3] as string] ?? '{}')
    const query = (get.parameters ?? [])
      .filter(
        (one) => one.in === 'query' && values[one.name] && (one.required || one.name === 'from' || one.name === 'to'),
      )
      .map(({ name }) => `${name}=${values[name]}`)
    const full = `${address}${query.length > 0 ? `?${query.join('&')}` : ''}`
    if (full.includes('{')) continue
    // Whoever works elsewhere is refused most; what is not refused is a list.
    for (const question of Object.keys(tokens).map((who) => `${who} ${full}`))
      if ((await asked(question)).status === 200) paths.push(question)
  }
  // A year of numbers, by days of the programme.
  paths.push('everything /api/v1/numbers?from=2025-03-10&to=2026-03-09')
  return {
    paths,
    async ask(path: string): Promise<number> {
      const began = performance.now()
      await (await asked(path)).arrayBuffer()
      return performance.now() - began
    },
    close: () => db.destroy(),
  }
}
