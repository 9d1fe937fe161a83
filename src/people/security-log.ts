import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Env, House } from '../http.ts'
import { accessOf } from './access.ts'
import { type Actor, ANONYMOUS } from './actor.ts'
import { ForeignForm } from './foreign-form.ts'

/**
 * What a guard of the house wants to read in the log, one line each, by OWASP ASVS 16.3: who (an id, or nobody), through
 * which door, and what became of it. Never an address, a name, a path with a link in it, or what was typed. What changes
 * somebody's rights, data or tokens stands in the audit log as well, in the transaction of the act.
 */
export type SecurityEvent =
  // Signing in and out. Asked for and refused are the same line whether the address is known here or not.
  | 'sign_in_asked'
  | 'signed_in'
  | 'sign_in_refused'
  | 'signed_out'
  | 'signed_out_everywhere'
  // Rights.
  | 'roles_changed'
  | 'token_created'
  | 'token_revoked'
  // Requests that were turned away; `noteRefusal` tells them apart.
  | 'access_refused'
  | 'object_refused'
  | 'link_refused'
  | 'signature_refused'
  | 'foreign_form_refused'
  | 'limit_reached'

export function note(
  { log }: Pick<House, 'log'>,
  event: SecurityEvent,
  actor: Actor,
  fields: Record<string, string | number | boolean | null> = {},
): void {
  log(event, { actor: idOf(actor), ...fields })
}

/** A line for an answer that turned somebody away; nothing for any other. */
export function noteRefusal(house: Pick<House, 'log'>, c: Context<Env>): void {
  const { status } = c.res
  if (status !== 401 && status !== 403 && status !== 404 && status !== 429) return
  // The pattern, not the path: links in it are keys, and a path that nobody serves may hold anything.
  const route = matchedRoutes(c).find(({ method, path }) => method !== 'ALL' && accessOf({ method, path }))
  const event = refusalEvent(status, c.error, route)
  if (event)
    note(house, event, c.get('actor') ?? ANONYMOUS, {
      requestId: c.get('requestId'),
      method: c.req.method,
      route: route?.path ?? 'none',
      status,
    })
}

function refusalEvent(
  status: 401 | 403 | 404 | 429,
  error: Error | undefined,
  route: { method: string; path: string } | undefined,
): SecurityEvent | null {
  if (error instanceof ForeignForm) return 'foreign_form_refused'
  if (status === 429) return 'limit_reached'
  const access = route && accessOf(route)
  if (access === 'vendor') return status === 404 ? null : 'signature_refused'
  if (status !== 404) return 'access_refused'
  if (access === 'link') return 'link_refused'
  // Not there, or somebody else's: the answer does not say which, and one who tries ids leaves a trail of these.
  return route?.path.includes(':') ? 'object_refused' : null
}

// A token is called as its admin liked, which may be after a person.
const idOf = ({ label, accountId }: Actor): string | null =>
  accountId ? `person:${accountId}` : label === ANONYMOUS.label ? null : (label.split(':')[0] as string)
