import { isBefore } from '../interval.ts'
import { asksInNotice, knownSince } from './confirmation.ts'
import { type Draft, draft } from './draft.ts'
import type { LedgerEntry, Participant, Revision, SessionFacts } from './facts.ts'

/**
 * Booked, moved, joined with another session, cancelled: to every participant, at once, until the start. A notice about
 * the newest time is also the one correction of whatever older message was under way when it was made (it is queued
 * behind it), so it is exempt from quiet hours whenever the old or the new start is near.
 */
export function notices(facts: SessionFacts): Draft[] {
  const { session } = facts
  if (!session.publishedAt) return []
  if (session.mergedInto) return mergedAway(facts)
  return facts.participants.flatMap((person) => {
    if (person.leftAt) return released(facts, person)
    if (!session.cancelledAt) return [current(facts, person), ...company(facts, person)]
    return wasTold(facts, person, session.revision) ? cancelled(facts, person, session.cancelledAt) : []
  })
}

const MEANINGS = {
  booked: ['booked', 'BOOKED'],
  published: ['booked', 'BOOKED'],
  rescheduled: ['moved', 'MOVED'],
  room: ['room_changed', 'ROOM_CHANGED'],
  merged: ['merged', 'MERGED'],
  unmerged: ['unmerged', 'UNMERGED'],
} as const satisfies Record<Revision['cause'], readonly [string, string]>

function current(facts: SessionFacts, person: Participant): Draft {
  const { session } = facts
  const revision = facts.revisions.findLast((r) => r.revision === session.revision)
  const before = facts.revisions.findLast((r) => r.revision < session.revision)
  const joinedLater = isBefore(session.scheduledAt, person.joinedAt)
  const isNews = joinedLater || !wasTold(facts, person, session.revision - 1)
  const cause = isNews ? (person.cameFrom ? 'merged' : 'booked') : (revision?.cause ?? 'booked')
  const [meaning, template] = MEANINGS[cause]
  const dueAt = knownSince(facts, person)
  const asks = asksInNotice(facts, person)
  return draft(facts, {
    meaning,
    to: person,
    template: asks ? `${template}_AND_CONFIRM` : template,
    purpose: 'change',
    dueAt,
    expiresAt: session.startsAt,
    exempt: isNear(facts, dueAt, [session.startsAt, ...(before && !isNews ? [before.startsAt] : [])]),
    detail: {
      asks,
      ...(before && !isNews ? { oldStartsAt: before.startsAt.toString(), oldRoom: before.room } : {}),
    },
  })
}

const NOTICES = new Set<string>(Object.values(MEANINGS).map(([meaning]) => meaning))

/** Who was alone with the mentor, and had heard so, is told that somebody joins them, and that they are alone again. */
function company(facts: SessionFacts, person: Participant): Draft[] {
  const { session } = facts
  const merge = facts.merges.findLast((m) => m.survivorId === session.id && m.arrived.length > 0)
  if (person.role !== 'mentee' || person.cameFrom || !merge) return []
  const heard = (before: Temporal.Instant) => told(facts, person).filter((l) => isBefore(l.decidedAt, before))
  const notice = (meaning: 'merged' | 'unmerged', dueAt: Temporal.Instant): Draft =>
    draft(facts, {
      meaning,
      to: person,
      template: meaning === 'merged' ? 'MERGED' : 'UNMERGED',
      purpose: 'change',
      dueAt,
      expiresAt: session.startsAt,
      exempt: isNear(facts, dueAt, [session.startsAt]),
    })
  if (merge.undoneAt)
    return heard(merge.undoneAt).some((l) => l.meaning === 'merged') ? [notice('unmerged', merge.undoneAt)] : []
  const isThere = facts.participants.some((p) => p.leftAt === null && merge.arrived.includes(p.accountId))
  return isThere && heard(merge.mergedAt).length > 0 ? [notice('merged', merge.mergedAt)] : []
}

/**
 * Whether somebody has heard of this session, up to that revision of it. Who was booked in their night and hears in the morning
 * reads of the session as it is then; and of one that is called off before that, nothing at all.
 */
const wasTold = (facts: SessionFacts, person: Participant, revision: number): boolean =>
  person.cameFrom !== null || told(facts, person).some(({ key }) => Number(key.split('@').at(-1)) <= revision)

const told = ({ ledger }: SessionFacts, person: Participant): LedgerEntry[] =>
  ledger.filter(
    ({ key, meaning, decision }) => decision === 'send' && NOTICES.has(meaning) && key.includes(`:${person.id}@`),
  )

const cancelled = (facts: SessionFacts, person: Participant, at: Temporal.Instant): Draft[] => [
  draft(facts, {
    meaning: 'cancelled',
    to: person,
    template: 'CANCELLED',
    purpose: 'change',
    dueAt: at,
    expiresAt: facts.session.startsAt,
    exempt: isNear(facts, at, [facts.session.startsAt]),
    detail: { reason: facts.session.cancelReason },
  }),
]

/**
 * Somebody else took this mentor's place, or this mentee's own booking in a session of several was cancelled, whatever became of
 * the session afterwards. Moves by a merge or its undo are told by the session they went to.
 */
function released(facts: SessionFacts, person: Participant): Draft[] {
  const at = person.leftAt
  const byMerge = facts.merges.some((m) => at && (m.mergedAt.equals(at) || m.undoneAt?.equals(at)))
  if (!at || byMerge || !isBefore(at, facts.session.startsAt)) return []
  if (!wasTold(facts, person, facts.session.revision)) return []
  const exempt = isNear(facts, at, [facts.session.startsAt])
  return [
    draft(facts, {
      meaning: 'released',
      to: person,
      template: person.role === 'mentor' ? 'RELEASED' : 'CANCELLED',
      purpose: 'change',
      dueAt: at,
      expiresAt: facts.session.startsAt,
      exempt,
    }),
  ]
}

/** Who was in both sessions keeps one: the invitation of the other, which was folded into it, must be seen to go. */
function mergedAway(facts: SessionFacts): Draft[] {
  const { session } = facts
  const merge = facts.merges.findLast((m) => m.sessionId === session.id && !m.undoneAt)
  if (!merge) return []
  return facts.participants
    .filter((p) => (!p.leftAt || !isBefore(p.leftAt, merge.mergedAt)) && !merge.arrived.includes(p.accountId))
    .filter((p) => wasTold(facts, p, session.revision))
    .map((to) =>
      draft(facts, {
        meaning: 'merged_away',
        to,
        template: 'MERGED_AWAY',
        purpose: 'change',
        dueAt: merge.mergedAt,
        expiresAt: session.startsAt,
        exempt: isNear(facts, merge.mergedAt, [session.startsAt]),
      }),
    )
}

const isNear = ({ policy }: SessionFacts, at: Temporal.Instant, starts: Temporal.Instant[]): boolean =>
  starts.some((s) => !isBefore(s, at) && !isBefore(at.add({ hours: policy.quiet.changeExemptHours }), s))
