import { earlier, isBefore, isDue } from '../interval.ts'
import { firmAt, isLive, newVerdicts, provisionalAt } from './attendance.ts'
import { settledCases } from './cases.ts'
import { cardAt } from './confirmation.ts'
import type { Draft } from './draft.ts'
import type {
  Channel,
  Decision,
  DeliveryFact,
  Message,
  Participant,
  SessionFacts,
  Settlement,
  VerdictWish,
} from './facts.ts'
import { changedMirrors } from './mirrors.ts'
import { isTooEarly, planned } from './plan.ts'
import { UNKNOWN_WAITS, unclearUntil } from './undelivered.ts'

/**
 * Everything one look at the facts decides: verdicts first, then the plan they lead to, and for each message whose time
 * has come and that is not yet in the ledger one decision. Pure and idempotent: with its own answer stored, the next look
 * at the same time decides nothing.
 */
export function settle(facts: SessionFacts, now: Temporal.Instant): Settlement {
  const verdicts = newVerdicts(facts, now)
  const judged = withVerdicts(facts, verdicts, now)
  const drafts = planned(judged)
  const decided = new Set(facts.ledger.map((l) => l.key))
  const due = drafts.filter((d) => !decided.has(d.key) && isDue(d.dueAt, now))
  const decisions = decide(judged, due, now)
  const fallbacks = fallbacksFor(judged, drafts, now)
  return {
    decisions,
    fallbacks: fallbacks.now,
    withdrawn: withdrawn(judged, drafts),
    verdicts,
    mirrors: changedMirrors(judged),
    cases: settledCases(judged, { decisions, fallbacks: fallbacks.now }, now),
    wakeAt: wakeAt(
      judged,
      [...drafts.filter((d) => !decided.has(d.key)).map((d) => d.dueAt), ...fallbacks.later, ...unclearUntil(judged)],
      now,
    ),
  }
}

export type Still =
  | { send: true; message: Message }
  | { send: false; state: 'suppressed' | 'expired' | 'withdrawn'; reason: string }

/**
 * Asked at the claim of a delivery, with facts loaded after the claim: may this still be said, now, on this channel? Facts
 * that nobody has settled yet count too: somebody who joined a second ago is not told that they are awaited.
 */
export function stillPlanned(
  facts: SessionFacts,
  key: string,
  channel: Channel | DeliveryFact['channel'],
  now: Temporal.Instant,
): Still {
  const judged = withVerdicts(facts, newVerdicts(facts, now), now)
  const draft = planned(judged).find((d) => d.key === key)
  if (!draft) return { send: false, ...whyNot(facts, key) }
  const decided = facts.ledger.find((l) => l.key === key)
  const until = decided?.expiresAt ?? draft.expiresAt
  if (isDue(until, now)) return { send: false, state: 'expired', reason: `too late since ${until}` }
  const person = facts.participants.find((p) => p.id === draft.participantId)
  if (channel !== 'slack' && !person?.channels.includes(channel)) {
    return { send: false, state: 'suppressed', reason: `cannot be reached by ${channel} any more` }
  }
  const { purpose: _purpose, notBefore: _notBefore, ...message } = draft
  return { send: true, message: { ...message, detail: { ...decided?.detail, ...message.detail } } }
}

function whyNot({ session }: SessionFacts, key: string): { state: 'suppressed' | 'withdrawn'; reason: string } {
  if (session.mergedInto) return { state: 'withdrawn', reason: 'the session was joined with another' }
  if (session.cancelledAt) return { state: 'withdrawn', reason: 'the session was cancelled' }
  if (!key.endsWith(`@${session.revision}`)) return { state: 'withdrawn', reason: 'the session was moved' }
  return { state: 'suppressed', reason: 'no longer true' }
}

const withVerdicts = (facts: SessionFacts, wishes: VerdictWish[], now: Temporal.Instant): SessionFacts => ({
  ...facts,
  verdicts: [
    ...facts.verdicts,
    ...wishes.map((w) => ({
      ...w,
      version:
        1 + Math.max(0, ...facts.verdicts.filter((v) => v.participantId === w.participantId).map((v) => v.version)),
      decidedAt: now,
      decidedBy: 'plan',
    })),
  ],
})

function decide(facts: SessionFacts, due: Draft[], now: Temporal.Instant): Decision[] {
  const counts = new Map<string, { session: number; other: number }>()
  return due.map((draft): Decision => {
    const { purpose, notBefore: _notBefore, ...message } = draft
    const person = facts.participants.find((p) => p.id === draft.participantId) as Participant
    const no = (decision: 'skipped' | 'expired', reason: string): Decision => ({
      message,
      decision,
      reason,
      channels: [],
    })

    if (isTooEarly(facts, draft)) return no('skipped', 'due before it was scheduled')
    if (
      purpose === 'tier' &&
      isBefore(facts.session.scheduledAt, facts.policySavedAt) &&
      isBefore(draft.dueAt, facts.policySavedAt)
    ) {
      return no('skipped', 'due before the playbook was saved')
    }
    if (isDue(draft.expiresAt, now)) return no('expired', 'its time had passed')
    const channels = channelsOf(draft.way, person)
    if (channels.length === 0) return no('skipped', 'unreachable')

    const count = counts.get(person.id) ?? { session: sentOf(facts, person), other: person.otherMessagesToday }
    const bites =
      purpose !== 'change' && purpose !== 'correction' && count.session >= facts.policy.caps.perSessionRevision
    const bitesToday = purpose === 'other' && count.other >= facts.policy.caps.otherPerDay
    if (bites || bitesToday)
      return no('skipped', bites ? 'cap: enough said about this session' : 'cap: enough said today')
    counts.set(person.id, { session: count.session + 1, other: count.other + (purpose === 'other' ? 1 : 0) })
    return { message, decision: 'send', reason: null, channels }
  })
}

/** Meanings already sent to this person about the current time; two channels of one message are one. */
const sentOf = ({ ledger, session }: SessionFacts, person: Participant): number =>
  ledger.filter((l) => l.decision === 'send' && l.key.endsWith(`:${person.id}@${session.revision}`)).length

/** Where a message goes at first, strongest wish first; empty when the person cannot be reached at all. */
export function channelsOf(way: Message['way'], { channels }: Pick<Participant, 'channels'>): Channel[] {
  const order: Channel[] = way === 'email_else_whatsapp' ? ['email', 'whatsapp'] : ['whatsapp', 'email']
  const open = order.filter((c) => channels.includes(c))
  return way === 'both' ? open : open.slice(0, 1)
}

function fallbacksFor(
  facts: SessionFacts,
  drafts: Draft[],
  now: Temporal.Instant,
): { now: Settlement['fallbacks']; later: Temporal.Instant[] } {
  const found: Settlement['fallbacks'] = []
  const later: Temporal.Instant[] = []
  for (const draft of drafts.filter((d) => d.way !== 'both' && isBefore(now, d.expiresAt))) {
    const [first, ...others] = facts.deliveries.filter((d) => d.key === draft.key)
    const person = facts.participants.find((p) => p.id === draft.participantId)
    const channel = person?.channels.find((c) => c !== first?.channel)
    if (!first || others.length > 0 || !channel) continue
    const unclearUntil = first.createdAt.add(UNKNOWN_WAITS)
    if (first.state === 'unknown' && isBefore(now, unclearUntil)) later.push(unclearUntil)
    else if (['failed', 'quarantined', 'unknown'].includes(first.state) || unreachableNow(first, person))
      found.push({ key: draft.key, channel })
  }
  return { now: found, later }
}

const unreachableNow = (first: DeliveryFact, person: Participant | undefined): boolean =>
  first.state === 'suppressed' && first.channel !== 'slack' && !person?.channels.includes(first.channel)

function withdrawn(facts: SessionFacts, drafts: Draft[]): Settlement['withdrawn'] {
  const keys = new Set(drafts.map((d) => d.key))
  const queued = facts.deliveries
    .filter((d) => d.state === 'pending' && d.channel !== 'slack' && !keys.has(d.key))
    .map((d) => d.key)
  return [...new Set(queued)].map((key) => ({ key, reason: whyNot(facts, key).reason }))
}

/** The plan speaks up again at the next of these; joins, replies and changes wake the session by themselves. */
function wakeAt(facts: SessionFacts, times: Temporal.Instant[], now: Temporal.Instant): Temporal.Instant | null {
  const judging = isLive(facts)
    ? [cardAt(facts), facts.session.startsAt, provisionalAt(facts), facts.session.endsAt, firmAt(facts)]
    : []
  const future = [...times, ...judging].filter((t) => isBefore(now, t))
  return future.length > 0 ? future.reduce(earlier) : null
}
