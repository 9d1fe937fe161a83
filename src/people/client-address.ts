import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Context } from 'hono'
import type { Config } from '../config.ts'
import type { Env } from '../http.ts'

/**
 * Where a request comes from, for limits only. Behind PUNCTUAL_PROXIES proxies it is the address that the outermost of them
 * saw: that many from the right of X-Forwarded-For. What stands further left is the caller's own claim, and with no proxy
 * all of it is. An IPv6 customer has 2^64 addresses at least, so the network counts (RFC 6177).
 */
export function clientAddress(c: Context<Env>, { PUNCTUAL_PROXIES }: Config): string {
  const forwarded = (c.req.header('x-forwarded-for') ?? '').split(',').map((part) => part.trim())
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming
  const address = PUNCTUAL_PROXIES > 0 ? forwarded.at(-PUNCTUAL_PROXIES) : incoming?.socket?.remoteAddress
  return networkOf(address || 'unknown')
}

function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!isIPv6(plain)) return plain.slice(0, 45)
  const [head = '', tail] = plain.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : Array(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...middle, ...right]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')
}
