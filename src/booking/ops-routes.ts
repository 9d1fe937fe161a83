import { createRoute } from '@hono/zod-openapi'
import { invalid, notFound } from '../errors.ts'
import { at, type House, json, jsonBody, problems, router, shown } from '../http.ts'
import { mustBeKnown, mustBeOps } from '../people/actor.ts'
import { mustKnowMentee, mustKnowMentor } from '../people/visible-people.ts'
import { applyBulk, bulkEffects, previewBulk } from './bulk.ts'
import { listConflicts } from './conflict-list.ts'
import { hasConflictingBookingsOrSession, runOf, shownTo } from './conflicts.ts'
import { listDifferences } from './difference-list.ts'
import { maybeMenteeOf } from './for-whom.ts'
import { checkRange } from './free-times.ts'
import { publishSession } from './group.ts'
import { alternativesTo } from './refusals.ts'
import {
  bulkAnswer,
  bulkRequest,
  conflictAnswer,
  conflictCheck,
  conflictList,
  groupAnswer,
  groupRequest,
  rangeQuery,
  slotTaken,
} from './schemas.ts'

const taken = {
  409: {
    description: 'What is in the way, and three free times',
    content: { 'application/problem+json': { schema: slotTaken } },
  },
}

/** Conflicts seen and asked about, published group sessions, and one action on many sessions. */
export function opsRoutes(house: House) {
  return router()
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/conflicts',
        tags: ['conflicts'],
        request: { query: rangeQuery },
        responses: {
          200: json(conflictList, 'Sessions that collide by now, and refused attempts of the last 7 days'),
          ...problems(400, 401, 403),
        },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const { from, to } = c.req.valid('query')
        const range = { from: at(from), to: at(to) }
        checkRange(range)
        const now = house.clock.now()
        const differences = await listDifferences(house.db, actor, now)
        return c.json({ now: shown(now), ...(await listConflicts(house.db, actor, range, now)), differences }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/conflicts/check',
        tags: ['conflicts'],
        request: { body: jsonBody(conflictCheck) },
        responses: {
          200: json(conflictAnswer, 'What would be in the way; empty when nothing is'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const body = c.req.valid('json')
        const asking = maybeMenteeOf(actor, body.menteeId)
        await mustKnowMentor(house.db, actor, body.mentorId)
        await mustKnowMentee(house.db, actor, asking)
        const ask = { mentorId: body.mentorId, menteeId: asking === body.mentorId ? null : asking, ...length(body) }
        const isUnpaired = actor.ops && body.menteeId === undefined
        const mentor = await house.db
          .selectFrom('account')
          .select('id')
          .where('id', '=', ask.mentorId)
          .executeTakeFirst()
        if (!mentor) throw notFound('mentor')
        const now = house.clock.now()
        const conflicts = await hasConflictingBookingsOrSession(house.db, ask, now)
        const alternatives = conflicts.length > 0 ? await alternativesTo(house, { ...ask, isUnpaired }, now) : []
        return c.json(
          { conflicts: shownTo(actor, ask, conflicts, await runOf(house.db, actor, conflicts)), alternatives },
          200,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/sessions',
        tags: ['sessions'],
        request: { body: jsonBody(groupRequest) },
        responses: { 201: json(groupAnswer, 'Published'), ...taken, ...problems(400, 401, 403, 404, 422) },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const body = c.req.valid('json')
        if (body.menteeIds.includes(body.mentorId))
          throw invalid({ field: 'menteeIds', rule: 'must not name the mentor' })
        const { programmeId, mentorId, menteeIds, title } = body
        return c.json(
          await publishSession(
            house,
            actor,
            { programmeId, mentorId, menteeIds, title, ...length(body) },
            house.clock.now(),
          ),
          201,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/sessions/bulk',
        tags: ['sessions'],
        request: { body: jsonBody(bulkRequest) },
        responses: { 200: json(bulkAnswer, 'What would change, or has changed'), ...problems(400, 401, 403, 404) },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const { dryRun, ...ask } = c.req.valid('json')
        const now = house.clock.now()
        if (!dryRun) return c.json({ dryRun, items: await applyBulk(house, actor, ask, now) }, 200)
        const items = await previewBulk(house, actor, ask, now)
        return c.json({ dryRun, items, effects: await bulkEffects(house, actor, ask, now) }, 200)
      },
    )
}

/** Throws 400 for a session that ends before it starts, or is shorter than 5 minutes or longer than 8 hours. */
function length(body: { startsAt: string; endsAt: string }): { startsAt: Temporal.Instant; endsAt: Temporal.Instant } {
  const startsAt = at(body.startsAt)
  const endsAt = at(body.endsAt)
  const minutes = (endsAt.epochMilliseconds - startsAt.epochMilliseconds) / 60_000
  if (minutes < 5 || minutes > 480)
    throw invalid({ field: 'endsAt', rule: 'must be 5 minutes to 8 hours after startsAt' })
  return { startsAt, endsAt }
}
