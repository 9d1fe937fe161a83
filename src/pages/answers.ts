import { isBefore } from '../interval.ts'
import type { Answer } from '../playbook/answers.ts'
import { type Holder, isOpen, phaseOf } from './holder.ts'

/** Whoever is running late knows so half an hour before at the earliest. */
const LATE_FROM = { minutes: 30 }

/** What can still be said now; what is said too late is not recorded as if it had been in time. */
export function possibleAnswers(holder: Holder): Answer[] {
  const { session, now } = holder
  if (!isOpen(holder)) return []
  const late: Answer[] = isBefore(now, session.startsAt.subtract(LATE_FROM)) ? [] : ['late_5', 'late_10']
  switch (phaseOf(holder)) {
    case 'before':
      return ['coming', 'cant_come', 'wants_to_move', ...late]
    case 'during':
      return [...late, 'cant_come', 'wait', 'shorten', 'wants_to_move', 'leave', 'was_there']
    case 'after':
      return ['was_there', 'took_place', 'did_not_take_place', 'wants_to_move']
    case 'closed':
      return []
  }
}

export function answerWords(answer: Answer, { words }: Pick<Holder, 'words'>): string {
  const other = {
    cant_come: words.cantCome,
    wants_to_move: words.wantsToMove,
    late_5: words.late5,
    late_10: words.late10,
  } as Record<string, string>
  return (
    other[answer] ??
    (words[
      answer as 'coming' | 'wait' | 'shorten' | 'leave' | 'was_there' | 'took_place' | 'did_not_take_place'
    ] as string)
  )
}
