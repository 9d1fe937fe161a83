import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import ICAL from 'ical.js'
import { invalid } from '../../errors.ts'
import type { Person, Stage } from './stage.ts'

/**
 * Mentors' exported calendars (`calendars/<e-mail address>.ics`) become events in Google's simulator, and each of these
 * mentors connects their calendar as a person does: signed in, sent to the consent page, sent back with a code.
 */
export async function connectCalendars(stage: Stage, folder: string, until: Temporal.Instant): Promise<string[]> {
  const files = (await readdir(join(folder, 'calendars')).catch(() => []))
    .filter((name) => name.endsWith('.ics'))
    .sort()
  const mentors = files.map((file) => ownerOf(stage, file))
  for (const [index, file] of files.entries()) {
    const { email } = mentors[index] as Person
    for (const event of busyTimes(file, await readFile(join(folder, 'calendars', file), 'utf8'), stage.now(), until)) {
      await stage.sandbox.vendors.google.busy(email, event)
    }
  }
  for (const mentor of mentors) await connectCalendar(stage, mentor)
  return mentors.map(({ email }) => email)
}

type Busy = { summary: string; startsAt: Temporal.Instant; endsAt: Temporal.Instant; transparent: boolean }

/** What an exported calendar holds in the range; repeated events one by one, in their own zone. */
export function busyTimes(file: string, text: string, from: Temporal.Instant, to: Temporal.Instant): Busy[] {
  let calendar: ICAL.Component
  try {
    calendar = new ICAL.Component(ICAL.parse(text))
  } catch (error) {
    throw invalid({ field: `calendars/${file}`, rule: `must be an iCalendar file: ${(error as Error).message}` })
  }
  for (const component of calendar.getAllSubcomponents('vtimezone')) {
    const zone = new ICAL.Timezone(component)
    if (!ICAL.TimezoneService.has(zone.tzid)) ICAL.TimezoneService.register(zone)
  }
  // Times without a zone, and whole days, are the calendar owner's own.
  const own = String(calendar.getFirstPropertyValue('x-wr-timezone') ?? 'UTC')
  return eventsOf(calendar).flatMap((event) =>
    occurrences(event, own, to).flatMap(({ item, startsAt }) => {
      if (item.component.getFirstPropertyValue('status') === 'CANCELLED') return []
      const endsAt = startsAt.add({ seconds: item.duration.toSeconds() })
      const outside = Temporal.Instant.compare(endsAt, from) <= 0 || Temporal.Instant.compare(to, startsAt) <= 0
      const transparent = item.component.getFirstPropertyValue('transp') === 'TRANSPARENT'
      return outside ? [] : [{ summary: item.summary ?? 'Busy', startsAt, endsAt, transparent }]
    }),
  )
}

/** Repeated events know the occurrences that were moved or called off: those stand in the file as events of the same UID. */
function eventsOf(calendar: ICAL.Component): ICAL.Event[] {
  const all = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component))
  const masters = all.filter((event) => !event.isRecurrenceException())
  for (const moved of all.filter((event) => event.isRecurrenceException())) {
    masters.find(({ uid }) => uid === moved.uid)?.relateException(moved)
  }
  return masters
}

// A calendar that repeats for ever is read as far as the week goes.
const MOST_REPEATS = 1_000

function occurrences(
  event: ICAL.Event,
  own: string,
  to: Temporal.Instant,
): { item: ICAL.Event; startsAt: Temporal.Instant }[] {
  if (!event.isRecurring()) return [{ item: event, startsAt: instantOf(event.startDate, own) }]
  const found: { item: ICAL.Event; startsAt: Temporal.Instant }[] = []
  const repeated = event.iterator()
  for (let next = repeated.next(); next && found.length < MOST_REPEATS; next = repeated.next()) {
    if (Temporal.Instant.compare(instantOf(next, own), to) >= 0) break
    const { item, startDate } = event.getOccurrenceDetails(next)
    found.push({ item, startsAt: instantOf(startDate, own) })
  }
  return found
}

/** The zone's name decides, not the file's own copy of its rules: those are often older than the machine's. */
function instantOf(time: ICAL.Time, own: string): Temporal.Instant {
  const { year, month, day, hour, minute, second } = time
  const named = time.zone?.tzid
  const timeZone = named && named !== 'floating' ? named : own
  return Temporal.ZonedDateTime.from({ timeZone, year, month, day, hour, minute, second }).toInstant()
}

function ownerOf(stage: Stage, file: string): Person {
  const named = basename(file, '.ics').toLowerCase()
  const found = stage.people.get(named) ?? [...stage.people.values()].find(({ email }) => email.split('@')[0] === named)
  if (!found)
    throw invalid({
      field: `calendars/${file}`,
      rule: 'must be named after the e-mail address of somebody in people.csv',
    })
  return found
}

/** The browser's part of connecting a calendar, with the cookies a browser keeps. */
export async function connectCalendar(stage: Stage, person: Person): Promise<void> {
  const { url, sandbox } = stage
  const entered = await fetch(`${url}/sandbox/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ personId: person.id }),
  })
  const session = cookiesOf(entered)
  const asked = await fetch(`${url}/calendar/connect`, { headers: { cookie: session }, redirect: 'manual' })
  const consentUrl = asked.headers.get('location')
  if (asked.status !== 302 || !consentUrl)
    throw new Error(`${person.name} was not sent to Google: ${asked.status} ${await asked.text()}`)
  const back = await sandbox.vendors.consent(consentUrl, { email: person.email })
  const done = await fetch(back, { headers: { cookie: `${session}; ${cookiesOf(asked)}` }, redirect: 'manual' })
  const outcome = done.headers.get('location') ?? ''
  if (!outcome.endsWith('=connected'))
    throw new Error(`${person.name}'s calendar was not connected: ${done.status} ${outcome}`)
}

const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
