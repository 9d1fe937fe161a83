import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { listOf, prepared } from '../database/prepared.ts'
import type { Tx } from '../database/transaction.ts'
import type { Channel, SessionFact, SessionFacts } from '../playbook/facts.ts'
import { DEFAULT_POLICY, type Policy, policyOf } from '../playbook/policy.ts'
import { loadParticipants } from './facts/people.ts'
import { loadRecords } from './facts/record.ts'
import { roomFacts } from './facts/room.ts'

export type Installation = {
  /** PUNCTUAL_HOST_DOMAINS */
  hostDomains?: readonly string[]
  /** Channels that have a vendor; the others reach nobody. */
  channels?: readonly Channel[]
}

/**
 * Everything the playbook may look at, for up to 500 sessions, in three or four statements whatever their number.
 *
 * Called after the sessions are locked, never in the locking statement itself: that one's snapshot may be older than the
 * lock. Several statements are as good as one snapshot here, because every fact wakes its session in its own transaction
 * and so cannot commit while the lock is held. Without the lock (timelines, previews) a fact may appear in one list and
 * not yet in another; whoever only shows them can live with that.
 */
export async function loadFacts(
  db: Database | Tx,
  sessionIds: readonly string[],
  now: Temporal.Instant,
  { hostDomains = [], channels = ['whatsapp', 'email'] }: Installation = {},
): Promise<Map<string, SessionFacts>> {
  const rows = await loadSessions(db, sessionIds)
  if (rows.length === 0) return new Map()
  const ids = rows.map((row) => row.id)
  const participants = await loadParticipants(db, ids, now, channels)
  const record = await loadRecords(db, ids)
  const room = await roomFacts(db, rows, participants, record, now)
  const policy = onePerProgramme()

  return new Map(
    rows.map(({ settings, policySavedAt, hostUsers, hostAccountId, hasHost, ...session }) => {
      const { registrants: _r, events: _e, reports: _p, gaps: _g, ...told } = record(session.id)
      const facts = {
        session,
        policy: policy(session.programmeId, settings),
        policySavedAt: policySavedAt ?? session.createdAt,
        participants: participants.get(session.id) ?? [],
        host: hasHost ? { zoomUserIds: hostUsers.filter((id) => id !== null), accountId: hostAccountId } : null,
        hostDomains: [...hostDomains],
        freeTimes: [],
        ...told,
        ...(room.get(session.id) as NonNullable<ReturnType<typeof room.get>>),
      }
      return [session.id, facts]
    }),
  )
}

type SessionRow = SessionFact & {
  settings: Record<string, unknown> | null
  policySavedAt: Temporal.Instant | null
  hasHost: boolean
  hostUsers: (string | null)[]
  hostAccountId: string | null
}

// Five hundred sessions share a handful of policies; checking each of them again would be most of the work.
function onePerProgramme(): (programmeId: string, settings: unknown) => Policy {
  const known = new Map<string, Policy>()
  return (programmeId, settings) => {
    if (settings === null) return DEFAULT_POLICY
    const policy = known.get(programmeId) ?? policyOf(settings)
    known.set(programmeId, policy)
    return policy
  }
}

async function loadSessions(db: Database | Tx, ids: readonly string[]): Promise<SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    ${prepared} select s.id, s.programme_id as "programmeId", p.name as "programmeName", s.kind, s.title, s.starts_at as "startsAt", s.ends_at as "endsAt",
      s.room, s.revision, s.scheduled_at as "scheduledAt", s.created_at as "createdAt", s.published_at as "publishedAt",
      s.cancelled_at as "cancelledAt", s.cancelled_by as "cancelledBy", s.cancel_reason as "cancelReason", s.merged_into as "mergedInto",
      s.calendar_unchecked_at as "calendarUncheckedAt",
      b.settings, b.saved_at as "policySavedAt",
      h.id is not null as "hasHost", array[h.zoom_user, h.zoom_user_id] as "hostUsers", h.account_id as "hostAccountId"
    from session s
    join programme p on p.id = s.programme_id
    left join lateral (select settings, saved_at from playbook where programme_id = p.id order by version desc limit 1) b on true
    left join zoom_host h on h.id = s.host_id
    where s.id = any(${listOf(ids)})`.execute(db)
  return rows
}
