import type { Database } from '../database/pool.ts'
import type { Closed } from './availability.ts'
import type { BookingFacts, Pair, Range } from './facts.ts'
import { lifeOf } from './pairing.ts'
import { pausedIn } from './paused.ts'

/** `closedTimes` of two people, with the pauses as they are now. */
export async function closedFor(
  db: Database,
  facts: BookingFacts,
  { mentorId, menteeId, from, to }: Range & { mentorId: string; menteeId: string },
): Promise<Closed[]> {
  const paused = await pausedIn(db, [mentorId, menteeId])
  return closedTimes(facts, from.epochMilliseconds, to.epochMilliseconds, paused)
}

/**
 * The parts of `[from, to)` to which a booking cannot be moved: those outside the life of its mentorship. Its place in the
 * budget it has, and a pause stops only new ones.
 */
export function closedToMove(facts: BookingFacts, mentorshipId: string | null, { from, to }: Range): Closed[] {
  const pair = facts.pairs.find(({ id }) => id === mentorshipId)
  if (!pair) return []
  const kept = { ...facts, pairs: [{ ...pair, budget: null }], open: null }
  return closedTimes(kept, from.epochMilliseconds, to.epochMilliseconds, new Set())
}

/**
 * The parts of `[from, to)` (epoch ms) in which these two cannot meet, whatever is free: what `pairingOf` and the budget will say
 * of a booking then, and `paused`, the programmes in which new bookings of one of them are paused. In order, without overlaps.
 */
export function closedTimes(facts: BookingFacts, from: number, to: number, paused: ReadonlySet<string>): Closed[] {
  const pairs = facts.pairs.map((pair) => ({ ...lifeOf(pair), against: againstPair(pair, paused) }))
  const edges = pairs.flatMap(({ start, end }) => [start, end]).filter((edge) => from < edge && edge < to)
  const cuts = [from, ...new Set(edges.sort((a, b) => a - b)), to]
  const closed: Closed[] = []
  for (const [index, start] of cuts.slice(0, -1).entries()) {
    const live = pairs.filter((pair) => pair.start <= start && start < pair.end).map(({ against }) => against)
    const reason = live.length === 0 ? againstNewPair(facts, paused) : live.includes(null) ? null : live[0]
    if (reason) closed.push({ start, end: cuts[index + 1] as number, reason })
  }
  return closed
}

function againstPair({ programmeId, budget, used }: Pair, paused: ReadonlySet<string>): Closed['reason'] | null {
  if (paused.has(programmeId)) return 'paused'
  return budget !== null && used >= budget ? 'budget_spent' : null
}

/** Where no pair is live, an open programme makes one by the booking, but none that somebody ended there. */
function againstNewPair({ pairs, open }: BookingFacts, paused: ReadonlySet<string>): Closed['reason'] | null {
  if (open === null || pairs.some(({ programmeId }) => programmeId === open.programmeId)) return 'not_paired'
  return paused.has(open.programmeId) ? 'paused' : null
}
