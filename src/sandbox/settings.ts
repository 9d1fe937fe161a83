import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type pg from 'pg'
import { GENERATED, rows } from './world.ts'

export type Settings = Record<(typeof GENERATED)[number], string>

/** The sandbox's own tables; safe to run at every start. */
export async function createTables(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    // Two processes of one installation may start together, and "if not exists" alone is no protection then.
    await client.query('select pg_advisory_lock(7225837)')
    await client.query(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'))
  } finally {
    await client.query('select pg_advisory_unlock(7225837)').catch(() => {})
    client.release()
  }
}

/** Credentials: what the installation sets itself, else what the first start invented and kept. */
export async function settings(pool: pg.Pool, given: Partial<Record<string, string>>): Promise<Settings> {
  const invented: Settings = {
    GOOGLE_CLIENT_ID: `${digits(12)}-sandbox.apps.googleusercontent.com`,
    GOOGLE_CLIENT_SECRET: `GOCSPX-${token(20)}`,
    ZOOM_ACCOUNT_ID: token(22),
    ZOOM_CLIENT_ID: token(22),
    ZOOM_CLIENT_SECRET: token(32),
    ZOOM_WEBHOOK_SECRET_TOKEN: token(22),
    ZOOM_HOSTS: 'room-1@zoom.example,room-2@zoom.example,room-3@zoom.example,room-4@zoom.example',
    WHATSAPP_PHONE_NUMBER_ID: digits(15),
    WHATSAPP_BUSINESS_ACCOUNT_ID: digits(15),
    WHATSAPP_ACCESS_TOKEN: `EAA${token(60)}`,
    WHATSAPP_APP_SECRET: randomBytes(16).toString('hex'),
    WHATSAPP_VERIFY_TOKEN: token(20),
    SLACK_BOT_TOKEN: `xoxb-${digits(12)}-${token(24)}`,
    SLACK_SIGNING_SECRET: randomBytes(16).toString('hex'),
    SLACK_OPS_CHANNEL: 'C0PUNCTUAL0',
    MAIL_FROM: 'Punctual <sessions@punctual.example>',
    MAIL_WEBHOOK_SECRET: token(24),
  }
  for (const name of GENERATED) {
    await rows(
      pool,
      'insert into sandbox.setting (name, value) values ($1, $2) on conflict do nothing',
      name,
      invented[name],
    )
  }
  const kept = Object.fromEntries(
    (await rows(pool, 'select name, value from sandbox.setting')).map((r) => [r.name, r.value]),
  )
  return Object.fromEntries(GENERATED.map((name) => [name, given[name] || kept[name]])) as Settings
}

/** The port a simulator had last time, 0 at the first. */
export async function lastPort(pool: pg.Pool, name: string): Promise<number> {
  const [found] = await rows(pool, 'select value from sandbox.setting where name = $1', `port ${name}`)
  return Number(found?.value ?? 0)
}

/** The first port stays the wanted one: a start beside a running sandbox must not take its links' address away. */
export async function keepPort(pool: pg.Pool, name: string, port: number): Promise<void> {
  await rows(
    pool,
    'insert into sandbox.setting (name, value) values ($1, $2) on conflict do nothing',
    `port ${name}`,
    String(port),
  )
}

const token = (length: number): string =>
  randomBytes(length).toString('base64url').replace(/[-_]/g, 'x').slice(0, length)
const digits = (length: number): string => `1${[...randomBytes(length - 1)].map((byte) => byte % 10).join('')}`
