import type pg from 'pg'
import type { Clock } from '../clock.ts'
import type { Faults } from './faults.ts'

/** What every simulated vendor is given. */
export type World = {
  pool: pg.Pool
  clock: Clock
  /** Where the product listens, without a slash at the end: webhooks go there. */
  productUrl: string
  env: SandboxEnvironment
  faults: Faults
  /** Says that something was queued for the product; it leaves as soon as the current answer is out. */
  nudge: () => void
}

/** The values a product needs to speak to the simulators, under the names of its own environment. */
export const GENERATED = [
  'GOOGLE_CLIENT_ID',
  'GOOGLE_CLIENT_SECRET',
  'ZOOM_ACCOUNT_ID',
  'ZOOM_CLIENT_ID',
  'ZOOM_CLIENT_SECRET',
  'ZOOM_WEBHOOK_SECRET_TOKEN',
  'ZOOM_HOSTS',
  'WHATSAPP_PHONE_NUMBER_ID',
  'WHATSAPP_BUSINESS_ACCOUNT_ID',
  'WHATSAPP_ACCESS_TOKEN',
  'WHATSAPP_APP_SECRET',
  'WHATSAPP_VERIFY_TOKEN',
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_OPS_CHANNEL',
  'MAIL_FROM',
  'MAIL_WEBHOOK_SECRET',
] as const
export const ADDRESSES = [
  'GOOGLE_API_URL',
  'GOOGLE_OAUTH_API_URL',
  'GOOGLE_ACCOUNTS_API_URL',
  'GOOGLE_PEOPLE_API_URL',
  'ZOOM_API_URL',
  'ZOOM_OAUTH_API_URL',
  'WHATSAPP_API_URL',
  'SLACK_API_URL',
  'SMTP_URL',
] as const
export type SandboxEnvironment = Record<(typeof GENERATED)[number] | (typeof ADDRESSES)[number], string>

// biome-ignore lint/suspicious/noExplicitAny: rows are read by column name, right beside their SQL
export type Row = Record<string, any>

export async function rows(db: pg.Pool | pg.PoolClient, sql: string, ...values: unknown[]): Promise<Row[]> {
  return (await db.query(sql, values)).rows
}

export async function row(db: pg.Pool | pg.PoolClient, sql: string, ...values: unknown[]): Promise<Row | undefined> {
  return (await rows(db, sql, ...values))[0]
}

/** Effects of one vendor call are all there or not at all, also when the process dies in between. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

/** The first of a list of secrets: the one that signs while another is being rotated out. */
export const signingSecret = (list: string): string => list.split(',')[0]!.trim()

export const seconds = (instant: Temporal.Instant): string => String(Math.floor(instant.epochMilliseconds / 1000))
/** As Zoom and Google write instants: whole seconds, UTC. */
export const isoSeconds = (instant: Temporal.Instant): string =>
  instant.round({ smallestUnit: 'second', roundingMode: 'floor' }).toString()
