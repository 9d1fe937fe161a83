import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, pageQuery, problems, router, shown } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { DELIVERY_VIEWS, deliveryDesk } from './delivery-desk.ts'
import { mergeCandidates, recentMerges } from './merge-desk.ts'

const tone = z.enum(['good', 'warn', 'bad', 'open', 'off'])
const deliveries = z
  .strictObject({
    now: z.string(),
    items: z.array(
      z.strictObject({
        id: z.string(),
        what: z.string(),
        channel: z.enum(['whatsapp', 'email', 'slack']),
        state: z.string(),
        tone,
        words: z.string(),
        cause: z.string().nullable(),
        since: z.string(),
        dueAt: z.string(),
        expiresAt: z.string(),
        recipientId: z.string().nullable(),
        recipient: z.string().nullable(),
        sessionId: z.string().nullable(),
        sessionStartsAt: z.string().nullable(),
        who: z.string().nullable(),
        said: z
          .strictObject({ subject: z.string().nullable(), text: z.string(), buttons: z.array(z.string()) })
          .nullable(),
        attempts: z.array(
          z.strictObject({ number: z.number(), state: z.string(), code: z.string().nullable(), at: z.string() }),
        ),
        canRetry: z.boolean(),
        otherChannel: z.enum(['whatsapp', 'email']).nullable(),
        whyNot: z.string().nullable(),
      }),
    ),
    nextCursor: z.string().optional(),
  })
  .openapi('DeliveryDesk')

const merges = z
  .strictObject({
    now: z.string(),
    groups: z.array(
      z.strictObject({
        mentorId: z.string(),
        mentor: z.string(),
        programmeId: z.string(),
        programme: z.string(),
        sessions: z.array(
          z.strictObject({
            id: z.string(),
            startsAt: z.string(),
            endsAt: z.string(),
            title: z.string().nullable(),
            mentees: z.array(z.string()),
          }),
        ),
      }),
    ),
    recent: z.array(
      z.strictObject({
        mergeId: z.string(),
        survivorId: z.string(),
        startsAt: z.string(),
        mentor: z.string(),
        folded: z.array(z.strictObject({ id: z.string(), startsAt: z.string() })),
        mergedAt: z.string(),
        by: z.string(),
        reason: z.string(),
        undoneAt: z.string().nullable(),
        stays: z.string().nullable(),
      }),
    ),
  })
  .openapi('MergeDesk')

/** `GET /api/v1/deliveries/desk` and `GET /api/v1/merges`: lists as ops work on them. */
export function deskListRoutes({ db, clock }: House) {
  return router()
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/deliveries/desk',
        tags: ['deliveries'],
        request: {
          query: pageQuery.extend({
            view: z.enum(DELIVERY_VIEWS).default('trouble'),
            channel: z.enum(['whatsapp', 'email', 'slack']).optional(),
            personId: idText.optional(),
            cursor: idText.optional(),
          }),
        },
        responses: { 200: json(deliveries, 'Newest first, cause in words'), ...problems(400, 401, 403) },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const { channel, personId, cursor, ...rest } = c.req.valid('query')
        const now = clock.now()
        const query = {
          ...rest,
          ...(channel ? { channel } : {}),
          ...(personId ? { personId } : {}),
          ...(cursor ? { cursor } : {}),
        }
        return c.json({ now: shown(now), ...(await deliveryDesk(db, actor, query, now)) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/merges',
        tags: ['sessions'],
        request: { query: z.object({ sessionId: idText.optional() }) },
        responses: { 200: json(merges, 'What could be merged, and the last merges'), ...problems(400, 401, 403, 404) },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const now = clock.now()
        const groups = await mergeCandidates(db, actor, c.req.valid('query').sessionId ?? null, now)
        return c.json({ now: shown(now), groups, recent: await recentMerges(db, actor, now) }, 200)
      },
    )
}
