import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deliverDue } from '../src/effects/deliver.ts'
import { sessions, sweep } from '../src/effects/reconcile.ts'
import { cookieName } from '../src/people/sign-in.ts'
import { flawsInBoth } from './support/axe.ts'
import { OPEN_ALL_WEEK } from './support/booking.ts'
import { openBrowser } from './support/browser.ts'
import { deskPages } from './support/desk-pages.ts'
import { accept, localMail, localWhatsapp, needsFor, refuse } from './support/effects-world.ts'

/** The other pages of the desk in a real browser: merge and its undo, a failed message, a lost day; all of them for everybody's eyes. */

const browser = await openBrowser()
const journey = browser ? test : test.skip
if (!browser) console.warn('NO BROWSER: the journeys of the desk were NOT run. Set CHROME to the path of a Chromium.')

let world: Awaited<ReturnType<typeof deskPages>>
let whatsapp: Awaited<ReturnType<typeof localWhatsapp>>
let mail: Awaited<ReturnType<typeof localMail>>
let url: string

beforeAll(async () => {
  if (!browser) return
  world = await deskPages()
  whatsapp = await localWhatsapp()
  mail = await localMail()
  url = await world.serve()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await whatsapp?.close()
  await mail?.close()
  await world?.close()
})

journey(
  'every page that has nothing to show says so, and is for everybody: light, dark, 320 px',
  () => examineAll(),
  90_000,
)

journey(
  'two sessions are merged after every effect was seen, and the notification takes it back',
  async () => {
    await world.booked('2026-03-11T10:00:00Z', 'Mina Sol')
    await world.booked('2026-03-11T14:00:00Z', 'Omar Diaz')
    const context = await contextOf(world.ops, {})
    const page = await context.newPage()
    await page.goto(`${url}/app/merge`)
    await page.getByLabel(/Mina Sol/).check()
    await page.getByText('Choose another session of this mentor').waitFor()
    await page.getByLabel(/Omar Diaz/).check()
    const follows = page.getByRole('region', { name: 'What follows' })
    await follows.getByText('comes from Wed 11 Mar, 14:00').waitFor()
    await follows.getByRole('heading', { name: 'Sent at once' }).waitFor()
    // The choice is in the address: whoever opens it sees the same.
    expect(new URL(page.url()).searchParams.get('sessions')?.split(',')).toHaveLength(2)
    expect(await merged()).toBe(0)
    await follows.getByLabel('Why?').fill('One hour for both')
    await follows.getByRole('button', { name: 'Merge 2 sessions and tell everybody' }).click()
    await page.getByText('Merged into Wed 11 Mar, 10:00').waitFor()
    expect(await merged()).toBe(1)
    await page.getByRole('alert').getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone. Everybody who was told is told again.').waitFor()
    await page.locator('.rows-list').getByText('undone', { exact: true }).waitFor()
    expect(await merged()).toBe(0)
    await context.close()
  },
  60_000,
)

journey(
  'a message that failed goes out again from its line, with the reason, and leaves the list',
  async () => {
    const { menteeId } = await world.booked('2026-03-12T15:00:00Z', 'Asha Rao', false)
    await world.db
      .updateTable('account')
      .set({ phone_e164: '+4917012345678', channels: ['whatsapp'] })
      .where('id', '=', menteeId)
      .execute()
    await world.db
      .insertInto('consent')
      .values({
        id: menteeId,
        account_id: menteeId,
        channel: 'whatsapp',
        granted_at: world.clock.now(),
        source: 'test',
      })
      .execute()
    whatsapp.reacts(refuse(131047))
    await settle()
    whatsapp.reacts(accept)
    const context = await contextOf(world.ops, {})
    const page = await context.newPage()
    await page.goto(`${url}/app/deliveries?channel=whatsapp`)
    const line = page.locator('.deliveries > li', { hasText: 'Asha Rao' })
    await line.getByText('WhatsApp lets only an approved template reach somebody').waitFor()
    await line.getByText('What it says').click()
    await line.locator('.said').getByText('Daniel Okafor').first().waitFor()
    await line.getByRole('button', { name: 'Send again' }).click()
    await page.getByLabel('Why?').fill('The template is approved now')
    await page.getByRole('button', { name: 'By WhatsApp once more' }).click()
    await page.getByText('It goes out to Asha Rao again.').waitFor()
    await line.waitFor({ state: 'detached' })
    await settle()
    await page.goto(`${url}/app/deliveries?view=sent&channel=whatsapp`)
    await page.locator('.deliveries > li', { hasText: 'Asha Rao' }).first().waitFor()
    expect(whatsapp.sent.filter(({ to }) => to === '+4917012345678').length).toBeGreaterThan(1)
    await context.close()
  },
  60_000,
)

journey(
  'the sessions of a day on which a mentor is away are cancelled together, after everybody was named',
  async () => {
    const lost = [
      await world.booked('2026-03-17T10:00:00Z', 'Li Wei'),
      await world.booked('2026-03-17T12:00:00Z', 'Ana Ruiz'),
    ]
    await away('2026-03-17T00:00:00Z', '2026-03-18T00:00:00Z')
    const context = await contextOf(world.ops, {})
    const page = await context.newPage()
    await page.goto(`${url}/app/conflicts`)
    await page.getByText('away').first().waitFor()
    found.push(...(await flawsInBoth(page)))
    await page.getByRole('button', { name: 'Choose all 2' }).click()
    await page.getByRole('button', { name: 'Cancel them' }).click()
    const sheet = page.getByRole('dialog', { name: 'Cancel sessions' })
    for (const name of ['Li Wei', 'Ana Ruiz', 'Daniel Okafor'])
      await sheet.getByRole('region', { name: 'What follows' }).getByText(name).first().waitFor()
    found.push(...(await flawsInBoth(page)))
    await sheet.getByLabel('Why?').fill('Daniel is ill')
    await sheet.getByRole('button', { name: 'Cancel 2 and tell everybody' }).click()
    await page.getByText('2 sessions are cancelled. Everybody is told.').waitFor()
    await page.getByText('No session collides').waitFor()
    const rows = await world.db
      .selectFrom('session')
      .select('cancelled_at')
      .where(
        'id',
        'in',
        lost.map(({ sessionId }) => sessionId),
      )
      .execute()
    expect(rows.every(({ cancelled_at }) => cancelled_at !== null)).toBe(true)
    expect(found).toEqual([])
    await context.close()
  },
  60_000,
)

journey(
  'a time that only the mentor’s pause takes is said to be refused for the pause',
  async () => {
    const mentorId = await world.mentor('Priya Iyer', { ...OPEN_ALL_WEEK, bufferAfterMinutes: 15 })
    const bookings = ['2026-03-20T08:00:00Z', '2026-03-20T08:30:00Z'].map(async (startsAt, i) => {
      const menteeId = await world.person(['Tom King', 'Mei Chen'][i] as string, ['mentee'])
      await world.pair(world.programmeId, mentorId, menteeId)
      return { mentorId, menteeId, startsAt }
    })
    const [first, beside] = await Promise.all(bookings)
    expect((await world.ask('POST', '/api/v1/bookings', first)).status).toBe(201)
    expect((await world.ask('POST', '/api/v1/bookings', beside)).status).toBe(409)
    const context = await contextOf(world.ops, {})
    const page = await context.newPage()
    await page.goto(`${url}/app/conflicts`)
    const line = page.locator('.card-list > li', { hasText: 'Mei Chen' })
    await line.getByText('a booking 08:00–08:30, and the mentor keeps a pause beside it').waitFor()
    await context.close()
  },
  60_000,
)

journey(
  'every page with something on it is for everybody: light, dark, 320 px',
  async () => {
    const { sessionId, menteeId } = await world.booked('2026-03-19T10:00:00Z', 'Zoë '.repeat(12).trim())
    await world.failed(sessionId, menteeId)
    await away('2026-03-19T09:00:00Z', '2026-03-19T11:00:00Z')
    await examineAll()
  },
  90_000,
)

const PAGES = ['conflicts', 'merge', 'deliveries', 'connections', 'audit']
let found: string[] = []
beforeEach(() => {
  found = []
})

async function examineAll(): Promise<void> {
  const context = await contextOf(world.admin, { viewport: { width: 320, height: 640 } })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('console', (message) => {
    // The clock of the sandbox is not there without a sandbox.
    if (message.type() === 'error' && !message.location().url.includes('/sandbox/')) found.push(message.text())
  })
  for (const path of PAGES) {
    await page.goto(`${url}/app/${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    found.push(...(await flawsInBoth(page)).map((flaw) => `${path} ${flaw}`))
  }
  await context.close()
  expect(found).toEqual([])
}

async function contextOf(who: string, options: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> {
  const context = await (browser as Browser).newContext(options)
  await context.addCookies([{ name: cookieName(world.config), value: await world.cookieOf(who), url }])
  return context
}

async function merged(): Promise<number> {
  const rows = await world.db.selectFrom('session').select('id').where('merged_into', 'is not', null).execute()
  return rows.length
}

/** What the worker would do: decide, then send by the local vendors. */
async function settle(): Promise<void> {
  const needs = needsFor(world.db, world.clock, { WHATSAPP_API_URL: whatsapp.url, SMTP_URL: mail.url })
  await sweep(needs, sessions(needs), world.clock.now())
  await deliverDue(needs)
  needs.vendors.email?.close()
}

async function away(startsAt: string, endsAt: string): Promise<void> {
  const { config } = await world.db
    .selectFrom('user_calendar_config')
    .select('config')
    .where('account_id', '=', world.mentorId)
    .executeTakeFirstOrThrow()
  const changed = { ...(config as object), absences: [{ startsAt, endsAt, reason: 'a day of illness' }] }
  await world.db
    .updateTable('user_calendar_config')
    .set({ config: JSON.stringify(changed) })
    .where('account_id', '=', world.mentorId)
    .execute()
}
