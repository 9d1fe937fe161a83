import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { type Actor, mustBeOps } from '../people/actor.ts'
import { retryDelivery, sendByOtherChannel } from './deliver-again.ts'
import { listDeliveries } from './deliveries.ts'
import { previewRoom, switchRoom } from './room.ts'
import { delivery, effectsSchema, reason, sessionForOps } from './schemas.ts'
import { seeSession } from './session.ts'

const one = { params: z.object({ id: idText }) }

/** What ops do about one message that went wrong, and about the room of one session. */
export function sessionOpsRoutes(house: House) {
  const { db, clock, nudge } = house
  const sent = async (actor: Actor, id: string) => {
    nudge()
    const { items } = await listDeliveries(db, actor, { id, limit: 1 })
    return items[0] as NonNullable<(typeof items)[number]>
  }
  return router()
    .openapi(again('/api/v1/deliveries/{id}/retry', 'The delivery, going out again'), async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const ask = { id: c.req.valid('param').id, ...c.req.valid('json') }
      return c.json(await sent(actor, await retryDelivery(db, actor, ask, clock.now())), 200)
    })
    .openapi(again('/api/v1/deliveries/{id}/other-channel', 'The delivery by the other channel'), async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const ask = { id: c.req.valid('param').id, ...c.req.valid('json') }
      return c.json(await sent(actor, await sendByOtherChannel(db, actor, ask, clock.now())), 200)
    })
    .openapi(
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
}

const again = <Path extends string>(path: Path, answers: string) =>
  createRoute({
    method: 'post',
    path,
    tags: ['deliveries'],
    request: { ...one, body: jsonBody(z.strictObject({ reason })) },
    responses: { 200: json(delivery, answers), ...problems(400, 401, 403, 404, 409, 422) },
  })
