import { sql } from 'kysely'
import { createApp } from '../../src/app.ts'
import { StandingClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import type { House } from '../../src/http.ts'
import { newId } from '../../src/ids.ts'
import { cookieName, signIn } from '../../src/people/sign-in.ts'
import { testDatabase } from './database.ts'

const TOKEN = 'sandbox-token-of-this-test'
/** A Sunday. */
export const NOON = Temporal.Instant.from('2026-03-08T12:00:00Z')

/** The whole edge over a database of its own, asked as ops of everything or as somebody signed in; and rows to put there. */
export async function deskWorld(now = NOON) {
  const { db, drop } = await testDatabase()
  const config = readConfig({
    PUNCTUAL_SANDBOX_TOKEN: TOKEN,
    PUNCTUAL_SECRET: 'a secret that only this test file knows, long enough',
  })
  const clock = new StandingClock(now)
  const house: House = { db, clock, config, nudge: () => {}, onChange: () => () => {}, log: () => {} }
  const app = createApp(house, {})

  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    // biome-ignore lint/suspicious/noExplicitAny: each test states the shape it expects
    return { status: response.status, text, headers: response.headers, body: (isJson ? JSON.parse(text) : null) as any }
  }

  async function person(name: string, roles: string[] = [], fields: Record<string, unknown> = {}): Promise<string> {
    const id = newId()
    const row = { id, email: `${id}@example.org`, name, time_zone: 'UTC', roles, created_at: now, ...fields }
    await db.insertInto('account').values(row).execute()
    return id
  }

  async function programme(name: string): Promise<string> {
    const id = newId()
    await db.insertInto('programme').values({ id, name, created_at: now }).execute()
    return id
  }

  async function pair(programmeId: string, mentorId: string, menteeId: string, sessions: number | null = 8) {
    const id = newId()
    await db
      .insertInto('mentorship')
      .values({
        id,
        programme_id: programmeId,
        mentor_id: mentorId,
        mentee_id: menteeId,
        sessions,
        starts_on: '2026-01-01',
        created_at: now,
      })
      .execute()
    return id
  }

  /** A published session of half an hour with its booking, made `leadHours` before it begins. */
  async function session(
    programmeId: string,
    people: { mentorId: string; menteeId: string; mentorshipId?: string },
    startsAt: string,
    {
      leadHours = 48,
      cancelled = false,
      late = false,
    }: { leadHours?: number; cancelled?: boolean; late?: boolean } = {},
  ) {
    const [id, bookingId] = [newId(), newId()]
    const start = Temporal.Instant.from(startsAt)
    const made = start.subtract({ hours: leadHours })
    const end = start.add({ minutes: 30 })
    const over = cancelled ? { cancelled_at: made, cancelled_by: 'test', cancel_reason: 'ill' } : {}
    await db
      .insertInto('session')
      .values({
        id,
        programme_id: programmeId,
        starts_at: start,
        ends_at: end,
        room: 'zoom',
        scheduled_at: made,
        created_at: made,
        created_by: 'test',
        published_at: made,
        ...over,
      })
      .execute()
    await sql`insert into session_revision (session_id, revision, starts_at, ends_at, room, made_at, made_by, cause)
      values (${id}, 1, ${start}, ${end}, 'zoom', ${made}, 'test', 'booked')`.execute(db)
    await db
      .insertInto('user_calendar_booking')
      .values({
        id: bookingId,
        session_id: id,
        mentor_id: people.mentorId,
        mentee_id: people.menteeId,
        mentorship_id: people.mentorshipId ?? null,
        created_at: made,
        created_by: 'test',
        late_cancel: late,
        ...over,
      })
      .execute()
    const participants = { mentor: newId(), mentee: newId() }
    for (const role of ['mentor', 'mentee'] as const)
      await db
        .insertInto('session_participant')
        .values({
          id: participants[role],
          session_id: id,
          account_id: role === 'mentor' ? people.mentorId : people.menteeId,
          role,
          joined_at: made,
          ...(role === 'mentee' ? { booking_id: bookingId } : {}),
        })
        .execute()
    return { id, ...participants }
  }

  const cookieOf = async (accountId: string) => ({
    name: cookieName(config),
    value: await signIn(db, accountId, clock.elapsed()),
  })

  return { db, drop, house, clock, app, ask, person, programme, pair, session, cookieOf }
}

export type DeskWorld = Awaited<ReturnType<typeof deskWorld>>
