import type { Message, Participant, SessionFacts } from './facts.ts'

/**
 * What a message is for, which says what may hold it back. A tier is skipped when it was due before there was a session;
 * only 'other' stays away from the hours around a session and counts against the daily cap.
 */
export type Purpose = 'tier' | 'change' | 'rescue' | 'correction' | 'other'

/** A message before its time is fitted to quiet hours. `notBefore`: what it speaks of has not happened earlier. */
export type Draft = Message & { purpose: Purpose; notBefore: Temporal.Instant | null }

type Words = {
  meaning: string
  to: Participant
  /** The part of the template's name after MENTORSHIP_SESSION_ and before _TO_MENTOR. */
  template: string
  purpose: Purpose
  dueAt: Temporal.Instant
  expiresAt: Temporal.Instant
  exempt?: boolean
  way?: Message['way']
  notBefore?: Temporal.Instant | null
  detail?: Record<string, unknown>
}

export function draft({ session }: Pick<SessionFacts, 'session'>, words: Words): Draft {
  const { meaning, to, template, purpose, dueAt, expiresAt } = words
  return {
    key: keyOf(meaning, to.id, session.revision),
    meaning,
    participantId: to.id,
    recipientId: to.accountId,
    way: words.way ?? 'both',
    template: `MENTORSHIP_SESSION_${template}_TO_${to.role.toUpperCase()}`,
    dueAt,
    expiresAt,
    exempt: words.exempt ?? false,
    detail: words.detail ?? {},
    purpose,
    notBefore: words.notBefore === undefined ? dueAt : words.notBefore,
  }
}

/** `meaning:participantId@session.revision`; the space in 'reminder 4_HOURS' becomes a colon. */
export const keyOf = (meaning: string, participantId: string, revision: number): string =>
  `${meaning.replaceAll(' ', ':')}:${participantId}@${revision}`
