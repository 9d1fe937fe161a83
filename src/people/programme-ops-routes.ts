import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, jsonBody, problems, router, shown } from '../http.ts'
import { mustBeKnown } from './actor.ts'
import { words } from './fields.ts'
import { type Given, giveProgramme, opsOf, takeProgramme } from './programme-ops.ts'
import { seeProgramme } from './programmes.ts'
import { mustRun } from './scope.ts'

const tags = ['programmes']
const given = z
  .strictObject({ programmeId: idText, personId: idText, since: z.string(), givenBy: z.string() })
  .openapi('ProgrammeOps')
const one = z.object({ id: idText, personId: idText })
const why = jsonBody(z.strictObject({ reason: words(500) }))

const list = createRoute({
  method: 'get',
  path: '/api/v1/programmes/{id}/ops',
  tags,
  request: { params: z.object({ id: idText }) },
  responses: {
    200: json(z.strictObject({ items: z.array(given) }), 'Who works for it'),
    ...problems(400, 401, 403, 404),
  },
})
const give = createRoute({
  method: 'put',
  path: '/api/v1/programmes/{id}/ops/{personId}',
  tags,
  summary: 'Let somebody of ops work for a programme',
  request: { params: one, body: why },
  responses: { 200: json(given, 'They see and run it from now on'), ...problems(400, 401, 403, 404, 422) },
})
const take = createRoute({
  method: 'delete',
  path: '/api/v1/programmes/{id}/ops/{personId}',
  tags,
  summary: 'Take a programme away from somebody of ops',
  request: { params: one, body: why },
  responses: { 204: { description: 'They see nothing of it from now on' }, ...problems(400, 401, 403, 404) },
})

/** Who works for which programme. Ops see it of their own; only an admin changes it, and says why. */
export function programmeOpsRoutes({ db, clock }: House) {
  const app = router()
  return app
    .openapi(list, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const { id } = c.req.valid('param')
      mustRun(actor, id)
      await seeProgramme(db, actor, id)
      return c.json({ items: (await opsOf(db, id)).map(shownGiven) }, 200)
    })
    .openapi(give, async (c) => {
      const { id: programmeId, personId } = c.req.valid('param')
      const asked = { programmeId, personId, ...c.req.valid('json') }
      return c.json(shownGiven(await giveProgramme(db, mustBeKnown(c.get('actor')), asked, clock.now())), 200)
    })
    .openapi(take, async (c) => {
      const { id: programmeId, personId } = c.req.valid('param')
      await takeProgramme(
        db,
        mustBeKnown(c.get('actor')),
        { programmeId, personId, ...c.req.valid('json') },
        clock.now(),
      )
      return c.body(null, 204)
    })
}

const shownGiven = ({ since, ...rest }: Given) => ({ ...rest, since: shown(since) })
