import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Hono } from 'hono'
import type { Env } from '../http.ts'
import { type Ctx, seeOther, trouble } from './page.ts'

/** Where `npm start` leaves the built app (scripts/ensure-web.mjs). */
const DIST = join(import.meta.dirname, '../../web/dist')

const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
}

/**
 * `/app/...`: the app for mentors, ops and admins. Every address in it is the same document; the app reads the rest off the
 * address by itself. Its files are named by their content, so browsers keep them for good.
 */
export function appRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  let built: Built | null = null
  app.get('/app/assets/:file', (c) => {
    built ??= readBuilt()
    const name = c.req.param('file')
    const file = built?.files.get(name)
    if (!file) return c.notFound()
    const isPacked = file.packed !== null && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    return c.body(isPacked ? (file.packed as Bytes) : file.plain, 200, {
      'content-type': file.type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    })
  })
  const document = (c: Ctx) => {
    if (c.get('actor').accountId === null) return seeOther(c, '/')
    built ??= readBuilt()
    if (!built)
      return trouble(c, 503, 'The app is not built', 'Start Punctual by npm start: it builds what is missing.')
    return c.html(
      built.document.replace('name="nonce" content=""', `name="nonce" content="${c.get('secureHeadersNonce') ?? ''}"`),
      200,
      {
        'cache-control': 'no-store',
        vary: 'cookie',
      },
    )
  }
  return app.get('/app', document).get('/app/*', document)
}

type Bytes = Uint8Array<ArrayBuffer>
type File = { plain: Bytes; packed: Bytes | null; type: string }
type Built = { document: string; files: Map<string, File> }

/** Read once: a new build comes with a new start. Null before the first build. */
function readBuilt(): Built | null {
  const read = (...path: string[]): Bytes => new Uint8Array(readFileSync(join(DIST, ...path)))
  try {
    const names = readdirSync(join(DIST, 'assets'))
    const files = names
      .filter((name) => !name.endsWith('.gz'))
      .map((name): [string, File] => [
        name,
        {
          plain: read('assets', name),
          packed: names.includes(`${name}.gz`) ? read('assets', `${name}.gz`) : null,
          type: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
        },
      ])
    return { document: readFileSync(join(DIST, 'index.html'), 'utf8'), files: new Map(files) }
  } catch {
    return null
  }
}
