import { isBefore } from '../interval.ts'
import { expected, isLive } from '../playbook/attendance.ts'
import { answerOf } from '../playbook/confirmation.ts'
import type { SessionFacts } from '../playbook/facts.ts'
import { upcoming } from '../playbook/plan.ts'

/** The day in four numbers. */
export type DaySummary = {
  sessions: number
  /** Mentees of sessions still ahead who have not answered. */
  unconfirmed: number
  /** People of these sessions whose calendar can no longer be read. */
  disconnectedCalendars: number
  /** Messages planned from six in the evening until nine the next morning. */
  dueTonight: number
}

export function daySummary(ofDay: SessionFacts[], timeZone: string, now: Temporal.Instant): DaySummary {
  const live = ofDay.filter(isLive)
  const date = now.toZonedDateTimeISO(timeZone).toPlainDate()
  const clock = (day: Temporal.PlainDate, hour: number) =>
    day.toZonedDateTime({ timeZone, plainTime: new Temporal.PlainTime(hour) }).toInstant()
  const [from, to] = [clock(date, 18), clock(date.add({ days: 1 }), 9)]
  return {
    sessions: live.length,
    unconfirmed: live
      .filter(({ session }) => isBefore(now, session.startsAt))
      .flatMap((facts) => expected(facts).filter((p) => p.role === 'mentee' && answerOf(facts, p.id) === null)).length,
    disconnectedCalendars: new Set(
      live.flatMap(expected).flatMap(({ accountId, calendar }) => (calendar?.broken ? accountId : [])),
    ).size,
    dueTonight: live.flatMap(upcoming).filter(({ dueAt }) => !isBefore(dueAt, from) && isBefore(dueAt, to)).length,
  }
}
