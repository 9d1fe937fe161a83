import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import { listOf, prepared } from '../../database/prepared.ts'
import type { Tx } from '../../database/transaction.ts'
import type { Channel, Participant } from '../../playbook/facts.ts'

type Row = {
  session_id: string
  id: string
  account_id: string
  role: 'mentor' | 'mentee'
  booking_id: string | null
  joined_at: Temporal.Instant
  left_at: Temporal.Instant | null
  came_from: string | null
  name: string
  email: string
  phone_e164: string | null
  time_zone: string
  locale: string
  quiet_from: string
  quiet_to: string
  channels: Channel[]
  deactivated_at: Temporal.Instant | null
  aliases: string[]
  zoom_users: (string | null)[]
  whatsapp_consent: boolean
  email_withdrawn: boolean
  dead: Channel[]
  connection_id: string | null
  connection_broken: boolean | null
  /** When other sessions' messages to this person were decided in the last day. */
  others_at: Temporal.Instant[]
}

/** Who is expected in each session, with where they can be reached now. `registrantId` is filled by the room's facts. */
export async function loadParticipants(
  db: Database | Tx,
  sessionIds: readonly string[],
  now: Temporal.Instant,
  channelsOn: readonly Channel[],
): Promise<Map<string, Participant[]>> {
  const { rows } = await sql<Row>`
    ${prepared} select p.session_id, p.id, p.account_id, p.role, p.booking_id, p.joined_at, p.left_at, p.came_from,
      a.name, a.email, a.phone_e164, a.time_zone, a.locale, a.quiet_from, a.quiet_to, a.channels, a.deactivated_at,
      array(select l.email from account_alias l where l.account_id = a.id order by l.email) as aliases,
      array(select unnest(array[h.zoom_user, h.zoom_user_id]) from zoom_host h where h.account_id = a.id) as zoom_users,
      exists (select from consent c where c.account_id = a.id and c.channel = 'whatsapp' and c.withdrawn_at is null) as whatsapp_consent,
      exists (select from consent c where c.account_id = a.id and c.channel = 'email' and c.withdrawn_at is not null)
        and not exists (select from consent c where c.account_id = a.id and c.channel = 'email' and c.withdrawn_at is null) as email_withdrawn,
      array(select d.channel from dead_address d
        where (d.channel = 'whatsapp' and d.address = a.phone_e164) or (d.channel = 'email' and d.address = a.email)) as dead,
      k.id as connection_id, k.broken_at is not null as connection_broken,
      array(select o.decided_at from notification_trigger_log o
        where o.recipient_id = a.id and o.decision = 'send' and o.decided_at > ${now.subtract({ hours: 26 })}
          and split_part(o.meaning, ' ', 1) <> all(${['reminder', ...OWN_SESSION]}::text[])) as others_at
    from session_participant p
    join account a on a.id = p.account_id
    left join calendar_connection k on k.account_id = a.id and k.disconnected_at is null
    where p.session_id = any(${listOf(sessionIds)})
    order by p.session_id, p.joined_at, p.role desc, p.id`.execute(db)

  const bySession = new Map<string, Participant[]>()
  for (const row of rows) {
    const list = bySession.get(row.session_id) ?? []
    list.push(participant(row, channelsOn, now))
    bySession.set(row.session_id, list)
  }
  return bySession
}

function participant(row: Row, channelsOn: readonly Channel[], now: Temporal.Instant): Participant {
  return {
    id: row.id,
    accountId: row.account_id,
    role: row.role,
    name: row.name,
    email: row.email,
    phone: row.phone_e164,
    aliases: row.aliases,
    timeZone: row.time_zone,
    locale: row.locale,
    channels: reachable(row).filter((channel) => channelsOn.includes(channel)),
    quiet: { from: row.quiet_from.slice(0, 5), to: row.quiet_to.slice(0, 5) },
    bookingId: row.booking_id,
    joinedAt: row.joined_at,
    leftAt: row.left_at,
    cameFrom: row.came_from,
    registrantId: null,
    zoomUserIds: row.zoom_users.filter((id) => id !== null),
    otherMessagesToday: onTheirDay(row, now),
    calendar: row.connection_id ? { connectionId: row.connection_id, broken: row.connection_broken === true } : null,
  }
}

// WhatsApp asks for consent first (Meta's policy); mail goes to whoever has not said no.
function reachable(row: Row): Channel[] {
  if (row.deactivated_at) return []
  return row.channels.filter((channel) => {
    if (row.dead.includes(channel)) return false
    return channel === 'whatsapp' ? row.phone_e164 !== null && row.whatsapp_consent : !row.email_withdrawn
  })
}

// What one's own session needs is never capped: a tier, a change, a rescue, a correction.
const OWN_SESSION = [
  'booked',
  'moved',
  'room_changed',
  'merged',
  'unmerged',
  'cancelled',
  'released',
  'merged_away',
  'nudge',
  'waiting',
  'nobody',
  'correction',
  'took_place',
]

/** Counted on the person's own calendar day; the database only narrows it down to a day and a half. */
function onTheirDay({ time_zone, others_at }: Row, now: Temporal.Instant): number {
  if (others_at.length === 0) return 0
  const dayOf = (instant: Temporal.Instant) => instant.toZonedDateTimeISO(time_zone).toPlainDate()
  const today = dayOf(now)
  return others_at.filter((at) => dayOf(at).equals(today)).length
}
