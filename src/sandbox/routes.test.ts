import type { OpenAPIHono } from '@hono/zod-openapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Stage, setStage } from '../../test/support/vendor-stage.ts'
import { problem, Refusal } from '../errors.ts'
import { type Env, router } from '../http.ts'
import { newId } from '../ids.ts'
import { type Actor, ANONYMOUS, SYSTEM } from '../people/actor.ts'
import { sandboxRoutes } from './routes.ts'

let stage: Stage
let app: OpenAPIHono<Env>
let actor: Actor = SYSTEM
const mentor = newId()
const mentee = newId()
const session = newId()
const delivery = newId()

beforeAll(async () => {
  stage = await setStage()
  app = router()
  app.use(async (c, next) => {
    c.set('actor', actor)
    await next()
  })
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    const { status, body } = problem(error)
    return c.json(body, status as 400)
  })
  app.route('/', sandboxRoutes(stage, stage.sandbox))
  await aBookedSession()
})
afterAll(() => stage.clear())

// What the product has in its own tables when Ravi meets Mira: two people, a session, a room, a link, one mail sent.
async function aBookedSession() {
  const sql = (text: string, ...values: unknown[]) => stage.sandbox.world.pool.query(text, values)
  const now = stage.clock.now()
  const programme = newId()
  for (const [id, name, email, phone] of [
    [mentor, 'Mira', 'mira@example.com', '+15550100001'],
    [mentee, 'Ravi', 'ravi@example.com', '+15550100002'],
  ]) {
    await sql(
      'insert into account (id, email, name, phone_e164, time_zone, created_at) values ($1, $2, $3, $4, $5, $6)',
      id,
      email,
      name,
      phone,
      'UTC',
      now,
    )
  }
  await sql('insert into programme (id, name, created_at) values ($1, $2, $3)', programme, 'First', now)
  await sql(
    `insert into session (id, programme_id, starts_at, ends_at, room, scheduled_at, created_at, created_by) values ($1, $2, $3, $4, 'zoom', $3, $3, 'test')`,
    session,
    programme,
    now,
    now.add({ minutes: 30 }),
  )
  const made = await stage.zoom.createMeeting('room-1@zoom.example', {
    topic: 'Ravi and Mira',
    agenda: 'punctual',
    startsAt: now,
    durationMinutes: 30,
  })
  const meeting = made.ok ? made.meeting.id : ''
  await sql(
    'insert into mirror (id, kind, key, session_id, wanted_at, remote_id) values ($1, $2, $3, $4, $5, $6)',
    newId(),
    'meeting',
    session,
    session,
    now,
    meeting,
  )
  // The address Zoom gets need not be Ravi's: the product's own note says whose link it is.
  const registered = await stage.zoom.addRegistrant(meeting, { email: 'p1@rooms.example.com', firstName: 'Ravi' })
  const participant = newId()
  await sql(
    'insert into session_participant (id, session_id, account_id, role, joined_at) values ($1, $2, $3, $4, $5)',
    participant,
    session,
    mentee,
    'mentee',
    now,
  )
  await sql(
    'insert into mirror (id, kind, key, session_id, owner_id, wanted_at, remote_id) values ($1, $2, $3, $4, $5, $6, $7)',
    newId(),
    'registrant',
    participant,
    session,
    participant,
    now,
    registered.ok ? registered.registrantId : '',
  )
  await sql(
    `insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at)
     values ($1, 'booked:1', 'session', 'send', 'booked', $2, $3, $3, $3)`,
    session,
    mentee,
    now,
  )
  await sql(
    `insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, state, due_at, expires_at, created_at)
     values ($1, $2, 'session', 'booked:1', 'email', $3, 'booked', 'BOOKED_TO_MENTEE', 'pending', $4, $4, $4)`,
    delivery,
    session,
    mentee,
    now,
  )
  await stage.email.send({
    to: 'ravi@example.com',
    subject: 'Booked',
    text: 'See you',
    messageId: '<1@x.example>',
    headers: { 'X-Punctual-Delivery': delivery },
  })
  stage.email.close()
}

const post = (path: string, body: unknown, method = 'POST') =>
  app.request(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe('the sandbox over HTTP', () => {
  test('the inbox says for whom, for which session and why', async () => {
    const { items } = (await (await app.request('/sandbox/inbox?person=Ravi&channel=email')).json()) as {
      items: object[]
    }
    expect(items).toEqual([
      {
        id: expect.any(String),
        at: '2026-03-24T09:00:00Z',
        channel: 'email',
        to: 'ravi@example.com',
        personId: mentee,
        sessionId: session,
        effectKey: 'booked:1',
        template: 'BOOKED_TO_MENTEE',
        subject: 'Booked',
        text: expect.stringContaining('See you'),
        buttons: [],
      },
    ])
    expect(await (await app.request(`/sandbox/inbox?session=${newId()}`)).json()).toEqual({ items: [] })
  })

  test('Ravi comes through his own link, Mira as a guest; both leave', async () => {
    expect((await post(`/sandbox/zoom/${session}/join`, { person: mentee })).status).toBe(200)
    expect((await post(`/sandbox/zoom/${session}/join`, { person: mentor, as: 'guest', name: 'iPad' })).status).toBe(
      200,
    )
    expect(
      stage
        .events()
        .slice(-2)
        .map((e) => e.payload.object.participant.user_name),
    ).toEqual(['Ravi', 'iPad'])
    expect((await post(`/sandbox/zoom/${session}/leave`, { person: mentee })).status).toBe(200)
    expect((await post(`/sandbox/zoom/${session}/leave`, { person: mentor })).status).toBe(200)
    expect(stage.events().at(-1).event).toBe('meeting.ended')
    expect((await post(`/sandbox/zoom/${session}/leave`, { person: mentor })).status).toBe(422)
    expect((await post(`/sandbox/zoom/${newId()}/join`, { person: mentor })).status).toBe(404)
    expect((await post(`/sandbox/zoom/${session}/join`, { person: mentor, as: 'ghost' })).status).toBe(400)
  })

  test('who came through the link’s page is the same person when called by name', async () => {
    const { rows } = await stage.sandbox.world.pool.query('select meeting_id, token from sandbox.zoom_registrant')
    const page = `${stage.env.ZOOM_OAUTH_API_URL}/w/${rows[0].meeting_id}?tk=${rows[0].token}`
    await fetch(page.replace('?', '/join?'), { method: 'POST' })
    expect(await (await fetch(page)).text()).toContain('Ravi, you are in the room.')
    expect((await post(`/sandbox/zoom/${session}/leave`, { person: 'Ravi' })).status).toBe(200)
  })

  test('a reply on WhatsApp has arrived when the answer comes', async () => {
    expect((await post('/sandbox/whatsapp/+15550100002/reply', { text: 'on my way' })).status).toBe(200)
    expect(stage.events().at(-1).entry[0].changes[0].value).toMatchObject({
      contacts: [{ profile: { name: 'Ravi' } }],
      messages: [{ text: { body: 'on my way' } }],
    })
    expect((await post('/sandbox/whatsapp/+15550100002/reply', {})).status).toBe(400)
  })

  test('faults are set, seen and cleared', async () => {
    expect((await post('/sandbox/faults', { vendor: 'zoom', kind: 'outage', until: 'PT1H' }, 'PUT')).status).toBe(200)
    expect(await (await app.request('/sandbox/faults')).json()).toEqual({
      items: [{ vendor: 'zoom', kind: 'outage', fired: 0, until: '2026-03-24T10:00:00Z' }],
    })
    expect((await post('/sandbox/faults', { vendor: 'zoom', kind: 'nonsense' }, 'PUT')).status).toBe(400)
    await app.request('/sandbox/faults', { method: 'DELETE' })
    expect(await stage.sandbox.faults()).toEqual([])
  })

  test('Google events are made, moved, declined and deleted by their owner', async () => {
    const made = (await (
      await post('/sandbox/google/mira@example.com/events', {
        summary: 'Dentist',
        startsAt: '2026-03-24T12:00:00Z',
        endsAt: '2026-03-24T13:00:00Z',
      })
    ).json()) as { id: string }
    const event = `/sandbox/google/mira@example.com/events/${made.id}`
    expect(
      (await post(`${event}/move`, { startsAt: '2026-03-24T14:00:00Z', endsAt: '2026-03-24T15:00:00Z' })).status,
    ).toBe(200)
    expect((await post(`${event}/decline`, {})).status).toBe(200)
    expect((await post(`${event}/delete`, {})).status).toBe(200)
    expect((await post(`${event}/delete`, {})).status).toBe(422)
    expect(await stage.sandbox.googleEvents('mira@example.com')).toMatchObject([
      { status: 'cancelled', start: { dateTime: '2026-03-24T14:00:00Z' } },
    ])
  })

  test('nobody but ops may look or play', async () => {
    actor = ANONYMOUS
    expect((await app.request('/sandbox/inbox')).status).toBe(401)
    expect((await post('/sandbox/faults', { vendor: 'zoom', kind: 'outage' }, 'PUT')).status).toBe(401)
    actor = SYSTEM
  })
})
