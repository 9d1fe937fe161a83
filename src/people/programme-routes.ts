import { createRoute, z } from '@hono/zod-openapi'
import { type SqlBool, sql } from 'kysely'
import { type House, idText, json, jsonBody, pageQuery, problems, router, shownOrNull } from '../http.ts'
import { policyOf } from '../playbook/policy.ts'
import { mustBeKnown, mustBeOps } from './actor.ts'
import { afterOf, page } from './cursor.ts'
import { createMentorship, mentorshipSchema, newMentorship, readMentorships } from './mentorships.ts'
import { type PlaybookVersion, readPlaybook, savePlaybook } from './playbook.ts'
import {
  changeProgramme,
  createProgramme,
  listProgrammes,
  newProgramme,
  programmeChanges,
  programmeSchema,
  readProgramme,
  seeProgramme,
} from './programmes.ts'
import { isRun, mustRun } from './scope.ts'

const oneProgramme = z.object({ id: idText })
const playbookSchema = z
  .strictObject({
    version: z.int(),
    settings: z.record(z.string(), z.unknown()),
    policy: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'The defaults with the settings laid over them.' }),
    savedAt: z.string().nullable(),
    savedBy: z.string().nullable(),
  })
  .openapi('Playbook')

const list = createRoute({
  method: 'get',
  path: '/api/v1/programmes',
  request: { query: pageQuery },
  responses: {
    200: json(z.strictObject({ items: z.array(programmeSchema), nextCursor: z.string().optional() }), 'Programmes'),
    ...problems(400, 401),
  },
})
const create = createRoute({
  method: 'post',
  path: '/api/v1/programmes',
  request: { body: jsonBody(newProgramme) },
  responses: { 201: json(programmeSchema, 'The programme'), ...problems(400, 401, 403, 409) },
})
const read = createRoute({
  method: 'get',
  path: '/api/v1/programmes/{id}',
  request: { params: oneProgramme },
  responses: { 200: json(programmeSchema, 'The programme'), ...problems(401, 404) },
})
const change = createRoute({
  method: 'patch',
  path: '/api/v1/programmes/{id}',
  request: { params: oneProgramme, body: jsonBody(programmeChanges) },
  responses: { 200: json(programmeSchema, 'The programme as changed'), ...problems(400, 401, 403, 404, 409) },
})
const readPolicy = createRoute({
  method: 'get',
  path: '/api/v1/programmes/{id}/playbook',
  request: { params: oneProgramme },
  responses: { 200: json(playbookSchema, 'The newest version; 0 = only defaults'), ...problems(401, 403, 404) },
})
const savePolicy = createRoute({
  method: 'put',
  path: '/api/v1/programmes/{id}/playbook',
  request: {
    params: oneProgramme,
    body: jsonBody(z.strictObject({ version: z.int().min(0), settings: z.record(z.string(), z.unknown()) })),
  },
  responses: { 200: json(playbookSchema, 'The new version'), ...problems(400, 401, 403, 404, 409) },
})
const listPairs = createRoute({
  method: 'get',
  path: '/api/v1/mentorships',
  request: {
    query: pageQuery.extend({
      programmeId: idText.optional(),
      mentorId: idText.optional(),
      menteeId: idText.optional(),
    }),
  },
  responses: {
    200: json(
      z.strictObject({ items: z.array(mentorshipSchema), nextCursor: z.string().optional() }),
      'Pairs you may see',
    ),
    ...problems(400, 401),
  },
})
const createPair = createRoute({
  method: 'post',
  path: '/api/v1/mentorships',
  request: { body: jsonBody(newMentorship) },
  responses: { 201: json(mentorshipSchema, 'The pair'), ...problems(400, 401, 403, 409) },
})

export function programmeRoutes({ db, clock, nudge }: House) {
  const app = router()

  return app
    .openapi(list, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const { limit, cursor } = c.req.valid('query')
      return c.json(page(await listProgrammes(db, actor, { after: afterOf(cursor), limit: limit + 1 }), limit), 200)
    })
    .openapi(create, async (c) => {
      const id = await createProgramme(db, mustBeOps(c.get('actor')), c.req.valid('json'), clock.now())
      return c.json(await readProgramme(db, id), 201)
    })
    .openapi(read, async (c) => {
      return c.json(await seeProgramme(db, mustBeKnown(c.get('actor')), c.req.valid('param').id), 200)
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid('param')
      const actor = mustBeOps(c.get('actor'))
      mustRun(actor, id)
      await changeProgramme(db, actor, id, c.req.valid('json'), clock.now())
      nudge()
      return c.json(await readProgramme(db, id), 200)
    })
    .openapi(readPolicy, async (c) => {
      mustRun(mustBeOps(c.get('actor')), c.req.valid('param').id)
      return c.json(shownPlaybook(await readPlaybook(db, c.req.valid('param').id)), 200)
    })
    .openapi(savePolicy, async (c) => {
      const actor = mustBeOps(c.get('actor'))
      mustRun(actor, c.req.valid('param').id)
      const { version, settings } = c.req.valid('json')
      policyOf(settings)
      const saved = await savePlaybook(db, actor, c.req.valid('param').id, { version, settings }, clock.now())
      nudge()
      return c.json(shownPlaybook(saved), 200)
    })
    .openapi(listPairs, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const { limit, cursor, programmeId, mentorId, menteeId } = c.req.valid('query')
      const after = afterOf(cursor)
      const conditions = [
        sql`(${isRun(actor, 'programme_id')} or ${actor.accountId}::uuid in (mentor_id, mentee_id))`,
        ...(after ? [sql`mentorship.id > ${after}`] : []),
        ...(programmeId ? [sql`programme_id = ${programmeId}`] : []),
        ...(mentorId ? [sql`mentor_id = ${mentorId}`] : []),
        ...(menteeId ? [sql`mentee_id = ${menteeId}`] : []),
      ]
      const pairs = await readMentorships(db, {
        where: sql<SqlBool>`${sql.join(conditions, sql` and `)}`,
        limit: limit + 1,
      })
      return c.json(page(pairs, limit), 200)
    })
    .openapi(createPair, async (c) => {
      const id = await createMentorship(db, mustBeOps(c.get('actor')), c.req.valid('json'), clock.now())
      const [pair] = await readMentorships(db, { where: sql<SqlBool>`id = ${id}`, limit: 1 })
      return c.json(pair!, 201)
    })
}

const shownPlaybook = ({ version, settings, savedAt, savedBy }: PlaybookVersion) => ({
  version,
  settings,
  policy: policyOf(settings) as unknown as Record<string, unknown>,
  savedAt: shownOrNull(savedAt),
  savedBy,
})
