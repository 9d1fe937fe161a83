import { createRoute, z } from '@hono/zod-openapi'
import { at, type House, idText, instantText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { words } from '../people/fields.ts'
import { endMentorship } from './end-mentorship.ts'

const affected = z.strictObject({
  sessionId: idText,
  bookingId: idText,
  startsAt: z.string(),
  endsAt: z.string(),
  mentee: z.string(),
  bookAgainWith: idText.nullable(),
})
const ending = z
  .strictObject({
    mentorshipId: idText,
    endedAt: z.string(),
    successorId: idText.nullable(),
    affected: z.array(affected),
    dryRun: z.boolean(),
  })
  .openapi('EndOfMentorship')

const end = createRoute({
  method: 'post',
  path: '/api/v1/mentorships/{id}/end',
  summary: 'End a pair, with or without a successor',
  request: {
    params: z.object({ id: idText }),
    body: jsonBody(
      z.strictObject({
        at: instantText,
        reason: words(500),
        successorMentorId: idText.optional(),
        dryRun: z.boolean().default(false),
      }),
    ),
  },
  responses: { 200: json(ending, 'What was cancelled, or would be'), ...problems(400, 401, 403, 404, 409, 422) },
})

export function endMentorshipRoutes(house: House) {
  return router().openapi(end, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const { at: endsAt, reason, successorMentorId, dryRun } = c.req.valid('json')
    const ask = { at: at(endsAt), reason, successorMentorId: successorMentorId ?? null, dryRun }
    return c.json(await endMentorship(house, actor, c.req.valid('param').id, ask, house.clock.now()), 200)
  })
}
