import { isBefore } from '../interval.ts'
import { knownSince } from './confirmation.ts'
import { corrections } from './correction.ts'
import type { Draft } from './draft.ts'
import type { Message, SessionFacts } from './facts.ts'
import { followUps } from './follow-up.ts'
import { notices } from './notices.ts'
import { fitToQuietHours } from './quiet.ts'
import { reminders } from './reminders.ts'
import { rescue } from './rescue.ts'

/** Every message this session calls for, given these facts: decided ones too, as long as they are still right. */
export const plan = (facts: SessionFacts): Message[] =>
  planned(facts).map(({ purpose: _purpose, notBefore: _notBefore, ...message }) => message)

/** The plan with what each message is for, fitted to its recipient's night; in order of time. */
export function planned(facts: SessionFacts): Draft[] {
  const drafts = [notices, reminders, rescue, followUps, corrections].flatMap((paragraph) => paragraph(facts))
  return drafts
    .flatMap((draft) => {
      const person = facts.participants.find((p) => p.id === draft.participantId)
      return person ? [fitToQuietHours(facts, person, draft)] : []
    })
    .toSorted((a, b) => Temporal.Instant.compare(a.dueAt, b.dueAt) || (a.key < b.key ? -1 : 1))
}

/**
 * What will be sent if nothing else happens: planned, not yet decided, in order of time. Leaves out what depends on what
 * happens in the room, and tiers that were due before there was anything to remind of.
 */
export const upcoming = (facts: SessionFacts): Message[] =>
  stillToCome(facts).map(({ purpose: _purpose, notBefore: _notBefore, ...message }) => message)

/** The same, with what each message is for. */
export function stillToCome(facts: SessionFacts): Draft[] {
  const decided = new Set(facts.ledger.map((l) => l.key))
  return planned(facts).filter((d) => !decided.has(d.key) && !dependsOnTheRoom(facts, d) && !isTooEarly(facts, d))
}

const dependsOnTheRoom = ({ session, verdicts }: SessionFacts, { meaning }: Draft): boolean =>
  meaning === 'nobody' || (meaning === 'took_place' && session.room === 'zoom' && verdicts.length === 0)

/** A tier due before its session was scheduled, or before this person was expected at it. */
export function isTooEarly(facts: SessionFacts, draft: Draft): boolean {
  if (draft.purpose !== 'tier') return false
  const person = facts.participants.find((p) => p.id === draft.participantId)
  return person !== undefined && isBefore(draft.dueAt, knownSince(facts, person))
}
