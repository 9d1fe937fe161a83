import { isBefore, later } from '../interval.ts'
import { expected, isLive, judge, verdictsOf, wantsAnotherAfter } from './attendance.ts'
import { about } from './confirmation.ts'
import { type Draft, draft, keyOf } from './draft.ts'
import type { CaseWish, DeliveryFact, LedgerEntry, Participant, SessionFacts } from './facts.ts'
import { type Room, roomOf } from './room.ts'

const ABOUT_MISSING = new Set(['nudge', 'nobody', 'follow_up'])
const NEVER_SAID = new Set<DeliveryFact['state']>([
  'pending',
  'withdrawn',
  'suppressed',
  'expired',
  'quarantined',
  'failed',
])

/**
 * One correction per person and time, to whoever we had told that they were awaited or missed, once the record says
 * otherwise: they were in before we wrote, or an absence on record has been taken back.
 */
export function corrections(facts: SessionFacts): Draft[] {
  if (!isLive(facts)) return []
  const room = roomOf(facts)
  return expected(facts).flatMap((p) => correction(facts, room, p))
}

function correction(facts: SessionFacts, room: Room, person: Participant): Draft[] {
  const said = saidAboutMissing(facts, person)
  const last = said.at(-1)
  const now = judge(facts, person, room)
  const ops = verdictsOf(facts, person.id).findLast((v) => v.decidedBy !== 'plan')
  const clearedByOps = ops !== undefined && ops.verdict !== 'absent'
  if (!last || (ops && !clearedByOps) || (now.verdict === 'absent' && !clearedByOps)) return []

  const firstAt = now.came?.firstAt
  const wasThere = said.some((l) => firstAt && isBefore(firstAt, l.decidedAt))
  const takenBack = verdictsOf(facts, person.id).some((v) => v.verdict === 'absent')
  if (!wasThere && !takenBack && last.meaning !== 'follow_up') return []
  const knownAt = [now.knownAt, clearedByOps ? ops.decidedAt : null].filter((t) => t !== null)[0]
  if (!knownAt) return []

  const dueAt = later(last.decidedAt, knownAt)
  return [
    draft(facts, {
      meaning: 'correction',
      to: person,
      // Who came because we wrote was not wrongly called: that we were right to write is nothing to be sorry for.
      template: wasThere || clearedByOps ? 'CORRECTION' : now.came ? 'CORRECTION_CAME' : 'CORRECTION_WROTE',
      purpose: 'correction',
      way: sameWay(facts, said),
      dueAt,
      expiresAt: dueAt.add({ hours: 24 }),
      // Until it is over they are up for it: who was nudged at seven in the morning is not put right at eight.
      exempt: isBefore(dueAt, facts.session.endsAt),
      detail: { corrects: last.key, joinedAt: firstAt?.toString() ?? null },
    }),
  ]
}

/** A correction goes where the mistake went: a nudge by WhatsApp is not taken back by mail as well. */
function sameWay(facts: SessionFacts, said: LedgerEntry[]): Draft['way'] {
  const keys = new Set(said.map((l) => l.key))
  const went = new Set(
    facts.deliveries.filter((d) => keys.has(d.key) && !NEVER_SAID.has(d.state)).map((d) => d.channel),
  )
  if (went.has('whatsapp') && went.has('email')) return 'both'
  return went.has('email') ? 'email_else_whatsapp' : 'whatsapp_else_email'
}

/** What went out, or may have: a delivery under way cannot be called back. Oldest first. */
function saidAboutMissing(facts: SessionFacts, person: Participant): LedgerEntry[] {
  return facts.ledger
    .filter(
      (l) =>
        l.decision === 'send' &&
        ABOUT_MISSING.has(l.meaning) &&
        l.key === keyOf(l.meaning, person.id, facts.session.revision),
    )
    .filter((l) => facts.deliveries.some((d) => d.key === l.key && !NEVER_SAID.has(d.state)))
    .toSorted((a, b) => Temporal.Instant.compare(a.decidedAt, b.decidedAt))
}

/** Somebody speaks against a verdict of absent: a person of ops looks at it. Settled by that person's verdict. */
export function objectionCases(facts: SessionFacts): CaseWish[] {
  if (!isLive(facts)) return []
  return expected(facts).flatMap((person): CaseWish[] => {
    const verdicts = verdictsOf(facts, person.id)
    const absent = verdicts.find((v) => v.verdict === 'absent' && v.stage !== 'provisional')
    const said = facts.replies
      .filter((r) => r.participantId === person.id && r.channel !== 'ops' && !wantsAnotherAfter(facts, r))
      .findLast((r) => absent && isBefore(absent.decidedAt, r.receivedAt))
    if (!absent || !said) return []
    const judged = verdicts.findLast((v) => v.decidedBy !== 'plan' && !isBefore(v.decidedAt, said.receivedAt))
    return [
      {
        kind: 'objection',
        key: keyOf('objection', person.id, facts.session.revision),
        participantId: person.id,
        title: `${person.name} says otherwise`,
        detail: {
          ...about(facts),
          startsAt: facts.session.startsAt.toString(),
          name: person.name,
          said: said.meaning,
          text: said.text,
          saidAt: said.saidAt.toString(),
        },
        expiresAt: null,
        settled: judged ? `Judged ${judged.verdict.replace('_', ' ')} by ops.` : null,
      },
    ]
  })
}
