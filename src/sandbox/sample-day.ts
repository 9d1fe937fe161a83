import type { OpenAPIHono } from '@hono/zod-openapi'
import { sql } from 'kysely'
import { book } from '../booking/book.ts'
import { freeTimes } from '../booking/free-times.ts'
import { Refusal } from '../errors.ts'
import { type Env, type House, router } from '../http.ts'
import { mustBeKnown, person } from '../people/actor.ts'

const SESSIONS = 8
/** Notice is 12 hours and a weekend has no hours: within a week there is a day that works. */
const DAYS_TRIED = 7

/** `POST /sandbox/sample-day`: the button of an empty day. Goes to the day that it filled, or names it to a program. */
export function sampleDayRoutes(house: House): OpenAPIHono<Env> {
  const app = router()
  app.post('/sandbox/sample-day', async (c) => {
    mustBeKnown(c.get('actor'))
    const { day, booked } = await bookSampleDay(house, await zoneOf(house, c.get('actor').accountId))
    if (c.req.header('accept')?.includes('application/json')) return c.json({ day, booked }, 201)
    return c.body(null, 303, { location: `/app/today?day=${day}`, 'cache-control': 'no-store' })
  })
  return app
}

/**
 * Books some eight sessions on the next day that has room for them, each of another mentor and mentee, spread over that
 * day in `timeZone`, the way mentees book. Throws `not_possible` when no day of the next week has a free time.
 */
export async function bookSampleDay(house: House, timeZone: string): Promise<{ day: string; booked: number }> {
  const pairs = await candidates(house)
  const today = house.clock.now().toZonedDateTimeISO(timeZone).toPlainDate()
  for (let ahead = 1; ahead <= DAYS_TRIED; ahead++) {
    const date = today.add({ days: ahead })
    if (date.dayOfWeek > 5) continue
    const booked = await fill(house, pairs, date, timeZone)
    if (booked > 0) return { day: date.toString(), booked }
  }
  throw new Refusal('not_possible', 'No mentor has a free time in the next week. Import people and hours first.')
}

async function fill(house: House, pairs: Pair[], date: Temporal.PlainDate, timeZone: string): Promise<number> {
  const from = date.toZonedDateTime(timeZone).toInstant()
  const to = date.add({ days: 1 }).toZonedDateTime(timeZone).toInstant()
  const busy = new Set<string>()
  let booked = 0
  const now = house.clock.now()
  for (const { mentorId, menteeId } of pairs) {
    if (booked === SESSIONS) break
    if (busy.has(mentorId) || busy.has(menteeId)) continue
    const { slots } = await freeTimes(house, { mentorId, menteeId, from, to }, false, now)
    const slot = slots[Math.floor((slots.length * booked) / SESSIONS)]
    if (!slot) continue
    try {
      const startsAt = Temporal.Instant.from(slot.startsAt)
      await book(house, person(menteeId, ['mentee']), { mentorId, menteeId, mentorshipId: null, startsAt }, now)
    } catch (error) {
      // No host is left at that minute, or the pair may not book: the next pair may.
      if (error instanceof Refusal) continue
      throw error
    }
    busy.add(mentorId).add(menteeId)
    booked++
  }
  return booked
}

type Pair = { mentorId: string; menteeId: string }

/**
 * Pairs of the largest programme first; then whoever is paired with nobody, for an open programme makes their pair. By name,
 * so that the same programme fills the same day: ids are drawn anew at each import.
 */
async function candidates({ db }: House): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    with pair as (
      select m.mentor_id, m.mentee_id, 0 as rank, (select count(*) from mentorship o where o.programme_id = m.programme_id) as size
      from mentorship m join programme p on p.id = m.programme_id where m.ended_at is null and p.room = 'zoom'
      union all
      select c.account_id, a.id, 1, 0 from user_calendar_config c
      cross join (select id from account where 'mentee' = any(roles) and deactivated_at is null
        and not exists (select from mentorship where mentee_id = account.id) order by id limit 40) a
      where not exists (select from mentorship where mentor_id = c.account_id))
    select mentor_id as "mentorId", mentee_id as "menteeId" from pair
    join account mentee on mentee.id = mentee_id join account mentor on mentor.id = mentor_id
    where exists (select from user_calendar_config c where c.account_id = mentor_id) and mentor_id <> mentee_id
    order by rank, size desc, mentee.name, mentor.name, mentee_id, mentor_id limit 400`.execute(db)
  return rows
}

async function zoneOf({ db }: House, accountId: string | null): Promise<string> {
  const account = accountId
    ? await db.selectFrom('account').select('time_zone').where('id', '=', accountId).executeTakeFirst()
    : undefined
  return account?.time_zone ?? 'UTC'
}
