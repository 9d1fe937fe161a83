import { sql } from 'kysely'
import { endsAfter } from '../../database/ends-after.ts'
import { loadFacts } from '../../effects/load-facts.ts'
import type { House } from '../../http.ts'
import { shown } from '../../http.ts'
import { installation } from '../../pages/holder.ts'
import { readPeople } from '../../people/person.ts'
import { type SessionView, viewSessions } from '../../sessions/session.ts'
import type { Sandbox } from '../start.ts'
import { calendars } from './calendars.ts'
import { mailboxes } from './mailboxes.ts'
import { moments } from './moments.ts'
import { phones } from './phones.ts'
import { room } from './room.ts'
import { slackCards } from './slack-channel.ts'
import { sessionOfStory } from './story.ts'
import { switches } from './switches.ts'

/** Somebody whose phone and mailbox are looked at; without a role they were only searched for. */
export type Person = {
  id: string
  name: string
  role: 'mentor' | 'mentee' | null
  email: string
  phone: string | null
  timeZone: string
  channels: string[]
}

export type Scene = Awaited<ReturnType<typeof readScene>>

/**
 * Everything outside Punctual for one session: its people's phones, mailboxes and calendars, its room, the channel of ops, and
 * what is made to go wrong. `others` are people looked at beside those of the session. Without a session, the one that the
 * visitor's story is about, else the next.
 */
export async function readScene(
  house: House,
  { world }: Sandbox,
  { sessionId, others }: { sessionId: string | null; others: readonly string[] },
) {
  const now = house.clock.now()
  const sessions = await sessionsNear(house, now)
  const chosen =
    sessionId ?? (await sessionOfStory(house)) ?? sessions.find(({ isOpen }) => isOpen)?.id ?? sessions[0]?.id ?? null
  const [session = null] = chosen ? await viewSessions(house.db, [chosen]) : []
  const people = await peopleOf(house, session, others)
  const mentors = people.filter(({ role }) => role === 'mentor')
  const facts = session
    ? (await loadFacts(house.db, [session.id], now, installation(house))).get(session.id)
    : undefined
  return {
    now: shown(now),
    sessions,
    session: session && {
      id: session.id,
      startsAt: session.startsAt,
      endsAt: session.endsAt,
      status: session.status,
      moments: facts ? moments(facts, now) : [],
    },
    phones: await phones(world, people),
    mailboxes: await mailboxes(world, people),
    room: session ? await room(world, session, people) : null,
    slack: await slackCards(world),
    calendars: await calendars(house, world, mentors),
    switches: await switches(world),
  }
}

/** Sessions to choose from: those that are not long over, by time. */
const MOST = 100

async function sessionsNear({ db }: House, now: Temporal.Instant) {
  const { rows } = await sql<{ id: string; starts_at: Temporal.Instant; who: string; is_open: boolean }>`
    select s.id, s.starts_at, s.ends_at > ${now.subtract({ minutes: 30 })} and s.cancelled_at is null and s.merged_into is null as is_open,
      coalesce((select string_agg(a.name, ' with ' order by p.role) from session_participant p join account a on a.id = p.account_id
        where p.session_id = s.id and p.left_at is null), '') as who
    from session s where s.published_at is not null and ${endsAfter(now.subtract({ hours: 24 }))}
    order by s.starts_at, s.id limit ${MOST}`.execute(db)
  return rows.map(({ id, starts_at, who, is_open }) => ({
    id,
    startsAt: shown(starts_at),
    who: who.slice(0, 200),
    isOpen: is_open,
  }))
}

/** Mentees first: what happens on their phones is what most is about. */
async function peopleOf(
  { db, clock }: House,
  session: SessionView | null,
  others: readonly string[],
): Promise<Person[]> {
  const roles = new Map(session?.participants.map(({ personId, role }) => [personId, role]))
  const ids = [...new Set([...roles.keys(), ...others])]
  const known = await readPeople(db, { where: sql`account.id = any(${ids}::uuid[])`, limit: 100, now: clock.now() })
  return known
    .map(({ id, name, email = '', phone = null, channels = [], timeZone }): Person => {
      return { id, name, role: roles.get(id) ?? null, email, phone, timeZone, channels: [...channels] }
    })
    .toSorted((a, b) => rank(a) - rank(b) || ids.indexOf(a.id) - ids.indexOf(b.id))
}

const rank = ({ role }: Person): number => (role === 'mentee' ? 0 : role === 'mentor' ? 1 : 2)
