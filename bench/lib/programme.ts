import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectionPool } from '../../src/database/pool.ts'
import { newId } from '../../src/ids.ts'
import { cellAt, NOW } from './pairs.ts'

const CONFIG = {
  timeZone: 'UTC',
  weekly: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })),
  overrides: [],
  absences: [],
  sessionMinutes: 30,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  minimumNoticeMinutes: 60,
  horizonDays: 60,
  calendarPolicy: 'refuse',
}

/** A server of its own with fsync on, and a Zoom programme of `count` pairs, every mentor with a Zoom user of their own. */
export async function programmeOf(count: number) {
  const dir = mkdtempSync(join(tmpdir(), 'punctual-bench-'))
  const server = await startEmbedded(dir, { settings: { max_connections: '120' } })
  await migrate(server.url, { mode: 'sandbox', now: NOW })
  const pool = connectionPool(server.url, { max: 40, statementTimeout: 0, lockTimeout: 0 })
  const ids = () => Array.from({ length: count }, newId)
  const programmeId = newId()
  const mentors = ids()
  const mentees = ids()
  const at = NOW.toString()

  await pool.query(
    `insert into programme (id, name, booking, room, created_at) values ($1, 'Bench', 'assigned', 'zoom', $2)`,
    [programmeId, at],
  )
  await pool.query(
    `insert into account (id, email, name, time_zone, created_at) select id, id || '@example.org', 'Somebody', 'UTC', $2 from unnest($1::uuid[]) id`,
    [[...mentors, ...mentees], at],
  )
  await pool.query(
    `insert into user_calendar_config (account_id, config, version, updated_at, updated_by) select id, $2, 1, $3, 'bench' from unnest($1::uuid[]) id`,
    [mentors, JSON.stringify(CONFIG), at],
  )
  await pool.query(
    `insert into zoom_host (id, zoom_user, account_id) select host, host || '@zoom', mentor from unnest($1::uuid[], $2::uuid[]) w (host, mentor)`,
    [ids(), mentors],
  )
  await pool.query(
    `insert into mentorship (id, programme_id, mentor_id, mentee_id, starts_on, created_at)
     select id, $4, mentor, mentee, '2026-01-01', $5 from unnest($1::uuid[], $2::uuid[], $3::uuid[]) w (id, mentor, mentee)`,
    [ids(), mentors, mentees, programmeId, at],
  )
  await pool.query(
    'create table bare (id uuid primary key, mentor_id uuid not null, mentee_id uuid not null, starts_at timestamptz not null, ends_at timestamptz not null)',
  )
  await pool.query('vacuum analyze')
  return {
    url: server.url,
    pool,
    programmeId,
    mentors,
    mentees,
    stop: async () => {
      await pool.end()
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export type Programme = Awaited<ReturnType<typeof programmeOf>>

/** The physical limit: one row into a table with a primary key, committed. */
export const insertBare = ({ pool }: Programme, mentor: string, mentee: string, cell: number) =>
  pool.query({
    name: 'bare',
    text: 'insert into bare (id, mentor_id, mentee_id, starts_at, ends_at) values ($1, $2, $3, $4, $5)',
    values: [newId(), mentor, mentee, cellAt(cell), cellAt(cell + 1)],
  })

/** The product's own statement, as `booking/book.ts` sends it; answers false when the time was taken. */
export async function bookInSql(
  { pool, programmeId }: Programme,
  mentor: string,
  mentee: string,
  cell: number,
): Promise<boolean> {
  const session = newId()
  const values = [
    NOW.toString(),
    'bench',
    [],
    session,
    newId(),
    programmeId,
    null,
    null,
    null,
    mentor,
    mentee,
    cellAt(cell),
    cellAt(cell + 1),
    cellAt(cell + 1),
    'zoom',
    null,
    [],
    null,
    null,
    null,
    null,
    null,
    [newId(), newId(), newId(), newId(), newId()],
    Number.parseInt(session.slice(-8), 16),
    null,
    null,
  ]
  // Not `pool.query`: it throws the connection away after every refusal, which the product does not.
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ booked: boolean }>({ name: 'book', text: BOOK, values })
    return rows[0]?.booked === true
  } catch (error) {
    if ((error as { code?: string }).code === 'PN001') return false
    throw error
  } finally {
    client.release()
  }
}

const BOOK = `select book(${Array.from({ length: 26 }, (_, index) => `$${index + 1}`).join(', ')}) as booked`
