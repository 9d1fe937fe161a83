import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { at, type Stage, setStage } from '../../test/support/vendor-stage.ts'
import { parseFault } from './faults.ts'

let stage: Stage
let host: string
beforeAll(async () => {
  stage = await setStage()
  host = 'room-1@zoom.example'
})
afterAll(() => stage.clear())
afterEach(() => stage.sandbox.clearFaults())

const create = () =>
  stage.zoom.createMeeting(host, { topic: 'x', agenda: 'marker', startsAt: stage.clock.now(), durationMinutes: 30 })
const meetings = async () => {
  const listed = await stage.zoom.listMeetings(host)
  return listed.ok ? listed.meetings.length : -1
}

describe('every vendor words its trouble in its own way, and we tell final from later from unclear', () => {
  test('too many requests may be sent again', async () => {
    await stage.sandbox.setFault({ vendor: 'zoom', kind: '429', count: 1 })
    expect(await create()).toMatchObject({ ok: false, kind: 'retry', code: '429' })
    await stage.sandbox.setFault({ vendor: 'slack', kind: '429', count: 1 })
    expect(await stage.slack.authTest()).toMatchObject({
      ok: false,
      kind: 'retry',
      code: 'ratelimited',
      retryAfterSeconds: 30,
    })
    await stage.sandbox.setFault({ vendor: 'whatsapp', kind: '429', count: 1 })
    expect(await stage.whatsapp.listTemplates()).toMatchObject({ ok: false, kind: 'retry', code: '130429' })
    const credential = await stage.connect('a@example.com')
    await stage.sandbox.setFault({ vendor: 'google', kind: '429', count: 1 })
    expect(await stage.calendar.list(credential, 'primary', {})).toMatchObject({
      ok: false,
      kind: 'retry',
      code: 'rateLimitExceeded',
    })
  })

  test('a 500 leaves it open: before, nothing was done; after, everything', async () => {
    const before = await meetings()
    await stage.sandbox.setFault({ vendor: 'zoom', kind: '5xx_before', count: 1 })
    expect(await create()).toMatchObject({ ok: false, kind: 'unknown' })
    expect(await meetings()).toBe(before)
    await stage.sandbox.setFault({ vendor: 'zoom', kind: '5xx_after', count: 1 })
    expect(await create()).toMatchObject({ ok: false, kind: 'unknown' })
    expect(await meetings()).toBe(before + 1)
  })

  test('an answer lost on the way is unclear for us, and done for them', async () => {
    const before = await meetings()
    await stage.sandbox.setFault({ vendor: 'zoom', kind: 'lost_answer', count: 1 })
    expect(await create()).toMatchObject({ ok: false, kind: 'unknown' })
    expect(await meetings()).toBe(before + 1)
    for (const vendor of ['whatsapp', 'slack', 'google'] as const)
      await stage.sandbox.setFault({ vendor, kind: 'lost_answer' })
    expect(await stage.slack.postMessage({ channel: 'C0PUNCTUAL0', text: 'x' })).toMatchObject({
      ok: false,
      kind: 'unknown',
    })
    expect(await stage.whatsapp.listTemplates()).toMatchObject({ ok: false, kind: 'unknown' })
    expect(await stage.sandbox.inbox({ channel: 'slack' })).toHaveLength(1)
  })

  test('a refused connection was certainly not sent', async () => {
    for (const vendor of ['zoom', 'whatsapp', 'slack', 'email', 'google'] as const)
      await stage.sandbox.setFault({ vendor, kind: 'refuse_connection' })
    expect(await create()).toMatchObject({ ok: false, kind: 'retry', code: 'ECONNREFUSED' })
    expect(await stage.whatsapp.listTemplates()).toMatchObject({ ok: false, kind: 'retry', code: 'ECONNREFUSED' })
    expect(await stage.slack.authTest()).toMatchObject({ ok: false, kind: 'retry', code: 'ECONNREFUSED' })
    expect(await stage.email.verify()).toMatchObject({ ok: false, kind: 'retry' })
    expect(await stage.people.refresh('x')).toMatchObject({ ok: false, kind: 'retry', code: 'ECONNREFUSED' })
    const credential = { accessToken: 'x', refresh: async () => ({ ok: true as const, accessToken: 'x' }) }
    expect(await stage.calendar.list(credential, 'primary', {})).toMatchObject({
      ok: false,
      kind: 'retry',
      code: 'ECONNREFUSED',
    })
    await stage.sandbox.clearFaults()
    expect(await create()).toMatchObject({ ok: true })
  })

  test('an outage says "not now" and ends on the movable clock', async () => {
    const until = stage.clock.now().add({ minutes: 10 })
    await stage.sandbox.setFault({ vendor: 'whatsapp', kind: 'outage', until })
    expect(await stage.whatsapp.listTemplates()).toMatchObject({ ok: false, kind: 'retry', code: '131016' })
    await stage.advance({ minutes: 11 })
    expect(await stage.whatsapp.listTemplates()).toMatchObject({ ok: true })
  })

  test('revoked credentials are not retried', async () => {
    await stage.sandbox.setFault({ vendor: 'whatsapp', kind: 'revoked_token' })
    expect(await stage.whatsapp.listTemplates()).toMatchObject({ ok: false, kind: 'revoked', code: '190' })
    await stage.sandbox.setFault({ vendor: 'slack', kind: 'revoked_token' })
    expect(await stage.slack.authTest()).toMatchObject({ ok: false, kind: 'revoked', code: 'token_revoked' })
    const credential = await stage.connect('b@example.com')
    await stage.sandbox.setFault({ vendor: 'google', kind: 'revoked_token' })
    expect(await stage.calendar.list(credential, 'primary', {})).toMatchObject({
      ok: false,
      kind: 'revoked',
      code: 'invalid_grant',
    })
  })
})

test('chance is seeded: half of twenty calls fail, and the same ones each time', async () => {
  const run = async () => {
    await stage.sandbox.setFault({ vendor: 'slack', kind: '429', rate: 0.5 })
    const outcomes: boolean[] = []
    for (let n = 0; n < 20; n++) outcomes.push((await stage.slack.authTest()).ok)
    return outcomes
  }
  const first = await run()
  expect(first.filter(Boolean).length).toBeGreaterThan(3)
  expect(first.filter(Boolean).length).toBeLessThan(17)
  expect(await run()).toEqual(first)
})

test('a fault from outside is checked field by field', () => {
  expect(parseFault({ vendor: 'zoom', kind: 'late_webhook', until: 'PT10M', minutes: 85 }, at('09:00'))).toEqual({
    vendor: 'zoom',
    kind: 'late_webhook',
    until: at('09:10'),
    parameter: 85,
  })
  expect(() => parseFault({ vendor: 'fax', kind: 'ink', rate: 2, until: 'soon' }, at('09:00'))).toThrow(
    /vendor.*kind.*rate.*until/,
  )
})

test('after a restart everything is as it was: rooms, people in them, messages, faults, what was on its way', async () => {
  const made = await create()
  const id = made.ok ? made.meeting.id : ''
  await stage.sandbox.zoomJoin({ zoomMeetingId: id, person: 'a', as: 'guest' })
  await stage.settle()
  const credential = await stage.connect('c@example.com')
  await stage.slack.postMessage({ channel: 'C0PUNCTUAL0', text: 'before the restart' })
  await stage.sandbox.setFault({ vendor: 'zoom', kind: 'late_webhook', count: 1, parameter: 30 })
  await stage.sandbox.zoomLeave({ zoomMeetingId: id, person: 'a' })
  await stage.settle()
  const due = await stage.sandbox.nextDue()
  await stage.sandbox.close()

  stage.sandbox = await stage.again()
  expect(stage.sandbox.env).toEqual(stage.env)
  expect(await stage.sandbox.nextDue()).toEqual(due)
  expect(await stage.sandbox.faults()).toMatchObject([{ vendor: 'zoom', kind: 'late_webhook' }])
  expect(await stage.zoom.getMeeting(id)).toMatchObject({ ok: true })
  expect(await stage.calendar.list(credential, 'primary', {})).toMatchObject({ ok: true })
  expect((await stage.sandbox.inbox({ channel: 'slack' })).at(-1)?.text).toBe('before the restart')
})
