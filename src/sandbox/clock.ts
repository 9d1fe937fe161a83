import { type Clock, StandingClock } from '../clock.ts'
import type { Database } from '../database/pool.ts'
import type { MovableClock } from './advance.ts'

/** The sandbox's clock: stands still unless advanced, only goes forward, and outlives the process in the database. */
export type SandboxClock = Clock & MovableClock

/** `start` is where a new sandbox begins; one that has run goes on where it stood. */
export async function sandboxClock(db: Database, start: Temporal.Instant): Promise<SandboxClock> {
  await db.updateTable('installation').set({ sandbox_now: start }).where('sandbox_now', 'is', null).execute()
  const { sandbox_now } = await db.selectFrom('installation').select('sandbox_now').executeTakeFirstOrThrow()
  const standing = new StandingClock(sandbox_now ?? start)
  return {
    now: () => standing.now(),
    elapsed: () => standing.elapsed(),
    async advanceTo(instant) {
      await db.updateTable('installation').set({ sandbox_now: instant }).where('sandbox_now', '<', instant).execute()
      standing.advanceTo(instant)
    },
  }
}
