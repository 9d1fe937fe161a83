import { createRoute, z } from '@hono/zod-openapi'
import { transact } from '../database/transaction.ts'
import { type House, json, pageQuery, problems, router, shown } from '../http.ts'
import { mustRunAll } from '../people/actor.ts'
import { verifyZoom, zoomChallenge } from '../vendors/signatures.ts'
import {
  addressees,
  mustBeSigned,
  mustHaveSecrets,
  parseJson,
  rawBody,
  record,
  text,
  WEBHOOK_LIMIT,
} from '../webhooks.ts'
import { recordEvent } from './meeting-event.ts'
import { readZoomEvent } from './zoom-event.ts'

/** What Zoom tells us, and the list of everything any vendor told us. */
export function meetingsRoutes(house: House) {
  const app = router()
  const { db, clock, config, nudge, log } = house

  app.post('/webhooks/zoom', async (c) => {
    const body = await rawBody(c, WEBHOOK_LIMIT)
    const secrets = mustHaveSecrets('zoom', config.ZOOM_WEBHOOK_SECRET_TOKEN)
    const now = clock.now()
    const signature = c.req.header('x-zm-signature')
    const timestamp = c.req.header('x-zm-request-timestamp')
    mustBeSigned(verifyZoom({ secrets, body, signature, timestamp, now }))

    const told = parseJson(body)
    if (record(told)?.event === 'endpoint.url_validation') return c.json(challengeAnswer(secrets[0]!, told) ?? {})

    const read = readZoomEvent(told, addressees(house).zoomAccount, now)
    const isNew = await transact(db, (tx) => recordEvent(tx, body, told, read, now))
    if (isNew) log('zoom_event', { event: read.event, outcome: read.outcome })
    nudge()
    return c.body(null, 204)
  })

  app.openapi(listWebhookEvents, async (c) => {
    mustRunAll(c.get('actor'))
    const { vendor, limit, cursor } = c.req.valid('query')
    let query = db.selectFrom('webhook_event').select(['id', 'vendor', 'received_at', 'event', 'outcome', 'body_hash'])
    if (vendor) query = query.where('vendor', '=', vendor)
    if (cursor) query = query.where('id', '<', cursor)
    const rows = await query
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map((row) => ({
      id: row.id,
      vendor: row.vendor,
      receivedAt: shown(row.received_at),
      event: row.event,
      outcome: row.outcome,
      bodyHash: row.body_hash.toString('hex'),
    }))
    const last = items.at(-1)
    return c.json({ items, ...(rows.length > limit && last ? { nextCursor: last.id } : {}) }, 200)
  })

  return app
}

// Null when the token looks like the text of a signature: answering would sign a stranger's events for them.
function challengeAnswer(secret: string, told: unknown) {
  const plainToken = text(record(record(told)?.payload)?.plainToken, 1000)
  return plainToken ? zoomChallenge(secret, plainToken) : null
}

const listWebhookEvents = createRoute({
  method: 'get',
  path: '/api/v1/webhook-events',
  tags: ['operations'],
  summary: 'What vendors told us, newest first, and what became of it. Every body is stored once.',
  request: {
    query: pageQuery.extend({
      vendor: z.enum(['zoom', 'whatsapp', 'slack', 'google']).optional(),
      cursor: z.uuid().optional(),
    }),
  },
  responses: {
    200: json(
      z.strictObject({
        items: z.array(
          z.strictObject({
            id: z.string(),
            vendor: z.string(),
            receivedAt: z.string(),
            event: z.string(),
            outcome: z.string().openapi({
              description: 'accepted, foreign, ancient, unknown, unmatched or malformed; only accepted had an effect',
            }),
            bodyHash: z.string().openapi({ description: 'SHA-256 of the raw body, hex' }),
          }),
        ),
        nextCursor: z.string().optional(),
      }),
      'Webhook events',
    ),
    ...problems(400, 401, 403),
  },
})
