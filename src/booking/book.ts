import { places, statement } from '../database/statement.ts'
import { pgError, retrying } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import type { Actor } from '../people/actor.ts'
import { count, counting, isLimited, uncount } from '../people/rate-limits.ts'
import { refusedBy, slotTaken, turn } from '../sessions/commitments.ts'
import { type Booked, shownBooking } from './bookings.ts'
import { capRanges } from './caps.ts'
import { type Conflict, hasConflictingBookingsOrSession } from './conflicts.ts'
import type { Slot } from './idempotency.ts'
import { type Ask, budgetSpent, notOffered, type Offer, offerOf } from './offer.ts'
import { notPaired } from './pairing.ts'
import { paused } from './paused.ts'
import { refuseRule, refuseTaken } from './refusals.ts'

/**
 * Books a time: two round trips, one that reads and decides, one that writes all of it or nothing. No vendor is called; the
 * worker is told after the commit. Throws 404, 409 `slot_taken`, 422 (`not_offered`, `not_paired`, `mentorship_ambiguous`,
 * `budget_spent`), 429 `slow_down`. `remembered` is the Idempotency-Key under which the answer is stored in the same transaction.
 */
export async function book(
  house: House,
  actor: Actor,
  ask: Ask,
  now: Temporal.Instant,
  remembered: Slot | null = null,
): Promise<Booked> {
  if (ask.holdId) await refuseForeignHold(house, ask, ask.holdId)
  const offer = await offerOf(house, actor, ask, now)
  const written = newBooking(ask, offer)
  try {
    await retrying(() => writeBooking(house, actor, ask, offer, written, remembered, now))
  } catch (error) {
    await refuseWritten(house, actor, ask, offer, error, now)
  }
  house.nudge()
  return written
}

const newBooking = (ask: Ask, offer: Offer): Booked =>
  shownBooking({
    id: newId(),
    session_id: newId(),
    mentor_id: ask.mentorId,
    mentee_id: ask.menteeId,
    starts_at: ask.startsAt,
    ends_at: offer.endsAt,
    revision: 1,
    cancelled_at: null,
  })

async function writeBooking(
  house: House,
  actor: Actor,
  ask: Ask,
  offer: Offer,
  written: Booked,
  remembered: Slot | null,
  now: Temporal.Instant,
): Promise<void> {
  const { pairing, facts, config, hold } = offer
  const giveUp = facts.menteeHolds.filter(({ id }) => id !== hold?.id)
  const caps = capRanges(config, ask.startsAt)
  const counts = pairing.budget !== null || pairing.mentorshipId === null
  const alone = [
    ...(counts || giveUp.length > 0 ? [ask.menteeId] : []),
    ...(caps.day || caps.week || giveUp.length > 0 ? [ask.mentorId] : []),
    ...giveUp.map(({ mentorId }) => mentorId),
  ]
  const ids = [newId(), newId(), newId(), newId(), newId()]
  const values = [
    ...[now, actor.label, alone, written.sessionId, written.id, pairing.programmeId, pairing.mentorshipId],
    ...[pairing.mentorshipId ? null : newId(), pairing.budget, ask.mentorId, ask.menteeId, ask.startsAt, offer.endsAt],
    ...[
      offer.mentorUntil,
      pairing.room,
      hold?.id ?? null,
      giveUp.map(({ id }) => id),
      caps.day,
      config.maxPerDay ?? null,
    ],
    ...[caps.week, config.maxPerWeek ?? null, offer.calendarUncheckedAt, ids, turn(written.sessionId)],
    ...[remembered ? [remembered.actor, remembered.route, remembered.key] : null],
    ...[remembered ? JSON.stringify(written) : null],
  ]
  if (!isLimited(actor)) {
    if (!(await booking(house.db, values))[0]?.booked) throw slotTaken(ask.mentorId)
    return
  }
  const limit = count(house, 'booking', [actor.accountId])
  const [answer] = await countedBooking(house.db, [...values, ...limit.values])
  if (!answer) throw limit.refusal
  if (answer.booked) return
  await uncount(house, limit)
  throw slotTaken(ask.mentorId)
}

type Answer = { booked: boolean }
const BOOK = `book(${places(26)}) as booked`
const booking = statement<Answer>(`select ${BOOK}`)
// Counted in the same statement: a booking that the database refuses takes its count back with it.
const countedBooking = statement<Answer>(`with counted as (${counting(27)}) select ${BOOK} from counted`)

/** What `book` raises for somebody who is not there, or for another pair's mentorship. */
const FOREIGN_KEY_VIOLATION = '23503'

/** The database said no: somebody was faster between the reading and the writing. */
async function refuseWritten(
  house: House,
  actor: Actor,
  ask: Ask,
  offer: Offer,
  error: unknown,
  now: Temporal.Instant,
): Promise<never> {
  const attempt = { ...ask, endsAt: offer.endsAt, programmeId: offer.pairing.programmeId }
  const why = refusedBy(error)
  if (why === 'not_paired') return refuseRule(house, actor, attempt, notPaired(), now)
  if (why === 'budget_spent') return refuseRule(house, actor, attempt, budgetSpent(offer.pairing.budget ?? 0), now)
  if (why === 'cap') return refuseRule(house, actor, attempt, notOffered(['cap']), now)
  if (why === 'paused') return refuseRule(house, actor, attempt, paused(), now)
  if (why === 'hold_gone')
    return refuseRule(house, actor, attempt, new Refusal('not_possible', 'This time is not on hold any more.'), now)
  // Joined into another account since it was read: the next look finds the other one.
  if (pgError(error)?.code === FOREIGN_KEY_VIOLATION) throw notFound('mentor or mentee')
  if (why !== 'slot_taken') throw error
  return refuseTaken(house, actor, attempt, await inTheWay(house, attempt, error, now), now)
}

/** What is in the way now. When it is gone again already (it was rolled back, moved on), a host or the mentor was taken. */
export async function inTheWay(
  house: House,
  ask: { mentorId: string; menteeId: string | null; startsAt: Temporal.Instant; endsAt: Temporal.Instant },
  error: unknown,
  now: Temporal.Instant,
): Promise<Conflict[]> {
  const found = await hasConflictingBookingsOrSession(house.db, ask, now)
  if (found.length > 0) return found
  const host = (error as { detail?: string }).detail === 'host'
  const whose = host ? 'host' : (error as { detail?: string }).detail === ask.menteeId ? 'mentee' : 'mentor'
  return [{ layer: host ? 'host' : 'booking', whose, startsAt: ask.startsAt.toString(), endsAt: ask.endsAt.toString() }]
}

async function refuseForeignHold(house: House, ask: Ask, holdId: string): Promise<void> {
  const hold = await house.db
    .selectFrom('hold')
    .select(['mentor_id', 'mentee_id', 'starts_at'])
    .where('id', '=', holdId)
    .executeTakeFirst()
  if (!hold || hold.mentee_id !== ask.menteeId) throw notFound('hold')
  if (hold.mentor_id !== ask.mentorId || !hold.starts_at.equals(ask.startsAt)) {
    throw new Refusal('invalid', 'holdId: is for another mentor or time', {
      errors: [{ field: 'holdId', rule: 'is for another mentor or time' }],
    })
  }
}
