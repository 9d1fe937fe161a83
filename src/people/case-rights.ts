import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Actor } from './actor.ts'
import { isKnownToOps, isRun } from './scope.ts'

/**
 * Whose case it is, as a condition on `c` (ops_case) beside `s` (its session, or nothing): ops of its programme; of a case about
 * a person alone, ops who know the person; of one about the installation itself, admins.
 */
export const isTheirs = (actor: Actor): RawBuilder<SqlBool> => sql`case
  when c.programme_id is not null then ${isRun(actor, 'c.programme_id')}
  when s.id is not null then ${isRun(actor, 's.programme_id')}
  when c.account_id is not null then ${isKnownToOps(actor, 'c.account_id')}
  else ${actor.programmes === 'all'} end`

export async function isTheirCase(db: Database, actor: Actor, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from ops_case c left join session s on s.id = c.session_id where c.id = ${id} and ${isTheirs(actor)}`.execute(
    db,
  )
  return rows.length > 0
}
