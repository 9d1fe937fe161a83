import { createRoute, z } from '@hono/zod-openapi'
import { type House, json, problems, router, shown } from '../http.ts'
import { mustBeKnown } from './actor.ts'
import { personSchema } from './person.ts'
import { visiblePeople } from './visible-people.ts'

const viewer = z
  .strictObject({
    person: personSchema.nullable(),
    ops: z.boolean(),
    admin: z.boolean(),
    label: z.string(),
    mode: z.enum(['sandbox', 'live']),
    now: z.string().openapi({ description: 'Where the clock stands that everything here is decided by.' }),
  })
  .openapi('Me')

/** `GET /api/v1/me`: who asks, and what time it is here. */
export function meRoute({ db, clock, config }: House) {
  return router().openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/me',
      responses: { 200: json(viewer, 'Who asks'), ...problems(401) },
    }),
    async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const { accountId, ops, admin, label } = actor
      const now = clock.now()
      const [person = null] = accountId
        ? await visiblePeople(db, actor, { id: accountId, after: null, limit: 1 }, now)
        : []
      return c.json({ person, ops, admin, label, mode: config.PUNCTUAL_MODE, now: shown(now) }, 200)
    },
  )
}
