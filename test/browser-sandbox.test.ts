import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bookSampleDay } from '../src/sandbox/sample-day.ts'
import { flawsInBoth } from './support/axe.ts'
import { openBrowser } from './support/browser.ts'
import { demoSandbox } from './support/punctual.ts'

/** The sandbox as somebody meets it who has read nothing: the real product, the real simulators, a real browser. */

const browser = await openBrowser()
const journey = browser ? test : test.skip
if (!browser) console.warn('NO BROWSER: the story of the sandbox was NOT told. Set CHROME to the path of a Chromium.')

let demo: Awaited<ReturnType<typeof demoSandbox>>
const troubles: string[] = []

beforeAll(async () => {
  if (!browser) return
  execFileSync(process.execPath, [join(import.meta.dirname, '../scripts/ensure-web.mjs')], { stdio: 'inherit' })
  demo = await demoSandbox()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

journey(
  'somebody who has read nothing books, says yes, does not come, is noticed, comes late, and sees it put right',
  async () => {
    const context = await opsContext({ viewport: { width: 1280, height: 900 } })
    const page = await watched(context)
    const began = performance.now()
    let clicks = 0
    const press = async (where: Page | ReturnType<Page['locator']>, name: string | RegExp) => {
      clicks += 1
      await where.getByRole('button', { name }).first().click()
    }
    const next = page.locator('.try .next')
    const until = (words: RegExp) => next.getByText(words).waitFor()

    await page.goto(`${demo.url}/app/sandbox`)
    await until(/Be .*, a mentee, and book a session with/)
    await press(next, /^Be /)
    await page.getByText(/^You are .* \(mentee\)/).waitFor()
    await page.locator('input[type=radio]').first().check({ force: true })
    clicks += 1
    await press(page, 'Choose this time')
    await press(page, 'Book this session')
    await page.getByText('Booked. Below is what happens next.').waitFor()
    await press(page, 'Back to ops')

    await until(/Go to the moment at which .* is asked/)
    await press(next, 'Go there')
    await until(/press “I’ll be there”/)
    await page.getByText('4 h reminder').first().waitFor()
    await press(next, 'Show me the phone')
    // It leads to the button and puts the focus on it.
    await page.locator('.replies button:focus').waitFor()
    await press(page.locator('.chat'), 'I’ll be there')

    await until(/Go to the start/)
    await press(next, 'Go there')
    await until(/Let .* join, and .* not/)
    await press(next, 'Show me the room')
    const mentor = page.locator('button[id^=join-]:focus')
    await mentor.waitFor()
    clicks += 1
    await mentor.click()

    await until(/Three minutes on/)
    await press(next, 'Go there')
    await page
      .getByText(/is in the room and glad to wait/)
      .first()
      .waitFor()
    await page
      .getByText(/is not in the room yet/)
      .first()
      .waitFor()
    await until(/Ten minutes in/)
    await press(next, 'Go there')
    await until(/joins late, and it is put right/)
    await press(next, 'Show me the room')
    const mentee = page.locator('button[id^=join-]:focus')
    await mentee.waitFor()
    clicks += 1
    await mentee.click()
    await page
      .getByText(/you have joined the session/)
      .first()
      .waitFor()
    await until(/Read all of it/)
    await page.getByText('9 of 9 done').or(page.getByText('8 of 9 done')).waitFor()

    const seconds = (performance.now() - began) / 1000
    console.log(`The story of the sandbox: ${clicks} clicks, ${seconds.toFixed(1)} s.`)
    expect(clicks).toBeLessThan(24)
    expect(seconds).toBeLessThan(300)
    await context.close()
    expect(troubles).toEqual([])
  },
  240_000,
)

journey(
  'the clock plays, is paused, steps and jumps; what left the system is listed with where it arrived',
  async () => {
    const context = await opsContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })
    const page = await watched(context)
    await someDay()
    await page.goto(`${demo.url}/app/sandbox`)
    const face = page.locator('.face time')
    const before = await face.getAttribute('datetime')
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await page.getByText('Plays ×60').waitFor()
    expect(await clock()).toMatchObject({ running: true, playing: { speed: 60 } })
    await expect.poll(() => face.getAttribute('datetime')).not.toBe(before)
    // Whoever closes the page leaves it playing; whoever opens one can pause it.
    await page.reload()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Stands still').waitFor()
    expect(await clock()).toMatchObject({ running: false, playing: null })

    await page.getByRole('button', { name: 'Jump' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Tomorrow, 09:00' }).click()
    await page
      .getByText(/^09:00/)
      .first()
      .waitFor()
    expect((await clock()).now).toMatch(/T09:00:00Z$/)
    await context.close()
    expect(troubles).toEqual([])
  },
)

journey(
  'anybody is found and put on from the menu; the mail opens in a frame without scripts',
  async () => {
    const context = await opsContext({ viewport: { width: 1280, height: 900 } })
    const page = await watched(context)
    await someDay()
    await page.goto(`${demo.url}/app/sandbox`)
    await page.locator('.mails a').first().click()
    await page.frameLocator('iframe.letter').getByRole('link').first().waitFor()
    expect(await page.locator('iframe.letter').getAttribute('sandbox')).not.toContain('allow-scripts')
    await page.getByRole('button', { name: 'Olivia Hart' }).click()
    await page.getByRole('menuitem', { name: 'Be somebody else' }).click()
    const search = page.getByRole('searchbox')
    await search.fill('mentor')
    await page.getByRole('heading', { name: 'Mentees' }).waitFor({ state: 'detached' })
    await search.fill('asha')
    await page.getByRole('button', { name: 'Asha Verma' }).waitFor()
    await search.press('Enter')
    await page.getByText('You are Asha Verma (mentor)').waitFor()
    await page.getByRole('button', { name: 'Back to ops' }).click()
    await page.locator('.face').waitFor()
    await context.close()
    expect(troubles).toEqual([])
  },
  120_000,
)

journey(
  'every state of it is free of accessibility violations, light and dark, and fits 320 px',
  async () => {
    const found: string[] = []
    await someDay()
    const context = await opsContext({ viewport: { width: 320, height: 640 } })
    const page = await watched(context)
    for (const part of ['phones', 'room', 'mail', 'slack', 'google', 'faults']) {
      await page.goto(`${demo.url}/app/sandbox?part=${part}`)
      await page.locator('.panel').waitFor()
      if (part === 'google') {
        await page.getByRole('button', { name: /^Connect/ }).click()
        await page.getByText('connected', { exact: true }).waitFor()
      }
      await examine(page, part, found)
    }
    await context.close()
    const wide = await opsContext({ viewport: { width: 1280, height: 900 } })
    const desk = await watched(wide)
    await desk.goto(`${demo.url}/app/sandbox`)
    await desk.locator('.device').first().waitFor()
    await desk.getByText('All steps').click()
    await examine(desk, 'wide', found)
    await desk.getByRole('button', { name: 'Jump' }).click()
    await examine(desk, 'jump', found)
    await desk.getByRole('button', { name: 'To a time …' }).click()
    // The focus goes on to the field, not back to the button.
    await desk.getByRole('dialog').locator('input:focus').waitFor()
    await examine(desk, 'jump to a time', found)
    await desk.keyboard.press('Escape')
    await desk.getByRole('dialog').waitFor({ state: 'detached' })
    await desk
      .getByRole('button', { name: /^Another way for/ })
      .first()
      .click()
    await desk.getByRole('dialog').getByText('By telephone').waitFor()
    await examine(desk, 'join', found)
    await desk.keyboard.press('Escape')
    await desk.getByRole('dialog').waitFor({ state: 'detached' })
    await desk.getByRole('button', { name: 'Olivia Hart' }).click()
    await desk.getByRole('menuitem', { name: 'Be somebody else' }).waitFor()
    await desk.keyboard.press('ArrowDown')
    await desk.locator('[role=menuitem]:focus').waitFor()
    await examine(desk, 'menu', found)
    await desk.getByRole('menuitem', { name: 'Be somebody else' }).click()
    await desk.getByRole('button', { name: 'Asha Verma' }).waitFor()
    await examine(desk, 'personas', found)
    await wide.close()
    expect(found).toEqual([])
    expect(troubles).toEqual([])
  },
  240_000,
)

// The last one: it goes far.
journey('a long way shows how far it is, and can be stopped', async () => {
  const context = await opsContext({ viewport: { width: 1280, height: 900 } })
  const page = await watched(context)
  await someDay()
  await page.goto(`${demo.url}/app/today`)
  const to = Temporal.Instant.from((await clock()).now).add({ hours: 24 * 300 })
  const arrived = fetch(`${demo.url}/sandbox/clock/advance`, {
    method: 'POST',
    headers: { ...(await cookie()), 'content-type': 'application/json' },
    body: JSON.stringify({ to: to.toString() }),
  }).then((answer) => answer.json() as Promise<{ now: string }>)
  await page.getByText(/^on the way to/).waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  expect(Temporal.Instant.compare(Temporal.Instant.from((await arrived).now), to)).toBe(-1)
  await page.getByRole('button', { name: '+1 h' }).waitFor()
  await context.close()
  expect(troubles).toEqual([])
})

async function examine(page: Page, where: string, found: string[]): Promise<void> {
  found.push(...(await flawsInBoth(page)).map((flaw) => `${where} ${flaw}`))
}

/** Sessions to look at, whichever of the journeys is made first. */
async function someDay(): Promise<void> {
  const ahead = await demo.house.db
    .selectFrom('session')
    .select('id')
    .where('ends_at', '>', demo.house.clock.now())
    .limit(1)
    .execute()
  if (ahead.length > 0) return
  await bookSampleDay(demo.house, 'Europe/London')
  await demo.sandbox.advanceTo(demo.house.clock.now())
}

const cookieOfOps = async () => demo.cookieOf(await demo.opsEmail())
const cookie = async () => {
  const { name, value } = await cookieOfOps()
  return { cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' }
}

async function clock(): Promise<{ now: string; running: boolean; playing: unknown }> {
  const answer = await fetch(`${demo.url}/sandbox/clock`, { headers: await cookie() })
  return (await answer.json()) as { now: string; running: boolean; playing: unknown }
}

async function opsContext(options: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> {
  const context = await (browser as Browser).newContext({ locale: 'en-GB', ...options })
  await context.addCookies([{ ...(await cookieOfOps()), url: demo.url }])
  return context
}

/** Whatever the browser complains about is a mistake of ours. */
async function watched(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
  page.on('pageerror', (error) => troubles.push(error.message))
  return page
}
