import { html } from 'hono/html'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import { isBefore } from '../interval.ts'
import { person as personActor } from '../people/actor.ts'
import { reachableChannels } from '../people/consent.ts'
import { listSessions } from '../sessions/session.ts'
import { type Words, wordsFor } from './catalogue.ts'
import { linksOf } from './holder.ts'
import { type Ctx, type Markup, page } from './page.ts'
import { type SettingsWords, settingsWords } from './settings-words.ts'
import { clock, moment } from './times.ts'
import { zoneField } from './zones.ts'

/** Whose settings these are, and how they came: signed in, or by the link of a message, which changes less. */
export type Whose = { accountId: string; path: string; isSignedIn: boolean; top?: Markup }
/** What stands in the fields. */
export type Filled = Record<'name' | 'phone' | 'timeZone' | 'locale' | 'quietFrom' | 'quietTo', string> & {
  channels: readonly ('whatsapp' | 'email')[]
}
/** What was typed and not kept: whoever corrects one field must not have to type the others again. */
export type Refused = { typed: Filled; wrong: Partial<SettingsWords['wrong']>; error?: string }
export type Shown = { said?: string | undefined; calendar?: string | undefined; refused?: Refused }

/** `/settings` and `/m/{token}/settings`: how somebody is written to, and what is held about them. */
export async function settingsPage(
  c: Ctx,
  house: House,
  whose: Whose,
  { said, calendar, refused }: Shown,
): Promise<Response> {
  const account = await accountOf(house, whose.accountId)
  const { lang, words: pageWords } = wordsFor(account.locale)
  const words = settingsWords(lang)
  const outcome = calendar && Object.hasOwn(words.outcome, calendar) ? words.outcome[calendar] : null
  const isGood = outcome !== null && (calendar === 'connected' || calendar === 'disconnected')
  const filled = refused?.typed ?? storedOf(account, lang)
  const wrong = (field: keyof SettingsWords['wrong']) => {
    const sentence = refused?.wrong[field]
    return {
      // On the field, so that whoever hears the page hears it there too.
      mark: sentence ? html` aria-invalid="true" aria-describedby="wrong-${field}"` : ('' as const),
      said: sentence ? html`<p class="state is-bad is-text" id="wrong-${field}">${sentence}</p>` : '',
    }
  }
  const text = (field: 'name' | 'phone' | 'quietFrom' | 'quietTo', label: string, attributes: Markup) =>
    html`<label class="field"><span>${label}</span><input name="${field}" value="${filled[field]}" ${attributes}${wrong(field).mark}></label>`
  const tick = (channel: 'whatsapp' | 'email', text: string) =>
    html`<label class="check"><input type="checkbox" name="${channel}" value="on"${filled.channels.includes(channel) ? html` checked` : ''}><span>${text}</span></label>`
  return page(
    c,
    {
      title: words.title,
      lang,
      ...(whose.top ? { top: whose.top } : {}),
      body: html`${said === 'saved' ? html`<p class="notice" role="status">${words.saved}</p>` : ''}${outcome ? html`<p class="notice${isGood ? '' : ' is-warn'}" role="${isGood ? 'status' : 'alert'}">${outcome}</p>` : ''}${refused ? html`<p class="notice is-bad" role="alert">${refused.error ?? words.notSaved}</p>` : ''}
<h1>${words.title}</h1><form method="post" action="${whose.path}" class="card">
${whose.isSignedIn ? html`${text('name', words.name, html`required maxlength="200" autocomplete="name"`)}${wrong('name').said}` : ''}
${zoneField(words.zone, filled.timeZone, wrong('timeZone').mark)}${wrong('timeZone').said}
<label class="field"><span>${words.language}</span><select name="locale"${wrong('locale').mark}>${LANGUAGES.map(([code, name]) => html`<option value="${code}" lang="${code}"${code === filled.locale ? html` selected` : ''}>${name}</option>`)}</select></label>${wrong('locale').said}
<fieldset class="plain"><legend>${words.channels}</legend>${tick('whatsapp', words.whatsapp)}${tick('email', words.email)}${filled.channels.length === 0 ? html`<p class="state is-warn is-text">${words.none}</p>` : ''}${wrong('channels').said}</fieldset>
${whose.isSignedIn ? html`${text('phone', words.phone, html`type="tel" autocomplete="tel" maxlength="40"`)}${wrong('phone').said}` : ''}
<fieldset class="plain"><legend>${words.quiet}</legend><div class="line">${text('quietFrom', words.from, html`type="time" required`)}${text('quietTo', words.to, html`type="time" required`)}</div>${wrong('quietFrom').said}${wrong('quietTo').said}</fieldset>
<p><button class="is-main">${words.save}</button></p></form>
${account.isMentor && whose.isSignedIn ? await calendarPart(house, whose.accountId, words) : ''}
${await heldPart(house, account, words, pageWords, lang)}
${whose.isSignedIn ? html`<ul class="links"><li><a href="/settings/devices">${words.devices}</a></li></ul>` : ''}`,
    },
    refused ? 422 : 200,
  )
}

const storedOf = (account: Account, lang: string): Filled => ({
  name: account.name,
  phone: account.phone_e164 ?? '',
  timeZone: account.time_zone,
  locale: lang,
  channels: reachableChannels(account.channels, account.phone_e164, account.consents),
  quietFrom: account.quiet_from.slice(0, 5),
  quietTo: account.quiet_to.slice(0, 5),
})

const LANGUAGES = [
  ['en', 'English'],
  ['hi', 'हिन्दी'],
] as const

export async function accountOf({ db }: House, id: string) {
  const account = await db
    .selectFrom('account as a')
    .select((e) => [
      'a.id',
      'a.name',
      'a.email',
      'a.time_zone',
      'a.locale',
      'a.channels',
      'a.phone_e164',
      'a.quiet_from',
      'a.quiet_to',
      'a.roles',
      e
        .exists(e.selectFrom('user_calendar_config as u').select('u.account_id').whereRef('u.account_id', '=', 'a.id'))
        .as('has_hours'),
      e.exists(e.selectFrom('mentorship as m').select('m.id').whereRef('m.mentor_id', '=', 'a.id')).as('mentors'),
    ])
    .where('a.id', '=', id)
    .executeTakeFirstOrThrow()
  const consents = await db
    .selectFrom('consent')
    .select(['channel', 'granted_at', 'withdrawn_at'])
    .where('account_id', '=', id)
    .execute()
  return {
    ...account,
    consents,
    isMentor: account.roles.includes('mentor') || Boolean(account.has_hours) || Boolean(account.mentors),
  }
}

async function calendarPart({ db }: House, accountId: string, words: SettingsWords): Promise<Markup> {
  const connection = await db
    .selectFrom('calendar_connection')
    .select(['google_email', 'broken_at'])
    .where('account_id', '=', accountId)
    .where('disconnected_at', 'is', null)
    .executeTakeFirst()
  const connect = (text: string) => html`<a class="button" href="/calendar/connect">${text}</a>`
  return html`<section class="card"><h2>${words.calendar}</h2>${
    connection === undefined
      ? html`<p>${words.calendarOff}</p><p class="choices">${connect(words.connect)}</p>`
      : html`<p class="state is-${connection.broken_at ? 'bad' : 'good'} is-text">${connection.broken_at ? words.calendarBroken : words.calendarOn(connection.google_email)}</p><div class="choices">${connection.broken_at ? connect(words.connectAgain) : ''}<form method="post" action="/calendar/disconnect"><button>${words.disconnect}</button></form></div>`
  }<p><a href="/app/hours">${words.hours}</a></p></section>`
}

type Account = Awaited<ReturnType<typeof accountOf>>

async function heldPart(
  house: House,
  account: Account,
  words: SettingsWords,
  page: Words,
  lang: string,
): Promise<Markup> {
  const now = house.clock.now()
  const { items } = await listSessions(house.db, personActor(account.id, []), {
    from: now.subtract({ hours: 60 * 24 }),
    to: now,
    limit: 200,
  })
  const held = items.toReversed().flatMap((session) => {
    const me = session.participants.find(({ personId }) => personId === account.id)
    return me?.verdict ? [{ session, me, verdict: me.verdict as keyof Words['verdict'] }] : []
  })
  return html`<section class="card"><h2>${words.held}</h2>${
    held.length === 0
      ? html`<p class="soft">${words.heldNone}</p>`
      : html`<ul class="cards is-past">${held.slice(0, 12).map(({ session, me, verdict }) => {
          const [startsAt, endsAt] = [Temporal.Instant.from(session.startsAt), Temporal.Instant.from(session.endsAt)]
          const { manage } = linksOf(house, me.id, session.revision)
          const sentence =
            verdict === 'absent' ? page.verdict.absent(clock(startsAt, account.time_zone)) : page.verdict[verdict]
          const mayObject = ['absent', 'cannot_tell'].includes(verdict) && isBefore(now, endsAt.add({ hours: 48 }))
          return html`<li><a href="${manage}">${moment(startsAt, account.time_zone, lang)}</a> ${sentence} ${me.stage === 'provisional' ? html`<span class="soft">(${words.provisional})</span>` : ''}${mayObject ? html`<form method="post" action="${manage}"><input type="hidden" name="mark" value="${newId()}"><button name="answer" value="was_there">${words.wasThere}</button></form>` : ''}</li>`
        })}</ul>`
  }</section>`
}
