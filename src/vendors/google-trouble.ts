import { rejected, retry, revoked, type Trouble, transportTrouble, unknown } from './answer.ts'
import { retryAfterSeconds } from './http.ts'

type GoogleBody = {
  /** An object from Calendar and People, a plain word from the token endpoint. */
  error?: { code?: number; message?: string; errors?: { reason?: string; message?: string }[] } | string
  error_description?: string
}

/**
 * What a Google client threw. Decided by `reason`, not by the status (Calendar API, "Handle API errors").
 * The library's `err.code` is the code inside the body and `err.errors` is not filled: the response is read instead.
 */
export function googleTrouble(error: unknown): Trouble {
  const { status, response } = error as { status?: number; response?: { data?: unknown; headers?: Headers } }
  if (!status || !response) return transportTrouble(error)
  return googleAnswerTrouble(status, response.headers ?? new Headers(), response.data)
}

export function googleAnswerTrouble(status: number, headers: Headers, data: unknown): Trouble {
  const body = (data ?? {}) as GoogleBody
  const inner = typeof body.error === 'object' ? body.error : undefined
  const word = typeof body.error === 'string' ? body.error : undefined
  const code = word ?? inner?.errors?.[0]?.reason ?? `http_${status}`
  const detail = body.error_description ?? inner?.message ?? (typeof data === 'string' ? data.slice(0, 500) : code)
  const wait = retryAfterSeconds(headers)

  if (code === 'invalid_grant' || code === 'invalid_client' || code === 'unauthorized_client')
    return revoked(code, detail)
  if (status === 401) return revoked(code, detail)
  if (status === 429 || code === 'rateLimitExceeded' || code === 'userRateLimitExceeded')
    return retry(code, detail, wait)
  // The calendar's own limit against abuse lasts hours.
  if (code === 'quotaExceeded') return retry(code, detail, wait ?? 3600)
  // Rights that were not granted, or taken back one by one on the consent page.
  if (code === 'insufficientPermissions') return revoked(code, detail)
  if (status >= 500) return unknown(code, detail)
  return rejected(code, detail)
}
