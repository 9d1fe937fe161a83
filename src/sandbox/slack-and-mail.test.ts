import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Stage, setStage } from '../../test/support/vendor-stage.ts'
import { verifySlack } from '../vendors/signatures.ts'

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
afterAll(async () => {
  stage.email.close()
  await stage.clear()
})
beforeEach(async () => {
  await stage.settle()
  stage.received.length = 0
})

const CASE = '0198c0de-0000-7000-8000-00000000000a'
const card = () => ({
  channel: stage.env.SLACK_OPS_CHANNEL,
  text: 'Ravi has not answered',
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text: '*Ravi* has not answered' } },
    {
      type: 'actions',
      block_id: 'b',
      elements: [{ type: 'button', action_id: 'called', value: CASE, text: { type: 'plain_text', text: 'I called' } }],
    },
  ],
  metadata: { event_type: 'ops_case', event_payload: { caseId: CASE } },
})

describe('Slack', () => {
  test('a card is posted, found again by what it carries, and updated in place', async () => {
    const posted = await stage.slack.postMessage(card())
    if (!posted.ok) throw new Error(posted.detail)
    const query = { channel: stage.env.SLACK_OPS_CHANNEL, eventType: 'ops_case', key: 'caseId' }
    expect(await stage.slack.findByMetadata({ ...query, value: CASE })).toEqual({ ok: true, ts: posted.ts })
    expect(await stage.slack.findByMetadata({ ...query, value: 'another' })).toEqual({ ok: true, ts: null })
    expect(await stage.slack.update({ ...card(), blocks: [], ts: posted.ts, text: 'Ravi is coming' })).toEqual({
      ok: true,
    })
    expect(await stage.sandbox.inbox({ channel: 'slack' })).toMatchObject([{ text: 'Ravi is coming', buttons: [] }])
    expect(await stage.slack.update({ ...card(), ts: '1.000001' })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'message_not_found',
    })
  })

  test('a pressed button comes signed, with a response_url that edits the card five times at most', async () => {
    const posted = await stage.slack.postMessage(card())
    await stage.sandbox.slackPress({ caseId: CASE, actionId: 'called' })
    await stage.settle()
    const [pressed] = stage.received
    const verdict = verifySlack({
      secrets: [stage.env.SLACK_SIGNING_SECRET],
      body: Buffer.from(pressed!.body),
      signature: String(pressed!.headers['x-slack-signature']),
      timestamp: String(pressed!.headers['x-slack-request-timestamp']),
      now: stage.clock.now(),
    })
    expect(verdict).toBe('ok')
    const payload = JSON.parse(new URLSearchParams(pressed!.body).get('payload')!)
    expect(payload).toMatchObject({
      type: 'block_actions',
      container: { message_ts: posted.ok && posted.ts },
      actions: [{ action_id: 'called', value: CASE }],
    })
    const answer = () =>
      fetch(payload.response_url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ replace_original: true, text: 'Settled' }),
      })
    for (let use = 0; use < 5; use++) expect((await answer()).status).toBe(200)
    expect((await answer()).status).toBe(404)
  })

  test('what Slack refuses is refused: unknown channels, empty messages, 51 blocks, a foreign token', async () => {
    expect(await stage.slack.postMessage({ channel: 'nowhere', text: 'x' })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'channel_not_found',
    })
    expect(await stage.slack.postMessage({ channel: 'C0PUNCTUAL0', text: '' })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'no_text',
    })
    const blocks = Array.from({ length: 51 }, () => ({ type: 'divider' }))
    expect(await stage.slack.postMessage({ channel: 'C0PUNCTUAL0', text: 'x', blocks })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: 'invalid_blocks',
    })
    const foreign = await fetch(`${stage.env.SLACK_API_URL}/auth.test`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-other' },
    })
    expect(await foreign.json()).toEqual({ ok: false, error: 'invalid_auth' })
    expect(await stage.slack.authTest()).toMatchObject({ ok: true, team: 'Sandbox' })
  })
})

describe('mail', () => {
  const ics = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:s1@punctual',
    'SEQUENCE:2',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')
  const letter = (to: string, n = 1) => ({
    to,
    subject: 'Your session',
    text: 'Tuesday at ten',
    html: '<p>Tuesday at ten</p>',
    messageId: `<d${n}@punctual.example>`,
    calendar: { method: 'REQUEST' as const, ics },
    headers: { 'X-Punctual-Delivery': `d${n}` },
  })

  test('a mail keeps its words, its invitation and its headers', async () => {
    expect(await stage.email.send(letter('ravi@example.com'))).toMatchObject({ ok: true })
    const [item] = await stage.sandbox.inbox({ person: 'ravi@example.com' })
    expect(item).toMatchObject({
      channel: 'email',
      to: 'ravi@example.com',
      subject: 'Your session',
      text: expect.stringContaining('Tuesday at ten'),
    })
    const kept = await stage.sandbox.mail(item!.id)
    expect(kept?.raw).toMatchObject({
      calendar: { method: 'REQUEST', uid: 's1@punctual', sequence: 2 },
      headers: { 'auto-submitted': 'auto-generated', 'x-punctual-delivery': 'd1' },
    })
  })

  test('a mailbox that does not exist is final (5.1.1)', async () => {
    await stage.sandbox.email.refuse('gone@example.com')
    expect(await stage.email.send(letter('gone@example.com', 2))).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '5.1.1',
    })
  })

  test('a busy server may be asked again; an answer lost after the last dot is unclear, and the mail is there', async () => {
    await stage.sandbox.setFault({ vendor: 'email', kind: 'outage', count: 1 })
    expect(await stage.email.send(letter('mira@example.com', 3))).toMatchObject({ ok: false, kind: 'retry' })
    await stage.sandbox.setFault({ vendor: 'email', kind: 'lost_answer', count: 1 })
    expect(await stage.email.send(letter('mira@example.com', 3))).toMatchObject({ ok: false, kind: 'unknown' })
    expect(await stage.email.send(letter('mira@example.com', 3))).toMatchObject({ ok: true })
    expect(await stage.sandbox.inbox({ person: 'mira@example.com' })).toHaveLength(1)
    await stage.sandbox.setFault({ vendor: 'email', kind: 'revoked_token', count: 1 })
    expect(await stage.email.send(letter('mira@example.com', 4))).toMatchObject({ ok: false, kind: 'revoked' })
    await stage.sandbox.clearFaults()
  })

  test('a mail that comes back later is a delivery status notification', async () => {
    await stage.email.send(letter('late@example.com', 5))
    await stage.sandbox.emailBounce('late@example.com')
    await stage.settle()
    expect(stage.received[0]).toMatchObject({
      path: '/webhooks/mail',
      body: expect.stringMatching(/Final-Recipient: rfc822; late@example\.com\r\nAction: failed\r\nStatus: 5\.1\.1/),
    })
  })
})
