import { rejected, type Trouble, transportTrouble, unknown } from './answer.ts'

export type HttpCall = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  /** The configured address of this vendor: what goes anywhere else is not sent, wherever the rest of `url` came from. */
  within: string
  headers?: Record<string, string>
  /** Sent as application/json. */
  json?: unknown
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string>
  timeoutMs?: number
  maxBytes?: number
}

export type HttpAnswer = { ok: true; status: number; headers: Headers; text: string; body: unknown } | Trouble

/** Shorter than the lease of a delivery (30 s), so that nobody else takes over while we still wait. */
const TIMEOUT_MS = 10_000
const MAX_BYTES = 4 * 1024 * 1024

/**
 * One call, no retries, no redirects followed. Any HTTP status is `ok: true` here: what a status means is the vendor's
 * file to say. `body` is the parsed JSON, or undefined when the answer is not JSON.
 */
export async function call(request: HttpCall): Promise<HttpAnswer> {
  const { method = 'GET', url, within, json, form, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = request
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'Punctual', ...request.headers }
  if (json !== undefined) headers['content-type'] = 'application/json'
  if (form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
  const body =
    json !== undefined ? JSON.stringify(json) : form !== undefined ? new URLSearchParams(form).toString() : null

  try {
    const response = await fetchWithin(within)(url, { method, headers, body, signal: AbortSignal.timeout(timeoutMs) })
    const text = await readLimited(response, maxBytes)
    if (text === null)
      return unknown('answer_too_large', `The answer of ${new URL(url).host} is over ${maxBytes} bytes.`)
    return { ok: true, status: response.status, headers: response.headers, text, body: parsed(text) }
  } catch (error) {
    if (error instanceof ForeignHost) return rejected('foreign_host', error.message)
    return transportTrouble(error)
  }
}

/** Nothing was sent: the address is not the configured one. */
export class ForeignHost extends Error {}

/**
 * The way out: a fetch that reaches only the scheme, host and port of `address`, and follows no redirect, so that neither a
 * page link in a vendor's answer nor a person's text takes our credentials elsewhere. Libraries that call for us get it too.
 */
export const fetchWithin =
  (address: string): typeof fetch =>
  async (input, init) => {
    const target = new URL(input instanceof Request ? input.url : input)
    const home = new URL(address)
    if (target.origin !== home.origin || target.username || target.password)
      throw new ForeignHost(`${target.host} is not ${home.host}, which is configured; nothing was sent.`)
    return fetch(input, { ...init, redirect: init?.redirect === 'error' ? 'error' : 'manual' })
  }

/**
 * Seconds to wait, from `Retry-After` as whole seconds or as a date (Zoom sends ISO 8601, RFC 9110 an HTTP date).
 * A date is read against the answer's own `Date` header, so that the vendor's clock need not agree with ours.
 */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (!value) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  const until = Date.parse(value)
  const said = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(until) || Number.isNaN(said)) return undefined
  return Math.max(0, Math.ceil((until - said) / 1000))
}

async function readLimited(response: Response, maxBytes: number): Promise<string | null> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
