import { html } from 'hono/html'
import type { Holder } from './holder.ts'
import type { Markup } from './page.ts'
import { city, clock, moment, near } from './times.ts'

/** Times in the reader's own zone first, then where the others are. */
export function when({ session, me, others, words, lang }: Holder): Markup {
  const elsewhere = others.filter((other) => other.timeZone !== me.timeZone)
  return html`<p class="when"><strong><time datetime="${session.startsAt.toString()}">${moment(session.startsAt, me.timeZone, lang)}</time>–${clock(session.endsAt, me.timeZone)}</strong>
<span>(${words.yourTime(city(me.timeZone))})</span></p>
${elsewhere.slice(0, 4).map((other) => html`<p class="soft">${words.theirTime(near(session.startsAt, session.startsAt, other.timeZone, lang), city(other.timeZone), other.name)}</p>`)}`
}
