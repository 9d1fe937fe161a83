import { sql } from 'kysely'
import type { Database } from '../../src/database/pool.ts'

/** Somebody of ops works for every programme there is by now. */
export const worksForAll = (db: Database, personId: string) =>
  sql`insert into programme_ops (programme_id, account_id, since, given_by)
    select id, ${personId}::uuid, created_at, 'test' from programme on conflict do nothing`.execute(db)
