import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { audit } from '../audit.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { invalid, notFound } from '../errors.ts'
import { type Env, type House, idText, json, jsonBody, problems, router, shown, shownOrNull } from '../http.ts'
import { mayElseForbidden } from './accounts.ts'
import { type Actor, mustBeKnown } from './actor.ts'
import { words } from './fields.ts'
import { may } from './policy.ts'
import { note } from './security-log.ts'
import { createToken, listTokens, revokeToken } from './tokens.ts'

const scopes = z
  .array(z.enum(['ops', 'admin']))
  .min(1)
  .max(2)
const tokenSchema = z
  .strictObject({
    id: idText,
    name: z.string(),
    /** Enough to find it again in a program's settings, too little to use. */
    prefix: z.string(),
    scopes: z.array(z.string()),
    /** Null: every programme there is and will be. */
    programmes: z.array(idText).nullable(),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
  })
  .openapi('Token')
const newToken = z
  .strictObject({
    name: words(100),
    scopes: scopes.default(['ops']),
    programmes: z
      .array(idText)
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: 'Which programmes it works for; absent: all there are and will be.' }),
    days: z.int().min(1).max(365).default(90),
  })
  .openapi('NewToken')

const list = createRoute({
  method: 'get',
  path: '/api/v1/tokens',
  tags: ['tokens'],
  responses: {
    200: json(z.strictObject({ items: z.array(tokenSchema) }), 'All tokens, without their secrets'),
    ...problems(401, 403),
  },
})
const create = createRoute({
  method: 'post',
  path: '/api/v1/tokens',
  tags: ['tokens'],
  request: { body: jsonBody(newToken) },
  responses: {
    201: json(
      z.strictObject({ id: idText, token: z.string(), expiresAt: z.string() }),
      'The token in clear, for the only time',
    ),
    ...problems(400, 401, 403),
  },
})
const revoke = createRoute({
  method: 'delete',
  path: '/api/v1/tokens/{id}',
  tags: ['tokens'],
  request: { params: z.object({ id: idText }) },
  responses: { 204: { description: 'Worth nothing from now on' }, ...problems(400, 401, 403, 404) },
})

/** Tokens for programs: only admins make, see and revoke them. They live on the machine's clock, as every credential. */
export function tokenRoutes(house: House): OpenAPIHono<Env> {
  const { db, clock } = house
  const app = router()
  app.openapi(list, async (c) => {
    mustBeAdmin(c.get('actor'))
    const items = (await listTokens(db)).map((row) => ({
      id: row.id,
      name: row.name,
      prefix: row.prefix,
      scopes: row.scopes,
      programmes: row.programmes,
      createdAt: shown(row.created_at),
      expiresAt: shownOrNull(row.expires_at),
      lastUsedAt: shownOrNull(row.last_used_at),
      revokedAt: shownOrNull(row.revoked_at),
    }))
    return c.json({ items }, 200)
  })
  app.openapi(create, async (c) => {
    const actor = mustBeAdmin(c.get('actor'))
    const { name, scopes, programmes, days } = c.req.valid('json')
    if (programmes && scopes.includes('admin'))
      throw invalid({ field: 'programmes', rule: 'must be absent: an admin works for all' })
    const made = clock.elapsed()
    const expiresAt = made.add({ hours: days * 24 })
    const { id, token } = await transact(db, async (tx) => {
      if (programmes) await refuseUnknown(tx, programmes)
      const wanted = { name, scopes: [...new Set(scopes)], programmes: programmes ?? null, expiresAt }
      const created = await createToken(tx, wanted, made)
      const detail = { name, scopes, programmes: programmes ?? 'all', days }
      await audit(tx, {
        at: clock.now(),
        actor: actor.label,
        action: 'token.created',
        objectKind: 'api_token',
        objectId: created.id,
        detail,
      })
      return created
    })
    note(house, 'token_created', actor, { token: id, scopes: [...new Set(scopes)].join() })
    return c.json({ id, token, expiresAt: shown(expiresAt) }, 201)
  })
  app.openapi(revoke, async (c) => {
    const actor = mustBeAdmin(c.get('actor'))
    const { id } = c.req.valid('param')
    await transact(db, async (tx) => {
      if (!(await revokeToken(tx, id, clock.elapsed()))) throw notFound('token')
      await audit(tx, {
        at: clock.now(),
        actor: actor.label,
        action: 'token.revoked',
        objectKind: 'api_token',
        objectId: id,
      })
    })
    note(house, 'token_revoked', actor, { token: id })
    return c.body(null, 204)
  })
  return app
}

async function refuseUnknown(tx: Tx, programmes: readonly string[]): Promise<void> {
  const known = await tx
    .selectFrom('programme')
    .select('id')
    .where('id', 'in', [...programmes])
    .execute()
  if (known.length !== new Set(programmes).size) throw invalid({ field: 'programmes', rule: 'must exist' })
}

function mustBeAdmin(actor: Actor): Actor {
  mayElseForbidden(may(mustBeKnown(actor), 'change_rights', { people: [] }))
  return actor
}
