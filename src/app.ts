import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { matchedRoutes } from 'hono/route'
import { bodyUpTo, refuseUnstorable } from './body.ts'
import { endMentorshipRoutes } from './booking/end-mentorship-route.ts'
import { bookingRoutes } from './booking/routes.ts'
import { calendarRoutes } from './calendar/routes.ts'
import { pgError } from './database/transaction.ts'
import { problem, Refusal, withoutData } from './errors.ts'
import { type Env, type House, router } from './http.ts'
import { meetingsRoutes } from './meetings/routes.ts'
import { messagesRoutes } from './messages/routes.ts'
import { operationsRoutes } from './operations/desk-routes.ts'
import { healthRoutes } from './operations/routes.ts'
import { pagesRoutes, refusedPage } from './pages/routes.ts'
import { mustBeLetIn, refuseUndeclared } from './people/access.ts'
import { mustBeKnown } from './people/actor.ts'
import { clientAddress } from './people/client-address.ts'
import { refuseForeignForm } from './people/foreign-form.ts'
import { identifyAndRenew } from './people/identify.ts'
import { limitExport, limitSlots } from './people/rate-limits.ts'
import { peopleRoutes } from './people/routes.ts'
import { noteRefusal } from './people/security-log.ts'
import { cookieName } from './people/sign-in.ts'
import { keptByNobody, protectiveHeaders } from './protection.ts'
import { caseRoutes } from './sessions/case-routes.ts'
import { daySummaryRoutes } from './sessions/day-summary-routes.ts'
import { deskListRoutes } from './sessions/desk-list-routes.ts'
import { deskRoutes } from './sessions/desk-routes.ts'
import { numbersRoutes } from './sessions/numbers-routes.ts'
import { sessionOpsRoutes } from './sessions/ops-routes.ts'
import { planDifferenceRoute } from './sessions/plan-difference-route.ts'
import { sessionsRoutes } from './sessions/routes.ts'
import { todayRoutes } from './sessions/today-routes.ts'
import type { Vendors } from './vendors/vendors.ts'

/** The whole edge: one routes.ts per room, problem documents, limits. `extra` is what only the sandbox serves. */
export function createApp(house: House, vendors: Vendors, extra: OpenAPIHono<Env>[] = []) {
  const app = router()

  app.use(async (c, next) => {
    c.set('requestId', randomUUID())
    await next()
    c.header('X-Request-Id', c.get('requestId'))
    noteRefusal(house, c)
  })
  app.use(protectiveHeaders(house.config), keptByNobody)
  // CSV of a whole organisation comes in one request; its own limit is 5 MB a file.
  const [plain, ofFiles] = [refuseLargeBody(256 * 1024), refuseLargeBody(10 * 1024 * 1024)]
  app.use('/api/*', (c, next) => (c.req.path === '/api/v1/import' ? ofFiles : plain)(c, next))
  app.use('/sandbox/*', refuseLargeBody(1024 * 1024))
  app.use(async (c, next) => {
    // A NUL can be stored nowhere and means nothing in a path or a query.
    if (/%00/.test(c.req.url))
      throw new Refusal('invalid', 'url: must not contain a NUL character', {
        errors: [{ field: 'url', rule: 'must not contain a NUL character' }],
      })
    const { actor, setCookie } = await identifyAndRenew(house, c.req.raw.headers)
    c.set('actor', actor)
    refuseForeignForm(c)
    mustBeLetIn(c)
    await next()
    // Whoever signs in or out in this very answer has a newer one already.
    const isSet = c.res.headers.getSetCookie().some((cookie) => cookie.startsWith(`${cookieName(house.config)}=`))
    if (setCookie && !isSet) c.header('set-cookie', setCookie, { append: true })
  })
  // Who asks comes before what is asked: a stranger learns nothing from our rules.
  app.use('/api/*', async (c, next) => {
    mustBeKnown(c.get('actor'))
    if (c.req.path !== '/api/v1/import') await refuseUnstorable(c)
    await next()
  })

  for (const path of ['/api/v1/mentors/:id/slots', '/book/:mentorId']) {
    app.use(path, async (c, next) => {
      await limitSlots(house, c.get('actor'), clientAddress(c, house.config))
      await next()
    })
  }
  app.use('/api/v1/people/:id/export', async (c, next) => {
    await limitExport(house, c.get('actor'), c.req.param('id'))
    await next()
  })

  app.onError((error, c) => answerError(house, error, c))
  app.notFound((c) => {
    const nothing = new Refusal('not_found', 'There is nothing at this address.')
    return isForPeople(c) ? refusedPage(c, nothing) : respond(nothing)
  })

  const mounted = app
    .route('/', bookingRoutes(house))
    .route('/', endMentorshipRoutes(house))
    .route('/', sessionsRoutes(house))
    .route('/', deskRoutes(house))
    .route('/', caseRoutes(house))
    .route('/', todayRoutes(house))
    .route('/', daySummaryRoutes(house))
    .route('/', sessionOpsRoutes(house))
    .route('/', deskListRoutes(house))
    .route('/', operationsRoutes(house, vendors))
    .route('/', planDifferenceRoute(house))
    .route('/', numbersRoutes(house))
    .route('/', peopleRoutes(house))
    .route('/', meetingsRoutes(house))
    .route('/', messagesRoutes(house))
    .route('/', calendarRoutes(house, vendors))
    .route('/', healthRoutes(house))
    .route('/', pagesRoutes(house, vendors))
  for (const routes of extra) mounted.route('/', routes)
  documentation(mounted)
  refuseUndeclared(mounted.routes)
  return mounted
}

export type App = ReturnType<typeof createApp>

/** Typed or followed in a browser, at an address that is none of programs'. */
const isForPeople = (c: Context<Env>): boolean =>
  c.req.method === 'GET' &&
  (c.req.header('accept') ?? '').includes('text/html') &&
  !/^\/(api|webhooks|pages|docs)\b/.test(c.req.path)

function answerError(house: House, error: Error, c: Context<Env>): Response | Promise<Response> {
  if (error instanceof Refusal) return isForPeople(c) ? refusedPage(c, error) : respond(error)
  if (error instanceof HTTPException && error.status === 415)
    return respond(new Refusal('unsupported_media_type', 'Send JSON with content-type: application/json.'))
  if (error instanceof SyntaxError || error.message.includes('Malformed JSON')) {
    return respond(new Refusal('invalid', 'body: must be JSON', { errors: [{ field: 'body', rule: 'must be JSON' }] }))
  }
  const what = {
    requestId: c.get('requestId') ?? null,
    method: c.req.method,
    // The pattern, not the path: links in it are keys.
    route: matchedRoutes(c).findLast(({ path }) => path !== '/*')?.path ?? 'none',
  }
  // A vendor whose call is refused does not come back; of our own fault it does.
  if (pgError(error)?.code === LOCK_NOT_AVAILABLE && !c.req.path.startsWith('/webhooks/')) {
    house.log('request_waited_in_vain', what)
    const sentence = 'Somebody else is changing the same at this moment. Nothing was done; try again.'
    return respond(new Refusal('slow_down', sentence, { retryAfterSeconds: 1 }))
  }
  house.log('request_crashed', { ...what, error: error.name, message: withoutData(error.message) })
  return c.json(
    {
      type: 'urn:punctual:problem:internal',
      title: 'internal',
      status: 500,
      code: 'internal',
      detail: 'Something of ours broke. Nothing was half done; try again.',
      requestId: c.get('requestId'),
    },
    500,
    { 'content-type': 'application/problem+json' },
  )
}

/** What PostgreSQL says after its lock time-out, in which the other side should long have been done. */
const LOCK_NOT_AVAILABLE = '55P03'

function respond(refusal: Refusal): Response {
  const { status, body } = problem(refusal)
  const retryAfter = refusal.details.retryAfterSeconds
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfter ? { 'retry-after': String(retryAfter) } : {}),
    },
  })
}

/** A body whose announced length is within `limit` is left to its route; Node lets no more of it in than was announced. */
function refuseLargeBody(limit: number) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const announced = c.req.header('content-length')
    if (c.req.raw.body && (announced === undefined || Number(announced) > limit)) {
      const body = await bodyUpTo(c, limit)
      c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers: c.req.raw.headers, body })
    }
    await next()
  }
}

const SWAGGER = { 'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript' } as const

function documentation(app: OpenAPIHono<Env>): void {
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Punctual',
      version: '1',
      description:
        'Scheduling of 1:1 mentorship sessions. Instants are RFC 3339 UTC, ids are UUIDs, errors are RFC 9457 problem documents.',
    },
  })
  app.get('/docs', (c) =>
    c.html(
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>Punctual API</title><link rel="stylesheet" href="/docs/swagger-ui.css"><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></html>',
    ),
  )
  app.get('/docs/start.js', (c) =>
    c.body("SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui' })", 200, { 'content-type': 'text/javascript' }),
  )
  app.get('/docs/:file', async (c) => {
    const file = c.req.param('file') as keyof typeof SWAGGER
    if (!Object.hasOwn(SWAGGER, file)) return c.notFound()
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
    return c.body(new Uint8Array(await readFile(join(folder, file))), 200, {
      'content-type': SWAGGER[file],
      'cache-control': 'public, max-age=86400',
    })
  })
}
