/** Every code a caller can meet, with its HTTP status. Codes are stable; sentences are for people and may improve. */
export const STATUS = {
  invalid: 400,
  range_too_long: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  slot_taken: 409,
  stale_revision: 409,
  idempotency_in_flight: 409,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  not_offered: 422,
  not_paired: 422,
  budget_spent: 422,
  mentorship_ambiguous: 422,
  idempotency_key_reused: 422,
  not_possible: 422,
  if_match_missing: 428,
  slow_down: 429,
  not_configured: 503,
  stuck: 504,
} as const

export type RefusalCode = keyof typeof STATUS
export type FieldError = { field: string; rule: string }

/** A caller's mistake or a rule that says no. Anything else that is thrown is a bug of ours. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly details: Record<string, unknown>

  /** `details` become members of the problem document (RFC 9457): `errors`, `conflicts`, `reasons`, `current` ... */
  constructor(code: RefusalCode, sentence: string, details: Record<string, unknown> = {}) {
    super(sentence)
    this.name = 'Refusal'
    this.code = code
    this.details = details
  }

  get status(): (typeof STATUS)[RefusalCode] {
    return STATUS[this.code]
  }
}

export const invalid = (...errors: FieldError[]): Refusal =>
  new Refusal('invalid', errors.map((e) => `${e.field}: ${e.rule}`).join('; '), { errors })

export const notFound = (what: string): Refusal =>
  new Refusal('not_found', `There is no such ${what}, or it is not yours to see.`)

/** RFC 9457. `type` is about:blank-like on purpose: `code` is what programs read. */
export function problem(refusal: Refusal): { status: number; body: Record<string, unknown> } {
  const { code, status, message, details } = refusal
  return {
    status,
    body: {
      type: `urn:punctual:problem:${code}`,
      title: code.replaceAll('_', ' '),
      status,
      code,
      detail: message,
      ...details,
    },
  }
}

/**
 * What a log may keep of an error that nobody foresaw: databases and parsers like to quote what they were given, and that
 * may be somebody's name, address or number.
 */
export const withoutData = (message: string): string =>
  message
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`|\([^)]*\)=\([^)]*\)|\S+@\S+|\+?(?<![\w-])\d{6,}(?![\w-])/g, '…')
    .slice(0, 300)
