import { sql } from 'kysely'
import { transact } from '../../database/transaction.ts'
import { newId } from '../../ids.ts'
import { earlier, isBefore } from '../../interval.ts'
import type { Needs } from '../needs.ts'
import { wakeSession } from '../wake.ts'

type Ended = { id: string; ends_at: Temporal.Instant; uuids: string[] }

// Zoom's report lags the end by minutes; 90 min after the end the verdict is firm without it.
const FIRST_AFTER = { minutes: 5 }
const AGAIN_AFTER = { minutes: 15 }
const GIVE_UP_AFTER = { minutes: 90 }

/**
 * Fetches Zoom's own participant report of every run of each meeting that ended, again and again until it has rows or it
 * is too late to matter. Answers when it next has something to fetch.
 */
export async function fetchReports(needs: Needs, now: Temporal.Instant): Promise<Temporal.Instant | undefined> {
  if (!needs.vendors.zoom) return undefined
  for (const session of await ended(needs, now)) await fetchOne(needs, session, now)
  return nextFetch(needs, now)
}

async function ended({ db }: Needs, now: Temporal.Instant): Promise<Ended[]> {
  const { rows } = await sql<Ended>`
    select s.id, s.ends_at, array(
      select distinct e.zoom_uuid from meeting_event e
      where e.zoom_uuid is not null and (e.session_id = s.id or e.session_id in (select id from session m where m.merged_into = s.id))
    ) as uuids
    from session s
    where s.room = 'zoom' and s.published_at is not null and s.cancelled_at is null and s.merged_into is null
      and s.starts_at > ${now.subtract({ hours: 12 })}
      and s.ends_at between ${now.subtract(GIVE_UP_AFTER)} and ${now.subtract(FIRST_AFTER)}
      and not exists (select from meeting_report r where r.session_id = s.id and jsonb_array_length(r.rows) > 0)`.execute(
    db,
  )
  return rows
}

async function fetchOne({ db, vendors, log }: Needs, session: Ended, now: Temporal.Instant): Promise<void> {
  for (const uuid of session.uuids) {
    const answer = await vendors.zoom?.participantsReport(uuid)
    if (!answer?.ok) {
      if (answer) log('report_not_fetched', { session: session.id, code: answer.code })
      continue
    }
    // An empty report only means something when no later one can come.
    const isLast = !isBefore(now, session.ends_at.add(GIVE_UP_AFTER).subtract(AGAIN_AFTER))
    if (answer.participants.length === 0 && !isLast) continue
    await transact(db, async (tx) => {
      await sql`
        insert into meeting_report (id, session_id, zoom_uuid, fetched_at, rows)
        values (${newId()}, ${session.id}, ${uuid}, ${now}, ${JSON.stringify(answer.participants)}::jsonb)
        on conflict do nothing`.execute(tx)
      await wakeSession(tx, session.id, now)
    })
  }
}

async function nextFetch({ db }: Needs, now: Temporal.Instant): Promise<Temporal.Instant | undefined> {
  const { rows } = await sql<{ ends_at: Temporal.Instant }>`
    select min(ends_at) as ends_at from session
    where room = 'zoom' and cancelled_at is null and merged_into is null and starts_at > ${now.subtract({ hours: 12 })}
      and ends_at > ${now.subtract(FIRST_AFTER)}
    having min(ends_at) is not null`.execute(db)
  const upcoming = rows[0]?.ends_at.add(FIRST_AFTER)
  // Ended, and still without rows.
  const again = (await ended({ db } as Needs, now)).some((session) => session.uuids.length > 0)
    ? now.add(AGAIN_AFTER)
    : undefined
  return upcoming && again ? earlier(upcoming, again) : (upcoming ?? again)
}
