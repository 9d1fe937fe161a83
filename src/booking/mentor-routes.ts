import { createRoute, z } from '@hono/zod-openapi'
import { at, type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeKnown } from '../people/actor.ts'
import { calendarConfig } from './availability.ts'
import { checkHours } from './check-hours.ts'
import { firstSteps } from './first-steps.ts'
import { firstStepsAnswer, hoursCheckAnswer, mentorSessionsAnswer, mentorWeekAnswer } from './mentor-schemas.ts'
import { mentorSessions } from './mentor-sessions.ts'
import { mentorWeek } from './mentor-week.ts'
import { moveTimes } from './move-times.ts'
import { rangeQuery, timesAnswer } from './schemas.ts'

const one = z.object({ id: idText })
const tags = ['mentors']

/** What a mentor's own pages show; ops see the same of the mentors they know. */
export function mentorRoutes(house: House) {
  return router()
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/mentors/{id}/calendar-config/check',
        tags,
        request: { params: one, query: rangeQuery, body: jsonBody(calendarConfig) },
        responses: {
          200: json(hoursCheckAnswer, 'What these hours would do; nothing is saved'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => {
        const { from, to } = c.req.valid('query')
        const range = { from: at(from), to: at(to) }
        const actor = mustBeKnown(c.get('actor'))
        return c.json(
          await checkHours(house, actor, c.req.valid('param').id, c.req.valid('json'), range, house.clock.now()),
          200,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/mentors/{id}/week',
        tags,
        request: { params: one, query: rangeQuery },
        responses: {
          200: json(mentorWeekAnswer, 'Sessions, holds, busy times, absences and open hours'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) => {
        const { from, to } = c.req.valid('query')
        const range = { from: at(from), to: at(to) }
        return c.json(
          await mentorWeek(house, mustBeKnown(c.get('actor')), c.req.valid('param').id, range, house.clock.now()),
          200,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/mentors/{id}/sessions',
        tags,
        request: { params: one },
        responses: {
          200: json(mentorSessionsAnswer, 'Sessions to come, and each pair with what there was'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) =>
        c.json(
          await mentorSessions(house, mustBeKnown(c.get('actor')), c.req.valid('param').id, house.clock.now()),
          200,
        ),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/mentors/{id}/first-steps',
        tags,
        request: { params: one },
        responses: {
          200: json(firstStepsAnswer, 'What a mentor has done to begin with, and what is open'),
          ...problems(400, 401, 403, 404),
        },
      }),
      async (c) =>
        c.json(await firstSteps(house, mustBeKnown(c.get('actor')), c.req.valid('param').id, house.clock.now()), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/bookings/{id}/times',
        tags: ['booking'],
        request: { params: one, query: rangeQuery },
        responses: {
          200: json(timesAnswer, 'Where this booking could go: free for everybody in it'),
          ...problems(400, 401, 404),
        },
      }),
      async (c) => {
        const { from, to } = c.req.valid('query')
        const range = { from: at(from), to: at(to) }
        const times = await moveTimes(
          house,
          mustBeKnown(c.get('actor')),
          c.req.valid('param').id,
          range,
          house.clock.now(),
        )
        return c.json({ times }, 200)
      },
    )
}
