import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { book } from '../src/booking/book.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import type { House } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { linkToken } from '../src/links.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { flawsInBoth } from './support/axe.ts'
import { openBrowser } from './support/browser.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

/** Journeys in a real browser: the Chromium from npm, or the one that CHROME names; without either they say so loudly. */

const START = Temporal.Instant.from('2026-03-08T12:00:00Z')

const browser = await openBrowser()
const journey = browser ? test : test.skip
if (!browser)
  console.warn('NO BROWSER: the journeys in a real browser were NOT run. Set CHROME to the path of a Chromium.')

let database: TestDatabase
let server: Server
let house: House
let url: string
let mentorId: string

beforeAll(async () => {
  if (!browser) return
  database = await testDatabase()
  const config = readConfig({
    PUNCTUAL_SECRET: 'a secret that only this test file knows, long enough',
    WHATSAPP_PHONE_NUMBER_ID: '1',
    WHATSAPP_ACCESS_TOKEN: 'x',
    SMTP_URL: 'smtp://127.0.0.1:1',
  })
  house = {
    db: database.db,
    clock: new StandingClock(START),
    config,
    nudge: () => {},
    onChange: () => () => {},
    log: () => {},
  }
  server = createServer(getRequestListener(createApp(house, {}).fetch))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await database.db.insertInto('programme').values({ id: newId(), name: 'Launchpad', created_at: START }).execute()
  await database.db.insertInto('zoom_host').values({ id: newId(), zoom_user: 'host@zoom.test' }).execute()
  mentorId = await account('Daniel Okafor', 'mentor', 'America/New_York')
  const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '06:00', to: '20:00' }))
  const hours = { timeZone: 'UTC', weekly, overrides: [], absences: [], sessionMinutes: 30, minimumNoticeMinutes: 60 }
  await database.db
    .insertInto('user_calendar_config')
    .values({ account_id: mentorId, config: JSON.stringify(hours), version: 1, updated_at: START, updated_by: 'test' })
    .execute()
})
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
  await database?.drop()
})

for (const javaScriptEnabled of [true, false]) {
  journey(
    `a mentee books by keyboard alone, ${javaScriptEnabled ? 'with' : 'without'} scripts, and says that they will be there`,
    async () => {
      const context = await contextOf(await account('Asha Rao', 'mentee', 'Asia/Kolkata'), { javaScriptEnabled })
      const page = await context.newPage()
      await page.goto(`${url}/book/${mentorId}?week=2026-03-09`)
      await page.locator('input[type=radio]').first().focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.getByText('This time is kept for you until').waitFor()
      await page.getByLabel('WhatsApp number').fill('+919800000001')
      await page.getByRole('checkbox').press('Space')
      await page.getByRole('button', { name: 'Book this session' }).press('Enter')
      await page.getByText('Booked. Below is what happens next.').waitFor()
      await page.getByRole('button', { name: 'I’ll be there' }).press('Enter')
      await page.getByText('Noted: you’ll be there').waitFor()
      await page.getByText('Confirmed').waitFor()
      await context.close()
    },
  )
}

journey('two browsers race for one time: one gets it, the other is offered three that are free', async () => {
  const racers = await Promise.all(
    ['Ravi Shah', 'Mei Chen'].map(async (name) =>
      (await contextOf(await account(name, 'mentee', 'UTC'), {})).newPage(),
    ),
  )
  await Promise.all(racers.map((page) => page.goto(`${url}/book/${mentorId}?week=2026-03-23`)))
  await Promise.all(
    racers.map(async (page) => {
      await page.locator('input[type=radio][value="2026-03-26T10:00:00Z"]').check({ force: true })
      await page.getByRole('button', { name: 'Choose this time' }).click()
      await page.getByText(/This time is kept for you until|Somebody was a second faster/).waitFor()
    }),
  )
  const lost = await Promise.all(racers.map((page) => page.getByText('Somebody was a second faster').count()))
  expect(lost.toSorted()).toEqual([0, 1])
  const [winner, loser] = lost[0] === 0 ? racers : racers.toReversed()
  expect(await loser?.locator('input[type=radio]').count()).toBe(3)
  await winner?.getByRole('button', { name: 'Book this session' }).click()
  await winner?.getByText('Booked. Below is what happens next.').waitFor()
  await loser?.getByRole('button', { name: 'Choose this time' }).click()
  await loser?.getByText('This time is kept for you until').waitFor()
  await Promise.all(racers.map((page) => page.context().close()))
})

journey('a booking whose answer is lost on the way is there once, however often it is sent again', async () => {
  const mentee = await account('Mina Rao', 'mentee', 'UTC')
  const context = await contextOf(mentee, {})
  const page = await context.newPage()
  await page.goto(`${url}/book/${mentorId}?week=2026-03-30`)
  await page.locator('input[type=radio]').nth(5).check({ force: true })
  await page.getByRole('button', { name: 'Choose this time' }).click()
  await page.getByText('This time is kept for you until').waitFor()
  const lost = Promise.withResolvers<{ address: string; form: string }>()
  await page.route('**/book/**', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback()
    await route.fetch({ maxRedirects: 0 })
    await route.abort('connectionreset')
    lost.resolve({ address: route.request().url(), form: route.request().postData() ?? '' })
  })
  await page.getByRole('button', { name: 'Book this session' }).click({ noWaitAfter: true })
  const { address, form } = await lost.promise
  await page.unroute('**/book/**')
  for (let again = 0; again < 2; again++) {
    const answer = await context.request.post(address, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: url },
      data: form,
    })
    expect(answer.status()).toBe(200)
    expect(await answer.text()).toContain('Session with Daniel Okafor')
  }
  const bookings = await database.db
    .selectFrom('user_calendar_booking')
    .select('id')
    .where('mentee_id', '=', mentee)
    .execute()
  expect(bookings).toHaveLength(1)
  await context.close()
})

journey('from the link in the mail a session is moved, and both read the new time', async () => {
  const mentee = await account('Omar Aziz', 'mentee', 'Asia/Dubai')
  const startsAt = Temporal.Instant.from('2026-03-24T09:00:00Z')
  const { id: bookingId, sessionId } = await book(
    house,
    SYSTEM,
    { mentorId, menteeId: mentee, mentorshipId: null, startsAt },
    house.clock.now(),
  )
  const { id } = await database.db
    .selectFrom('session_participant')
    .select('id')
    .where('session_id', '=', sessionId)
    .where('account_id', '=', mentee)
    .executeTakeFirstOrThrow()
  // Whoever has the mail has the link: nobody is signed in.
  const context = await (browser as NonNullable<typeof browser>).newContext({ viewport: { width: 375, height: 700 } })
  const page = await context.newPage()
  const link = linkToken(house.config.PUNCTUAL_SECRET ?? '', { purpose: 'manage', subjectId: id, revision: 1 })
  await page.goto(`${url}/m/${link}`)
  await page.getByRole('link', { name: 'Move to another time' }).click()
  await page.locator('input[type=radio]').nth(2).check({ force: true })
  await page.getByRole('button', { name: 'Move the session' }).click()
  await page.getByText('Moved. Everybody is told, and the calendar follows.').waitFor()
  const moved = await database.db
    .selectFrom('user_calendar_booking as b')
    .innerJoin('session as s', 's.id', 'b.session_id')
    .select(['b.revision', 's.starts_at'])
    .where('b.id', '=', bookingId)
    .executeTakeFirstOrThrow()
  expect(moved.revision).toBe(2)
  expect(moved.starts_at.equals(startsAt)).toBe(false)
  await context.close()
})

journey(
  'every page is free of accessibility violations, light and dark, and fits 320 px',
  async () => {
    const mentee = await account('Thiruvengadam Venkatasubramanian Krishnamurthy', 'mentee', 'Asia/Kolkata')
    const found: string[] = []
    const context = await contextOf(mentee, { viewport: { width: 320, height: 640 } })
    const page = await context.newPage()
    const look = (path: string) => examine(page, path.startsWith('http') ? path : `${url}${path}`, found)
    await look('/')
    await look(`/book/${mentorId}?week=2026-03-16`)
    await page.locator('input[type=radio]').nth(3).check({ force: true })
    await page.getByRole('button', { name: 'Choose this time' }).click()
    await page.getByRole('button', { name: 'Book this session' }).waitFor()
    await look(page.url())
    await page.getByRole('button', { name: 'Book this session' }).click()
    await page.getByRole('heading', { name: 'What happens next' }).waitFor()
    const manage = page.url().split('?')[0] as string
    for (const path of [manage, `${manage}?answer=coming`, `${manage}/move`, `${manage}/cancel`, `${manage}/settings`])
      await look(path)
    await look('/settings')
    await look('/settings/devices')
    const invitation = { purpose: 'invite', subjectId: mentee, revision: 1 } as const
    await look(`/invite/${linkToken(house.config.PUNCTUAL_SECRET ?? '', invitation)}`)
    await look(
      `${url}${await page.goto(manage).then(() => page.locator('a[href^="/join/"]').first().getAttribute('href'))}`,
    )
    await context.close()
    expect(found).toEqual([])
  },
  90_000,
)

async function examine(page: Page, address: string, found: string[]): Promise<void> {
  await page.goto(address)
  const where = new URL(page.url()).pathname.slice(0, 12)
  found.push(...(await flawsInBoth(page)).map((flaw) => `${where} ${flaw}`))
}

async function contextOf(accountId: string, options: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> {
  const context = await (browser as Browser).newContext(options)
  await context.addCookies([
    { name: cookieName(house.config), value: await signIn(house.db, accountId, house.clock.elapsed()), url },
  ])
  return context
}

async function account(name: string, role: string, timeZone: string): Promise<string> {
  const id = newId()
  await database.db
    .insertInto('account')
    .values({ id, email: `${id}@example.org`, name, time_zone: timeZone, roles: [role], created_at: START })
    .execute()
  return id
}
