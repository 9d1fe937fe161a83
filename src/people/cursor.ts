import { invalid } from '../errors.ts'
import { isId } from '../ids.ts'

/** Lists go by id, which grows with creation: the cursor is the last id seen, and nothing is skipped or shown twice. */
export function afterOf(cursor: string | undefined): string | null {
  if (cursor === undefined) return null
  const id = Buffer.from(cursor, 'base64url').toString()
  if (!isId(id)) throw invalid({ field: 'cursor', rule: 'must be a nextCursor of this list' })
  return id
}

/** A page from one row more than asked for: that one only says that there is more. */
export function page<T extends { id: string }>(rows: T[], limit: number): { items: T[]; nextCursor?: string } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last ? { items, nextCursor: Buffer.from(last.id).toString('base64url') } : { items }
}
