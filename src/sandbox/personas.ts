import { createRoute, z } from '@hono/zod-openapi'
import { sql } from 'kysely'
import { type House, json, problems, router } from '../http.ts'

const MOST = 60

const persona = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(['ops', 'mentor', 'mentee']),
  timeZone: z.string(),
})

/**
 * `GET /sandbox/people`: whom one can be here. By name and zone only, and for anybody: so is being them (`POST /sandbox/be`).
 * These routes exist only in the sandbox.
 */
export function personaRoutes(house: House) {
  return router().openapi(
    createRoute({
      method: 'get',
      path: '/sandbox/people',
      tags: ['sandbox'],
      request: { query: z.object({ search: z.string().max(100).default('') }) },
      responses: {
        200: json(z.strictObject({ items: z.array(persona).max(MOST) }), 'Ops first, then mentors, then mentees'),
        ...problems(400),
      },
    }),
    async (c) => c.json({ items: await personas(house, c.req.valid('query').search.trim()) }, 200),
  )
}

async function personas({ db }: House, search: string) {
  const { rows } = await sql<z.infer<typeof persona>>`
    with someone as (
      select id, name, time_zone as "timeZone", case
        when roles && '{ops,admin}' then 'ops'
        when 'mentor' = any(roles) or exists (select from user_calendar_config u where u.account_id = account.id)
          or exists (select from mentorship where mentor_id = account.id) then 'mentor'
        else 'mentee' end as role
      from account where deactivated_at is null and joined_into is null)
    select * from someone where position(lower(${search}) in lower(name || ' ' || role)) > 0
    order by array_position('{ops,mentor,mentee}'::text[], role), name, id limit ${MOST}`.execute(db)
  return rows
}
