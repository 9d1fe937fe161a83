import { describe, expect, test } from 'vitest'
import { type Answer, type App, hmac, type Json, SECRETS, slackHeaders, whatsappHeaders, zoomHeaders } from './app.ts'
import { expectProblem } from './people.ts'

const MB = 1024 * 1024

export const webhooks = (app: () => App) =>
  describe('webhooks', () => {
    const seconds = async () => Temporal.Instant.from((await app().get('/sandbox/clock')).now).epochMilliseconds / 1000
    const send = (path: string, raw: string, headers: Record<string, string>): Promise<Answer> =>
      app().ask('POST', path, { raw, headers, as: null })
    const events = async (vendor: string): Promise<Json[]> =>
      (await app().get(`/api/v1/webhook-events?vendor=${vendor}&limit=500`)).items
    const joined = (participant: object, id: unknown = '99900011122') => ({
      event: 'meeting.participant_joined',
      event_ts: 1774180800000,
      payload: { account_id: SECRETS.ZOOM_ACCOUNT_ID, object: { id, uuid: 'someUuid==', participant } },
    })
    const zoom = async (body: unknown) => {
      const raw = typeof body === 'string' ? body : JSON.stringify(body)
      return send('/webhooks/zoom', raw, zoomHeaders(raw, await seconds()))
    }
    const whatsapp = (body: unknown) => {
      const raw = typeof body === 'string' ? body : JSON.stringify(body)
      return send('/webhooks/whatsapp', raw, whatsappHeaders(raw))
    }

    test('a signature that is missing, wrong or old is 401 and leaves nothing', async () => {
      const [now, raw] = [await seconds(), JSON.stringify(joined({ user_name: 'Nobody' }))]
      const form = 'payload=%7B%7D'
      const before = [(await events('zoom')).length, (await events('whatsapp')).length, (await events('slack')).length]
      for (const answer of [
        await send('/webhooks/zoom', raw, {}),
        await send('/webhooks/zoom', raw, { 'x-zm-request-timestamp': String(now) }),
        await send('/webhooks/zoom', raw, zoomHeaders(raw, now, 'another secret')),
        await send('/webhooks/zoom', raw, zoomHeaders(`${raw} `, now)),
        await send('/webhooks/zoom', raw, zoomHeaders(raw, now - 3 * 3600)),
        await send('/webhooks/zoom', raw, zoomHeaders(raw, 'yesterday')),
        await send('/webhooks/whatsapp', raw, {}),
        await send('/webhooks/whatsapp', raw, whatsappHeaders(raw, 'another secret')),
        await send('/webhooks/whatsapp', raw, { 'x-hub-signature-256': 'sha256=00' }),
        await send('/webhooks/slack', form, { 'content-type': 'application/x-www-form-urlencoded' }),
        await send('/webhooks/slack', form, slackHeaders(form, now, 'another secret')),
        await send('/webhooks/slack', form, slackHeaders(form, now - 400)),
        await send('/webhooks/google-calendar', '', {}),
        await send('/webhooks/google-calendar', '', { 'x-goog-channel-id': 'x', 'x-goog-channel-token': 'y' }),
      ])
        expectProblem(answer, 401, 'unauthenticated')
      expect([
        (await events('zoom')).length,
        (await events('whatsapp')).length,
        (await events('slack')).length,
      ]).toEqual(before)
    })

    test('the same webhook twice is stored once', async () => {
      const body = joined({ user_name: 'Told twice', join_time: '2026-03-22T12:00:00Z' })
      const answers = await Promise.all(Array.from({ length: 5 }, () => zoom(body)))
      for (const answer of answers) expect(answer.status).toBeLessThan(300)
      const hash = Buffer.from(
        await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(body))),
      ).toString('hex')
      const stored = (await events('zoom')).filter((one) => one.bodyHash === hash)
      expect(stored).toEqual([
        {
          id: expect.any(String),
          vendor: 'zoom',
          receivedAt: '2026-03-22T12:00:00Z',
          event: 'meeting.participant_joined',
          outcome: 'unmatched',
          bodyHash: hash,
        },
      ])
    })

    test('rightly signed is always 2xx, whatever it says', async () => {
      const { account_id } = joined({}).payload
      for (const body of [
        joined({}),
        joined({ user_name: '', email: '', participant_uuid: '' }),
        joined({ user_name: {}, email: 5, id: [] }, {}),
        { ...joined({}), payload: { account_id: 'of somebody else', object: { id: '1' } } },
        { event: 'meeting.started', event_ts: 1e300, payload: { account_id, object: { id: 1e30 } } },
        {
          event: 'meeting.ended',
          event_ts: -1e300,
          payload: { account_id, object: { id: '1', end_time: '+275760-09-13T00:00:00Z' } },
        },
        { event: 'meeting.\0\ud800', payload: { account_id, object: { id: '\0' } } },
        { event: 'user.signed_in', payload: { account_id } },
        { event: 'meeting.started', payload: [] },
        { event: 'x'.repeat(5000) },
        '[]',
        'null',
        '5',
        '"x"',
        '{"a',
        '',
        '['.repeat(50_000),
      ])
        expect((await zoom(body)).status, JSON.stringify(body).slice(0, 80)).toBeLessThan(300)
      const message = (fields: object) => ({
        object: 'whatsapp_business_account',
        entry: [{ id: '1', changes: [{ field: 'messages', value: { messages: [fields] } }] }],
      })
      for (const body of [
        {},
        { entry: 5 },
        message({ from: '15550001111', id: 'wamid.stranger', timestamp: 'x', type: 'text', text: 5 }),
        message({ from: {}, id: [], timestamp: [], type: {}, button: { payload: 5 } }),
        message({
          from: '15550001111',
          id: 'wamid.unknown',
          timestamp: '1774180800',
          type: 'button',
          button: { payload: 'coming:forged:1:xyz', text: 'Yes' },
        }),
        {
          entry: [
            {
              changes: [
                {
                  field: 'messages',
                  value: {
                    statuses: [
                      { id: 'wamid.nope', status: 'delivered' },
                      { id: 5, status: {} },
                      { status: 'failed', timestamp: '9'.repeat(30), errors: 5 },
                    ],
                  },
                },
              ],
            },
          ],
        },
        'null',
        '{"a',
        '',
      ])
        expect((await whatsapp(body)).status, JSON.stringify(body).slice(0, 80)).toBe(200)
      for (const raw of [
        'payload=%7B%7D',
        'payload=x',
        '',
        'payload=null',
        'a=1',
        'payload=%7B%22type%22%3A%22block_actions%22%2C%22actions%22%3A%5B5%5D%7D',
      ])
        expect((await send('/webhooks/slack', raw, slackHeaders(raw, await seconds()))).status, raw).toBe(200)
      for (const one of [...(await events('zoom')), ...(await events('whatsapp')), ...(await events('slack'))])
        expect(['accepted', 'foreign', 'ancient', 'unknown', 'unmatched', 'malformed']).toContain(one.outcome)
    })

    test('Zoom’s question for the secret is answered, but never for what could be a webhook’s signature', async () => {
      const ask = (plainToken: unknown) =>
        zoom({ event: 'endpoint.url_validation', event_ts: 1774180800000, payload: { plainToken } })
      expect((await ask('qgg8vlvZRS6UYooatFL8Aw')).body).toEqual({
        plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
        encryptedToken: hmac(SECRETS.ZOOM_WEBHOOK_SECRET_TOKEN, 'qgg8vlvZRS6UYooatFL8Aw'),
      })
      for (const token of ['v0:1774180800:{}', 'V0:1:x', {}, null, '']) {
        const answer = await ask(token)
        expect(answer.status).toBe(200)
        expect(answer.body.encryptedToken).toBeUndefined()
      }
      expectProblem(
        await send('/webhooks/zoom', '{"event":"endpoint.url_validation","payload":{"plainToken":"x"}}', {}),
        401,
        'unauthenticated',
      )
    })

    test('Meta’s challenge is given back as plain text to who knows the verify token', async () => {
      const path = (token: string) =>
        `/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=%3Cb%3E1158201444`
      const answer = await app().ask('GET', path(SECRETS.WHATSAPP_VERIFY_TOKEN), { as: null })
      expect([answer.status, answer.body]).toEqual([200, '<b>1158201444'])
      expect(answer.headers.get('content-type')).toContain('text/plain')
      expectProblem(await app().ask('GET', path('wrong'), { as: null }), 403, 'forbidden')
      expectProblem(await app().ask('GET', '/webhooks/whatsapp', { as: null }), 403, 'forbidden')
    })

    test('bodies end at 1 MB, and at 4 MB for Meta', async () => {
      const of = (bytes: number) => JSON.stringify({ x: 'y'.repeat(bytes - 8) })
      expect((await zoom(of(MB))).status).toBeLessThan(300)
      expectProblem(await zoom(of(MB + 1)), 413, 'too_large')
      expect((await whatsapp(of(4 * MB))).status).toBe(200)
      expectProblem(await whatsapp(of(4 * MB + 1)), 413, 'too_large')
      const form = `payload=${'y'.repeat(MB)}`
      expectProblem(await send('/webhooks/slack', form, slackHeaders(form, await seconds())), 413, 'too_large')
      expectProblem(
        await app().ask('POST', '/webhooks/google-calendar', { raw: of(2 * MB), as: null }),
        413,
        'too_large',
      )
    })
  })
