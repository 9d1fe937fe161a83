import { createRoute, z } from '@hono/zod-openapi'
import { at, type House, idText, json, jsonBody, problems, router } from '../http.ts'
import { mustBeKnown } from '../people/actor.ts'
import { book } from './book.ts'
import { bookingFor, shownBooking } from './bookings.ts'
import { cancel, isLate, previewCancel } from './cancel.ts'
import { menteeOf } from './for-whom.ts'
import { hold, releaseHold } from './holds.ts'
import { hoursRoutes } from './hours-routes.ts'
import { once } from './idempotency.ts'
import { mentorRoutes } from './mentor-routes.ts'
import { opsRoutes } from './ops-routes.ts'
import { previewMove, reschedule } from './reschedule.ts'
import {
  bookingAnswer,
  bookingRequest,
  cancelledAnswer,
  cancelRequest,
  holdAnswer,
  holdRequest,
  movedAnswer,
  rescheduleRequest,
  slotTaken,
} from './schemas.ts'

const one = z.object({ id: idText })
const taken = {
  409: {
    description: 'What is in the way, and three free times',
    content: { 'application/problem+json': { schema: slotTaken } },
  },
}
const tags = ['booking']

/** Holds, bookings, hours, free times, conflicts and what ops do with whole days. */
export function bookingRoutes(house: House) {
  const app = router()
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/holds',
        tags,
        request: { body: jsonBody(holdRequest) },
        responses: {
          201: json(holdAnswer, 'The time is kept until `expiresAt`'),
          ...taken,
          ...problems(400, 401, 403, 404, 422),
        },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const body = c.req.valid('json')
        const menteeId = menteeOf(actor, body.mentorId, body.menteeId)
        const ask = {
          mentorId: body.mentorId,
          menteeId,
          mentorshipId: body.mentorshipId ?? null,
          startsAt: at(body.startsAt),
        }
        return c.json(await hold(house, actor, ask, house.clock.now()), 201)
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/api/v1/holds/{id}',
        tags,
        request: { params: one },
        responses: { 204: { description: 'Given back' }, ...problems(400, 401, 404) },
      }),
      async (c) => {
        await releaseHold(house, mustBeKnown(c.get('actor')), c.req.valid('param').id, house.clock.now())
        return c.body(null, 204)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/bookings',
        tags,
        request: {
          body: jsonBody(bookingRequest),
          headers: z.object({
            'idempotency-key': z
              .string()
              .optional()
              .openapi({ description: 'The same key and body within 48 h get the first answer' }),
          }),
        },
        responses: { 201: json(bookingAnswer, 'Booked'), ...taken, ...problems(400, 401, 403, 404, 422) },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const body = c.req.valid('json')
        const menteeId = menteeOf(actor, body.mentorId, body.menteeId)
        const { mentorId, mentorshipId = null, holdId = null } = body
        const ask = { mentorId, menteeId, mentorshipId, holdId, startsAt: at(body.startsAt) }
        const request = { ...ask, startsAt: ask.startsAt.toString() }
        const key = c.req.valid('header')['idempotency-key']
        const now = house.clock.now()
        return c.json(
          await once(house, actor, 'POST /api/v1/bookings', key, request, now, (slot) =>
            book(house, actor, ask, now, slot),
          ),
          201,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/bookings/{id}',
        tags,
        request: { params: one },
        responses: { 200: json(bookingAnswer, 'The booking'), ...problems(400, 401, 404) },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        return c.json(shownBooking(await bookingFor(house.db, actor, c.req.valid('param').id)), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/bookings/{id}/reschedule',
        tags,
        request: { params: one, body: jsonBody(rescheduleRequest) },
        responses: {
          200: json(
            movedAnswer,
            'Moved; asking again for the same time changes nothing. With dryRun what would follow',
          ),
          ...taken,
          ...problems(400, 401, 404, 422),
        },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const { startsAt, revision, dryRun = false } = c.req.valid('json')
        return c.json(
          await (dryRun ? previewMove : reschedule)(
            house,
            actor,
            c.req.valid('param').id,
            { startsAt: at(startsAt), revision },
            house.clock.now(),
          ),
          200,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/bookings/{id}/cancel',
        tags,
        request: { params: one, body: jsonBody(cancelRequest) },
        responses: {
          200: json(cancelledAnswer, 'Cancelled; again is fine. With dryRun as it is, and what would follow'),
          ...problems(400, 401, 404, 409, 422),
        },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const { id } = c.req.valid('param')
        const { dryRun = false, ...ask } = c.req.valid('json')
        const now = house.clock.now()
        if (!dryRun) return c.json(await cancel(house, actor, id, ask, now), 200)
        const effects = await previewCancel(house.db, actor, [{ id, revision: ask.revision }], ask.reason, now)
        const booking = await bookingFor(house.db, actor, id)
        return c.json({ ...shownBooking(booking), late: await isLate(house.db, booking, now), dryRun, effects }, 200)
      },
    )
  return app.route('/', hoursRoutes(house)).route('/', mentorRoutes(house)).route('/', opsRoutes(house))
}
