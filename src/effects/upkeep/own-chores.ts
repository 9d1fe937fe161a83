import { sealAudit } from '../../audit-seal.ts'
import { finishErasures } from '../../people/erase-person.ts'
import type { Chore } from '../chores.ts'
import type { Needs } from '../needs.ts'
import { checkInvariants } from './invariants.ts'
import { fetchReports } from './reports.ts'
import { forgetOld } from './retention.ts'

/** This room's periodic work on one page; the calendars add theirs. */
export const ownChores = (needs: Needs): Chore[] => [
  { name: 'meeting_reports', every: { hours: 1 }, exact: true, run: (now) => fetchReports(needs, now) },
  { name: 'retention', every: { hours: 6 }, run: (now) => forgetOld(needs, now) },
  { name: 'erasures', every: { hours: 1 }, polls: true, run: (now) => finishErasures(needs.db, now) },
  { name: 'audit_seal', every: { hours: 1 }, polls: true, run: (now) => sealAudit(needs.db, now) },
  { name: 'invariants', every: { hours: 1 }, polls: true, run: (now) => checkInvariants(needs, now) },
]
