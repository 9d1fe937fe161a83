import { sql } from 'kysely'

/** In front of a text whose statement each connection keeps. */
export const MARK = '/* prepared */'

/**
 * Put first in a statement that is asked often and whose best plan does not depend on its values (rows by their ids, the
 * least of an index): each connection then parses and plans it once. Not for ranges over `now` and not for lists built from
 * rows: PostgreSQL would plan those for values it does not see.
 */
export const prepared = sql.raw(MARK)

/**
 * A list of ids for such a statement. PostgreSQL plans a list that it can see for its length, each time anew; of this one it
 * supposes ten.
 */
export const listOf = (ids: readonly string[]) => sql`array(select unnest(${ids}::uuid[]))`

/** A statement's text is fixed by its source, so a few hundred are all there are; a mistake must not fill the server's memory. */
const MOST = 400
const names = new Map<string, string>()

/** The name under which connections keep this statement, or undefined when it is not to be kept. */
export function preparedName(text: string, all: boolean): string | undefined {
  const known = names.get(text)
  if (known || names.size >= MOST) return known
  if (!all && !text.slice(0, 40).includes(MARK)) return undefined
  const name = `p${names.size}`
  names.set(text, name)
  return name
}
