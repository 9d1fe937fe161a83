import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { planDifference } from './plan-difference.ts'

const window = z.strictObject({ dueAt: z.string(), expiresAt: z.string() }).nullable()
const difference = z
  .strictObject({
    open: z.int(),
    looked: z.int().openapi({ description: 'The next so many of the open sessions were looked at.' }),
    appears: z.int(),
    vanishes: z.int(),
    moves: z.int(),
    changes: z.array(
      z.strictObject({
        sessionId: idText,
        startsAt: z.string(),
        who: z.string(),
        meaning: z.string(),
        recipient: z.string().nullable(),
        before: window,
        after: window,
      }),
    ),
  })
  .openapi('PlanDifference')

/** What another policy would change of what is planned, before anybody saves it. */
export function planDifferenceRoute({ db, clock }: House) {
  return router().openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/programmes/{id}/playbook/difference',
      tags: ['programmes'],
      request: {
        params: z.object({ id: idText }),
        body: jsonBody(z.strictObject({ settings: z.record(z.string(), z.unknown()) })),
      },
      responses: { 200: json(difference, 'Nothing is saved'), ...problems(400, 401, 403, 404) },
    }),
    async (c) => {
      const { settings } = c.req.valid('json')
      const actor = mustBeOps(c.get('actor'))
      return c.json(await planDifference(db, actor, c.req.valid('param').id, settings, clock.now()), 200)
    },
  )
}
