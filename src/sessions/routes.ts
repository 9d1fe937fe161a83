import { createRoute, z } from '@hono/zod-openapi'
import { streamSSE } from 'hono/streaming'
import { at, type House, idText, instantText, json, jsonBody, pageQuery, problems, router, shown } from '../http.ts'
import { mustBeKnown, mustBeOps } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { judge, previewJudge, verdictsOf } from './attendance.ts'
import { listDeliveries } from './deliveries.ts'
import { merge, previewMerge } from './merge.ts'
import { delivery, effectsSchema, mergePlan, reason, session, timelineSchema, undoneMerge, verdict } from './schemas.ts'
import { listSessions, seeSession, sessionFor } from './session.ts'
import { shownTo, timeline } from './timeline.ts'
import { undoMerge } from './undo-merge.ts'

const oneSession = z.object({ id: idText })

export function sessionsRoutes(house: House) {
  const { db, clock } = house
  return router()
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/sessions',
        tags: ['sessions'],
        request: {
          query: pageQuery.extend({
            from: instantText.optional(),
            to: instantText.optional(),
            mentorId: idText.optional(),
            menteeId: idText.optional(),
            programmeId: idText.optional(),
          }),
        },
        responses: {
          200: json(z.strictObject({ items: z.array(session), nextCursor: z.string().optional() }), 'By start'),
          ...problems(400, 401),
        },
      }),
      async (c) => {
        const { from, to, ...query } = c.req.valid('query')
        const actor = mustBeKnown(c.get('actor'))
        const { items, ...page } = await listSessions(db, actor, {
          ...query,
          ...(from ? { from: at(from) } : {}),
          ...(to ? { to: at(to) } : {}),
        })
        return c.json({ items: items.map((item) => sessionFor(actor, item)), ...page }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/sessions/{id}',
        tags: ['sessions'],
        request: { params: oneSession },
        responses: { 200: json(session, 'The session'), ...problems(400, 401, 404) },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        return c.json(sessionFor(actor, await seeSession(db, actor, c.req.valid('param').id)), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/sessions/{id}/timeline',
        tags: ['sessions'],
        request: { params: oneSession },
        responses: { 200: json(timelineSchema, 'What happened, and what is planned'), ...problems(400, 401, 404) },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const { id, programmeId } = await seeSession(db, actor, c.req.valid('param').id)
        return c.json(shownTo(actor, programmeId, await timeline(db, id, clock.now())), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/sessions/{id}/attendance',
        tags: ['sessions'],
        request: { params: oneSession },
        responses: {
          200: json(z.strictObject({ items: z.array(verdict) }), 'Every version of every verdict'),
          ...problems(400, 401, 404),
        },
      }),
      async (c) => {
        const actor = mustBeKnown(c.get('actor'))
        const { id, programmeId } = await seeSession(db, actor, c.req.valid('param').id)
        const items = await verdictsOf(db, id)
        // What is held about somebody's attendance is theirs and ops' to read.
        const mayReadAll = runs(actor, programmeId)
        return c.json({ items: mayReadAll ? items : items.filter(({ personId }) => personId === actor.accountId) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/sessions/{id}/attendance',
        tags: ['sessions'],
        request: {
          params: oneSession,
          body: jsonBody(
            z.strictObject({
              personId: idText,
              verdict: z.enum(['present', 'late', 'left_early', 'absent', 'cannot_tell']),
              reason,
              dryRun: z.boolean().optional(),
            }),
          ),
        },
        responses: {
          200: json(
            z.strictObject({
              items: z.array(verdict),
              dryRun: z.boolean().optional(),
              effects: effectsSchema.optional(),
            }),
            'The verdicts now; with dryRun as they are, and what would follow',
          ),
          ...problems(400, 401, 403, 404, 422),
        },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const { id } = c.req.valid('param')
        const { dryRun = false, ...said } = c.req.valid('json')
        const judgement = { sessionId: id, ...said }
        if (dryRun) {
          const effects = await previewJudge(db, actor, judgement, clock.now())
          return c.json({ items: await verdictsOf(db, id), dryRun, effects }, 200)
        }
        await judge(db, actor, judgement, clock.now())
        house.nudge()
        return c.json({ items: await verdictsOf(db, id) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/sessions/merge',
        tags: ['sessions'],
        request: {
          body: jsonBody(
            z.strictObject({ sessionIds: z.array(idText).min(2).max(20), reason, dryRun: z.boolean().optional() }),
          ),
        },
        responses: {
          200: json(mergePlan, 'What follows; with dryRun nothing has changed'),
          ...problems(400, 401, 403, 404, 409, 422),
        },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const { dryRun, ...wish } = c.req.valid('json')
        if (dryRun) return c.json(await previewMerge(db, actor, wish, clock.now()), 200)
        const plan = await merge(db, actor, wish, clock.now())
        house.nudge()
        return c.json(plan, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/api/v1/merges/{mergeId}/undo',
        tags: ['sessions'],
        request: {
          params: z.object({ mergeId: idText }),
          body: {
            content: { 'application/json': { schema: z.strictObject({ reason: reason.optional() }) } },
            required: false,
          },
        },
        responses: {
          200: json(undoneMerge, 'The sessions are their own again'),
          ...problems(400, 401, 403, 404, 409, 422),
        },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const undone = await undoMerge(
          db,
          actor,
          c.req.valid('param').mergeId,
          c.req.valid('json')?.reason ?? 'undone',
          clock.now(),
        )
        house.nudge()
        return c.json(undone, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/deliveries',
        tags: ['deliveries'],
        request: {
          query: pageQuery.extend({
            sessionId: idText.optional(),
            personId: idText.optional(),
            state: z
              .enum([
                'planned',
                'claimed',
                'accepted',
                'delivered',
                'read',
                'failed',
                'expired',
                'suppressed',
                'withdrawn',
              ])
              .optional(),
            channel: z.enum(['whatsapp', 'email', 'slack']).optional(),
            cursor: idText.optional(),
          }),
        },
        responses: {
          200: json(
            z.strictObject({
              items: z.array(delivery),
              nextCursor: z.string().optional(),
            }),
            'Newest first',
          ),
          ...problems(400, 401, 403),
        },
      }),
      async (c) => {
        return c.json(await listDeliveries(db, mustBeOps(c.get('actor')), c.req.valid('query')), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/events',
        tags: ['sessions'],
        responses: {
          200: {
            description: 'Server-sent events: `changed` with the ids of sessions that changed',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...problems(401, 403),
        },
      }),
      (c) => {
        mustBeOps(c.get('actor'))
        return streamSSE(c, async (stream) => {
          let stop = (): void => {}
          const gone = new Promise<void>((resolve) => {
            stop = resolve
          })
          stream.onAbort(stop)
          const unsubscribe = house.onChange(
            // It says only that something changed: what, whoever listens asks for, with their own rights.
            () =>
              void stream.writeSSE({ event: 'changed', data: JSON.stringify({ now: shown(clock.now()) }) }).catch(stop),
          )
          // A comment each 20 s keeps proxies from closing an idle stream, and finds out that nobody listens any more.
          const beat = setInterval(() => void stream.write(': still here\n\n').catch(stop), 20_000)
          await stream.writeSSE({ event: 'open', data: JSON.stringify({ now: shown(clock.now()) }) })
          await gone
          clearInterval(beat)
          unsubscribe()
        })
      },
    )
}
