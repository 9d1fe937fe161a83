import { Refusal } from '../errors.ts'

/** Who asks. Made by the edge from a cookie or a bearer token, never from a body. */
export type Actor = {
  /** What history says: 'person:<id>', 'token:<name>', 'system', 'anonymous'. */
  label: string
  /** The person, when a person asks. */
  accountId: string | null
  ops: boolean
  admin: boolean
  /** The sandbox's own token is not held to per-actor limits. */
  unlimited: boolean
}

export const ANONYMOUS: Actor = { label: 'anonymous', accountId: null, ops: false, admin: false, unlimited: false }
export const SYSTEM: Actor = { label: 'system', accountId: null, ops: true, admin: true, unlimited: true }

export const person = (accountId: string, roles: readonly string[]): Actor => ({
  label: `person:${accountId}`,
  accountId,
  ops: roles.includes('ops') || roles.includes('admin'),
  admin: roles.includes('admin'),
  unlimited: false,
})

/** Throws 401 for somebody unknown. */
export function mustBeKnown(actor: Actor): Actor {
  if (actor.label === 'anonymous') throw new Refusal('unauthenticated', 'Sign in, or send a bearer token.')
  return actor
}

/** Throws 401 or 403 unless the actor is ops (or admin). */
export function mustBeOps(actor: Actor): Actor {
  if (!mustBeKnown(actor).ops) throw new Refusal('forbidden', 'Only ops may do this.')
  return actor
}
