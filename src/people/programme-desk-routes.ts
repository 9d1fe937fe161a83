import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, pageQuery, problems, router } from '../http.ts'
import { messageTable } from '../playbook/message-table.ts'
import { policyOf } from '../playbook/policy.ts'
import { mustBeOps } from './actor.ts'
import { afterOf, page } from './cursor.ts'
import { readPlaybook } from './playbook.ts'
import { listPairs, listRunProgrammes, namedOps } from './programme-desk.ts'
import { mustRun } from './scope.ts'

const tags = ['programmes']
const one = z.object({ id: idText })
const listed = z
  .strictObject({
    id: idText,
    name: z.string(),
    booking: z.enum(['assigned', 'open']),
    room: z.enum(['zoom', 'meet']),
    timeZone: z.string(),
    openPairs: z.int(),
    booked: z.int(),
    budget: z.int().nullable().openapi({ description: 'Of all open pairs; null = at least one has no limit.' }),
    openSessions: z.int(),
    ops: z.array(z.string()),
  })
  .openapi('ListedProgramme')
const pair = z
  .strictObject({
    id: idText,
    mentorId: idText,
    mentor: z.string(),
    menteeId: idText,
    mentee: z.string(),
    sessions: z.int().nullable(),
    booked: z.int(),
    startsOn: z.string(),
    endsOn: z.string().nullable(),
    endedAt: z.string().nullable(),
    endedReason: z.string().nullable(),
    succeeds: idText.nullable(),
  })
  .openapi('ListedPair')
const setting = z.strictObject({ field: z.string(), value: z.number(), unit: z.enum(['minutes', 'hours']) })
const messages = z
  .strictObject({
    version: z.int(),
    settings: z.record(z.string(), z.unknown()),
    policy: z.record(z.string(), z.unknown()),
    messages: z.array(
      z.strictObject({
        meaning: z.string(),
        to: z.string(),
        channels: z.enum(['both', 'whatsapp_else_email', 'slack']),
        from: z.enum(['at_once', 'before_start', 'after_start', 'after_end', 'when_firm']),
        due: setting.nullable(),
        lasts: z.union([setting, z.enum(['until_start', 'fixed_24_hours', 'until_verdict_is_closed'])]),
        exempt: z.enum(['always', 'never', 'near_the_session']),
      }),
    ),
    savedAt: z.string().nullable(),
    savedBy: z.string().nullable(),
  })
  .openapi('MessageTable')
const ops = z
  .strictObject({ personId: idText, name: z.string(), since: z.string(), givenBy: z.string() })
  .openapi('NamedOps')

/** Programmes as ops run them: what is in each, its pairs by name, its messages as a table, who works for it. */
export function programmeDeskRoutes({ db, clock }: House) {
  return router()
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/desk/programmes',
        tags,
        responses: { 200: json(z.strictObject({ items: z.array(listed) }), 'By name'), ...problems(401, 403) },
      }),
      async (c) => c.json({ items: await listRunProgrammes(db, mustBeOps(c.get('actor')), clock.now()) }, 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/desk/programmes/{id}/pairs',
        tags,
        request: {
          params: one,
          query: pageQuery.extend({
            search: z.string().max(100).optional(),
            state: z.enum(['open', 'ended']).default('open'),
          }),
        },
        responses: {
          200: json(z.strictObject({ items: z.array(pair), nextCursor: z.string().optional() }), 'Pairs by name'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => {
        const { limit, cursor, ...asked } = c.req.valid('query')
        const question = { ...asked, after: afterOf(cursor), limit: limit + 1 }
        const { id } = c.req.valid('param')
        return c.json(page(await listPairs(db, mustBeOps(c.get('actor')), id, question, clock.now()), limit), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/desk/programmes/{id}/messages',
        tags,
        summary: 'Which messages go to whom, when, and for how long',
        request: { params: one },
        responses: { 200: json(messages, 'Under the newest policy'), ...problems(400, 401, 403, 404) },
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        mustRun(mustBeOps(c.get('actor')), id)
        const { version, settings, savedAt, savedBy } = await readPlaybook(db, id)
        const policy = policyOf(settings)
        const shown = { version, settings, policy: { ...policy }, messages: messageTable(policy), savedBy }
        return c.json({ ...shown, savedAt: savedAt?.toString() ?? null }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/desk/programmes/{id}/ops',
        tags,
        request: { params: one },
        responses: {
          200: json(z.strictObject({ items: z.array(ops) }), 'Who works for it, by name'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => c.json({ items: await namedOps(db, mustBeOps(c.get('actor')), c.req.valid('param').id) }, 200),
    )
}
