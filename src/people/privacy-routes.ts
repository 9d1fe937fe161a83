import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeKnown } from './actor.ts'
import { erasePerson } from './erase-person.ts'
import { exportPerson } from './export-person.ts'
import { words } from './fields.ts'

const onePerson = z.object({ id: idText })
// Rows as they are stored, a list for each kind: their columns are the database's own.
const row = z.record(z.string(), z.unknown())
const exportedPerson = z
  .object({ exportedAt: z.string(), person: row })
  .catchall(z.union([z.string(), row, z.array(row)]))
const exported = createRoute({
  method: 'get',
  path: '/api/v1/people/{id}/export',
  tags: ['people'],
  summary: 'Everything that is held about a person: for themselves and for ops',
  request: { params: onePerson },
  responses: {
    200: json(exportedPerson, 'Rows, without secrets'),
    ...problems(400, 401, 404),
  },
})
const erase = createRoute({
  method: 'post',
  path: '/api/v1/people/{id}/erase',
  tags: ['people'],
  summary: 'Forget a person. What the other side needs stays, about somebody who left',
  request: { params: onePerson, body: jsonBody(z.strictObject({ reason: words(500) })) },
  responses: {
    200: json(
      z.strictObject({ id: idText, erasedAt: z.string(), vendorCopies: z.int() }),
      'Forgotten here; `vendorCopies` are being erased',
    ),
    ...problems(400, 401, 403, 404, 422),
  },
})

/** What a person may ask of whoever holds their data. */
export function privacyRoutes({ db, clock, nudge }: House) {
  const app = router()
  return app
    .openapi(exported, async (c) => {
      const found = await exportPerson(db, mustBeKnown(c.get('actor')), c.req.valid('param').id, clock.now())
      return c.json(found, 200, {
        'cache-control': 'no-store',
        'content-disposition': 'attachment; filename="person.json"',
      })
    })
    .openapi(erase, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const erased = await erasePerson(db, actor, c.req.valid('param').id, c.req.valid('json').reason, clock.now())
      nudge()
      return c.json(erased, 200)
    })
}
