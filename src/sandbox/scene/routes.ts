import { createRoute, z } from '@hono/zod-openapi'
import { notFound } from '../../errors.ts'
import { type House, idText, json, problems, router } from '../../http.ts'
import { idOr } from '../../pages/form.ts'
import { seeOther } from '../../pages/page.ts'
import { mustBeOps } from '../../people/actor.ts'
import type { Sandbox } from '../start.ts'
import { connectCalendar } from './connect-calendar.ts'
import { happenedSince } from './happenings.ts'
import { letter } from './letter.ts'
import { readScene } from './scene.ts'
import { happeningsSchema, sceneSchema, storySchema } from './schema.ts'
import { readStory } from './story.ts'

/** Somebody compares a few phones, not a class. */
const OTHERS = 4

/**
 * `/sandbox/scene`, `happenings` and `story`: what `/app/sandbox` shows of the world outside. What people and vendors do there
 * has its own addresses (`sandboxRoutes`).
 */
export function sceneRoutes(house: House, sandbox: Sandbox) {
  const app = router()
  // The page that stood here has moved; links in bookmarks go on working.
  app.get('/sandbox/world', (c) => {
    const session = idOr(c.req.query('session') ?? '')
    return seeOther(c, c.get('actor').ops ? `/app/sandbox${session ? `?session=${session}` : ''}` : '/')
  })
  app.get('/sandbox/inbox/:id/letter', async (c) => {
    mustBeOps(c.get('actor'))
    const found = await sandbox.mail(c.req.param('id'))
    if (!found) throw notFound('mail')
    return c.html(letter(found as Parameters<typeof letter>[0]))
  })
  app.post('/sandbox/google/:personId/connect', async (c) => {
    mustBeOps(c.get('actor'))
    await connectCalendar(house, sandbox, idOr(c.req.param('personId')) ?? '')
    return c.json({})
  })

  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/sandbox/scene',
        tags: ['sandbox'],
        request: {
          query: z.object({
            session: idText.optional(),
            with: z
              .string()
              .max(300)
              .default('')
              .transform((text) => text.split(',').filter(Boolean))
              .pipe(z.array(idText).max(OTHERS, `at most ${OTHERS} people`)),
          }),
        },
        responses: {
          200: json(sceneSchema, 'Phones, room, mail, Slack, calendars, faults'),
          ...problems(400, 401, 403),
        },
      }),
      async (c) => {
        mustBeOps(c.get('actor'))
        const { session, with: others } = c.req.valid('query')
        return c.json(await readScene(house, sandbox, { sessionId: session ?? null, others }), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/sandbox/happenings',
        tags: ['sandbox'],
        request: {
          query: z.object({
            since: z
              .string()
              .regex(/^\d{1,9}\.\d{1,9}$/, 'must be what `seen` said')
              .optional(),
          }),
        },
        responses: {
          200: json(
            happeningsSchema,
            'What left the system since then and what it was told; without `since` only how far it is',
          ),
          ...problems(400, 401, 403),
        },
      }),
      async (c) => {
        mustBeOps(c.get('actor'))
        return c.json(await happenedSince(sandbox.world, c.req.valid('query').since ?? null), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/sandbox/story',
        tags: ['sandbox'],
        request: { query: z.object({ session: idText.optional() }) },
        responses: { 200: json(storySchema, 'What to try, and what of it is done'), ...problems(400, 401, 403) },
      }),
      async (c) => {
        const { accountId } = mustBeOps(c.get('actor'))
        return c.json(await readStory(house, c.req.valid('query').session ?? null, accountId), 200)
      },
    )
}
