import { shown } from '../../http.ts'
import { isBefore } from '../../interval.ts'
import type { SessionFacts } from '../../playbook/facts.ts'
import { upcoming } from '../../playbook/plan.ts'
import { meaningOf } from '../../words/timeline.ts'

/** The moments of a session worth going to, those that lie ahead: around its start and end, and where its messages leave. */
export function moments(facts: SessionFacts, now: Temporal.Instant): { at: string; what: string }[] {
  const { session, participants } = facts
  if (session.cancelledAt || session.mergedInto) return []
  const { startsAt, endsAt } = session
  const named = [
    { at: startsAt.subtract({ hours: 4 }), what: '4 h before' },
    { at: startsAt.subtract({ minutes: 30 }), what: '30 min before' },
    { at: startsAt.subtract({ minutes: 5 }), what: '5 min before' },
    { at: startsAt, what: 'its start' },
    { at: startsAt.add({ minutes: 3 }), what: '3 min in' },
    { at: startsAt.add({ minutes: 10 }), what: '10 min in' },
    { at: endsAt, what: 'its end' },
    { at: endsAt.add({ minutes: 90 }), what: '90 min after the end' },
  ].map((one) => ({ ...one, to: null }))
  const messages = upcoming(facts)
    .filter(({ dueAt }) => isBefore(dueAt, startsAt))
    .map(({ dueAt, key, participantId }) => ({
      at: dueAt,
      what: meaningOf(key),
      to: participants.find(({ id }) => id === participantId)?.role ?? null,
    }))
  const ahead = [...named, ...messages].filter(({ at }) => isBefore(now, at))
  return [...Map.groupBy(ahead, ({ at }) => at.epochMilliseconds).values()]
    .map((together) => {
      const roles = new Set(together.flatMap(({ to }) => to ?? []))
      const only = roles.size === 1 ? ` to the ${[...roles][0]}` : ''
      return {
        at: (together[0] as (typeof together)[number]).at,
        what: `${[...new Set(together.map(({ what }) => what))].join(': ')}${only}`,
      }
    })
    .sort((a, b) => Temporal.Instant.compare(a.at, b.at))
    .map(({ at, what }) => ({ at: shown(at), what }))
}
