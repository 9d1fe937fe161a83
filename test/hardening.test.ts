import { globSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { weakSecrets } from '../src/operations/weak-secrets.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { type BookingWorld, bookingWorld } from './support/booking.ts'
import { type App, removeFolders, startApp } from './surface/app.ts'

const ROOT = join(import.meta.dirname, '..')
const sources = globSync('src/**/*.{ts,js,css}', { cwd: ROOT })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n') }))

describe('every answer', () => {
  let world: BookingWorld
  let cookie: Record<string, string>
  let mentor: string
  beforeAll(async () => {
    world = await bookingWorld()
    mentor = await world.mentor('Asha')
    const ops = await world.person('Olivia', ['ops'])
    cookie = {
      cookie: `${cookieName(world.house.config)}=${await signIn(world.house.db, ops, world.house.clock.elapsed())}`,
    }
  })
  afterAll(() => world.drop())

  const appAt = (url: string) =>
    createApp({ ...world.house, config: readConfig({ PUNCTUAL_URL: url, PUNCTUAL_SECRET: 's'.repeat(40) }) }, {})

  const asked: [string, string][] = [
    ['GET', '/'],
    ['GET', '/sign-in'],
    ['GET', '/sign-in/sent'],
    ['GET', '/people'],
    ['GET', '/docs'],
    ['GET', '/openapi.json'],
    ['GET', '/healthz'],
    ['GET', '/pages/style.css'],
    ['GET', '/m/no-such-link'],
    ['GET', '/join/no-such-link'],
    ['GET', '/nowhere'],
    ['GET', '/api/v1/me'],
    ['GET', '/api/v1/people?limit=0'],
    ['POST', '/api/v1/bookings'],
    ['POST', '/webhooks/zoom'],
    ['POST', '/sign-out'],
  ]

  test.each(asked)('%s %s says what a browser must refuse, and names us to nobody', async (method, path) => {
    const { headers } = await appAt('https://punctual.test').request(path, { method, headers: cookie })
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '')
        .split('; ')
        .map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
    )
    expect(policy).toMatchObject({
      'default-src': "'self'",
      'script-src': "'self'",
      'style-src': "'self'",
      'style-src-attr': "'none'",
      'object-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    })
    expect(headers.get('content-security-policy')).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('permissions-policy')).toContain('camera=()')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains')
    expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull()
    const isSameForAll = path.startsWith('/pages/')
    expect(headers.get('cache-control')).toMatch(isSameForAll ? /public/ : /no-store/)
  })

  test('insists on TLS only where there is TLS', async () => {
    const { headers } = await appAt('http://punctual.test').request('/')
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  test('with a page in it has no script and no style of its own', async () => {
    const app = appAt('http://punctual.test')
    for (const path of ['/', '/people', '/sign-in', '/sign-in/sent', '/docs', '/m/no-such-link', `/book/${mentor}`]) {
      const page = await (await app.request(path, { headers: cookie })).text()
      expect([path, page.match(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=")|javascript:/gi)]).toEqual([
        path,
        null,
      ])
    }
  })
})

test('secrets, signatures and tokens are compared in a time that tells nothing', () => {
  const name = /[\w.[\]?]*(?:secret|signature|\bmac|Mac\b|digest|hash|token|password|verifier)\w*(?:\([^()]*\))?/i
    .source
  const compares = [
    new RegExp(`(?:${name})\\s*[!=]==?(?!=)(?!\\s*(undefined|null|''))`, 'i'),
    new RegExp(`(?<!typeof \\w{1,40}\\s)[!=]==?\\s*(?:${name})`, 'i'),
    new RegExp(`(?:${name})\\.(?:equals|includes|startsWith|endsWith|indexOf|compare|localeCompare)\\(`, 'i'),
  ]
  const found = sources
    // The simulators play the vendors, who keep their own secrets.
    .filter(({ file }) => file.endsWith('.ts') && !file.startsWith('src/sandbox/'))
    .flatMap(({ file, lines }) =>
      lines.flatMap((line) =>
        !/^\s*(\/\/|\*|\/\*)/.test(line) && compares.some((one) => one.test(line)) ? [`${file}: ${line.trim()}`] : [],
      ),
    )
  const known = [
    // Where a listing goes on, and what a body was: nobody gains by knowing them.
    /page_token === 'string'/,
    /sync_token !== connection\.sync_token/,
    /request_hash\.equals/,
    // The name of an account, not a MAC.
    /account !== zoomAccount/,
  ]
  expect(found.filter((line) => !known.some((one) => one.test(line)))).toEqual([])
})

test('doctor names weak, default and doubled secrets, and never says them', () => {
  const env = {
    PUNCTUAL_MODE: 'live',
    PUNCTUAL_URL: 'https://a.test',
    PUNCTUAL_SECRET: 'gX3v9Qk1LmZ7pR5tYw2uB8nC4dF6hJ0a',
  }
  const weak = (more: Record<string, string>) => weakSecrets(readConfig({ ...env, ...more }))
  expect(weak({})).toEqual([])
  const names = (more: Record<string, string>) => weak(more).map(({ name }) => name)
  expect(names({ PUNCTUAL_SECRET: 'a'.repeat(40) })).toEqual(['PUNCTUAL_SECRET'])
  expect(names({ PUNCTUAL_SECRET: 'change-me-change-me-change-me-change-me' })).toEqual(['PUNCTUAL_SECRET'])
  expect(names({ SLACK_SIGNING_SECRET: 'gX3v9Qk1LmZ7pR5tYw2uB8nC4dF6hJ0b,short' })).toEqual(['SLACK_SIGNING_SECRET'])
  expect(names({ ZOOM_CLIENT_SECRET: env.PUNCTUAL_SECRET })).toEqual(['ZOOM_CLIENT_SECRET'])
  expect(names({ DATABASE_URL: 'postgres://punctual:postgres@db/punctual' })).toEqual(['DATABASE_URL'])
  expect(
    JSON.stringify(weak({ WHATSAPP_APP_SECRET: 'hunter2hunter2', SMTP_URL: 'smtp://a:swordfish@mail.test' })),
  ).not.toMatch(/hunter|swordfish/)
})

describe('the open port', () => {
  let app: App
  let port: number
  beforeAll(async () => {
    app = await startApp()
    port = Number(new URL(app.url).port)
  })
  afterAll(async () => {
    await app.stop()
    removeFolders()
  })

  test('lets go of two hundred who send a byte now and then, and serves everybody else meanwhile', async () => {
    const slow = await Promise.all(
      Array.from({ length: 200 }, () => slowly(port, 'GET / HTTP/1.1\r\nHost: punctual\r\nX-Slow: ')),
    )
    const looks = []
    for (let i = 0; i < 20; i += 1) looks.push((await fetch(`${app.url}/healthz`)).status)
    expect(looks).toEqual(Array(20).fill(200))
    const ends = await Promise.all(slow.map(({ answer }) => answer))
    expect(ends.filter((answer) => answer === '' || answer.startsWith('HTTP/1.1 408'))).toHaveLength(200)
  })

  test('counts by the address that really calls, whatever a header claims, as long as no proxy is configured', async () => {
    const statuses = []
    for (let i = 0; i < 6; i += 1) {
      const answer = await fetch(`${app.url}/sign-in`, {
        method: 'POST',
        headers: { 'x-forwarded-for': `203.0.113.${i}` },
        body: new URLSearchParams({ address: 'mina@example.org' }),
        redirect: 'manual',
      })
      statuses.push(answer.status)
    }
    expect(statuses.slice(0, 5)).toEqual(Array(5).fill(303))
    expect(statuses[5]).toBe(429)
  })

  test('refuses headers larger than any browser sends', async () => {
    const { answer } = await slowly(port, `GET / HTTP/1.1\r\nHost: punctual\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(await answer).toMatch(/^HTTP\/1\.1 431/)
  })

  test('refuses what two servers could read in two ways', async () => {
    for (const smuggled of [
      'POST /sign-in HTTP/1.1\r\nHost: punctual\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET',
      'POST /sign-in HTTP/1.1\r\nHost: punctual\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
      'GET / HTTP/1.1\r\nHost: punctual\r\nX-A: b\r\n C: d\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
    ]) {
      const { answer } = await slowly(port, smuggled)
      expect(await answer).toMatch(/^HTTP\/1\.1 400/)
    }
  })
})

/** A connection that has sent only this so far, and everything it gets until the server ends it. */
async function slowly(port: number, first: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.write(first)
  // A byte each half second, for as long as it is let.
  const drip = setInterval(() => socket.writable && socket.write('x'), 500)
  socket.on('error', () => {})
  const answer = text(socket).catch(() => '')
  void answer.then(() => clearInterval(drip))
  return { socket, answer }
}
