import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AxeBuilder } from '@axe-core/playwright'
import { getRequestListener } from '@hono/node-server'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from '../src/app.ts'
import { book } from '../src/booking/book.ts'
import { hold } from '../src/booking/holds.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import type { House } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { openBrowser } from './support/browser.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'
import { tellBooked } from './support/told.ts'

/** A mentor's own pages in a real browser: hours, week, sessions, first steps. */

// Each takes a few seconds; a machine that does much else takes ten times as long.
vi.setConfig({ testTimeout: 90_000 })

const START = Temporal.Instant.from('2026-03-08T12:00:00Z')

const browser = await openBrowser()
const journey = browser ? test : test.skip
if (!browser) console.warn('NO BROWSER: the mentor’s journeys were NOT run. Set CHROME to the path of a Chromium.')

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
    SMTP_URL: 'smtp://127.0.0.1:1',
  })
  const nothing = () => {}
  house = {
    db: database.db,
    clock: new StandingClock(START),
    config,
    nudge: nothing,
    onChange: () => nothing,
    log: nothing,
  }
  server = createServer(getRequestListener(createApp(house, {}).fetch))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await database.db.insertInto('programme').values({ id: newId(), name: 'Launchpad', created_at: START }).execute()
  for (let n = 0; n < 12; n++)
    await database.db
      .insertInto('zoom_host')
      .values({ id: newId(), zoom_user: `host${n}@zoom.test` })
      .execute()
})
beforeEach(async () => {
  if (!browser) return
  mentorId = await account('Daniel Okafor', 'mentor')
  await database.db
    .insertInto('user_calendar_config')
    .values({
      account_id: mentorId,
      config: openFrom('06:00', '20:00'),
      version: 1,
      updated_at: START,
      updated_by: 'test',
    })
    .execute()
})

const openFrom = (from: string, to: string): string => {
  const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from, to }))
  return JSON.stringify({
    timeZone: 'UTC',
    weekly,
    overrides: [],
    absences: [],
    sessionMinutes: 30,
    minimumNoticeMinutes: 60,
  })
}

// What a journey that failed left open would go on asking.
afterEach(() => Promise.all((browser?.contexts() ?? []).map((context) => context.close())))
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
  await database?.drop()
})

journey(
  'hours are typed by keyboard alone, the preview follows before they are saved, and any time says why',
  async () => {
    const page = await openPage('/app/hours?zone=Europe/London&week=2026-03-09')
    const saturday = page.getByRole('region', { name: /^Sat 14 Mar/ })
    await saturday.waitFor()
    await page.getByLabel('Saturday').focus()
    await page.keyboard.type('9-10:30')
    await saturday.getByRole('button', { name: '09:00 offered' }).waitFor()
    await page.getByText('Not saved:').waitFor()
    await page.getByLabel('Saturday').press('Enter')
    await page.getByText('All changes are saved').waitFor()
    expect(await weeklyOf(mentorId)).toContainEqual({ weekday: 6, from: '09:00', to: '10:30' })
    await saturday.getByRole('button', { name: /10:30 to .* not offered: no hours/ }).press('Enter')
    await page.getByText('is not offered: no hours are open').waitFor()
    await page.context().close()
  },
)

journey('a line that says nothing is named where it stands, and a rule that is broken too', async () => {
  const page = await openPage('/app/hours')
  await page.getByLabel('Wednesday').fill('mornings')
  await page.getByText('Write times like 9-12').waitFor()
  await page.getByLabel('Wednesday').fill('9-12')
  await page.getByLabel('A session lasts').fill('2')
  await page.getByText('must be a whole number of minutes from 5 to 480').waitFor()
  expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  await page.context().close()
})

journey('a window is dragged open on the grid, moved to another day, and saved', async () => {
  const page = await openPage('/app/hours', { viewport: { width: 1280, height: 900 } })
  const slot = (day: string, time: string) =>
    page.getByRole('button', { name: new RegExp(`^Add hours ${day} ${time}`) })
  const [from, to] = [slot('2024-01-06', '09:00:00'), slot('2024-01-06', '10:45:00')]
  await from.scrollIntoViewIfNeeded()
  const [a, b] = [await from.boundingBox(), await to.boundingBox()]
  if (!a || !b) throw new Error('The grid shows no slots.')
  await page.mouse.move(a.x + 20, a.y + 4)
  await page.mouse.down()
  await page.mouse.move(b.x + 20, b.y - 10, { steps: 4 })
  await page.mouse.move(b.x + 20, b.y + 4, { steps: 2 })
  await page.mouse.up()
  expect(await page.getByLabel('Saturday').inputValue()).toBe('09:00-11:00')
  await page.getByRole('button', { name: '09:00-11:00' }).dragTo(slot('2024-01-07', '12:00:00'), {
    sourcePosition: { x: 20, y: 6 },
    targetPosition: { x: 20, y: 1 },
  })
  expect(await page.getByLabel('Saturday').inputValue()).toBe('')
  expect(await page.getByLabel('Sunday').inputValue()).toMatch(/^1[12]:\d\d-1[34]:\d\d$/)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('All changes are saved').waitFor()
  expect((await weeklyOf(mentorId)).filter(({ weekday }) => weekday > 5)).toMatchObject([{ weekday: 7 }])
  await page.context().close()
})

journey('a second tab that is behind is told what differs, and loses nothing', async () => {
  const first = await openPage('/app/hours')
  const second = await first.context().newPage()
  await second.goto(`${url}/app/hours`)
  await second.getByLabel('Saturday').fill('14-15')
  await first.getByLabel('Monday').fill('10-11')
  await first.getByLabel('Monday').press('Enter')
  await first.getByText('All changes are saved').waitFor()
  await second.bringToFront()
  await second.getByLabel('Saturday').press('Enter')
  await second.getByText('These hours were changed somewhere else while you typed.').waitFor()
  await second.getByText('They differ in: Monday, Saturday.').waitFor()
  expect(await second.getByLabel('Saturday').inputValue()).toBe('14-15')
  await second.getByRole('button', { name: 'Keep mine, to save over theirs' }).click()
  await second.getByRole('button', { name: 'Save' }).click()
  await second.getByText('All changes are saved').waitFor()
  const weekly = await weeklyOf(mentorId)
  expect(weekly).toContainEqual({ weekday: 6, from: '14:00', to: '15:00' })
  expect(weekly).toContainEqual({ weekday: 1, from: '06:00', to: '20:00' })
  await first.context().close()
})

journey(
  'an absence says whom it hits before it is saved, and both are offered other times after a preview',
  async () => {
    await booked('Asha Rao', '2026-03-10T10:00:00Z')
    await booked('Ravi Shah', '2026-03-10T11:00:00Z')
    const page = await openPage('/app/hours')
    await page.getByRole('button', { name: 'Add an absence' }).click()
    await page.getByLabel('From', { exact: true }).fill('2026-03-10T00:00')
    await page.getByLabel('Until', { exact: true }).fill('2026-03-11T00:00')
    await page.getByText('2 booked sessions lie in it').waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Offer other times' }).click()
    const sheet = page.getByRole('dialog')
    // The nearest free times lie before the absence: in the evening of the day before.
    const lost = sheet.getByRole('region', { name: 'What will change' }).getByRole('listitem')
    const [asha, ravi] = [lost.nth(0), lost.nth(1)]
    await ravi.waitFor()
    await sheet.getByRole('region', { name: 'What follows' }).getByText('Asha Rao').first().waitFor()
    expect(await asha.textContent()).toMatch(/^Tue 10 Mar, 10:00 Asha Rao.*Mon 9 Mar, 19:30/)
    expect(await ravi.textContent()).toMatch(/^Tue 10 Mar, 11:00 Ravi Shah.*Mon 9 Mar, 19:30/)
    expect(await cancelled(mentorId)).toBe(0)
    await examine(page, 'offer times')
    await sheet.getByLabel(/^Why/).fill('I am at a conference')
    await sheet.getByRole('button', { name: 'Cancel 2 and offer other times' }).click()
    await page.getByText('2 sessions are cancelled. Everybody is told, with free times.').waitFor()
    expect(await cancelled(mentorId)).toBe(2)
    await page.context().close()
  },
)

journey('the week shows a hold that appears, and a session is moved by form with its effects first', async () => {
  const { sessionId } = await booked('Mei Chen', '2026-03-10T10:00:00Z')
  const page = await openPage('/app/week?week=2026-03-09&zone=UTC')
  const list = page.getByRole('region', { name: 'The week as a list' })
  await list.getByText('Mei Chen').waitFor()
  const mentee = await account('Zoë', 'mentee')
  await hold(
    house,
    SYSTEM,
    {
      mentorId,
      menteeId: mentee,
      mentorshipId: null,
      startsAt: Temporal.Instant.from('2026-03-12T09:00:00Z'),
    },
    START,
  )
  await list.getByText('Zoë is deciding until 12:10').waitFor()

  await list.getByRole('button', { name: /^Move Mei Chen/ }).press('Enter')
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('radio', { name: '13:30' }).first().press('Space')
  await sheet.getByText('then Tue 10 Mar, 13:30').waitFor()
  const follows = sheet.getByRole('region', { name: 'What follows' })
  await follows.getByRole('heading', { name: 'Sent at once' }).waitFor()
  await follows.getByText('Mei Chen: move notice by email').waitFor()
  await follows.getByText(/Mei Chen: 4 h reminder .*09:30 by email/).waitFor()
  await examine(page, 'move')
  await sheet.getByRole('button', { name: 'Move and tell everybody' }).press('Enter')
  await list.getByText('13:30–14:00').waitFor()
  const { starts_at } = await database.db
    .selectFrom('session')
    .select('starts_at')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow()
  expect(starts_at.toString()).toBe('2026-03-10T13:30:00Z')
  await page.context().close()
})

journey('a mentor’s first page is the first steps until they are done, then the sessions', async () => {
  await booked('Asha Rao', '2026-03-10T10:00:00Z')
  const page = await openPage('/')
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  await page.getByRole('button', { name: 'No, mail is enough' }).press('Enter')
  await page.getByText('Everything is ready').waitFor()
  await page.getByLabel('Number with country code').fill('+49 170 1234567')
  await page.getByRole('button', { name: 'Yes, write to me there' }).press('Enter')
  await page.getByText('come to +491701234567 as well as by mail').waitFor()
  await page.goto(`${url}/`)
  await page.getByRole('heading', { name: /^Your sessions/ }).waitFor()
  await page.getByText('Asha Rao').first().waitFor()
  await page.getByRole('button', { name: 'Daniel Okafor' }).click()
  await page.getByText('Sign out everywhere').waitFor()
  await page.context().close()
})

journey('a mentor’s pages have no accessibility violation, light and dark, and fit 320 px', async () => {
  // Every free time is a button: a short day has all kinds of them, a long one only more to examine.
  await database.db
    .updateTable('user_calendar_config')
    .set({ config: openFrom('09:00', '11:00') })
    .where('account_id', '=', mentorId)
    .execute()
  await booked('Asha Rao', '2026-03-10T10:00:00Z')
  const hours = '/app/hours?week=2026-03-09&zone=America/New_York&at=2026-03-10T10:00:00Z'
  const week = '/app/week?week=2026-03-09'
  const narrow = await openPage('/app/start', { viewport: { width: 320, height: 800 } })
  for (const path of [hours, week, '/app/sessions', '/app/start']) {
    await show(narrow, path)
    await examine(narrow, `320 ${path}`)
    await examineDark(narrow, `320 ${path}`)
  }
  // Only a wide screen has the grids. Each has hundreds of slots, which take most of the time.
  const wide = await openPage('/app/start', { viewport: { width: 1280, height: 800 } })
  for (const path of [hours, week]) {
    await show(wide, path)
    await wide.locator('[class*=weekViewDaySlots]').first().waitFor()
    await examine(wide, `1280 ${path}`)
  }
})

async function show(page: Page, path: string): Promise<void> {
  await page.goto(url + path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page
    .getByText(/Asha Rao|What a mentee sees|First steps/)
    .first()
    .waitFor()
}

async function examine(page: Page, where: string): Promise<void> {
  const found = await violations(new AxeBuilder({ page }).options({ resultTypes: ['violations'] }))
  if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push('wider than the screen')
  expect({ where, found }).toEqual({ where, found: [] })
}

// In the dark only the colours are others.
async function examineDark(page: Page, where: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.locator('html[data-mantine-color-scheme=dark]').waitFor()
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'], runOnly: ['color-contrast'] })
  expect({ where, found: await violations(axe) }).toEqual({ where, found: [] })
  await page.emulateMedia({ colorScheme: 'light' })
}

// Legacy: without a second page for frames, of which there are none.
async function violations(axe: AxeBuilder): Promise<string[]> {
  const { violations } = await axe.setLegacyMode(true).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
}

async function openPage(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context: BrowserContext = await (browser as Browser).newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  })
  await context.addCookies([
    { name: cookieName(house.config), value: await signIn(house.db, mentorId, house.clock.elapsed()), url },
  ])
  const page = await context.newPage()
  await page.goto(url + path)
  return page
}

async function booked(name: string, startsAt: string) {
  const menteeId = await account(name, 'mentee')
  const made = await book(
    house,
    SYSTEM,
    { mentorId, menteeId, mentorshipId: null, startsAt: Temporal.Instant.from(startsAt) },
    START,
  )
  await tellBooked(house.db, made.sessionId)
  return made
}

async function weeklyOf(id: string): Promise<{ weekday: number; from: string; to: string }[]> {
  const { config } = await database.db
    .selectFrom('user_calendar_config')
    .select('config')
    .where('account_id', '=', id)
    .executeTakeFirstOrThrow()
  return (config as unknown as { weekly: { weekday: number; from: string; to: string }[] }).weekly
}

async function cancelled(mentor: string): Promise<number> {
  const rows = await database.db
    .selectFrom('user_calendar_booking')
    .select('id')
    .where('mentor_id', '=', mentor)
    .where('cancelled_at', 'is not', null)
    .execute()
  return rows.length
}

async function account(name: string, role: string): Promise<string> {
  const id = newId()
  await database.db
    .insertInto('account')
    .values({ id, email: `${id}@example.org`, name, time_zone: 'UTC', roles: [role], created_at: START })
    .execute()
  return id
}
