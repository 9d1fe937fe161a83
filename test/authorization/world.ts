import type { OpenAPIHono } from '@hono/zod-openapi'
import { sql } from 'kysely'
import { createApp } from '../../src/app.ts'
import { StandingClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import type { Env, House } from '../../src/http.ts'
import { newId } from '../../src/ids.ts'
import { linkToken, sha256 } from '../../src/links.ts'
import { sandboxSignInRoutes } from '../../src/people/sandbox-sign-in.ts'
import { cookieName, signIn } from '../../src/people/sign-in.ts'
import { clockRoutes } from '../../src/sandbox/clock-routes.ts'
import { sandboxRoutes } from '../../src/sandbox/routes.ts'
import { sampleDayRoutes } from '../../src/sandbox/sample-day.ts'
import type { Sandbox } from '../../src/sandbox/start.ts'
import { timeMachine } from '../../src/sandbox/time-machine.ts'
import type { Vendors } from '../../src/vendors/vendors.ts'
import { OPEN_ALL_WEEK } from '../support/booking.ts'
import { testDatabase } from '../support/database.ts'
import { faultsOf } from '../support/declared.ts'

export const NOW = Temporal.Instant.from('2026-03-08T12:00:00Z')
export const TOKEN = 'sandbox-token-of-this-test'
export const SECRET = 's'.repeat(40)

/**
 * Whoever asks. Ravi and Asha are the pair to whom the object belongs, in the programme for which Olivia works; Kim and Daniel
 * are another pair in another programme, for which Oscar works.
 */
export const ACTORS = [
  'anonymous',
  'disabled',
  'mentee',
  'mentee of another',
  'mentor',
  'mentor of another',
  'ops',
  'ops of another',
  'admin',
] as const
export type ActorName = (typeof ACTORS)[number]

export type Target = {
  sessionId: string
  /** A second session of the same mentor, to merge with. */
  secondId: string
  bookingId: string
  holdId: string
  mentorshipId: string
  mergeId: string
  caseId: string
  /** A message to the mentee that failed by mail; they never agreed to WhatsApp. */
  deliveryId: string
  participantId: string
  startsAt: Temporal.Instant
}

/** For requests that are about nothing in particular. */
export const NO_TARGET: Target = {
  sessionId: newId(),
  secondId: newId(),
  bookingId: newId(),
  holdId: newId(),
  mentorshipId: newId(),
  mergeId: newId(),
  caseId: newId(),
  deliveryId: newId(),
  participantId: newId(),
  startsAt: NOW.add({ hours: 48 }),
}

export type World = Awaited<ReturnType<typeof authorizationWorld>>

/** The whole edge on a database of its own: two pairs in two programmes with ops of their own, an admin and somebody who left. */
export async function authorizationWorld(env: Record<string, string> = {}, vendors: Vendors = {}) {
  const { db, owner, drop } = await testDatabase()
  const clock = new StandingClock(NOW)
  const config = readConfig({
    PUNCTUAL_MODE: 'sandbox',
    PUNCTUAL_SANDBOX_TOKEN: TOKEN,
    PUNCTUAL_SECRET: SECRET,
    ...env,
  })
  const logged: string[] = []
  let document: unknown
  let phones = 1000
  const house: House = {
    db,
    clock,
    config,
    nudge: () => {},
    onChange: () => () => {},
    log: (event, fields) => void logged.push(JSON.stringify([event, fields])),
  }
  // Nobody who may not touch the simulators gets as far as one.
  const simulators = new Proxy({}, { get: () => async () => ({}) }) as Sandbox
  const extra: OpenAPIHono<Env>[] = [
    sandboxSignInRoutes(house),
    clockRoutes(
      house,
      [],
      timeMachine(clock, async (to) => to),
    ),
    sandboxRoutes(house, simulators),
    sampleDayRoutes(house),
  ]
  const app = createApp(house, vendors, extra)

  const people = {
    mentee: await person('Ravi Ownmentee', ['mentee']),
    'mentee of another': await person('Kim Strangermentee', ['mentee']),
    mentor: await person('Asha Ownmentor', ['mentor']),
    'mentor of another': await person('Daniel Strangermentor', ['mentor']),
    ops: await person('Olivia Opsperson', ['ops']),
    'ops of another': await person('Oscar Strangerops', ['ops']),
    admin: await person('Ada Adminperson', ['admin']),
    disabled: await person('Lena Leftperson', ['mentee']),
  }
  const programmeId = await programme('Own programme')
  const otherProgrammeId = await programme('Programme of others')
  await worksFor(people.ops.id, programmeId)
  await worksFor(people['ops of another'].id, otherProgrammeId)
  const cookies = new Map<ActorName, string>()
  for (const [name, { id }] of Object.entries(people))
    cookies.set(name as ActorName, `${cookieName(config)}=${await signIn(db, id, clock.elapsed())}`)
  await db.updateTable('account').set({ deactivated_at: NOW }).where('id', '=', people.disabled.id).execute()
  for (const mentor of [people.mentor.id, people['mentor of another'].id]) await hours(mentor)

  const own = await pair(programmeId, people.mentor.id, people.mentee.id)
  await pair(otherProgrammeId, people['mentor of another'].id, people['mentee of another'].id)
  let hour = 48
  const nextHour = () => {
    hour += 3
    return hour
  }

  /** A fresh booking, hold, case and merge of the own pair; the other pair has a booking beside each. */
  async function target(): Promise<Target> {
    const at = NOW.add({ hours: nextHour() })
    const mine = await session(programmeId, own, people.mentor.id, people.mentee.id, at)
    const second = await session(programmeId, own, people.mentor.id, people.mentee.id, at.add({ hours: 1 }))
    const holdId = newId()
    await db
      .insertInto('hold')
      .values({
        id: holdId,
        mentor_id: people.mentor.id,
        mentee_id: people.mentee.id,
        starts_at: at.add({ hours: 2 }),
        ends_at: at.add({ hours: 2, minutes: 30 }),
        created_at: NOW,
        created_by: `person:${people.mentee.id}`,
        expires_at: NOW.add({ minutes: 10 }),
      })
      .execute()
    const caseId = newId()
    await db
      .insertInto('ops_case')
      .values({
        id: caseId,
        kind: 'missing',
        key: `missing:${caseId}`,
        session_id: mine.sessionId,
        title: 'Somebody is missing',
        opened_at: NOW,
      })
      .execute()
    const deliveryId = newId()
    const key = `booked:${mine.participantId}@1`
    await sql`insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at)
      values (${mine.sessionId}, ${key}, 'session', 'send', 'booked', ${people.mentee.id}, ${NOW}, ${at}, ${NOW})`.execute(
      db,
    )
    await sql`insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, state, due_at, expires_at, created_at)
      values (${deliveryId}, ${mine.sessionId}, 'session', ${key}, 'email', ${people.mentee.id}, 'booked', 'MENTORSHIP_SESSION_BOOKED_TO_MENTEE', 'failed', ${NOW}, ${at}, ${NOW})`.execute(
      db,
    )
    return {
      ...mine,
      deliveryId,
      secondId: second.sessionId,
      holdId,
      mentorshipId: own,
      mergeId: newId(),
      caseId,
      startsAt: at,
    }
  }

  async function session(
    programmeId: string,
    mentorshipId: string,
    mentorId: string,
    menteeId: string,
    at: Temporal.Instant,
  ) {
    const [sessionId, bookingId, participantId] = [newId(), newId(), newId()]
    const until = at.add({ minutes: 30 })
    await db
      .insertInto('session')
      .values({
        id: sessionId,
        programme_id: programmeId,
        starts_at: at,
        ends_at: until,
        room: 'meet',
        scheduled_at: NOW,
        created_at: NOW,
        created_by: 'test',
        published_at: NOW,
      })
      .execute()
    await db
      .insertInto('user_calendar_booking')
      .values({
        id: bookingId,
        session_id: sessionId,
        mentor_id: mentorId,
        mentee_id: menteeId,
        mentorship_id: mentorshipId,
        created_at: NOW,
        created_by: `person:${menteeId}`,
      })
      .execute()
    await db
      .insertInto('session_participant')
      .values([
        {
          id: participantId,
          session_id: sessionId,
          account_id: menteeId,
          role: 'mentee',
          booking_id: bookingId,
          joined_at: NOW,
        },
        { id: newId(), session_id: sessionId, account_id: mentorId, role: 'mentor', joined_at: NOW },
      ])
      .execute()
    for (const holder of [mentorId, menteeId])
      await sql`insert into commitment (id, holder_id, holder_kind, during, session_id, created_at)
        values (${newId()}, ${holder}, 'account', tstzrange(${at}, ${until}), ${sessionId}, ${NOW})`.execute(db)
    await sql`insert into session_revision (session_id, revision, starts_at, ends_at, room, made_at, made_by, cause)
      values (${sessionId}, 1, ${at}, ${until}, 'meet', ${NOW}, 'test', 'booked')`.execute(db)
    return { sessionId, bookingId, participantId }
  }

  async function person(name: string, roles: string[]) {
    const id = newId()
    const word = name.split(' ')[1]?.toLowerCase()
    const email = `canary-${word}@private.example`
    phones += 7
    const phone = `+1202555${phones}`
    await db
      .insertInto('account')
      .values({ id, email, name, phone_e164: phone, time_zone: 'UTC', roles, created_at: NOW })
      .execute()
    return { id, name, email, phone }
  }

  async function programme(name: string): Promise<string> {
    const id = newId()
    await db.insertInto('programme').values({ id, name, booking: 'assigned', room: 'meet', created_at: NOW }).execute()
    return id
  }

  async function worksFor(personId: string, programmeId: string): Promise<void> {
    await sql`insert into programme_ops (programme_id, account_id, since, given_by) values (${programmeId}, ${personId}, ${NOW}, 'test')
      on conflict do nothing`.execute(db)
  }

  async function pair(programmeId: string, mentorId: string, menteeId: string): Promise<string> {
    const id = newId()
    await db
      .insertInto('mentorship')
      .values({
        id,
        programme_id: programmeId,
        mentor_id: mentorId,
        mentee_id: menteeId,
        sessions: null,
        starts_on: '2026-01-01',
        created_at: NOW,
      })
      .execute()
    return id
  }

  async function hours(mentorId: string): Promise<void> {
    await db
      .insertInto('user_calendar_config')
      .values({
        account_id: mentorId,
        config: JSON.stringify({ overrides: [], absences: [], minimumNoticeMinutes: 60, ...OPEN_ALL_WEEK }),
        version: 1,
        updated_at: NOW,
        updated_by: 'test',
      })
      .execute()
  }

  /** A session of Asha with anybody, at any time. */
  const sessionOf = (menteeId: string, at: Temporal.Instant) =>
    session(programmeId, own, people.mentor.id, menteeId, at)

  const link = (purpose: 'join' | 'manage', { participantId }: Target) =>
    linkToken(SECRET, { purpose, subjectId: participantId, revision: 1 })

  const identity = (who: ActorName | 'token'): Record<string, string> =>
    who === 'token'
      ? { authorization: `Bearer ${TOKEN}` }
      : who === 'anonymous'
        ? {}
        : { cookie: cookies.get(who) ?? '' }

  /** No answer of the API says more than the document declares to this kind of person, in any test of this world. */
  async function mustBeDeclared(
    who: ActorName | 'token',
    asked: { method: string; path: string; status: number },
    headers: Headers,
    text: string,
  ): Promise<void> {
    const isJson = headers.get('content-type')?.startsWith('application/json')
    if (!asked.path.startsWith('/api/') || asked.status >= 300 || !isJson || text === '') return
    document ??= await (await app.request('/openapi.json')).json()
    const isOps = who === 'token' || who === 'admin' || who.startsWith('ops')
    const personId = who === 'token' || who === 'anonymous' ? null : people[who].id
    // A test's own bearer token asks as nobody of these.
    const asker = who === 'anonymous' ? null : { ops: isOps, personId }
    const faults = faultsOf(document, asked, JSON.parse(text), asker)
    if (faults.length > 0) throw new Error(`${who} ${asked.method} ${asked.path}: ${faults.slice(0, 5).join('; ')}`)
  }

  /** An answer of the edge: what a client would see, header and body as one text. */
  async function ask(who: ActorName | 'token', { method, path, body, form, headers = {} }: Request) {
    const sent = form ? new URLSearchParams(form).toString() : body === undefined ? undefined : JSON.stringify(body)
    const type: Record<string, string> =
      sent === undefined ? {} : { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }
    const answer = await app.request(path, {
      method,
      headers: { ...identity(who), ...type, ...headers },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const isStream = answer.headers.get('content-type')?.includes('event-stream')
    if (isStream) await answer.body?.cancel()
    const text = isStream ? '' : await answer.text()
    await mustBeDeclared(who, { method, path, status: answer.status }, answer.headers, text)
    return { status: answer.status, headers: answer.headers, text }
  }

  /** Everybody as in the beginning, whatever a request just did to them. */
  async function restore(): Promise<void> {
    await sql`delete from rate_count`.execute(db)
    await sql`delete from booking_pause`.execute(owner)
    await worksFor(people.ops.id, programmeId)
    await worksFor(people['ops of another'].id, otherProgrammeId)
    // Whoever has taken somebody's address or number by now has it no more.
    for (const { id, email, phone } of Object.values(people)) {
      await sql`update account set email = id || '@aside.example.org' where email = ${email} and id <> ${id}`.execute(
        db,
      )
      await sql`update account set phone_e164 = null where phone_e164 = ${phone} and id <> ${id}`.execute(db)
    }
    for (const [name, { id, email, phone }] of Object.entries(people)) {
      const roles = [name.split(' ')[0] === 'disabled' ? 'mentee' : (name.split(' ')[0] as string)]
      const left = name === 'disabled' ? NOW : null
      await sql`update account set roles = ${roles}, email = ${email}, name = ${people[name as keyof typeof people].name}, phone_e164 = ${phone}, joined_into = null, deactivated_at = ${left}
        where id = ${id} and (roles, email, phone_e164) is distinct from (${roles}::text[], ${email}, ${phone}) or id = ${id} and (joined_into is not null or deactivated_at is distinct from ${left})`.execute(
        db,
      )
      const cookie = cookies.get(name as ActorName)?.split('=')[1] ?? ''
      const { rows } = await sql`select from signed_in where token_hash = ${sha256(cookie)}`.execute(db)
      if (rows.length === 0)
        cookies.set(name as ActorName, `${cookieName(config)}=${await signIn(db, id, clock.elapsed())}`)
    }
  }

  return {
    restore,
    db,
    owner,
    drop,
    app,
    clock,
    house,
    logged,
    people,
    programmeId,
    otherProgrammeId,
    target,
    sessionOf,
    link,
    ask,
    identity,
    person,
  }
}

export type Request = {
  method: string
  path: string
  body?: unknown
  form?: Record<string, string>
  headers?: Record<string, string>
}
