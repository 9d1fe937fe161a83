import type { Actor } from './actor.ts'

/**
 * Who may do what. Pure: the caller says how the object relates to people, the answer is `true` or the reason why not.
 * What somebody may not even see is answered as not found by the caller, so that nobody can probe for it.
 */
export function may(actor: Actor, action: Action, object: Object): true | string {
  if (actor.label === 'anonymous') return 'Sign in, or send a bearer token.'
  if (actor.admin) return true
  return RULES[action](actor, object)
}

export type Action = 'see' | 'see_whole' | 'change' | 'change_rights' | 'run'

/** What is asked about. `people` are those it belongs to; `related` may know that it exists. */
export type Object = {
  people: readonly string[]
  related?: readonly string[]
  /** Holds ops or admin rights: whoever could change its address could become it. */
  privileged?: boolean
}

const RULES: Record<Action, (actor: Actor, object: Object) => true | string> = {
  /** To know that it exists: name, role, zone. */
  see: (actor, { people, related = [] }) =>
    actor.ops || isIn(actor, people) || isIn(actor, related) || 'This is not yours to see.',
  /** With addresses and everything else. */
  see_whole: (actor, { people }) => actor.ops || isIn(actor, people) || 'Only the person and ops may see this.',
  change: (actor, { people, privileged }) => {
    if (isIn(actor, people)) return true
    if (!actor.ops) return 'Only the person and ops may change this.'
    return !privileged || 'Only an admin may change somebody of ops.'
  },
  change_rights: () => 'Only an admin may give or take rights of ops and admin.',
  /** To run the programme: create, pair, import, end. */
  run: (actor) => actor.ops || 'Only ops may do this.',
}

const isIn = (actor: Actor, people: readonly string[]): boolean =>
  actor.accountId !== null && people.includes(actor.accountId)
