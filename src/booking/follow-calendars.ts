import { sql } from 'kysely'
import { differenceCase, FOLLOW_CHORE } from '../calendar/differences.ts'
import { openCase } from '../cases.ts'
import { transact } from '../database/transaction.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { isDue } from '../interval.ts'
import { type Actor, person } from '../people/actor.ts'
import { cancel } from './cancel.ts'
import { reschedule } from './reschedule.ts'

type Row = {
  id: string
  kind: 'moved' | 'deleted'
  seen: { startsAt?: string; endsAt?: string; revision?: number }
  accountId: string
  name: string
  session_id: string
  programme_id: string
  starts_at: Temporal.Instant
  ends_at: Temporal.Instant
  revision: number
  isOff: boolean
  bookings: { id: string; revision: number }[]
}

/** What became of a difference: settled in this way, or a question to ops with this reason. */
type Outcome = { settled: 'applied' | 'overtaken' } | { ask: string }

/** More than so many in one look would be an accident; the next look takes the rest. */
const MOST = 100

/**
 * Where a programme follows calendars: what somebody moved or deleted in Google is moved or cancelled here, by the same use
 * cases and rules as if they had asked for it themselves. What is refused becomes a question to ops, with the reason. Each
 * difference is looked at once; what a crash interrupted is found done already, and only closed.
 */
export async function followCalendars(house: House, now: Temporal.Instant): Promise<void> {
  const { rows } = await sql<Row>`
    select d.id, d.kind, d.seen, k.account_id as "accountId", a.name, d.session_id, s.programme_id, s.starts_at, s.ends_at, s.revision,
      s.cancelled_at is not null or s.merged_into is not null as "isOff",
      coalesce((select jsonb_agg(jsonb_build_object('id', b.id, 'revision', b.revision) order by b.id) from user_calendar_booking b
        where b.session_id = s.id and b.cancelled_at is null and k.account_id in (b.mentor_id, b.mentee_id)), '[]') as bookings
    from calendar_difference d
    join calendar_connection k on k.id = d.connection_id join account a on a.id = k.account_id
    join session s on s.id = d.session_id
    where d.follow_at <= ${now} and d.settled_at is null
    order by d.follow_at, d.id limit ${MOST}`.execute(house.db)
  for (const row of rows) await close(house, row, await follow(house, row, now), now)
  if (rows.length > 0) house.nudge()
}

async function follow(house: House, row: Row, now: Temporal.Instant): Promise<Outcome> {
  const isThere = row.kind === 'moved' && row.seen.startsAt !== undefined && row.starts_at.equals(row.seen.startsAt)
  if (isThere) return { settled: 'applied' }
  if (row.isOff) return { settled: row.kind === 'deleted' ? 'applied' : 'overtaken' }
  // Somebody changed it meanwhile, and the calendar has been written anew: that change is the later word.
  if (row.seen.revision !== row.revision) return { settled: 'overtaken' }
  if (isDue(row.starts_at, now)) return { ask: 'This session has begun.' }
  const [booking, ...others] = row.bookings
  if (!booking) return { ask: 'Nobody has booked this session: ops published it, and only ops change it.' }
  if (others.length > 0) return { ask: 'Several mentees come to this session.' }

  const actor = person(row.accountId, [])
  try {
    if (row.kind === 'deleted')
      await cancel(house, actor, booking.id, { reason: 'deleted in Google Calendar', revision: booking.revision }, now)
    else {
      const refusal = await moveTo(house, actor, row, booking, now)
      if (refusal) return { ask: refusal }
    }
    return { settled: 'applied' }
  } catch (error) {
    if (error instanceof Refusal) return { ask: error.message }
    throw error
  }
}

async function moveTo(
  house: House,
  actor: Actor,
  { seen, starts_at, ends_at }: Row,
  booking: Row['bookings'][number],
  now: Temporal.Instant,
): Promise<string | null> {
  if (!seen.startsAt || !seen.endsAt) return 'It has become an entry without a time of day.'
  const startsAt = Temporal.Instant.from(seen.startsAt)
  if (isDue(startsAt, now)) return 'The new time is over already.'
  const length = Temporal.Instant.from(seen.endsAt).epochMilliseconds - startsAt.epochMilliseconds
  if (length !== ends_at.epochMilliseconds - starts_at.epochMilliseconds)
    return 'Its length was changed as well, and sessions keep theirs.'
  await reschedule(house, actor, booking.id, { startsAt, revision: booking.revision }, now)
  return null
}

async function close({ db }: House, row: Row, outcome: Outcome, now: Temporal.Instant): Promise<void> {
  const settled = 'settled' in outcome ? { settled_at: now, settled_how: outcome.settled } : {}
  await transact(db, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('calendar_difference')
      .set({ follow_at: null, ...settled })
      .where('id', '=', row.id)
      .where('settled_at', 'is', null)
      .executeTakeFirstOrThrow()
    if ('ask' in outcome && numUpdatedRows === 1n) await openCase(tx, now, differenceCase(row, outcome.ask))
  })
}

export const bookingChores = (house: House) => [
  {
    name: FOLLOW_CHORE,
    every: { hours: 1 },
    polls: true,
    run: (now: Temporal.Instant): Promise<void> => followCalendars(house, now),
  },
]
