import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'

/** Names by id, of those that are known; an id that nobody has any more is not in it. */
export async function namesOf(
  db: Database | Tx,
  ids: Iterable<string | null | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const known = [...new Set(ids)].filter((id): id is string => typeof id === 'string')
  if (known.length === 0) return new Map()
  const rows = await db.selectFrom('account').select(['id', 'name']).where('id', 'in', known).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** The person behind an actor's label ('person:<id>'), or null: a token, the system, somebody unknown. */
export const personIn = (label: string): string | null => /^person:([0-9a-f-]{36})$/.exec(label)?.[1] ?? null

/** Who did it, as a page says it: the name; 'token imports'; 'Punctual' for what happened by itself. */
export function actorName(label: string, names: ReadonlyMap<string, string>): string {
  const person = personIn(label)
  if (person) return names.get(person) ?? 'somebody who is gone'
  if (label === 'system') return 'Punctual'
  return label.replace(':', ' ')
}
