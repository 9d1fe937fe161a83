import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { StandingClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import type { Database } from '../../src/database/pool.ts'
import type { Needs } from '../../src/effects/needs.ts'
import { newId } from '../../src/ids.ts'
import { vendorsOf } from '../../src/vendors/vendors.ts'
import { testDatabase } from './database.ts'

export const at = (time: string): Temporal.Instant => Temporal.Instant.from(`2026-03-12T${time}:00Z`)

/** A database, two local vendors and a clock that the test moves. The session of `book()` is at 14:00 UTC on 12 March. */
export async function effectsWorld(now = at('08:00')) {
  const { db, owner, url, drop } = await testDatabase()
  const whatsapp = await localWhatsapp()
  const mail = await localMail()
  const clock = movable(now)
  const needs = needsFor(db, clock, { WHATSAPP_API_URL: whatsapp.url, SMTP_URL: mail.url })
  return {
    db,
    url,
    clock,
    needs,
    whatsapp,
    mail,
    book: (options: BookOptions = {}) => book(db, clock.now(), options),
    owner,
    close: async () => {
      await whatsapp.close()
      await mail.close()
      needs.vendors.email?.close()
      await drop()
    },
  }
}

export function needsFor(db: Database, clock: Needs['clock'], environment: Record<string, string>): Needs {
  const config = readConfig({
    PUNCTUAL_SECRET: 's'.repeat(40),
    PUNCTUAL_URL: 'http://punctual.test',
    ...(environment.WHATSAPP_API_URL
      ? { WHATSAPP_PHONE_NUMBER_ID: '100', WHATSAPP_BUSINESS_ACCOUNT_ID: '200', WHATSAPP_ACCESS_TOKEN: 'token' }
      : {}),
    ...environment,
  })
  return {
    db,
    clock,
    config,
    vendors: vendorsOf(config),
    secret: 's'.repeat(40),
    publicUrl: 'http://punctual.test',
    log: () => {},
  }
}

/** Stands still in both its times; leases lapse when `sleep` says so. */
export function movable(start: Temporal.Instant) {
  const standing = new StandingClock(start)
  let elapsed = Temporal.Instant.from('2026-11-01T00:00:00Z')
  return {
    now: () => standing.now(),
    elapsed: () => elapsed,
    advanceTo: (instant: Temporal.Instant) => standing.advanceTo(instant),
    sleep: (seconds: number) => {
      elapsed = elapsed.add({ seconds })
    },
  }
}

type BookOptions = { startsAt?: Temporal.Instant; scheduledAt?: Temporal.Instant; channels?: ('whatsapp' | 'email')[] }
export type Booked = { sessionId: string; mentor: Person; mentee: Person }
type Person = { accountId: string; participantId: string; email: string; phone: string }

/** A published session of one mentor and one mentee, both with consent, due to be looked at now. */
export async function book(
  db: Database,
  now: Temporal.Instant,
  { startsAt = at('14:00'), scheduledAt = now, channels = ['whatsapp', 'email'] }: BookOptions = {},
): Promise<Booked> {
  const sessionId = newId()
  const programmeId = newId()
  const endsAt = startsAt.add({ minutes: 30 })
  await db
    .insertInto('programme')
    .values({ id: programmeId, name: `Programme ${programmeId}`, created_at: scheduledAt })
    .execute()
  await db
    .insertInto('session')
    .values({
      id: sessionId,
      programme_id: programmeId,
      starts_at: startsAt,
      ends_at: endsAt,
      room: 'zoom',
      scheduled_at: scheduledAt,
      created_at: scheduledAt,
      created_by: 'test',
      published_at: scheduledAt,
      wake_at: now,
    })
    .execute()
  await db
    .insertInto('session_revision')
    .values({
      session_id: sessionId,
      revision: 1,
      starts_at: startsAt,
      ends_at: endsAt,
      room: 'zoom',
      made_at: scheduledAt,
      made_by: 'test',
      cause: 'booked',
    })
    .execute()
  const mentor = await expect(db, sessionId, 'mentor', scheduledAt, channels)
  const mentee = await expect(db, sessionId, 'mentee', scheduledAt, channels)
  return { sessionId, mentor, mentee }
}

let people = 0

async function expect(
  db: Database,
  sessionId: string,
  role: 'mentor' | 'mentee',
  now: Temporal.Instant,
  channels: string[],
): Promise<Person> {
  people += 1
  const person = {
    accountId: newId(),
    participantId: newId(),
    email: `${role}${people}@example.org`,
    phone: `+4917012${String(people).padStart(5, '0')}`,
  }
  const name = role === 'mentor' ? 'Ravi Silva' : 'Asha Rao'
  await db
    .insertInto('account')
    .values({
      id: person.accountId,
      email: person.email,
      name,
      phone_e164: person.phone,
      time_zone: 'UTC',
      channels,
      created_at: now,
    })
    .execute()
  await db
    .insertInto('consent')
    .values({ id: newId(), account_id: person.accountId, channel: 'whatsapp', granted_at: now, source: 'test' })
    .execute()
  await db
    .insertInto('session_participant')
    .values({ id: person.participantId, session_id: sessionId, account_id: person.accountId, role, joined_at: now })
    .execute()
  return person
}

type Reaction = (request: Sent, response: ServerResponse) => void | Promise<void>
export type Sent = { to: string; template: string; attempt: string; wamid: string }

/** WhatsApp's one address, answering as told: by default it accepts everything. */
export async function localWhatsapp() {
  const sent: Sent[] = []
  let reaction: Reaction = accept
  const server = createServer(async (request, response) => {
    const body = await json(request)
    const message = {
      to: `+${body.to}`,
      template: body.template?.name ?? '',
      attempt: body.biz_opaque_callback_data ?? '',
      wamid: `wamid.${newId()}`,
    }
    sent.push(message)
    await reaction(message, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    reacts: (next: Reaction) => {
      reaction = next
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const accept: Reaction = (message, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ contacts: [{ wa_id: message.to }], messages: [{ id: message.wamid }] }))
}
/** Takes the message and breaks off before it answers. */
export const breakOff: Reaction = (_message, response) => void response.destroy()
export const refuse =
  (code: number, status = 400): Reaction =>
  (_message, response) => {
    response.statusCode = status
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ error: { code, message: `error ${code}` } }))
  }

export async function localMail() {
  const received: { to: string; messageId: string; subject: string }[] = []
  const trouble = { lost: 0 }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim() ?? ''
        const to = session.envelope.rcptTo[0]?.address ?? ''
        received.push({ to, messageId: header('Message-ID'), subject: header('Subject') })
        if (trouble.lost-- > 0) return void connectionOf(server)?.destroy()
        done()
      })
    },
  })
  // Whoever is killed in the middle of a mail resets the connection.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    received,
    /** The next `count` mails are taken, and the connection breaks before the server says so. */
    loses: (count: number) => {
      trouble.lost = count
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

function connectionOf(server: SMTPServer): { destroy(): void } | undefined {
  const [connection] = (server as unknown as { connections: Set<{ _socket: { destroy(): void } }> }).connections
  return connection?._socket
}

async function json(
  request: IncomingMessage,
): Promise<{ to: string; template?: { name: string }; biz_opaque_callback_data?: string }> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}
