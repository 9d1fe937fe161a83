import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { ZodError } from 'zod'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Database } from './database/pool.ts'
import { Refusal } from './errors.ts'
import type { Actor } from './people/actor.ts'

/** What a room's routes get: `routes(house)` in every routes.ts. */
export type House = {
  db: Database
  clock: Clock
  config: Config
  /** Tells the worker that something is due now. Called after a commit, never inside a transaction. */
  nudge: () => void
  /** Which ids events must be addressed to, where that is not what the configuration says (see `addressees`). */
  addressees?: Addressees
  /** For how many seconds this process spares a vendor after an outage; absent, nobody is known to rest. */
  rests?: (vendor: 'whatsapp' | 'email' | 'zoom' | 'google' | 'slack') => number
  /** Calls back when something was decided, delivered or recorded; answers how to stop. For pages that show it live. */
  onChange: (listener: () => void) => () => void
  log: (event: string, fields?: Record<string, string | number | boolean | null>) => void
}

/** An event for anybody else is foreign: stored, without effect. Absent = not asked. */
export type Addressees = {
  zoomAccount?: string | undefined
  whatsappPhone?: string | undefined
  whatsappBusiness?: string | undefined
}

/** Whom somebody plays in the sandbox; every light page says so and leads back. */
export type Playing = { name: string; role: 'mentor' | 'mentee' }

export type Env = { Variables: { actor: Actor; requestId: string; secureHeadersNonce?: string; playing?: Playing } }

/** A router whose rejected input becomes a problem document that names every field and rule. */
export const router = (): OpenAPIHono<Env> =>
  new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw refuseInput(result.error)
    },
  })

export function refuseInput(error: ZodError): Refusal {
  const errors = error.issues.flatMap((issue) => {
    const { path, message } = issue
    // What is too much is named itself, not the object that it stands in.
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        field: [...path, key || '(a key without a name)'].join('.'),
        rule: 'is not known here',
      }))
    return [{ field: path.join('.') || 'body', rule: message }]
  })
  return new Refusal('invalid', errors.map(({ field, rule }) => `${field}: ${rule}`).join('; '), { errors })
}

// Rules that a schema does not word itself.
const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
}
z.config({
  customError: (issue) => {
    switch (issue.code) {
      case 'invalid_type':
        if (issue.input === undefined) return 'is required'
        return KINDS[issue.expected] && `must be ${KINDS[issue.expected]}`
      case 'invalid_value':
        return `must be ${issue.values.map(String).join(' or ')}`
      case 'too_small':
        if (issue.origin === 'string')
          return issue.minimum === 1 ? 'must not be empty' : `must have at least ${issue.minimum} characters`
        return issue.origin === 'array' ? `must have at least ${issue.minimum}` : `must be at least ${issue.minimum}`
      case 'too_big':
        if (issue.origin === 'string') return `must have at most ${issue.maximum} characters`
        return issue.origin === 'array' ? `must have at most ${issue.maximum}` : `must be at most ${issue.maximum}`
      default:
        return undefined
    }
  },
})

/** RFC 3339 with an offset, from years that a schedule can mean. Kept as text in schemas; `at()` turns it into an instant. */
export const instantText = z
  .string()
  .max(40)
  .refine((text) => {
    try {
      const year = Temporal.Instant.from(text).toZonedDateTimeISO('UTC').year
      return year >= 2000 && year < 2200
    } catch {
      return false
    }
  }, 'must be an instant like 2026-03-12T14:00:00Z, between 2000 and 2199')
  .openapi({ example: '2026-03-12T14:00:00Z', format: 'date-time' })

export const at = (text: string): Temporal.Instant => Temporal.Instant.from(text)

/** JSON text of an instant: UTC, whole seconds without a fraction. */
export const shown = (instant: Temporal.Instant): string => instant.toString()
export const shownOrNull = (instant: Temporal.Instant | null): string | null => instant?.toString() ?? null

export const idText = z.uuid('must be a UUID').openapi({ example: '0198c0de-0000-7000-8000-000000000001' })

/** `?limit=` 1..500, default 100, and an opaque cursor. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
})

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), rule: z.string() })).optional(),
  })
  .openapi('Problem')

/** The problem answers of a route, for its OpenAPI entry. */
export const problems = (
  ...codes: number[]
): Record<number, { description: string; content: { 'application/problem+json': { schema: typeof problemSchema } } }> =>
  Object.fromEntries(
    codes.map((code) => [
      code,
      { description: `Problem ${code}`, content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  )

export const json = <T extends z.ZodType>(
  schema: T,
  description: string,
): { description: string; content: { 'application/json': { schema: T } } } => ({
  description,
  content: { 'application/json': { schema } },
})
export const jsonBody = <T extends z.ZodType>(
  schema: T,
): { content: { 'application/json': { schema: T } }; required: true } => ({
  content: { 'application/json': { schema } },
  required: true,
})
