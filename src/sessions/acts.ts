import { isBefore } from '../interval.ts'
import { expected, isLive } from '../playbook/attendance.ts'
import type { SessionFacts } from '../playbook/facts.ts'

export type Act = 'move' | 'cancel' | 'merge' | 'undo_merge' | 'room' | 'verdict'
export const ACTS = ['move', 'cancel', 'merge', 'undo_merge', 'room', 'verdict'] as const satisfies Act[]

/** What ops can do with a session now: change it until it starts, judge attendance from then on. */
export function actsOn(facts: SessionFacts, now: Temporal.Instant): Act[] {
  if (!isLive(facts)) return []
  if (!isBefore(now, facts.session.startsAt)) return ['verdict']
  const isBooked = expected(facts).some(({ bookingId }) => bookingId !== null)
  return [
    ...(isBooked ? (['move', 'cancel'] as const) : []),
    'merge',
    ...(openMerge(facts) ? (['undo_merge'] as const) : []),
    'room',
  ]
}

/** The latest merge that this session survived and that nobody took back. */
export const openMerge = ({ session, merges }: SessionFacts): string | null =>
  merges.findLast(({ survivorId, undoneAt }) => survivorId === session.id && undoneAt === null)?.mergeId ?? null
