import { isBefore } from '../interval.ts'
import type { Draft } from './draft.ts'
import type { Participant, SessionFacts } from './facts.ts'

/**
 * Fits a draft to its recipient's night. What is not exempt and falls into quiet hours goes out earlier, at the last
 * quarter hour before they begin; when what it speaks of had not happened by then, in the morning as they end. A change
 * of a session that would then be told too late (within the hush before its start) goes out at once after all.
 */
export function fitToQuietHours(
  facts: Pick<SessionFacts, 'session' | 'policy'>,
  person: Participant,
  draft: Draft,
): Draft {
  const dueAt = draft.purpose === 'other' ? afterHush(facts, draft.dueAt) : draft.dueAt
  const moved = { ...draft, dueAt }
  const night = draft.exempt ? null : nightAround(facts, person, dueAt)
  if (!night) return moved

  const evening = lastQuarterBefore(night.start)
  if (!draft.notBefore || !isBefore(evening, draft.notBefore)) {
    const lasts = dueAt.until(draft.expiresAt)
    const wouldExpire = evening.add(lasts)
    return { ...moved, dueAt: evening, expiresAt: isBefore(night.start, wouldExpire) ? night.start : wouldExpire }
  }
  const tooLate =
    draft.purpose === 'change'
      ? facts.session.startsAt.subtract({ minutes: facts.policy.quiet.beforeStartMinutes })
      : draft.expiresAt
  if (!isBefore(night.end, tooLate)) return draft.purpose === 'change' ? moved : { ...moved, dueAt: night.end }
  return { ...moved, dueAt: night.end }
}

type Night = { start: Temporal.Instant; end: Temporal.Instant }

/** The night of this person that contains the instant, or null by day; the programme's hours where it has some of its own. */
export const nightAround = (
  { policy }: Pick<SessionFacts, 'policy'>,
  person: Participant,
  instant: Temporal.Instant,
): Night | null => nightIn(person.timeZone, policy.quiet.hours ?? person.quiet, instant)

/** The night between these wall-clock times that contains the instant, or null by day. In that zone, so DST is theirs. */
export function nightIn(
  timeZone: string,
  { from, to }: { from: string; to: string },
  instant: Temporal.Instant,
): Night | null {
  if (from === to) return null
  const local = instant.toZonedDateTimeISO(timeZone)
  const begin = Temporal.PlainTime.from(from)
  const finish = Temporal.PlainTime.from(to)
  const overnight = Temporal.PlainTime.compare(finish, begin) <= 0
  for (const date of [local.toPlainDate(), local.toPlainDate().subtract({ days: 1 })]) {
    const at = (day: Temporal.PlainDate, plainTime: Temporal.PlainTime) =>
      day.toZonedDateTime({ timeZone, plainTime }).toInstant()
    const night = { start: at(date, begin), end: at(overnight ? date.add({ days: 1 }) : date, finish) }
    if (!isBefore(instant, night.start) && isBefore(instant, night.end)) return night
  }
  return null
}

/** 21:00 gives 20:45, 21:10 gives 21:00, whatever the zone's offset. */
function lastQuarterBefore(instant: Temporal.Instant): Temporal.Instant {
  const quarter = 15 * 60_000
  return Temporal.Instant.fromEpochMilliseconds((Math.ceil(instant.epochMilliseconds / quarter) - 1) * quarter)
}

/** From shortly before a session until well after it, only what belongs to it is said. */
function afterHush(
  { session, policy }: Pick<SessionFacts, 'session' | 'policy'>,
  dueAt: Temporal.Instant,
): Temporal.Instant {
  const from = session.startsAt.subtract({ minutes: policy.quiet.beforeStartMinutes })
  const to = session.endsAt.add({ minutes: policy.quiet.afterEndMinutes })
  return isBefore(dueAt, from) || !isBefore(dueAt, to) ? dueAt : to
}
