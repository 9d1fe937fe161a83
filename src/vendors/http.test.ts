import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { call, retryAfterSeconds } from './http.ts'

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
  expect(await call({ url })).toMatchObject({ ok: true, status: 503, text: '<h1>Later</h1>', body: undefined })
})

test('no answer in time is unclear: it may have been done', async () => {
  const url = await answering(() => {})
  expect(await call({ url, timeoutMs: 50 })).toMatchObject({ ok: false, kind: 'unknown', code: 'timeout' })
})

test('a connection lost after the request went out is unclear', async () => {
  const url = await answering((request) => request.socket.destroy())
  expect(await call({ url, method: 'POST', json: {} })).toMatchObject({ ok: false, kind: 'unknown' })
})

test('nobody listening means certainly not sent', async () => {
  const url = await answering(() => {})
  await new Promise((resolve) => server?.close(resolve))
  expect(await call({ url })).toMatchObject({ ok: false, kind: 'retry', code: 'ECONNREFUSED' })
})

test('an endless answer is cut off', async () => {
  const url = await answering((_, response) => response.end('x'.repeat(2000)))
  expect(await call({ url, maxBytes: 1000 })).toMatchObject({ ok: false, kind: 'unknown', code: 'answer_too_large' })
})

test('a redirect is not followed', async () => {
  const url = await answering((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end())
  expect(await call({ url })).toMatchObject({ ok: true, status: 302 })
})

test('how long to wait: seconds, or a date read against the vendor’s own clock', () => {
  expect(retryAfterSeconds(new Headers({ 'retry-after': '30' }))).toBe(30)
  const headers = new Headers({ 'retry-after': '2026-03-25T00:00:00Z', date: 'Tue, 24 Mar 2026 23:58:20 GMT' })
  expect(retryAfterSeconds(headers)).toBe(100)
  expect(retryAfterSeconds(new Headers({ 'retry-after': 'soon' }))).toBeUndefined()
  expect(retryAfterSeconds(new Headers())).toBeUndefined()
})
