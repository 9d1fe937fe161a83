import { type RawBuilder, sql } from 'kysely'
import { forgetAudit } from '../../audit-seal.ts'
import { forgetting } from '../../database/forgetting.ts'
import { transact } from '../../database/transaction.ts'
import type { Needs } from '../needs.ts'

/** So many rows in a statement, each a transaction of its own: nobody waits long for a lock, however much there is. */
const BATCH = 1000

type Rule = { after: { hours: number } } & (
  | { deletes: string; by: string; machine?: true }
  | { from: string; by: string; still: RawBuilder<unknown>; set: RawBuilder<unknown> }
)

const days = (count: number) => ({ hours: 24 * count })

// That something came, was decided, said or judged is evidence and stays; what people wrote and were called does not.
const RULES: Rule[] = [
  // A repeated request is recognised for 48 h.
  { deletes: 'idempotency_key', by: 'created_at', after: { hours: 48 } },
  { deletes: 'rate_count', by: 'window_start', after: { hours: 48 } },
  { deletes: 'refused_attempt', by: 'at', after: days(30) },
  { deletes: 'join_click', by: 'at', after: days(90) },
  // About devices, on the machine's clock.
  { deletes: 'signed_in', by: 'expires_at', after: { hours: 0 }, machine: true },
  { deletes: 'sign_in_attempt', by: 'expires_at', after: { hours: 24 }, machine: true },

  {
    from: 'webhook_event',
    by: 'received_at',
    after: days(30),
    still: sql`body is not null`,
    set: sql`body = null`,
  },
  // No verdict can change after 48 h. Who it was stays in the verdict's evidence, by their personal link.
  {
    from: 'meeting_event',
    by: 'received_at',
    after: days(30),
    still: sql`object <> '{}'`,
    set: sql`object = '{}', participant = participant - array['user_name', 'email', 'phone_number']`,
  },
  {
    from: 'meeting_report',
    by: 'fetched_at',
    after: days(30),
    still: sql`jsonb_path_exists(rows, '$[*].name')`,
    set: sql`rows = (select jsonb_agg(line - array['name', 'userEmail'] order by n) from jsonb_array_elements(rows) with ordinality as lines(line, n))`,
  },
  {
    from: 'whatsapp_message',
    by: 'received_at',
    after: days(90),
    still: sql`body is not null`,
    set: sql`body = null`,
  },
  { from: 'reply', by: 'received_at', after: days(90), still: sql`text is not null`, set: sql`text = null` },
  { from: 'attempt', by: 'started_at', after: days(90), still: sql`address <> ''`, set: sql`address = ''` },
  {
    from: 'delivery',
    by: 'created_at',
    after: days(90),
    still: sql`said ? 'text'`,
    set: sql`said = said - array['text', 'subject']`,
  },
]

const AUDIT = days(2 * 365)

/** Forgets what is older than its time, in batches. */
export async function forgetOld({ db, clock }: Pick<Needs, 'db' | 'clock'>, now: Temporal.Instant): Promise<void> {
  for (const rule of RULES) {
    const before = ('machine' in rule ? clock.elapsed() : now).subtract(rule.after)
    let forgotten: bigint
    do {
      const { numAffectedRows = 0n } = await transact(db, async (tx) => {
        await forgetting(tx)
        return statement(rule, before).execute(tx)
      })
      forgotten = numAffectedRows
    } while (forgotten === BigInt(BATCH))
  }
  await forgetAudit(db, now.subtract(AUDIT), now)
}

function statement(rule: Rule, before: Temporal.Instant): RawBuilder<unknown> {
  const by = sql.ref(rule.by)
  if ('deletes' in rule) {
    const table = sql.table(rule.deletes)
    return sql`delete from ${table} where ctid = any(array(select ctid from ${table} where ${by} < ${before} limit ${BATCH} for update skip locked))`
  }
  const table = sql.table(rule.from)
  return sql`update ${table} set ${rule.set}
    where ctid = any(array(select ctid from ${table} where ${by} < ${before} and ${rule.still} order by ${by} limit ${BATCH} for update skip locked))`
}
