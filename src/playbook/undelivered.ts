import { isBefore } from '../interval.ts'
import { isLive } from './attendance.ts'
import { about } from './confirmation.ts'
import type { CaseWish, DeliveryFact, SessionFacts, Settlement } from './facts.ts'

// A vendor that has not said whether it took a message gets this long before anybody is troubled or another way is used.
export const UNKNOWN_WAITS = { minutes: 2 }

const REACHED = new Set<DeliveryFact['state']>(['accepted', 'delivered', 'read'])
const LOST = new Set<DeliveryFact['state']>(['failed', 'quarantined'])

/**
 * One case per message that reached its person on no channel, or of which nobody can say whether it did, while the session
 * is still to come or going on. Settled by a later receipt, or when the session is over.
 */
export function undeliveredCases(
  facts: SessionFacts,
  fallbacks: Settlement['fallbacks'],
  now: Temporal.Instant,
): CaseWish[] {
  if (!isLive(facts) || !isBefore(now, facts.session.endsAt)) return []
  return messagesOf(facts).flatMap(({ key, copies }): CaseWish[] => {
    if (fallbacks.some((f) => f.key === key)) return []
    const unclear = copies.filter((d) => d.state === 'unknown')
    const isLost = copies.every((d) => LOST.has(d.state))
    const isUnclear =
      unclear.some((d) => !isBefore(now, d.createdAt.add(UNKNOWN_WAITS))) &&
      copies.every((d) => d.state === 'unknown' || LOST.has(d.state))
    if (copies.some((d) => REACHED.has(d.state)) || (!isLost && !isUnclear)) return []
    const person = facts.participants.find((p) => p.accountId === copies[0]?.recipientId)
    const kind = isUnclear ? 'unknown_delivery' : 'failed_delivery'
    return [
      {
        kind,
        key: `${kind}:${key}`,
        participantId: person?.id ?? null,
        title: `${person?.name ?? 'Somebody'}: ${isUnclear ? 'nobody can say whether a message arrived' : 'a message did not arrive'}`,
        detail: {
          ...about(facts),
          startsAt: facts.session.startsAt.toString(),
          name: person?.name ?? null,
          effectKey: key,
          reason: copies.map((d) => `${copies[0]?.meaning ?? ''} by ${d.channel}: ${d.state}`).join(', '),
        },
        expiresAt: facts.session.endsAt,
        settled: null,
      },
    ]
  })
}

/** When what is unclear now will be called unknown. */
export const unclearUntil = (facts: SessionFacts): Temporal.Instant[] =>
  facts.deliveries.filter((d) => d.state === 'unknown').map((d) => d.createdAt.add(UNKNOWN_WAITS))

function messagesOf(facts: SessionFacts): { key: string; copies: DeliveryFact[] }[] {
  const current = facts.deliveries.filter((d) => d.channel !== 'slack' && d.key.endsWith(`@${facts.session.revision}`))
  return [...new Set(current.map((d) => d.key))].map((key) => ({ key, copies: current.filter((d) => d.key === key) }))
}
