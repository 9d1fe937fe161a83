import type { Actor } from './actor.ts'

/**
 * Who may do what. Pure: the caller says how the object relates to people and programmes, the answer is `true` or the reason
 * why not. What somebody may not even see is answered as not found by the caller, so that nobody can probe for it.
 */
export function may(actor: Actor, action: Action, object: Object): true | string {
  if (actor.label === 'anonymous') return 'Sign in, or send a bearer token.'
  if (actor.admin) return true
  return RULES[action](actor, object)
}

/** Ops of this programme, or for the whole installation. */
export const runs = (actor: Actor, programmeId: string | null): boolean =>
  may(actor, 'run', { people: [], ...(programmeId === null ? {} : { programmes: [programmeId] }) }) === true

export type Action = 'see' | 'see_whole' | 'change' | 'hand_out' | 'change_rights' | 'run' | 'found'

/** What is asked about. `people` are those it belongs to; `related` may know that it exists. */
export type Object = {
  people: readonly string[]
  related?: readonly string[]
  /** Those that know it; empty for a person who is in none yet; absent for what belongs to the installation. */
  programmes?: readonly string[]
  /** Holds ops or admin rights: whoever could change its address could become it. */
  privileged?: boolean
}

const RULES: Record<Action, (actor: Actor, object: Object) => true | string> = {
  /** To know that it exists: name, role, zone. */
  see: (actor, { people, related = [], programmes }) =>
    isOps(actor, programmes) || isIn(actor, people) || isIn(actor, related) || 'This is not yours to see.',
  /** With addresses and everything else. */
  see_whole: (actor, { people, programmes }) =>
    isOps(actor, programmes) || isIn(actor, people) || 'Only the person and ops of their programmes may see this.',
  change: (actor, { people, programmes, privileged }) => {
    if (isIn(actor, people)) return true
    if (!isOps(actor, programmes)) return 'Only the person and ops of their programmes may change this.'
    return !privileged || 'Only an admin may change somebody of ops.'
  },
  /** Everything about somebody at once, or all of it to another account: not past the programmes one works for. */
  hand_out: (actor, { people, programmes, privileged }) => {
    if (isIn(actor, people)) return true
    if (!isOps(actor, programmes)) return 'Only the person and ops of their programmes may do this.'
    if (!programmes?.every((programme) => isOps(actor, [programme])) && actor.programmes !== 'all')
      return 'This person is also in a programme that is not yours: ask an admin.'
    return !privileged || 'Only an admin may do this with somebody of ops.'
  },
  change_rights: () => 'Only an admin may give or take rights of ops and admin.',
  /** To run a programme: create, pair, import, end. */
  run: (actor, { programmes }) => isOps(actor, programmes) || 'Only ops of the programme may do this.',
  /** To make a programme, which then is one's own. */
  found: (actor) => actor.ops || 'Only ops may do this.',
}

const isIn = (actor: Actor, people: readonly string[]): boolean =>
  actor.accountId !== null && people.includes(actor.accountId)

function isOps(actor: Actor, programmes: readonly string[] | undefined): boolean {
  if (!actor.ops) return false
  if (actor.programmes === 'all') return true
  if (programmes === undefined) return false
  // Somebody who is in no programme yet may be taken into any: ops of every programme see them, ops of none do not.
  if (programmes.length === 0) return actor.programmes.length > 0
  return programmes.some((programme) => actor.programmes.includes(programme))
}
