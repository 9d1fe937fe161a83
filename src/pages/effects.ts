import { html } from 'hono/html'
import type { Effects } from '../sessions/what-follows.ts'
import type { Markup } from './page.ts'
import { MIRRORS, meaningOf } from './timeline-words.ts'
import { CHANNEL_WORDS } from './today-row.ts'

/** Everything a change would bring, by person and channel: what is sent, taken back, made and removed. `names`: by person's id. */
export function effectsOf(plan: Effects, names: ReadonlyMap<string, string>): Markup {
  const who = (id: string | null) => (id ? (names.get(id) ?? 'somebody') : 'ops')
  if (plan.messages.length + plan.withdrawn.length + plan.vendors.length === 0)
    return html`<p class="soft">Nobody is told, and nothing is changed at a vendor.</p>`
  return html`${effectList(
    'Sent at once',
    plan.messages.map(
      (m) =>
        html`<li><bdi>${who(m.recipient)}</bdi>: ${meaningOf(m.effectKey)} <span class="soft">by ${m.channels.map((channel) => CHANNEL_WORDS[channel] ?? channel).join(', ') || 'nothing that reaches them'}</span></li>`,
    ),
  )}${effectList(
    'Withdrawn',
    plan.withdrawn.map((w) => html`<li><bdi>${who(w.recipient)}</bdi>: ${meaningOf(w.effectKey)}</li>`),
  )}${effectList(
    'Rooms and calendars',
    [...Map.groupBy(plan.vendors, ({ kind, change }) => `${kind} ${change}`).values()].map((same) => {
      const [{ kind, change }] = same as [Effects['vendors'][number]]
      return html`<li>${MIRRORS[kind] ?? kind}${same.length > 1 ? ` (${same.length})` : ''}: ${CHANGES[change]}</li>`
    }),
  )}`
}

export const effectList = (title: string, items: Markup[]): Markup | '' =>
  items.length === 0 ? '' : html`<h3>${title}</h3><ul class="effects">${items}</ul>`

const CHANGES = {
  create_or_update: 'made or brought up to date',
  keep_until_a_day_after: 'kept until a day after, so that old links lead on',
  remove: 'removed',
}
