import { Hono } from 'hono'
import { notFound } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { mustRunSessions, seeSession } from '../sessions/session.ts'
import { idOr } from './form.ts'
import { linksOf } from './holder.ts'
import { type Ctx, seeOther } from './page.ts'

/** Where cards, mails and bookmarks of ops lead: to the app. */
export function opsRoutes(house: House): Hono<Env> {
  const app = new Hono<Env>()
  // Cards in Slack and mails of before lead here: ops go on to the app, whoever is in it to their own page of it.
  app.get('/sessions/:id', async (c) => {
    const actor = c.get('actor')
    if (actor.label === 'anonymous') return seeOther(c, '/')
    const id = idIn(c, 'session')
    const view = await seeSession(house.db, actor, id)
    const me = view.participants.find(({ personId }) => personId === actor.accountId)
    if (!runs(actor, view.programmeId) && me) return seeOther(c, linksOf(house, me.id, view.revision).manage)
    return seeOther(c, `/app/sessions/${id}`)
  })
  app.get('/sessions/:id/move', async (c) => {
    await mustRunSessions(house.db, mustBeOps(c.get('actor')), [idIn(c, 'session')])
    return seeOther(c, `/app/sessions/${idIn(c, 'session')}?act=move`)
  })
  for (const act of ['cancel', 'room'])
    app.get(`/sessions/:id/${act}`, async (c) => {
      await mustRunSessions(house.db, mustBeOps(c.get('actor')), [idIn(c, 'session')])
      return seeOther(c, `/app/sessions/${idIn(c, 'session')}?act=${act}`)
    })
  app.get('/sessions/:id/merge', async (c) => {
    await mustRunSessions(house.db, mustBeOps(c.get('actor')), [idIn(c, 'session')])
    return seeOther(c, `/app/merge?sessions=${idIn(c, 'session')}`)
  })
  // Where lists were before the app had them: bookmarks go on working. A stranger signs in first, at the first page.
  for (const place of ['conflicts', 'deliveries', 'people'])
    app.get(`/${place}`, (c) => seeOther(c, c.get('actor').ops ? `/app/${place}` : '/'))
  return app
}

function idIn(c: Ctx, what: string): string {
  const id = idOr(c.req.param('id') ?? '')
  if (!id) throw notFound(what)
  return id
}
