import { globSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { mustUpgradeMail, readConfig } from '../src/config.ts'
import { weakSecrets } from '../src/operations/weak-secrets.ts'
import { cookieName, signIn } from '../src/people/sign-in.ts'
import { emailClient } from '../src/vendors/email.ts'
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
    ['GET', '/pages/script.js'],
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
      'style-src-attr': "'none'",
      'object-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    })
    const hasNoPage = /^\/(api|webhooks|pages|docs)\b/.test(path)
    expect(policy['style-src']).toMatch(hasNoPage ? /^'self'$/ : /^'self' 'nonce-[\w+/=-]{20,}'$/)
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

  test('with a page in it has no script of its own, and its one style under the number of that answer', async () => {
    const app = appAt('http://punctual.test')
    for (const path of ['/', '/people', '/sign-in', '/sign-in/sent', '/docs', '/m/no-such-link', `/book/${mentor}`]) {
      const answer = await app.request(path, { headers: cookie })
      const nonce = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1]
      const page = (await answer.text()).replace(`<style nonce="${nonce}">`, '')
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

describe('in live mode nothing that must stay secret is sent in plain', () => {
  const live = (more: Record<string, string>) =>
    readConfig({
      PUNCTUAL_MODE: 'live',
      PUNCTUAL_URL: 'https://punctual.test',
      PUNCTUAL_SECRET: 's'.repeat(40),
      ...more,
    })

  test.each([
    'PUNCTUAL_URL',
    'GOOGLE_API_URL',
    'GOOGLE_OAUTH_API_URL',
    'GOOGLE_ACCOUNTS_API_URL',
    'GOOGLE_PEOPLE_API_URL',
    'ZOOM_API_URL',
    'ZOOM_OAUTH_API_URL',
    'WHATSAPP_API_URL',
    'SLACK_API_URL',
  ])('%s must be https, unless it is this very machine', (name) => {
    for (const plain of [
      'http://a.example',
      'http://127.0.0.1.evil.example',
      'http://localhost.evil.example',
      'http://10.0.0.1',
      'http://0.0.0.0',
      'http://127.0.0.1@a.example',
    ])
      expect(() => live({ [name]: plain }), plain).toThrow(
        `${name}: must begin with https:// in live mode; http:// is only for this machine (localhost, 127.0.0.1, [::1])`,
      )
    for (const fine of ['https://a.example', 'http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])
      expect(live({ [name]: fine })[name as 'PUNCTUAL_URL'], fine).toBe(fine)
    expect(readConfig({ [name]: 'http://a.example' })[name as 'PUNCTUAL_URL'], 'in the sandbox').toBe(
      'http://a.example',
    )
  })

  test('every plain address is named at once, and never repeated', () => {
    const plain = { PUNCTUAL_URL: 'http://a.example', ZOOM_API_URL: 'http://key:swordfish@z.example' }
    const said = (() => {
      try {
        return live(plain) && ''
      } catch (error) {
        return (error as Error).message
      }
    })()
    expect(said.split('\n').map((line) => line.split(':')[0])).toEqual(['PUNCTUAL_URL', 'ZOOM_API_URL'])
    expect(said).not.toMatch(/swordfish|z\.example/)
  })

  test('no parameter of SMTP_URL takes the TLS away again', () => {
    for (const weak of [
      'ignoreTLS=true',
      'requireTLS=false',
      'secure=false',
      'opportunisticTLS=true',
      'tls.rejectUnauthorized=false',
    ])
      for (const scheme of ['smtp', 'smtps'])
        expect(() => live({ SMTP_URL: `${scheme}://mail.example?${weak}` }), weak).toThrow('SMTP_URL: must not say')
    expect(live({ SMTP_URL: 'smtps://mail.example?pool=true' }).SMTP_URL).toBe('smtps://mail.example?pool=true')
  })

  test('a mail server that offers no TLS gets neither the password nor the mail', async () => {
    expect(mustUpgradeMail(live({ SMTP_URL: 'smtp://mail.example:587' }))).toBe(true)
    expect(mustUpgradeMail(live({ SMTP_URL: 'smtp://127.0.0.1:25' }))).toBe(false)
    const got: string[] = []
    const server = new SMTPServer({
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (auth, _, done) => {
        got.push(String(auth.password))
        done(null, { user: auth.username })
      },
      onData: (stream, _, done) => {
        got.push('mail')
        stream.resume().on('end', () => done())
      },
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.server.address() as AddressInfo
    const smtpUrl = `smtp://me:swordfish@127.0.0.1:${port}`
    const mail = { to: 'a@b.example', subject: 'x', text: 'x', messageId: '<1@b.example>' }
    const strict = await emailClient({ smtpUrl, from: 'p@b.example', requireTls: true }).send(mail)
    expect([strict.ok, got]).toEqual([false, []])
    expect((await emailClient({ smtpUrl, from: 'p@b.example' }).send(mail)).ok).toBe(true)
    expect(got).toEqual(['swordfish', 'mail'])
    await new Promise<void>((closed) => server.close(closed))
  })
})

test('only the vendors’ one way out calls anybody, and no way skips the check of certificates', () => {
  const calls =
    /(?<![.\w])fetch\(|XMLHttpRequest|\b(https?|http2|net|tls|dgram)\.(request|get|connect|createSocket)\(|new WebSocket\(/
  const elsewhere = sources
    .filter(({ file }) => file.endsWith('.ts') && !file.startsWith('src/sandbox/') && file !== 'src/vendors/http.ts')
    .flatMap(({ file, lines }) => lines.flatMap((line) => (calls.test(line) ? [`${file}: ${line.trim()}`] : [])))
  expect(elsewhere).toEqual([])
  const libraries = sources.flatMap(({ file, lines }) => {
    const text = lines.join('\n')
    return /from '(@slack\/web-api|@googleapis\/calendar)'/.test(text) && /new WebClient\(|\bcalendar\(\{/.test(text)
      ? [[file, text.includes('fetchWithin(')]]
      : []
  })
  expect(libraries).toEqual([
    ['src/vendors/google-calendar.ts', true],
    ['src/vendors/slack.ts', true],
  ])
  const blind = sources.flatMap(({ file, lines }) =>
    lines.flatMap((line) =>
      /rejectUnauthorized|NODE_TLS_REJECT|checkServerIdentity|insecureHTTPParser/.test(line)
        ? [`${file}: ${line.trim()}`]
        : [],
    ),
  )
  expect(blind.filter((line) => !line.startsWith('src/sandbox/'))).toEqual([])
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

  test('answers no TRACE, which would show a page its own cookie', async () => {
    const { answer } = await slowly(
      port,
      'TRACE / HTTP/1.1\r\nHost: punctual\r\nCookie: punctual_session=mine\r\nConnection: close\r\n\r\n',
    )
    expect(await answer).toMatch(/^HTTP\/1\.1 4/)
    expect(await answer).not.toContain('mine')
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
