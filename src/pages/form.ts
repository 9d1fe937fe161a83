import { bodyLimit } from 'hono/body-limit'
import { cut, withoutTurns } from '../cut.ts'
import { Refusal } from '../errors.ts'
import { isId } from '../ids.ts'
import type { Ctx } from './page.ts'

/** A form of ours is a few hundred bytes. */
export const smallForm = bodyLimit({
  maxSize: 16 * 1024,
  onError: () => {
    throw new Refusal('too_large', 'This form may have at most 16384 bytes.')
  },
})

export type Form = (name: string) => string

/** The fields of a posted form, trimmed, at most 2,000 characters each; absent ones, files and repeated ones are empty. */
export async function readForm(c: Ctx): Promise<Form> {
  const type = c.req.header('content-type') ?? ''
  const isForm = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)
  const body: Record<string, unknown> = isForm ? await c.req.parseBody().catch(() => ({})) : {}
  return (name) => {
    const value = Object.hasOwn(body, name) ? body[name] : ''
    return typeof value === 'string' ? cut(withoutTurns(value.replaceAll('\0', '')).trim(), 2_000) : ''
  }
}

/** An instant typed by a machine (a radio's value), or null. */
export function instantOr(text: string): Temporal.Instant | null {
  try {
    const at = Temporal.Instant.from(text)
    const { year } = at.toZonedDateTimeISO('UTC')
    return year >= 2000 && year < 2200 ? at : null
  } catch {
    return null
  }
}

export function dateOr(text: string | undefined): Temporal.PlainDate | null {
  try {
    const date = Temporal.PlainDate.from(text ?? '')
    return date.year >= 2000 && date.year < 2200 ? date : null
  } catch {
    return null
  }
}

export const idOr = (text: string): string | null => (isId(text) ? text : null)
