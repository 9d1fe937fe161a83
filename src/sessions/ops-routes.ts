import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { retryDelivery, sendByOtherChannel } from './deliver-again.ts'
import { listDeliveries } from './deliveries.ts'
import { previewRoom, switchRoom } from './room.ts'
import { delivery, effectsSchema, reason, sessionForOps } from './schemas.ts'
import { seeSession } from './session.ts'

const one = { params: z.object({ id: idText }) }

/** What ops do about one message that went wrong, and about the room of one session. */
export function sessionOpsRoutes(house: House) {
  const { db, clock, nudge } = house
  const app = router()
  for (const [path, work, answers] of [
    ['/api/v1/deliveries/{id}/retry', retryDelivery, 'The delivery, going out again'],
    ['/api/v1/deliveries/{id}/other-channel', sendByOtherChannel, 'The delivery by the other channel'],
  ] as const) {
    app.openapi(
      createRoute({
        method: 'post',
        path,
        tags: ['deliveries'],
        request: { ...one, body: jsonBody(z.strictObject({ reason })) },
        responses: { 200: json(delivery, answers), ...problems(400, 401, 403, 404, 409, 422) },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const id = await work(db, actor, { id: c.req.valid('param').id, ...c.req.valid('json') }, clock.now())
        nudge()
        const { items } = await listDeliveries(db, actor, { id, limit: 1 })
        return c.json(items[0] as NonNullable<(typeof items)[number]>, 200)
      },
    )
  }
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/sessions/{id}/room',
      tags: ['sessions'],
      request: {
        ...one,
        body: jsonBody(
          z.strictObject({
            room: z.enum(['zoom', 'meet']),
            reason,
            revision: z.int().min(1).max(2_147_483_647),
            dryRun: z.boolean().optional(),
          }),
        ),
      },
      responses: {
        200: json(
          z
            .strictObject({ ...sessionForOps.shape, dryRun: z.boolean(), effects: effectsSchema.optional() })
            .openapi('SessionInAnotherRoom'),
          'The session; with dryRun as it is, and what would follow',
        ),
        ...problems(400, 401, 403, 404, 409, 422),
      },
    }),
    async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const { id } = c.req.valid('param')
      const { dryRun = false, ...ask } = c.req.valid('json')
      const now = clock.now()
      const effects = dryRun ? await previewRoom(db, actor, id, ask, now) : null
      const view = dryRun ? await seeSession(db, actor, id) : await switchRoom(db, actor, id, ask, now)
      if (!dryRun) nudge()
      return c.json({ ...view, dryRun, ...(effects ? { effects } : {}) }, 200)
    },
  )
  return app
}
