import { html } from 'hono/html'
import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { type Words, wordsFor } from './catalogue.ts'
import type { Markup } from './page.ts'

/** Who looks: their name, zone and language. A token of a program looks in UTC. */
export type Viewer = {
  actor: Actor
  name: string
  timeZone: string
  lang: string
  words: Words
  isSandbox: boolean
  isMentor: boolean
}

export type Place = 'today' | 'conflicts' | 'deliveries' | 'people' | 'world' | 'hours' | 'settings' | 'none'

export async function viewerOf({ db, config }: House, actor: Actor): Promise<Viewer> {
  const account = actor.accountId
    ? await db
        .selectFrom('account')
        .select((e) => [
          'name',
          'time_zone',
          'locale',
          'roles',
          e
            .exists(
              e
                .selectFrom('user_calendar_config as u')
                .select('u.account_id')
                .whereRef('u.account_id', '=', 'account.id'),
            )
            .as('has_hours'),
        ])
        .where('id', '=', actor.accountId)
        .executeTakeFirst()
    : undefined
  return {
    actor,
    name: account?.name ?? actor.label,
    timeZone: account?.time_zone ?? 'UTC',
    ...wordsFor(account?.locale ?? 'en'),
    isSandbox: config.PUNCTUAL_MODE === 'sandbox',
    isMentor: account?.roles.includes('mentor') === true || Boolean(account?.has_hours),
  }
}

/** The bar above the pages of somebody signed in. */
export function menu(
  { actor, name, words, isSandbox, isMentor }: Viewer,
  here: Place,
  under: Markup | '' = '',
): Markup {
  const item = (id: Place, path: string, text: string) =>
    html`<a href="${path}"${here === id ? html` aria-current="page"` : ''}>${text}</a>`
  const links = actor.ops
    ? [
        item('today', '/', 'Today'),
        item('conflicts', '/app/conflicts', 'Conflicts'),
        item('deliveries', '/app/deliveries', 'Deliveries'),
        item('people', '/app/people', 'People'),
        isSandbox ? item('world', '/app/sandbox', 'Sandbox') : '',
      ]
    : [
        item('today', '/', words.yourSessions),
        isMentor ? item('hours', '/app', words.hours) : '',
        item('settings', '/settings', words.settings),
      ]
  return html`<a class="skip" href="#main">Skip to the page</a><header class="brand"><a class="logo" href="/">Punctual</a><nav aria-label="Pages">${links}</nav>
<form method="post" action="/sign-out" class="me"><a href="/settings"${here === 'settings' ? html` aria-current="page"` : ''}><bdi>${name}</bdi></a> <button class="is-quiet">${words.signOut}</button></form></header>${under}`
}
