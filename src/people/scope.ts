import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { notFound } from '../errors.ts'
import type { Actor } from './actor.ts'
import { runs } from './policy.ts'

/** The policy's `run` as a condition over many rows: the programme in this column is one the actor works for. */
export function isRun(actor: Actor, programmeColumn: string): RawBuilder<SqlBool> {
  if (actor.programmes === 'all') return sql`true`
  return sql`${sql.ref(programmeColumn)} = any(${actor.programmes}::uuid[])`
}

/** The same for the person in this column: known to a programme of the actor's, or to none at all. See migration 0015. */
export function isKnownToOps(actor: Actor, column: string): RawBuilder<SqlBool> {
  if (actor.programmes === 'all') return sql`true`
  if (actor.programmes.length === 0) return sql`false`
  return sql`(${isInOneOf(actor.programmes, column)} or is_in_no_programme(${sql.ref(column)}))`
}

/** The person in this column is known to one of these programmes: by a pair, by a group, or because they work there. */
export const isInOneOf = (programmes: readonly string[], column: string): RawBuilder<SqlBool> =>
  sql`is_in_programme(${sql.ref(column)}, ${programmes}::uuid[])`

/** Throws 404 for a programme that the actor does not work for, as for one that never was. */
export function mustRun(actor: Actor, programmeId: string | null, what = 'programme'): void {
  if (!runs(actor, programmeId)) throw notFound(what)
}

/** Which of these people ops may take into something of theirs. */
export async function knownToOps(db: Database | Tx, actor: Actor, people: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from account where id = any(${people}::uuid[]) and ${isKnownToOps(actor, 'account.id')}`.execute(db)
  return new Set(rows.map(({ id }) => id))
}

/** The programmes that know each of these people: what the policy asks about a person. */
export async function programmesOf(db: Database | Tx, people: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ id: string; programmes: string[] }>`
    select id, programmes_of(id) as programmes from unnest(${people}::uuid[]) id`.execute(db)
  return new Map(rows.map(({ id, programmes }) => [id, programmes]))
}
