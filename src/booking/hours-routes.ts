import { createRoute, z } from '@hono/zod-openapi'
import { invalid } from '../errors.ts'
import { at, type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeKnown } from '../people/actor.ts'
import { mustKnowMentee, mustKnowMentor } from '../people/visible-people.ts'
import { calendarConfig } from './availability.ts'
import { readCalendarConfig, versionOf, writeCalendarConfig } from './calendar-config.ts'
import { maybeMenteeOf } from './for-whom.ts'
import { freeTimes } from './free-times.ts'
import { slotsAnswer, slotsQuery } from './schemas.ts'

const one = z.object({ id: idText })
const tags = ['hours']
const affected = z.array(
  z.strictObject({
    sessionId: idText,
    startsAt: z.string(),
    mentee: z.strictObject({ id: idText, name: z.string() }).nullable(),
  }),
)
const config = calendarConfig.openapi('CalendarConfig')

/** A mentor's hours, and the free times they make. */
export function hoursRoutes(house: House) {
  return router()
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/mentors/{id}/calendar-config',
        tags,
        request: { params: one },
        responses: {
          200: json(config, 'The hours; ETag is their version, "0" for nobody’s yet'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => {
        const { config, version } = await readCalendarConfig(house, c.get('actor'), c.req.valid('param').id)
        return c.json(config, 200, { ETag: `"${version}"` })
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/api/v1/mentors/{id}/calendar-config',
        tags,
        request: {
          params: one,
          headers: z.object({ 'if-match': z.string().optional() }),
          body: jsonBody(calendarConfig),
        },
        responses: {
          200: json(
            z.strictObject({ ...calendarConfig.shape, affected }),
            'The new hours, and the booked sessions they would not offer',
          ),
          ...problems(400, 401, 403, 404, 409, 428),
        },
      }),
      async (c) => {
        mustBeKnown(c.get('actor'))
        const version = versionOf(c.req.valid('header')['if-match'])
        const written = await writeCalendarConfig(
          house,
          c.get('actor'),
          c.req.valid('param').id,
          c.req.valid('json'),
          version,
          house.clock.now(),
        )
        return c.json({ ...written.config, affected: written.affected }, 200, { ETag: `"${written.version}"` })
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/mentors/{id}/slots',
        tags,
        request: { params: one, query: slotsQuery },
        responses: {
          200: json(slotsAnswer, 'Free times; with explain=true also why not at other times'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => {
        const { from, to, explain, menteeId, mentorshipId } = c.req.valid('query')
        const mentorId = c.req.valid('param').id
        const actor = c.get('actor')
        const asking = maybeMenteeOf(actor, menteeId)
        await mustKnowMentor(house.db, actor, mentorId)
        await mustKnowMentee(house.db, actor, asking)
        if (mentorshipId && asking === null)
          throw invalid({ field: 'menteeId', rule: 'is needed with mentorshipId: say whose' })
        // A mentor who looks at their own hours is no mentee of themselves.
        const range = { from: at(from), to: at(to) }
        const ask = { mentorId, menteeId: asking === mentorId ? null : asking, mentorshipId, actor, ...range }
        return c.json(await freeTimes(house, ask, explain === 'true', house.clock.now()), 200)
      },
    )
}
