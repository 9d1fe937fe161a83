import { isBefore, isDue } from '../interval.ts'
import { cardAt } from './confirmation.ts'
import type { SessionFacts } from './facts.ts'
import { stillToCome } from './plan.ts'
import type { Policy } from './policy.ts'

export type Window = { dueAt: Temporal.Instant; expiresAt: Temporal.Instant }
/** `before` is null for what appears, `after` for what vanishes; both are there for what moves or lasts otherwise. */
export type PlanChange = {
  key: string
  meaning: string
  /** The account; null for the ops channel. */
  recipientId: string | null
  before: Window | null
  after: Window | null
}

/**
 * What a policy saved at `now` would change of this session's plan: the same plan, asked twice over the same facts. What is
 * decided already, and what depends on what happens in the room, is in neither.
 */
export function planChanges(facts: SessionFacts, policy: Policy, now: Temporal.Instant): PlanChange[] {
  const before = windows(facts, now)
  const after = windows({ ...facts, policy, policySavedAt: now }, now)
  const keys = [...new Set([...before.keys(), ...after.keys()])]
  return keys
    .flatMap((key) => {
      const [was, is] = [before.get(key), after.get(key)]
      if (was && is && was.dueAt.equals(is.dueAt) && was.expiresAt.equals(is.expiresAt)) return []
      const { meaning, recipientId } = (is ?? was) as Planned
      return [{ key, meaning, recipientId, before: windowOf(was), after: windowOf(is) }]
    })
    .toSorted((a, b) => Temporal.Instant.compare(timeOf(a), timeOf(b)) || (a.key < b.key ? -1 : 1))
}

type Planned = Window & { meaning: string; recipientId: string | null }

function windows(facts: SessionFacts, now: Temporal.Instant): Map<string, Planned> {
  const messages = stillToCome(facts)
    .filter((draft) => !isDue(draft.expiresAt, now))
    // A tier that was due before the policy was saved is skipped, not sent at once.
    .filter(
      ({ purpose, dueAt }) =>
        purpose !== 'tier' ||
        !isBefore(facts.session.scheduledAt, facts.policySavedAt) ||
        !isBefore(dueAt, facts.policySavedAt),
    )
    .map(
      ({ key, meaning, recipientId, dueAt, expiresAt }) => [key, { meaning, recipientId, dueAt, expiresAt }] as const,
    )
  const card = cardAt(facts)
  const isOpen = facts.session.publishedAt && !facts.session.cancelledAt && isBefore(now, card)
  return new Map<string, Planned>([
    ...messages,
    ...(isOpen
      ? [
          [
            'card',
            { meaning: 'card if not confirmed', recipientId: null, dueAt: card, expiresAt: facts.session.startsAt },
          ] as const,
        ]
      : []),
  ])
}

const windowOf = (planned: Planned | undefined): Window | null =>
  planned ? { dueAt: planned.dueAt, expiresAt: planned.expiresAt } : null

const timeOf = ({ before, after }: PlanChange): Temporal.Instant => (after ?? (before as Window)).dueAt
