import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { startPunctual } from '../src/main.ts'
import { loadExample } from '../src/people/example.ts'
import { enterUrl } from '../src/people/identify.ts'
import { bookSampleDay } from '../src/sandbox/sample-day.ts'

// The pages as people see them, for README and guide: a sample day in the middle of its first sessions, wide and narrow, light and dark.
// All of them, or those that are named: npm run pictures -- today session

const FOLDER = join(import.meta.dirname, '../docs/pictures')
const SIZES = [
  { name: '', width: 1280, height: 900, colorScheme: 'light' },
  { name: '-dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: '-phone', width: 375, height: 760, colorScheme: 'light' },
  { name: '-phone-dark', width: 375, height: 760, colorScheme: 'dark' },
] as const

const WANTED = process.argv.slice(2)
const data = await mkdtemp(join(tmpdir(), 'punctual-pictures-'))
const punctual = await startPunctual(
  { PORT: '0', PUNCTUAL_DATA_DIR: data, LOG_LEVEL: 'error' },
  { databaseSettings: { fsync: 'off' } },
)
try {
  await mkdir(FOLDER, { recursive: true })
  const day = await sampleDay()
  const taken = await takeAll(day.pages)
  // Numbers are of what is over: a day later there are some.
  await day.isOver()
  const later = await takeAll({ numbers: '/app/numbers', programme: `/app/programmes/${day.programmeId}` })
  console.log(`Wrote ${taken + later} pictures to docs/pictures.`)
} finally {
  await punctual.stop()
  await rm(data, { recursive: true, force: true })
}

async function takeAll(all: Record<string, string>): Promise<number> {
  const pages = Object.entries(all).filter(([title]) => WANTED.length === 0 || WANTED.includes(title))
  if (pages.length === 0) return 0
  for (const { name, width, height, colorScheme } of SIZES) {
    // A browser for each size: the packaged one ends with its first window.
    const browser = await openBrowser()
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en-GB' })
    const page = await context.newPage()
    await page.goto(await enterUrl(punctual.house, punctual.url))
    for (const [title, path] of pages) {
      await page.goto(new URL(path, punctual.url).href)
      if (path.startsWith('/app/')) {
        await page
          .locator(title === 'sandbox' ? '.device' : 'main h1')
          .first()
          .waitFor()
        // Nothing is loading any more.
        await page.locator('[role=status][aria-label=Loading]').waitFor({ state: 'detached' })
      }
      await page.screenshot({
        path: join(FOLDER, `${title}${name}.png`),
        fullPage: width < 1000 || title === 'sandbox',
        animations: 'disabled',
      })
    }
    await browser.close()
  }
  return pages.length * SIZES.length
}

/** Two sessions under way, one of them with somebody missing; answers the pages to look at. */
async function sampleDay() {
  const { house, sandbox } = punctual
  if (!sandbox) throw new Error('Pictures are taken in the sandbox.')
  await loadExample(house.db, join(import.meta.dirname, '../examples/first-week'), house.clock.now())
  await sandbox.knowHosts()
  const { day } = await bookSampleDay(house, 'Europe/London')
  house.nudge()
  await sandbox.advanceTo(house.clock.now())

  const sessions = await house.db
    .selectFrom('session')
    .select(['id', 'starts_at', 'programme_id'])
    .orderBy('starts_at')
    .execute()
  const middle = sessions[3] ?? sessions[0]
  const [asked] = await people(middle?.id ?? '')
  if (!middle || !asked) throw new Error('The sample day has no sessions.')
  await sandbox.advanceTo(middle.starts_at.subtract({ hours: 3, minutes: 30 }))
  await sandbox.vendors.whatsappReply(asked.mentee.phone, { text: 'yes' }).catch(() => {})
  await sandbox.advanceTo(middle.starts_at.subtract({ minutes: 2 }))
  await sandbox.vendors.zoomJoin({ sessionId: middle.id, person: asked.mentor.id, as: 'registrant' })
  await sandbox.advanceTo(middle.starts_at.add({ minutes: 7 }))

  const inbox = await sandbox.vendors.inbox({ session: middle.id })
  const links = inbox
    .filter(({ personId }) => personId === asked.mentee.id)
    .flatMap(({ text }) => text.match(/https?:\/\/\S+\/(?:m|join)\/[\w-]+/g) ?? [])
  const later = sessions.at(-1) ?? middle
  const link = (kind: string) => new URL(links.find((url) => url.includes(`/${kind}/`)) ?? punctual.url).pathname
  return {
    pages: {
      today: `/app/today?day=${day}`,
      session: `/app/sessions/${middle.id}`,
      people: '/app/people',
      person: `/app/people/${asked.mentee.id}`,
      programmes: '/app/programmes',
      sandbox: `/app/sandbox?session=${middle.id}`,
      hours: `/app/hours?mentor=${asked.mentor.id}&week=${day}`,
      week: `/app/week?mentor=${asked.mentor.id}&week=${day}`,
      merge: `/app/merge?sessions=${later.id}`,
      conflicts: '/app/conflicts',
      deliveries: '/app/deliveries',
      connections: '/app/connections',
      audit: '/app/audit',
      settings: '/settings',
      devices: '/settings/devices',
      manage: link('m'),
      join: link('join'),
      book: `/book/${asked.mentor.id}`,
    },
    programmeId: middle.programme_id,
    isOver: () => sandbox.advanceTo(later.starts_at.add({ hours: 24 })),
  }
}

async function people(sessionId: string) {
  const rows = await punctual.house.db
    .selectFrom('session_participant as p')
    .innerJoin('account as a', 'a.id', 'p.account_id')
    .select(['p.role', 'a.id', 'a.phone_e164 as phone'])
    .where('p.session_id', '=', sessionId)
    .execute()
  const one = (role: string) =>
    rows.filter((row) => row.role === role).map(({ id, phone }) => ({ id, phone: phone ?? '' }))[0]
  const [mentor, mentee] = [one('mentor'), one('mentee')]
  return mentor && mentee ? [{ mentor, mentee }] : []
}

async function openBrowser(): Promise<Browser> {
  if (process.env.CHROME) return chromium.launch({ executablePath: process.env.CHROME })
  // The packaged Chromium unpacks its own libraries only when it believes to be where it was made for.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x'
  const packaged = (await import('@sparticuz/chromium')).default
  return chromium.launch({ executablePath: await packaged.executablePath(), args: packaged.args, headless: true })
}
