import { createRoute, z } from '@hono/zod-openapi'
import { audit } from '../audit.ts'
import { settleCase } from '../cases.ts'
import { transact } from '../database/transaction.ts'
import { notFound } from '../errors.ts'
import { type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { isTheirCase } from '../people/case-rights.ts'

const settled = z
  .strictObject({ id: z.string(), settledAt: z.string(), settledBy: z.string(), reason: z.string() })
  .openapi('SettledCase')

/** `POST /api/v1/cases/{id}/settle`: a person says how it was settled. Again is fine: the first word stands. */
export function caseRoutes(house: House) {
  const { db, clock } = house
  return router().openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/cases/{id}/settle',
      tags: ['sessions'],
      request: {
        params: z.object({ id: idText }),
        body: jsonBody(z.strictObject({ reason: z.string().trim().min(1, 'say why').max(500) })),
      },
      responses: { 200: json(settled, 'Settled'), ...problems(400, 401, 403, 404) },
    }),
    async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const { id } = c.req.valid('param')
      const { reason } = c.req.valid('json')
      const now = clock.now()
      if (!(await isTheirCase(db, actor, id))) throw notFound('case')
      const row = await transact(db, async (tx) => {
        const open = await tx
          .selectFrom('ops_case')
          .select('id')
          .where('id', '=', id)
          .where('settled_at', 'is', null)
          .forUpdate()
          .executeTakeFirst()
        if (open) {
          await settleCase(tx, now, { id }, actor.label, reason)
          await audit(tx, {
            at: now,
            actor: actor.label,
            action: 'case.settled',
            objectKind: 'case',
            objectId: id,
            reason,
          })
        }
        return tx.selectFrom('ops_case').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      })
      house.nudge()
      return c.json(
        {
          id,
          settledAt: String(row.settled_at),
          settledBy: row.settled_by ?? '',
          reason: row.settled_reason ?? '',
        },
        200,
      )
    },
  )
}
