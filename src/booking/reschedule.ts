import { audit } from '../audit.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { isDue } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { limitPerson } from '../people/rate-limits.ts'
import { lockHolders, lockPool, move, refusedBy, takeHost, type Wish } from '../sessions/commitments.ts'
import { type Effects, whatFollows } from '../sessions/what-follows.ts'
import { inTheWay } from './book.ts'
import { type Booked, type BookingRow, bookingFor, findBooking, shownBooking } from './bookings.ts'
import { type Offer, offerOf } from './offer.ts'
import { refuseTaken } from './refusals.ts'

/**
 * Moves a booking's session to another time, also one that overlaps its own old one. From the commit on the session has a new
 * revision, and no message of the old one is claimed. Asking for the time it already has changes nothing and answers 200.
 * Throws 404, 409 `stale_revision` (with the current state) and `slot_taken`, 422 `not_offered`, and `not_possible` once it has begun.
 */
export async function reschedule(
  house: House,
  actor: Actor,
  id: string,
  ask: { startsAt: Temporal.Instant; revision: number },
  now: Temporal.Instant,
): Promise<Booked> {
  const booking = await bookingFor(house.db, actor, id)
  if (isRepeated(booking, ask)) return shownBooking(booking)
  const asked = await mayMove(house, actor, booking, ask, now)
  if (asked === null) return shownBooking(booking)
  await transactMove(house, actor, booking, ask, asked, now, async (tx) => {
    await limitPerson(house, tx, actor, 'reschedule', [booking.session_id])
  })
  house.nudge()
  return shownBooking((await findBooking(house.db, id)) as BookingRow)
}

/**
 * The booking as it would be and all that would follow, by doing it and taking it back: the preview cannot differ from the
 * deed. Refuses what `reschedule` would refuse.
 */
export async function previewReschedule(
  house: House,
  actor: Actor,
  id: string,
  ask: { startsAt: Temporal.Instant; revision: number },
  now: Temporal.Instant,
): Promise<Booked & { effects: Effects }> {
  const booking = await bookingFor(house.db, actor, id)
  const asked = await mayMove(house, actor, booking, ask, now)
  if (asked === null) return { ...shownBooking(booking), effects: { messages: [], withdrawn: [], vendors: [] } }
  let seen: (Booked & { effects: Effects }) | undefined
  const undone = new Error('preview')
  try {
    await transactMove(house, actor, booking, ask, asked, now, undefined, async (tx) => {
      const effects = await whatFollows(tx, [booking.session_id], now)
      seen = { ...shownBooking((await findBooking(tx, id)) as BookingRow), effects }
      throw undone
    })
  } catch (error) {
    if (error !== undone) throw error
  }
  return seen as Booked & { effects: Effects }
}

type Asked = { offer: Offer; people: Expected[]; moving: NonNullable<Parameters<typeof offerOf>[2]['moving']> }

/** What the move needs to know; null when it is there already. Throws what speaks against it. */
async function mayMove(
  house: House,
  actor: Actor,
  booking: BookingRow,
  ask: { startsAt: Temporal.Instant; revision: number },
  now: Temporal.Instant,
): Promise<Asked | null> {
  refuseOld(booking, ask.revision, now)
  if (booking.starts_at.equals(ask.startsAt)) return null
  const people = await peopleOf(house.db, booking.session_id)
  if (people.length > 2 && !runs(actor, booking.programme_id))
    throw new Refusal('not_possible', 'Others come to this session too: ask ops to move it.')

  const { mentor_id: mentorId, mentee_id: menteeId, mentorship_id: mentorshipId, session_id: sessionId } = booking
  const milliseconds = booking.ends_at.epochMilliseconds - booking.starts_at.epochMilliseconds
  const moving = { sessionId, milliseconds, programmeId: booking.programme_id, room: booking.room as 'zoom' | 'meet' }
  const offer = await offerOf(house, actor, { mentorId, menteeId, mentorshipId, startsAt: ask.startsAt, moving }, now)
  return { offer, people, moving }
}

async function transactMove(
  house: House,
  actor: Actor,
  booking: BookingRow,
  ask: { startsAt: Temporal.Instant; revision: number },
  { offer, people, moving }: Asked,
  now: Temporal.Instant,
  before?: (tx: Tx) => Promise<void>,
  after?: (tx: Tx) => Promise<void>,
): Promise<void> {
  try {
    await transact(house.db, async (tx) => {
      await before?.(tx)
      await writeMove(tx, now, actor, booking, people, { ...ask, offer })
      await after?.(tx)
    })
  } catch (error) {
    if (refusedBy(error) !== 'slot_taken' && !(error instanceof NoHost)) throw error
    const attempt = {
      mentorId: booking.mentor_id,
      menteeId: booking.mentee_id,
      startsAt: ask.startsAt,
      endsAt: offer.endsAt,
      moving,
      programmeId: booking.programme_id,
    }
    return refuseTaken(house, actor, attempt, await inTheWay(house, attempt, error, now), now)
  }
}

class NoHost extends Error {
  readonly detail = 'host'
}

/** 409 for another revision than the caller saw; 422 when it is over, or has begun. */
export function refuseOld(booking: BookingRow, revision: number, now: Temporal.Instant): void {
  if (booking.cancelled_at || booking.session_cancelled_at)
    throw new Refusal('not_possible', 'This booking is cancelled.')
  if (revision !== booking.revision) throw stale(booking)
  if (isDue(booking.starts_at, now)) throw new Refusal('not_possible', 'This session has begun.')
}

export const stale = (booking: BookingRow): Refusal =>
  new Refusal('stale_revision', 'The booking has changed since you saw it.', { current: shownBooking(booking) })

// A lost answer makes people click again: what they ask for is what it is already.
const isRepeated = (booking: BookingRow, ask: { startsAt: Temporal.Instant; revision: number }): boolean =>
  !booking.cancelled_at && booking.starts_at.equals(ask.startsAt) && ask.revision === booking.revision - 1

type Expected = { account_id: string; role: string }

const peopleOf = (db: House['db'] | Tx, sessionId: string): Promise<Expected[]> =>
  db
    .selectFrom('session_participant')
    .select(['account_id', 'role'])
    .where('session_id', '=', sessionId)
    .where('left_at', 'is', null)
    .orderBy('account_id')
    .execute()

async function writeMove(
  tx: Tx,
  now: Temporal.Instant,
  actor: Actor,
  seen: BookingRow,
  people: Expected[],
  { startsAt, revision, offer }: { startsAt: Temporal.Instant; revision: number; offer: Offer },
): Promise<void> {
  await lockHolders(
    tx,
    people.map((person) => person.account_id),
  )
  if (seen.room === 'zoom') await lockPool(tx)
  await tx.selectFrom('session').select('id').where('id', '=', seen.session_id).forUpdate().execute()
  // What was read before the locks may be old: a merge, a cancellation, another move.
  const booking = (await findBooking(tx, seen.id)) as BookingRow
  refuseOld(booking, revision, now)
  const same = JSON.stringify(await peopleOf(tx, seen.session_id)) === JSON.stringify(people)
  if (booking.session_id !== seen.session_id || !same) throw stale(booking)

  const bare = { start: startsAt, end: offer.endsAt }
  const wishes = people.map(
    ({ account_id, role }): Wish => ({
      holderId: account_id,
      kind: 'account',
      during: role === 'mentor' ? { start: startsAt, end: offer.mentorUntil } : bare,
    }),
  )
  const source = { sessionId: booking.session_id }
  await move(tx, { sessionIds: [booking.session_id] }, [{ source, wishes }], now)
  const host =
    booking.room === 'zoom' ? await takeHost(tx, source, booking.mentor_id, bare, now, booking.host_id) : null
  if (booking.room === 'zoom' && host === null) throw new NoHost()

  await tx
    .updateTable('session')
    .set({
      starts_at: startsAt,
      ends_at: offer.endsAt,
      host_id: host,
      revision: booking.session_revision + 1,
      scheduled_at: now,
      calendar_unchecked_at: offer.calendarUncheckedAt,
    })
    .where('id', '=', booking.session_id)
    .execute()
  await tx
    .insertInto('session_revision')
    .values({
      session_id: booking.session_id,
      revision: booking.session_revision + 1,
      starts_at: startsAt,
      ends_at: offer.endsAt,
      room: booking.room,
      made_at: now,
      made_by: actor.label,
      cause: 'rescheduled',
    })
    .execute()
  await tx
    .updateTable('user_calendar_booking')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('session_id', '=', booking.session_id)
    .where('cancelled_at', 'is', null)
    .execute()
  await audit(tx, {
    at: now,
    actor: actor.label,
    action: 'session.rescheduled',
    objectKind: 'session',
    objectId: booking.session_id,
    detail: { from: booking.starts_at.toString(), to: startsAt.toString() },
  })
  await wakeSession(tx, booking.session_id, now)
}
