import { type ClientResponse, hc } from 'hono/client'
import type { App } from '../src/app.ts'

/** The typed client of our own API. Only the type of the app is imported; a route that changes breaks the build, not a person's day. */
export const api = hc<App>('/', {
  // A cookie names who asks; nothing of it is ever sent elsewhere.
  init: { credentials: 'same-origin' },
})

/** A problem document (RFC 9457) as an error: a sentence for people, a code for the page, the rest for whoever asks. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly details: Record<string, unknown>
  constructor(status: number, document: Record<string, unknown>) {
    super(String(document.detail ?? 'Something of ours broke. Nothing was half done; try again.'))
    this.status = status
    this.code = String(document.code ?? 'internal')
    this.details = document
  }
}

/** What a 2xx answer carries. Throws a `Problem` for every other answer, and for none at all. */
export async function answer<T extends ClientResponse<unknown, number, string>>(asked: Promise<T>): Promise<Good<T>> {
  const response = await asked.catch(() => {
    throw new Problem(0, {
      code: 'unreachable',
      detail: 'Punctual does not answer. Check the connection; nothing was lost.',
    })
  })
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const body: unknown = isJson ? await response.json() : null
  if (!response.ok) throw new Problem(response.status, (body ?? {}) as Record<string, unknown>)
  return body as Good<T>
}

type Good<T> =
  T extends ClientResponse<infer Body, infer Status, infer Format>
    ? Status extends 200 | 201 | 202 | 204
      ? Format extends 'json'
        ? Body
        : never
      : never
    : never
