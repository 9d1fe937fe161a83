import { html } from 'hono/html'
import { Refusal } from '../errors.ts'
import { type House, router } from '../http.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { appRoutes } from './app.ts'
import { assetRoutes } from './assets.ts'
import { bookRoutes } from './book-routes.ts'
import { homeRoutes } from './home.ts'
import { linkRoutes } from './link-routes.ts'
import { opsRoutes } from './ops-routes.ts'
import { type Ctx, trouble } from './page.ts'
import { settingsRoutes } from './settings-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { viewerOf } from './viewer.ts'

/**
 * The light pages: links of mentees and mentors (`/m`, `/join`), booking, everybody's first page, and where older addresses lead.
 * They work without a script. A GET changes nothing, because mail scanners follow links.
 */
export function pagesRoutes(house: House, vendors: Vendors = {}) {
  const app = router()
  app.onError((error, c) => {
    if (error instanceof Refusal) return refusedPage(c, error)
    throw error
  })
  if (house.config.PUNCTUAL_MODE === 'sandbox') {
    app.use(async (c, next) => {
      const actor = c.get('actor')
      if (actor.accountId && !actor.ops && !/^\/(app|pages)\//.test(c.req.path)) {
        const { name, isMentor } = await viewerOf(house, actor)
        c.set('playing', { name, role: isMentor ? 'mentor' : 'mentee' })
      }
      await next()
    })
  }
  app.route('/', assetRoutes())
  app.route('/', appRoutes())
  app.route('/', linkRoutes(house, vendors))
  app.route('/', bookRoutes(house))
  app.route('/', opsRoutes(house))
  app.route('/', signInRoutes(house, vendors))
  app.route('/', settingsRoutes(house))
  app.route('/', homeRoutes(house, vendors))
  return app
}

const BACK = html`<p><a class="button" href="/">To the first page</a></p>`

/** People get a sentence and a way back where programs get a problem document. */
export function refusedPage(c: Ctx, refusal: Refusal): Response | Promise<Response> {
  const title =
    refusal.status === 404
      ? 'Not found'
      : refusal.status === 403 || refusal.status === 401
        ? 'Not yours to do'
        : 'That did not work'
  const { retryAfterSeconds } = refusal.details
  if (retryAfterSeconds) c.header('retry-after', String(retryAfterSeconds))
  return trouble(c, refusal.status, title, refusal.message, BACK)
}
