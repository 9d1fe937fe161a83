import { Hono } from 'hono'
import { audit } from '../audit.ts'
import { settleCase } from '../cases.ts'
import { cut } from '../cut.ts'
import { transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { isTheirCase } from '../people/case-rights.ts'
import { pauseProposed } from '../people/pauses.ts'
import type { Verdict } from '../playbook/facts.ts'
import { judge } from '../sessions/attendance.ts'
import { retryDelivery, sendByOtherChannel } from '../sessions/deliver-again.ts'
import { cancelNow, cancelPage, roomNow, roomPage } from './change-session.ts'
import { conflictsPage } from './conflicts.ts'
import { deliveriesPage } from './deliveries.ts'
import { idOr, readForm, smallForm } from './form.ts'
import { mergeNow, mergePage, unmergeNow } from './merge-sessions.ts'
import { moveSession, moveSessionPage } from './move-session.ts'
import { type Ctx, seeOther } from './page.ts'
import { sessionPage } from './session-page.ts'
import { VERDICT_WORDS } from './today-row.ts'
import { viewerOf } from './viewer.ts'

/** What ops look at beside Today, and the plain forms by which they act. Everything they do carries a reason. */
export function opsRoutes(house: House): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/sessions/:id', async (c) => {
    const actor = c.get('actor')
    if (actor.label === 'anonymous') return seeOther(c, '/')
    return sessionPage(c, house, await viewerOf(house, actor), idIn(c, 'session'))
  })
  const asOps = async (c: Ctx) => {
    mustBeOps(c.get('actor'))
    return viewerOf(house, c.get('actor'))
  }
  app.get('/sessions/:id/move', async (c) => moveSessionPage(c, house, await asOps(c), idIn(c, 'session')))
  app.post('/sessions/:id/move', smallForm, async (c) =>
    moveSession(c, house, await asOps(c), idIn(c, 'session'), await readForm(c)),
  )
  app.get('/sessions/:id/merge', async (c) => mergePage(c, house, await asOps(c), idIn(c, 'session')))
  app.post('/sessions/:id/merge', smallForm, async (c) =>
    mergeNow(c, house, await asOps(c), idIn(c, 'session'), await readForm(c)),
  )
  app.post('/sessions/:id/unmerge', smallForm, async (c) =>
    unmergeNow(c, house, await asOps(c), idIn(c, 'session'), await readForm(c)),
  )
  app.get('/conflicts', async (c) => (c.get('actor').ops ? conflictsPage(c, house, await asOps(c)) : seeOther(c, '/')))
  app.get('/deliveries', async (c) =>
    c.get('actor').ops ? deliveriesPage(c, house, await asOps(c)) : seeOther(c, '/'),
  )
  app.post('/sessions/:id/verdict', smallForm, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const [id, form] = [idIn(c, 'session'), await readForm(c)]
    const personId = idOr(form('personId'))
    const verdict = form('verdict')
    if (!personId || !Object.hasOwn(VERDICT_WORDS, verdict))
      throw new Refusal('invalid', 'Choose a person and a verdict.')
    await judge(
      house.db,
      actor,
      { sessionId: id, personId, verdict: verdict as Verdict, reason: reasonIn(form) },
      house.clock.now(),
    )
    house.nudge()
    return seeOther(c, `/sessions/${id}`)
  })
  app.get('/sessions/:id/cancel', async (c) => cancelPage(c, house, await asOps(c), idIn(c, 'session')))
  app.post('/sessions/:id/cancel', smallForm, async (c) =>
    cancelNow(c, house, await asOps(c), idIn(c, 'session'), await readForm(c)),
  )
  app.get('/sessions/:id/room', async (c) => roomPage(c, house, await asOps(c), idIn(c, 'session')))
  app.post('/sessions/:id/room', smallForm, async (c) =>
    roomNow(c, house, await asOps(c), idIn(c, 'session'), await readForm(c)),
  )
  app.post('/deliveries/:id/again', smallForm, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const [id, form] = [idIn(c, 'delivery'), await readForm(c)]
    const again = form('by') === 'other' ? sendByOtherChannel : retryDelivery
    await again(house.db, actor, { id, reason: reasonIn(form) }, house.clock.now())
    house.nudge()
    return seeOther(c, '/deliveries')
  })
  app.post('/cases/:id/settle', smallForm, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const [id, form] = [idIn(c, 'case'), await readForm(c)]
    const reason = reasonIn(form)
    const now = house.clock.now()
    if (!(await isTheirCase(house.db, actor, id))) throw notFound('case')
    await transact(house.db, async (tx) => {
      await settleCase(tx, now, { id }, actor.label, reason)
      await audit(tx, { at: now, actor: actor.label, action: 'case.settled', objectKind: 'case', objectId: id, reason })
    })
    house.nudge()
    return seeOther(c, '/')
  })
  app.post('/cases/:id/pause', smallForm, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const [caseId, form] = [idIn(c, 'case'), await readForm(c)]
    if (!(await isTheirCase(house.db, actor, caseId))) throw notFound('case')
    await pauseProposed(house.db, actor, { caseId, reason: reasonIn(form) }, house.clock.now())
    house.nudge()
    return seeOther(c, '/')
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
