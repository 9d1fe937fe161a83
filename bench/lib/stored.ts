import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { migrate } from '../../src/database/migrate.ts'
import { connect, type Database } from '../../src/database/pool.ts'
import { NOW } from './pairs.ts'

export type Stored = { db: Database; url: string }

/**
 * A database with `count` sessions: one every half minute back from now, with their people, revisions, ledger, deliveries,
 * answers and verdicts, and `fresh` new ones that begin the day after tomorrow and that nobody has looked at (their
 * `settle_error` is 'new').
 */
export async function storedDatabase(serverUrl: string, count: number, people: number, fresh = 0): Promise<Stored> {
  const name = `bench_${randomBytes(4).toString('hex')}`
  const admin = connect(serverUrl)
  await sql.raw(`create database ${name}`).execute(admin)
  await admin.destroy()
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  await migrate(url.href, { mode: 'sandbox', now: NOW })
  const db = connect(url.href, { statementTimeout: 0, lockTimeout: 0, idleInTransactionTimeout: 0 })
  // Foreign keys are looked up for nothing when every row is made from another one here.
  await db.connection().execute(async (one) => {
    await sql`set session_replication_role = replica`.execute(one)
    await sql`insert into programme (id, name, created_at) values (uuidv7(), 'Bench', ${NOW}), (uuidv7(), 'Another', ${NOW})`.execute(
      one,
    )
    await sql`
      insert into account (id, email, name, phone_e164, time_zone, created_at)
      select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.org', 'Somebody ' || n, '+49170' || (1000000 + n), 'Asia/Kolkata', ${NOW}
      from generate_series(1, ${people}) n`.execute(one)
    await sql`insert into consent (id, account_id, channel, granted_at, source) select uuidv7(), id, 'whatsapp', created_at, 'bench' from account`.execute(
      one,
    )
    await sql`
      insert into session (id, programme_id, starts_at, ends_at, room, scheduled_at, created_at, created_by, published_at, settle_error)
      select uuidv7(), (select id from programme where name = 'Bench'), at, at + interval '30 minutes', 'zoom', made, made, 'bench', made, case when n <= ${fresh} then 'new' end
      from generate_series(1, ${count}) n, lateral (select
        case when n <= ${fresh} then ${NOW}::timestamptz + interval '2 days' + n * interval '1 second' else ${NOW}::timestamptz - n * interval '30 seconds' end as at,
        case when n <= ${fresh} then ${NOW}::timestamptz else ${NOW}::timestamptz - n * interval '30 seconds' - interval '3 days' end as made) times`.execute(
      one,
    )
    await sql`
      insert into session_participant (id, session_id, account_id, role, joined_at)
      select uuidv7(), s.id, ('00000000-0000-7000-8000-' || lpad((1 + (s.n * 2 + r.offset_) % ${people})::text, 12, '0'))::uuid, r.role, s.created_at
      from (select id, created_at, row_number() over () as n from session) s, (values ('mentor', 0), ('mentee', 1)) r (role, offset_)`.execute(
      one,
    )
    await sql`
      insert into session_revision (session_id, revision, starts_at, ends_at, room, made_at, made_by, cause)
      select id, 1, starts_at, ends_at, room, created_at, 'bench', 'booked' from session`.execute(one)
    await sql`
      insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at)
      select p.session_id, 'booked:' || p.id || '@1', 'session', 'send', 'booked', p.account_id, s.created_at, s.starts_at, s.created_at
      from session_participant p join session s on s.id = p.session_id where s.settle_error is null`.execute(one)
    if (fresh === 0) await pasts(one)
    await sql`set session_replication_role = origin`.execute(one)
  })
  await sql`vacuum analyze`.execute(db)
  // What building the table left to be written must not fall into a round.
  await sql`checkpoint`.execute(db)
  return { db, url: url.href }
}

/**
 * What only those ask for who look back: bookings, deliveries, answers, verdicts, and as many refused attempts as there are sessions,
 * half of them of pairs in no programme. One delivery in fifty failed, one person in twenty did not come.
 */
async function pasts(one: Database): Promise<void> {
  await sql`
    insert into mentorship (id, programme_id, mentor_id, mentee_id, starts_on, created_at)
    select uuidv7(), s.programme_id, m.account_id, e.account_id, '2020-01-01', min(s.created_at)
    from session s join session_participant m on m.session_id = s.id and m.role = 'mentor' join session_participant e on e.session_id = s.id and e.role = 'mentee'
    group by 2, 3, 4`.execute(one)
  await sql`
    insert into user_calendar_booking (id, session_id, mentor_id, mentee_id, mentorship_id, created_at, created_by)
    select uuidv7(), s.id, m.account_id, e.account_id, k.id, s.created_at, 'bench'
    from session s join session_participant m on m.session_id = s.id and m.role = 'mentor' join session_participant e on e.session_id = s.id and e.role = 'mentee'
      join mentorship k on k.mentor_id = m.account_id and k.mentee_id = e.account_id`.execute(one)
  await sql`update session_participant p set booking_id = b.id from user_calendar_booking b where b.session_id = p.session_id`.execute(
    one,
  )
  await sql`
    insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, state, due_at, expires_at, vendor_id, accepted_at, failed_at, created_at, said, reason)
    select uuidv7(), subject_id, subject_kind, effect_key, 'email', recipient_id, meaning, 'booked', case when n % 50 = 0 then 'failed' else 'delivered' end, due_at, expires_at,
      'bench-' || n, decided_at, case when n % 50 = 0 then decided_at end, decided_at, '{"text": "Booked."}', case when n % 50 = 0 then 'no such mailbox' end
    from (select *, row_number() over () as n from notification_trigger_log) l`.execute(one)
  await sql`
    insert into reply (id, session_id, participant_id, revision, meaning, channel, matched_by, said_at, received_at)
    select uuidv7(), p.session_id, p.id, 1, 'coming', 'whatsapp', 'payload', s.created_at, s.created_at
    from session_participant p join session s on s.id = p.session_id where p.role = 'mentee'`.execute(one)
  await sql`
    insert into attendance_verdict (id, session_id, participant_id, version, verdict, stage, evidence, decided_at)
    select uuidv7(), p.session_id, p.id, 1, case when p.n % 20 = 0 then 'absent' else 'present' end, 'firm', '{"final": true}', s.ends_at
    from (select *, row_number() over () as n from session_participant) p join session s on s.id = p.session_id`.execute(
    one,
  )
  await sql`
    insert into refused_attempt (id, at, actor, mentor_id, mentee_id, starts_at, ends_at, code, details, programme_id)
    select uuidv7(), s.starts_at, 'bench', m.account_id, e.account_id, s.starts_at, s.ends_at, 'slot_taken', '{}', case when ascii(right(s.id::text, 1)) % 2 = 0 then s.programme_id end
    from session s join session_participant m on m.session_id = s.id and m.role = 'mentor' join session_participant e on e.session_id = s.id and e.role = 'mentee'`.execute(
    one,
  )
}
