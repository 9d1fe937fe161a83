import type { Slot, SlotsQuestion } from './availability.ts'
import { MINUTE } from './availability-windows.ts'
import { type Blocker, bookableTime, busyBlockers, closedBlockers, ruleBlockers } from './slots-blockers.ts'
import { openWindows } from './slots-grid.ts'

/**
 * The free slots that start in `[from, to)`, oldest first. Pure, and the range may be of any length: notice and horizon bound
 * the work. Offsets come from a table and all else is integers; `slots.zones.test.ts` holds it equal to plain Temporal.
 */
export function slots(question: SlotsQuestion): Slot[] {
  const { first, last } = bookableTime(question)
  const from = Math.max(question.from.epochMilliseconds, first)
  const to = Math.min(question.to.epochMilliseconds, last + 1)
  if (from >= to) return []

  const blockers = [...busyBlockers(question), ...closedBlockers(question), ...ruleBlockers(question, from, to)].sort(
    byAfter,
  )
  const session = question.config.sessionMinutes * MINUTE
  const free: Slot[] = []
  let next = 0
  let takenUntil = -Infinity
  for (const { starts } of openWindows(question.config, from, to)) {
    for (const start of starts) {
      for (let blocker = blockers[next]; blocker !== undefined && blocker.after < start; blocker = blockers[++next]) {
        if (blocker.before > takenUntil) takenUntil = blocker.before
      }
      if (start >= takenUntil) free.push({ startsAt: start, endsAt: start + session })
    }
  }
  return free
}

/** The free slots of the question's range, the nearest to `startsAt` first; that start itself is not among them. */
export function nearestFree(question: SlotsQuestion, startsAt: Temporal.Instant): Slot[] {
  const wanted = startsAt.epochMilliseconds
  const distance = (slot: Slot) => Math.abs(slot.startsAt - wanted)
  return slots(question)
    .filter((slot) => slot.startsAt !== wanted)
    .sort((a, b) => distance(a) - distance(b))
}

function byAfter(a: Blocker, b: Blocker): number {
  return a.after - b.after
}
