import { Hono } from 'hono'
import { html } from 'hono/html'
import { cut } from '../cut.ts'
import { notFound, Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { liftPause, listPauses, type Pause } from '../people/pauses.ts'
import { runs } from '../people/policy.ts'
import { visiblePeople } from '../people/visible-people.ts'
import { mustRunSessions, seeSession } from '../sessions/session.ts'
import { CHANNEL_WORDS } from '../words/timeline.ts'
import { clockBar } from './clock-bar.ts'
import { idOr, readForm, smallForm } from './form.ts'
import { linksOf } from './holder.ts'
import { type Ctx, type Markup, page, seeOther } from './page.ts'
import { city } from './times.ts'
import { menu, viewerOf } from './viewer.ts'

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
  // A stranger signs in first, whoever is not of ops has nothing to see there: both at the first page.
  for (const place of ['conflicts', 'deliveries'])
    app.get(`/${place}`, (c) => seeOther(c, c.get('actor').ops ? `/app/${place}` : '/'))
  app.post('/people/:id/resume', smallForm, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const [personId, form] = [idIn(c, 'person'), await readForm(c)]
    const programmeId = idOr(form('programmeId'))
    if (!programmeId) throw notFound('programme')
    await liftPause(house.db, actor, { personId, programmeId, reason: reasonIn(form) }, house.clock.now())
    house.nudge()
    return seeOther(c, '/people')
  })
  app.get('/people', (c) => (c.get('actor').ops ? peoplePage(c, house) : seeOther(c, '/')))
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

const pauseOf = ({ personId, programmeId, reason }: Pause): Markup =>
  html` <details><summary><span class="state is-warn">bookings paused</span></summary><p class="soft"><bdi>${reason}</bdi></p><form method="post" action="/people/${personId}/resume" class="line"><input type="hidden" name="programmeId" value="${programmeId}"><label class="field"><span>Why may they book again?</span><input name="reason" required maxlength="500"></label><button>Lift the pause</button></form></details>`

async function peoplePage(c: Ctx, house: House): Promise<Response> {
  const viewer = await viewerOf(house, c.get('actor'))
  const visible = await visiblePeople(house.db, viewer.actor, { after: null, limit: 500 }, house.clock.now())
  // Whoever of ops is a mentee somewhere else knows their mentor by name only: that is no work of theirs.
  const people = visible.filter((person) => 'email' in person)
  const pauses = await listPauses(house.db, viewer.actor, { after: null, limit: 500 })
  const isSandbox = house.config.PUNCTUAL_MODE === 'sandbox'
  const rank = ({ roles }: { roles: string[] }) =>
    roles.includes('ops') || roles.includes('admin') ? 0 : roles.includes('mentor') ? 1 : 2
  return page(c, {
    title: 'People',
    wide: true,
    top: menu(viewer, 'people', await clockBar(house, viewer, '/people')),
    body: html`<div class="head"><h1>People <span class="count">${people.length}</span></h1></div>
<div class="scroll"><table class="day"><thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Zone</th><th scope="col">Reachable by</th><th scope="col">Invited</th>${isSandbox ? html`<th scope="col">Sandbox</th>` : ''}</tr></thead>
<tbody>${people
      .toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
      .map(
        (
          person,
        ) => html`<tr><th scope="row"><bdi>${person.name}</bdi></th><td>${person.roles.join(', ') || '–'}${person.roles.includes('mentor') ? html` <a class="button is-quiet" href="/app/hours?mentor=${person.id}">hours</a>` : ''}</td><td>${city(person.timeZone)}</td>
<td>${person.channels?.length ? person.channels.map((channel) => CHANNEL_WORDS[channel]).join(', ') : html`<span class="state is-bad">nothing</span>`}</td>
<td>${person.deactivatedAt ? html`<span class="state is-off">left</span>` : person.invitedAt ? 'yes' : html`<span class="soft">no</span>`}${pauses.filter(({ personId }) => personId === person.id).map(pauseOf)}</td>
${isSandbox ? html`<td>${person.deactivatedAt ? '' : html`<form method="post" action="/sandbox/be"><button class="is-quiet" name="personId" value="${person.id}">Open as <bdi>${person.name.split(' ')[0]?.slice(0, 30)}</bdi></button></form>`}</td>` : ''}</tr>`,
      )}</tbody></table></div>`,
  })
}
