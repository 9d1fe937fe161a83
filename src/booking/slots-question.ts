import type { CalendarConfig } from './availability.ts'

// What is asked of a mentor's availability, and what is answered. Single times are `Temporal.Instant`; whatever comes by the
// hundred is epoch milliseconds, because a query has thousands of them and a Temporal object for each costs ten times the rest.

export type BusyCause = 'booking' | 'session' | 'hold' | 'calendar' | 'host' | 'mentee'

/**
 * Time that is taken, `[start, end)` in epoch ms. For `booking`, `session` and `hold` it is the mentor's stored `during`, which
 * carries the gap of that session; for the others the bare time of the event. `host`: a time at which no Zoom host is free.
 */
export type Busy = { readonly start: number; readonly end: number; readonly cause: BusyCause }

export type SlotsQuestion = {
  readonly config: CalendarConfig
  /** Starts are looked for in `[from, to)`. */
  readonly from: Temporal.Instant
  readonly to: Temporal.Instant
  readonly now: Temporal.Instant
  /** All that is taken between `from` and `to` + session + gap, in any order. */
  readonly busy: readonly Busy[]
  /** The programme's closed dates, such as "2026-12-25": calendar days in the mentor's zone. */
  readonly closedDays?: readonly string[]
  /** `[start, end)` in epoch ms: at no start in it can this mentee book this mentor, whatever is free. */
  readonly closed?: readonly Closed[]
  /** Starts (epoch ms) of the sessions that count towards the caps, from 8 days before `from` to 8 days after `to`. */
  readonly counted?: readonly number[]
}

/** Why two people cannot meet at all: no mentorship then, all its sessions booked, or ops paused new bookings of one of them. */
export type Closed = {
  readonly start: number
  readonly end: number
  readonly reason: 'not_paired' | 'budget_spent' | 'paused'
}

/** Epoch ms. */
export type Slot = { readonly startsAt: number; readonly endsAt: number }

/** The rules a start can break; the answer to a booking nobody is in the way of (422 `not_offered`). */
export type Rule = 'hours' | 'grid' | 'past' | 'notice' | 'horizon' | 'cap' | 'closed_day' | 'absence'

export type BlockReason = Rule | 'dst_gap' | BusyCause | Closed['reason']

/** All of them, as the API says them. */
export const BLOCK_REASONS = [
  'hours',
  'grid',
  'past',
  'notice',
  'horizon',
  'cap',
  'closed_day',
  'absence',
  'dst_gap',
  'booking',
  'session',
  'hold',
  'calendar',
  'host',
  'mentee',
  'not_paired',
  'budget_spent',
  'paused',
] as const satisfies readonly BlockReason[]

/** Epoch ms. */
export type Blocked = { readonly startsAt: number; readonly endsAt: number; readonly reasons: readonly BlockReason[] }
