import { html } from 'hono/html'
import { cut } from '../cut.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { isId } from '../ids.ts'
import { mustRun } from '../people/scope.ts'
import { type MergePlan, merge, previewMerge } from '../sessions/merge.ts'
import { listSessions, mustRunSessions, type SessionView, seeSession } from '../sessions/session.ts'
import { undoMerge } from '../sessions/undo-merge.ts'
import { clockBar } from './clock-bar.ts'
import { effectList, effectsOf } from './effects.ts'
import { type Form, idOr } from './form.ts'
import { type Ctx, type Markup, page, seeOther } from './page.ts'
import { city, moment } from './times.ts'
import { menu, type Viewer } from './viewer.ts'

/** `/sessions/{id}/merge`: choose other sessions of this mentor, see everything that follows, then one button. Looking changes nothing. */
export async function mergePage(c: Ctx, house: House, viewer: Viewer, id: string): Promise<Response> {
  const survivor = await seeSession(house.db, viewer.actor, id)
  mustRun(viewer.actor, survivor.programmeId, 'session')
  const chosen = (c.req.queries('with') ?? []).filter(isId).slice(0, 19)
  const others = await ofSameMentor(house, viewer, survivor)
  const names = new Map(
    [survivor, ...others].flatMap(({ participants }) => participants.map((p) => [p.personId, p.name])),
  )
  let plan: MergePlan | null = null
  let refused = ''
  if (chosen.length > 0)
    try {
      plan = await previewMerge(
        house.db,
        viewer.actor,
        { sessionIds: [id, ...chosen], reason: 'preview' },
        house.clock.now(),
      )
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused = error.message
    }
  const at = (text: string) => moment(Temporal.Instant.from(text), viewer.timeZone, viewer.lang)
  return page(c, {
    title: 'Merge',
    wide: true,
    top: menu(viewer, 'none', await clockBar(house, viewer, `/sessions/${id}/merge`)),
    body: html`<div class="head"><h1>Merge into ${at(survivor.startsAt)} <span class="soft">${city(viewer.timeZone)} · <bdi>${nameOf(survivor)}</bdi></span></h1><a class="button" href="/sessions/${id}">Back</a></div>
${refused ? html`<p class="notice is-bad" role="alert">${refused}</p>` : ''}
<div class="sheet"><section class="card"><h2>Which sessions come along?</h2>${
      others.length === 0
        ? html`<p>This mentor has no other session that has not started.</p>`
        : html`<form action="/sessions/${id}/merge">${others.map((other) => html`<label class="check"><input type="checkbox" name="with" value="${other.id}"${chosen.includes(other.id) ? html` checked` : ''}><span>${at(other.startsAt)} <bdi>${nameOf(other)}</bdi></span></label>`)}<button>Show what follows</button></form>`
    }</section>
<section class="card" aria-live="polite"><h2>What follows</h2>${
      plan
        ? html`${effects(plan, names, at)}
<form method="post" action="/sessions/${id}/merge">${chosen.map((one, i) => html`<input type="hidden" name="with${i}" value="${one}">`)}<label class="field"><span>Why? It stays on record.</span><input name="reason" required maxlength="500"></label><button class="is-main">Merge and tell everybody</button></form><p class="soft">It can be undone until one of them starts.</p>`
        : html`<p class="soft">Choose, and every effect stands here before anything happens.</p>`
    }</section></div>`,
  })
}

function effects(plan: MergePlan, names: Map<string, string>, at: (text: string) => string): Markup {
  const people = plan.people.map(
    (p) =>
      html`<li><bdi>${p.name}</bdi> <span class="soft">${p.role}</span> ${p.alreadyThere ? 'is there already' : html`moves from ${at(p.from.startsAt)} to ${at(plan.startsAt)}`}</li>`,
  )
  return html`${effectList('People', people)}${effectsOf(plan, names)}`
}

export async function mergeNow(c: Ctx, house: House, { actor }: Viewer, id: string, form: Form): Promise<Response> {
  await mustRunSessions(house.db, actor, [id])
  const others = ['with', ...Array.from({ length: 19 }, (_, i) => `with${i}`)]
    .map((name) => idOr(form(name)))
    .filter((one) => one !== null)
  const reason = cut(form('reason'), 500)
  if (others.length === 0 || !reason) return seeOther(c, `/sessions/${id}/merge`)
  return told(c, id, 'merged', house, () =>
    merge(house.db, actor, { sessionIds: [id, ...others], reason }, house.clock.now()),
  )
}

export async function unmergeNow(c: Ctx, house: House, { actor }: Viewer, id: string, form: Form): Promise<Response> {
  await mustRunSessions(house.db, actor, [id])
  const mergeId = idOr(form('mergeId'))
  if (!mergeId) return seeOther(c, `/sessions/${id}`)
  return told(c, id, 'unmerged', house, () =>
    undoMerge(house.db, actor, mergeId, 'undone on the page', house.clock.now()),
  )
}

async function told(c: Ctx, id: string, said: string, house: House, work: () => Promise<unknown>): Promise<Response> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return seeOther(c, `/sessions/${id}?error=${encodeURIComponent(error.message)}`)
  }
  house.nudge()
  return seeOther(c, `/sessions/${id}?said=${said}`)
}

async function ofSameMentor(house: House, { actor }: Viewer, survivor: SessionView): Promise<SessionView[]> {
  const mentor = survivor.participants.find(({ role }) => role === 'mentor')
  if (!mentor) return []
  const now = house.clock.now()
  const { items } = await listSessions(house.db, actor, { mentorId: mentor.personId, from: now, limit: 60 })
  return items.filter(
    ({ id, status, startsAt }) =>
      id !== survivor.id && status === 'scheduled' && Temporal.Instant.compare(startsAt, now) > 0,
  )
}

const nameOf = ({ title, participants }: SessionView): string =>
  title ??
  (participants
    .filter(({ role }) => role === 'mentee')
    .map(({ name }) => name)
    .join(', ') ||
    'nobody')
