import type { Context } from 'hono'
import { invalid, Refusal } from './errors.ts'
import type { Env } from './http.ts'

/** A refused body is still read this far: a client that is cut off while it sends sees a broken pipe and never the 413. */
const POLITE = 16 * 1024 * 1024

/** The whole body, whatever its header says about its size. Throws 413 above `limit` bytes; nothing has happened then. */
export async function bodyUpTo(c: Context<Env>, limit: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.byteLength
    if (size <= limit) chunks.push(chunk)
    else if (size > limit + POLITE) break
  }
  if (size > limit || Number(c.req.header('content-length') ?? 0) > limit)
    throw new Refusal('too_large', `The body may have at most ${limit} bytes.`)
  return Buffer.concat(chunks)
}

/** Only these escapes can bring a NUL or half a surrogate pair into a JSON text; most bodies have none and are not looked at twice. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/i
/** Deeper than any body of ours, and far from where a recursion breaks. */
const MAX_DEPTH = 64

/**
 * What the API reads is JSON that PostgreSQL can keep. Throws 415 for another content type, 400 naming the field for a text
 * with a NUL or half a surrogate pair: both are legal JSON, neither can be stored, and a refused insert would be a 500.
 */
export async function refuseUnstorable(c: Context<Env>): Promise<void> {
  if (!c.req.raw.body) return
  const text = await c.req.text()
  if (text === '') return
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type))
    throw new Refusal('unsupported_media_type', 'Send JSON with content-type: application/json.')
  if (!SUSPICIOUS.test(text)) return
  mustBeStorable(JSON.parse(text))
}

/** Throws 400 naming the field whose text has a NUL or half a surrogate pair. */
export function mustBeStorable(value: unknown): void {
  const field = unstorable(value, [])
  if (field)
    throw invalid({
      field: field.join('.') || 'body',
      rule: 'must not contain a NUL character or half a surrogate pair',
    })
}

function unstorable(value: unknown, path: string[]): string[] | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? path : null
  if (typeof value !== 'object' || value === null) return null
  if (path.length > MAX_DEPTH) return path.slice(0, 1)
  for (const [key, item] of Object.entries(value)) {
    if (key.includes('\0') || !key.isWellFormed()) return path
    const found = unstorable(item, [...path, key])
    if (found) return found
  }
  return null
}
