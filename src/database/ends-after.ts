import { type RawBuilder, type SqlBool, sql } from 'kysely'

/** The longest session there is: a check of the table says so. */
const LONGEST = { hours: 8 }

/**
 * Sessions that end after `instant`, found by the index on their start: without its second half PostgreSQL would read every session
 * that ever was. `table` is the name under which the statement knows `session`.
 */
export const endsAfter = (instant: Temporal.Instant, table = 's'): RawBuilder<SqlBool> =>
  sql<SqlBool>`(${sql.ref(`${table}.ends_at`)} > ${instant}::timestamptz and ${sql.ref(`${table}.starts_at`)} > ${instant.subtract(LONGEST)}::timestamptz)`
