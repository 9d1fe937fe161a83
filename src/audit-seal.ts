import { type SqlBool, sql } from 'kysely'
import type { Database } from './database/pool.ts'
import { type Tx, transact } from './database/transaction.ts'
import { sha256 } from './links.ts'

/** Seals of more rows would be verified more slowly and say less exactly where the chain broke. */
const MOST_ROWS = 1000

/**
 * Seals what was audited since the last seal, in order, in a hash chain. Runs as a chore, never inside the transaction of
 * what it is about. Answers how many rows it sealed.
 */
export async function sealAudit(db: Database, now: Temporal.Instant): Promise<number> {
  let sealed = 0
  for (;;) {
    const rows = await transact(db, (tx) => sealSome(tx, now))
    sealed += rows
    if (rows < MOST_ROWS) return sealed
  }
}

async function sealSome(tx: Tx, now: Temporal.Instant): Promise<number> {
  // One at a time: two chains would be none.
  await sql`select pg_advisory_xact_lock(hashtextextended('audit seal', 7))`.execute(tx)
  const rows = await auditRows(tx, sql`seal is null`, MOST_ROWS)
  const lastRow = rows.at(-1)
  if (!lastRow) return 0
  const last = await tx
    .selectFrom('audit_seal')
    .select(['number', 'hash'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const number = Number(last?.number ?? 0) + 1
  const content = contentOf(rows)
  const hash = linked(last?.hash ?? null, content)
  await tx
    .insertInto('audit_seal')
    .values({ number, last_id: lastRow.id, rows: rows.length, content, hash, sealed_at: now })
    .execute()
  await sql`update audit_log set seal = ${number} where id = any(${rows.map(({ id }) => id)}::uuid[])`.execute(tx)
  return rows.length
}

/** Forgets seals whose last row is older than `before`: the rows go, their seal stays, so that the chain still holds. */
export async function forgetAudit(db: Database, before: Temporal.Instant, now: Temporal.Instant): Promise<number> {
  const { rows } = await sql<{ count: number }>`select forget_audit(${before}, ${now}) as count`.execute(db)
  return rows[0]?.count ?? 0
}

export type AuditVerdict = {
  seals: number
  rows: number
  /** The hash of the last seal, hex: kept outside the database it proves that nothing before it was changed. */
  head: string | null
  /** Rows that no seal covers yet. */
  unsealed: number
  /** The first of them, by id. */
  unsealedFrom: string | null
  breaks: { seal: number; why: string }[]
}

/** Reads the whole chain and says where it does not hold. Breaks nothing when run beside the living system. */
export function verifyAudit(db: Database): Promise<AuditVerdict> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const seals = await tx.selectFrom('audit_seal').selectAll().orderBy('number').execute()
      const breaks: AuditVerdict['breaks'] = []
      let before: Buffer | null = null
      let rows = 0
      let expected = 1
      for (const seal of seals) {
        const number = Number(seal.number)
        const say = (why: string) => breaks.push({ seal: number, why })
        if (number !== expected) say(`seal ${expected} is missing`)
        if (!linked(before, seal.content).equals(seal.hash)) say('does not continue the seal before it')
        if (seal.forgotten_at === null) {
          const covered = await auditRows(tx, sql`seal = ${number}`, MOST_ROWS + 1)
          rows += covered.length
          if (covered.length !== seal.rows) say(`covers ${seal.rows} rows, ${covered.length} are there`)
          else if (!contentOf(covered).equals(seal.content)) say('one of its rows is not what was sealed')
        }
        before = seal.hash
        expected = number + 1
      }
      const last = seals.at(-1)
      const { rows: stray } = await sql<{ seal: number }>`
        select distinct seal from audit_log where seal is not null and not exists (select from audit_seal where number = audit_log.seal)`.execute(
        tx,
      )
      for (const { seal } of stray) breaks.push({ seal: Number(seal), why: 'has rows, and is missing itself' })
      const { rows: tail } = await sql<{ count: number; first: string | null }>`
        select count(*)::int as count, (select id from audit_log where seal is null order by id limit 1) as first
        from audit_log where seal is null`.execute(tx)
      return {
        seals: seals.length,
        rows,
        head: last ? last.hash.toString('hex') : null,
        unsealed: tail[0]?.count ?? 0,
        unsealedFrom: tail[0]?.first ?? null,
        breaks,
      }
    })
}

type Row = { id: string; text: string }

// As text that does not depend on the time zone of whoever reads, nor on the order of keys.
async function auditRows(tx: Tx, where: ReturnType<typeof sql>, limit: number): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select id, jsonb_build_array(id, extract(epoch from at)::text, actor, action, object_kind, object_id, reason, detail)::text as text
    from audit_log where ${where as ReturnType<typeof sql<SqlBool>>} order by id limit ${limit}`.execute(tx)
  return rows
}

const contentOf = (rows: readonly Row[]): Buffer => sha256(rows.map(({ text }) => text).join('\n'))
const linked = (before: Buffer | null, content: Buffer): Buffer =>
  sha256(Buffer.concat([before ?? Buffer.alloc(32), content]))
