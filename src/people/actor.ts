import { Refusal } from '../errors.ts'

/** Who asks. Made by the edge from a cookie or a bearer token, never from a body. */
export type Actor = {
  /** What history says: 'person:<id>', 'token:<name>', 'system', 'anonymous'. */
  label: string
  /** The person, when a person asks. */
  accountId: string | null
  ops: boolean
  admin: boolean
  /** The programmes this actor works for as ops: all for admins; none for whoever is not of ops. */
  programmes: 'all' | readonly string[]
  /** The sandbox's own token is not held to per-actor limits. */
  unlimited: boolean
}

export const ANONYMOUS: Actor = {
  label: 'anonymous',
  accountId: null,
  ops: false,
  admin: false,
  programmes: [],
  unlimited: false,
}
export const SYSTEM: Actor = {
  label: 'system',
  accountId: null,
  ops: true,
  admin: true,
  programmes: 'all',
  unlimited: true,
}

/** `programmes` are those an account of ops was given. */
export function person(accountId: string, roles: readonly string[], programmes: readonly string[] = []): Actor {
  const admin = roles.includes('admin')
  const ops = admin || roles.includes('ops')
  return {
    label: `person:${accountId}`,
    accountId,
    ops,
    admin,
    programmes: admin ? 'all' : ops ? programmes : [],
    unlimited: false,
  }
}

/** Throws 401 for somebody unknown. */
export function mustBeKnown(actor: Actor): Actor {
  if (actor.label === 'anonymous') throw new Refusal('unauthenticated', 'Sign in, or send a bearer token.')
  return actor
}

/** Throws 403 unless the actor works for the whole installation: what belongs to no programme is not for ops of one. */
export function mustRunAll(actor: Actor): Actor {
  if (mustBeOps(actor).programmes !== 'all')
    throw new Refusal('forbidden', 'Only an admin may see what belongs to no programme.')
  return actor
}

/** Throws 401 or 403 unless the actor is ops (or admin). */
export function mustBeOps(actor: Actor): Actor {
  if (!mustBeKnown(actor).ops) throw new Refusal('forbidden', 'Only ops may do this.')
  return actor
}
