import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { bookingFor } from './bookings.ts'
import { closedToMove } from './closed-times.ts'
import { bookingFacts, slotsQuestion } from './facts.ts'
import { checkRange } from './free-times.ts'
import { slots } from './slots.ts'

/** A day full of five-minute steps; whoever needs more asks for fewer days. */
const MOST = 300

/** Where this booking could go in `[from, to)`: the mentor's free times that suit everybody in it, while its mentorship lasts; its own time left out. */
export async function moveTimes(
  house: House,
  actor: Actor,
  bookingId: string,
  range: { from: Temporal.Instant; to: Temporal.Instant },
  now: Temporal.Instant,
): Promise<{ startsAt: string; endsAt: string }[]> {
  checkRange(range)
  const booking = await bookingFor(house.db, actor, bookingId)
  const { mentor_id: mentorId, mentee_id: menteeId, session_id: butSessionId } = booking
  const facts = await bookingFacts(house.db, { mentorId, menteeId, ...range, butSessionId }, now)
  if (facts.config === null) return []
  const view = { programmeId: booking.programme_id, room: booking.room as 'zoom' | 'meet' }
  const closed = closedToMove(facts, booking.mentorship_id, range)
  return slots(slotsQuestion(facts, facts.config, range, now, view, closed))
    .filter(({ startsAt }) => startsAt !== booking.starts_at.epochMilliseconds)
    .slice(0, MOST)
    .map(({ startsAt, endsAt }) => ({ startsAt: text(startsAt), endsAt: text(endsAt) }))
}

const text = (ms: number): string => Temporal.Instant.fromEpochMilliseconds(ms).toString()
