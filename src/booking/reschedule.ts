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
import type { Planned } from '../sessions/timeline.ts'
import { type Effects, plannedThen, tryOut, whatFollows } from '../sessions/what-follows.ts'
import { inTheWay } from './book.ts'
import { type Booked, type BookingRow, bookingFor, findBooking, shownBooking } from './bookings.ts'
import { type Offer, offerOf } from './offer.ts'
import { notPaired } from './pairing.ts'
import { refuseRule, refuseTaken } from './refusals.ts'

/**
 * Moves a booking's session to another time, also one that overlaps its own old one. From the commit on the session has a new
 * revision, and no message of the old one is claimed. Asking for the time it already has changes nothing and answers 200.
 * Throws 404, 409 `stale_revision` (with the current state) and `slot_taken`, 422 `not_offered`, `not_paired` outside the
 * life of its mentorship, and `not_possible` once it has begun.
 */
export async function reschedule(
  house: House,
  actor: Actor,
  id: string,
  ask: Move,
  now: Temporal.Instant,
): Promise<Booked> {
  const isDone = await carryOut(house, actor, id, ask, now, (write) => transact(house.db, write))
  if (isDone) house.nudge()
  return shownBooking((await findBooking(house.db, id)) as BookingRow)
}

export type MovePreview = Booked & {
  dryRun: true
  /** `planned`: the messages still to come at the new time. */
  effects: Effects & { planned: (Planned & { what: string })[] }
}

/** The booking as it is, and all that moving it would bring: refused like the deed itself. Nothing is changed. */
export async function previewMove(
  house: House,
  actor: Actor,
  id: string,
  ask: Move,
  now: Temporal.Instant,
): Promise<MovePreview> {
  let effects: MovePreview['effects'] = { messages: [], withdrawn: [], vendors: [], planned: [] }
  const booking = await bookingFor(house.db, actor, id)
  await carryOut(house, actor, id, ask, now, (write) =>
    tryOut(house.db, async (tx) => {
      await write(tx)
      effects = {
        ...(await whatFollows(tx, [booking.session_id], now)),
        planned: await plannedThen(tx, [booking.session_id], now),
      }
    }),
  )
  return { ...shownBooking(booking), dryRun: true, effects: shownTo(actor, booking, effects) }
}

// What others of a shared session are told is theirs and ops' to read.
function shownTo(actor: Actor, booking: BookingRow, effects: MovePreview['effects']): MovePreview['effects'] {
  if (runs(actor, booking.programme_id)) return effects
  const pair: (string | null)[] = [booking.mentor_id, booking.mentee_id]
  const theirs = <T extends { recipient: string | null }>(list: T[]) =>
    list.filter(({ recipient }) => pair.includes(recipient))
  const { messages, withdrawn, vendors } = effects
  return { messages: theirs(messages), withdrawn: theirs(withdrawn), vendors, planned: theirs(effects.planned) }
}

export type Move = { startsAt: Temporal.Instant; revision: number }
type Write = (tx: Tx) => Promise<void>

/** False when it is what was asked for already. `within` runs the writing in its transaction. */
async function carryOut(
  house: House,
  actor: Actor,
  id: string,
  ask: Move,
  now: Temporal.Instant,
  within: (write: Write) => Promise<void>,
): Promise<boolean> {
  const booking = await bookingFor(house.db, actor, id)
  if (isRepeated(booking, ask)) return false
  refuseOld(booking, ask.revision, now)
  if (booking.starts_at.equals(ask.startsAt)) return false

  const people = await peopleOf(house.db, booking.session_id)
  if (people.length > 2 && !runs(actor, booking.programme_id))
    throw new Refusal('not_possible', 'Others come to this session too: ask ops to move it.')

  const { mentor_id: mentorId, mentee_id: menteeId, mentorship_id: mentorshipId, session_id: sessionId } = booking
  const milliseconds = booking.ends_at.epochMilliseconds - booking.starts_at.epochMilliseconds
  const moving = { sessionId, milliseconds, programmeId: booking.programme_id, room: booking.room as 'zoom' | 'meet' }
  const offer = await offerOf(house, actor, { mentorId, menteeId, mentorshipId, startsAt: ask.startsAt, moving }, now)
  try {
    await within(async (tx) => {
      await limitPerson(house, tx, actor, 'reschedule', [sessionId])
      await writeMove(tx, now, actor, booking, people, { ...ask, offer })
    })
  } catch (error) {
    const attempt = {
      mentorId,
      menteeId,
      mentorshipId,
      startsAt: ask.startsAt,
      endsAt: offer.endsAt,
      moving,
      programmeId: booking.programme_id,
    }
    if (error instanceof Refusal && error.code === 'not_paired') return refuseRule(house, actor, attempt, error, now)
    if (refusedBy(error) !== 'slot_taken' && !(error instanceof NoHost)) throw error
    return refuseTaken(house, actor, attempt, await inTheWay(house, attempt, error, now), now)
  }
  return true
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

// The end of a mentorship waits for the same people: one that came first has left this session alone where it was.
async function refuseEnded(tx: Tx, mentorshipId: string | null, startsAt: Temporal.Instant): Promise<void> {
  const ended = await tx
    .selectFrom('mentorship')
    .select('id')
    .where('id', '=', mentorshipId)
    .where('ended_at', '<=', startsAt)
    .executeTakeFirst()
  if (ended) throw notPaired()
}

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
  await refuseEnded(tx, booking.mentorship_id, startsAt)

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
