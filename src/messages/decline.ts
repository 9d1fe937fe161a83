import { sql } from 'kysely'
import { cancel } from '../booking/cancel.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { person } from '../people/actor.ts'

type Declined = { bookingId: string; revision: number; accountId: string }

/** More than this in one look would be an accident; the next look takes the rest. */
const MOST = 200
/** Vendors repeat a webhook for up to seven days. */
const RECENT = { hours: 7 * 24 }

/**
 * "I can't come", pressed before the start on a button or link that was signed for this person and time, is a cancellation: the
 * time is free again and the other side is told at once. What somebody typed stays a question for ops. Looks at the stored
 * answers, so it may run again at any time, after a crash too; answers how many bookings it cancelled.
 */
export async function cancelDeclined(house: House, now: Temporal.Instant): Promise<number> {
  const { rows } = await sql<Declined>`
    select distinct b.id as "bookingId", b.revision, p.account_id as "accountId"
    from reply r
    join session s on s.id = r.session_id and s.revision = r.revision
    join session_participant p on p.id = r.participant_id and p.left_at is null
    join user_calendar_booking b on b.session_id = s.id and b.cancelled_at is null and p.account_id in (b.mentee_id, b.mentor_id)
    where r.meaning = 'cant_come' and r.matched_by in ('payload', 'link') and r.received_at > ${now.subtract(RECENT)}
      and s.starts_at > ${now} and s.cancelled_at is null and s.merged_into is null
      and not exists (
        select from reply later
        where later.participant_id = r.participant_id and later.revision = r.revision and later.meaning in ('coming', 'wants_to_move') and later.said_at > r.said_at)
    order by 1 limit ${MOST}`.execute(house.db)
  let cancelled = 0
  for (const { bookingId, revision, accountId } of rows) {
    cancelled += await cancel(house, person(accountId, []), bookingId, { reason: 'cannot come', revision }, now).then(
      () => 1,
      (error) => {
        // Somebody moved or cancelled it in this very moment: then the answer spoke of a time that is no more.
        if (error instanceof Refusal) return 0
        throw error
      },
    )
  }
  return cancelled
}

export const messagesChores = (house: House) => [
  {
    name: 'declined_sessions',
    every: { hours: 1 },
    polls: true,
    run: async (now: Temporal.Instant): Promise<void> => void (await cancelDeclined(house, now)),
  },
]
