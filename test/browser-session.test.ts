import { afterAll, beforeAll, expect, test } from 'vitest'
import { flawsInBoth } from './support/axe.ts'
import { openBrowser } from './support/browser.ts'
import { type OpsDesk, opsDesk } from './support/ops-browser.ts'

/** A session's page in a real browser, with the sandbox behind it: every effect first, every act once. */

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
  'a session is moved with every effect shown first, and everybody is told',
  async () => {
    const session = desk.sessions.at(-1) as Session
    const { mentee } = await desk.peopleOf(session.id)
    const page = await desk.page(`/app/sessions/${session.id}`)
    await page.getByRole('link', { name: 'Move' }).click()
    const sheet = page.getByRole('dialog', { name: 'Move' })
    await sheet.locator('.times button').first().click()
    await sheet.getByText(`${mentee.name}: move notice`).waitFor()
    expect((await rowOf(session.id)).revision).toBe(1)
    await sheet.getByRole('button', { name: 'Move and tell everybody' }).click()
    await page.getByText(/Moved to .* Everybody is told/).waitFor()
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    expect((await rowOf(session.id)).revision).toBe(2)
    await page
      .getByText(/move notice/)
      .first()
      .waitFor()
    // What the page showed on the way leaves nothing behind.
    await page
      .getByText(/personal room link of .*: in place/)
      .nth(1)
      .waitFor()
    expect(await page.getByText(/personal room link of/).count()).toBe(2)
    await page.context().close()
  },
  60_000,
)

journey(
  'a verdict is corrected although its answer is lost: once, and whoever was told otherwise hears it',
  async () => {
    const session = desk.sessions[2] as Session
    const { mentor, mentee } = await desk.peopleOf(session.id)
    await desk.sandbox.advanceTo(session.startsAt.subtract({ minutes: 1 }))
    await desk.sandbox.vendors.zoomJoin({ sessionId: session.id, person: mentor.id, as: 'registrant' })
    await desk.sandbox.advanceTo(session.startsAt.add({ minutes: 12 }))
    const page = await desk.page(`/app/sessions/${session.id}?act=verdict&of=${mentee.id}`)
    const sheet = page.getByRole('dialog', { name: 'Correct a verdict' })
    await sheet.getByLabel('present', { exact: true }).check()
    await sheet.getByText(`${mentee.name}: correction`).waitFor()
    await sheet.getByLabel('Why?').fill('The mentor says that she was there')
    let lost = 0
    await page.route('**/attendance', async (route) => {
      if (lost > 0 || !route.request().postData()?.includes('mentor says')) return route.fallback()
      lost += 1
      await route.fetch()
      await route.abort('connectionreset')
    })
    await sheet.getByRole('button', { name: 'Correct it' }).click()
    await page.getByText(`Corrected. ${mentee.name}: present.`).waitFor()
    expect(lost).toBe(1)
    const said = await desk.house.db
      .selectFrom('attendance_verdict')
      .select('reason')
      .where('session_id', '=', session.id)
      .where('reason', 'is not', null)
      .execute()
    expect(said).toHaveLength(1)
    await desk.sandbox.advanceTo(session.startsAt.add({ minutes: 13 }))
    const inbox = await desk.sandbox.vendors.inbox({ session: session.id })
    expect(inbox.some(({ personId, text }) => personId === mentee.id && /was wrong/.test(text))).toBe(true)
    await page.getByText('present (corrected)').first().waitFor()
    await page.context().close()
  },
  60_000,
)

journey(
  'a cancellation says whether it is late before it counts',
  async () => {
    const session = desk.sessions.at(-2) as Session
    const { mentor } = await desk.peopleOf(session.id)
    const page = await desk.page(`/app/sessions/${session.id}?act=cancel`)
    const sheet = page.getByRole('dialog', { name: 'Cancel' })
    await sheet.getByText(/count as a late cancellation|counts as a late cancellation/).waitFor()
    await sheet.getByText(`${mentor.name}: cancellation notice`).waitFor()
    await sheet.getByLabel('Why?').fill('The mentor is ill')
    await sheet.getByRole('button', { name: 'Cancel and tell everybody' }).click()
    await page.getByText('Cancelled. Everybody is told.').waitFor()
    await page.locator('.state').getByText('The mentor is ill').waitFor()
    await page.context().close()
  },
  60_000,
)

journey(
  'the page and its sheets are without an accessibility violation, light and dark, and fit 320 px',
  async () => {
    const past = desk.sessions[2] as Session
    const ahead = desk.sessions.at(-1) as Session
    const found: string[] = []
    const page = await desk.page(`/app/sessions/${past.id}`, { viewport: { width: 320, height: 700 } })
    await page.locator('.nowline').waitFor()
    await page.locator('.entry summary').first().click()
    found.push(...(await flawsInBoth(page)))
    for (const [id, act] of [
      [past.id, 'verdict'],
      [ahead.id, 'move'],
      [ahead.id, 'room'],
      [past.id, 'message'],
    ] as const) {
      await page.goto(`${desk.url}/app/sessions/${id}?act=${act}`)
      await page.getByRole('dialog').waitFor()
      found.push(...(await flawsInBoth(page)).map((flaw) => `${act} ${flaw}`))
    }
    await page.context().close()
    expect(found).toEqual([])
  },
  90_000,
)

type Session = OpsDesk['sessions'][number]

const rowOf = (id: string) =>
  desk.house.db.selectFrom('session').select('revision').where('id', '=', id).executeTakeFirstOrThrow()
