import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hono } from 'hono'
import type { Env } from '../http.ts'

/** Two small files and an icon, named by their content so that browsers keep them for good. */
// The tokens are the app's as well: one look, wherever somebody comes from.
const style = ['tokens.css', 'style.css'].map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('')
const script = readFileSync(join(import.meta.dirname, 'script.js'), 'utf8')
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10)

export const STYLE = `/pages/style.css?v=${hash(style)}`
export const SCRIPT = `/pages/script.js?v=${hash(script)}`

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="13" fill="none" stroke="#2f5bd7" stroke-width="4"/><path d="M16 8v8l5 4" fill="none" stroke="#2f5bd7" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>'

const KEPT = { 'cache-control': 'public, max-age=31536000, immutable' }

export function assetRoutes(): Hono<Env> {
  return new Hono<Env>()
    .get('/pages/style.css', (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8', ...KEPT }))
    .get('/pages/script.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8', ...KEPT }))
    .get('/pages/icon.svg', (c) => c.body(ICON, 200, { 'content-type': 'image/svg+xml', ...KEPT }))
}
