import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { invalid, Refusal } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import { isRun, mustRun } from '../people/scope.ts'

export type NumbersQuestion = {
  /** Days as people count them, in this zone; `to` is the first day that is not counted any more. */
  from: string
  to: string
  timeZone: string
  programmeId?: string | undefined
  by: 'week' | 'mentor'
}

type OfChannel = { sent: number; delivered: number; read: number; failed: number; unknown: number }
/** What there was in one week, of one mentor, or in all. Every count is of sessions that begin in the range, unless it says people. */
export type NumbersRow = {
  /** The first day of a week, the id of a mentor, or 'total'. */
  key: string
  name: string
  sessions: number
  cancelled: number
  cancelledLate: number
  /** Over, and not cancelled: what can have been missed. */
  held: number
  missed: number
  missedByMentor: number
  missedByMentee: number
  /** Nobody is on record as absent, and of somebody it cannot be told. */
  cannotTell: number
  notJudged: number
  /** Mentees who were asked whether they will be there, and what they said last. */
  asked: number
  coming: number
  cantCome: number
  wantsToMove: number
  silent: number
  /** Bookings that were not cancelled, and the hours between booking and start of the one in the middle. */
  booked: number
  leadHours: number | null
  whatsapp: OfChannel
  email: OfChannel
}
export type Numbers = { rows: NumbersRow[]; total: NumbersRow; more: boolean }

const MOST_DAYS = 366
const MOST_ROWS = 500

/**
 * Counts per week or per mentor, and in all, of the programmes that the actor runs. Throws 404 for a programme not theirs, 400 for
 * an empty range and `range_too_long` for more than a year.
 */
export async function numbers(
  db: Database,
  actor: Actor,
  asked: NumbersQuestion,
  now: Temporal.Instant,
): Promise<Numbers> {
  if (asked.programmeId) mustRun(actor, asked.programmeId)
  const [from, to] = [Temporal.PlainDate.from(asked.from), Temporal.PlainDate.from(asked.to)]
  const { days } = from.until(to)
  if (days < 1) throw invalid({ field: 'to', rule: 'must be after from' })
  if (days > MOST_DAYS)
    throw new Refusal('range_too_long', `At most ${MOST_DAYS} days can be counted at once.`, {
      errors: [{ field: 'to', rule: `must be at most ${MOST_DAYS} days after from` }],
    })
  const startOf = (day: Temporal.PlainDate) => day.toZonedDateTime(asked.timeZone).toInstant()
  const whole: Span[] = [{ key: 'total', name: 'All', from: startOf(from), to: startOf(to) }]
  const spans = weeksOf(from, to).map(([first, next]) => ({
    key: first.toString(),
    name: first.toString(),
    from: startOf(first),
    to: startOf(next),
  }))
  const [[total], rows] = await Promise.all([
    counted(db, now, inSpans(whole, actor, asked)),
    asked.by === 'week'
      ? counted(db, now, inSpans(spans, actor, asked))
      : counted(db, now, ofMentors(whole[0] as Span, actor, asked), sql`n.sessions desc, lower(n.name)`),
  ])
  return { rows: rows.slice(0, MOST_ROWS), total: total as NumbersRow, more: rows.length > MOST_ROWS }
}

type Span = { key: string; name: string; from: Temporal.Instant; to: Temporal.Instant }

/** From Monday to Monday; the first and the last are as long as the range leaves them. */
function weeksOf(from: Temporal.PlainDate, to: Temporal.PlainDate): [Temporal.PlainDate, Temporal.PlainDate][] {
  const weeks: [Temporal.PlainDate, Temporal.PlainDate][] = []
  for (let first = from; Temporal.PlainDate.compare(first, to) < 0; ) {
    const monday = first.add({ days: 8 - first.dayOfWeek })
    const next = Temporal.PlainDate.compare(monday, to) < 0 ? monday : to
    weeks.push([first, next])
    first = next
  }
  return weeks
}

type Question = Pick<NumbersQuestion, 'programmeId'>
const isCounted = (actor: Actor, { programmeId }: Question) => sql`
  s.published_at is not null and s.merged_into is null and ${isRun(actor, 's.programme_id')}
  and ${programmeId ? sql`s.programme_id = ${programmeId}` : sql`true`}`

const inSpans = (spans: Span[], actor: Actor, asked: Question): RawBuilder<unknown> => sql`
  select b.key, b.name, s.* from unnest(${spans.map(({ key }) => key)}::text[], ${spans.map(({ name }) => name)}::text[],
    ${spans.map((span) => span.from.toString())}::timestamptz[], ${spans.map((span) => span.to.toString())}::timestamptz[]) b (key, name, from_at, to_at)
  left join session s on s.starts_at >= b.from_at and s.starts_at < b.to_at and ${isCounted(actor, asked)}`

const ofMentors = ({ from, to }: Span, actor: Actor, asked: Question): RawBuilder<unknown> => sql`
  select a.id::text as key, a.name, s.* from session s
  join session_participant p on p.session_id = s.id and p.role = 'mentor' and p.left_at is null
  join account a on a.id = p.account_id
  where s.starts_at >= ${from} and s.starts_at < ${to} and ${isCounted(actor, asked)}`

async function counted(
  db: Database,
  now: Temporal.Instant,
  subject: RawBuilder<unknown>,
  order = sql`n.name`,
): Promise<NumbersRow[]> {
  // Materialized, or PostgreSQL looks a verdict or an answer up again for every count that asks for it.
  const { rows } = await sql<Flat>`
    with subject as materialized (${subject}),
    judged as materialized (
      select s.key, s.id, p.role, (select v.verdict from attendance_verdict v where v.participant_id = p.id order by v.version desc limit 1) as verdict
      from subject s join session_participant p on p.session_id = s.id and p.left_at is null
      where s.cancelled_at is null and s.ends_at <= ${now}
    ),
    outcome as (
      select key, id, bool_or(verdict = 'absent') as missed, bool_or(verdict = 'absent' and role = 'mentor') as by_mentor,
        bool_or(verdict = 'absent' and role = 'mentee') as by_mentee, bool_or(verdict = 'cannot_tell') as unclear, bool_or(verdict is null) as unjudged
      from judged group by key, id
    ),
    attendance as (
      select key, count(*) filter (where missed) as missed, count(*) filter (where by_mentor) as by_mentor, count(*) filter (where by_mentee) as by_mentee,
        count(*) filter (where unclear and missed is not true) as unclear,
        count(*) filter (where unjudged and missed is not true and unclear is not true) as unjudged
      from outcome group by key
    ),
    answers as materialized (
      select s.key, (select r.meaning from reply r where r.session_id = s.id and r.participant_id = p.id and r.revision = s.revision
        and r.said_at < s.ends_at and r.meaning in ('coming', 'cant_come', 'wants_to_move') order by r.said_at desc, r.received_at desc limit 1) as answer
      from subject s join session_participant p on p.session_id = s.id and p.role = 'mentee' and p.left_at is null
      where exists (select from notification_trigger_log l where l.subject_id = s.id and l.recipient_id = p.account_id
        and l.decision = 'send' and l.detail ->> 'asks' = 'true' and l.effect_key like '%@' || s.revision)
    ),
    confirmation as (
      select key, count(*) as asked, count(*) filter (where answer = 'coming') as coming, count(*) filter (where answer = 'cant_come') as cant_come,
        count(*) filter (where answer = 'wants_to_move') as wants_to_move, count(*) filter (where answer is null) as silent
      from answers group by key
    ),
    booking as (
      select s.key, count(*) filter (where b.cancelled_at is null) as booked, count(*) filter (where b.late_cancel) as late,
        percentile_cont(0.5) within group (order by extract(epoch from s.starts_at - b.created_at)::float8 / 3600) filter (where b.cancelled_at is null) as lead
      from subject s join user_calendar_booking b on b.session_id = s.id group by s.key
    ),
    sent as (
      select s.key, d.channel, count(*) filter (where d.accepted_at is not null) as sent, count(*) filter (where d.state in ('delivered', 'read')) as delivered,
        count(*) filter (where d.state = 'read') as read, count(*) filter (where d.state in ('failed', 'quarantined')) as failed,
        count(*) filter (where d.state = 'unknown') as unknown
      from subject s join delivery d on d.subject_id = s.id and d.channel in ('whatsapp', 'email') group by s.key, d.channel
    ),
    session_count as (
      select key, name, count(id) filter (where cancelled_at is null) as sessions, count(id) filter (where cancelled_at is not null) as cancelled,
        count(id) filter (where cancelled_at is null and ends_at <= ${now}) as held
      from subject group by key, name
    )
    select n.key, n.name, n.sessions, n.cancelled, n.held, coalesce(b.late, 0) as "cancelledLate",
      coalesce(a.missed, 0) as missed, coalesce(a.by_mentor, 0) as "missedByMentor", coalesce(a.by_mentee, 0) as "missedByMentee",
      coalesce(a.unclear, 0) as "cannotTell", coalesce(a.unjudged, 0) as "notJudged",
      coalesce(c.asked, 0) as asked, coalesce(c.coming, 0) as coming, coalesce(c.cant_come, 0) as "cantCome",
      coalesce(c.wants_to_move, 0) as "wantsToMove", coalesce(c.silent, 0) as silent,
      coalesce(b.booked, 0) as booked, round(b.lead::numeric, 1)::float8 as "leadHours",
      ${channelColumns('w', 'whatsapp')}, ${channelColumns('e', 'email')}
    from session_count n left join attendance a using (key) left join confirmation c using (key) left join booking b using (key)
    left join sent w on w.key = n.key and w.channel = 'whatsapp' left join sent e on e.key = n.key and e.channel = 'email'
    order by ${order}, n.key limit ${MOST_ROWS + 1}`.execute(db)
  return rows.map(nested)
}

type Flat = Omit<NumbersRow, 'whatsapp' | 'email'> & Record<`${'whatsapp' | 'email'}_${keyof OfChannel}`, number>

const channelColumns = (table: string, channel: string) =>
  sql.join(
    ['sent', 'delivered', 'read', 'failed', 'unknown'].map(
      (column) => sql`coalesce(${sql.ref(`${table}.${column}`)}, 0) as ${sql.ref(`${channel}_${column}`)}`,
    ),
  )

function nested(flat: Flat): NumbersRow {
  const of = (channel: 'whatsapp' | 'email'): OfChannel => ({
    sent: flat[`${channel}_sent`],
    delivered: flat[`${channel}_delivered`],
    read: flat[`${channel}_read`],
    failed: flat[`${channel}_failed`],
    unknown: flat[`${channel}_unknown`],
  })
  const own = Object.fromEntries(Object.entries(flat).filter(([name]) => !name.includes('_')))
  return { ...own, whatsapp: of('whatsapp'), email: of('email') } as NumbersRow
}
