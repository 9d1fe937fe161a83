import { sql } from 'kysely'
import type { Tx } from '../database/transaction.ts'
import { type Interval, toRange } from '../interval.ts'

export type InTheWay = {
  layer: 'booking' | 'session' | 'hold'
  id: string
  startsAt: string
  endsAt: string
  personId: string
}

/** Which commitments of these people overlap the time: what a refused move has to name. */
export async function inTheWay(tx: Tx, people: readonly string[], time: Interval): Promise<InTheWay[]> {
  const { rows } = await sql<{
    layer: InTheWay['layer']
    id: string
    starts: Temporal.Instant
    ends: Temporal.Instant
    personId: string
  }>`
    select case when c.hold_id is not null then 'hold' when s.kind = 'group' then 'session' else 'booking' end as layer,
      coalesce(b.id, c.session_id, c.hold_id) as id, coalesce(s.starts_at, lower(c.during)) as starts, coalesce(s.ends_at, upper(c.during)) as ends,
      c.holder_id as "personId"
    from commitment c
    left join session s on s.id = c.session_id
    left join user_calendar_booking b on b.session_id = s.id and b.cancelled_at is null and (b.mentee_id = c.holder_id or b.mentor_id = c.holder_id) and s.kind = 'mentorship'
    where c.holder_id = any(${people}::uuid[]) and c.during && ${toRange(time)}::tstzrange and c.released_at is null
    order by lower(c.during) limit 50`.execute(tx)
  return rows.map(({ starts, ends, ...row }) => ({ ...row, startsAt: starts.toString(), endsAt: ends.toString() }))
}
