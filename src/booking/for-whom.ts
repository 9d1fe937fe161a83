import { invalid, Refusal } from '../errors.ts'
import { type Actor, mustBeKnown } from '../people/actor.ts'

/**
 * For whom a booking is made: a mentee books for itself; ops and tokens say for whom. Throws 401, 403 for somebody else's name,
 * 400 when ops name nobody, or the mentor as their own mentee.
 */
export function menteeOf(actor: Actor, mentorId: string, menteeId: string | undefined): string {
  const found = maybeMenteeOf(actor, menteeId)
  if (found === null) throw invalid({ field: 'menteeId', rule: 'is needed: say for whom' })
  if (found === mentorId)
    throw invalid({ field: menteeId ? 'menteeId' : 'mentorId', rule: 'nobody can book a session with themselves' })
  return found
}

/** The same where nobody in particular may be meant (free times, checks): a person always asks for themselves. */
export function maybeMenteeOf(actor: Actor, menteeId: string | undefined): string | null {
  mustBeKnown(actor)
  if (menteeId !== undefined && !actor.ops && menteeId !== actor.accountId)
    throw new Refusal('forbidden', 'Only ops may do this for somebody else.')
  if (menteeId !== undefined) return menteeId
  if (actor.accountId === null && !actor.ops) throw new Refusal('forbidden', 'This token acts for nobody.')
  return actor.ops && actor.accountId === null ? null : actor.accountId
}
