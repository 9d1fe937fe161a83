import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { book } from '../src/booking/book.ts'
import { reschedule } from '../src/booking/reschedule.ts'
import { StandingClock } from '../src/clock.ts'
import { readConfig } from '../src/config.ts'
import type { House } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { linkToken, type Purpose } from '../src/links.ts'
import { person, SYSTEM } from '../src/people/actor.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { merge } from '../src/sessions/merge.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'
import { worksForAll } from './support/works-for.ts'

const START = Temporal.Instant.from('2026-03-08T12:00:00Z')
const SECRET = 'a secret that only this test file knows, long enough'

let database: TestDatabase
let clock: StandingClock
let house: House
let app: ReturnType<typeof createApp>
let programmeId: string

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

// Each test has its own people and its own clock; the database is shared.
beforeEach(async () => {
  clock = new StandingClock(START)
  const config = readConfig({
    PUNCTUAL_SECRET: SECRET,
    PUNCTUAL_URL: 'http://punctual.test',
    WHATSAPP_PHONE_NUMBER_ID: '1',
    WHATSAPP_ACCESS_TOKEN: 'x',
    SMTP_URL: 'smtp://127.0.0.1:1',
  })
  house = { db: database.db, clock, config, nudge: () => {}, onChange: () => () => {}, log: () => {} }
  app = createApp(house, {})
  programmeId = newId()
  await database.db
    .insertInto('programme')
    .values({ id: programmeId, name: `Programme ${programmeId}`, created_at: START })
    .execute()
  await database.db
    .insertInto('zoom_host')
    .values({ id: newId(), zoom_user: `${newId()}@zoom.test` })
    .execute()
})

describe('a link of a message', () => {
  test('shows the session in its holder’s own time, with the other’s city beside it', async () => {
    const { mentee } = await booked('2026-03-12T08:30:00Z')
    const page = await get(mentee.manage)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Thu 12 Mar, 14:00')
    expect(page.text).toContain('your time, Kolkata')
    expect(page.text).toContain('04:30 in New York, for')
    expect(page.size).toBeLessThan(14_000)
  })

  test('changes nothing when it is only opened, however often and with whatever answer', async () => {
    const { mentee, mentor } = await booked('2026-03-12T08:30:00Z')
    const before = await everything()
    for (const path of [
      mentee.manage,
      `${mentee.manage}?answer=coming`,
      `${mentee.manage}?answer=cant_come`,
      `${mentee.manage}/move`,
      `${mentee.manage}/cancel`,
      `${mentee.manage}/session.ics`,
      mentee.join,
      mentor.manage,
      mentor.join,
    ]) {
      const { status } = await get(path)
      expect([path, status]).toEqual([path, 200])
    }
    clock.advanceTo(Temporal.Instant.from('2026-03-12T08:31:00Z'))
    await get(mentee.join)
    expect(await everything()).toEqual(before)
  })

  test('with an answer in it asks one question with one button', async () => {
    const { mentee } = await booked('2026-03-12T08:30:00Z')
    const { text } = await get(`${mentee.manage}?answer=coming`)
    expect(text.match(/<button/g)).toHaveLength(1)
    expect(text).toContain('value="coming"')
  })

  test('records the answer once, when the button is pressed twice', async () => {
    const { mentee, sessionId } = await booked('2026-03-12T08:30:00Z')
    const mark = newId()
    for (let press = 0; press < 2; press++) {
      const answer = await post(mentee.manage, { answer: 'coming', mark })
      expect(answer.status).toBe(303)
      expect(answer.location).toBe(`${mentee.manage}?said=coming`)
    }
    expect(await repliesOf(sessionId)).toEqual([
      { meaning: 'coming', revision: 1, channel: 'page', matched_by: 'link' },
    ])
    expect((await get(mentee.manage)).text).toContain('Confirmed')
  })

  test('of an earlier time shows what is true now, and cannot act', async () => {
    const { mentee, sessionId, bookingId } = await booked('2026-03-12T08:30:00Z')
    await reschedule(
      house,
      SYSTEM,
      bookingId,
      { startsAt: Temporal.Instant.from('2026-03-13T09:30:00Z'), revision: 1 },
      house.clock.now(),
    )
    const page = await get(mentee.manage)
    expect(page.text).toContain('Fri 13 Mar, 15:00')
    expect(page.text).toContain('This link is from before the session changed')
    expect(page.text).not.toContain('value="coming"')
    for (const form of [
      { answer: 'coming' },
      { do: 'cancel', reason: 'x' },
      { do: 'move', startsAt: '2026-03-16T09:30:00Z' },
    ] as Record<string, string>[]) {
      expect((await post(mentee.manage, form)).location).toBe(`${mentee.manage}?said=changed`)
    }
    expect(await repliesOf(sessionId)).toEqual([])
    expect(await sessionRow(sessionId)).toMatchObject({ revision: 2, cancelled_at: null })
  })

  test('moves the session to a free time and goes on at the link of the new one', async () => {
    const { mentee, sessionId, participantId } = await booked('2026-03-12T08:30:00Z')
    let times = await get(`${mentee.manage}/move`)
    for (let pages = 0; pages < 5 && !times.text.includes('value="2026-03-16T14:00:00Z"'); pages++) {
      const more = /\/move\?from=[^"]+/.exec(times.text)?.[0]
      expect(more).toBeDefined()
      times = await get(`${mentee.manage}${more}`)
    }
    expect(times.text).toContain('value="2026-03-16T14:00:00Z"')
    const answer = await post(mentee.manage, { do: 'move', startsAt: '2026-03-16T14:00:00Z' })
    expect(answer.location).toBe(`/m/${token('manage', participantId, 2)}?said=moved`)
    expect((await sessionRow(sessionId)).starts_at.toString()).toBe('2026-03-16T14:00:00Z')
  })

  test('offers no time at which the mentorship is over', async () => {
    const { mentee, menteeId } = await booked('2026-03-12T08:30:00Z')
    const ends = {
      ended_at: Temporal.Instant.from('2026-03-13T00:00:00Z'),
      ended_by: 'ops',
      ended_reason: 'She leaves',
    }
    await database.db.updateTable('mentorship').set(ends).where('mentee_id', '=', menteeId).execute()
    const { text } = await get(`${mentee.manage}/move?from=2026-03-12T00:00:00Z`)
    const offered = [...text.matchAll(/value="(2026-[^"]+Z)"/g)].map(([, startsAt]) => startsAt?.slice(0, 10))
    expect(new Set(offered)).toEqual(new Set(['2026-03-12']))
  })

  test('answers a time that somebody else took with times that are free', async () => {
    const first = await booked('2026-03-12T08:30:00Z')
    await booked('2026-03-12T10:00:00Z', { mentorId: first.mentorId })
    const answer = await post(first.mentee.manage, { do: 'move', startsAt: '2026-03-12T10:00:00Z' })
    expect(answer.status).toBe(409)
    expect(answer.text).toContain('Somebody was a second faster')
    expect(answer.text.match(/type="radio"/g)).toHaveLength(3)
  })

  test('says that a cancellation is late before it counts, and cancels with the reason given', async () => {
    const { mentor, sessionId } = await booked('2026-03-12T08:30:00Z')
    expect((await get(`${mentor.manage}/cancel`)).text).toContain('After that it counts as a late cancellation')
    clock.advanceTo(Temporal.Instant.from('2026-03-12T07:00:00Z'))
    expect((await get(`${mentor.manage}/cancel`)).text).toContain('so this counts as a late cancellation')
    expect((await post(mentor.manage, { do: 'cancel', reason: 'Ill today' })).location).toBe(
      `${mentor.manage}?said=cancelled`,
    )
    expect(await sessionRow(sessionId)).toMatchObject({ cancel_reason: 'Ill today' })
    expect((await get(mentor.manage)).text).toContain('Cancelled')
  })

  test('leads a mentee whose session was cancelled, or is over, to the next one', async () => {
    const { mentor, mentee, mentorId } = await booked('2026-03-12T08:30:00Z')
    const way = `href="/book/${mentorId}"`
    expect((await get(mentee.manage)).text).not.toContain(way)
    await post(mentor.manage, { do: 'cancel', reason: 'Ill today' })
    expect((await get(mentee.manage)).text).toContain(way)
    expect((await get(mentor.manage)).text).not.toContain(way)
    const over = await booked('2026-03-12T10:00:00Z', { mentorId })
    clock.advanceTo(Temporal.Instant.from('2026-03-12T11:00:00Z'))
    expect((await get(over.mentee.manage)).text).toContain(way)
  })

  test('takes answers about the past for 48 hours, and none after', async () => {
    const { mentee, sessionId } = await booked('2026-03-12T08:30:00Z')
    clock.advanceTo(Temporal.Instant.from('2026-03-12T09:30:00Z'))
    expect((await post(mentee.manage, { answer: 'coming' })).location).toContain('said=too_late')
    expect((await post(mentee.manage, { answer: 'was_there' })).location).toContain('said=was_there')
    clock.advanceTo(Temporal.Instant.from('2026-03-14T09:00:00Z'))
    expect((await post(mentee.manage, { answer: 'took_place' })).location).toContain('said=too_late')
    expect((await get(mentee.manage)).text).toContain('too far back')
    expect((await repliesOf(sessionId)).map(({ meaning }) => meaning)).toEqual(['was_there'])
  })

  test('after a merge shows the surviving session, and its old door leads there', async () => {
    const first = await booked('2026-03-12T08:30:00Z')
    const second = await booked('2026-03-12T10:00:00Z', { mentorId: first.mentorId })
    await merge(
      database.db,
      SYSTEM,
      { sessionIds: [first.sessionId, second.sessionId], reason: 'One hour for both' },
      clock.now(),
    )
    const page = await get(second.mentee.manage)
    expect(page.text).toContain('Your session was joined with another one')
    expect(page.text).toContain('Thu 12 Mar, 14:00')
    expect((await get(second.mentee.join)).text).toContain('Your session was joined with another one')
  })

  test('offers to move a session of two, and not one to which others come too', async () => {
    const alone = await booked('2026-03-13T08:30:00Z')
    expect((await get(alone.mentee.manage)).text).toContain('Move to another time')
    const other = await booked('2026-03-13T10:00:00Z', { mentorId: alone.mentorId })
    const wish = { sessionIds: [alone.sessionId, other.sessionId], reason: 'One hour for both' }
    await merge(database.db, SYSTEM, wish, clock.now())
    const { revision } = await sessionRow(alone.sessionId)
    const shared = await get(`/m/${token('manage', alone.participantId, revision)}`)
    expect(shared.text).toContain('Cancel the session')
    expect(shared.text).not.toContain('Move to another time')
  })

  test('with any bit changed, of another purpose, or cut off is a friendly 404', async () => {
    const { mentee, participantId } = await booked('2026-03-12T08:30:00Z')
    const good = Buffer.from(token('manage', participantId, 1), 'base64url')
    const flipped = Array.from({ length: good.length * 8 }, (_, bit) => {
      const bytes = Buffer.from(good)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      return bytes.toString('base64url')
    })
    const bad = [
      ...flipped,
      token('join', participantId, 1),
      mentee.manage.slice(3, 40),
      'x',
      '%F0%9F%92%A9',
      'a'.repeat(5_000),
    ]
    for (const text of bad) {
      const answer = await app.request(`/m/${text}`)
      expect([text.slice(0, 60), answer.status]).toEqual([text.slice(0, 60), 404])
    }
    expect(await (await app.request(`/m/${bad[0]}`)).text()).toContain('This link does not work')
    expect(
      (await app.request(`/m/${bad[0]}`, { method: 'POST', body: new URLSearchParams({ answer: 'coming' }) })).status,
    ).toBe(404)
    expect((await app.request('/m/%00')).status).toBe(400)
    expect((await app.request(`/join/${token('manage', participantId, 1)}`)).status).toBe(404)
  })

  test('switches WhatsApp off, and on again with a consent on record', async () => {
    const { mentee, menteeId } = await booked('2026-03-12T08:30:00Z')
    expect((await get(mentee.manage)).text).toContain('WhatsApp is off')
    await post(mentee.manage, { do: 'whatsapp', whatsapp: 'on' })
    expect((await get(mentee.manage)).text).toContain('WhatsApp is on')
    await post(mentee.manage, { do: 'whatsapp', whatsapp: 'off' })
    const consents = await database.db.selectFrom('consent').selectAll().where('account_id', '=', menteeId).execute()
    expect(consents).toMatchObject([{ source: 'page', withdrawn_by: `person:${menteeId}` }])
  })

  test.each([
    ['a script', '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>'],
    ['right to left', 'عائشة \u202Eبنت محمد'],
    ['200 characters', 'अ'.repeat(200)],
    ['emoji', '👩🏽‍💻 Zoë & Söhne'],
  ])('shows a name in %s as a name', async (_, name) => {
    const { mentee, mentor } = await booked('2026-03-12T08:30:00Z', { menteeName: name })
    for (const path of [mentee.manage, mentor.manage, mentor.join]) {
      const { status, text } = await get(path)
      expect(status).toBe(200)
      expect(text).not.toContain('<script>alert')
      expect(text).not.toContain('<img src=x')
    }
  })

  test('speaks Hindi to whoever reads Hindi', async () => {
    const { mentee } = await booked('2026-03-12T08:30:00Z', { locale: 'hi' })
    const { text } = await get(mentee.manage)
    expect(text).toContain('<html lang="hi">')
    expect(text).toContain('आगे क्या होगा')
  })
})

describe('the first view', () => {
  test.each(['en', 'hi'])(
    'is one answer under 14 kB, headers included, and one small script after it (%s)',
    async (locale) => {
      const { mentee, menteeId, mentorId } = await booked('2026-03-12T08:30:00Z', { locale })
      const cookie = await signedIn(menteeId)
      const week = `/book/${mentorId}?week=2026-03-16`
      expect((await get(week, cookie)).text.match(/type="radio"/g)?.length).toBeGreaterThan(130)
      const paths = {
        booking: week,
        manage: `${mentee.manage}?said=booked`,
        move: `${mentee.manage}/move`,
        join: mentee.join,
        first: '/',
        settings: '/settings',
        settingsByLink: `${mentee.manage}/settings`,
      }
      for (const [name, path] of Object.entries(paths)) {
        const { head, bytes } = await onTheWire(path, cookie)
        expect([name, head.split('\r\n')[0]]).toEqual([name, 'HTTP/1.1 200 OK'])
        expect([name, bytes, bytes < 14_000]).toEqual([name, bytes, true])
        if (process.env.SHOW_BYTES) console.log(locale, name, bytes)
        const { text } = await get(path, cookie)
        // What the browser must have before it paints: nothing but this answer. The script waits, the icon is not in the view.
        expect(text).not.toMatch(/rel="stylesheet"|<img|@import|url\(|<script(?![^>]* defer)/)
      }
      const [script] = /\/pages\/script\.js\?v=\w+/.exec((await get('/', cookie)).text) ?? []
      expect((await get(script ?? '')).size).toBeLessThan(5_000)
    },
  )

  test('of a page with a personal link in a list is not compressed, for its length would tell of it', async () => {
    const { mentee, menteeId, mentorId } = await booked('2026-03-12T08:30:00Z')
    const cookie = await signedIn(menteeId)
    for (const path of ['/', mentee.manage, mentee.join, '/settings'])
      expect((await onTheWire(path, cookie)).head).not.toMatch(/content-encoding/i)
    expect((await onTheWire(`/book/${mentorId}`, cookie)).head).toMatch(/content-encoding: gzip/i)
  })

  test('offers the calendar file, and Google Calendar filled in with the time in UTC and the way in', async () => {
    for (const [locale, label] of [
      ['en', 'Add to Google Calendar'],
      ['hi', 'Google Calendar में जोड़ें'],
    ] as const) {
      const { mentee } = await booked('2026-03-12T08:30:00Z', { locale })
      const { text } = await get(`${mentee.manage}?said=booked`)
      const [, address, rel] =
        new RegExp(`<a href="(https://calendar[^"]+)" (rel="noreferrer")>${label}`).exec(text) ?? []
      expect(rel).toBeDefined()
      const { origin, pathname, searchParams } = new URL((address ?? '').replaceAll('&amp;', '&'))
      expect(`${origin}${pathname}`).toBe('https://calendar.google.com/calendar/render')
      expect(Object.fromEntries(searchParams)).toEqual({
        action: 'TEMPLATE',
        text: 'Mentorship with Daniel Okafor',
        dates: '20260312T083000Z/20260312T090000Z',
        location: `http://punctual.test${mentee.join}`,
      })
      expect(text).toContain('session.ics')
    }
  })
})

describe('the way into the room', () => {
  test('opens 15 minutes before the start and says so until then', async () => {
    const { mentee, participantId } = await booked('2026-03-12T08:30:00Z')
    await placeFor(participantId, 'https://zoom.test/w/personal')
    clock.advanceTo(Temporal.Instant.from('2026-03-12T08:05:00Z'))
    expect((await get(mentee.join)).text).toContain('The room opens in 10 minutes')
    expect((await post(mentee.join, {})).location).toBe(mentee.join)
    expect(await clicks(participantId)).toBe(0)
  })

  test('records who pressed Join and leads to their own place', async () => {
    const { mentee, participantId, sessionId } = await booked('2026-03-12T08:30:00Z')
    await placeFor(participantId, 'https://zoom.test/w/personal')
    clock.advanceTo(Temporal.Instant.from('2026-03-12T08:25:00Z'))
    expect((await get(mentee.join)).text).toContain('Join now')
    expect((await post(mentee.join, {})).location).toBe('https://zoom.test/w/personal')
    expect(await clicks(participantId)).toBe(1)
    expect((await sessionRow(sessionId)).wake_at?.toString()).toBeDefined()
  })

  test('says that the room is being made and looks again, while Zoom has not answered', async () => {
    const { mentee } = await booked('2026-03-12T08:30:00Z')
    clock.advanceTo(Temporal.Instant.from('2026-03-12T08:25:00Z'))
    const { text } = await get(mentee.join)
    expect(text).toContain('being prepared')
    expect(text).toContain('http-equiv="refresh"')
    expect((await post(mentee.join, {})).location).toBe(mentee.join)
  })

  test('is shut an hour after the end', async () => {
    const { mentee } = await booked('2026-03-12T08:30:00Z')
    clock.advanceTo(Temporal.Instant.from('2026-03-12T10:00:00Z'))
    expect((await get(mentee.join)).text).toContain('over')
    expect((await post(mentee.join, {})).location).toBe(mentee.join)
  })
})

describe('pages of people signed in', () => {
  test('ops are led to the app; others do not find what is not theirs', async () => {
    const { sessionId } = await booked('2026-03-12T08:30:00Z')
    const ops = await signedIn(await account('Olivia', { roles: ['ops', 'admin'] }))
    expect((await get('/', ops)).status).toBe(303)
    expect((await get(`/sessions/${sessionId}`, ops)).status).toBe(303)
    const stranger = await signedIn(await account('Nobody in it'))
    expect((await get(`/sessions/${sessionId}`, stranger)).status).toBe(404)
    expect((await get('/people', stranger)).status).toBe(303)
    expect((await get(`/sessions/${sessionId}`)).status).toBe(303)
    expect((await get('/sessions/not-an-id', ops)).status).toBe(404)
  })

  test('a mentee holds a time, confirms it, and reads what happens next', async () => {
    const mentorId = await mentor()
    const menteeId = await account('Meera', { timeZone: 'Asia/Kolkata', roles: ['mentee'] })
    const me = await signedIn(menteeId)
    const week = await get(`/book/${mentorId}?week=2026-03-16`, me)
    expect(week.text).toContain('value="2026-03-16T14:00:00Z"')
    const held = await post(`/book/${mentorId}`, { startsAt: '2026-03-16T14:00:00Z' }, me)
    expect(held.location).toMatch(/\/hold\//)
    expect((await get(held.location, me)).text).toContain('This time is kept for you until')
    expect((await post(held.location, { phone: '12' }, me)).status).toBe(400)
    const done = await post(held.location, { phone: '+919876543210', consent: 'yes' }, me)
    expect(done.location).toMatch(/^\/m\/.+said=booked$/)
    expect((await post(held.location, {}, me)).location).toBe(done.location)
    const page = await get(done.location)
    expect(page.text).toContain('What happens next')
    expect(page.text).toContain('(WhatsApp, email)')
    expect((await get('/', me)).text).toContain('Mon 16 Mar, 19:30')
  })

  test('who meets a mentor in two programmes says first for which, and the session counts there', async () => {
    const mentorId = await mentor()
    const menteeId = await account('Meera', { timeZone: 'Asia/Kolkata', roles: ['mentee'] })
    const me = await signedIn(menteeId)
    const other = newId()
    await database.db
      .insertInto('programme')
      .values({ id: other, name: `Writers ${other}`, room: 'meet', created_at: START })
      .execute()
    await pair(mentorId, menteeId)
    await pair(mentorId, menteeId, other)

    const choice = await get(`/book/${mentorId}`, me)
    expect(choice.text).toContain('You meet in more than one programme')
    expect(choice.text).not.toContain('type="radio"')
    const href = /href="(\/book\/[^"]+)">Writers/.exec(choice.text)?.[1] as string
    const times = await get(`${href}&amp;week=2026-03-16`.replace('&amp;', '&'), me)
    expect(times.text).toContain(`Writers ${other}`)
    const action = /<form method="post" action="(\/book\/[^"]+)"/.exec(times.text)?.[1] as string
    const held = await post(action.replaceAll('&amp;', '&'), { startsAt: '2026-03-16T14:00:00Z' }, me)
    const confirm = await get(held.location, me)
    expect(confirm.text, 'it is said what for').toContain(`Writers ${other}`)
    expect(confirm.text, 'another time is one for the same').toContain(
      `href="${href.split('&')[0]}">Choose another time`,
    )
    expect((await post(held.location, {}, me)).location).toMatch(/^\/m\/.+said=booked$/)
    const late = await post(`/book/${mentorId}/hold/${newId()}?pair=${href.split('pair=')[1]}`, {}, me)
    expect(late.location, 'a time that is not kept any more too').toMatch(/gone=&pair=/)
    const session = await database.db
      .selectFrom('session')
      .innerJoin('user_calendar_booking as b', 'b.session_id', 'session.id')
      .select(['programme_id', 'room'])
      .where('b.mentee_id', '=', menteeId)
      .executeTakeFirstOrThrow()
    expect(session).toEqual({ programme_id: other, room: 'meet' })
    expect(
      (await post(`/book/${mentorId}`, { startsAt: '2026-03-16T15:00:00Z' }, me)).location,
      'nothing is guessed',
    ).toBe(`/book/${mentorId}`)
  })

  test('a time that another took meanwhile is answered with three that are free', async () => {
    const { mentorId } = await booked('2026-03-12T10:00:00Z')
    const me = await signedIn(await account('Meera', { roles: ['mentee'] }))
    const answer = await post(`/book/${mentorId}`, { startsAt: '2026-03-12T10:00:00Z' }, me)
    expect(answer.status).toBe(409)
    expect(answer.text.match(/type="radio"/g)).toHaveLength(3)
  })

  test('a form of another site is refused', async () => {
    const me = await signedIn(await account('Olivia', { roles: ['ops'] }))
    const answer = await app.request('/sign-out', {
      method: 'POST',
      headers: { cookie: me, origin: 'https://evil.test', host: 'punctual.test' },
    })
    expect(answer.status).toBe(403)
  })

  test('a stranger in the sandbox may be anybody; in live mode that address is not there', async () => {
    const id = await account('Olivia', { roles: ['ops'] })
    expect((await get('/')).text).toContain('Choose who to be')
    expect((await post('/sandbox/be', { personId: id })).status).toBe(303)
    const live = createApp(
      {
        ...house,
        config: readConfig({ PUNCTUAL_MODE: 'live', PUNCTUAL_URL: 'https://p.test', PUNCTUAL_SECRET: SECRET }),
      },
      {},
    )
    expect(
      (await live.request('/sandbox/be', { method: 'POST', body: new URLSearchParams({ personId: id }) })).status,
    ).toBe(404)
    expect(await (await live.request('/')).text()).toContain('Sign in')
  })
})

// --- the world of these tests

async function booked(startsAt: string, given: { mentorId?: string; menteeName?: string; locale?: string } = {}) {
  const mentorId = given.mentorId ?? (await mentor())
  const menteeId = await account(given.menteeName ?? 'Asha Rao', {
    timeZone: 'Asia/Kolkata',
    locale: given.locale ?? 'en',
    phone: '+919800000001',
  })
  await pair(mentorId, menteeId)
  const { id, sessionId } = await book(
    house,
    person(menteeId, []),
    {
      mentorId,
      menteeId,
      mentorshipId: null,
      startsAt: Temporal.Instant.from(startsAt),
    },
    house.clock.now(),
  )
  const people = await database.db
    .selectFrom('session_participant')
    .select(['id', 'account_id'])
    .where('session_id', '=', sessionId)
    .execute()
  const of = (accountId: string) => people.find((p) => p.account_id === accountId)!.id
  const links = (participantId: string) => ({
    manage: `/m/${token('manage', participantId, 1)}`,
    join: `/join/${token('join', participantId, 1)}`,
  })
  return {
    sessionId,
    bookingId: id,
    mentorId,
    menteeId,
    participantId: of(menteeId),
    mentee: links(of(menteeId)),
    mentor: links(of(mentorId)),
  }
}

const pair = (mentorId: string, menteeId: string, programme = programmeId) =>
  database.db
    .insertInto('mentorship')
    .values({
      id: newId(),
      programme_id: programme,
      mentor_id: mentorId,
      mentee_id: menteeId,
      starts_on: '2026-01-01',
      created_at: START,
    })
    .execute()

async function mentor(): Promise<string> {
  const id = await account('Daniel Okafor', { timeZone: 'America/New_York', roles: ['mentor'] })
  const config = {
    timeZone: 'UTC',
    weekly: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '06:00', to: '20:00' })),
    overrides: [],
    absences: [],
    sessionMinutes: 30,
    minimumNoticeMinutes: 60,
  }
  await database.db
    .insertInto('user_calendar_config')
    .values({ account_id: id, config: JSON.stringify(config), version: 1, updated_at: START, updated_by: 'test' })
    .execute()
  return id
}

async function account(
  name: string,
  { timeZone = 'UTC', locale = 'en', roles = [] as string[], phone = null as string | null } = {},
): Promise<string> {
  const id = newId()
  await database.db
    .insertInto('account')
    .values({
      id,
      email: `${id}@example.org`,
      name,
      time_zone: timeZone,
      locale,
      roles,
      phone_e164: phone,
      created_at: START,
    })
    .execute()
  if (roles.includes('ops')) await worksForAll(database.db, id)
  return id
}

const token = (purpose: Purpose, subjectId: string, revision: number): string =>
  linkToken(SECRET, { purpose, subjectId, revision })
const signedIn = async (accountId: string): Promise<string> =>
  `${cookieName(house.config)}=${await signIn(database.db, accountId, clock.elapsed())}`

async function get(path: string, cookie?: string) {
  const answer = await app.request(path, cookie ? { headers: { cookie } } : {})
  const text = await answer.text()
  return { status: answer.status, text, size: Buffer.byteLength(text) }
}

/** What really goes over the connection for one page, to a browser that takes compressed answers. */
async function onTheWire(path: string, cookie: string): Promise<{ head: string; bytes: number }> {
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const parts: Buffer[] = []
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.on('data', (part: Buffer) => parts.push(part))
      socket.on('end', () => resolve(Buffer.concat(parts)))
      socket.on('error', reject)
      const asked = ['host: punctual.test', `cookie: ${cookie}`, 'accept-encoding: gzip', 'connection: close']
      socket.write(`GET ${path} HTTP/1.1\r\n${asked.join('\r\n')}\r\n\r\n`)
    })
    const head = answer.subarray(0, answer.indexOf('\r\n\r\n')).toString()
    return { head, bytes: answer.length }
  } finally {
    server.close()
  }
}

async function post(path: string, form: Record<string, string>, cookie?: string) {
  const answer = await app.request(path, {
    method: 'POST',
    body: new URLSearchParams(form),
    ...(cookie ? { headers: { cookie } } : {}),
  })
  return { status: answer.status, location: answer.headers.get('location') ?? '', text: await answer.text() }
}

const repliesOf = (sessionId: string) =>
  database.db
    .selectFrom('reply')
    .select(['meaning', 'revision', 'channel', 'matched_by'])
    .where('session_id', '=', sessionId)
    .orderBy('received_at')
    .execute()
const sessionRow = (id: string) =>
  database.db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const clicks = async (participantId: string) =>
  (await database.db.selectFrom('join_click').select('id').where('participant_id', '=', participantId).execute()).length

const placeFor = (participantId: string, joinUrl: string) =>
  database.db
    .insertInto('mirror')
    .values({
      id: newId(),
      kind: 'registrant',
      key: `registrant:${participantId}`,
      owner_id: participantId,
      wanted: JSON.stringify({ participantId }),
      wanted_at: START,
      applied: JSON.stringify({ participantId }),
      applied_at: START,
      remote_id: 'r1',
      remote: JSON.stringify({ joinUrl }),
    })
    .execute()

/** What a page could have changed. */
async function everything() {
  const tables = [
    'session',
    'session_participant',
    'user_calendar_booking',
    'reply',
    'join_click',
    'consent',
    'hold',
    'commitment',
    'audit_log',
    'account',
  ] as const
  return Object.fromEntries(
    await Promise.all(
      tables.map(async (table) => [
        table,
        JSON.stringify(await database.db.selectFrom(table).selectAll().orderBy('id').execute()),
      ]),
    ),
  )
}
