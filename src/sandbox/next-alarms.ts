import { sql } from 'kysely'
import { loadFacts } from '../effects/load-facts.ts'
import type { House } from '../http.ts'
import { installation } from '../pages/holder.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { expected } from '../playbook/attendance.ts'
import type { SessionFacts } from '../playbook/facts.ts'
import { upcoming } from '../playbook/plan.ts'
import { MEANINGS } from '../words/timeline.ts'

/** What rings at one moment: in words, whose, and how many messages leave then if nothing else happens. */
export type Alarm = { at: Temporal.Instant; what: string; who: string; messages: number }

/** Looked at to find the next few moments: a rush has many sessions at one of them. */
const ROWS = 60

/**
 * The next moments at which people would notice something. Chores and the vendors' own queues ring too, in between;
 * stepping on to the next of these lets them. Who is meant is for ops of the programme.
 */
export async function nextAlarms(house: House, actor: Actor, most: number): Promise<Alarm[]> {
  const now = house.clock.now()
  const { rows } = await sql<{ at: Temporal.Instant; kind: string; id: string | null; name: string }>`
    select * from (
      (select wake_at as at, 'session' as kind, id, '' as name from session where wake_at is not null order by wake_at limit ${ROWS})
      union all (select next_attempt_at, 'delivery', subject_id, meaning from delivery where next_attempt_at is not null order by next_attempt_at limit 5)
      union all (select next_attempt_at, 'mirror', session_id, kind from mirror where next_attempt_at is not null order by next_attempt_at limit 5)
      union all (select wake_at, 'account', id, name from account where wake_at is not null order by wake_at limit 5)
    ) alarm order by at limit ${ROWS}`.execute(house.db)
  const sessions = rows.flatMap(({ kind, id }) => (kind === 'session' && id ? [id] : []))
  const facts = await loadFacts(house.db, sessions, now, installation(house))
  return [...Map.groupBy(rows, ({ at }) => at.toString()).values()].slice(0, most).map((together) => {
    const rings = together.map(({ at, kind, id, name }): Ring => {
      const of = id ? facts.get(id) : undefined
      if (kind === 'session') return of ? ringOf(of, at, runs(actor, of.session.programmeId)) : NOTHING
      if (kind === 'account') return { whats: ['messages'], who: actor.programmes === 'all' ? name : null, messages: 1 }
      return { whats: [`another try: ${name.replaceAll('_', ' ')}`], who: null, messages: 0 }
    })
    const whos = [...new Set(rings.flatMap(({ who }) => who ?? []))]
    return {
      at: (together[0] as (typeof together)[number]).at,
      what: [...new Set(rings.flatMap(({ whats }) => whats))].slice(0, 3).join(', ') || 'a look at how things stand',
      who: whos.length > 2 ? `${whos.length} sessions` : whos.join('; '),
      messages: rings.reduce((sum, { messages }) => sum + messages, 0),
    }
  })
}

type Ring = { whats: string[]; who: string | null; messages: number }
const NOTHING: Ring = { whats: [], who: null, messages: 0 }

function ringOf(facts: SessionFacts, at: Temporal.Instant, isTheirs: boolean): Ring {
  const people = expected(facts)
  const names = people
    .slice(0, 2)
    .toSorted((a) => (a.role === 'mentee' ? -1 : 1))
    .map(({ name }) => name.slice(0, 40))
    .join(' with ')
  const due = upcoming(facts).filter(({ dueAt }) => Temporal.Instant.compare(dueAt, at) <= 0)
  const channelsOf = (id: string | null) => people.find((person) => person.id === id)?.channels.length ?? 0
  return {
    whats: [...new Set(due.map(({ meaning }) => MEANINGS[meaning] ?? meaning.replaceAll('_', ' ')))],
    who: isTheirs ? names : 'a session of another programme',
    messages: due.reduce((sum, { way, participantId }) => {
      const channels = channelsOf(participantId)
      return sum + (way === 'both' ? channels : Math.min(channels, 1))
    }, 0),
  }
}
