import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bookSampleDay } from '../src/sandbox/sample-day.ts'
import { openBrowser } from './support/browser.ts'
import { demoSandbox } from './support/punctual.ts'

/** The world outside as pages: what somebody who has read nothing can try, with the real simulators behind it. */

const browser = await openBrowser()
const journey = browser ? test : test.skip
let demo: Awaited<ReturnType<typeof demoSandbox>>
let cookie: { name: string; value: string }
let session: { id: string; startsAt: Temporal.Instant; mentee: Who; mentor: Who }
type Who = { id: string; name: string; phone: string }

beforeAll(async () => {
  demo = await demoSandbox()
  cookie = await demo.cookieOf(await demo.opsEmail())
  await bookSampleDay(demo.house, 'Europe/London')
  await demo.sandbox.advanceTo(demo.house.clock.now())
  session = await lastSession()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

test('the world is for ops; a stranger is sent to the first page', async () => {
  const answer = await fetch(`${demo.url}/sandbox/world`, { redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
  const act = await fetch(`${demo.url}/sandbox/world/faults`, {
    method: 'POST',
    body: new URLSearchParams({ on: 'zoom outage' }),
  })
  expect([401, 403]).toContain(act.status)
})

test('a page of the world stays under 30 kB and shows phones, room, mail, Slack, calendars and switches', async () => {
  const page = await get()
  expect(Buffer.byteLength(page)).toBeLessThan(30_000)
  for (const part of ['Zoom room', 'Mailboxes', 'Slack #ops', 'Google calendars', 'Zoom events arrive 25 min late'])
    expect(page).toContain(part)
  expect(page).toContain(session.mentee.phone)
})

test('a switch is on until it is switched off, and says what it is in words', async () => {
  await act('faults', { on: 'zoom late_webhook' })
  expect(await demo.sandbox.vendors.faults()).toMatchObject([{ vendor: 'zoom', kind: 'late_webhook', parameter: 25 }])
  expect(await get()).toContain('<span class="state is-bad">on</span>')
  await act('faults', { off: 'zoom late_webhook' })
  expect(await demo.sandbox.vendors.faults()).toEqual([])
})

test('a phone that is off gets nothing delivered until it is on again', async () => {
  await act(`phone/${session.mentee.phone}`, { do: 'off' })
  expect(await get()).toContain('phone is off')
  await act(`phone/${session.mentee.phone}`, { do: 'on' })
  expect(await get()).not.toContain('phone is off')
})

test('a mentor’s calendar is connected through the consent flow and shows the session; a dentist makes a conflict', async () => {
  await act(`calendar/${session.mentor.id}`, { do: 'connect' })
  expect(await get()).toContain('<span class="state is-good">connected</span>')
  const startsAt = session.startsAt.toString().slice(0, 16)
  await act(`calendar/${session.mentor.id}`, { do: 'busy', summary: 'Dentist', startsAt, minutes: '30' })
  expect(await get()).toContain('Dentist')
})

test('what cannot be done is said where it was tried', async () => {
  const answer = await act(`room/${session.id}`, { do: 'leave', person: session.mentee.id })
  expect(new URLSearchParams(answer.split('?')[1]).get('error')).toBe(
    `${session.mentee.name} is not in this Zoom meeting.`,
  )
})

journey(
  'the story: asked, "I’ll be there", not there, noticed, the other told, late, put right',
  async () => {
    const context = await browser!.newContext({ viewport: { width: 1280, height: 900 } })
    await context.addCookies([{ ...cookie, url: demo.url }])
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    await page.goto(`${demo.url}/sessions/${session.id}`)
    await page.getByRole('link', { name: 'Open both phones and the room' }).click()
    const pressed = (button: Locator) => Promise.all([page.waitForEvent('load'), button.click()])
    const step = async (until: RegExp) => {
      for (let tries = 0; tries < 8; tries++) {
        const main = page.locator('.next-steps button.is-main')
        const words = (await main.textContent()) ?? ''
        await pressed(main)
        if (until.test(words)) return
      }
      throw new Error(`never came to ${until}`)
    }
    await step(/4 h reminder/)
    const phone = page.locator('.device').filter({ has: page.locator(`#phone-${session.mentee.id}`) })
    const mentors = page.locator('.device').filter({ has: page.locator(`#phone-${session.mentor.id}`) })
    await pressed(phone.getByRole('button', { name: /be there/ }))
    await page.getByText('said yes.').waitFor()
    await step(/ start/)
    await pressed(page.getByRole('button', { name: `${session.mentor.name} joins` }))
    await page.getByText(/is in and .* is not\./).waitFor()
    await step(/3 min in/)
    await phone.getByText(/is in the room and glad to wait/).waitFor()
    await mentors
      .getByText(/is not in the room yet/)
      .first()
      .waitFor()
    await step(/10 min in/)
    await pressed(page.getByRole('button', { name: `${session.mentee.name} joins` }))
    await phone.getByText(/was wrong: you were there/).waitFor()
    await page.getByRole('link', { name: 'Timeline' }).click()
    await page.getByText('late (corrected)').first().waitFor()
    // Whoever came stands in their own lane, with the sign by which they were known.
    await page
      .locator('td[data-lane=mentee]')
      .getByText(/joined .*personal link/)
      .waitFor()
    await context.close()
  },
  120_000,
)

async function get(): Promise<string> {
  const answer = await fetch(`${demo.url}/sandbox/world?session=${session.id}`, { headers: headers() })
  expect(answer.status).toBe(200)
  return answer.text()
}

async function act(where: string, form: Record<string, string>): Promise<string> {
  const back = `/sandbox/world?session=${session.id}`
  const answer = await fetch(`${demo.url}/sandbox/world/${where}`, {
    method: 'POST',
    redirect: 'manual',
    headers: headers(),
    body: new URLSearchParams({ ...form, back }),
  })
  expect(answer.status).toBe(303)
  return answer.headers.get('location') ?? ''
}

const headers = () => ({ cookie: `${cookie.name}=${cookie.value}`, 'sec-fetch-site': 'same-origin' })

/** The latest session whose people both have a phone that may be written to. */
async function lastSession(): Promise<typeof session> {
  const rows = await demo.house.db
    .selectFrom('session as s')
    .innerJoin('session_participant as p', 'p.session_id', 's.id')
    .innerJoin('account as a', 'a.id', 'p.account_id')
    .innerJoin('consent as c', (on) => on.onRef('c.account_id', '=', 'a.id').on('c.channel', '=', 'whatsapp'))
    .select(['s.id', 's.starts_at', 'p.role', 'a.id as person', 'a.name', 'a.phone_e164 as phone', 'a.time_zone'])
    .orderBy('s.starts_at', 'desc')
    .execute()
  // At night a correction waits for the morning: the story is about somebody who is awake.
  const isAwake = (row: (typeof rows)[number]) => {
    const { hour } = row.starts_at.toZonedDateTimeISO(row.time_zone)
    return hour >= 9 && hour < 19
  }
  for (const [id, people] of Map.groupBy(rows, (row) => row.id)) {
    const who = (role: string): Who[] =>
      people
        .filter((p) => p.role === role && p.phone && isAwake(p))
        .map((p) => ({ id: p.person, name: p.name, phone: p.phone ?? '' }))
    const [mentee] = who('mentee')
    const [mentor] = who('mentor')
    if (mentee && mentor) return { id, startsAt: people[0]!.starts_at, mentee, mentor }
  }
  throw new Error('The sample day has no session of two reachable people.')
}
