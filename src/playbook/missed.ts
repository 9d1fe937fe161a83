import { isBefore, later } from '../interval.ts'
import type { CaseWish } from './facts.ts'
import type { Policy } from './policy.ts'

/** One person's record in one programme: sessions that firmly went by without them, as the latest verdicts say. Oldest first. */
export type MissedFacts = {
  programmeId: string
  programmeName: string
  policy: Pick<Policy['attendance'], 'overDays' | 'warnAt' | 'proposePauseAt'>
  missed: Missed[]
}
export type Missed = { participantId: string; sessionId: string; startsAt: Temporal.Instant; firmAt: Temporal.Instant }

export type Reached = {
  programmeId: string
  programmeName: string
  by: Missed
  all: Missed[]
  at: Temporal.Instant
  days: number
}

/**
 * Where the record first says that it is enough to write to the person. A verdict that flips takes its session out of the
 * record, and with it what only it had called for.
 */
export const warnings = (facts: MissedFacts): Reached[] => reached(facts, facts.policy.warnAt)

/** The pause is proposed, never made: ops apply it, or close the case and say why. */
export const pauseCases = (facts: MissedFacts, person: { accountId: string; name: string }): CaseWish[] =>
  reached(facts, facts.policy.proposePauseAt).map(({ by, all, days }) => ({
    kind: 'pause_proposed',
    key: `pause_proposed:${facts.programmeId}:${by.participantId}@1`,
    participantId: null,
    title: `${person.name}: ${all.length} sessions missed within ${days} days`,
    detail: {
      accountId: person.accountId,
      programmeId: facts.programmeId,
      programme: facts.programmeName,
      name: person.name,
      sessions: all.map(({ sessionId, startsAt }) => ({ sessionId, startsAt: startsAt.toString() })),
      reason: `Pause new bookings in ${facts.programmeName} until somebody has talked with them, or close this and say why not.`,
    },
    expiresAt: null,
    settled: null,
  }))

/** Each session with which the count over the days before it came to `count`: not the one after, which only makes it more. */
function reached({ missed, policy, programmeId, programmeName }: MissedFacts, count: number): Reached[] {
  return missed.flatMap((by): Reached[] => {
    const since = by.startsAt.subtract({ hours: 24 * policy.overDays })
    const all = missed.filter(({ startsAt }) => isBefore(since, startsAt) && !isBefore(by.startsAt, startsAt))
    if (all.length !== count) return []
    const at = all.map(({ firmAt }) => firmAt).reduce(later)
    return [{ programmeId, programmeName, by, all, at, days: policy.overDays }]
  })
}
