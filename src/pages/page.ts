import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Env, Playing } from '../http.ts'
import { SCRIPT, STYLE } from './assets.ts'
import { wordsFor } from './catalogue.ts'

export type Markup = ReturnType<typeof html>
export type Ctx = Context<Env>

export type Frame = {
  title: string
  lang?: string
  /** What stands above the page: the clock of the sandbox, the menu of ops. */
  top?: Markup
  body: Markup
  /** Ops use the whole width; everybody else reads one column. */
  wide?: boolean
  /** Looks again after so many seconds: the script in place, without it the whole page. */
  refreshSeconds?: number
}

/** One whole document. Nothing of a person is ever kept by a cache on the way. */
export function page(
  c: Ctx,
  { title, lang = 'en', top, body, wide = false, refreshSeconds }: Frame,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  const refresh = refreshSeconds
    ? html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>`
    : ''
  return c.html(
    html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<meta name="robots" content="noindex">${refresh}
<title>${title} · Punctual</title>
<link rel="icon" href="/pages/icon.svg">
<link rel="stylesheet" href="${STYLE}">
<script src="${SCRIPT}" defer></script>
</head>
<body>
${top ?? html`<header class="brand"><span class="logo">Punctual</span></header>`}${c.get('playing') ? backToOps(c.get('playing') as Playing, lang) : ''}
<main class="${wide ? 'wide' : 'column'}" id="main"${refreshSeconds ? html` data-again="${refreshSeconds}"` : ''}>
${body}
</main>
</body>
</html>`,
    status,
    { 'cache-control': 'no-store', vary: 'cookie' },
  )
}

/** Whoever plays a mentee or a mentor sees whom, and gets back to the clock with one press. */
function backToOps({ name, role }: Playing, lang: string): Markup {
  const { words } = wordsFor(lang)
  return html`<form method="post" action="/sandbox/be" class="playing"><span>${words.youAre} <bdi>${name}</bdi> (${words[role]})</span><input type="hidden" name="to" value="/app/sandbox"><button class="is-quiet" name="personId" value="ops">${words.backToOps}</button></form>`
}

/** Something went wrong, said kindly; with a way on. */
export const trouble = (
  c: Ctx,
  status: ContentfulStatusCode,
  title: string,
  sentence: string,
  more: Markup | string = '',
  lang = 'en',
): Response | Promise<Response> =>
  page(
    c,
    { title, lang, body: html`<section class="card"><h1>${title}</h1><p>${sentence}</p>${more}</section>` },
    status,
  )

export const seeOther = (c: Ctx, path: string): Response =>
  c.body(null, 303, { location: path, 'cache-control': 'no-store' })
