import { sql } from 'kysely'
import type { House } from '../../http.ts'

export type Somebody = { menteeId: string; mentee: string; mentorId: string; mentor: string }

/**
 * A mentee and a mentor to try things with: paired, in one time zone (what is asked by day of one is not night for the other),
 * both with a phone that may be written to. Null when there is no such pair.
 */
export async function somebodyToBook({ db }: House): Promise<Somebody | null> {
  const { rows } = await sql<Somebody>`
    select learner.id as "menteeId", learner.name as mentee, teacher.id as "mentorId", teacher.name as mentor
    from mentorship m join programme p on p.id = m.programme_id
      join account learner on learner.id = m.mentee_id join account teacher on teacher.id = m.mentor_id
      join user_calendar_config hours on hours.account_id = teacher.id
    where m.ended_at is null and p.room = 'zoom' and learner.time_zone = teacher.time_zone
      and learner.deactivated_at is null and teacher.deactivated_at is null
      and learner.phone_e164 is not null and teacher.phone_e164 is not null
      and exists (select from consent c where c.account_id = learner.id and c.channel = 'whatsapp' and c.withdrawn_at is null)
      and exists (select from consent c where c.account_id = teacher.id and c.channel = 'whatsapp' and c.withdrawn_at is null)
    order by learner.locale like 'en%' desc, learner.name, teacher.name limit 1`.execute(db)
  return rows[0] ?? null
}
