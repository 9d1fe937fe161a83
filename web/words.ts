// The words that people use for what is stored; never a code on a page. A tone is a shape first, a colour third.

export type Tone = 'good' | 'warn' | 'bad' | 'open' | 'off'

export const ANSWERS: Record<string, readonly [Tone, string]> = {
  coming: ['good', 'confirmed'],
  cant_come: ['bad', 'can’t come'],
  wants_to_move: ['warn', 'wants to move'],
}

/** Whether somebody comes, as far as anybody knows; nothing is open about a session that does not take place. */
export function answerWords(
  { answer, askedAt }: { answer: string | null; askedAt: string | null },
  { status, startsAt }: { status: string; startsAt: string },
  now: string,
): readonly [Tone, string] | null {
  if (answer) return ANSWERS[answer] ?? ['open', answer]
  if (status !== 'scheduled') return null
  if (askedAt) return ['open', 'no answer']
  return ['open', now < startsAt ? 'not asked yet' : 'not asked']
}

export const VERDICTS: Record<string, readonly [Tone, string]> = {
  present: ['good', 'present'],
  late: ['good', 'late'],
  left_early: ['warn', 'left early'],
  absent: ['bad', 'absent'],
  cannot_tell: ['warn', 'cannot tell'],
}

export const CHANNELS: Record<string, string> = { whatsapp: 'WhatsApp', email: 'email', slack: 'Slack' }

/** Where somebody is. */
export const PRESENCE = {
  in: ['good', 'in'],
  was_in: ['off', 'was in'],
  not_in: ['warn', 'not in'],
  not_seen: ['open', 'not seen'],
} as const satisfies Record<string, readonly [Tone, string]>

/** How far a message came. */
export const SENT: Record<string, string> = {
  planned: 'going out',
  claimed: 'not certain yet',
  accepted: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  expired: 'too late, not sent',
  skipped: 'skipped',
  suppressed: 'held back',
  withdrawn: 'taken back',
}

/** What ops do with a session, as buttons say it. */
export const ACTS = {
  move: 'Move',
  cancel: 'Cancel',
  merge: 'Merge',
  undo_merge: 'Undo the merge',
  room: 'Switch the room',
  verdict: 'Correct a verdict',
  message: 'Message',
} as const

/** What became of the sessions of a merge that was taken back: those that take place again. */
export function mergeUndone({ sessionIds: { length } }: { sessionIds: string[] }): string {
  if (length === 0) return 'The merge is undone. Nobody was left to come back, so nothing else takes place.'
  return `The merge is undone. ${length === 1 ? 'One session is' : `${length} sessions are`} back at the old time.`
}

/** What becomes of something at a vendor. */
export const CHANGES: Record<string, string> = {
  create_or_update: 'made or brought up to date',
  keep_until_a_day_after: 'kept until a day after, so that old links lead on',
  remove: 'removed',
}
