import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutData } from '../src/errors.ts'
import { newId } from '../src/ids.ts'
import { finishErasures } from '../src/people/erase-person.ts'
import { signSlack, signWhatsapp, signZoom } from '../src/vendors/signatures.ts'
import { authorizationWorld, NOW, type World } from './authorization/world.ts'

/** Fifty people whose name, address, number and words occur nowhere else: where they turn up, something leaks. */

const CANARIES = 50
const stamp = String(Math.trunc(NOW.epochMilliseconds / 1000))
let world: World
const canaries: { id: string; name: string; email: string; phone: string }[] = []

beforeAll(async () => {
  world = await authorizationWorld({
    ZOOM_ACCOUNT_ID: 'ours',
    ZOOM_WEBHOOK_SECRET_TOKEN: 'zoom-secret',
    WHATSAPP_APP_SECRET: 'meta-secret',
    WHATSAPP_VERIFY_TOKEN: 'verify-me',
    WHATSAPP_PHONE_NUMBER_ID: '1122334455667',
    SLACK_SIGNING_SECRET: 'slack-secret',
  })
})
afterAll(() => world.drop())

const as = (method: string, path: string, body?: unknown, who: 'token' | 'admin' = 'token') =>
  world.ask(who, { method, path, ...(body === undefined ? {} : { body }) })
const marked = (text: string): string[] =>
  [...text.matchAll(/[^\s"]{0,20}(canaryqx|\+?1415777)[^\s"]{0,20}/gi)].map(([found]) => found)

describe('nothing about a person in logs, metrics, refusals and addresses', () => {
  test(`${CANARIES} people go through everything that can be asked, and through what goes wrong`, async () => {
    const refusals: string[] = []
    const locations: string[] = []
    const note = (answer: { status: number; text: string; headers: Headers }) => {
      if (answer.status >= 400) refusals.push(answer.text)
      locations.push(answer.headers.get('location') ?? '')
      return answer
    }
    for (let number = 0; number < CANARIES; number++) {
      const name = `Canaryqx${number} Person`
      const email = `canaryqx${number}@private.example`
      const phone = `+1415777${String(2000 + number)}`
      const made = note(
        await as('POST', '/api/v1/people', { name, email, phone, timeZone: 'UTC', roles: ['mentee'], invite: true }),
      )
      expect(made.status, made.text).toBe(201)
      const id = JSON.parse(made.text).id
      canaries.push({ id, name, email, phone })
      // Again, and wrongly, with everything that could be quoted back.
      note(await as('POST', '/api/v1/people', { name, email, timeZone: 'UTC' }))
      note(await as('POST', '/api/v1/people', { name, email: `${email} ${email}`, phone: `${phone}x`, timeZone: name }))
      note(await as('PATCH', `/api/v1/people/${id}`, { timeZone: email }))
      note(await as('PATCH', `/api/v1/people/${world.people.mentor.id}`, { email }))
      note(await as('PATCH', `/api/v1/people/${world.people.mentor.id}`, { aliases: [email] }))
      note(await as('GET', `/api/v1/people/${encodeURIComponent(email)}`))
      note(await as('POST', `/api/v1/people/${id}/consent`, { channel: 'whatsapp', given: true, source: name }))
      note(
        await as('POST', '/api/v1/mentorships', {
          programmeId: world.programmeId,
          mentorId: world.people.mentor.id,
          menteeId: id,
        }),
      )
      note(await as('POST', '/api/v1/bookings', { mentorId: world.people.mentor.id, menteeId: id, startsAt: email }))
      note(
        await as('POST', '/api/v1/bookings', {
          mentorId: world.people.mentor.id,
          menteeId: id,
          startsAt: NOW.add({ hours: 22 }).toString(),
        }),
      )
      note(await world.ask('anonymous', { method: 'POST', path: '/sign-in', form: { address: email } }))
      await webhooks(number, name, email, phone, note)
    }
    const metrics = await as('GET', '/metrics')
    expect({
      logs: marked(world.logged.join('\n')),
      metrics: marked(metrics.text),
      refusals: marked(refusals.join('\n')),
      locations: marked(locations.join('\n')),
    }).toEqual({ logs: [], metrics: [], refusals: [], locations: [] })
    expect(refusals.length).toBeGreaterThan(CANARIES * 5)
  }, 120_000)

  async function webhooks(
    number: number,
    name: string,
    email: string,
    phone: string,
    note: (answer: { status: number; text: string; headers: Headers }) => unknown,
  ) {
    const zoom = JSON.stringify({
      event: 'meeting.participant_joined',
      event_ts: NOW.epochMilliseconds,
      payload: {
        account_id: 'ours',
        object: { id: '1', uuid: '/u+1==', topic: `Mentorship: ${name}`, participant: { user_name: name, email } },
      },
    })
    const whatsapp = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [
            {
              field: 'messages',
              value: {
                metadata: { phone_number_id: '1122334455667' },
                messages: [
                  {
                    from: phone.slice(1),
                    id: `wamid.${number}`,
                    timestamp: stamp,
                    type: 'text',
                    text: { body: `I am ${name}, ${email}` },
                  },
                ],
              },
            },
          ],
        },
      ],
    })
    const slack = `payload=${encodeURIComponent(JSON.stringify({ type: 'block_actions', user: { id: name }, actions: [{ value: email }] }))}`
    const raw = async (path: string, body: string, headers: Record<string, string>) => {
      const answer = await world.app.request(path, { method: 'POST', body, headers })
      note({ status: answer.status, headers: answer.headers, text: await answer.text() })
    }
    for (const body of [zoom, `{"${email}"`])
      await raw('/webhooks/zoom', body, {
        'x-zm-request-timestamp': stamp,
        'x-zm-signature': signZoom('zoom-secret', stamp, body),
      })
    await raw('/webhooks/zoom', zoom, { 'x-zm-request-timestamp': stamp, 'x-zm-signature': 'v0=00' })
    await raw('/webhooks/whatsapp', whatsapp, { 'x-hub-signature-256': signWhatsapp('meta-secret', whatsapp) })
    await raw('/webhooks/slack', slack, {
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': signSlack('slack-secret', stamp, slack),
    })
  }

  test(`${CANARIES} people in whose midst the database breaks: of none is anything in the answer or the log`, async () => {
    world.logged.length = 0
    const answers: string[] = []
    // Whatever is written, in three tables, fails as a bug of ours would: with the row in the database's message.
    const broken = ['consent', 'account', 'account_alias']
    for (const table of broken)
      await sql`alter table ${sql.table(table)} add constraint crash check (false) not valid`.execute(world.owner)
    for (const { id, name, email, phone } of canaries) {
      const crashes = [
        await as('POST', `/api/v1/people/${id}/consent`, { channel: 'email', given: true, source: `${name} ${email}` }),
        await as('PATCH', `/api/v1/people/${id}`, { name: `${name} ${phone}` }),
        await as('PATCH', `/api/v1/people/${id}`, { aliases: [`other.${email}`] }),
        await as('POST', '/api/v1/people', { name, email: `new.${email}`, timeZone: 'UTC' }),
      ]
      expect(crashes.map(({ status }) => status)).toEqual([500, 500, 500, 500])
      answers.push(...crashes.map(({ text, headers }) => text + JSON.stringify([...headers])))
    }
    for (const table of broken) await sql`alter table ${sql.table(table)} drop constraint crash`.execute(world.owner)
    const crashed = world.logged.filter((line) => line.includes('request_crashed'))
    expect(crashed).toHaveLength(CANARIES * 4)
    const metrics = await as('GET', '/metrics')
    // What is due to be done is kept as work, and work names ids only.
    const { rows: jobs } = await sql<{ row: string }>`
      select t::text as row from chore t union all select t::text from rate_count t union all select t::text from idempotency_key t`.execute(
      world.db,
    )
    expect({
      logs: marked(world.logged.join('\n')),
      answers: marked(answers.join('\n')),
      metrics: marked(metrics.text),
      jobs: marked(jobs.map(({ row }) => row).join('\n')),
    }).toEqual({ logs: [], answers: [], metrics: [], jobs: [] })
  }, 120_000)

  test('a crash is logged by its kind and its route, without what it was about', async () => {
    const { email, phone, id } = canaries[0] as (typeof canaries)[number]
    world.logged.length = 0
    await sql`alter table consent add constraint crash check (source not like 'Canaryqx%' or granted_at < '2020-01-01') not valid`.execute(
      world.owner,
    )
    const crashed = await as('POST', `/api/v1/people/${id}/consent`, {
      channel: 'email',
      given: true,
      source: `Canaryqx0 ${email} ${phone}`,
    })
    await sql`alter table consent drop constraint crash`.execute(world.owner)
    expect(crashed.status).toBe(500)
    expect(world.logged.join()).toContain('request_crashed')
    expect(marked(world.logged.join() + crashed.text)).toEqual([])
  })

  test.each([
    [
      'duplicate key value violates unique constraint "account_email"',
      'duplicate key value violates unique constraint …',
    ],
    ['Key (email)=(a@b.example) already exists.', 'Key … already exists.'],
    [`invalid input syntax for type uuid: "Ravi Silva"`, 'invalid input syntax for type uuid: …'],
    ['550 no such mailbox ravi@home.example', '550 no such mailbox …'],
    ['Unexpected token R in JSON at +14155550123', 'Unexpected token R in JSON at …'],
  ])('of "%s" a log keeps its shape', (message, kept) => {
    expect(withoutData(message)).toBe(kept)
  })
})

describe('what a person may ask for', () => {
  let subject: (typeof canaries)[number]
  let past: Past

  beforeAll(async () => {
    subject = canaries[7] as (typeof canaries)[number]
    past = await world.sessionOf(subject.id, NOW.subtract({ hours: 24 * 10 }))
    await everywhere(subject, past)
  })

  test('their export holds everything, and nothing secret', async () => {
    const { status, text } = await as('GET', `/api/v1/people/${subject.id}/export`)
    expect(status).toBe(200)
    const found = JSON.parse(text)
    expect(found.person.email).toBe(subject.email)
    for (const section of [
      'otherAddresses',
      'consents',
      'sessions',
      'bookings',
      'messages',
      'attempts',
      'whatsapp',
      'replies',
      'joinClicks',
      'attendance',
      'calendars',
      'busyTimes',
      'hours',
      'vendorCopies',
      'cases',
      'history',
    ])
      expect(found[section].length, section).toBeGreaterThan(0)
    expect(found.consents[0]).toMatchObject({ accountId: subject.id, grantedAt: expect.any(String) })
    const spelled = Object.values(found).flatMap((section) =>
      Array.isArray(section) ? section.flatMap(Object.keys) : [],
    )
    expect(spelled.filter((name) => !/^[a-z][a-zA-Z0-9]*$/.test(name))).toEqual([])
    expect(text).not.toMatch(/tokenHash|token_hash|"tokens"|channel_?[tT]oken|\\\\x/)
    for (const other of canaries) if (other !== subject) expect(text).not.toContain(other.email)
    expect(text).not.toContain(world.people.mentor.email)
  })

  test('nobody is forgotten while a session of theirs is to come', async () => {
    const next = await world.sessionOf(subject.id, NOW.add({ hours: 300 }))
    const refused = await as('POST', `/api/v1/people/${subject.id}/erase`, { reason: 'asked' })
    expect([refused.status, JSON.parse(refused.text).sessions.map(({ id }: { id: string }) => id)]).toEqual([
      422,
      [next.sessionId],
    ])
    await world.db
      .updateTable('session')
      .set({ cancelled_at: NOW, cancelled_by: 'test' })
      .where('id', '=', next.sessionId)
      .execute()
  })

  test('once forgotten, no row of any table knows them; the other side keeps its history', async () => {
    const before = await rowsWith(subject)
    expect(Object.keys(before).length).toBeGreaterThan(15)
    const { status, text } = await as('POST', `/api/v1/people/${subject.id}/erase`, { reason: 'asked by letter' })
    expect([status, text]).toEqual([200, expect.any(String)])
    expect(JSON.parse(text)).toMatchObject({ id: subject.id, vendorCopies: 2 })

    // Until the vendor has erased its copy, its address is known where it must be erased from.
    expect(Object.keys(await rowsWith(subject))).toEqual(['mirror'])
    const queued = await world.db
      .selectFrom('mirror')
      .select(['kind', 'wanted', 'next_attempt_at'])
      .where('owner_id', '=', past.participantId)
      .orderBy('kind')
      .execute()
    expect(queued).toEqual([
      { kind: 'calendar_event', wanted: null, next_attempt_at: NOW },
      { kind: 'registrant', wanted: null, next_attempt_at: NOW },
    ])
    await finishErasures(world.db, NOW)
    expect(Object.keys(await rowsWith(subject))).toEqual(['mirror'])
    await world.db
      .updateTable('mirror')
      .set({ next_attempt_at: null, remote_id: null })
      .where('owner_id', '=', past.participantId)
      .execute()
    await finishErasures(world.db, NOW)
    expect(await rowsWith(subject)).toEqual({})
    const { tokens } = await world.db
      .selectFrom('calendar_connection')
      .select('tokens')
      .where('account_id', '=', subject.id)
      .executeTakeFirstOrThrow()
    expect(tokens).toBeNull()

    const session = JSON.parse((await as('GET', `/api/v1/sessions/${past.sessionId}`)).text)
    expect(session.participants.map(({ name }: { name: string }) => name)).toContain('Somebody who left')
    const consents = await world.db
      .selectFrom('consent')
      .select('source')
      .where('account_id', '=', subject.id)
      .execute()
    expect(consents.length).toBeGreaterThan(0)
  })

  test('they can come back, as somebody new', async () => {
    expect((await as('POST', `/api/v1/people/${subject.id}/erase`, { reason: 'again' })).status).toBe(404)
    expect((await as('GET', `/api/v1/people/${subject.id}/export`)).status).toBe(404)
    const { status, text } = await as('POST', '/api/v1/people', {
      name: subject.name,
      email: subject.email,
      timeZone: 'UTC',
    })
    expect(status).toBe(201)
    expect(JSON.parse(text).id).not.toBe(subject.id)
  })
})

type Past = { sessionId: string; bookingId: string; participantId: string }

/** Tables with rows that hold anything of the person, and how many. */
async function rowsWith({
  name,
  email,
  phone,
}: {
  name: string
  email: string
  phone: string
}): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{
    name: string
  }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(
    world.db,
  )
  const found: Record<string, number> = {}
  for (const { name: table } of tables) {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from ${sql.table(table)} t
      where t::text like any(${[`%${name}%`, `%${email}%`, `%${phone.slice(1)}%`]}::text[])`.execute(world.db)
    if (rows[0]?.count) found[table] = rows[0].count
  }
  return found
}

/** One row of the person in every table that can hold one. */
async function everywhere(
  { id, name, email, phone }: (typeof canaries)[number],
  { sessionId, participantId }: Past,
): Promise<void> {
  const { db } = world
  const connection = newId()
  const about = JSON.stringify({ text: `${name} ${email} ${phone}`, to: email })
  await sql`insert into account_alias values (${`other.${email}`}, ${id}, 'zoom', ${NOW})`.execute(db)
  await sql`insert into user_calendar_config (account_id, config, version, updated_at, updated_by) values (${id}, ${about}::jsonb, 1, ${NOW}, 'test')`.execute(
    db,
  )
  await sql`insert into calendar_connection (id, account_id, google_email, tokens, connected_at) values (${connection}, ${id}, ${email}, 'sealed', ${NOW})`.execute(
    db,
  )
  await sql`insert into calendar_busy values (${connection}, 'g', ${id}, tstzrange(${NOW}, ${NOW.add({ hours: 1 })}), ${name}, ${NOW})`.execute(
    db,
  )
  await sql`insert into calendar_difference values (${newId()}, ${connection}, ${sessionId}, 'moved', ${about}::jsonb, ${NOW})`.execute(
    db,
  )
  await sql`insert into zoom_host (id, zoom_user, account_id) values (${newId()}, ${email}, ${id})`.execute(db)
  await sql`insert into dead_address values ('email', ${email}, 'bounced', ${NOW})`.execute(db)
  await sql`insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at, detail)
    values (${sessionId}, 'booked:1', 'session', 'send', 'booked', ${id}, ${NOW}, ${NOW}, ${NOW}, ${about}::jsonb), (${sessionId}, 'booked:2', 'session', 'send', 'booked', ${world.people.mentor.id}, ${NOW}, ${NOW}, ${NOW}, '{}')`.execute(
    db,
  )
  const [mine, theirs] = [newId(), newId()]
  for (const [delivery, key, recipient] of [
    [mine, 'booked:1', id],
    [theirs, 'booked:2', world.people.mentor.id],
  ])
    await sql`insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, state, due_at, expires_at, created_at, said)
      values (${delivery}, ${sessionId}, 'session', ${key}, 'email', ${recipient}, 'booked', 'T', 'delivered', ${NOW}, ${NOW}, ${NOW}, ${about}::jsonb)`.execute(
      db,
    )
  await sql`insert into attempt (id, delivery_id, number, state, address, started_at, detail) values (${newId()}, ${mine}, 1, 'accepted', ${email}, ${NOW}, ${email})`.execute(
    db,
  )
  await sql`insert into whatsapp_message (wamid, direction, account_id, phone_e164, session_id, kind, body, said_at, received_at) values ('w-in', 'in', ${id}, ${phone}, ${sessionId}, 'text', ${name}, ${NOW}, ${NOW})`.execute(
    db,
  )
  await sql`insert into reply (id, session_id, participant_id, revision, meaning, channel, matched_by, text, said_at, received_at) values (${newId()}, ${sessionId}, ${participantId}, 1, 'message', 'whatsapp', 'sender', ${`I am ${name}`}, ${NOW}, ${NOW})`.execute(
    db,
  )
  await sql`insert into join_click values (${newId()}, ${participantId}, ${sessionId}, ${NOW})`.execute(db)
  await sql`insert into meeting_event (id, body_hash, event, zoom_meeting_id, session_id, occurred_at, received_at, participant, object)
    values (${newId()}, 'h', 'meeting.participant_joined', '1', ${sessionId}, ${NOW}, ${NOW}, ${about}::jsonb, ${JSON.stringify({ id: 1, participant: { email } })}::jsonb)`.execute(
    db,
  )
  await sql`insert into meeting_report values (${newId()}, ${sessionId}, 'u', ${NOW}, ${JSON.stringify([{ name, user_email: email }])}::jsonb)`.execute(
    db,
  )
  await sql`insert into attendance_verdict (id, session_id, participant_id, version, verdict, stage, evidence, decided_at, reason) values (${newId()}, ${sessionId}, ${participantId}, 1, 'present', 'firm', ${about}::jsonb, ${NOW}, ${`${name} was there`})`.execute(
    db,
  )
  for (const kind of ['registrant', 'calendar_event'])
    await sql`insert into mirror (id, kind, key, session_id, owner_id, wanted, wanted_at, applied, remote_id, remote) values (${newId()}, ${kind}, ${`${kind}:${participantId}`}, ${sessionId}, ${participantId}, ${about}::jsonb, ${NOW}, ${about}::jsonb, 'r', ${JSON.stringify({ email })}::jsonb)`.execute(
      db,
    )
  await sql`insert into ops_case (id, kind, key, session_id, account_id, title, detail, opened_at) values (${newId()}, 'missing', ${`missing:${id}`}, ${sessionId}, ${id}, ${`${name} is missing`}, ${about}::jsonb, ${NOW})`.execute(
    db,
  )
  await sql`update session set title = ${`With ${name}`} where id = ${sessionId}`.execute(db)
}
