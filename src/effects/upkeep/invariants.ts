import { sql } from 'kysely'
import { type CaseToOpen, keepCases } from '../../cases.ts'
import type { Needs } from '../needs.ts'

/** Each question has one right answer: no rows. A row is a bug of ours or of the database's, and a person must see it. */
const QUESTIONS: {
  key: string
  title: string
  ask: (now: Temporal.Instant) => ReturnType<typeof sql<{ id: string }>>
}[] = [
  {
    key: 'overlap',
    title: 'Somebody is booked twice at the same time',
    ask: () => sql<{ id: string }>`
      select a.id from commitment a join commitment b on a.holder_id = b.holder_id and a.id < b.id and a.during && b.during
      where a.released_at is null and b.released_at is null limit 20`,
  },
  {
    key: 'stuck_delivery',
    title: 'Messages are due and nobody sends them',
    ask: (now) => sql<{ id: string }>`
      select id from delivery where state = 'pending' and next_attempt_at < ${now.subtract({ minutes: 10 })} limit 20`,
  },
  {
    key: 'sent_without_decision',
    title: 'A message was sent that nobody decided to send',
    ask: (now) => sql<{ id: string }>`
      select d.id from delivery d join notification_trigger_log l on l.subject_id = d.subject_id and l.effect_key = d.effect_key
      where d.created_at > ${now.subtract({ hours: 24 })} and l.decision <> 'send' limit 20`,
  },
  {
    key: 'uncommitted_session',
    title: 'A published session does not hold its people',
    ask: (now) => sql<{ id: string }>`
      select s.id from session s
      where s.starts_at > ${now} and s.published_at is not null and s.cancelled_at is null and s.merged_into is null and exists (
        select from session_participant p where p.session_id = s.id and p.left_at is null and not exists (
          select from commitment c where c.session_id = s.id and c.holder_id = p.account_id and c.released_at is null))
      limit 20`,
  },
  {
    key: 'unpaired_booking',
    title: 'Somebody is booked in a programme that does not pair them',
    ask: (now) => sql<{ id: string }>`
      select p.session_id as id from session_participant p join session s on s.id = p.session_id
      where s.starts_at > ${now} and s.published_at is not null and s.cancelled_at is null and s.merged_into is null and p.left_at is null
        and p.booking_id is not null and not exists (
          select from mentorship m where m.programme_id = s.programme_id and p.account_id in (m.mentor_id, m.mentee_id))
      limit 20`,
  },
]

export async function checkInvariants({ db }: Pick<Needs, 'db'>, now: Temporal.Instant): Promise<void> {
  const cases: CaseToOpen[] = []
  for (const { key, title, ask } of QUESTIONS) {
    const { rows } = await ask(now).execute(db)
    const one = { kind: 'invariant', key: `invariant:${key}`, title, detail: { ids: rows.map((row) => row.id) } }
    cases.push(rows.length > 0 ? one : { ...one, settled: 'It holds again.' })
  }
  await keepCases(db, cases, now)
}
