import { Refusal } from '../errors.ts'
import { earlier, isBefore } from '../interval.ts'

/** What has to come to rest before the clock may move on: the product's worker, and the simulators' queues. */
export type Moving = {
  runDue(now: Temporal.Instant): Promise<number>
  /** What is due or in flight at `now`, by name, and the least time after it at which anything will be. */
  outlook(now: Temporal.Instant): Promise<Outlook>
}
export type Outlook = { unsettled: { what: string; count: number }[]; nextAlarm: Temporal.Instant | null }

export type MovableClock = { now(): Temporal.Instant; advanceTo(instant: Temporal.Instant): Promise<void> }

/** Ten seconds of the machine's time without any progress: as long as one call may take before it is given up. */
const PATIENCE_MS = 10_000
/** Progress for two minutes at one instant is no progress: something feeds itself. */
const ENDLESS_MS = 120_000
/** A day of 5-minute alarms is 288 stops; a year in one call is refused before it looks like a hang. */
const MOST_STOPS = 20_000

/**
 * Moves the sandbox's clock to `to`, stopping at every alarm on the way. At each stop all that is due is done before
 * the next: decided, delivered, answered by the simulators, recorded. Throws `stuck` (504) naming what does not rest.
 * Once `halt` is aborted it stays at the stop it has reached, at rest, and answers where that is.
 */
export async function advance(
  clock: MovableClock,
  parts: Moving[],
  to: Temporal.Instant,
  halt?: AbortSignal,
): Promise<Temporal.Instant> {
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    const alarm = await comeToRest(clock.now(), parts)
    if (halt?.aborted) return clock.now()
    if (alarm === null || isBefore(to, alarm)) {
      await clock.advanceTo(to)
      await comeToRest(to, parts)
      return clock.now()
    }
    if (!isBefore(clock.now(), alarm)) throw stuck([{ what: `alarm of ${alarm} that nobody answers`, count: 1 }])
    await clock.advanceTo(alarm)
  }
  throw new Refusal('stuck', `The clock made ${MOST_STOPS} stops and is not there yet; advance in smaller steps.`)
}

/** The least time at which anything will be due, or null when everything rests for good. */
export const nextAlarm = async (now: Temporal.Instant, parts: Moving[]): Promise<Temporal.Instant | null> =>
  (await joined(now, parts)).nextAlarm

async function joined(now: Temporal.Instant, parts: Moving[]): Promise<Outlook> {
  const outlooks = await Promise.all(parts.map((part) => part.outlook(now)))
  const alarms = outlooks.map((one) => one.nextAlarm).filter((alarm) => alarm !== null)
  return {
    unsettled: outlooks.flatMap((one) => one.unsettled),
    nextAlarm: alarms.length === 0 ? null : alarms.reduce(earlier),
  }
}

/** Returns when nothing is due, claimable or in flight at `now` any more, with the next alarm. */
export async function comeToRest(now: Temporal.Instant, parts: Moving[]): Promise<Temporal.Instant | null> {
  const started = performance.now()
  let progressed = started
  for (;;) {
    let done = 0
    for (const part of parts) done += await part.runDue(now)
    const { unsettled, nextAlarm } = await joined(now, parts)
    if (unsettled.length === 0) return nextAlarm
    if (done > 0) progressed = performance.now()
    if (performance.now() - progressed > PATIENCE_MS || performance.now() - started > ENDLESS_MS) throw stuck(unsettled)
    // Something is in flight in another worker or socket: give it the event loop, not the processor.
    if (done === 0) await new Promise((resume) => setTimeout(resume, 5))
  }
}

const stuck = (open: { what: string; count: number }[]): Refusal =>
  new Refusal('stuck', `Not at rest: ${open.map(({ what, count }) => `${count} ${what}`).join(', ')}.`, {
    unsettled: open,
  })
