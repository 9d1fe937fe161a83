import { createRoute, z } from '@hono/zod-openapi'
import { configured } from '../config.ts'
import { type House, idText, json, problems, router, shown } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { ACTS } from './acts.ts'
import { desk } from './desk.ts'
import { participant } from './schemas.ts'

const item = z.strictObject({
  at: z.string(),
  lane: z.enum(['mentor', 'room', 'mentee', 'ops']),
  text: z.string(),
  mark: z.enum(['planned', 'sent', 'delivered', 'skipped', 'failed', 'none', 'fact', 'event']),
  until: z.string().nullable(),
  why: z.array(z.strictObject({ name: z.string(), value: z.string(), at: z.string().nullable() })),
  deliveries: z.array(z.strictObject({ id: z.string(), channel: z.string(), state: z.string() })),
})
const answer = z
  .strictObject({
    now: z.string(),
    session: z.strictObject({
      id: z.string(),
      programmeId: z.string(),
      programmeName: z.string(),
      kind: z.string(),
      title: z.string().nullable(),
      startsAt: z.string(),
      endsAt: z.string(),
      room: z.string(),
      revision: z.number(),
      scheduledAt: z.string(),
      status: z.enum(['scheduled', 'cancelled', 'merged']),
      cancelReason: z.string().nullable(),
      mergedInto: z.string().nullable(),
      calendarUnchecked: z.boolean(),
      participants: z.array(participant),
    }),
    room: z.strictObject({
      tone: z.enum(['good', 'warn', 'bad', 'open', 'off']),
      words: z.string(),
      at: z.string().nullable(),
      error: z.string().nullable(),
    }),
    answers: z.array(
      z.strictObject({ participantId: z.string(), answer: z.string().nullable(), askedAt: z.string().nullable() }),
    ),
    lanes: z.strictObject({ done: z.array(item), planned: z.array(item) }),
    bookings: z.array(
      z.strictObject({
        id: z.string(),
        revision: z.number(),
        mentorId: z.string(),
        menteeId: z.string(),
        mentorshipId: z.string().nullable(),
      }),
    ),
    mergeId: z.string().nullable(),
    lateFrom: z.string(),
    isLate: z.boolean(),
    acts: z.array(z.enum(ACTS)),
  })
  .openapi('SessionDesk')

/** `GET /api/v1/sessions/{id}/lanes`: what happened and is planned, in lanes, and what can be done. */
export function deskRoutes({ db, clock, config }: House) {
  return router().openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/sessions/{id}/lanes',
      tags: ['sessions'],
      request: { params: z.object({ id: idText }) },
      responses: { 200: json(answer, 'The session as ops work on it'), ...problems(400, 401, 403, 404) },
    }),
    async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const now = clock.now()
      const on = configured(config)
      const channels = (['whatsapp', 'email'] as const).filter((channel) => on[channel])
      const installation = { hostDomains: config.PUNCTUAL_HOST_DOMAINS, channels }
      return c.json({ now: shown(now), ...(await desk(db, actor, c.req.valid('param').id, now, installation)) }, 200)
    },
  )
}
