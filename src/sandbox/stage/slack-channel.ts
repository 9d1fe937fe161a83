import { html } from 'hono/html'
import type { Markup } from '../../pages/page.ts'
import { near } from '../../pages/times.ts'
import { rows, type World } from '../world.ts'
import type { Scene } from './scene.ts'
import { slackText } from './words.ts'

const MOST = 6

/** The ops channel with its cards; their buttons do what they do in Slack. */
export async function slackChannel(world: World, scene: Scene): Promise<Markup> {
  const cards = await rows(
    world.pool,
    "select seq, at, vendor_id, body, buttons from sandbox.message where channel = 'slack' order by seq desc limit $1",
    MOST,
  )
  const isNew = (seq: number) => scene.seen !== null && Number(seq) > scene.seen.message
  return html`<section class="panel" aria-labelledby="slack"><h2 id="slack">Slack #ops</h2>
${cards.length === 0 ? html`<p class="soft">No card yet. One comes when a mentee does not answer, or when somebody is missing.</p>` : ''}
<ul class="slack">${cards.map(
    ({
      seq,
      at,
      vendor_id,
      body,
      buttons,
    }) => html`<li${isNew(seq) ? html` class="is-new"` : ''}><p class="soft">${near(at, scene.now, scene.viewerZone, 'en')}${isNew(seq) ? html` · <strong>new</strong>` : ''}</p><p class="said">${slackText(body)}</p>
${buttons.length === 0 ? '' : html`<form method="post" action="/sandbox/world/slack" class="replies">${scene.back('slack')}<input type="hidden" name="ts" value="${vendor_id}">${buttons.slice(0, 12).map((b: { id: string; title: string }) => html`<button name="actionId" value="${b.id}">${b.title}</button>`)}</form>`}</li>`,
  )}</ul></section>`
}
