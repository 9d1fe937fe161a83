import { createHmac, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { calendarCredential } from './credential.ts'

const LIFE = { hours: 7 * 24 }
/** A channel cannot be renewed: the next one is opened when a fifth of its life is left. */
const RENEW_BEFORE_END = { minutes: (7 * 24 * 60) / 5 }

/** What Google echoes with every hint. Made from the channel's id, so that hints of a replaced channel are still known as ours. */
export const channelToken = (secret: string, channelId: string): string =>
  createHmac('sha256', secret).update(`punctual calendar channel\n${channelId}`).digest('base64url')

export function isOurChannel(secret: string, channelId: string, token: string): boolean {
  const expected = Buffer.from(channelToken(secret, channelId))
  const given = Buffer.from(token)
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/**
 * Opens the push channel of every connection that has none or an ageing one, then stops the one it replaces. Google calls
 * only https addresses; without one (or without success) the poll alone keeps the mirror fresh.
 */
export async function keepChannels(house: House, vendors: Vendors, now: Temporal.Instant): Promise<void> {
  const { google, people } = vendors
  const { db, clock, config } = house
  const url = config.PUNCTUAL_URL
  if (!google || !people || !url || !config.PUNCTUAL_SECRET) return
  if (config.PUNCTUAL_MODE === 'live' && !url.startsWith('https:')) return
  const { rows } = await sql<{
    id: string
    calendar_id: string
    channel_id: string | null
    channel_resource: string | null
  }>`
    select id, calendar_id, channel_id, channel_resource from calendar_connection
    where disconnected_at is null and broken_at is null and tokens is not null
      and (channel_expires is null or channel_expires < ${now.add(RENEW_BEFORE_END)}) order by channel_expires nulls first limit 100`.execute(
    db,
  )
  for (const connection of rows) {
    const credential = await calendarCredential({ db, clock, secret: config.PUNCTUAL_SECRET, people }, connection.id)
    if (!credential) continue
    const id = newId()
    const token = channelToken(config.PUNCTUAL_SECRET, id)
    const opened = await google.watch(credential, connection.calendar_id, {
      id,
      token,
      address: `${url}/webhooks/google-calendar`,
      expiresAt: now.add(LIFE),
    })
    if (!opened.ok) {
      house.log('calendar_channel_not_opened', { connection: connection.id, code: opened.code })
      continue
    }
    await sql`
      update calendar_connection set channel_id = ${id}, channel_token = ${token}, channel_resource = ${opened.resourceId},
        channel_expires = ${opened.expiresAt ?? now.add(LIFE)}
      where id = ${connection.id}`.execute(db)
    if (connection.channel_id && connection.channel_resource) {
      await google.stopWatch(credential, { id: connection.channel_id, resourceId: connection.channel_resource })
    }
  }
}
