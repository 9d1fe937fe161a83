import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channelToken, isOurChannel } from '../src/calendar/push-channel.ts'
import type { Database } from '../src/database/pool.ts'
import { newId } from '../src/ids.ts'
import { sha256 } from '../src/links.ts'
import {
  signSlack,
  signWhatsapp,
  signZoom,
  verifySlack,
  verifyWhatsapp,
  verifyZoom,
} from '../src/vendors/signatures.ts'
import type { Vendors } from '../src/vendors/vendors.ts'
import { answeringHouse, NOW, SECRET, seconds, seedSession } from './support/answering.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'
import { seededDice } from './support/dice.ts'

/**
 * Four doors, 28 ways to come with something that is not what it says. Wrongly signed: refused, nothing kept, never a 5xx.
 * Rightly signed but replayed, foreign or ancient: 2xx, kept once, and nothing follows from it.
 */

const FULL = process.env.PUNCTUAL_PROOF === 'full'
const FLIPS = FULL ? 100_000 : 20_000
const REPLAYS = FULL ? 1_000 : 100

let database: TestDatabase
let db: Database
let app: ReturnType<typeof answeringHouse>['app']
let rotating: typeof app
let meetingId: string
const channel = newId()

beforeAll(async () => {
  database = await testDatabase()
  db = database.db
  const vendors = { google: {}, people: {} } as unknown as Vendors
  app = answeringHouse(db, {}, { vendors }).app
  const both = {
    ZOOM_WEBHOOK_SECRET_TOKEN: 'new,zoom-secret',
    WHATSAPP_APP_SECRET: 'new,meta-secret',
    SLACK_SIGNING_SECRET: 'new,slack-secret',
  }
  rotating = answeringHouse(db, both, { vendors }).app
  const seeded = await seedSession(db)
  meetingId = seeded.meetingId
  await db
    .insertInto('calendar_connection')
    .values({
      id: newId(),
      account_id: seeded.mentor.accountId,
      google_email: 'maya@example.com',
      connected_at: NOW,
      channel_id: channel,
    })
    .execute()
})
afterAll(() => database.drop())

type Sent = {
  text: string
  headers: Record<string, string> | [string, string][]
  body?: Uint8Array<ArrayBuffer> | string
}
type Signing = { secret?: string; at?: Temporal.Instant; stamp?: string }
type Door = {
  path: string
  secret: string
  /** How far the timestamp may be off, in seconds; null where a signature carries no time. */
  window: number | null
  limit: number
  signature: string
  timestamp: string
  sign(text: string, signing?: Signing): Record<string, string>
  /** A text that has an effect when it is rightly signed; each mark makes another one. */
  text(mark: string): string
  foreign(mark: string): string | null
  ancient(mark: string): string | null
}

const zoomEvent = (mark: string, account = 'our-zoom', at = NOW) =>
  JSON.stringify({
    event: 'meeting.participant_joined',
    event_ts: at.epochMilliseconds,
    payload: {
      account_id: account,
      object: { id: meetingId, uuid: '/u+1==', participant: { user_name: mark, join_time: at.toString() } },
    },
  })
const whatsappMessage = (mark: string, number = '1122334455667', at = NOW) =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: 'waba',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { phone_number_id: number },
              messages: [
                {
                  from: '15550101002',
                  id: `wamid.${mark}`,
                  timestamp: seconds(at),
                  type: 'text',
                  text: { body: mark },
                },
              ],
            },
          },
        ],
      },
    ],
  })
const slackPress = (mark: string, value = mark) =>
  `payload=${encodeURIComponent(JSON.stringify({ type: 'block_actions', user: { id: 'U1' }, trigger_id: mark, actions: [{ action_id: 'settle', value }] }))}`

const timed =
  (signature: string, timestamp: string, own: string, sign: (secret: string, stamp: string, text: string) => string) =>
  (text: string, { secret = own, at = NOW, stamp = seconds(at) }: Signing = {}) => ({
    [signature]: sign(secret, stamp, text),
    [timestamp]: stamp,
  })

const DOORS: Record<string, Door> = {
  zoom: {
    path: '/webhooks/zoom',
    secret: 'zoom-secret',
    window: 7200,
    limit: 1024 * 1024,
    signature: 'x-zm-signature',
    timestamp: 'x-zm-request-timestamp',
    sign: timed('x-zm-signature', 'x-zm-request-timestamp', 'zoom-secret', signZoom),
    text: (mark) => zoomEvent(mark),
    foreign: (mark) => zoomEvent(mark, 'another-zoom'),
    ancient: (mark) => zoomEvent(mark, 'our-zoom', NOW.subtract({ hours: 72 })),
  },
  whatsapp: {
    path: '/webhooks/whatsapp',
    secret: 'meta-secret',
    window: null,
    limit: 4 * 1024 * 1024,
    signature: 'x-hub-signature-256',
    timestamp: 'x-hub-timestamp',
    sign: (text, { secret = 'meta-secret' } = {}) => ({ 'x-hub-signature-256': signWhatsapp(secret, text) }),
    text: (mark) => whatsappMessage(mark),
    foreign: (mark) => whatsappMessage(mark, '999'),
    ancient: (mark) => whatsappMessage(mark, '1122334455667', NOW.subtract({ hours: 24 * 30 })),
  },
  slack: {
    path: '/webhooks/slack',
    secret: 'slack-secret',
    window: 300,
    limit: 1024 * 1024,
    signature: 'x-slack-signature',
    timestamp: 'x-slack-request-timestamp',
    sign: timed('x-slack-signature', 'x-slack-request-timestamp', 'slack-secret', signSlack),
    text: (mark) => slackPress(mark),
    // Somebody else's button: rightly sent by Slack, but not signed by us.
    foreign: (mark) => slackPress(mark, `settle:${newId()}:1:aaaaaaaaaaaaaaaaaaaaaa`),
    ancient: () => null,
  },
  // A hint has no body: its channel is what the token signs.
  google: {
    path: '/webhooks/google-calendar',
    secret: SECRET,
    window: null,
    limit: 1024 * 1024,
    signature: 'x-goog-channel-token',
    timestamp: 'x-goog-message-time',
    sign: (text, { secret = SECRET } = {}) => ({
      'x-goog-channel-token': channelToken(secret, text),
      'x-goog-channel-id': text,
      'x-goog-message-number': '1',
    }),
    text: () => newId(),
    foreign: () => newId(),
    ancient: () => null,
  },
}

const REFUSED = 'refused'
const KEPT = 'kept'
const TOO_LARGE = 'too large'
type Expected = typeof REFUSED | typeof KEPT | typeof TOO_LARGE
type Case = { send: Sent; expected: Expected; to?: 'rotating'; times?: number }

const later = (seconds: number): Signing => ({ at: NOW.add({ seconds }) })
const padded = (door: Door, length: number): string => {
  const text = door.text('large')
  return text + ' '.repeat(Math.max(0, length - text.length))
}

// `isGoogle`: what is signed there is a short id, and the body means nothing.
const CASES: Record<string, (door: Door, mark: string, isGoogle: boolean) => Case> = {
  'without any header': (door, mark) => ({ send: { text: door.text(mark), headers: {} }, expected: REFUSED }),
  'with an empty signature': (door, mark) => {
    const text = door.text(mark)
    return { send: { text, headers: { ...door.sign(text), [door.signature]: '' } }, expected: REFUSED }
  },
  'with a wrong secret': (door, mark) => {
    const text = door.text(mark)
    return { send: { text, headers: door.sign(text, { secret: 'wrong' }) }, expected: REFUSED }
  },
  'with the secret of another vendor': (door, mark) => {
    const text = door.text(mark)
    const secret = door.secret === 'zoom-secret' ? 'meta-secret' : 'zoom-secret'
    return { send: { text, headers: door.sign(text, { secret }) }, expected: REFUSED }
  },
  'with an empty secret': (door, mark) => {
    const text = door.text(mark)
    return { send: { text, headers: door.sign(text, { secret: '' }) }, expected: REFUSED }
  },
  'with the old secret while it is rotated': (door, mark) => {
    const text = door.text(mark)
    return { send: { text, headers: door.sign(text) }, expected: KEPT, to: 'rotating' }
  },
  'with an old secret after it was rotated': (door, mark) => {
    const text = door.text(mark)
    return { send: { text, headers: door.sign(text, { secret: 'old' }) }, expected: REFUSED, to: 'rotating' }
  },
  'with its signature in capitals': (door, mark) => spoiled(door, mark, (signature) => signature.toUpperCase()),
  'with its signature cut short': (door, mark) => spoiled(door, mark, (signature) => signature.slice(0, -1)),
  'with only the beginning of a signature': (door, mark) => spoiled(door, mark, (signature) => signature.slice(0, 8)),
  'with a signature that goes on': (door, mark) => spoiled(door, mark, (signature) => `${signature}0`),
  'with another scheme before the signature': (door, mark) =>
    spoiled(door, mark, (signature) => `sha1=${signature.replace(/^\w+=/, '')}`),
  'with a signature of a newer version': (door, mark) =>
    spoiled(door, mark, (signature) => `v9=${signature.replace(/^\w+=/, '')}`),
  'with two signatures, the right one last': (door, mark) => {
    const text = door.text(mark)
    const { [door.signature]: right = '', ...rest } = door.sign(text)
    return {
      send: {
        text,
        headers: [...Object.entries(rest), [door.signature, 'v0=00'], [door.signature, right]] as [string, string][],
      },
      expected: REFUSED,
    }
  },
  'written again by a JSON parser': (door, mark) => {
    const text = door.text(mark)
    const again = text.startsWith('{') ? JSON.stringify(JSON.parse(text), null, 1) : `${text}&again=1`
    return { send: { text: again, headers: resigned(door, text, again) }, expected: REFUSED }
  },
  'with a byte more': (door, mark) => {
    const text = door.text(mark)
    return { send: { text: `${text}x`, headers: resigned(door, text, `${text}x`) }, expected: REFUSED }
  },
  'with a byte less': (door, mark) => {
    const text = door.text(mark)
    return { send: { text: text.slice(0, -1), headers: resigned(door, text, text.slice(0, -1)) }, expected: REFUSED }
  },
  'in another encoding': (door, mark, isGoogle) => {
    const text = door.text(mark)
    return {
      send: { text, headers: door.sign(text), body: Buffer.from(text, 'utf16le') },
      expected: isGoogle ? KEPT : REFUSED,
    }
  },
  'packed, with the signature of what is inside': (door, mark, isGoogle) => {
    const text = door.text(mark)
    return {
      send: { text, headers: { ...door.sign(text), 'content-encoding': 'gzip' }, body: new Uint8Array(gzipSync(text)) },
      expected: isGoogle ? KEPT : REFUSED,
    }
  },
  'a second inside the window': (door, mark) => {
    const text = door.text(mark)
    return { send: { text, headers: door.sign(text, later(-(door.window ?? 1) + 1)) }, expected: KEPT }
  },
  'a second outside the window': (door, mark) => {
    const text = door.text(mark)
    return {
      send: { text, headers: door.sign(text, later(-(door.window ?? 1) - 1)) },
      expected: door.window === null ? KEPT : REFUSED,
    }
  },
  'from the future': (door, mark) => {
    const text = door.text(mark)
    return {
      send: { text, headers: door.sign(text, later((door.window ?? 1) + 1)) },
      expected: door.window === null ? KEPT : REFUSED,
    }
  },
  'with a time that is no number': (door, mark) => {
    const text = door.text(mark)
    return {
      send: { text, headers: door.sign(text, { stamp: '1e9' }) },
      expected: door.window === null ? KEPT : REFUSED,
    }
  },
  'with a fresh time over an old signature': (door, mark) => {
    const text = door.text(mark)
    const old = door.sign(text, later(-86_400))
    return {
      send: { text, headers: { ...old, [door.timestamp]: seconds(NOW) } },
      expected: door.window === null ? KEPT : REFUSED,
    }
  },
  'again and again': (door, mark) => {
    const text = door.text(mark)
    return { send: { text, headers: door.sign(text) }, expected: KEPT, times: REPLAYS }
  },
  'as large as may be': (door, _, isGoogle) => {
    const text = isGoogle ? door.text('') : padded(door, door.limit)
    return {
      send: { text, headers: door.sign(text), ...(isGoogle ? { body: 'x'.repeat(door.limit) } : {}) },
      expected: KEPT,
    }
  },
  'a byte larger than may be': (door, _, isGoogle) => {
    const text = isGoogle ? door.text('') : padded(door, door.limit + 1)
    return {
      send: { text, headers: door.sign(text), ...(isGoogle ? { body: 'x'.repeat(door.limit + 1) } : {}) },
      expected: TOO_LARGE,
    }
  },
  'of somebody else’s account': (door, mark) => {
    const text = door.foreign(mark) ?? door.text(mark)
    return { send: { text, headers: door.sign(text) }, expected: KEPT }
  },
}

function spoiled(door: Door, mark: string, spoil: (signature: string) => string): Case {
  const text = door.text(mark)
  const headers = door.sign(text)
  return {
    send: { text, headers: { ...headers, [door.signature]: spoil(headers[door.signature] as string) } },
    expected: REFUSED,
  }
}

/** The signature of one text on another one; Google's hints name their text in a header. */
const resigned = (door: Door, signed: string, sent: string): Record<string, string> => {
  const headers: Record<string, string> = { ...door.sign(signed) }
  if ('x-goog-channel-id' in headers) headers['x-goog-channel-id'] = sent
  return headers
}

const deliver = (door: Door, { text, headers, body }: Sent, to = app) =>
  to.request(door.path, {
    method: 'POST',
    headers: new Headers(headers),
    body: body ?? (door.path.includes('google') ? '' : text),
  })

const bodyHash = (door: Door, { text }: Sent): Buffer =>
  sha256(door.path.includes('google') ? JSON.stringify({ channelId: text, state: 'unknown', number: '1' }) : text)
const kept = async (door: Door, send: Sent): Promise<number> =>
  (await db.selectFrom('webhook_event').select('outcome').where('body_hash', '=', bodyHash(door, send)).execute())
    .length

/** All that could follow from a webhook. */
async function effects(): Promise<unknown> {
  const count = async (table: 'meeting_event' | 'reply' | 'whatsapp_message' | 'audit_log' | 'webhook_event') =>
    Number(
      (
        await db
          .selectFrom(table)
          .select((e) => e.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    )
  return {
    events: await count('meeting_event'),
    replies: await count('reply'),
    said: await count('whatsapp_message'),
    audited: await count('audit_log'),
    woken: await db.selectFrom('session').select(['id', 'wake_at']).execute(),
    calendars: await db.selectFrom('calendar_connection').select(['id', 'wake_at']).execute(),
  }
}

test('there are 28 ways to forge at each of four doors', () => {
  expect(Object.keys(DOORS)).toHaveLength(4)
  expect(Object.keys(CASES)).toHaveLength(28)
})

describe.each(Object.keys(DOORS))('%s', (name) => {
  const door = DOORS[name] as Door
  test.each(Object.keys(CASES))('a webhook %s', async (title) => {
    const {
      send,
      expected,
      to,
      times = 1,
    } = (CASES[title] as (typeof CASES)[string])(door, `${name} ${title}`, name === 'google')
    // Google's channel is signed with the installation's own secret, which nobody rotates under a running channel.
    const target = to === 'rotating' ? rotating : app
    const before = await effects()
    for (let time = 0; time < times; time++) {
      const { status } = await deliver(door, send, target)
      if (expected === REFUSED) expect(status).toBe(401)
      if (expected === TOO_LARGE) expect(status).toBe(413)
      if (expected === KEPT) expect([200, 204]).toContain(status)
    }
    expect(await kept(door, send)).toBe(expected === KEPT ? 1 : 0)
    if (expected !== KEPT || title.includes('somebody else')) expect(await effects()).toEqual(before)
  })
})

test('a replay of what had an effect has none, however late it comes within the window', async () => {
  for (const [name, door] of Object.entries(DOORS)) {
    const text = name === 'google' ? channel : door.text(`replayed ${name}`)
    const send = { text, headers: door.sign(text) }
    expect((await deliver(door, send)).status).toBeLessThan(300)
    await db.updateTable('calendar_connection').set({ wake_at: null }).execute()
    await db.updateTable('session').set({ wake_at: null }).execute()
    const before = await effects()
    for (let time = 0; time < 20; time++) expect((await deliver(door, send)).status).toBeLessThan(300)
    // Zoom and Slack sign the time as well: the same body under a fresh signature is the same event.
    const again = { text, headers: door.sign(text, { at: NOW.subtract({ seconds: 60 }) }) }
    expect((await deliver(door, again)).status).toBeLessThan(300)
    expect(await kept(door, send)).toBe(1)
    expect(await effects()).toEqual(before)
  }
})

test('what tells of a time long gone is kept without effect', async () => {
  for (const [name, door] of Object.entries(DOORS)) {
    const text = door.ancient(`ancient ${name}`)
    if (text === null) continue
    const before = await effects()
    const send = { text, headers: door.sign(text) }
    expect((await deliver(door, send)).status).toBeLessThan(300)
    expect(await kept(door, send)).toBe(1)
    expect({ name, ...((await effects()) as object) }).toEqual({ name, ...(before as object) })
  }
})

test('the address check of Zoom signs nothing for anybody', async () => {
  const door = DOORS.zoom as Door
  const ask = async (plainToken: unknown, signing: Signing = {}) => {
    const text = JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken } })
    const answer = await deliver(door, { text, headers: door.sign(text, signing) })
    return { status: answer.status, text: await answer.text() }
  }
  expect((await ask('a', { secret: 'wrong' })).status).toBe(401)
  const event = zoomEvent('oracle')
  const wanted = signZoom('zoom-secret', seconds(NOW), event).slice(3)
  for (const token of [
    `v0:${seconds(NOW)}:${event}`,
    `V0:${seconds(NOW)}:${event}`,
    `v1:${event}`,
    ['v0:1:x'],
    { a: 1 },
    null,
    7,
  ])
    expect((await ask(token)).text).not.toContain(wanted)
})

test(`of ${FLIPS} flipped bits none is accepted`, () => {
  const dice = seededDice(20260310)
  const text = Buffer.from(zoomEvent('flipped'))
  const stamp = seconds(NOW)
  const checks = [
    (flip: Flip) =>
      verifyZoom({ secrets: ['zoom-secret'], now: NOW, ...flip(text, signZoom('zoom-secret', stamp, text), stamp) }) ===
      'ok',
    (flip: Flip) =>
      verifySlack({
        secrets: ['slack-secret'],
        now: NOW,
        ...flip(text, signSlack('slack-secret', stamp, text), stamp),
      }) === 'ok',
    (flip: Flip) => {
      const { body, signature } = flip(text, signWhatsapp('meta-secret', text), null)
      return verifyWhatsapp({ secrets: ['meta-secret'], body, signature }) === 'ok'
    },
    (flip: Flip) => {
      const { body, signature } = flip(Buffer.from(channel), channelToken(SECRET, channel), null)
      return isOurChannel(SECRET, body.toString('latin1'), signature)
    },
  ]
  // Unharmed they are accepted: otherwise this test would prove nothing.
  expect(
    checks.map((check) => check((body, signature, timestamp) => ({ body, signature, timestamp: timestamp ?? '' }))),
  ).toEqual([true, true, true, true])
  let accepted = 0
  for (let time = 0; time < FLIPS; time++) if (checks[time % 4]?.(flipper(dice))) accepted++
  expect(accepted).toBe(0)
})

test('flipped bits at the open door are refused, and none is our fault', async () => {
  const dice = seededDice(7)
  const before = await effects()
  const statuses = new Map<number, number>()
  const doors = Object.entries(DOORS)
  for (let time = 0; time < FLIPS / 50; time++) {
    const [name, door] = doors[time % 4] as [string, Door]
    const text = name === 'google' ? channel : door.text(`at the door ${time}`)
    const signed = door.sign(text)
    const stamp = signed[door.timestamp] ?? null
    const { body, signature, timestamp } = flipper(dice)(Buffer.from(text), signed[door.signature] as string, stamp)
    const headers = {
      ...signed,
      [door.signature]: signature,
      ...(stamp === null ? {} : { [door.timestamp]: timestamp }),
      ...(name === 'google' ? { 'x-goog-channel-id': body.toString('latin1') } : {}),
    }
    // What no header can carry never arrives.
    if (Object.values(headers).some((value) => /[^\t\x20-\x7e\x80-\xff]/.test(value) || value !== value.trim()))
      continue
    const { status } = await deliver(door, { text, headers, body: new Uint8Array(body) })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  expect([...statuses.keys()]).toEqual([401])
  expect(await effects()).toEqual(before)
})

type Flipped = { body: Buffer; signature: string; timestamp: string }
type Flip = (body: Buffer, signature: string, timestamp: string | null) => Flipped

/** One bit of the body, the signature or the timestamp, by their share of 2 : 1 : 1. */
function flipper(dice: () => number): Flip {
  return (body, signature, timestamp) => {
    const where = dice()
    if (where < 0.5) return { body: flipped(body, dice), signature, timestamp: timestamp ?? '' }
    if (where < 0.75 || timestamp === null)
      return { body, signature: flipped(Buffer.from(signature), dice).toString('latin1'), timestamp: timestamp ?? '' }
    return { body, signature, timestamp: flipped(Buffer.from(timestamp), dice).toString('latin1') }
  }
}

function flipped(bytes: Buffer, dice: () => number): Buffer {
  const copy = Buffer.from(bytes)
  const bit = Math.floor(dice() * copy.length * 8)
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
  return copy
}

test('secrets and signatures are compared in constant time, everywhere', () => {
  const compares =
    /\b\w*(signature|secret|digest|hmac|mac|tokenHash|token_hash)\b\s*[!=]==?\s*(?!undefined|null|''|0\b)/i
  const root = join(import.meta.dirname, '..')
  const wrong = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('sandbox'))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          compares.test(line) && !line.includes("'token_hash', '='") ? [`${file}:${index + 1} ${line.trim()}`] : [],
        ),
    )
  expect(wrong).toEqual([])
})
