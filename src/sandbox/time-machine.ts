import { setTimeout as pause } from 'node:timers/promises'
import { isBefore } from '../interval.ts'
import type { MovableClock } from './advance.ts'

/** How often a playing clock moves: often enough to look smooth, seldom enough to leave the machine to the work. */
const TICK_MS = 500
/** A week of the made-up programme. Whoever goes home with the clock playing finds it standing, not a year later. */
const LONGEST = { hours: 7 * 24 }

export type Machine = {
  /** Moves on to `to`, one call after the other; answers where the clock stands then: earlier than `to` when it was halted. */
  advanceTo(to: Temporal.Instant): Promise<Temporal.Instant>
  /** Plays on its own until it is halted, whoever looks on. `speed`: seconds of the sandbox for one of ours. */
  play(speed: number): void
  /** Stops what plays and what advances, at the next stop at which everything is at rest. */
  halt(): Promise<Temporal.Instant>
  reading(): Reading
}

export type Reading = {
  /** The longest way under way, for whoever wants to see how far it is. */
  moving: { from: Temporal.Instant; to: Temporal.Instant } | null
  playing: { speed: number } | null
  /** Why it stopped playing by itself. */
  trouble: string | null
}

/**
 * The clock with its handle. Playing is repeated small advances here in the process, not in a page: it goes on when a tab is
 * closed, everybody sees the same clock run, and each advance waits for the one before, so a busy system runs slower, never
 * past something. A start begins standing.
 */
export function timeMachine(
  clock: Pick<MovableClock, 'now'>,
  move: (to: Temporal.Instant, halt: AbortSignal) => Promise<Temporal.Instant>,
): Machine {
  const under = new Map<AbortController, { from: Temporal.Instant; to: Temporal.Instant }>()
  // One advance at a time: the second waits, and then finds the clock where the first left it.
  let tail: Promise<unknown> = Promise.resolve()
  let playing: { speed: number } | null = null
  let trouble: string | null = null

  const advanceTo = async (to: Temporal.Instant): Promise<Temporal.Instant> => {
    const halt = new AbortController()
    under.set(halt, { from: clock.now(), to })
    const mine = tail.then(() => move(to, halt.signal)).finally(() => under.delete(halt))
    tail = mine.catch(() => {})
    return mine
  }

  const run = async (mine: { speed: number }): Promise<void> => {
    const until = clock.now().add(LONGEST)
    while (playing === mine && isBefore(clock.now(), until)) {
      await pause(TICK_MS, undefined, { ref: false })
      if (playing === mine) await advanceTo(clock.now().add({ milliseconds: mine.speed * TICK_MS }))
    }
    if (playing === mine) playing = null
  }

  return {
    advanceTo,
    play(speed) {
      trouble = null
      const mine = { speed }
      playing = mine
      run(mine).catch((error) => {
        if (playing === mine) playing = null
        trouble = error instanceof Error ? error.message : String(error)
      })
    },
    async halt() {
      playing = null
      for (const halt of under.keys()) halt.abort()
      await tail
      return clock.now()
    },
    reading() {
      const longest = [...under.values()].reduce<Reading['moving']>(
        (far, one) => (far && isBefore(one.to, far.to) ? far : one),
        null,
      )
      return { moving: longest, playing, trouble }
    },
  }
}
