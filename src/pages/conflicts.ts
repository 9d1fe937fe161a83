import { html } from 'hono/html'
import { type ConflictItem, listConflicts } from '../booking/conflict-list.ts'
import type { House } from '../http.ts'
import { clockBar } from './clock-bar.ts'
import { type Ctx, type Markup, page } from './page.ts'
import { clock, moment } from './times.ts'
import { menu, type Viewer } from './viewer.ts'

const RANGES = [7, 30, 90]
const CAUSES: Record<string, string> = {
  calendar: 'busy in Google',
  absence: 'away',
  hours: 'outside the hours',
  booking: 'a booking',
  session: 'a published session',
  hold: 'a time being held',
  host: 'no video room free',
}
const WHY: Record<string, string> = {
  slot_taken: 'the time was taken',
  not_offered: 'not a time that is offered',
  budget_spent: 'no sessions left',
  not_paired: 'not a pair',
}

/** `/conflicts`: sessions that collide with what their mentor's calendar or hours say now, and attempts that were refused. */
export async function conflictsPage(c: Ctx, house: House, viewer: Viewer): Promise<Response> {
  const days = RANGES.find((one) => String(one) === c.req.query('days')) ?? 30
  const now = house.clock.now()
  const { items, refused } = await listConflicts(
    house.db,
    viewer.actor,
    { from: now, to: now.add({ hours: days * 24 }) },
    now,
  )
  const ids = [
    ...new Set([...items.map(({ mentorId }) => mentorId), ...refused.flatMap((r) => [r.mentorId, r.menteeId])]),
  ]
  const names = await namesOf(house, ids)
  const { timeZone, lang } = viewer
  const at = (text: string) => moment(Temporal.Instant.from(text), timeZone, lang)
  return page(c, {
    title: 'Conflicts',
    wide: true,
    top: menu(viewer, 'conflicts', await clockBar(house, viewer, '/conflicts')),
    body: html`<div class="head"><h1>Conflicts <span class="count">${items.length}</span></h1><form class="filters" action="/conflicts"><label>Look ahead <select name="days">${RANGES.map((one) => html`<option value="${one}"${one === days ? html` selected` : ''}>${one} days</option>`)}</select></label><button>Show</button></form></div>
${items.length === 0 ? html`<p class="calm"><span class="state is-good is-text">No session collides with a calendar, an absence or changed hours</span></p>` : html`<div class="scroll"><table class="day"><thead><tr><th scope="col">Session</th><th scope="col">Who</th><th scope="col">In the way</th></tr></thead><tbody>${items.map((item) => row(item, names, viewer, at))}</tbody></table></div>`}
<h2>Refused in the last 7 days <span class="count">${refused.length}</span></h2>
${refused.length === 0 ? html`<p class="soft">Nobody was refused a time.</p>` : html`<div class="scroll"><table class="day"><thead><tr><th scope="col">Asked</th><th scope="col">Wanted</th><th scope="col">Who</th><th scope="col">Why not</th></tr></thead><tbody>${refused.slice(0, 60).map((r) => html`<tr><td>${at(r.at)}</td><th scope="row">${at(r.startsAt)}</th><td><bdi>${names.get(r.menteeId ?? '') ?? 'somebody'}</bdi> <span class="soft">with</span> <bdi>${names.get(r.mentorId) ?? 'a mentor'}</bdi></td><td>${WHY[r.code] ?? r.code.replaceAll('_', ' ')} <span class="soft">${layers(r.details)}</span></td></tr>`)}</tbody></table></div>`}`,
  })
}

function row(
  item: ConflictItem,
  names: Map<string, string>,
  { timeZone }: Viewer,
  at: (text: string) => string,
): Markup {
  return html`<tr><th scope="row"><a href="/sessions/${item.sessionId}">${at(item.startsAt)}–${clock(Temporal.Instant.from(item.endsAt), timeZone)}</a></th>
<td class="who">${item.mentees.map(({ name }, i) => html`${i > 0 ? ', ' : ''}<bdi>${name}</bdi>`)} <span class="soft">with</span> <bdi>${names.get(item.mentorId) ?? 'a mentor'}</bdi></td>
<td>${item.causes.map(({ cause, startsAt, title }) => html`<span class="state is-warn">${CAUSES[cause]}</span><span class="soft">${startsAt ? `${at(startsAt)} ` : ''}${title ?? ''}</span> `)}</td></tr>`
}

function layers(details: unknown): string {
  const { conflicts = [], reasons = [] } = (details ?? {}) as { conflicts?: { layer: string }[]; reasons?: string[] }
  const all = [
    ...new Set([
      ...conflicts.map(({ layer }) => CAUSES[layer] ?? layer),
      ...reasons.map((one) => one.replaceAll('_', ' ')),
    ]),
  ]
  return all.length > 0 ? `: ${all.join(', ')}` : ''
}

async function namesOf({ db }: House, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const known = ids.filter((id) => id !== null)
  if (known.length === 0) return new Map()
  const rows = await db.selectFrom('account').select(['id', 'name']).where('id', 'in', known).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
