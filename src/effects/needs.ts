import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/pool.ts'
import type { Vendors } from '../vendors/vendors.ts'
import type { VendorHealth } from './vendor-health.ts'

/** What everything in this room works with. */
export type Needs = {
  db: Database
  clock: Clock
  config: Config
  vendors: Vendors
  /** Signs links and buttons, seals calendar tokens. */
  secret: string
  /** Where people reach us, without a slash at the end. */
  publicUrl: string
  /** Up to `count` next times at which these two could meet (or the mentor anybody), for follow-ups; absent, they are left out. */
  freeTimes?: (
    who: { mentorId: string; menteeId: string | null },
    after: Temporal.Instant,
    count: number,
  ) => Promise<{ startsAt: Temporal.Instant; endsAt: Temporal.Instant }[]>
  /** How the vendors do, as far as this process has seen; absent, nobody is spared. */
  health?: VendorHealth
  log: (event: string, fields?: Record<string, string | number | boolean | null>) => void
}

/** A lease outlives the longest call (10 s) and is short enough that a killed process is missed for half a minute at most. */
export const LEASE = { seconds: 30 }
