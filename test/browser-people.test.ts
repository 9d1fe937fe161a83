import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { flawsInBoth } from './support/axe.ts'
import { openBrowser } from './support/browser.ts'
import { type DeskWorld, deskWorld, NOON } from './support/desk.ts'
import { worksForAll } from './support/works-for.ts'

/** People, programmes and numbers in a real browser, as ops use them. */

const browser = await openBrowser()
const journey = browser ? test : test.skip
if (!browser)
  console.warn('NO BROWSER: the journeys of people and programmes were NOT run. Set CHROME to the path of a Chromium.')

let world: DeskWorld
let server: Server
let url: string
let ops: string
let programmeId: string
let mentorId: string
let menteeId: string
let pairId: string

beforeAll(async () => {
  if (!browser) return
  world = await deskWorld()
  server = createServer(getRequestListener(world.app.fetch))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { person, programme, pair, session, db } = world
  programmeId = await programme('Launchpad')
  await programme('Quiet one')
  ops = await person('Olivia Hart', ['admin'], { time_zone: 'Europe/London' })
  mentorId = await person('Daniel Okafor', ['mentor'], { channels: ['email'] })
  await person('Priya Iyer', ['mentor'])
  menteeId = await person('Asha Verma', ['mentee'], { channels: ['email'], invited_at: NOON })
  pairId = await pair(programmeId, mentorId, menteeId, 6)
  const both = { mentorId, menteeId, mentorshipId: pairId }
  // One of last week, two to come.
  await session(programmeId, both, '2026-03-04T14:00:00Z')
  await session(programmeId, both, '2026-03-12T14:00:00Z')
  await session(programmeId, both, '2026-03-19T14:00:00Z')
  await worksForAll(db, ops)
}, 60_000)
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
  await world?.drop()
})

const desk = (options: Parameters<Browser['newContext']>[0] = {}) => seenBy(ops, options)

async function seenBy(id: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
  const context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 900 }, ...options })
  await context.addCookies([{ ...(await world.cookieOf(id)), url }])
  return context
}

const HEADER = 'email,name,role,time_zone'
const file = (name: string, lines: string[]) => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from([HEADER, ...lines].join('\n')),
})
const isKnown = async (email: string) =>
  (await world.db.selectFrom('account').select('id').where('email', '=', email).execute()).length === 1

journey(
  'an import with a bad line is refused by name and nothing comes in; corrected, it does',
  async () => {
    const context = await desk()
    const page = await context.newPage()
    await page.goto(`${url}/app/people/import`)
    const choose = page.locator('input[type=file]').first()
    await choose.setInputFiles(
      file('people.csv', [
        'mei@example.org,Mei Chen,mentee,Asia/Shanghai',
        'tom@example.org,Tom King,mentee,Mars/Olympus',
      ]),
    )
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByText('people.csv:3 time_zone').waitFor()
    await page.getByText('Nothing was imported. One line is not right:').waitFor()
    expect(await isKnown('mei@example.org')).toBe(false)

    await choose.setInputFiles(
      file('people.csv', [
        'mei@example.org,Mei Chen,mentee,Asia/Shanghai',
        'tom@example.org,Tom King,mentee,Europe/London',
      ]),
    )
    await page.getByRole('button', { name: 'Check only' }).click()
    await page.getByText('All lines are good. Nothing was imported yet').waitFor()
    expect(await isKnown('mei@example.org')).toBe(false)
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByText('people: 2 new').waitFor()
    expect(await isKnown('mei@example.org')).toBe(true)

    await page.goto(`${url}/app/people`)
    await page.getByRole('searchbox').fill('mei@')
    await page.getByRole('link', { name: 'Mei Chen' }).waitFor()
    await page.getByText('Asha Verma').waitFor({ state: 'detached' })
    expect(page.url()).toContain('search=mei%40')
    await context.close()
  },
  60_000,
)

journey(
  'somebody who has not answered is found and invited again; a number is changed; a lost phone is signed out',
  async () => {
    const context = await desk()
    const page = await context.newPage()
    await page.goto(`${url}/app/people`)
    await page.getByRole('button', { name: 'Invitation not answered' }).click()
    await page.getByRole('button', { name: 'Send again' }).click()
    await expect.poll(async () => (await audited('person.invited')).length, { timeout: 10_000 }).toBe(1)
    await page.getByRole('link', { name: 'Asha Verma' }).click()
    await page.getByRole('button', { name: 'Edit' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByLabel('Number, with its country').fill('12345')
    await sheet.getByRole('button', { name: 'Save' }).click()
    await sheet.getByText('must be a phone number with its country').waitFor()
    await sheet.getByLabel('Number, with its country').fill('+49 170 1234567')
    await sheet.getByRole('button', { name: 'Save' }).click()
    await page.getByText('+491701234567').waitFor()
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    const out = page.getByRole('dialog', { name: /^Sign Asha Verma out/ })
    await out.getByRole('textbox').fill('Lost her phone.')
    await out.getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByText('Signed out on every device.').waitFor()
    expect(await audited('person.signed_out')).toHaveLength(1)
    await context.close()
  },
  60_000,
)

journey(
  'somebody with sessions to come is not erased yet: each stands below the refusal and leads to its page',
  async () => {
    const context = await desk()
    const page = await context.newPage()
    await page.goto(`${url}/app/people/${menteeId}`)
    await page.getByRole('button', { name: 'Erase' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByLabel('Why?').fill('She asked for it')
    await sheet.getByRole('button', { name: 'Erase for good' }).click()
    const refusal = sheet.getByRole('alert')
    await refusal.getByText('This person has sessions to come').waitFor()
    expect(await refusal.getByRole('link').allTextContents()).toEqual(['Thu 12 Mar, 14:00', 'Thu 19 Mar, 14:00'])
    await refusal.getByRole('link', { name: 'Thu 12 Mar, 14:00' }).click()
    await page.getByRole('heading', { name: 'Asha Verma with Daniel Okafor' }).waitFor()
    await context.close()
  },
  60_000,
)

const audited = (action: string) => world.db.selectFrom('audit_log').select('id').where('action', '=', action).execute()

journey(
  'a policy is edited: first what it does to what is planned, and only then it is saved',
  async () => {
    const context = await desk()
    const page = await context.newPage()
    await page.goto(`${url}/app/programmes/${programmeId}?show=messages`)
    await page.getByLabel('Second reminder: when, in minutes').fill('45')
    await page.getByRole('button', { name: 'See what changes' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByText('For 2 open sessions: 0 appear, 0 vanish, 4 move.').waitFor()
    await sheet.getByRole('cell', { name: 'reminder 30 minutes to Asha Verma' }).first().waitFor()
    expect(await audited('playbook.saved')).toEqual([])
    await sheet.getByRole('button', { name: 'Save the policy' }).click()
    await page.getByText('Version 1, saved').waitFor()
    const [saved] = await world.db.selectFrom('playbook').select('settings').execute()
    expect(saved?.settings).toEqual({ reminders: { '30_MINUTES': { minutesBefore: 45 } } })
    await context.close()
  },
  60_000,
)

journey(
  'numbers: the table agrees with a world that can be counted',
  async () => {
    const context = await desk()
    const page = await context.newPage()
    await page.goto(`${url}/app/numbers?from=2026-03-02&to=2026-03-15`)
    const row = page.getByRole('row', { name: /Mon 2 Mar/ })
    await row.waitFor()
    const cells = await page
      .getByRole('row')
      .evaluateAll((rows) =>
        rows.map((one) => [...one.querySelectorAll('th, td')].slice(0, 7).map((cell) => cell.textContent)),
      )
    expect(cells).toEqual([
      ['Week from', 'Sessions', 'Cancelled', 'Missed', 'by mentee / mentor', 'Cannot tell', 'Not judged'],
      ['Mon 2 Mar', '1', '0', '0 of 1', '0 / 0', '0', '1'],
      ['Mon 9 Mar', '1', '0', '–', '0 / 0', '0', '0'],
      ['All', '2', '0', '0 of 1', '0 / 0', '0', '1'],
    ])
    // What is drawn comes after the table, under a policy that allows no style but ours.
    await page.locator('.charts .recharts-bar-rectangle path').first().waitFor()
    await context.close()
  },
  60_000,
)

// A path, a text that stands there once it is whole, and the sheets that buttons open.
const PAGES: Record<string, () => [string, string, ...string[]][]> = {
  people: () => [
    ['/app/people', 'Asha Verma'],
    ['/app/people?search=nobody-is-called-that', 'Nobody like that'],
    ['/app/people?only=paused', 'Nobody’s bookings are paused.'],
    ['/app/people/import', 'Everything comes in, or nothing'],
    [`/app/people/${menteeId}`, 'Contact', 'Edit', 'Join with another account', 'Sign out everywhere'],
  ],
  programmes: () => [
    ['/app/programmes', 'Launchpad'],
    [`/app/programmes/${programmeId}`, 'Daniel Okafor', 'Change mentor or end'],
    [`/app/programmes/${programmeId}?pairs=ended`, 'No pair has ended'],
    [`/app/programmes/${programmeId}?show=messages`, 'Second reminder'],
    [`/app/programmes/${programmeId}?show=settings`, 'Who works for it'],
  ],
  numbers: () => [
    ['/app/numbers?from=2026-03-02&to=2026-03-15', 'What became of the sessions'],
    ['/app/numbers?from=2026-01-01&to=2026-01-05', 'No sessions begin in this range'],
  ],
}

for (const [name, pages] of Object.entries(PAGES)) {
  journey(
    `${name}: every page, sheet and empty state is free of accessibility violations, light and dark, and fits 320 px`,
    async () => {
      const context = await desk({ viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' })
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      const found: string[] = []
      for (const [path, text, ...sheets] of pages()) {
        await page.goto(`${url}${path}`)
        await page.getByText(text).first().waitFor()
        await examine(page, path, found)
        for (const sheet of sheets) {
          await page.getByRole('button', { name: sheet }).first().click()
          await page.getByRole('dialog').getByRole('button').last().waitFor()
          await examine(page, `${path} ${sheet}`, found)
          await page.keyboard.press('Escape')
          await page.getByRole('dialog').waitFor({ state: 'detached' })
        }
      }
      expect(found).toEqual([])
      await context.close()
    },
    // Some seconds on a machine that does nothing else.
    240_000,
  )
}

journey(
  'a mentor is changed: who takes over, what that cancels, and then it is done',
  async () => {
    const context = await desk()
    const page = await context.newPage()
    await page.goto(`${url}/app/programmes/${programmeId}`)
    await page.getByText('3 of 6').waitFor()
    await page.getByRole('button', { name: 'Change mentor or end' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByLabel('Who takes over').fill('Priya')
    await page.getByRole('option', { name: /Priya Iyer/ }).click()
    await sheet.getByRole('button', { name: 'See what changes' }).click()
    await sheet.getByText('The new pair gets what is left of the budget: 5 of 6 sessions.').waitFor()
    expect(await sheet.getByText('cancelled').count()).toBe(2)
    expect(await audited('mentorship.ended')).toEqual([])
    await sheet.getByLabel('Why?').fill('Daniel is on leave')
    await sheet.getByRole('button', { name: 'Hand over' }).click()
    await page.getByRole('row', { name: /Asha Verma with Priya Iyer/ }).waitFor()
    const pairs = await world.db.selectFrom('mentorship').select(['succeeds', 'sessions', 'ended_at']).execute()
    expect(pairs.find(({ succeeds }) => succeeds === pairId)).toMatchObject({ sessions: 5, ended_at: null })
    await context.close()
  },
  60_000,
)

async function examine(page: Page, where: string, found: string[]): Promise<void> {
  found.push(...(await flawsInBoth(page)).map((flaw) => `${where} ${flaw}`))
}

const NOBODYS = '01900000-0000-7000-8000-000000000000'

for (const [who, idOf, first] of [
  ['mentor', () => mentorId, '/app/start'],
  ['mentee', () => menteeId, '/'],
] as const)
  journey(
    `a ${who} who opens a page of ops, or one that is not there, reads what is the matter and gets to an own page`,
    async () => {
      const context = await seenBy(idOf())
      const page = await context.newPage()
      const refused: string[] = []
      page.on('response', (answer) => answer.status() === 403 && refused.push(answer.url()))
      for (const [path, title] of [
        ['/app/today', 'Not yours to see'],
        ['/app/audit', 'Not yours to see'],
        ['/app/people', 'Not yours to see'],
        [`/app/people/${menteeId}`, 'Not yours to see'],
        ['/app/people/import', 'Not yours to see'],
        ['/app/programmes', 'Not yours to see'],
        [`/app/programmes/${programmeId}`, 'Not yours to see'],
        ['/app/sandbox', 'Not yours to see'],
        [`/app/sessions/${NOBODYS}`, 'Not yours to see'],
        ['/app/xyz', 'Not found'],
      ] as const) {
        await page.goto(`${url}${path}`)
        await page.getByRole('heading', { level: 1, name: title }).waitFor()
        const main = page.getByRole('main')
        expect(await main.getByRole('heading').count(), path).toBe(1)
        expect(await main.locator('table, [aria-label=Loading], [role=alert]').count(), path).toBe(0)
        // The way home waits for who is asking.
        await expect
          .poll(() => main.getByRole('link').allTextContents(), { message: path, timeout: 10_000 })
          .toEqual(['To your first page'])
      }
      // Nothing was asked that had to be refused.
      expect(refused).toEqual([])
      expect(await flawsInBoth(page)).toEqual([])
      await page.getByRole('link', { name: 'To your first page' }).click()
      await page.waitForURL(`${url}${first}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await context.close()
    },
    60_000,
  )

journey(
  'what is not there is said to ops too: a session, a person, a programme',
  async () => {
    const context = await desk()
    const page = await context.newPage()
    for (const path of ['sessions', 'people', 'programmes'])
      for (const id of [NOBODYS, 'nonsense']) {
        await page.goto(`${url}/app/${path}/${id}`)
        await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor()
        await expect
          .poll(() => page.getByRole('main').getByRole('link').allTextContents(), { message: path, timeout: 10_000 })
          .toEqual(['To your first page'])
      }
    await context.close()
  },
  60_000,
)
