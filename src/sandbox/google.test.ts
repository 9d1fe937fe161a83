import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { at, type Stage, setStage } from '../../test/support/vendor-stage.ts'
import type { GoogleCredential } from '../vendors/google-calendar.ts'
import { CALENDAR_SCOPES, SIGN_IN_SCOPES } from '../vendors/google-people.ts'

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.clear())
beforeEach(async () => {
  await stage.settle()
  stage.received.length = 0
})

let mailboxes = 0
const somebody = () => `mentor${++mailboxes}@example.com`
const session = (id: string, from = '10:00', to = '10:30') => ({
  id,
  summary: 'Mentorship',
  start: { dateTime: at(from).toString() },
  end: { dateTime: at(to).toString() },
})

describe('consent', () => {
  test('who signs in is known by address, and the grant carries what was ticked', async () => {
    const email = somebody()
    const redirectUri = 'http://127.0.0.1:9/callback'
    const url = stage.people.consentUrl({
      redirectUri,
      state: 'abc',
      scopes: [...SIGN_IN_SCOPES, ...CALENDAR_SCOPES],
      offline: true,
    })
    expect(await (await fetch(url)).text()).toContain('Choose an account')

    const back = new URL(await stage.sandbox.consent(url, { email, scopes: [CALENDAR_SCOPES[0]!] }))
    expect(back.searchParams.get('state')).toBe('abc')
    const grant = await stage.people.exchangeCode({ code: back.searchParams.get('code')!, redirectUri })
    expect(grant).toMatchObject({ ok: true, refreshToken: expect.any(String) })
    expect(grant.ok && grant.scopes).not.toContain(CALENDAR_SCOPES[1])
    expect(await stage.people.userinfo((grant as { accessToken: string }).accessToken)).toMatchObject({
      ok: true,
      email,
      emailVerified: true,
    })
    expect(await stage.people.addresses((grant as { accessToken: string }).accessToken)).toMatchObject({
      ok: true,
      emails: [{ email, verified: true }],
    })
    expect(await stage.people.exchangeCode({ code: back.searchParams.get('code')!, redirectUri })).toMatchObject({
      ok: false,
      kind: 'revoked',
      code: 'invalid_grant',
    })
  })

  test('who cancels on the consent page is sent back with access_denied', async () => {
    const url = stage.people.consentUrl({
      redirectUri: 'http://127.0.0.1:9/callback',
      state: 'abc',
      scopes: SIGN_IN_SCOPES,
    })
    expect(new URL(await stage.sandbox.consent(url, { deny: true })).searchParams.get('error')).toBe('access_denied')
  })

  test('consent taken back at Google is seen as revoked, not retried', async () => {
    const email = somebody()
    const credential = await stage.connect(email)
    await stage.sandbox.revokeGoogle(email)
    expect(await stage.calendar.list(credential, 'primary', {})).toMatchObject({
      ok: false,
      kind: 'revoked',
      code: 'invalid_grant',
    })
  })

  test('an access token that died is renewed exactly once, and the call goes on', async () => {
    const credential = await stage.connect(somebody())
    let refreshed = 0
    const refresh = () => {
      refreshed += 1
      return credential.refresh()
    }
    const stale: GoogleCredential = { accessToken: 'ya29.dead', refresh }
    expect(await stage.calendar.insert(stale, 'primary', session('aaaaa'))).toMatchObject({ ok: true })
    expect(refreshed).toBe(1)
  })
})

describe('events', () => {
  test('an id outside base32hex is refused', async () => {
    const credential = await stage.connect(somebody())
    for (const id of ['abcd', 'zzzzz', 'ABCDE', 'abc-de']) {
      expect(await stage.calendar.insert(credential, 'primary', session(id))).toMatchObject({
        ok: false,
        kind: 'rejected',
        code: 'invalid',
      })
    }
  })

  test('the same id twice is a duplicate, also after the event was deleted', async () => {
    const credential = await stage.connect(somebody())
    await stage.calendar.insert(credential, 'primary', session('abc12'))
    expect(await stage.calendar.insert(credential, 'primary', session('abc12'))).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'duplicate',
    })
    expect(await stage.calendar.remove(credential, 'primary', 'abc12')).toEqual({ ok: true, alreadyGone: false })
    expect(await stage.calendar.remove(credential, 'primary', 'abc12')).toEqual({ ok: true, alreadyGone: true })
    expect(await stage.calendar.insert(credential, 'primary', session('abc12'))).toMatchObject({
      ok: false,
      code: 'duplicate',
    })
    expect(await stage.calendar.get(credential, 'primary', 'abc12')).toMatchObject({
      ok: true,
      event: { status: 'cancelled' },
    })
    expect(await stage.calendar.patch(credential, 'primary', 'abc12', { status: 'confirmed' })).toMatchObject({
      ok: true,
      event: { status: 'confirmed' },
    })
  })

  test('a change on top of somebody else’s is refused by its etag', async () => {
    const email = somebody()
    const credential = await stage.connect(email)
    const made = await stage.calendar.insert(credential, 'primary', session('moved'))
    const etag = made.ok ? made.event.etag! : ''
    await stage.sandbox.google.move(email, 'moved', { startsAt: at('12:00'), endsAt: at('12:30') })
    expect(await stage.calendar.patch(credential, 'primary', 'moved', { summary: 'x' }, etag)).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'conditionNotMet',
    })
    expect(await stage.calendar.patch(credential, 'primary', 'moved', { summary: 'x' })).toMatchObject({
      ok: true,
      event: { summary: 'x', sequence: 1 },
    })
  })

  test('a Meet link comes only with conferenceDataVersion=1', async () => {
    const credential = await stage.connect(somebody())
    const conferenceData = { createRequest: { requestId: 'r1', conferenceSolutionKey: { type: 'hangoutsMeet' } } }
    const made = await stage.calendar.insert(credential, 'primary', { ...session('meet1'), conferenceData })
    expect(made).toMatchObject({
      ok: true,
      event: { hangoutLink: expect.stringMatching(/^https:\/\/meet\.google\.com\//) },
    })

    const url = `${stage.env.GOOGLE_API_URL}/calendar/v3/calendars/primary/events`
    const headers = { authorization: `Bearer ${credential.accessToken}`, 'content-type': 'application/json' }
    const plain = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...session('meet2'), conferenceData }),
    })
    expect(plain.status).toBe(200)
    expect(await plain.json()).not.toHaveProperty('conferenceData')
  })
})

describe('free and busy', () => {
  test('calendar.events alone is not enough', async () => {
    const credential = await stage.connect(somebody(), [CALENDAR_SCOPES[0]!])
    const query = { from: at('00:00'), to: at('23:00'), calendarIds: ['primary'] }
    expect(await stage.calendar.freeBusy(credential, query)).toMatchObject({
      ok: false,
      code: 'insufficientPermissions',
    })
  })

  test('transparent, declined and deleted events leave the time free; an unknown calendar is an error inside a 200', async () => {
    const email = somebody()
    const credential = await stage.connect(email)
    await stage.sandbox.google.busy(email, { summary: 'Dentist', startsAt: at('10:00'), endsAt: at('11:00') })
    await stage.sandbox.google.busy(email, {
      summary: 'Birthday',
      startsAt: at('12:00'),
      endsAt: at('13:00'),
      transparent: true,
    })
    const invited = await stage.sandbox.google.busy(email, {
      summary: 'Party',
      startsAt: at('14:00'),
      endsAt: at('15:00'),
    })
    await stage.sandbox.google.decline(email, invited.id)
    const answer = await stage.calendar.freeBusy(credential, {
      from: at('00:00'),
      to: at('23:00'),
      calendarIds: ['primary', 'stranger@example.com'],
    })
    expect(answer).toMatchObject({
      ok: true,
      calendars: {
        primary: { busy: [{ start: '2026-03-24T10:00:00Z', end: '2026-03-24T11:00:00Z' }], errors: [] },
        'stranger@example.com': { errors: [{ reason: 'notFound' }] },
      },
    })
  })
})

describe('keeping up', () => {
  test('the sync token brings changes and deletions; an expired one asks for everything again', async () => {
    const email = somebody()
    const credential = await stage.connect(email)
    await stage.calendar.insert(credential, 'primary', session('first'))
    await stage.calendar.insert(credential, 'primary', session('secnd'.replace('s', 'a')))
    const page = await stage.calendar.list(credential, 'primary', { pageSize: 1 })
    expect(page).toMatchObject({ ok: true, nextPageToken: expect.any(String) })
    const last = await stage.calendar.list(credential, 'primary', {
      pageSize: 1,
      pageToken: page.ok ? page.nextPageToken! : '',
    })
    const syncToken = last.ok ? last.nextSyncToken! : ''

    await stage.sandbox.google.delete(email, 'first')
    const changed = await stage.calendar.list(credential, 'primary', { syncToken })
    expect(changed).toMatchObject({
      ok: true,
      events: [{ id: 'first', status: 'cancelled' }],
      nextSyncToken: expect.any(String),
    })
    expect(
      await stage.calendar.list(credential, 'primary', { syncToken: changed.ok ? changed.nextSyncToken! : '' }),
    ).toMatchObject({ ok: true, events: [] })

    await stage.sandbox.google.expireSyncTokens(email)
    expect(await stage.calendar.list(credential, 'primary', { syncToken })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'fullSyncRequired',
    })
  })

  test('a push channel says sync, then exists at every change, and falls silent when stopped or expired', async () => {
    const email = somebody()
    const credential = await stage.connect(email)
    const address = `${stage.sandbox.world.productUrl}/webhooks/google-calendar`
    const opened = await stage.calendar.watch(credential, 'primary', { id: 'channel-1', address, token: 'tok' })
    await stage.sandbox.google.busy(email, { summary: 'Dentist', startsAt: at('10:00'), endsAt: at('11:00') })
    await stage.settle()
    expect(
      stage.received.map((r) => [
        r.headers['x-goog-resource-state'],
        r.headers['x-goog-message-number'],
        r.headers['x-goog-channel-token'],
        r.body,
      ]),
    ).toEqual([
      ['sync', '1', 'tok', ''],
      ['exists', '2', 'tok', ''],
    ])
    expect(
      await stage.calendar.stopWatch(credential, { id: 'channel-1', resourceId: opened.ok ? opened.resourceId : '' }),
    ).toEqual({ ok: true })
    await stage.sandbox.google.busy(email, { summary: 'Lunch', startsAt: at('12:00'), endsAt: at('13:00') })
    await stage.settle()
    expect(stage.received).toHaveLength(2)
  })

  test('a push address without https is refused, unless it is this machine', async () => {
    const credential = await stage.connect(somebody())
    const channel = { id: 'channel-2', address: 'http://punctual.example/hook', token: 't' }
    expect(await stage.calendar.watch(credential, 'primary', channel)).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'push.webhookUrlNotHttps',
    })
  })
})
