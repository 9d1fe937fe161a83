import { html } from 'hono/html'
import type { LinkState } from '../people/magic-link.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { type Ctx, type Markup, page } from './page.ts'
import { type SignInWords, signInWords } from './sign-in-words.ts'

type Shown = Response | Promise<Response>

/** The door: mail, Google, or how to get one of them. */
export function doorPage(c: Ctx, { email, people }: Vendors, said?: string): Shown {
  return framed(c, (words) => {
    const trouble =
      said !== undefined && Object.hasOwn(words, `google_${said}`) ? words[`google_${said}` as 'google_failed'] : ''
    return html`<section class="card"><h1>${words.title}</h1><p>${words.intro}</p>${alert(trouble)}
${
  email
    ? html`<form method="post" action="/sign-in"><label class="field"><span>${words.address}</span><input type="email" name="address" autocomplete="email" required maxlength="254"></label>
<button class="is-main">${words.send}</button></form>`
    : people
      ? html`<p class="soft">${words.noMail}</p>`
      : html`<p>${words.noWay}</p>`
}
${people ? html`<p><a class="button" href="/sign-in/google">${words.google}</a></p>` : ''}</section>`
  })
}

/** After asking: the same page whether the address is known or not. */
export const sentPage = (c: Ctx, said: { left: number } | 'over' | null): Shown =>
  framed(
    c,
    (words) => html`<section class="card"><h1>${words.sentTitle}</h1><p>${words.sent}</p>
${alert(said === null ? '' : said === 'over' ? words.over : words.wrong(said.left))}
<form method="post" action="/sign-in/code"><label class="field"><span>${words.code}</span><input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,9}" maxlength="9" required></label>
<button class="is-main">${words.enter}</button></form>
<p><a href="/sign-in">${words.again}</a></p></section>`,
    (words) => words.sentTitle,
  )

/** What a link in a mail opens. Only its button does anything. */
export const linkPage = (c: Ctx, state: LinkState): Shown =>
  framed(
    c,
    (words) =>
      html`<section class="card"><h1>${words.title}</h1>${
        state === 'ready'
          ? html`<p>${words.ready}</p><form method="post"><button class="is-main">${words.enter}</button></form>`
          : html`<p>${state === 'over' ? words.over : words.otherBrowser}</p><p><a class="button" href="/sign-in">${words.again}</a></p>`
      }</section>`,
  )

const alert = (sentence: string): Markup | '' =>
  sentence === '' ? '' : html`<p class="notice" role="alert">${sentence}</p>`

function framed(c: Ctx, body: (words: SignInWords) => Markup, title = (words: SignInWords) => words.title): Shown {
  const { lang, words } = signInWords(c.req.header('accept-language'))
  return page(c, { title: title(words), lang, body: body(words) })
}
