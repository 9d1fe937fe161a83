import { sql } from 'kysely'
import { nextFreeTimes } from '../../booking/free-times.ts'
import type { House } from '../../http.ts'

export type Somebody = {
  menteeId: string
  mentee: string
  mentorId: string
  mentor: string
  /** Where to book: the week of the mentor's next free time. */
  path: string
}
type Pair = Omit<Somebody, 'path'> & { timeZone: string }

/** Each costs a look at a mentor's hours. */
const PAIRS_LOOKED_AT = 12

/**
 * A mentee and a mentor to try things with: paired, in one time zone, both with a phone that may be written to, and with free
 * times after noon, so that neither the question four hours before nor what comes late falls into somebody's night.
 * Best in the zone of whoever looks on, who then reads the same times. Null when there is no such pair.
 */
export async function somebodyToBook(house: House, viewerId: string | null): Promise<Somebody | null> {
  const now = house.clock.now()
  for (const { timeZone, ...pair } of await pairs(house, viewerId)) {
    const times = await nextFreeTimes(house, pair, now, 6)
    const at = times.map(({ startsAt }) => Temporal.Instant.from(startsAt).toZonedDateTimeISO(timeZone))
    const good = at.find(({ hour }) => hour >= 12 && hour < 19)
    if (good) return { ...pair, path: `/book/${pair.mentorId}?week=${good.toPlainDate()}` }
  }
  return null
}

async function pairs({ db }: House, viewerId: string | null): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    select learner.id as "menteeId", learner.name as mentee, teacher.id as "mentorId", teacher.name as mentor, learner.time_zone as "timeZone"
    from mentorship m join programme p on p.id = m.programme_id
      join account learner on learner.id = m.mentee_id join account teacher on teacher.id = m.mentor_id
      join user_calendar_config hours on hours.account_id = teacher.id
    where m.ended_at is null and p.room = 'zoom' and learner.time_zone = teacher.time_zone
      and learner.deactivated_at is null and teacher.deactivated_at is null
      and learner.phone_e164 is not null and teacher.phone_e164 is not null
      and exists (select from consent c where c.account_id = learner.id and c.channel = 'whatsapp' and c.withdrawn_at is null)
      and exists (select from consent c where c.account_id = teacher.id and c.channel = 'whatsapp' and c.withdrawn_at is null)
    order by learner.time_zone = (select time_zone from account where id = ${viewerId}::uuid) desc nulls last, learner.locale like 'en%' desc, learner.name, teacher.name limit ${PAIRS_LOOKED_AT}`.execute(
    db,
  )
  return rows
}
