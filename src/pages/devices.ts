import { html } from 'hono/html'
import type { House } from '../http.ts'
import { sha256 } from '../links.ts'
import { devicesOf } from '../people/devices.ts'
import { readCookie } from '../people/sign-in.ts'
import { wordsFor } from './catalogue.ts'
import { type Ctx, page } from './page.ts'
import { accountOf, type Whose } from './settings.ts'
import { settingsWords } from './settings-words.ts'

const HOUR = 3_600_000

/** `/settings/devices`: where one is signed in; every other device can be signed out from here. On the machine's clock: devices know no other. */
export async function devicesPage(c: Ctx, house: House, { accountId, top }: Whose): Promise<Response> {
  const { db, config, clock } = house
  const { lang } = wordsFor((await accountOf(house, accountId)).locale)
  const words = settingsWords(lang)
  const cookie = readCookie(config, c.req.header('cookie') ?? null, 'session')
  const now = clock.elapsed()
  const devices = await devicesOf(db, accountId, cookie ? sha256(cookie) : null, now)
  const ago = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' })
  // By the hour: it is not noted more exactly.
  const used = (at: Temporal.Instant) => {
    const hours = Math.floor((now.epochMilliseconds - at.epochMilliseconds) / HOUR)
    return words.lastUsed(hours < 24 ? ago.format(-hours, 'hour') : ago.format(-Math.floor(hours / 24), 'day'))
  }
  return page(c, {
    title: words.devices,
    lang,
    ...(top ? { top } : {}),
    body: html`<section class="card"><h1>${words.devices}</h1><ul class="devices">${devices.map(
      ({ ref, device, usedAt, isThis }) =>
        html`<li class="line"><span>${device ?? words.someDevice}<br><span class="soft">${isThis ? words.thisDevice : used(usedAt)}</span></span>${isThis ? '' : html`<form method="post" action="/sign-out"><button name="device" value="${ref}" aria-label="${words.signOutOf(device ?? words.someDevice)}">${words.signOut}</button></form>`}</li>`,
    )}</ul><form method="post" action="/sign-out"><button name="everywhere" value="1">${words.everywhere}</button></form></section><p><a href="/settings">${words.title}</a></p>`,
  })
}
