import { html } from 'hono/html'
import type { Markup } from '../../pages/page.ts'
import { near } from '../../pages/times.ts'
import { rows, type World } from '../world.ts'
import type { Scene } from './scene.ts'
import { readable } from './words.ts'

const MOST = 12

/** Everybody's mailbox: subject, text, and links that can be opened. */
export async function mailboxes(world: World, scene: Scene): Promise<Markup> {
  const boxes = await Promise.all(scene.people.map((person) => mailbox(world, scene, person)))
  return html`<section class="panel" aria-labelledby="mail"><h2 id="mail">Mailboxes</h2>${boxes}</section>`
}

async function mailbox(world: World, scene: Scene, person: Scene['people'][number]): Promise<Markup> {
  const mails = await rows(
    world.pool,
    "select seq, id, at, subject, body, state from sandbox.message where channel = 'email' and address = $1 order by seq desc limit $2",
    person.email,
    MOST,
  )
  const [box] = await rows(world.pool, 'select refuses from sandbox.mailbox where email = $1', person.email)
  const isNew = (seq: number) => scene.seen !== null && Number(seq) > scene.seen.message
  return html`<h3><bdi>${person.name}</bdi> <span class="soft">${person.email}</span></h3>
${mails.length === 0 ? html`<p class="soft">No mail yet.</p>` : html`<ul class="mails">${mails.map(({ seq, at, subject, body, state }) => html`<li${isNew(seq) ? html` class="is-new"` : ''}><details><summary><span class="at">${near(at, scene.now, person.timeZone, 'en')}</span> ${subject}${isNew(seq) ? html` · <strong>new</strong>` : ''}${state === 'bounced' ? html` <span class="state is-bad">came back</span>` : ''}</summary><p class="mailtext">${readable(body)}</p></details></li>`)}</ul>`}
<form method="post" action="/sandbox/world/mail/${encodeURIComponent(person.email)}" class="switches">${scene.back('mail')}${mails.length > 0 ? html`<button class="is-quiet" name="do" value="bounce">The last one comes back</button>` : ''}${box?.refuses ? html`<span class="state is-bad">refuses mail</span><button class="is-quiet" name="do" value="accept">Take mail again</button>` : html`<button class="is-quiet" name="do" value="refuse">Refuse mail from now on</button>`}</form>`
}
