/**
 * What a vendor's client answers. Vendor trouble is data, never a throw.
 *
 * - `rejected`: definite and final for this request. Sending the same again changes nothing.
 * - `retry`: definitely not done (429, refused connection, unknown host, "try later" codes). May be sent again later.
 * - `unknown`: it may have been done (time-out, connection lost after bytes went out, 5xx). Look before sending again.
 * - `revoked`: our credential is dead (revoked, disabled, wrong). Nothing of this connection works until a person acts.
 */
export type Trouble = {
  ok: false
  kind: 'rejected' | 'retry' | 'unknown' | 'revoked'
  /** The vendor's own code or reason where it has one, else `http_503`, `ECONNREFUSED`, `timeout`. */
  code: string
  detail: string
  retryAfterSeconds?: number
}

export type Answer<T extends object = object> = ({ ok: true } & T) | Trouble

export const rejected = (code: string, detail: string): Trouble => ({ ok: false, kind: 'rejected', code, detail })
export const unknown = (code: string, detail: string): Trouble => ({ ok: false, kind: 'unknown', code, detail })
export const revoked = (code: string, detail: string): Trouble => ({ ok: false, kind: 'revoked', code, detail })
export const retry = (code: string, detail: string, retryAfterSeconds?: number): Trouble => ({
  ok: false,
  kind: 'retry',
  code,
  detail,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
})

/** Errors that happen before a single byte of the request can have left. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'EDNS',
])

/** Sorts what a socket, undici or an abort signal threw. The innermost cause carries the system's code. */
export function transportTrouble(error: unknown): Trouble {
  const chain: { code?: unknown; name?: string; message?: string }[] = []
  for (let e: unknown = error; e instanceof Error && chain.length < 6; e = e.cause) {
    chain.push(e as Error & { code?: unknown })
    // "happy eyeballs" wraps one error per tried address
    if (e instanceof AggregateError) chain.push(...(e.errors as Error[]))
  }
  const codes = chain.map((e) => e.code).filter((code): code is string => typeof code === 'string')
  const detail = chain.at(-1)?.message || String(error)
  const never = codes.find((code) => NEVER_SENT.has(code))
  if (never) return retry(never, detail)
  if (chain.some((e) => e.name === 'TimeoutError' || e.name === 'AbortError')) return unknown('timeout', detail)
  return unknown(codes.at(-1) ?? 'connection_lost', detail)
}
