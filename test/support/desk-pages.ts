import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { sql } from 'kysely'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { House } from '../../src/http.ts'
import { newId } from '../../src/ids.ts'
import { cookieName, signIn } from '../../src/people/sign-in.ts'
import { bookingWorld } from './booking.ts'
import { tellBooked } from './told.ts'

/** A mentor with hours, a programme, an admin, ops of that programme and ops of none: what the pages of the desk are about. */
export async function deskPages() {
  const base = await bookingWorld()
  const { db, clock } = base
  const config = readConfig({
    PUNCTUAL_SECRET: 'a secret that only this test file knows, long enough',
    WHATSAPP_PHONE_NUMBER_ID: '1',
    WHATSAPP_ACCESS_TOKEN: 'x',
    SMTP_URL: 'smtp://127.0.0.1:1',
  })
  const resting = { whatsapp: 0 }
  const house: House = {
    db,
    clock,
    config,
    nudge: () => {},
    rests: (vendor) => (vendor === 'whatsapp' ? resting.whatsapp : 0),
    onChange: () => () => {},
    log: () => {},
  }
  const app = createApp(house, {})
  const programmeId = await base.programme('Launchpad')
  const mentorId = await base.mentor('Daniel Okafor')
  const [admin, ops, otherOps] = [
    await base.person('Olivia Hart', ['ops', 'admin']),
    await base.person('Noor Aziz', ['ops']),
    await base.person('Sam Lee', ['ops']),
  ] as [string, string, string]
  await db
    .insertInto('programme_ops')
    .values({ programme_id: programmeId, account_id: ops, since: clock.now(), given_by: 'test' })
    .execute()
  for (let n = 0; n < 3; n++) await base.host(`host-${n}@zoom.test`)

  const cookies = new Map<string, string>()
  async function cookieOf(who: string): Promise<string> {
    const known = cookies.get(who) ?? (await signIn(db, who, clock.elapsed()))
    cookies.set(who, known)
    return known
  }

  async function ask(method: string, path: string, body?: unknown, who = admin) {
    const headers = { 'content-type': 'application/json', cookie: `${cookieName(config)}=${await cookieOf(who)}` }
    const answer = await app.request(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    // biome-ignore lint/suspicious/noExplicitAny: each test states the shape it expects
    return { status: answer.status, body: (await answer.json()) as any }
  }

  /** A message that a vendor did not take, as the worker leaves it behind. */
  async function failed(sessionId: string, menteeId: string, fields: Partial<Record<string, string>> = {}) {
    const id = newId()
    const now = clock.now()
    const given = { state: 'failed', channel: 'whatsapp', code: '131026', key: `booked:${newId()}@1`, ...fields }
    await sql`insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at)
      values (${sessionId}, ${given.key}, 'session', 'send', 'booked', ${menteeId}, ${now}, ${now.add({ hours: 20 })}, ${now}) on conflict do nothing`.execute(
      db,
    )
    await sql`insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, state, due_at, expires_at, failed_at, said, created_at)
      values (${id}, ${sessionId}, 'session', ${given.key}, ${given.channel}, ${menteeId}, 'booked', 'BOOKED', ${given.state}, ${now}, ${now.add({ hours: 20 })},
        ${now}, ${JSON.stringify({ text: 'Your session is booked: {join}', buttons: ['I’ll be there'] })}::jsonb, ${now})`.execute(
      db,
    )
    await sql`insert into attempt (id, delivery_id, number, state, address, code, detail, started_at, ended_at)
      values (${newId()}, ${id}, 1, 'rejected', 'kept', ${given.code}, 'Message undeliverable', ${now}, ${now})`.execute(
      db,
    )
    return id
  }

  let server: Server | null = null
  return {
    ...base,
    house,
    config,
    resting,
    programmeId,
    mentorId,
    admin,
    ops,
    otherOps,
    ask,
    cookieOf,
    failed,
    async get(path: string, who?: string) {
      const answer = await ask('GET', path, undefined, who)
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    /** `isTold`: both have heard of it, as after the worker's first look. */
    async booked(startsAt: string, name = 'Asha Rao', isTold = true) {
      const menteeId = await base.person(name, ['mentee'])
      await base.pair(programmeId, mentorId, menteeId)
      const { status, body } = await ask('POST', '/api/v1/bookings', { mentorId, menteeId, startsAt })
      if (status !== 201) throw new Error(JSON.stringify(body))
      if (isTold) await tellBooked(base.db, body.sessionId)
      return { id: body.id as string, sessionId: body.sessionId as string, menteeId, startsAt }
    },
    /** Serves the app to a browser; answers where. */
    async serve(): Promise<string> {
      server = createServer(getRequestListener(app.fetch))
      await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    async close(): Promise<void> {
      server?.closeAllConnections()
      server?.close()
      await base.drop()
    },
  }
}
