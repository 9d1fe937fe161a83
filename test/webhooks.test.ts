import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../src/database/pool.ts'
import { transact } from '../src/database/transaction.ts'
import { sha256 } from '../src/links.ts'
import { recordDowntime } from '../src/meetings/evidence-gap.ts'
import { hostsAgainstPeak } from '../src/meetings/hosts.ts'
import { rematch } from '../src/meetings/meeting-event.ts'
import { person } from '../src/people/actor.ts'
import { signSlack, signWhatsapp, signZoom } from '../src/vendors/signatures.ts'
import { answeringHouse, NOW, seconds, seedSession, wakeAtOf } from './support/answering.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await testDatabase()
  db = database.db
})
afterAll(() => database.drop())

type App = ReturnType<typeof answeringHouse>['app']
const post = (app: App, path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  app.request(path, { method: 'POST', body, headers })

const zoom = (app: App, body: string, { at = NOW, secret = 'zoom-secret' } = {}) =>
  post(app, '/webhooks/zoom', body, {
    'x-zm-request-timestamp': seconds(at),
    'x-zm-signature': signZoom(secret, seconds(at), body),
  })
const whatsapp = (app: App, body: string) =>
  post(app, '/webhooks/whatsapp', body, { 'x-hub-signature-256': signWhatsapp('meta-secret', body) })
const slack = (app: App, body: string, at = NOW) =>
  post(app, '/webhooks/slack', body, {
    'x-slack-request-timestamp': seconds(at),
    'x-slack-signature': signSlack('slack-secret', seconds(at), body),
  })

const joined = (
  meetingId: string | number,
  participant: Record<string, unknown> | undefined,
  rest: Record<string, unknown> = {},
) =>
  JSON.stringify({
    event: 'meeting.participant_joined',
    event_ts: NOW.epochMilliseconds,
    payload: {
      account_id: 'our-zoom',
      object: { id: meetingId, uuid: '/u+1==', host_id: 'h', ...(participant ? { participant } : {}) },
    },
    ...rest,
  })
const stored = (body: string) =>
  db.selectFrom('webhook_event').select(['event', 'outcome']).where('body_hash', '=', sha256(body)).execute()
const eventsOf = (sessionId: string) =>
  db.selectFrom('meeting_event').selectAll().where('session_id', '=', sessionId).orderBy('occurred_at').execute()

describe('at the door', () => {
  test('a wrong, missing or stale signature is refused and leaves nothing behind', async () => {
    const { app } = answeringHouse(db)
    const body = joined(1, {}, { mark: 'forged' })
    expect((await post(app, '/webhooks/zoom', body)).status).toBe(401)
    expect((await zoom(app, body, { secret: 'not ours' })).status).toBe(401)
    expect((await zoom(app, body, { at: NOW.subtract({ minutes: 121 }) })).status).toBe(401)
    expect((await post(app, '/webhooks/whatsapp', body)).status).toBe(401)
    expect(
      (await post(app, '/webhooks/whatsapp', body, { 'x-hub-signature-256': signWhatsapp('no', body) })).status,
    ).toBe(401)
    expect((await post(app, '/webhooks/slack', body)).status).toBe(401)
    expect(
      (
        await post(app, '/webhooks/slack', body, {
          'x-slack-request-timestamp': seconds(NOW),
          'x-slack-signature': 'v0=0',
        })
      ).status,
    ).toBe(401)
    expect((await slack(app, body, NOW.subtract({ minutes: 6 }))).status).toBe(401)
    expect(await stored(body)).toEqual([])
  })

  test('without a secret the answer is 503, so that the vendor comes back', async () => {
    const { app } = answeringHouse(db, {
      ZOOM_WEBHOOK_SECRET_TOKEN: '',
      WHATSAPP_APP_SECRET: '',
      SLACK_SIGNING_SECRET: '',
      WHATSAPP_VERIFY_TOKEN: '',
    })
    for (const path of ['/webhooks/zoom', '/webhooks/whatsapp', '/webhooks/slack', '/webhooks/google-calendar']) {
      const answer = await post(app, path, '{}')
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'not_configured'])
    }
    expect((await app.request('/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1')).status).toBe(
      503,
    )
  })

  test('bodies over the limit are refused, announced or not', async () => {
    const { app } = answeringHouse(db)
    const large = new Uint8Array(1024 * 1024 + 1)
    expect((await post(app, '/webhooks/zoom', large)).status).toBe(413)
    expect((await post(app, '/webhooks/slack', large)).status).toBe(413)
    expect((await post(app, '/webhooks/google-calendar', large)).status).toBe(413)
    expect((await post(app, '/webhooks/whatsapp', large)).status).toBe(401)
    expect((await post(app, '/webhooks/whatsapp', new Uint8Array(4 * 1024 * 1024 + 1))).status).toBe(413)
    const announced = await post(app, '/webhooks/zoom', '{}', { 'content-length': '99999999' })
    expect(announced.status).toBe(413)
  })

  test('malformed JSON with the right signature is acknowledged and kept', async () => {
    const { app } = answeringHouse(db)
    for (const body of ['{"event":', '[]', '"meeting.started"', `${'['.repeat(5000)}${']'.repeat(5000)}`]) {
      expect((await zoom(app, body)).status).toBe(204)
      expect((await whatsapp(app, body)).status).toBe(200)
      expect((await slack(app, body)).status).toBe(200)
      expect((await stored(body)).map(({ outcome }) => outcome)).toEqual(['malformed', 'malformed', 'malformed'])
    }
  })

  test('text that PostgreSQL cannot store does not lose the event', async () => {
    const { app } = answeringHouse(db)
    const { sessionId, meetingId } = await seedSession(db)
    expect((await zoom(app, joined(meetingId, { user_name: 'Ra\u0000vi \ud800', email: '' }))).status).toBe(204)
    expect((await eventsOf(sessionId))[0]?.participant).toMatchObject({ user_name: 'Ravi \ufffd' })
  })

  test('two secrets are valid while one is being rotated', async () => {
    const { app } = answeringHouse(db, { ZOOM_WEBHOOK_SECRET_TOKEN: 'new-one,zoom-secret' })
    expect((await zoom(app, joined(2, {}))).status).toBe(204)
  })
})

describe('Zoom', () => {
  test("the address check is answered, unless the token is the text of somebody's signature", async () => {
    const { app } = answeringHouse(db)
    const ask = (plainToken: string) =>
      zoom(app, JSON.stringify({ event: 'endpoint.url_validation', event_ts: 1, payload: { plainToken } }))
    const answer = await ask('qgg8vlvZRS6UYooatFL8Aw')
    expect(await answer.json()).toEqual({
      plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
      encryptedToken: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(await (await ask('v0:1234:{"event":"meeting.started"}')).json()).toEqual({})
  })

  test('an event is stored once, given to its session by its time, and wakes it', async () => {
    const { app } = answeringHouse(db)
    const { sessionId, meetingId } = await seedSession(db)
    const body = joined(Number(meetingId), { user_name: 'Ravi', email: '', join_time: '2026-03-10T08:58:00Z' })
    for (let time = 0; time < 3; time++) expect((await zoom(app, body)).status).toBe(204)
    const events = await eventsOf(sessionId)
    expect(events.map((event) => [event.zoom_meeting_id, event.zoom_uuid, event.occurred_at.toString()])).toEqual([
      [meetingId, '/u+1==', '2026-03-10T08:58:00Z'],
    ])
    expect(await wakeAtOf(db, sessionId)).toBe(NOW.toString())
    expect(await stored(body)).toEqual([{ event: 'meeting.participant_joined', outcome: 'accepted' }])
  })

  test('ten copies at the same moment are one event', async () => {
    const { app } = answeringHouse(db)
    const { sessionId, meetingId } = await seedSession(db)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => zoom(app, joined(meetingId, { email: 'a@example.com' }))),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(204))
    expect(await eventsOf(sessionId)).toHaveLength(1)
  })

  test('participants without e-mail, id and name are evidence all the same', async () => {
    const { app } = answeringHouse(db)
    const { sessionId, meetingId } = await seedSession(db)
    expect((await zoom(app, joined(meetingId, { email: '', id: '' }))).status).toBe(204)
    expect((await zoom(app, joined(meetingId, undefined))).status).toBe(204)
    expect((await eventsOf(sessionId)).map(({ participant }) => participant)).toEqual([{ email: '', id: '' }, null])
  })

  test('an event that comes before its room is known finds its session later', async () => {
    const { app } = answeringHouse(db)
    const { sessionId } = await seedSession(db)
    const body = joined('99000111', { email: '' })
    expect((await zoom(app, body)).status).toBe(204)
    expect(await stored(body)).toEqual([{ event: 'meeting.participant_joined', outcome: 'unmatched' }])
    expect(await transact(db, (tx) => rematch(tx, '99000111', sessionId, NOW))).toBe(1)
    expect(await eventsOf(sessionId)).toHaveLength(1)
    expect(await stored(body)).toEqual([{ event: 'meeting.participant_joined', outcome: 'accepted' }])
    expect(await wakeAtOf(db, sessionId)).toBe(NOW.toString())
  })

  test('a join in the room of a merged session counts for the one that goes on', async () => {
    const { app } = answeringHouse(db)
    const old = await seedSession(db)
    const survivor = await seedSession(db)
    await db.updateTable('session').set({ merged_into: survivor.sessionId }).where('id', '=', old.sessionId).execute()
    expect((await zoom(app, joined(old.meetingId, { email: 'x@example.com' }))).status).toBe(204)
    expect(await eventsOf(survivor.sessionId)).toHaveLength(1)
    expect(await wakeAtOf(db, old.sessionId)).toBeNull()
  })

  test('foreign, ancient and unknown events are kept and change nothing', async () => {
    const { app } = answeringHouse(db)
    const { sessionId, meetingId } = await seedSession(db)
    const foreign = joined(meetingId, {}, { payload: { account_id: 'other', object: { id: meetingId } } })
    const ancient = joined(meetingId, {}, { event_ts: NOW.subtract({ hours: 49 }).epochMilliseconds })
    const unknown = joined(meetingId, {}, { event: 'meeting.sharing_started' })
    for (const body of [foreign, ancient, unknown]) expect((await zoom(app, body)).status).toBe(204)
    expect((await Promise.all([foreign, ancient, unknown].map(stored))).flat().map(({ outcome }) => outcome)).toEqual([
      'foreign',
      'ancient',
      'unknown',
    ])
    expect(await eventsOf(sessionId)).toEqual([])
    expect(await wakeAtOf(db, sessionId)).toBeNull()
  })

  test('a retry that comes 85 minutes late is still heard', async () => {
    const { app } = answeringHouse(db)
    const { sessionId, meetingId } = await seedSession(db)
    const sent = NOW.subtract({ minutes: 85 })
    expect(
      (
        await zoom(
          app,
          joined(meetingId, { email: '', join_time: sent.toString() }, { event_ts: sent.epochMilliseconds }),
          { at: sent },
        )
      ).status,
    ).toBe(204)
    expect((await eventsOf(sessionId))[0]?.occurred_at.toString()).toBe(sent.toString())
  })

  const samples = `${import.meta.dirname}/../../shared/contracts/zoom/samples/webhooks`
  test.skipIf(!existsSync(samples))("every sample of the vendor's documentation is acknowledged", async () => {
    const { app } = answeringHouse(db, { ZOOM_ACCOUNT_ID: '' })
    for (const name of readdirSync(samples)) {
      expect([200, 204], name).toContain((await zoom(app, readFileSync(`${samples}/${name}`, 'utf8'))).status)
    }
  })
})

describe('what ops can see', () => {
  test('webhook events are listed newest first, for who works for the whole installation', async () => {
    const { app } = answeringHouse(db)
    await whatsapp(app, '{"entry":[]}')
    expect((await app.request('/api/v1/webhook-events')).status).toBe(401)
    const mentee = answeringHouse(db, {}, { actor: person('0198c0de-0000-7000-8000-000000000001', ['mentee']) })
    expect((await mentee.app.request('/api/v1/webhook-events')).status).toBe(403)
    const ops = answeringHouse(db, {}, { actor: person('0198c0de-0000-7000-8000-000000000001', ['admin']) })
    const olivia = {
      actor: person('0198c0de-0000-7000-8000-000000000001', ['ops'], ['0198c0de-0000-7000-8000-000000000002']),
    }
    expect((await answeringHouse(db, {}, olivia).app.request('/api/v1/webhook-events')).status).toBe(403)
    type Page = { items: { id: string }[]; nextCursor?: string }
    const list = async (query: string) =>
      (await (await ops.app.request(`/api/v1/webhook-events?${query}`)).json()) as Page
    const first = await list('limit=2')
    expect(first.items).toHaveLength(2)
    const next = await list(`limit=2&cursor=${first.nextCursor}`)
    expect(next.items[0]!.id < first.items[1]!.id).toBe(true)
    const only = await list('vendor=whatsapp&limit=1')
    expect(only.items[0]).toMatchObject({
      outcome: 'unknown',
      receivedAt: NOW.toString(),
      bodyHash: sha256('{"entry":[]}').toString('hex'),
    })
    expect((await ops.app.request('/api/v1/webhook-events?vendor=fax')).status).toBe(400)
  })

  test('a short absence leaves no hole in the evidence, a long one ends where Zoom still comes back', async () => {
    const { sessionId } = await seedSession(db, { startsAt: NOW.subtract({ hours: 4 }) })
    expect(await recordDowntime(db, NOW.subtract({ minutes: 80 }), NOW)).toBe(false)
    expect(await recordDowntime(db, NOW.subtract({ hours: 5 }), NOW)).toBe(true)
    const [gap] = await db.selectFrom('evidence_gap').select(['from_at', 'to_at']).execute()
    expect([gap?.from_at.toString(), gap?.to_at?.toString()]).toEqual(['2026-03-10T04:00:00Z', '2026-03-10T07:35:00Z'])
    expect(await wakeAtOf(db, sessionId)).toBe(NOW.toString())
  })

  test('sessions that touch do not need two Zoom hosts', async () => {
    const day = NOW.add({ hours: 24 * 20 })
    await seedSession(db, { startsAt: day })
    await seedSession(db, { startsAt: day })
    await seedSession(db, { startsAt: day.add({ minutes: 30 }) })
    expect(await hostsAgainstPeak(db, day, day.add({ hours: 24 }))).toMatchObject({ hosts: 0, peak: 2, peakAt: day })
  })
})

describe('WhatsApp and Slack at the door', () => {
  test('Meta gets its challenge back only with the right verify token', async () => {
    const { app } = answeringHouse(db)
    const right = await app.request(
      '/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444',
    )
    expect([right.status, await right.text()]).toEqual([200, '1158201444'])
    expect(
      (await app.request('/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1')).status,
    ).toBe(403)
    expect((await app.request('/webhooks/whatsapp')).status).toBe(403)
  })

  test('updates for another phone number are kept as foreign', async () => {
    const { app } = answeringHouse(db)
    const body = JSON.stringify({
      entry: [
        {
          id: 'w',
          changes: [
            {
              field: 'messages',
              value: {
                metadata: { phone_number_id: '999' },
                messages: [{ id: 'wamid.f', from: '15550100002', type: 'text', text: { body: 'hi' } }],
              },
            },
          ],
        },
      ],
    })
    expect((await whatsapp(app, body)).status).toBe(200)
    expect(await stored(body)).toEqual([{ event: 'messages', outcome: 'foreign' }])
  })

  const samples = `${import.meta.dirname}/../../shared/contracts/whatsapp/samples`
  test.skipIf(!existsSync(samples))("every sample of WhatsApp's updates is acknowledged and kept", async () => {
    const { app } = answeringHouse(db, { WHATSAPP_PHONE_NUMBER_ID: '' })
    for (const name of readdirSync(samples)) {
      const body = readFileSync(`${samples}/${name}`, 'utf8')
      expect((await whatsapp(app, body)).status, name).toBe(200)
      expect(await stored(body), name).toHaveLength(1)
    }
  })
})
