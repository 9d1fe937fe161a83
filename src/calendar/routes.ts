import { getCookie, setCookie } from 'hono/cookie'
import { sql } from 'kysely'
import { transact } from '../database/transaction.ts'
import { Refusal } from '../errors.ts'
import { type House, router, shownOrNull } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { mustBeKnown } from '../people/actor.ts'
import { type Vendors, vendorsOf } from '../vendors/vendors.ts'
import { mustHaveSecrets, rawBody, storeOnce, WEBHOOK_LIMIT } from '../webhooks.ts'
import { HINT_CHORE } from './chores.ts'
import { disconnect, finishConnecting, startConnecting } from './connect.ts'
import { isOurChannel } from './push-channel.ts'
import { openTokens } from './tokens.ts'

const COOKIE = 'punctual_calendar'

/** Where somebody came from is where they are told how it went. */
const FROM = 'punctual_calendar_from'
const pageOf = (from: string | undefined): string => (from === 'app' ? '/app/start' : '/settings')

/** Connecting one's own Google calendar, and Google's hints that something in it changed. */
export function calendarRoutes(house: House, vendors: Vendors = vendorsOf(house.config)) {
  const app = router()
  const { db, clock, config, nudge } = house
  const cookie = {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/calendar',
    secure: config.PUNCTUAL_URL?.startsWith('https:') ?? false,
  } as const

  app.get('/calendar/connect', async (c) => {
    const accountId = mustBePerson(c.get('actor'))
    const person = await db.selectFrom('account').select('email').where('id', '=', accountId).executeTakeFirstOrThrow()
    const { url, verifier } = startConnecting(house, mustHaveGoogle(vendors), accountId, person.email)
    setCookie(c, COOKIE, verifier, { ...cookie, maxAge: 600 })
    setCookie(c, FROM, c.req.query('from') === 'app' ? 'app' : '', { ...cookie, maxAge: 600 })
    return c.redirect(url, 302)
  })

  app.get('/calendar/callback', async (c) => {
    const accountId = mustBePerson(c.get('actor'))
    const { code, state, error } = c.req.query()
    const outcome = await finishConnecting(house, mustHaveGoogle(vendors), accountId, {
      code,
      state,
      error,
      verifier: getCookie(c, COOKIE),
    })
    setCookie(c, COOKIE, '', { ...cookie, maxAge: 0 })
    return c.redirect(`${pageOf(getCookie(c, FROM))}?calendar=${outcome}`, 303)
  })

  app.post('/calendar/disconnect', async (c) => {
    const accountId = mustBePerson(c.get('actor'))
    const connection = await openConnection(accountId)
    const sealed = await disconnect(house, accountId, clock.now())
    nudge()
    // The grant is forgotten whatever Google answers; taking it back there as well is a courtesy.
    if (sealed && connection && vendors.people)
      await vendors.people.revoke(openTokens(config.PUNCTUAL_SECRET ?? '', connection.id, sealed).refreshToken)
    return c.redirect(`${pageOf(c.req.query('from'))}?calendar=disconnected`, 303)
  })

  app.get('/calendar/status', async (c) => {
    const connection = await openConnection(mustBePerson(c.get('actor')))
    return c.json({
      connected: connection !== undefined && !connection.broken_at,
      googleEmail: connection?.google_email ?? null,
      brokenAt: shownOrNull(connection?.broken_at ?? null),
      syncedAt: shownOrNull(connection?.synced_at ?? null),
    })
  })

  // Only a hint, without a body: what changed is asked for. The headers are all there is, so they are what is stored.
  app.post('/webhooks/google-calendar', async (c) => {
    await rawBody(c, WEBHOOK_LIMIT)
    const [secret] = mustHaveSecrets('google', vendors.google && config.PUNCTUAL_SECRET ? [config.PUNCTUAL_SECRET] : [])
    const channelId = c.req.header('x-goog-channel-id')
    const token = c.req.header('x-goog-channel-token')
    if (!channelId || !token) throw new Refusal('unauthenticated', 'The channel or its token is missing.')
    if (channelId.length > 64 || !isOurChannel(secret as string, channelId, token))
      throw new Refusal('unauthenticated', 'The token does not fit this channel.')
    const now = clock.now()
    const hint = {
      channelId,
      state: (c.req.header('x-goog-resource-state') ?? 'unknown').slice(0, 40),
      number: (c.req.header('x-goog-message-number') ?? '').slice(0, 40),
    }
    await transact(db, async (tx) => {
      const connection = await tx
        .selectFrom('calendar_connection')
        .select('id')
        .where('channel_id', '=', channelId)
        .where('disconnected_at', 'is', null)
        .executeTakeFirst()
      // Google numbers its hints: one that was there before is a replay, and makes nobody read a calendar.
      const isNew = await storeOnce(tx, {
        vendor: 'google',
        body: Buffer.from(JSON.stringify(hint)),
        event: `calendar.${hint.state}`,
        outcome: connection ? 'accepted' : 'unknown',
        json: hint,
        now,
      })
      if (!connection || (!isNew && hint.number !== '')) return
      await sql`update calendar_connection set wake_at = least(wake_at, ${now}::timestamptz) where id = ${connection.id}`.execute(
        tx,
      )
      await sql`update chore set next_at = least(next_at, ${now}::timestamptz) where name = ${HINT_CHORE}`.execute(tx)
    })
    nudge()
    return c.body(null, 204)
  })

  return app

  function openConnection(accountId: string) {
    return db
      .selectFrom('calendar_connection')
      .select(['id', 'google_email', 'broken_at', 'synced_at'])
      .where('account_id', '=', accountId)
      .where('disconnected_at', 'is', null)
      .executeTakeFirst()
  }
}

function mustBePerson(actor: Actor): string {
  const { accountId } = mustBeKnown(actor)
  if (!accountId) throw new Refusal('forbidden', 'Only a person has a calendar to connect; a token has none.')
  return accountId
}

function mustHaveGoogle(vendors: Vendors): NonNullable<Vendors['people']> {
  if (!vendors.people) throw new Refusal('not_configured', 'Google is not configured on this installation.')
  return vendors.people
}
