import type { Tx } from '../../database/transaction.ts'
import { type Actor, person } from '../actor.ts'
import { knownToOps } from '../scope.ts'
import type { LineError } from './csv.ts'
import { CALENDAR, HOURS } from './hours-lines.ts'
import type { Known } from './known.ts'
import { MENTORSHIPS } from './mentorship-lines.ts'
import { PEOPLE } from './people-lines.ts'
import type { Lines } from './plan.ts'

const RULE = 'belongs to somebody who is in other programmes only: ask an admin'

/**
 * Programmes that are not the importer's are unknown to the file from here on. Lines about people of other programmes are
 * mistakes, so that no file changes them or takes them over.
 */
export async function withoutForeign(
  tx: Tx,
  lines: Lines,
  known: Known,
  programmes: Actor['programmes'],
): Promise<LineError[]> {
  if (programmes === 'all') return []
  for (const [name, { id }] of known.programmes) if (!programmes.includes(id)) known.programmes.delete(name)
  const ids = [...new Set([...known.accounts.values()].map(({ id }) => id))]
  const theirs = await knownToOps(tx, person('', ['ops'], programmes), ids)
  const isForeign = (address: string): boolean => {
    const account = known.accounts.get(address)
    return account !== undefined && !theirs.has(account.id)
  }
  const wrong = (file: string, line: number, column: string, address: string): LineError[] =>
    isForeign(address) ? [{ file, line, column, rule: RULE }] : []
  return [
    ...lines.people.flatMap(({ line, email }) => wrong(PEOPLE, line, 'email', email)),
    ...lines.hours.flatMap(({ line, email }) => wrong(HOURS, line, 'email', email)),
    ...lines.calendars.flatMap(({ line, email }) => wrong(CALENDAR, line, 'email', email)),
    ...lines.mentorships.flatMap(({ line, mentor, mentee }) => [
      ...wrong(MENTORSHIPS, line, 'mentor_email', mentor),
      ...wrong(MENTORSHIPS, line, 'mentee_email', mentee),
    ]),
  ]
}
