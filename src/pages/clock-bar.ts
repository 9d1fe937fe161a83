import { html } from 'hono/html'
import type { House } from '../http.ts'
import type { Markup } from './page.ts'
import { city, clock, moment } from './times.ts'
import type { Viewer } from './viewer.ts'

/** The sandbox's clock above the light pages of ops: where it stands, and how to move it. Empty when live. */
export async function clockBar(house: House, { timeZone, lang }: Viewer, back: string): Promise<Markup | ''> {
  if (house.config.PUNCTUAL_MODE !== 'sandbox') return ''
  const now = house.clock.now()
  const hidden = html`<input type="hidden" name="back" value="${back}">`
  const step = (by: string, words: string) => html`<button name="by" value="${by}">${words}</button>`
  return html`<section class="clockbar" aria-label="Clock of the sandbox">
<p class="now"><strong><time datetime="${now.toString()}">${moment(now, timeZone, lang)}</time></strong> <span class="soft">${city(timeZone)} · ${clock(now, 'UTC')} UTC · stands still until you move it</span></p>
<div class="moves"><form method="post" action="/sandbox/clock/step">${hidden}<button class="is-main" name="toNextAlarm" value="1">Step to the next alarm</button></form>
<form method="post" action="/sandbox/clock/step">${hidden}${step('PT15M', '+15 min')}${step('PT1H', '+1 h')}${step('PT4H', '+4 h')}</form>
<details><summary>Jump</summary><form method="post" action="/sandbox/clock/step" class="line">${hidden}<label>To (UTC) <input type="datetime-local" name="to" required value="${now.toZonedDateTimeISO('UTC').toPlainDateTime().toString({ smallestUnit: 'minute' })}"></label><button>Jump</button></form></details>
<a href="/app/sandbox">What rings next</a></div>
</section>`
}
