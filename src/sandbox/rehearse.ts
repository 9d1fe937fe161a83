import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { invalid } from '../errors.ts'
import { exampleClock, loadExample } from '../people/example.ts'
import { connectCalendars } from './rehearse/calendars.ts'
import { type Expectation, perform } from './rehearse/perform.ts'
import { printed, type Sums, type Told } from './rehearse/printed.ts'
import { brokenPromises, type Promised } from './rehearse/promises.ts'
import { readScenario } from './rehearse/scenario.ts'
import { type Playhouse, type Stage, setStage } from './rehearse/stage.ts'

type Start = (
  env: Record<string, string>,
  options: { clockStart?: Temporal.Instant; databaseSettings?: Record<string, string> },
) => Promise<Omit<Playhouse, 'sandbox'> & { sandbox: Playhouse['sandbox'] | null }>

export type Rehearsal = {
  /** Every expectation holds, every promise stands, and there was something to expect. */
  ok: boolean
  text: string
  json: {
    sessions: { id: string; timeline: unknown }[]
    expectations: { name: string; ok: boolean; saw: string }[]
    sent: { whatsapp: number; email: number; slack: number }
  }
}

/** Nobody will miss this database: what a crash would lose is made again by the next rehearsal. */
const THROW_AWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** Calendars are read this far: a scenario is about days. */
const CALENDARS_REACH = { hours: 24 * 35 }

/**
 * Plays `folder/scenario.json` with the folder's people on a fresh sandbox: the real system, real HTTP and SMTP, its own
 * database, simulated vendors, a clock that jumps. Throws `invalid` that names every mistake in the folder's files.
 */
export async function rehearse(folder: string, start: Start): Promise<Rehearsal> {
  const began = performance.now()
  const scenario = readScenario(await textOf(join(folder, 'scenario.json')))
  const clockStart = (await exampleClock(folder)) ?? undefined
  const dataFolder = await mkdtemp(join(tmpdir(), 'punctual-rehearsal-'))
  const token = randomBytes(24).toString('base64url')
  const env = {
    PORT: '0',
    PUNCTUAL_MODE: 'sandbox',
    PUNCTUAL_DATA_DIR: dataFolder,
    PUNCTUAL_SANDBOX_TOKEN: token,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
  }
  try {
    const running = await start(env, { ...(clockStart ? { clockStart } : {}), databaseSettings: THROW_AWAY })
    try {
      if (!running.sandbox) throw new Error('A rehearsal needs the sandbox.')
      await loadExample(running.house.db, folder, running.house.clock.now())
      await running.sandbox.knowHosts()
      const stage = await setStage({ ...running, sandbox: running.sandbox }, token)
      await connectCalendars(stage, folder, stage.now().add(CALENDARS_REACH))
      const expectations = await perform(stage, scenario)
      await stage.rest()
      const promises = await brokenPromises(stage)
      return await report(stage, expectations, promises, began)
    } finally {
      await running.stop()
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
}

async function textOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile())
    throw invalid({ field: path, rule: 'must be a scenario: a folder to rehearse has a scenario.json' })
  return readFile(path, 'utf8')
}

async function report(
  stage: Stage,
  expectations: Expectation[],
  promises: Promised[],
  began: number,
): Promise<Rehearsal> {
  const sessions = await toldSessions(stage)
  const inbox = await stage.inbox()
  const count = (channel: string) => inbox.filter((item) => item.channel === channel).length
  const sent = { whatsapp: count('whatsapp'), email: count('email'), slack: count('slack') }
  const sums: Sums = {
    seconds: Math.round((performance.now() - began) / 100) / 10,
    residentMegabytes: Math.round(process.memoryUsage.rss() / 1024 / 1024),
    lines: [
      ...(await figures(stage)),
      ['messages', `${sent.whatsapp} WhatsApp, ${sent.email} email, ${sent.slack} Slack cards`],
    ],
  }
  const all = [...expectations, ...promises]
  const failed = all.filter(({ ok }) => !ok)
  const closing =
    expectations.length === 0
      ? 'Nothing was expected, so nothing was rehearsed.'
      : failed.length === 0
        ? `All ${expectations.length} expectations hold, and all ${promises.length} promises.`
        : `${failed.length} of ${all.length} did not hold.`
  return {
    ok: expectations.length > 0 && failed.length === 0,
    text: `${printed(sessions, expectations, promises, sums)}\n\n${closing}`,
    json: {
      sessions: sessions.map(({ id, timeline }) => ({ id, timeline })),
      expectations: all.map(({ name, ok, saw }) => ({ name, ok, saw })),
      sent,
    },
  }
}

async function toldSessions(stage: Stage): Promise<(Told & { timeline: unknown })[]> {
  const names = new Map([...stage.sessions].map(([name, { id }]) => [id, name]))
  const everybody = new Map([...stage.people.values()].map(({ id, name }) => [id, name]))
  const sessions: (Told & { timeline: unknown })[] = []
  for (let cursor: string | undefined; ; ) {
    const { body } = await stage.api(
      'GET',
      `/api/v1/sessions?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    )
    for (const session of body.items as Told[]) {
      const timeline = (await stage.api('GET', `/api/v1/sessions/${session.id}/timeline`)).body
      sessions.push({
        ...session,
        name: names.get(session.id) ?? null,
        names: everybody,
        entries: timeline.entries as Told['entries'],
        timeline,
      })
    }
    if (typeof body.nextCursor !== 'string') return sessions
    cursor = body.nextCursor
  }
}

async function figures({ house }: Stage): Promise<[string, string][]> {
  const { rows } = await sql<{ what: string; kind: string; n: number }>`
    select 'bookings' as what, case when cancelled_at is null then 'standing' else 'cancelled' end as kind, count(*)::int as n from user_calendar_booking group by 2
    union all select 'refused', code || coalesce(' (' || (details -> 'conflicts' -> 0 ->> 'layer') || ')', ''), count(*)::int from refused_attempt group by 2
    union all select 'verdicts', verdict, count(*)::int from (
      select distinct on (participant_id) verdict from attendance_verdict order by participant_id, version desc) v group by 2
    union all select 'corrections', 'sent', count(*)::int from notification_trigger_log where meaning = 'correction' and decision = 'send'
    union all select 'cases for ops', kind, count(*)::int from ops_case group by 2
    order by 1, 2`.execute(house.db)
  return [...Map.groupBy(rows, ({ what }) => what)].map(([what, kinds]) => [
    what,
    kinds.map(({ kind, n }) => `${n} ${kind.replaceAll('_', ' ')}`).join(', '),
  ])
}
