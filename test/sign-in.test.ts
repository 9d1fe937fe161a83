import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Clock, machineNow } from '../src/clock.ts'
import { enter } from '../src/commands/admin.ts'
import { type Config, readConfig } from '../src/config.ts'
import type { House } from '../src/http.ts'
import { newId } from '../src/ids.ts'
import { operatorsLink } from '../src/people/magic-link.ts'
import { googlePeopleClient } from '../src/vendors/google-people.ts'
import { setStage } from './support/vendor-stage.ts'

/** A machine's clock that the test moves; the day stands still, and signing in must not notice. */
class MovedClock implements Clock {
  ahead = Temporal.Duration.from({ seconds: 0 })
  now = () => Temporal.Instant.from('2026-03-24T09:00:00Z')
  elapsed = () => machineNow().add(this.ahead)
}

let stage: Awaited<ReturnType<typeof setStage>>
let house: House
let clock: MovedClock
let app: ReturnType<typeof createApp>
const logged: string[] = []
const lines: { event: string; [field: string]: unknown }[] = []

beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.clear())
beforeEach(async () => {
  clock = new MovedClock()
  await stage.database.db.deleteFrom('rate_count').execute()
  build({ PUNCTUAL_URL: 'http://punctual.localhost' })
})

function build(env: Record<string, string>): Config {
  const config = readConfig({ PUNCTUAL_SECRET: 's'.repeat(40), PUNCTUAL_MODE: 'live', PUNCTUAL_PROXIES: '1', ...env })
  house = {
    db: stage.database.db,
    clock,
    config,
    nudge: () => {},
    onChange: () => () => {},
    log: (event, fields) => {
      logged.push(event)
      lines.push({ event, ...fields })
    },
  }
  app = createApp(house, { email: stage.email, people: stage.people })
  return config
}

describe('by mail', () => {
  test('somebody asks, opens the link in the same browser, presses the button and is signed in; the day’s clock never moves', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    const asked = await browser.post('/sign-in', { address: email.toUpperCase() })
    expect([asked.status, asked.headers.get('location')]).toEqual([303, '/sign-in/sent'])
    const { link } = await mailTo(email)
    const page = await browser.get(link)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<form method="post">')
    expect(await browser.me()).toBeNull()
    expect((await browser.post(link, {})).headers.get('location')).toBe('/')
    expect(await browser.me()).toBe(id)
    expect((await browser.post(link, {})).headers.get('location')).toBeNull()
  })

  test('whoever reads mail on another device types the six digits where they asked', async () => {
    const { id, email } = await somebody()
    const [desk, phone] = [newBrowser(), newBrowser()]
    await desk.post('/sign-in', { address: email })
    const { link, code } = await mailTo(email)
    expect(await (await phone.get(link)).text()).toContain('only in the browser where you asked')
    await phone.post(link, {})
    expect(await phone.me()).toBeNull()
    await phone.post('/sign-in/code', { code })
    expect(await phone.me()).toBeNull()
    await desk.post('/sign-in/code', { code: `${code.slice(0, 3)} ${code.slice(3)}` })
    expect(await desk.me()).toBe(id)
  })

  test('a mail scanner that opens every link and runs its scripts changes nothing', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.post('/sign-in', { address: email })
    const { link } = await mailTo(email)
    const before = await attempts()
    const scanner = newBrowser()
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) await scanner.send(method, link)
    expect(await attempts()).toEqual(before)
    expect(await scanner.me()).toBeNull()
    await browser.post(link, {})
    expect(await browser.me()).toBe(id)
  })

  test('after ten minutes neither link nor code lets anybody in', async () => {
    const { email } = await somebody()
    const browser = newBrowser()
    await browser.post('/sign-in', { address: email })
    const { link, code } = await mailTo(email)
    clock.ahead = Temporal.Duration.from({ minutes: 10 })
    await browser.post(link, {})
    await browser.post('/sign-in/code', { code })
    expect(await browser.me()).toBeNull()
    expect(await (await browser.get(link)).text()).toContain('ten minutes are over')
  })

  test('of fifty codes at once five are tried; the link in the same mail still works', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.post('/sign-in', { address: email })
    const { link, code } = await mailTo(email)
    const wrong = code === '000000' ? '000001' : '000000'
    const said = await Promise.all(Array.from({ length: 50 }, () => browser.post('/sign-in/code', { code: wrong })))
    const counted = said.filter((answer) => /said=[0-4]$/.test(answer.headers.get('location') ?? ''))
    expect(counted).toHaveLength(5)
    await browser.post('/sign-in/code', { code })
    expect(await browser.me()).toBeNull()
    await browser.post(link, {})
    expect(await browser.me()).toBe(id)
  })

  test('an unknown address gets the same answers, leaves the same trace, and no mail', async () => {
    const { email } = await somebody()
    const stranger = `${newId()}@nowhere.example`
    const answers = []
    for (const address of [email, stranger]) {
      const browser = newBrowser()
      const asked = await browser.post('/sign-in', { address })
      // Every answer has a number for its style that no other has; it says nothing about the address.
      const shown = (await (await browser.get('/sign-in/sent')).text()).replace(/nonce="[^"]+"/, '')
      const tried = []
      for (let i = 0; i < 6; i += 1)
        tried.push((await browser.post('/sign-in/code', { code: 'abcdef' })).headers.get('location'))
      answers.push({ status: asked.status, location: asked.headers.get('location'), shown, tried })
    }
    expect(answers[1]).toEqual(answers[0])
    await mailTo(email)
    expect(await stage.sandbox.inbox({ person: stranger })).toEqual([])
  })

  test('the answer does not wait for the mail server, so its time tells nothing either', async () => {
    const { email } = await somebody()
    await stage.sandbox.setFault({ vendor: 'email', kind: 'latency', parameter: 1_000, count: 1 })
    await newBrowser().post('/sign-in', { address: email })
    expect(await stage.sandbox.inbox({ person: email })).toEqual([])
    await vi.waitFor(async () => expect(await stage.sandbox.inbox({ person: email })).toHaveLength(1), 5_000)
  })

  test('mail that cannot be sent is on record, and the answer does not tell', async () => {
    const { email } = await somebody()
    await stage.sandbox.email.refuse(email)
    const asked = await newBrowser().post('/sign-in', { address: email })
    expect(asked.headers.get('location')).toBe('/sign-in/sent')
    await vi.waitFor(() => expect(logged).toContain('sign_in_mail_failed'))
  })

  // One row for each way to hold the three things that are needed. Only the first lets anybody in.
  test.each([
    ['right', 'own', 'active', true],
    ['right', 'none', 'active', false],
    ['right', 'foreign', 'active', false],
    ['right', 'malformed', 'active', false],
    ['wrong', 'own', 'active', false],
    ['malformed', 'own', 'active', false],
    ['right', 'own', 'left', false],
  ])('link %s, browser %s, account %s: signed in %s', async (link, cookie, account, isIn) => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.post('/sign-in', { address: email })
    const mail = await mailTo(email)
    if (account === 'left') await leave(id)
    if (cookie === 'none') browser.jar.clear()
    if (cookie === 'foreign') browser.jar.set('punctual_asked', 'A'.repeat(43))
    if (cookie === 'malformed') browser.jar.set('punctual_asked', "'; drop table account; --")
    const paths = { right: mail.link, wrong: `/sign-in/link/${'A'.repeat(43)}`, malformed: '/sign-in/link/%E0%A4%A' }
    await browser.post(paths[link as 'right'], {})
    expect((await browser.me()) === id).toBe(isIn)
  })

  test('the operator’s link from the terminal works in any browser, once, and makes the first admin', async () => {
    const address = `${newId()}@example.org`
    const { id, link } = await enter(house, address, clock.elapsed(), clock.now())
    const browser = newBrowser()
    await browser.post(new URL(link).pathname, {})
    expect(await browser.me()).toBe(id)
    const second = newBrowser()
    await second.post(new URL(link).pathname, {})
    expect(await second.me()).toBeNull()
    const again = await enter(house, address, clock.elapsed(), clock.now())
    expect(again.id).toBe(id)
    expect((await browser.json('/api/v1/me')).admin).toBe(true)
  })
})

describe('with Google', () => {
  test('the account is found by its address, and from then on by Google’s own name for the person', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.google({ email })
    expect(await browser.me()).toBe(id)
    const other = `${newId()}@example.org`
    await stage.database.db.updateTable('account').set({ email: other }).where('id', '=', id).execute()
    const later = newBrowser()
    await later.google({ email })
    expect(await later.me()).toBe(id)
  })

  test('nobody becomes a member by signing in, and an address that changed hands opens nothing', async () => {
    const browser = newBrowser()
    const back = await browser.google({ email: `${newId()}@example.org` })
    expect(back.headers.get('location')).toBe('/sign-in?google=unknown')
    expect(await (await browser.get('/sign-in?google=unknown')).text()).toContain('not known here')
    const { id, email } = await somebody()
    await stage.database.db
      .updateTable('account')
      .set({ google_subject: `somebody else ${id}` })
      .where('id', '=', id)
      .execute()
    expect((await browser.google({ email })).headers.get('location')).toBe('/sign-in?google=unknown')
    expect(await browser.me()).toBeNull()
  })

  test('an answer works only in the browser that left, once, with the state it was given', async () => {
    const { email } = await somebody()
    const victim = newBrowser()
    const attacker = newBrowser()
    const back = await attacker.consent({ email })
    const callback = new URL(back)
    await victim.get(callback.pathname + callback.search)
    expect(await victim.me()).toBeNull()
    // Nor with an own journey under way: the state belongs to the other one.
    await victim.get('/sign-in/google')
    await victim.get(callback.pathname + callback.search)
    expect(await victim.me()).toBeNull()
    for (const state of ['', '1.x', `${Date.now()}.${'A'.repeat(43)}`]) {
      callback.searchParams.set('state', state)
      expect((await attacker.get(callback.pathname + callback.search)).headers.get('location')).toBe(
        '/sign-in?google=expired',
      )
      await attacker.get('/sign-in/google')
    }
    expect((await attacker.google({ deny: true })).headers.get('location')).toBe('/sign-in?google=declined')
  })

  test('an answer ten minutes old is too old', async () => {
    const { email } = await somebody()
    const browser = newBrowser()
    const back = new URL(await browser.consent({ email }))
    clock.ahead = Temporal.Duration.from({ minutes: 10 })
    expect((await browser.get(back.pathname + back.search)).headers.get('location')).toBe('/sign-in?google=expired')
  })

  test('Google’s word counts only for mailboxes that are Google’s own', async () => {
    const client = googlePeopleClient({
      clientId: stage.env.GOOGLE_CLIENT_ID,
      clientSecret: stage.env.GOOGLE_CLIENT_SECRET,
      accountsUrl: stage.env.GOOGLE_ACCOUNTS_API_URL,
      oauthUrl: stage.env.GOOGLE_OAUTH_API_URL,
      apiUrl: stage.env.GOOGLE_API_URL,
      peopleUrl: stage.env.GOOGLE_PEOPLE_API_URL,
    })
    const { email } = await somebody()
    const foreign = {
      ...client,
      userinfo: async (token: string) => ({ ...(await client.userinfo(token)), emailIsGoogles: false }),
    }
    app = createApp(house, { people: foreign as typeof client })
    const browser = newBrowser()
    expect((await browser.google({ email })).headers.get('location')).toBe('/sign-in?google=unknown')
  })
})

describe('a session', () => {
  test('is new after each sign-in, and the one before it ends', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    browser.jar.set('punctual_session', 'chosen-by-an-attacker')
    await browser.signIn(email)
    const first = browser.jar.get('punctual_session')
    expect(first).not.toBe('chosen-by-an-attacker')
    await browser.signIn(email)
    expect(browser.jar.get('punctual_session')).not.toBe(first)
    expect(await browser.me()).toBe(id)
    expect(await newBrowser({ punctual_session: first as string }).me()).toBeNull()
  })

  test('changes its cookie when rights change; the old one ends within half a minute', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.signIn(email)
    const before = browser.jar.get('punctual_session') as string
    await browser.json('/api/v1/me')
    expect(browser.jar.get('punctual_session')).toBe(before)
    await stage.database.db
      .updateTable('account')
      .set({ roles: ['ops'] })
      .where('id', '=', id)
      .execute()
    const old = newBrowser({ punctual_session: before })
    const both = await Promise.all([browser.json('/api/v1/me'), old.json('/api/v1/me')])
    expect(both.map(({ ops }) => ops)).toEqual([true, true])
    const renewed = [browser, old].filter(({ jar }) => jar.get('punctual_session') !== before)
    expect(renewed).toHaveLength(1)
    clock.ahead = Temporal.Duration.from({ seconds: 31 })
    expect(await renewed[0]?.me()).toBe(id)
    expect(await newBrowser({ punctual_session: before }).me()).toBeNull()
  })

  test('ends on every device at once, and a link asked for before does not bring it back', async () => {
    const { email } = await somebody()
    const [desk, phone] = [newBrowser(), newBrowser()]
    await desk.signIn(email)
    await phone.signIn(email)
    await phone.post('/sign-in', { address: email })
    const { link } = await mailTo(email)
    await desk.post('/sign-out', { everywhere: '1' })
    await phone.post(link, {})
    expect([await desk.me(), await phone.me()]).toEqual([null, null])
  })

  test('is listed by what the browser says of itself, and each other one can be ended from there', async () => {
    const { email } = await somebody()
    const phone = newBrowser()
    const desk = newBrowser()
    const stranger = newBrowser()
    phone.userAgent = 'Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0'
    desk.userAgent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36'
    await phone.signIn(email)
    await desk.signIn(email)
    await stranger.signIn((await somebody()).email)
    const list = async (browser: typeof desk) => (await browser.get('/settings/devices')).text()
    expect(await list(desk)).toMatch(
      /Chrome on Windows<br><span class="soft">this browser.*Firefox on Android<br><span class="soft">last used this hour/s,
    )
    const ref = /name="device" value="(\w+)"/.exec(await list(desk))?.[1] as string

    // Nobody ends another's, and nobody ends what is not on the list.
    await stranger.post('/sign-out', { device: ref })
    await desk.post('/sign-out', { device: 'ff' })
    expect([await phone.me(), await desk.me(), await stranger.me()].includes(null)).toBe(false)
    await desk.post('/sign-out', { device: ref })
    expect(await phone.me()).toBeNull()
    expect(await desk.me()).not.toBeNull()
    expect(await list(desk)).not.toContain('Firefox')
  })

  test('is ended for somebody by ops, with a reason, and the browser that signs out forgets what it kept', async () => {
    const { id, email } = await somebody()
    const lost = newBrowser()
    await lost.signIn(email)
    const admin = newBrowser()
    await admin.signIn((await somebody(['admin'])).email)
    const path = `/api/v1/people/${id}/sign-out`
    const asJson = { 'content-type': 'application/json' }
    expect((await admin.send('POST', path, {}, asJson)).status).toBe(400)
    expect((await lost.send('POST', path, { reason: 'Mine.' }, asJson)).status).toBe(403)
    expect((await admin.send('POST', path, { reason: 'Lost her phone.' }, asJson)).status).toBe(204)
    expect(await lost.me()).toBeNull()
    const browser = newBrowser()
    await browser.signIn(email)
    expect((await browser.post('/sign-out', {})).headers.get('clear-site-data')).toBe('"cache", "storage"')
  })

  test('of somebody who left is over with their next request', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.signIn(email)
    await leave(id)
    expect(await browser.me()).toBeNull()
  })

  test.each([
    ['a mentee', ['mentee'], 7 * 24],
    ['ops', ['ops', 'mentor'], 12],
    ['an admin', ['admin'], 12],
  ])(
    'of %s that nobody uses ends; using it keeps it, a page that refreshes itself does not',
    async (_, roles, idle) => {
      const { id, email } = await somebody(roles)
      const [used, left] = [newBrowser(), newBrowser()]
      await used.signIn(email)
      await left.signIn(email)
      const after = (hours: number, minutes = 0) => {
        clock.ahead = Temporal.Duration.from({ minutes: hours * 60 + minutes })
      }
      after(idle - 1)
      expect(await used.me()).toBe(id)
      await left.send('GET', '/', undefined, { 'punctual-refresh': '1' })
      const stream = await left.send('GET', '/', undefined, { accept: 'text/event-stream' })
      await stream.body?.cancel()
      after(idle, 1)
      expect([await used.me(), await left.me()]).toEqual([id, null])
      after(2 * idle - 1, -10)
      expect(await used.me()).toBe(id)
      after(3 * idle)
      expect(await used.me()).toBeNull()
    },
  )

  test('ends thirty days after signing in, however much it is used and whatever rights come meanwhile', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.signIn(email)
    for (let day = 6; day < 30; day += 6) {
      clock.ahead = Temporal.Duration.from({ hours: day * 24 })
      expect(await browser.me()).toBe(id)
    }
    const before = browser.jar.get('punctual_session')
    await stage.database.db
      .updateTable('account')
      .set({ roles: ['ops'] })
      .where('id', '=', id)
      .execute()
    clock.ahead = Temporal.Duration.from({ hours: 24 * 24 + 1 })
    expect(await browser.me()).toBe(id)
    await stage.database.db.updateTable('account').set({ roles: [] }).where('id', '=', id).execute()
    clock.ahead = Temporal.Duration.from({ hours: 29 * 24 })
    expect(await browser.me()).toBe(id)
    expect(browser.jar.get('punctual_session')).not.toBe(before)
    clock.ahead = Temporal.Duration.from({ hours: 30 * 24, minutes: 1 })
    expect(await browser.me()).toBeNull()
  })

  test('under https has a cookie that no other host and no plain line can set', async () => {
    build({ PUNCTUAL_URL: 'https://punctual.test' })
    const { email } = await somebody()
    const browser = newBrowser()
    await browser.signIn(email)
    expect(browser.lastCookies.find((cookie) => cookie.startsWith('__Host-punctual_session='))).toMatch(
      /; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000$/,
    )
  })

  test('a form of another site signs nobody in or out', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    await browser.signIn(email)
    expect((await browser.send('POST', '/sign-out', {}, { origin: 'https://evil.example' })).status).toBe(403)
    expect(await browser.me()).toBe(id)
  })
})

describe('the log tells a guard', () => {
  const since = async (act: () => Promise<unknown>) => {
    lines.length = 0
    await act()
    return lines.map(({ requestId: _, ...line }) => line)
  }

  test('who came in, how, and who went, without any address', async () => {
    const { id, email } = await somebody()
    const browser = newBrowser()
    const said = await since(async () => {
      await browser.signIn(email)
      await browser.post('/sign-out', {})
      await browser.google({ email })
      await browser.post('/sign-out', { everywhere: '1' })
    })
    const actor = `person:${id}`
    expect(said.filter(({ event }) => /sign/.test(event))).toEqual([
      { event: 'sign_in_asked', actor: null, by: 'mail' },
      { event: 'signed_in', actor, by: 'link' },
      { event: 'signed_out', actor },
      { event: 'signed_in', actor, by: 'google' },
      { event: 'signed_out_everywhere', actor },
    ])
    expect(JSON.stringify(lines)).not.toContain(email)
  })

  test('who failed, with the same line whether the address is known or not', async () => {
    const { email } = await somebody()
    const told = []
    for (const address of [email, `${newId()}@nowhere.example`]) {
      const browser = newBrowser()
      told.push(
        await since(async () => {
          await browser.post('/sign-in', { address })
          await browser.post('/sign-in/code', { code: 'abcdef' })
          await browser.post(`/sign-in/link/${'a'.repeat(43)}`, {})
          await newBrowser().post('/sign-in/code', { code: '123456' })
        }),
      )
    }
    expect(told[0]).toEqual([
      { event: 'sign_in_asked', actor: null, by: 'mail' },
      { event: 'sign_in_refused', actor: null, by: 'code', because: 'wrong' },
      { event: 'sign_in_refused', actor: null, by: 'link', because: 'over' },
      { event: 'sign_in_refused', actor: null, by: 'code', because: 'over' },
    ])
    expect(told[1]).toEqual(told[0])
  })

  test('what was turned away: rights, objects, links, signatures, foreign forms, limits', async () => {
    const { id, email } = await somebody(['mentee'])
    const browser = newBrowser()
    await browser.signIn(email)
    const line = (event: string, method: string, route: string, status: number, actor: string | null) => ({
      event,
      actor,
      method,
      route,
      status,
    })
    const me = `person:${id}`
    expect(
      await since(async () => {
        await newBrowser().get('/api/v1/people')
        await browser.get('/api/v1/tokens')
        await browser.get(`/api/v1/sessions/${newId()}`)
        await browser.get('/m/somebody-elses-link-12345')
        await browser.get('/no/such/page')
        await browser.send('POST', '/sign-out', {}, { origin: 'https://evil.example' })
        await newBrowser().send('GET', '/api/v1/me', undefined, { authorization: 'Bearer of-nothing-at-all' })
      }),
    ).toEqual([
      line('access_refused', 'GET', '/api/v1/people', 401, null),
      line('access_refused', 'GET', '/api/v1/tokens', 403, me),
      line('object_refused', 'GET', '/api/v1/sessions/:id', 404, me),
      line('link_refused', 'GET', '/m/:token', 404, me),
      line('foreign_form_refused', 'POST', '/sign-out', 403, me),
      line('access_refused', 'GET', '/api/v1/me', 401, null),
    ])
    build({ PUNCTUAL_URL: 'http://punctual.localhost', SLACK_SIGNING_SECRET: 'a secret of Slack' })
    expect(
      await since(() =>
        newBrowser().send(
          'POST',
          '/webhooks/slack',
          {},
          { 'x-slack-signature': 'v0=0', 'x-slack-request-timestamp': '1' },
        ),
      ),
    ).toEqual([line('signature_refused', 'POST', '/webhooks/slack', 401, null)])
    const guesser = newBrowser()
    const flood = await since(async () => {
      for (let i = 0; i < 6; i += 1) await guesser.post('/sign-in', { address: email })
    })
    expect(flood.at(-1)).toEqual(line('limit_reached', 'POST', '/sign-in', 429, null))
  })

  test('whose rights changed and which tokens were made and revoked; the audit log says from what to what', async () => {
    const admin = await signedInAs(['admin'])
    const adminId = await admin.me()
    const { id } = await somebody(['mentor'])
    const said = await since(async () => {
      await admin.send('PATCH', `/api/v1/people/${id}`, { roles: ['mentor', 'ops'] }, JSON_BODY)
      const made = await admin.send('POST', '/api/v1/tokens', { name: 'Ravi’s sync' }, JSON_BODY)
      await admin.send('DELETE', `/api/v1/tokens/${((await made.json()) as { id: string }).id}`)
    })
    const actor = `person:${adminId}`
    const token = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(said).toEqual([
      { event: 'roles_changed', actor, person: id, roles: 'mentor,ops' },
      { event: 'token_created', actor, token, scopes: 'ops' },
      { event: 'token_revoked', actor, token },
    ])
    const { detail } = await stage.database.db
      .selectFrom('audit_log')
      .select('detail')
      .where('object_id', '=', id)
      .executeTakeFirstOrThrow()
    expect(detail).toMatchObject({ roles: { from: ['mentor'], to: ['mentor', 'ops'] } })
  })
})

test('the ways in of the sandbox do not exist in live mode', async () => {
  const { id } = await somebody()
  const browser = newBrowser()
  for (const [method, path] of [
    ['POST', '/sandbox/be'],
    ['POST', '/sandbox/sign-in'],
    ['GET', `/enter/${'A'.repeat(46)}`],
    ['GET', '/sandbox/inbox'],
    ['GET', '/sandbox/clock'],
    ['GET', '/sandbox/people?search=a'],
    ['GET', '/sandbox/scene'],
  ] as const) {
    const { status } = await browser.send(method, path, method === 'POST' ? { personId: id } : undefined)
    expect([path, [401, 404].includes(status)]).toEqual([path, true])
  }
  expect(browser.jar.size).toBe(0)
  expect(() =>
    readConfig({
      PUNCTUAL_MODE: 'live',
      PUNCTUAL_URL: 'https://a.test',
      PUNCTUAL_SECRET: 's'.repeat(40),
      PUNCTUAL_SANDBOX_TOKEN: 'abcdefgh',
    }),
  ).toThrow(/PUNCTUAL_SANDBOX_TOKEN/)
  const link = await operatorsLink(house, id, clock.elapsed())
  expect(link).toMatch(/^http:\/\/punctual\.localhost\/sign-in\/link\//)
})

describe('tokens of programs', () => {
  test('are made, listed without their secret and revoked by admins only', async () => {
    const admin = await signedInAs(['admin'])
    const ops = await signedInAs(['ops'])
    expect((await ops.send('POST', '/api/v1/tokens', { name: 'x' }, JSON_BODY)).status).toBe(403)
    expect((await ops.get('/api/v1/tokens')).status).toBe(403)
    expect((await newBrowser().get('/api/v1/tokens')).status).toBe(401)
    const made = await admin.send('POST', '/api/v1/tokens', { name: 'sync', scopes: ['ops'], days: 30 }, JSON_BODY)
    const { id, token } = (await made.json()) as { id: string; token: string }
    expect(made.status).toBe(201)
    expect(token).toMatch(/^pct_[A-Za-z0-9_-]{43}$/)
    const withToken = (path: string) => app.request(path, { headers: { authorization: `Bearer ${token}` } })
    expect((await withToken('/api/v1/me')).status).toBe(200)
    expect((await withToken('/api/v1/tokens')).status).toBe(403)
    const list = await (await admin.get('/api/v1/tokens')).text()
    expect(list).not.toContain(token)
    const mine = JSON.parse(list).items.find((item: { id: string }) => item.id === id)
    expect(mine).toMatchObject({ name: 'sync', prefix: token.slice(0, 8), scopes: ['ops'], revokedAt: null })
    expect(mine.lastUsedAt).not.toBeNull()
    const used = async () =>
      (
        await stage.database.db
          .selectFrom('api_token')
          .select('last_used_at')
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
      ).last_used_at?.epochMilliseconds
    const before = await used()
    await withToken('/api/v1/me')
    expect(await used()).toBe(before)
    clock.ahead = Temporal.Duration.from({ minutes: 2 })
    await withToken('/api/v1/me')
    expect(await used()).toBeGreaterThan(before as number)
    expect((await admin.send('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204)
    expect((await admin.send('DELETE', `/api/v1/tokens/${id}`)).status).toBe(404)
    expect((await withToken('/api/v1/me')).status).toBe(401)
    const kept = await stage.database.db
      .selectFrom('audit_log')
      .select('action')
      .where('object_id', '=', id)
      .orderBy('id')
      .execute()
    expect(kept.map(({ action }) => action)).toEqual(['token.created', 'token.revoked'])
  })

  test('end by themselves', async () => {
    const admin = await signedInAs(['admin'])
    const made = await admin.send('POST', '/api/v1/tokens', { name: 'short', days: 1 }, JSON_BODY)
    const { token } = (await made.json()) as { token: string }
    clock.ahead = Temporal.Duration.from({ hours: 25 })
    expect((await app.request('/api/v1/me', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
    for (const bad of [
      { name: '' },
      { name: 'x', days: 0 },
      { name: 'x', days: 366 },
      { name: 'x', scopes: ['root'] },
      { name: 'x', id: 1 },
    ])
      expect((await (await signedInAs(['admin'])).send('POST', '/api/v1/tokens', bad, JSON_BODY)).status).toBe(400)
  })
})

// ---------------------------------------------------------------- who and where

const JSON_BODY = { 'content-type': 'application/json' }

async function somebody(roles: string[] = []): Promise<{ id: string; email: string }> {
  const id = newId()
  const email = `${id}@example.org`
  const values = { id, email, name: 'Ravi', time_zone: 'UTC', roles, created_at: clock.now() }
  await stage.database.db.insertInto('account').values(values).execute()
  return { id, email }
}

const leave = (id: string) =>
  stage.database.db.updateTable('account').set({ deactivated_at: clock.now() }).where('id', '=', id).execute()

const attempts = () => stage.database.db.selectFrom('sign_in_attempt').selectAll().orderBy('id').execute()

async function signedInAs(roles: string[]) {
  const { email } = await somebody(roles)
  const browser = newBrowser()
  await browser.signIn(email)
  return browser
}

async function mailTo(email: string): Promise<{ link: string; code: string }> {
  return vi.waitFor(async () => {
    const [mail] = (await stage.sandbox.inbox({ person: email })).toReversed()
    expect(mail).toBeDefined()
    const link = /https?:\/\/punctual\.\w+(\/sign-in\/link\/\S+)/.exec(mail?.text ?? '')?.[1]
    const code = /Code: (\d{3}) (\d{3})/.exec(mail?.text ?? '')
    return { link: link as string, code: `${code?.[1]}${code?.[2]}` }
  })
}

let addresses = 0

/** Keeps cookies as a browser does, and comes from an address of its own. */
function newBrowser(cookies: Record<string, string> = {}) {
  addresses += 1
  const from = `10.0.${addresses >> 8}.${addresses & 255}`
  const jar = new Map(Object.entries(cookies))
  const browser = {
    jar,
    lastCookies: [] as string[],
    userAgent: '',
    async send(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
      const isJson = headers['content-type'] === 'application/json'
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await app.request(path, {
        method,
        headers: {
          'x-forwarded-for': `203.0.113.9, ${from}`,
          ...(cookie ? { cookie } : {}),
          ...(browser.userAgent ? { 'user-agent': browser.userAgent } : {}),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: isJson ? JSON.stringify(body) : new URLSearchParams(body as Record<string, string>) }),
      })
      browser.lastCookies = answer.headers.getSetCookie()
      for (const line of browser.lastCookies) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string]
        if (value === '') jar.delete(name)
        else jar.set(name, value)
      }
      return answer
    },
    get: (path: string) => browser.send('GET', path),
    post: (path: string, body: object) => browser.send('POST', path, body),
    // biome-ignore lint/suspicious/noExplicitAny: each test states the shape it expects
    json: async (path: string): Promise<any> => (await browser.get(path)).json(),
    async me(): Promise<string | null> {
      const answer = await browser.get('/api/v1/me')
      return answer.status === 200 ? ((await answer.json()) as { person: { id: string } }).person.id : null
    },
    async signIn(email: string): Promise<void> {
      await stage.database.db.deleteFrom('rate_count').execute()
      const had = (await stage.sandbox.inbox({ person: email })).length
      await browser.post('/sign-in', { address: email })
      await vi.waitFor(async () => expect(await stage.sandbox.inbox({ person: email })).toHaveLength(had + 1))
      await browser.post((await mailTo(email)).link, {})
    },
    /** To Google's consent page and, after the choice made there, the address to come back to. */
    async consent(choice: { email: string } | { deny: true }): Promise<string> {
      const away = await browser.get('/sign-in/google')
      return stage.sandbox.consent(away.headers.get('location') as string, choice)
    },
    async google(choice: { email: string } | { deny: true }): Promise<Response> {
      const back = new URL(await browser.consent(choice))
      return browser.get(back.pathname + back.search)
    },
  }
  return browser
}
