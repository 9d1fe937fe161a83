import { Hono } from 'hono'
import { html } from 'hono/html'
import { Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { calendarFile } from './calendar-file.ts'
import { wordsFor } from './catalogue.ts'
import { readForm, smallForm } from './form.ts'
import { type Holder, holderOf } from './holder.ts'
import { join, joinPage } from './join.ts'
import { managePage } from './manage.ts'
import { act } from './manage-acts.ts'
import { cancelPage, movePage } from './move.ts'
import { type Ctx, seeOther, trouble } from './page.ts'

/** Pages behind the links in messages. Whoever has the link is let in; the link is signed and says who that is. */
export function linkRoutes(house: House, vendors: Vendors): Hono<Env> {
  const app = new Hono<Env>()
  const manages = (show: (c: Ctx, holder: Holder, token: string) => Response | Promise<Response>) => async (c: Ctx) => {
    const token = c.req.param('token') ?? ''
    const holder = await holderOf(house, ['manage', 'confirm'], token)
    return holder ? show(c, holder, token) : unknownLink(c)
  }

  app.get(
    '/m/:token',
    manages((c, holder, token) =>
      managePage(c, house, holder, token, { said: c.req.query('said'), asked: c.req.query('answer') }),
    ),
  )
  app.get(
    '/m/:token/move',
    manages((c, holder, token) =>
      movePage(c, house, holder, token, { said: c.req.query('said'), from: c.req.query('from') }),
    ),
  )
  app.get('/m/:token/cancel', manages(cancelPage))
  app.get(
    '/m/:token/session.ics',
    manages((c, holder) =>
      c.body(calendarFile(house, holder), 200, {
        'content-type': 'text/calendar; charset=utf-8',
        'content-disposition': 'attachment; filename="session.ics"',
        'cache-control': 'no-store',
      }),
    ),
  )
  app.post(
    '/m/:token',
    smallForm,
    manages(async (c, holder, token) => {
      try {
        return seeOther(c, await act(house, holder, token, await readForm(c)))
      } catch (error) {
        if (error instanceof Refusal) return refused(c, house, holder, token, error)
        throw error
      }
    }),
  )

  const joins = (show: (c: Ctx, holder: Holder, token: string) => Promise<Response>) => async (c: Ctx) => {
    const token = c.req.param('token') ?? ''
    const holder = await holderOf(house, ['join'], token)
    return holder ? show(c, holder, token) : unknownLink(c)
  }
  app.get(
    '/join/:token',
    joins((c, holder, token) => joinPage(c, house, holder, token)),
  )
  app.post(
    '/join/:token',
    smallForm,
    joins((c, holder, token) => join(c, house, vendors, holder, token)),
  )
  return app
}

/** What the rules say no to is answered on the page it came from, with what is possible instead. */
async function refused(c: Ctx, house: House, holder: Holder, token: string, refusal: Refusal): Promise<Response> {
  if (refusal.code === 'stale_revision') return seeOther(c, `/m/${token}?said=changed`)
  if (refusal.code === 'slot_taken') {
    const alternatives = (refusal.details.alternatives ?? []) as { startsAt: string }[]
    return movePage(c, house, holder, token, { taken: alternatives.map(({ startsAt }) => startsAt) })
  }
  if (refusal.status === 422) return managePage(c, house, holder, token, { error: refusal.message })
  throw refusal
}

// Nobody is known here, so the browser's language decides.
function unknownLink(c: Ctx): Response | Promise<Response> {
  const { words, lang } = wordsFor(c.req.header('accept-language')?.split(',')[0] ?? 'en')
  return trouble(c, 404, words.unknownLink, words.unknownLinkSentence, html``, lang)
}
