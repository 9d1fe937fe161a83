import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from './support/browser.ts'
import { flaws, type OpsDesk, opsDesk } from './support/ops-browser.ts'

/** Today in a real browser, with the sandbox behind it. */

const browser = await openBrowser()
const journey = browser ? test : test.skip
let desk: OpsDesk
beforeAll(async () => {
  if (browser) desk = await opsDesk(browser)
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await desk?.stop()
})

journey(
  'the day changes before one’s eyes while the clock moves, and no line leaves from under the pointer',
  async () => {
    const first = dayTime(desk.sessions)
    await desk.sandbox.advanceTo(first.startsAt.subtract({ hours: 5 }))
    const page = await desk.page(`/app/today?day=${desk.day}`)
    const line = page.locator(`tr[data-moves="${first.id}"]`)
    await line.waitFor()
    const groupOf = () =>
      line.evaluate((row) => {
        let above = row.previousElementSibling
        while (above && !above.classList.contains('group-row')) above = above.previousElementSibling
        return above?.textContent ?? ''
      })
    expect(await groupOf()).toMatch(/^Later/)
    await line.hover()
    const moves = desk.sandbox.advanceTo(first.startsAt.subtract({ hours: 3, minutes: 50 }))
    const waits = page.getByText(/when the pointer leaves the list or rests/)
    let aside = 0
    const atWork = async () => {
      aside = 4 - aside
      await line.hover({ position: { x: 100 + aside, y: 8 } })
      return waits.isVisible()
    }
    await expect.poll(atWork, { timeout: 20_000, interval: 200 }).toBe(true)
    expect(await groupOf()).toMatch(/^Later/)
    await page.mouse.move(640, 60)
    await expect.poll(groupOf, { timeout: 15_000 }).toMatch(/^Next 4 hours/)
    await moves
    await page.context().close()
  },
  60_000,
)

journey(
  'whoever was not asked yet owes no answer, and nothing is open about a session that was cancelled the day before',
  async () => {
    const [last, before] = desk.sessions.toReversed() as [Session, Session]
    await desk.house.db
      .updateTable('session')
      .set({ cancelled_at: before.startsAt.subtract({ hours: 24 }), cancelled_by: 'test', cancel_reason: 'ill' })
      .where('id', '=', before.id)
      .execute()
    const page = await desk.page(`/app/today?day=${desk.day}`)
    const cell = ({ id }: Session, label: string) => page.locator(`tr[data-moves="${id}"] [data-label=${label}]`)
    await expect.poll(() => cell(last, 'Answer').textContent()).toBe('not asked yet')
    expect(await cell(dayTime(desk.sessions), 'Answer').textContent()).toBe('no answer')
    expect(await cell(before, 'Answer').textContent()).toBe('')
    expect(await cell(before, 'Room').textContent()).toMatch(/^cancelled [A-Z][a-z]{2} \d/)
    await page.goto(`${desk.url}/app/sessions/${last.id}`)
    await page.locator('.people').getByText('not asked yet').waitFor()
    await page.goto(`${desk.url}/app/sessions/${before.id}`)
    await page.locator('.people').getByText('mentee').waitFor()
    expect(await page.locator('.people .state').count()).toBe(0)
    await desk.house.db
      .updateTable('session')
      .set({ cancelled_at: null, cancelled_by: null, cancel_reason: null })
      .where('id', '=', before.id)
      .execute()
    await page.context().close()
  },
  60_000,
)

journey(
  'a case says what is known, is closed with a reason, and stays closed in another tab',
  async () => {
    const first = dayTime(desk.sessions)
    await desk.sandbox.advanceTo(first.startsAt.subtract({ hours: 1, minutes: 50 }))
    const { mentee } = await desk.peopleOf(first.id)
    const page = await desk.page(`/app/today?day=${desk.day}`)
    const other = await page.context().newPage()
    await other.goto(`${desk.url}/app/today?day=${desk.day}`)
    const title = `${mentee.name}: no answer`
    await other.getByRole('link', { name: title }).waitFor()
    const line = page.locator('.needs li').filter({ hasText: title })
    await line.getByText('Asked, and the question arrived. No answer yet.').waitFor()
    await line
      .getByText(/WhatsApp “4 h reminder” delivered/)
      .first()
      .waitFor()
    await line.getByRole('button', { name: 'Close' }).click()
    await page.getByLabel('Why is it settled?').fill('She called')
    await page.getByLabel('Why is it settled?').press('Enter')
    await page.getByText(`Closed: ${title}`).waitFor()
    await line.waitFor({ state: 'detached' })
    await other.getByRole('link', { name: title }).waitFor({ state: 'detached' })
    await page.context().close()
  },
  60_000,
)

journey(
  'names in any script and length, and a zone the browser does not know, break nothing',
  async () => {
    const [first, second, third] = desk.sessions.slice(-3) as [Session, Session, Session]
    const names = ['अ'.repeat(200), 'عائشة بنت محمد', '👩🏽‍💻 Zoë & <b>Söhne</b>']
    for (const [i, { id }] of [first, second, third].entries()) {
      const { mentee } = await desk.peopleOf(id)
      await desk.house.db
        .updateTable('account')
        .set({ name: names[i] as string })
        .where('id', '=', mentee.id)
        .execute()
    }
    const page = await desk.page(`/app/today?day=${desk.day}`, { viewport: { width: 320, height: 640 } })
    for (const name of names) await page.getByRole('link', { name }).first().waitFor()
    expect(await flaws(page)).toEqual([])
    await page.getByLabel('Search a name').fill('zoe')
    await page
      .getByRole('link', { name: names[0] as string })
      .first()
      .waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('q')).toBe('zoe')
    await page.context().close()

    await desk.house.db
      .updateTable('account')
      .set({ time_zone: 'Asia/Qostanay' })
      .where('email', '=', await desk.opsEmail())
      .execute()
    const other = await desk.page(`/app/sessions/${third.id}`, { viewport: { width: 320, height: 640 } })
    await other.getByRole('heading', { name: /Zoë/ }).waitFor()
    await other.context().close()
  },
  60_000,
)

journey(
  'without an accessibility violation, light and dark, with and without sessions',
  async () => {
    const found: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await desk.page(`/app/today?day=${desk.day}`, { colorScheme })
      await page.locator('tr[data-row]').first().waitFor()
      found.push(...(await flaws(page)))
      await page.locator('[data-actions]').last().click()
      await page.getByRole('menuitem', { name: 'Open' }).waitFor()
      await page.goto(`${desk.url}/app/today?day=2031-01-01`)
      await page.getByRole('button', { name: 'Book a sample day' }).waitFor()
      found.push(...(await flaws(page)))
      await page.context().close()
    }
    expect(found).toEqual([])
  },
  120_000,
)

journey(
  'a role that is taken away with the page open is said, and nothing breaks',
  async () => {
    const page = await desk.page(`/app/today?day=${desk.day}`)
    await page.locator('tr[data-row]').first().waitFor()
    await desk.house.db
      .updateTable('account')
      .set({ roles: ['mentee'] })
      .where('email', '=', await desk.opsEmail())
      .execute()
    await page.getByRole('button', { name: 'Day after' }).click()
    await page.getByRole('heading', { level: 1, name: 'Not yours to see' }).waitFor()
    expect(await page.locator('[data-row]').count()).toBe(0)
    await page.getByRole('link', { name: 'Conflicts' }).waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Not yours to see' }).waitFor()
    expect(await flaws(page)).toEqual([])
    await page.getByRole('link', { name: 'To your first page' }).click()
    await page.waitForURL(`${desk.url}/`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.context().close()
  },
  60_000,
)

type Session = OpsDesk['sessions'][number]

/** The first one that is on the same day in London five hours before it. */
const dayTime = (sessions: Session[]): Session =>
  sessions.find(({ startsAt }) => startsAt.toZonedDateTimeISO('Europe/London').hour >= 6) as Session
