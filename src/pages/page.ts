import { gzipSync } from 'node:zlib'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Env, Playing } from '../http.ts'
import { SCRIPT, STYLE } from './assets.ts'
import { wordsFor } from './catalogue.ts'

export type Markup = ReturnType<typeof html>
export type Ctx = Context<Env>

export type Frame = {
  title: string
  lang?: string
  /** What stands above the page: the menu of somebody signed in. */
  top?: Markup
  body: Markup
  /** Looks again after so many seconds: the script in place, without it the whole page. */
  refreshSeconds?: number
  /**
   * Compressed for whoever takes that, because the page is long. Only where its length tells nothing worth having: a page that
   * lists times holds no secret but its own address, and whoever could have a browser ask it again and again has that already.
   */
  packed?: boolean
}

/** One whole document. Nothing of a person is ever kept by a cache on the way. */
export async function page(
  c: Ctx,
  { title, lang = 'en', top, body, refreshSeconds, packed = false }: Frame,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const refresh = refreshSeconds
    ? html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>`
    : ''
  // The first view is this one answer. A page that only looks again keeps the style it has.
  const look = c.req.header('punctual-refresh')
    ? ''
    : html`<style nonce="${c.get('secureHeadersNonce') ?? ''}">${raw(STYLE)}</style>`
  const document = String(
    await html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<meta name="robots" content="noindex">${refresh}
<title>${title} · Punctual</title>
<link rel="icon" href="/pages/icon.svg">
${look}
<script src="${SCRIPT}" defer></script>
</head>
<body>
${top ?? html`<header class="brand"><span class="logo">Punctual</span></header>`}${c.get('playing') ? backToOps(c.get('playing') as Playing, lang) : ''}
<main class="column" id="main"${refreshSeconds ? html` data-again="${refreshSeconds}"` : ''}>
${body}
</main>
</body>
</html>`,
  )
  const kept = { 'cache-control': 'no-store', vary: packed ? 'cookie, accept-encoding' : 'cookie' }
  if (!packed || !/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) return c.html(document, status, kept)
  return c.body(gzipSync(document), status, {
    ...kept,
    'content-type': 'text/html; charset=UTF-8',
    'content-encoding': 'gzip',
  })
}

/** Whoever plays a mentee or a mentor sees whom, and gets back to the clock with one press. */
function backToOps({ name, role }: Playing, lang: string): Markup {
  const { words } = wordsFor(lang)
  return html`<form aria-label="${words.youAre}" method="post" action="/sandbox/be" class="playing"><span>${words.youAre} <bdi>${name}</bdi> (${words[role]})</span><input type="hidden" name="to" value="/app/sandbox"><button class="is-quiet" name="personId" value="ops">${words.backToOps}</button></form>`
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
