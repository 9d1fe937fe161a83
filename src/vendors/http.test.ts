import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { googleCalendarClient } from './google-calendar.ts'
import { call, retryAfterSeconds } from './http.ts'
import { slackClient } from './slack.ts'
import { whatsappClient } from './whatsapp.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test('any status is an answer; a body that is not JSON is kept as text', async () => {
  const url = await answering((_, response) => response.writeHead(503).end('<h1>Later</h1>'))
  expect(await call({ url, within: url })).toMatchObject({
    ok: true,
    status: 503,
    text: '<h1>Later</h1>',
    body: undefined,
  })
})

test('no answer in time is unclear: it may have been done', async () => {
  const url = await answering(() => {})
  expect(await call({ url, within: url, timeoutMs: 50 })).toMatchObject({ ok: false, kind: 'unknown', code: 'timeout' })
})

test('a connection lost after the request went out is unclear', async () => {
  const url = await answering((request) => request.socket.destroy())
  expect(await call({ url, within: url, method: 'POST', json: {} })).toMatchObject({ ok: false, kind: 'unknown' })
})

test('nobody listening means certainly not sent', async () => {
  const url = await answering(() => {})
  await new Promise((resolve) => server?.close(resolve))
  expect(await call({ url, within: url })).toMatchObject({ ok: false, kind: 'retry', code: 'ECONNREFUSED' })
})

test('an endless answer is cut off', async () => {
  const url = await answering((_, response) => response.end('x'.repeat(2000)))
  expect(await call({ url, within: url, maxBytes: 1000 })).toMatchObject({
    ok: false,
    kind: 'unknown',
    code: 'answer_too_large',
  })
})

test.each([
  ['another host', () => 'http://127.0.0.2:9/'],
  ['another port', (url: string) => url.replace(/:\d+\//, ':9/')],
  ['another scheme', (url: string) => url.replace('http:', 'https:')],
  ['a host that only looks like it', (url: string) => url.replace('127.0.0.1', '127.0.0.1.evil.example')],
  ['a name before the host', (url: string) => url.replace('http://', 'http://api.zoom.us@')],
  ['a file', () => 'file:///etc/passwd'],
  ['the address of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
])('what would go to %s is not sent', async (_, bend) => {
  const seen: string[] = []
  const within = await answering((request, response) => {
    seen.push(request.url ?? '')
    response.end('{}')
  })
  const answer = await call({ url: bend(within), within, headers: { authorization: 'Bearer secret' } })
  expect(answer).toMatchObject({ ok: false, kind: 'rejected', code: 'foreign_host' })
  expect(JSON.stringify(answer)).not.toContain('secret')
  expect(seen).toEqual([])
})

test('a redirect is not followed', async () => {
  const url = await answering((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end())
  expect(await call({ url, within: url })).toMatchObject({ ok: true, status: 302 })
})

test('nor by the libraries of Google and Slack, which carry our credentials', async () => {
  const seen: string[] = []
  const elsewhere = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`)
    response.setHeader('content-type', 'application/json').end('{"ok":true}')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/stolen`
  const apiUrl = await answering((_, response) => response.writeHead(307, { location }).end())
  const refresh = async () => ({ ok: true as const, accessToken: 'other' })
  const google = await googleCalendarClient({ apiUrl }).get({ accessToken: 'grant', refresh }, 'primary', 'abcde')
  const slack = await slackClient({ apiUrl, botToken: 'xoxb' }).postMessage({ channel: 'C1', text: 'x' })
  elsewhere.close()
  expect([google.ok, slack.ok, seen]).toEqual([false, false, []])
})

test('a list whose next page lies elsewhere, or that never ends, is left', async () => {
  let asked = 0
  let next = 'https://graph.evil.example/more'
  const url = await answering((_, response) => {
    asked += 1
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: [], paging: { next } }))
  })
  const settings = { apiUrl: url.replace(/\/$/, ''), phoneNumberId: '1', businessAccountId: '2', accessToken: 'secret' }
  expect(await whatsappClient(settings).listTemplates()).toMatchObject({ ok: false, code: 'foreign_host' })
  expect(asked).toBe(1)
  next = url
  expect(await whatsappClient(settings).listTemplates()).toEqual({ ok: true, templates: [] })
  expect(asked).toBe(31)
})

test('how long to wait: seconds, or a date read against the vendor’s own clock', () => {
  expect(retryAfterSeconds(new Headers({ 'retry-after': '30' }))).toBe(30)
  const headers = new Headers({ 'retry-after': '2026-03-25T00:00:00Z', date: 'Tue, 24 Mar 2026 23:58:20 GMT' })
  expect(retryAfterSeconds(headers)).toBe(100)
  expect(retryAfterSeconds(new Headers({ 'retry-after': 'soon' }))).toBeUndefined()
  expect(retryAfterSeconds(new Headers())).toBeUndefined()
})
