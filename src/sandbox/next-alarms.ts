import { sql } from 'kysely'
import { loadFacts } from '../effects/load-facts.ts'
import type { House } from '../http.ts'
import { isBefore, later } from '../interval.ts'
import { installation } from '../pages/holder.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { expected, firmAt, isLive, provisionalAt } from '../playbook/attendance.ts'
import { cardAt } from '../playbook/confirmation.ts'
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
  // Beyond the last row there may be sessions that were not looked at.
  const end = rows.length === ROWS ? rows.at(-1)?.at : undefined
  const rings = rows
    .flatMap(({ at, kind, id, name }): Ring[] => {
      const of = id ? facts.get(id) : undefined
      if (kind === 'session') return of ? ringsOf(of, at, now, runs(actor, of.session.programmeId)) : []
      if (kind === 'account')
        return [{ at, what: 'messages', who: actor.programmes === 'all' ? name : '', messages: 1 }]
      return [{ at, what: `another try: ${name.replaceAll('_', ' ')}`, who: '', messages: 0 }]
    })
    .filter(({ at }) => !end || !isBefore(end, at))
    .sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  return [...Map.groupBy(rings, ({ at }) => at.epochMilliseconds).values()].slice(0, most).map((together) => {
    const whos = [...new Set(together.map(({ who }) => who).filter(Boolean))]
    return {
      at: (together[0] as Ring).at,
      what: [...new Set(together.map(({ what }) => what))].slice(0, 3).join(', '),
      who: whos.length > 2 ? `${whos.length} sessions` : whos.join('; '),
      messages: together.reduce((sum, { messages }) => sum + messages, 0),
    }
  })
}

type Ring = Alarm

/** Everything ahead in one session that is known by now: its messages, and the moments at which somebody is looked for. */
function ringsOf(facts: SessionFacts, wakeAt: Temporal.Instant, now: Temporal.Instant, isTheirs: boolean): Ring[] {
  const { session } = facts
  const people = expected(facts)
  const names = people
    .slice(0, 2)
    .toSorted((a) => (a.role === 'mentee' ? -1 : 1))
    .map(({ name }) => name.slice(0, 40))
    .join(' with ')
  const who = isTheirs ? names : 'a session of another programme'
  const channelsOf = (id: string | null) => people.find((person) => person.id === id)?.channels.length ?? 0
  const messages = upcoming(facts).map(({ dueAt, meaning, way, participantId }): Ring => {
    const channels = channelsOf(participantId)
    return {
      at: later(dueAt, now),
      what: MEANINGS[meaning] ?? meaning.replaceAll('_', ' '),
      who,
      messages: way === 'both' ? channels : Math.min(channels, 1),
    }
  })
  const moments = [
    { at: cardAt(facts), what: 'a card for ops, if nobody answered' },
    { at: session.startsAt, what: 'the start' },
    { at: session.startsAt.add({ minutes: 3 }), what: 'who is missing is asked' },
    { at: provisionalAt(facts), what: 'who came? a verdict for now' },
    { at: firmAt(facts), what: 'the verdict becomes firm' },
  ].map((one): Ring => ({ ...one, who, messages: 0 }))
  const ahead = isLive(facts) ? [...messages, ...moments].filter(({ at }) => isBefore(now, at)) : []
  const isNamed = ahead.some(({ at }) => at.equals(wakeAt))
  return isNamed || !isBefore(now, wakeAt)
    ? ahead
    : [{ at: wakeAt, what: 'a look at how things stand', who, messages: 0 }, ...ahead]
}
