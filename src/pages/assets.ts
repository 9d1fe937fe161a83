import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hono } from 'hono'
import type { Env } from '../http.ts'

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8')

/** What every page looks like, as it stands in the page itself. The tokens are the app's as well: one look everywhere. */
export const STYLE = minified(read('tokens.css') + read('style.css'))

const script = read('script.js')

/** One small file, named by its content so that browsers keep it for good. */
export const SCRIPT = `/pages/script.js?v=${createHash('sha256').update(script).digest('hex').slice(0, 10)}`

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="13" fill="none" stroke="#2f5bd7" stroke-width="4"/><path d="M16 8v8l5 4" fill="none" stroke="#2f5bd7" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>'

const KEPT = { 'cache-control': 'public, max-age=31536000, immutable' }

export function assetRoutes(): Hono<Env> {
  return new Hono<Env>()
    .get('/pages/script.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8', ...KEPT }))
    .get('/pages/icon.svg', (c) => c.body(ICON, 200, { 'content-type': 'image/svg+xml', ...KEPT }))
}

/**
 * Only what can mean nothing: comments, white space beside braces, semicolons, commas and arrows and after colons of a value, and
 * the quotes of a plain word.
 */
function minified(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/="([a-z]+)"\]/g, '=$1]')
    .replaceAll(';}', '}')
    .trim()
}
