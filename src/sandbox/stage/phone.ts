import { html } from 'hono/html'
import type { Markup } from '../../pages/page.ts'
import { near } from '../../pages/times.ts'
import { rows, type World } from '../world.ts'
import type { Scene } from './scene.ts'
import { readable } from './words.ts'

/** As many as a screen holds with a thumb's scroll; the rest is in the timeline. */
const MOST = 10

type Bubble = {
  at: Temporal.Instant
  text: string
  mine: boolean
  state: string
  seq: number
  buttons: { id: string; title: string }[]
}

const TICKS: Record<string, string> = {
  accepted: 'on its way',
  sent: 'sent, the phone is off',
  delivered: 'delivered',
  read: 'read',
  failed: 'did not arrive',
}

/** A person's phone: the chat with Punctual, its buttons, and how the phone behaves. */
export async function phone(world: World, scene: Scene, person: Scene['people'][number]): Promise<Markup> {
  const title = html`<h2 id="phone-${person.id}"><span class="soft">${person.role}</span> <bdi>${person.name}</bdi></h2>`
  const be = html`<form method="post" action="/sandbox/be"><button class="is-quiet" name="personId" value="${person.id}">Open Punctual as <bdi>${person.name.split(' ')[0]?.slice(0, 20)}</bdi></button></form>`
  if (!person.phone)
    return html`<section class="device" aria-labelledby="phone-${person.id}"><div class="line">${title}${be}</div><p class="soft">No number is known. ${person.role === 'mentee' ? 'A mentee gives it when booking.' : ''}</p></section>`
  const { bubbles, isOff, isOnWhatsapp } = await chat(world, person.phone)
  const act = `/sandbox/world/phone/${encodeURIComponent(person.phone)}`
  const doing = (what: string, words: string) =>
    html`<button class="is-quiet" name="do" value="${what}">${words}</button>`
  const newest = Math.max(0, ...bubbles.filter(({ mine }) => !mine).map(({ seq }) => seq))
  return html`<section class="device" aria-labelledby="phone-${person.id}"><div class="line">${title}${be}</div>
<p class="soft">${person.phone} · ${isOff ? html`<span class="state is-off">phone is off</span>` : isOnWhatsapp ? 'on WhatsApp' : html`<span class="state is-bad">not on WhatsApp</span>`}${person.channels.includes('whatsapp') ? '' : html` · <span class="state is-warn">has not allowed WhatsApp</span>`}</p>
<ol class="chat" tabindex="0" aria-label="Chat of ${person.name}, newest first">${bubbles.length === 0 ? html`<li class="soft">Nothing has arrived yet.</li>` : ''}${bubbles.map(
    ({ at, text, mine, state, buttons, seq }) =>
      html`<li class="${mine ? 'is-mine' : 'is-theirs'}${!mine && scene.seen && seq > scene.seen.message ? ' is-new' : ''}"${seq === newest && !mine ? html` id="last-${person.id}"` : ''}><p class="said">${readable(text)}</p><p class="soft">${near(at, scene.now, person.timeZone, 'en')}${mine ? '' : html` · ${TICKS[state] ?? state}`}${!mine && scene.seen && seq > scene.seen.message ? html` · <strong>new</strong>` : ''}</p>${
        buttons.length === 0
          ? ''
          : html`<form method="post" action="${act}" class="replies">${scene.back(`phone-${person.id}`)}${buttons.map(({ id, title: words }) => html`<button name="button" value="${id}">${words}</button>`)}</form>`
      }</li>`,
  )}</ol>
<form method="post" action="${act}" class="line">${scene.back(`phone-${person.id}`)}<label class="field"><span class="hidden">Write as ${person.name}</span><input name="text" maxlength="1000" placeholder="Write as ${person.name.split(' ')[0]?.slice(0, 20)}" autocomplete="off" required></label><button>Send</button></form>
<form method="post" action="${act}" class="switches">${scene.back(`phone-${person.id}`)}${doing('read', 'Read all')}${isOff ? doing('on', 'Switch on') : doing('off', 'Switch off')}${isOnWhatsapp ? doing('gone', 'Leave WhatsApp') : doing('back', 'Come back to WhatsApp')}</form></section>`
}

async function chat(
  world: World,
  number: string,
): Promise<{ bubbles: Bubble[]; isOff: boolean; isOnWhatsapp: boolean }> {
  const digits = number.replace(/\D/g, '')
  const arrived = await rows(
    world.pool,
    "select seq, at, body, state, buttons from sandbox.message where channel = 'whatsapp' and address = $1 order by seq desc limit $2",
    number,
    MOST,
  )
  // What they wrote is in what WhatsApp told us; a repeated telling is the same message.
  const written = await rows(
    world.pool,
    `select distinct on (m ->> 'id') o.created_at, m from sandbox.outgoing o, lateral jsonb_path_query(o.body::jsonb, '$.entry[*].changes[*].value.messages[*]') m
     where o.vendor = 'whatsapp' and not o.forged and o.body like '%"from":"' || $1 || '"%' order by m ->> 'id', o.created_at`,
    digits,
  )
  const [contact] = await rows(
    world.pool,
    'select phone_off, fails_with from sandbox.whatsapp_contact where phone = $1',
    digits,
  )
  const bubbles: Bubble[] = [
    ...arrived.map(({ seq, at, body, state, buttons }) => ({
      seq: Number(seq),
      at,
      text: body,
      state,
      buttons,
      mine: false,
    })),
    ...written.map(({ created_at, m }) => ({
      seq: 0,
      at: created_at,
      text: m.text?.body ?? m.button?.text ?? '',
      state: '',
      buttons: [],
      mine: true,
    })),
  ]
  // Within one moment what was asked stands before what was answered, and that before what followed.
  const first = arrived.length === MOST ? arrived.at(-1)?.at : null
  return {
    bubbles: bubbles
      .filter(({ at }) => !first || Temporal.Instant.compare(at, first) >= 0)
      .sort((a, b) => Temporal.Instant.compare(b.at, a.at) || Number(b.mine) - Number(a.mine) || b.seq - a.seq),
    isOff: contact?.phone_off === true,
    isOnWhatsapp: contact?.fails_with !== 131026,
  }
}
