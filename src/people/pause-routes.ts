import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, jsonBody, pageQuery, problems, router } from '../http.ts'
import { mustBeOps } from './actor.ts'
import { afterOf, page } from './cursor.ts'
import { words } from './fields.ts'
import { liftPause, listPauses, pauseBookings } from './pauses.ts'

const pauseSchema = z
  .strictObject({
    id: idText,
    programmeId: idText,
    personId: idText,
    reason: z.string(),
    pausedAt: z.string(),
    pausedBy: z.string(),
    liftedAt: z.string().nullable(),
    liftedBy: z.string().nullable(),
    liftedReason: z.string().nullable(),
  })
  .openapi('Pause')
const asked = {
  params: z.object({ id: idText }),
  body: jsonBody(z.strictObject({ programmeId: idText, reason: words(500) })),
}
const list = createRoute({
  method: 'get',
  path: '/api/v1/pauses',
  tags: ['people'],
  request: { query: pageQuery.extend({ programmeId: idText.optional() }) },
  responses: {
    200: json(z.strictObject({ items: z.array(pauseSchema), nextCursor: z.string().optional() }), 'Not lifted yet'),
    ...problems(400, 401, 403),
  },
})
const pause = createRoute({
  method: 'post',
  path: '/api/v1/people/{id}/pause',
  tags: ['people'],
  summary: 'No new bookings of this person in this programme until it is lifted',
  request: asked,
  responses: { 200: json(pauseSchema, 'Paused; again is fine'), ...problems(400, 401, 403, 404) },
})
const resume = createRoute({
  method: 'post',
  path: '/api/v1/people/{id}/resume',
  tags: ['people'],
  summary: 'Lifts the pause',
  request: asked,
  responses: { 200: json(pauseSchema, 'Lifted'), ...problems(400, 401, 403, 404, 422) },
})

/** Pauses of bookings: proposed by the attendance policy, applied and lifted by ops. */
export function pauseRoutes({ db, clock, nudge }: House) {
  const app = router()
  return app
    .openapi(list, async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const { limit, cursor, programmeId } = c.req.valid('query')
      return c.json(
        page(await listPauses(db, actor, { programmeId, after: afterOf(cursor), limit: limit + 1 }), limit),
        200,
      )
    })
    .openapi(pause, async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const ask = { personId: c.req.valid('param').id, ...c.req.valid('json') }
      const paused = await pauseBookings(db, actor, ask, clock.now())
      nudge()
      return c.json(paused, 200)
    })
    .openapi(resume, async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const ask = { personId: c.req.valid('param').id, ...c.req.valid('json') }
      const lifted = await liftPause(db, actor, ask, clock.now())
      nudge()
      return c.json(lifted, 200)
    })
}
