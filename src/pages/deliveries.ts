import { html } from 'hono/html'
import type { House } from '../http.ts'
import { isBefore } from '../interval.ts'
import { listDeliveries } from '../sessions/deliveries.ts'
import { MARK_OF } from '../sessions/today-row.ts'
import { CHANNEL_WORDS, meaningOf, said } from '../words/timeline.ts'
import { clockBar } from './clock-bar.ts'
import { idOr } from './form.ts'
import { type Ctx, type Markup, page } from './page.ts'
import { moment } from './times.ts'
import { menu, type Viewer } from './viewer.ts'

const STATES = ['planned', 'claimed', 'accepted', 'delivered', 'read', 'failed', 'expired', 'suppressed', 'withdrawn']
const AT_ONCE = 60
/** Failed, or nobody knows: ops may send it again while it still makes sense. */
const AGAIN = new Set(['failed', 'claimed'])

const again = ({ id, channel }: { id: string; channel: string }): Markup =>
  html`<details><summary>Send again</summary><form method="post" action="/deliveries/${id}/again" class="line"><label class="field"><span>Why? It stays on record.</span><input name="reason" required maxlength="500"></label><button name="by" value="same">By ${CHANNEL_WORDS[channel] ?? channel} once more</button>${channel === 'slack' ? '' : html`<button name="by" value="other">By ${CHANNEL_WORDS[channel === 'whatsapp' ? 'email' : 'whatsapp']}</button>`}</form></details>`

/** `/deliveries`: what was and will be sent, newest first, by state and channel; failures with their cause and tries. */
export async function deliveriesPage(c: Ctx, house: House, viewer: Viewer): Promise<Response> {
  const now = house.clock.now()
  const state = STATES.find((one) => one === c.req.query('state'))
  const channel = Object.keys(CHANNEL_WORDS).find((one) => one === c.req.query('channel'))
  const cursor = idOr(c.req.query('cursor') ?? '') ?? undefined
  const query = { limit: AT_ONCE, ...(state ? { state } : {}), ...(channel ? { channel } : {}) }
  const { items, nextCursor } = await listDeliveries(house.db, viewer.actor, {
    ...query,
    ...(cursor ? { cursor } : {}),
  })
  const ids = [...new Set(items.flatMap(({ recipient }) => recipient ?? []))]
  const names = new Map(
    (ids.length === 0
      ? []
      : await house.db.selectFrom('account').select(['id', 'name']).where('id', 'in', ids).execute()
    ).map(({ id, name }) => [id, name]),
  )
  const { timeZone, lang } = viewer
  const at = (text: string) => moment(Temporal.Instant.from(text), timeZone, lang)
  const option = (value: string, words: string, chosen: string | undefined) =>
    html`<option value="${value}"${value === chosen ? html` selected` : ''}>${words}</option>`
  const more = new URLSearchParams({
    ...(state ? { state } : {}),
    ...(channel ? { channel } : {}),
    ...(nextCursor ? { cursor: nextCursor } : {}),
  })
  return page(c, {
    title: 'Deliveries',
    wide: true,
    top: menu(viewer, 'deliveries', await clockBar(house, viewer, '/deliveries')),
    body: html`<div class="head"><h1>Deliveries</h1><form class="filters" action="/deliveries"><label>State <select name="state">${option('', 'All', state ?? '')}${STATES.map((one) => option(one, said(one), state))}</select></label><label>Channel <select name="channel">${option('', 'All', channel ?? '')}${Object.entries(CHANNEL_WORDS).map(([one, words]) => option(one, words, channel))}</select></label><button>Show</button></form></div>
<div data-live>${
      items.length === 0
        ? html`<p class="calm"><span class="state is-good">${state === 'failed' ? 'Nothing has failed' : 'Nothing to show'}</span></p>`
        : html`<div class="scroll"><table class="day"><thead><tr><th scope="col">Due</th><th scope="col">To</th><th scope="col">What</th><th scope="col">By</th><th scope="col">State</th><th scope="col">Tries</th></tr></thead><tbody>${items.map(
            (
              d,
            ) => html`<tr><td>${at(d.dueAt)}</td><th scope="row"><bdi>${d.recipient ? (names.get(d.recipient) ?? 'somebody') : 'ops'}</bdi></th><td>${d.subjectKind === 'session' ? html`<a href="/sessions/${d.subjectId}">${meaningOf(d.effectKey)}</a>` : meaningOf(d.effectKey)}</td><td>${CHANNEL_WORDS[d.channel] ?? d.channel}</td>
<td><span class="mark is-${MARK_OF[d.state] ?? 'none'}" aria-hidden="true"></span> ${said(d.state)}${d.reason ? html` <span class="soft">${d.reason.slice(0, 120)}</span>` : ''}${AGAIN.has(d.state) && isBefore(now, Temporal.Instant.from(d.expiresAt)) ? again(d) : ''}</td><td>${d.attempts.length}${d.attempts.at(-1)?.code ? html` <span class="soft">last: ${d.attempts.at(-1)?.code}</span>` : ''}</td></tr>`,
          )}</tbody></table></div>`
    }</div>${nextCursor ? html`<p><a class="button" href="/deliveries?${more.toString()}">Older</a></p>` : ''}`,
  })
}
