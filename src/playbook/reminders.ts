import { expected, isLive } from './attendance.ts'
import { type Draft, draft } from './draft.ts'
import type { SessionFacts } from './facts.ts'

// Only the first of the three may be moved out of the night: the other two would say nothing the evening before.
const TIERS = [
  { type: '4_HOURS', exempt: false },
  { type: '30_MINUTES', exempt: true },
  { type: '5_MINUTES', exempt: true },
] as const

// A tier due before the session was scheduled is not filtered here: settle records it as skipped.
export function reminders(facts: SessionFacts): Draft[] {
  const { session, policy } = facts
  if (!isLive(facts)) return []

  return TIERS.flatMap(({ type, exempt }) => {
    const { minutesBefore, lastsMinutes } = policy.reminders[type]
    const dueAt = session.startsAt.subtract({ minutes: minutesBefore })
    const asks = type === '4_HOURS'
    return expected(facts).map((to) =>
      draft(facts, {
        meaning: `reminder ${type}`,
        to,
        template: `REMINDER_${type}`,
        purpose: 'tier',
        dueAt,
        // How late it may still go out: it absorbs a slow worker and stops "30 minutes" from being said in the last five.
        expiresAt: dueAt.add({ minutes: lastsMinutes }),
        exempt,
        notBefore: null,
        detail: { type, asks: asks && to.role === 'mentee' },
      }),
    )
  })
}
