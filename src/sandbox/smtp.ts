import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Listener } from './listen.ts'
import { enqueue } from './queue.ts'
import { row, rows, type World } from './world.ts'

export type CalendarPart = { method: string; uid: string; sequence: number; ics: string }

type Session = { id: string; envelope: { rcptTo: { address: string }[] } }
type Callback = (error?: (Error & { responseCode?: number }) | null) => void

/** A mail server that takes everything but what it was told to refuse, and keeps what it took. */
export async function listenSmtp(
  world: World,
  wantedPort: number,
): Promise<Listener & { refuse: (refuse: boolean) => Promise<void> }> {
  const strikes = (kind: Parameters<World['faults']['strikes']>[1]) =>
    world.faults.strikes('email', kind, world.clock.now())
  const make = () => {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 1_000,
      onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'sandbox' }),
      onConnect: (_session, done) => void connected().then(() => done(), done),
      onRcptTo: (address, _session, done) => void recipient(address.address).then(() => done(), done),
      onData: (stream, session, done) =>
        void collected(stream).then(
          (raw) => take(server, session as unknown as Session, raw, done as Callback),
          done as Callback,
        ),
    })
    server.on('error', () => {})
    return server
  }
  const connected = async () => {
    const latency = await strikes('latency')
    if (latency !== null) await pause(latency)
    if ((await strikes('outage')) !== null)
      throw reply(421, '4.3.2 Service not available, closing transmission channel')
    if ((await strikes('revoked_token')) !== null) throw reply(535, '5.7.8 Authentication credentials invalid')
    if ((await strikes('429')) !== null) throw reply(421, '4.7.0 Too many messages, slow down')
  }
  const recipient = async (address: string) => {
    const mailbox = await row(world.pool, 'select refuses from sandbox.mailbox where email = $1', address.toLowerCase())
    if (mailbox?.refuses) throw reply(550, `5.1.1 <${address}>: Recipient address rejected: User unknown`)
  }
  const take = async (server: SMTPServer, session: Session, raw: Buffer, done: Callback) => {
    if ((await strikes('5xx_before')) !== null) return done(reply(451, '4.3.0 Local error in processing'))
    await keep(world, session, raw)
    if ((await strikes('5xx_after')) !== null) return done(reply(451, '4.3.0 Local error in processing'))
    if ((await strikes('lost_answer')) !== null) return hangUp(server, session.id)
    done()
  }

  let server = make()
  const port = await open(server, wantedPort).catch(() => {
    server = make()
    return open(server, 0)
  })
  let shut = false
  return {
    port,
    async refuse(refuse) {
      if (refuse && !shut) {
        shut = true
        await close(server)
      } else if (!refuse && shut) {
        shut = false
        server = make()
        await open(server, port)
      }
    },
    close: () => (shut ? Promise.resolve() : close(server)),
  }
}

/** What people's mail servers do. */
export function mailActs(world: World) {
  return {
    /** The mailbox does not exist from now on (550 5.1.1), or exists again. */
    async refuse(email: string, refuses = true): Promise<void> {
      await rows(
        world.pool,
        'insert into sandbox.mailbox (email, refuses) values ($1, $2) on conflict (email) do update set refuses = excluded.refuses',
        email.toLowerCase(),
        refuses,
      )
    },
    /** The latest mail to an address comes back: a delivery status notification (RFC 3464), posted as it is. */
    async bounce(email: string, { status = '5.1.1' }: { status?: string } = {}): Promise<{ messageId: string }> {
      const found = await row(
        world.pool,
        "select * from sandbox.message where channel = 'email' and address = $1 order by seq desc limit 1",
        email.toLowerCase(),
      )
      if (!found) throw new Refusal('not_found', `There is no mail to ${email}.`)
      await rows(world.pool, "update sandbox.message set state = 'bounced' where seq = $1", found.seq)
      const body = notification(email, found.vendor_id, found.subject ?? '', status)
      await enqueue(world, {
        vendor: 'email',
        path: '/webhooks/mail',
        body,
        headers: {
          'content-type': 'message/rfc822',
          'x-punctual-mail-key': world.env.MAIL_WEBHOOK_SECRET.split(',')[0] ?? '',
        },
      })
      return { messageId: found.vendor_id }
    },
  }
}

async function keep(world: World, session: Session, raw: Buffer): Promise<void> {
  const mail = await PostalMime.parse(raw, { attachmentEncoding: 'utf8' })
  const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key.toLowerCase(), value]))
  const content = {
    from: mail.from?.address ?? '',
    html: mail.html ?? null,
    headers,
    calendar: calendarOf(mail),
    attachments: mail.attachments.map(({ filename, mimeType }) => ({ filename, mimeType })),
  }
  for (const { address } of session.envelope.rcptTo) {
    // The same Message-ID to the same address is one mail in the mailbox, as mail programs show it.
    await rows(
      world.pool,
      `insert into sandbox.message (id, at, channel, address, vendor_id, delivery_id, template, subject, body, raw)
       values ($1, $2, 'email', $3, $4, $5, $6, $7, $8, $9)
       on conflict (channel, vendor_id, address) do update set raw = sandbox.message.raw || '{"received_again": true}'`,
      newId(),
      world.clock.now(),
      address.toLowerCase(),
      mail.messageId ?? `<${randomBytes(8).toString('hex')}@without-id.example>`,
      headers['x-punctual-delivery'] ?? null,
      headers['x-punctual-template'] ?? null,
      mail.subject ?? '',
      mail.text ?? '',
      content,
    )
  }
}

function calendarOf(mail: Email): CalendarPart | null {
  const part = mail.attachments.find((a) => a.mimeType === 'text/calendar')
  if (!part) return null
  const ics = String(part.content).replace(/\r?\n[ \t]/g, '')
  const value = (name: string) => new RegExp(`^${name}(?:;[^:\\r\\n]*)?:(.*)$`, 'm').exec(ics)?.[1]?.trim()
  return {
    method: (part.method ?? value('METHOD') ?? '').toUpperCase(),
    uid: value('UID') ?? '',
    sequence: Number(value('SEQUENCE') ?? 0),
    ics: String(part.content),
  }
}

function notification(email: string, messageId: string, subject: string, status: string): string {
  const boundary = `dsn-${randomBytes(8).toString('hex')}`
  return [
    'From: Mail Delivery System <mailer-daemon@mx.example>',
    'Return-Path: <>',
    `Message-ID: <${randomBytes(12).toString('hex')}@mx.example>`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Your message could not be delivered to ${email}.`,
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    `Final-Recipient: rfc822; ${email}`,
    'Action: failed',
    `Status: ${status}`,
    `Diagnostic-Code: smtp; 550 ${status} User unknown`,
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: ${messageId}`,
    `To: ${email}`,
    `Subject: ${subject}`,
    '',
    `--${boundary}--`,
    '',
  ].join('\r\n')
}

const reply = (code: number, words: string): Error & { responseCode: number } =>
  Object.assign(new Error(words), { responseCode: code })

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function hangUp(server: SMTPServer, id: string): void {
  const connections = (server as unknown as { connections: Set<{ id: string; _socket: { destroy: () => void } }> })
    .connections
  for (const connection of connections) if (connection.id === id) connection._socket.destroy()
}

function open(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.server.off('error', reject)
      resolve((server.server.address() as AddressInfo).port)
    })
  })
}

const close = (server: SMTPServer): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))
