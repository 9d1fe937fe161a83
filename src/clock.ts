/**
 * Two clocks, both handed in as arguments.
 *
 * `now` is what a person would notice: due and expiry times, holds, verdicts, quiet hours, lives of links, quotas,
 * age windows. Live it is the database's clock; in the sandbox it stands still unless advanced.
 * `elapsed` is for machines: leases, call timeouts, breakers, token buckets. It is the machine's clock and always runs.
 */
export interface Clock {
  now(): Temporal.Instant
  elapsed(): Temporal.Instant
}

/** The machine's own clock. Only composition roots and the two clocks below read it. */
export const machineNow = (): Temporal.Instant => Temporal.Now.instant()

/**
 * Live: the machine's clock corrected by what the database's clock said last, so that several machines agree on `now`
 * without asking the database each time. Never goes backwards: a step back of the database stands still instead.
 */
export class DatabaseClock implements Clock {
  #offsetMs = 0
  #last = 0

  /** `databaseNow` was read between the machine instants `asked` and `answered`. */
  correct(databaseNow: Temporal.Instant, asked: Temporal.Instant, answered: Temporal.Instant): number {
    const middle = (asked.epochMilliseconds + answered.epochMilliseconds) / 2
    this.#offsetMs = databaseNow.epochMilliseconds - middle
    return this.#offsetMs
  }

  now(): Temporal.Instant {
    this.#last = Math.max(this.#last, Math.round(machineNow().epochMilliseconds + this.#offsetMs))
    return Temporal.Instant.fromEpochMilliseconds(this.#last)
  }

  elapsed(): Temporal.Instant {
    return machineNow()
  }
}

/** Sandbox: stands still until `advanceTo`, which only goes forward. The database keeps its reading. */
export class StandingClock implements Clock {
  #now: Temporal.Instant
  constructor(start: Temporal.Instant) {
    this.#now = start
  }

  now(): Temporal.Instant {
    return this.#now
  }

  elapsed(): Temporal.Instant {
    return machineNow()
  }

  advanceTo(instant: Temporal.Instant): void {
    if (Temporal.Instant.compare(instant, this.#now) > 0) this.#now = instant
  }
}
