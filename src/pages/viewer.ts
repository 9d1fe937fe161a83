import { html } from 'hono/html'
import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { type Words, wordsFor } from './catalogue.ts'
import type { Markup } from './page.ts'

/** Who looks: their name, zone and language. A token of a program looks in UTC. */
export type Viewer = { actor: Actor; name: string; timeZone: string; lang: string; words: Words }

export async function viewerOf({ db }: House, actor: Actor): Promise<Viewer> {
  const account = actor.accountId
    ? await db
        .selectFrom('account')
        .select(['name', 'time_zone', 'locale'])
        .where('id', '=', actor.accountId)
        .executeTakeFirst()
    : undefined
  return {
    actor,
    name: account?.name ?? actor.label,
    timeZone: account?.time_zone ?? 'UTC',
    ...wordsFor(account?.locale ?? 'en'),
  }
}

/** The bar above the pages of somebody signed in. */
export function menu(
  { actor, name, words }: Viewer,
  here: 'today' | 'people' | 'none',
  under: Markup | '' = '',
): Markup {
  const item = (id: string, path: string, text: string) =>
    html`<a href="${path}"${here === id ? html` aria-current="page"` : ''}>${text}</a>`
  const links = actor.ops
    ? [item('today', '/', 'Today'), item('people', '/people', 'People')]
    : [item('today', '/', words.yourSessions)]
  return html`<a class="skip" href="#main">Skip to the page</a><header class="brand"><a class="logo" href="/">Punctual</a><nav aria-label="Pages">${links}</nav>
<form method="post" action="/sign-out" class="me"><bdi>${name}</bdi> <button class="is-quiet">${words.signOut}</button></form></header>${under}`
}
