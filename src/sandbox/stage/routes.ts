import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { Refusal } from '../../errors.ts'
import { type Env, type House, router } from '../../http.ts'
import { readForm, smallForm } from '../../pages/form.ts'
import { seeOther, trouble } from '../../pages/page.ts'
import { mustBeOps } from '../../people/actor.ts'
import type { Sandbox } from '../start.ts'
import { worldActs } from './acts.ts'
import { worldPage } from './page.ts'

/**
 * The world outside as pages and plain forms. After an act everything that it caused has arrived before the page comes
 * back: `settle` lets the simulators' queues and the product's worker come to rest where the clock stands.
 */
export function stageRoutes(house: House, sandbox: Sandbox, settle: () => Promise<unknown>): OpenAPIHono<Env> {
  const app = router()
  const acts = worldActs(house, sandbox)
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    return trouble(
      c,
      error.status,
      'That did not work',
      error.message,
      html`<p><a class="button" href="/sandbox/world">To the world</a></p>`,
    )
  })
  app.get('/sandbox/world', (c) => (c.get('actor').ops ? worldPage(c, house, sandbox) : seeOther(c, '/')))

  for (const [name, act] of Object.entries(acts)) {
    app.post(`/sandbox/world/${name}/:of?`, smallForm, async (c) => {
      mustBeOps(c.get('actor'))
      const form = await readForm(c)
      const back = backOf(form('back'))
      try {
        await act(c.req.param('of') ?? '', form)
        await settle()
      } catch (error) {
        // What a vendor or a person cannot do is said on the page where it was tried.
        if (error instanceof Refusal) return seeOther(c, withError(back, error.message))
        throw error
      }
      return seeOther(c, back)
    })
  }
  return app
}

const backOf = (path: string): string => (/^\/sandbox\/world(?=[?#]|$)/.test(path) ? path : '/sandbox/world')

function withError(back: string, sentence: string): string {
  const url = new URL(back, 'http://here')
  url.searchParams.set('error', sentence)
  return `${url.pathname}${url.search}`
}
