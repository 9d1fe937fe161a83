import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { REQUESTS } from './authorization/requests.ts'
import { type ActorName, authorizationWorld, type Target, type World } from './authorization/world.ts'
import { danger, readHtml, skeleton } from './injection/html.ts'
import { packs, payloads } from './injection/payloads.ts'
import { columnsOf, OURS, SLOT, seed, write } from './injection/stored.ts'
import { openBrowser } from './support/browser.ts'

/** Every column that keeps what somebody wrote holds payloads, and every page is read: by a strict reader, and by a browser. */

const FULL = process.env.PUNCTUAL_PROOF === 'full'
// No column keeps a NUL.
const ALL = payloads(FULL ? 500 : 60).map((one) => ({ ...one, text: one.text.replaceAll('\0', '') }))
/** What the shortest column takes, beside the few letters that tell its rows apart. */
const PACKS = packs(ALL, 150)
const WORDS = 'Ordinary words'
/** "Add to Google Calendar" leads there, and nowhere else outside. */
const GOOGLE = 'https://calendar.google.com'
const LOOKING: ActorName[] = ['ops', 'admin', 'mentee', 'mentor']

let world: World
let target: Target
let columns: Awaited<ReturnType<typeof columnsOf>>
let written = SLOT
const put = async (words: string) => {
  await write(world, columns, written, words)
  written = words
}

beforeAll(async () => {
  world = await authorizationWorld({ PUNCTUAL_URL: 'http://punctual.localhost' })
  target = await world.target()
  await seed(world, target)
  columns = await columnsOf(world.db)
})
afterAll(() => world.drop())

/** What a person opens: every GET that answers a page. */
const pages = (): string[] =>
  Object.keys(REQUESTS)
    .filter(
      (key) =>
        key.startsWith('GET ') &&
        !/ \/(api|docs|openapi|pages|metrics|healthz|readyz|webhooks|calendar|enter|sign-in\/google)/.test(key) &&
        !key.includes('.ics'),
    )
    .map((key) => REQUESTS[key]?.(world, target).path as string)

async function look(): Promise<Map<string, string>> {
  await sql`delete from rate_count`.execute(world.db)
  const seen = new Map<string, string>()
  for (const actor of LOOKING)
    for (const path of pages()) {
      const { status, headers, text } = await world.ask(actor, { method: 'GET', path })
      if (headers.get('content-type')?.startsWith('text/html')) seen.set(`${actor} ${path} ${status}`, text)
    }
  return seen
}

test('whatever column keeps words is known to these tests', async () => {
  const unfilled: string[] = []
  for (const { table, name } of columns) {
    if (OURS.test(`${table}.${name}`)) continue
    const { rows } =
      await sql`select from ${sql.table(table)} where position(${SLOT} in ${sql.ref(name)}::text) > 0 limit 1`.execute(
        world.db,
      )
    if (rows.length === 0) unfilled.push(`${table}.${name}`)
  }
  expect(unfilled).toEqual([])
})

test(`${ALL.length} payloads in every stored text, on every page of every role: none is more than text`, async () => {
  await put(WORDS)
  const usual = await look()
  expect(usual.size).toBeGreaterThan(60)
  const shapes = new Map([...usual].map(([page, html]) => [page, skeleton(readHtml(html))]))
  const shown = new Map<string, number>()
  for (const pack of PACKS) {
    await put(pack.map(({ text }) => text).join(' '))
    const seen = await look()
    expect([...seen.keys()]).toEqual([...usual.keys()])
    for (const [page, html] of seen) {
      const read = readHtml(html)
      expect(skeleton(read), `${page} with ${JSON.stringify(written)}`).toBe(shapes.get(page))
      expect(
        read.tags.map((tag) => danger(tag, [GOOGLE])).filter(Boolean),
        `${page} with ${JSON.stringify(written)}`,
      ).toEqual([])
      for (const { mark } of pack) if (read.text.includes(mark)) shown.set(mark, (shown.get(mark) ?? 0) + 1)
    }
  }
  // Each was shown, and on many pages: nothing was proven by leaving it out.
  expect(ALL.filter(({ mark }) => (shown.get(mark) ?? 0) < 10)).toEqual([])
}, 900_000)

type Found = { handlers: string[]; scripts: string[]; frames: number; leads: string[] }
const LOOK = `({
  handlers: [...document.querySelectorAll('*')].flatMap((one) =>
    one.getAttributeNames().filter((key) =>
      // The app's own components set styles through the DOM, which is no markup and which no policy of ours allows to markup.
      key.startsWith('on') || (key === 'style' && !location.pathname.startsWith('/app')) || key === 'srcdoc')),
  scripts: [...document.scripts].map((one) => one.getAttribute('src') ?? 'inline').filter((src) => !/^\\/(pages|app\\/assets)\\//.test(src)),
  frames: document.querySelectorAll('iframe, object, embed, base, math').length,
  leads: [...document.querySelectorAll('[href], [src], [action]')]
    .map((one) => new URL(one.getAttribute('href') ?? one.getAttribute('src') ?? one.getAttribute('action'), location.href).origin)
    .filter((origin) => origin !== location.origin && origin !== '${GOOGLE}'),
})`

const browser = await openBrowser()
if (!browser)
  console.warn('NO BROWSER: what payloads do in a real one was NOT tried. Set CHROME to the path of a Chromium.')

;(browser ? test : test.skip)(
  'in a real browser none of them runs, asks anything of another host, or leaves a handler',
  async () => {
    const asked = new Set<string>()
    const server: Server = createServer(getRequestListener(world.app.fetch))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const trouble: string[] = []
    let opened = 0
    try {
      for (const actor of ['ops', 'mentee'] as const) {
        const [name, value] = (world.identity(actor).cookie ?? '').split('=') as [string, string]
        const context = await browser!.newContext()
        await context.addCookies([{ name, value, url }])
        const page = await context.newPage()
        page.on('dialog', (dialog) => {
          trouble.push(`a dialog: ${dialog.message()}`)
          void dialog.dismiss()
        })
        page.on(
          'console',
          (message) => /Content.Security.Policy|Refused to/i.test(message.text()) && trouble.push(message.text()),
        )
        page.on('request', (request) => asked.add(new URL(request.url()).origin))
        page.on('popup', (popup) => trouble.push(`a window: ${popup.url()}`))
        const htmlPacks = PACKS.filter((pack) =>
          pack.some(({ kind }) => ['html', 'attribute', 'address', 'template'].includes(kind)),
        )
        for (const pack of htmlPacks.slice(0, FULL ? 40 : 3)) {
          await put(pack.map(({ text }) => text).join(' '))
          await sql`delete from rate_count`.execute(world.db)
          const mine = pages().filter((path) =>
            actor === 'ops' ? !/^\/(m|join|book|invite|sign-in)/.test(path) : /^\/(m|join|book|settings|$)/.test(path),
          )
          for (const path of [...new Set(mine)]) {
            await page.goto(url + path, { waitUntil: 'load' })
            opened += 1
            const found: Found = await page.evaluate(LOOK)
            if (found.handlers.length + found.scripts.length + found.frames + found.leads.length > 0)
              trouble.push(`${path}: ${JSON.stringify(found)}`)
          }
        }
        await context.close()
      }
    } finally {
      server.closeAllConnections()
      server.close()
      await browser!.close()
    }
    expect(trouble).toEqual([])
    expect([...asked]).toEqual([url])
    expect(opened).toBeGreaterThan(30)
  },
  900_000,
)
