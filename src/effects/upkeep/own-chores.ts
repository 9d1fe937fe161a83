import type { Chore } from '../chores.ts'
import type { Needs } from '../needs.ts'
import { checkInvariants } from './invariants.ts'
import { fetchReports } from './reports.ts'
import { forgetOld } from './retention.ts'

/** This room's periodic work on one page; the calendars add theirs. */
export const ownChores = (needs: Needs): Chore[] => [
  { name: 'meeting_reports', everyMinutes: 60, run: (_house, now) => fetchReports(needs, now) },
  { name: 'retention', everyMinutes: 360, run: (_house, now) => forgetOld(needs, now) },
  { name: 'invariants', everyMinutes: 60, polls: true, run: (_house, now) => checkInvariants(needs, now) },
]
