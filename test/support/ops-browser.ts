import type { Browser, Page } from 'playwright-core'
import { bookSampleDay } from '../../src/sandbox/sample-day.ts'
import { flawsOf } from './axe.ts'
import { demoSandbox } from './punctual.ts'

/** The sandbox with a sample day booked, and somebody of ops in a browser. */
export async function opsDesk(browser: Browser) {
  const demo = await demoSandbox()
  const { house, sandbox } = demo
  const cookie = await demo.cookieOf(await demo.opsEmail())
  const { day } = await bookSampleDay(house, 'Europe/London')
  await sandbox.advanceTo(house.clock.now())
  const sessions = await house.db
    .selectFrom('session')
    .select(['id', 'starts_at as startsAt'])
    .orderBy('starts_at')
    .execute()
  return {
    ...demo,
    day,
    sessions,
    async peopleOf(sessionId: string) {
      const people = await house.db
        .selectFrom('session_participant as p')
        .innerJoin('account as a', 'a.id', 'p.account_id')
        .select(['a.id', 'a.name', 'p.role'])
        .where('p.session_id', '=', sessionId)
        .where('p.left_at', 'is', null)
        .execute()
      const of = (role: string) => people.find((one) => one.role === role) as (typeof people)[number]
      return { mentor: of('mentor'), mentee: of('mentee') }
    },
    async page(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      await context.addCookies([{ ...cookie, url: demo.url }])
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      await page.goto(`${demo.url}${path}`)
      return page
    },
  }
}

export type OpsDesk = Awaited<ReturnType<typeof opsDesk>>

/** What is wrong with the page as it stands, in the colours that it has. */
export async function flaws(page: Page): Promise<string[]> {
  const isDark = await page.evaluate(`matchMedia('(prefers-color-scheme: dark)').matches`)
  return flawsOf(page, { colorScheme: isDark ? 'dark' : 'light' })
}
