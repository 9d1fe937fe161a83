import { OpenAPIHono } from '@hono/zod-openapi'
import { calendarRoutes } from '../../src/calendar/routes.ts'
import { StandingClock } from '../../src/clock.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Database } from '../../src/database/pool.ts'
import { problem, Refusal } from '../../src/errors.ts'
import type { Env, House } from '../../src/http.ts'
import { newId } from '../../src/ids.ts'
import { meetingsRoutes } from '../../src/meetings/routes.ts'
import { messagesRoutes } from '../../src/messages/routes.ts'
import { type Actor, ANONYMOUS } from '../../src/people/actor.ts'
import type { Vendors } from '../../src/vendors/vendors.ts'

export const SECRET = 's'.repeat(40)
export const NOW = Temporal.Instant.from('2026-03-10T09:00:00Z')
export const seconds = (instant: Temporal.Instant): string => String(Math.trunc(instant.epochMilliseconds / 1000))

/** The three rooms that listen, with a clock that stands at NOW, and whoever asks. */
export function answeringHouse(
  db: Database,
  env: Record<string, string> = {},
  options: { actor?: Actor; vendors?: Vendors } = {},
) {
  const config: Config = readConfig({
    PUNCTUAL_SECRET: SECRET,
    PUNCTUAL_URL: 'http://127.0.0.1:3000',
    ZOOM_ACCOUNT_ID: 'our-zoom',
    ZOOM_WEBHOOK_SECRET_TOKEN: 'zoom-secret',
    WHATSAPP_APP_SECRET: 'meta-secret',
    WHATSAPP_VERIFY_TOKEN: 'verify-me',
    WHATSAPP_PHONE_NUMBER_ID: '1122334455667',
    SLACK_SIGNING_SECRET: 'slack-secret',
    ...env,
  })
  const clock = new StandingClock(NOW)
  const house: House = { db, clock, config, nudge: () => {}, log: () => {}, onChange: () => () => {} }
  const app = new OpenAPIHono<Env>()
  app.use(async (c, next) => {
    c.set('actor', options.actor ?? ANONYMOUS)
    await next()
  })
  app.onError((error) => {
    if (!(error instanceof Refusal)) throw error
    const { status, body } = problem(error)
    return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } })
  })
  app.route('/', meetingsRoutes(house))
  app.route('/', messagesRoutes(house))
  app.route('/', calendarRoutes(house, options.vendors ?? {}))
  return { app, house, clock }
}

export type Seeded = { sessionId: string; mentor: Person; mentee: Person; meetingId: string }
type Person = { accountId: string; participantId: string; phone: string }

let phones = 1000

/** One published 1:1 in `hours` hours from NOW (its own people, its Zoom room), asleep. */
export async function seedSession(
  db: Database,
  {
    startsAt = NOW.add({ hours: 3 }),
    minutes = 30,
    phone,
  }: { startsAt?: Temporal.Instant; minutes?: number; phone?: string } = {},
): Promise<Seeded> {
  const programmeId = newId()
  const sessionId = newId()
  const meetingId = String(80_000_000_000 + phones)
  await db
    .insertInto('programme')
    .values({ id: programmeId, name: `Programme ${programmeId}`, created_at: NOW })
    .execute()
  const values = {
    id: sessionId,
    programme_id: programmeId,
    starts_at: startsAt,
    ends_at: startsAt.add({ minutes }),
    room: 'zoom',
    scheduled_at: NOW,
    created_at: NOW,
    created_by: 'test',
    published_at: NOW,
  }
  await db.insertInto('session').values(values).execute()
  const mentor = await seedPerson(db, sessionId, 'mentor')
  const mentee = await seedPerson(db, sessionId, 'mentee', phone)
  await db
    .insertInto('mirror')
    .values({
      id: newId(),
      kind: 'meeting',
      key: `meeting:${sessionId}`,
      session_id: sessionId,
      wanted: {},
      wanted_at: NOW,
      remote_id: meetingId,
    })
    .execute()
  return { sessionId, mentor, mentee, meetingId }
}

async function seedPerson(db: Database, sessionId: string, role: 'mentor' | 'mentee', given?: string): Promise<Person> {
  phones += 1
  const phone = given ?? `+1555010${phones}`
  const accountId = newId()
  const participantId = newId()
  await db
    .insertInto('account')
    .values({
      id: accountId,
      email: `${accountId}@example.com`,
      name: role === 'mentor' ? 'Maya' : 'Ravi',
      phone_e164: phone,
      time_zone: 'Asia/Kolkata',
      created_at: NOW,
    })
    .execute()
  await db
    .insertInto('session_participant')
    .values({ id: participantId, session_id: sessionId, account_id: accountId, role, joined_at: NOW })
    .execute()
  return { accountId, participantId, phone }
}

/** A message of ours to the mentee that asked and was accepted by WhatsApp. */
export async function seedAsk(
  db: Database,
  { sessionId, mentee }: Seeded,
  { meaning = 'reminder 4_HOURS', revision = 1, wamid = `wamid.out.${newId()}`, state = 'accepted' } = {},
) {
  const key = `${meaning.replaceAll(' ', ':')}:${mentee.participantId}@${revision}`
  const deliveryId = newId()
  const attemptId = newId()
  const due = { due_at: NOW.subtract({ minutes: 30 }), expires_at: NOW.add({ minutes: 30 }) }
  const subject = {
    subject_id: sessionId,
    subject_kind: 'session',
    effect_key: key,
    recipient_id: mentee.accountId,
    meaning,
  }
  await db
    .insertInto('notification_trigger_log')
    .values({ ...subject, ...due, decision: 'send', decided_at: NOW, detail: { asks: true } })
    .execute()
  await db
    .insertInto('delivery')
    .values({
      id: deliveryId,
      ...subject,
      ...due,
      channel: 'whatsapp',
      template: 'ASK',
      state,
      vendor_id: state === 'unknown' ? null : wamid,
      accepted_at: state === 'unknown' ? null : NOW.subtract({ minutes: 30 }),
      created_at: NOW,
    })
    .execute()
  await db
    .insertInto('attempt')
    .values({
      id: attemptId,
      delivery_id: deliveryId,
      number: 1,
      state,
      address: mentee.phone,
      vendor_id: state === 'unknown' ? null : wamid,
      started_at: NOW,
    })
    .execute()
  if (state !== 'unknown') {
    const message = {
      wamid,
      direction: 'out',
      account_id: mentee.accountId,
      phone_e164: mentee.phone,
      delivery_id: deliveryId,
      session_id: sessionId,
      kind: 'template',
      said_at: NOW.subtract({ minutes: 30 }),
      received_at: NOW,
    }
    await db.insertInto('whatsapp_message').values(message).execute()
  }
  return { deliveryId, attemptId, wamid }
}

export const repliesOf = (db: Database, sessionId: string) =>
  db
    .selectFrom('reply')
    .select(['participant_id', 'meaning', 'matched_by', 'revision', 'text'])
    .where('session_id', '=', sessionId)
    .orderBy('id')
    .execute()

export const wakeAtOf = async (db: Database, sessionId: string): Promise<string | null> =>
  (
    await db.selectFrom('session').select('wake_at').where('id', '=', sessionId).executeTakeFirstOrThrow()
  ).wake_at?.toString() ?? null
