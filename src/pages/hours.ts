import { Hono } from 'hono'
import type { Env } from '../http.ts'
import { idOr } from './form.ts'
import { seeOther } from './page.ts'

/** `/hours` stands in older messages and bookmarks; hours are in the app now. */
export function hoursPageRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/hours', (c) => {
    const { ops, accountId } = c.get('actor')
    if (!accountId && !ops) return seeOther(c, '/')
    const mentor = idOr(c.req.query('mentor') ?? '')
    return seeOther(c, mentor ? `/app/hours?mentor=${mentor}` : '/app/hours')
  })
  return app
}
