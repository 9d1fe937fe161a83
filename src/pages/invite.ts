import { html } from 'hono/html'
import type { House } from '../http.ts'
import { wordsFor } from './catalogue.ts'
import { type Ctx, page } from './page.ts'
import { accountOf } from './settings.ts'
import { settingsWords } from './settings-words.ts'
import { zoneField } from './zones.ts'

/**
 * `/invite/{token}`: the first steps. Zone, WhatsApp yes or no; then what to do next. Opening it accepts nothing, and a
 * forwarded mail gives no number away: of one we know only the end is shown.
 */
export async function invitePage(
  c: Ctx,
  house: House,
  accountId: string,
  isReady: boolean,
  error = '',
): Promise<Response> {
  const account = await accountOf(house, accountId)
  const { lang } = wordsFor(account.locale)
  const words = settingsWords(lang)
  if (isReady)
    return page(c, {
      title: words.readyTitle,
      lang,
      body: html`<section class="card"><h1>${words.readyTitle}</h1><p>${account.isMentor ? words.readyMentor : words.readyMentee}</p><p><a class="button is-main" href="/sign-in">${words.signIn}</a></p></section>`,
    })
  const programme = await house.db
    .selectFrom('mentorship as m')
    .innerJoin('programme as p', 'p.id', 'm.programme_id')
    .select('p.name')
    .where((e) => e.or([e('m.mentor_id', '=', accountId), e('m.mentee_id', '=', accountId)]))
    .orderBy('m.created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return page(
    c,
    {
      title: words.inviteTitle(account.name),
      lang,
      body: html`<section class="card"><h1>${words.inviteTitle(account.name)}</h1><p>${words.inviteIntro(programme?.name ?? 'Punctual')}</p>
${error ? html`<p class="notice is-bad" role="alert">${error}</p>` : ''}
<form method="post">${zoneField(words.zone, account.time_zone)}
<fieldset class="plain"><legend>${words.inviteWhatsapp}</legend><label class="check"><input type="radio" name="whatsapp" value="yes" required><span>${words.yes}</span></label>
<label class="field"><span class="hidden">${words.phone}</span><input name="phone" type="tel" autocomplete="tel" maxlength="40" placeholder="${account.phone_e164 ? `… ${account.phone_e164.slice(-2)}` : ''}"></label>
<label class="check"><input type="radio" name="whatsapp" value="no"><span>${words.no}</span></label></fieldset>
<button class="is-main">${words.inviteSave}</button></form></section>`,
    },
    error ? 422 : 200,
  )
}
