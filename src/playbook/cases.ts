import { confirmationCases } from './confirmation.ts'
import { objectionCases } from './correction.ts'
import type { CaseFact, CaseWish, Decision, SessionFacts, Settlement } from './facts.ts'
import { canonical } from './mirrors.ts'
import { missingCases } from './rescue.ts'
import { undeliveredCases } from './undelivered.ts'

/** The kinds that the session's own facts open and settle; others (poison, connections, invariants) are not ours to close. */
const OURS = new Set(['unconfirmed', 'declined', 'missing', 'objection', 'unknown_delivery', 'failed_delivery'])

/**
 * Cases to open, to redraw or to settle now: only what differs from the record. An open case that nothing calls for any
 * more is settled by whatever changed the session.
 */
export function settledCases(
  facts: SessionFacts,
  decided: Pick<Settlement, 'decisions' | 'fallbacks'>,
  now: Temporal.Instant,
): CaseWish[] {
  const wishes = [
    ...confirmationCases(facts, now),
    ...missingCases(facts, now),
    ...objectionCases(facts),
    ...undeliveredCases(facts, decided.fallbacks, now),
    ...caps(facts, decided.decisions),
  ]
  const byKey = new Map(facts.cases.map((c) => [c.key, c]))
  const changed = wishes.filter((wish) => {
    const known = byKey.get(wish.key)
    if (!known) return wish.settled === null
    if (known.settledAt) return false
    return (
      wish.settled !== null ||
      canonical(known.detail) !== canonical({ ...wish.detail, participantId: wish.participantId })
    )
  })
  const wanted = new Set(wishes.map((w) => w.key))
  const stale = facts.cases.filter((c) => OURS.has(c.kind) && !c.settledAt && !wanted.has(c.key))
  return [...changed, ...stale.map((c) => outdated(facts, c))]
}

function outdated({ session }: SessionFacts, known: CaseFact): CaseWish {
  const why = session.mergedInto
    ? 'The session was joined with another.'
    : session.cancelledAt
      ? 'The session was cancelled.'
      : known.key.endsWith(`@${session.revision}`)
        ? 'No longer needed.'
        : 'The session was moved.'
  return {
    kind: known.kind,
    key: known.key,
    participantId: (known.detail.participantId as string | null | undefined) ?? null,
    title: titleOf(known),
    detail: known.detail,
    expiresAt: null,
    settled: why,
  }
}

/** A cap that bites means that our plan says too much: somebody should look. */
const caps = (facts: SessionFacts, decisions: Decision[]): CaseWish[] =>
  decisions
    .filter((d) => d.decision === 'skipped' && d.reason?.startsWith('cap'))
    .map((d) => ({
      kind: 'cap',
      key: `cap:${d.message.key}`,
      participantId: d.message.participantId,
      title: `Not said to ${facts.participants.find((p) => p.id === d.message.participantId)?.name ?? 'somebody'}: ${d.reason}`,
      detail: { sessionId: facts.session.id, effectKey: d.message.key, meaning: d.message.meaning, reason: d.reason },
      expiresAt: null,
      settled: null,
    }))

const titleOf = ({ kind, detail }: CaseFact): string => {
  const missing = (Array.isArray(detail.missing) ? detail.missing : []) as { name: string }[]
  if (kind === 'missing') return `${missing.map((m) => m.name).join(', ')}: not seen in the room`
  const what: Record<string, string> = {
    unconfirmed: 'no answer',
    declined: 'asked for a change',
    objection: 'says otherwise',
  }
  return `${detail.name ?? 'Somebody'}: ${what[kind] ?? kind}`
}
