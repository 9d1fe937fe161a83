import { createRoute, z } from '@hono/zod-openapi'
import { type House, idText, json, pageQuery, problems, router } from '../http.ts'
import { mustBeOps } from './actor.ts'
import { afterOf, page } from './cursor.ts'
import { roleName } from './fields.ts'
import { previewJoin, WHAT } from './join-accounts.ts'
import { countPeople, listPeople, ONLY } from './people-list.ts'
import { seePerson } from './person-desk.ts'

const channel = z.enum(['whatsapp', 'email'])
const listed = {
  id: idText,
  name: z.string(),
  email: z.string(),
  phone: z.string().nullable(),
  roles: z.array(z.string()),
  timeZone: z.string(),
  programmes: z.array(z.strictObject({ id: idText, name: z.string() })),
  reachable: z.array(channel).openapi({ description: 'Where a message gets through now.' }),
  barriers: z.array(z.strictObject({ channel, why: z.enum(['no_number', 'no_consent', 'withdrawn', 'dead']) })),
  invitedAt: z.string().nullable(),
  acceptedAt: z.string().nullable(),
  deactivatedAt: z.string().nullable(),
  pauses: z.array(z.strictObject({ programmeId: idText, reason: z.string(), pausedAt: z.string() })),
}
const listedPerson = z.strictObject(listed).openapi('ListedPerson')
const counts = z.strictObject({ all: z.int(), notAnswered: z.int(), unreachable: z.int(), paused: z.int() })
const desk = z
  .strictObject({
    person: z.strictObject({
      ...listed,
      locale: z.string(),
      slackUserId: z.string().nullable(),
      channels: z.array(z.string()),
      quietFrom: z.string(),
      quietTo: z.string(),
    }),
    aliases: z.array(z.strictObject({ email: z.string(), learned: z.string(), learnedAt: z.string() })),
    consents: z.array(
      z.strictObject({
        channel: z.string(),
        grantedAt: z.string(),
        source: z.string(),
        withdrawnAt: z.string().nullable(),
        withdrawnBy: z.string().nullable(),
      }),
    ),
    dead: z.array(z.strictObject({ channel: z.string(), address: z.string(), why: z.string(), since: z.string() })),
    pairs: z.array(
      z.strictObject({
        id: idText,
        programmeId: idText,
        programme: z.string(),
        mentorId: idText,
        mentor: z.string(),
        menteeId: idText,
        mentee: z.string(),
        endedAt: z.string().nullable(),
      }),
    ),
    worksFor: z.array(z.strictObject({ programmeId: idText, name: z.string(), since: z.string() })),
    may: z.strictObject({
      change: z.boolean(),
      changeRights: z.boolean(),
      handOut: z.boolean(),
      erase: z.boolean(),
    }),
  })
  .openapi('PersonDesk')
const moved = z.strictObject({ moves: z.array(z.strictObject({ what: z.enum(WHAT), count: z.int() })) }).openapi('Join')

/** People as ops work through them: who needs something, one person whole, and what joining two accounts would move. */
export function deskRoutes({ db, clock }: House) {
  return router()
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/desk/people',
        tags: ['people'],
        request: {
          query: pageQuery.extend({
            search: z.string().max(100).optional(),
            role: roleName.optional(),
            programmeId: idText.optional(),
            only: z.enum(ONLY).optional(),
          }),
        },
        responses: {
          200: json(
            z.strictObject({ items: z.array(listedPerson), nextCursor: z.string().optional(), counts }),
            'By name',
          ),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const { limit, cursor, ...asked } = c.req.valid('query')
        const people = await listPeople(db, actor, { ...asked, after: afterOf(cursor), limit: limit + 1 })
        return c.json({ ...page(people, limit), counts: await countPeople(db, actor, asked) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/desk/people/{id}',
        tags: ['people'],
        request: { params: z.object({ id: idText }) },
        responses: { 200: json(desk, 'The person, whole'), ...problems(400, 401, 403, 404) },
      }),
      async (c) => c.json(await seePerson(db, mustBeOps(c.get('actor')), c.req.valid('param').id), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/people/{id}/join',
        tags: ['people'],
        summary: 'What would pass to this account if the other one were joined to it',
        request: { params: z.object({ id: idText }), query: z.strictObject({ goneId: idText }) },
        responses: { 200: json(moved, 'By kind'), ...problems(400, 401, 403, 404, 422) },
      }),
      async (c) => {
        const ask = { kept: c.req.valid('param').id, gone: c.req.valid('query').goneId }
        return c.json({ moves: await previewJoin(db, mustBeOps(c.get('actor')), ask, clock.now()) }, 200)
      },
    )
}
