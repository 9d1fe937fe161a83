import { Hono } from 'hono'
import { cut } from '../cut.ts'
import { notFound, Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { retryDelivery, sendByOtherChannel } from '../sessions/deliver-again.ts'
import { mustRunSessions, seeSession } from '../sessions/session.ts'
import { conflictsPage } from './conflicts.ts'
import { deliveriesPage } from './deliveries.ts'
import { idOr, readForm, smallForm } from './form.ts'
import { linksOf } from './holder.ts'
import { type Ctx, seeOther } from './page.ts'
import { viewerOf } from './viewer.ts'

/** What ops look at beside the app, and where the addresses of before lead. */
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
  const asOps = async (c: Ctx) => {
    mustBeOps(c.get('actor'))
    return viewerOf(house, c.get('actor'))
  }
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
  app.get('/conflicts', async (c) => (c.get('actor').ops ? conflictsPage(c, house, await asOps(c)) : seeOther(c, '/')))
  app.get('/deliveries', async (c) =>
    c.get('actor').ops ? deliveriesPage(c, house, await asOps(c)) : seeOther(c, '/'),
  )
  app.post('/deliveries/:id/again', smallForm, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const [id, form] = [idIn(c, 'delivery'), await readForm(c)]
    const again = form('by') === 'other' ? sendByOtherChannel : retryDelivery
    await again(house.db, actor, { id, reason: reasonIn(form) }, house.clock.now())
    house.nudge()
    return seeOther(c, '/deliveries')
  })
  // Where people were before the app had them: bookmarks go on working.
  app.get('/people', (c) => seeOther(c, c.get('actor').ops ? '/app/people' : '/'))
  return app
}

function idIn(c: Ctx, what: string): string {
  const id = idOr(c.req.param('id') ?? '')
  if (!id) throw notFound(what)
  return id
}

function reasonIn(form: (name: string) => string): string {
  const reason = cut(form('reason'), 500)
  if (!reason) throw new Refusal('invalid', 'Say why: it stays on record.')
  return reason
}
