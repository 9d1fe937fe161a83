import { later } from '../interval.ts'
import { expected, isLive, judge, verdictsOf } from './attendance.ts'
import { type Draft, draft } from './draft.ts'
import type { Participant, SessionFacts } from './facts.ts'
import { type Room, roomOf } from './room.ts'

/** After the session: "We missed you" to who was firmly absent, and "did it take place?" to all when it cannot be told. */
export function followUps(facts: SessionFacts): Draft[] {
  if (!isLive(facts)) return []
  const room = roomOf(facts)
  return [...expected(facts).flatMap((p) => weMissedYou(facts, room, p)), ...didItTakePlace(facts, room)]
}

/** Only on a firm verdict, and only while nothing on record speaks against it, whoever gave the verdict. */
function weMissedYou(facts: SessionFacts, room: Room, person: Participant): Draft[] {
  const verdict = verdictsOf(facts, person.id).at(-1)
  if (verdict?.verdict !== 'absent' || verdict.stage === 'provisional') return []
  const isFinal = verdict.decidedBy !== 'plan' || verdict.evidence.final === true
  if (!isFinal || judge(facts, person, room).verdict !== 'absent') return []
  const dueAt = later(verdict.decidedAt, facts.session.endsAt)
  return [
    draft(facts, {
      meaning: 'follow_up',
      to: person,
      template: 'FOLLOW_UP',
      purpose: 'other',
      dueAt,
      expiresAt: dueAt.add({ hours: facts.policy.followUp.lastsHours }),
      detail:
        facts.freeTimes.length > 0 ? { freeTimes: facts.freeTimes.slice(0, 3).map((t) => t.startsAt.toString()) } : {},
    }),
  ]
}

/** Part of the session itself, so the hush around it does not hold it back. Silence is not yes. */
function didItTakePlace(facts: SessionFacts, room: Room): Draft[] {
  const { session, policy } = facts
  const open = expected(facts)
    .filter(
      (p) =>
        verdictsOf(facts, p.id).at(-1)?.decidedBy === undefined || verdictsOf(facts, p.id).at(-1)?.decidedBy === 'plan',
    )
    .map((p) => judge(facts, p, room))
    .filter((j) => j.verdict === 'cannot_tell' && j.doubt !== 'cant_come')
  if (open.length === 0) return []
  const known = open.map((j) => j.knownAt).filter((t) => t !== null)
  const asked = session.endsAt.add({ minutes: policy.followUp.askAfterEndMinutes })
  const dueAt = open.length > known.length ? asked : known.reduce(later, asked)
  return expected(facts)
    .filter((p) => !facts.replies.some((r) => r.participantId === p.id && r.meaning === 'was_there'))
    .map((to) =>
      draft(facts, {
        meaning: 'took_place',
        to,
        template: 'TOOK_PLACE',
        purpose: 'rescue',
        way: 'both',
        dueAt,
        notBefore: session.endsAt,
        expiresAt: dueAt.add({ hours: policy.followUp.lastsHours }),
      }),
    )
}
