import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { sql } from 'kysely'
import { notFound, Refusal } from '../errors.ts'
import { type Env, type House, idText, jsonBody, problems, router } from '../http.ts'
import { linkToken, readLink } from '../links.ts'
import { person } from './actor.ts'
import { deviceOf } from './devices.ts'
import { note } from './security-log.ts'
import { sessionCookie, signIn } from './sign-in.ts'

/**
 * Sandbox only. Everybody in it is made up, so anybody may be anybody: `POST /sandbox/sign-in {personId}` puts on a
 * person, and `GET /enter/{token}` (printed by the start on the operator's own terminal) signs in with one click and
 * goes to the first page. The link stays valid for the life of the installation: restarting prints the same one.
 */
export function sandboxSignInRoutes(house: House): OpenAPIHono<Env> {
  if (house.config.PUNCTUAL_MODE !== 'sandbox') throw new Error('The sandbox sign-in must not exist in live mode.')
  const app = router()
  app.openapi(putOnPerson, async (c) => {
    const cookie = await enter(house, c.req.valid('json').personId, c.req.header('user-agent'))
    return c.body(null, 204, { 'set-cookie': cookie })
  })
  app.get('/enter/:token', async (c) => {
    const link = readLink(secretOf(house), 'enter', c.req.param('token'))
    if (!link) throw notFound('sign-in link')
    return c.body(null, 303, {
      location: '/',
      'set-cookie': await enter(house, link.subjectId, c.req.header('user-agent')),
      'cache-control': 'no-store',
    })
  })
  return app
}

/** The one-click sign-in of the first person with the most rights; the plain address when there is nobody yet. */
export async function enterUrl(house: House, url: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id from account
    where roles && array['ops', 'admin'] and deactivated_at is null
    order by 'admin' = any(roles) desc, 'ops' = any(roles) desc, created_at, id limit 1`.execute(house.db)
  if (!rows[0]) return url
  return `${url}/enter/${linkToken(secretOf(house), { purpose: 'enter', subjectId: rows[0].id, revision: 1 })}`
}

const putOnPerson = createRoute({
  method: 'post',
  path: '/sandbox/sign-in',
  summary: 'Act as a person of the sandbox',
  request: { body: jsonBody(z.strictObject({ personId: idText })) },
  responses: { 204: { description: 'Signed in; the session is in the cookie' }, ...problems(400, 404) },
})

async function enter(house: House, accountId: string, userAgent: string | undefined): Promise<string> {
  const { db, clock, config } = house
  const known = await db
    .selectFrom('account')
    .select('id')
    .where('id', '=', accountId)
    .where('deactivated_at', 'is', null)
    .executeTakeFirst()
  if (!known) throw notFound('person')
  note(house, 'signed_in', person(known.id, []), { by: 'sandbox' })
  return sessionCookie(config, await signIn(db, known.id, clock.elapsed(), deviceOf(userAgent)))
}

function secretOf({ config }: House): string {
  if (!config.PUNCTUAL_SECRET) throw new Refusal('not_configured', 'PUNCTUAL_SECRET is not set.')
  return config.PUNCTUAL_SECRET
}
