import { sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import { mayElseForbidden } from './accounts.ts'
import type { Actor } from './actor.ts'
import { may } from './policy.ts'

export type Given = { programmeId: string; personId: string; since: Temporal.Instant; givenBy: string }

/** Who of ops works for the programme, longest first. Admins work for all and are not named. */
export async function opsOf(db: Database, programmeId: string): Promise<Given[]> {
  const { rows } = await sql<Given>`
    select programme_id as "programmeId", account_id as "personId", since, given_by as "givenBy" from programme_ops
    where programme_id = ${programmeId} order by since, account_id limit 500`.execute(db)
  return rows
}

/**
 * Lets somebody of ops work for a programme; again changes nothing. Throws 404 for an unknown programme or person, 403 unless
 * an admin asks, 422 `not_possible` for somebody who is not of ops.
 */
export async function giveProgramme(
  db: Database,
  actor: Actor,
  { programmeId, personId, reason }: { programmeId: string; personId: string; reason: string },
  now: Temporal.Instant,
): Promise<Given> {
  mayElseForbidden(may(actor, 'change_rights', { people: [] }))
  return transact(db, async (tx) => {
    const roles = await rolesOf(tx, programmeId, personId)
    if (!roles.includes('ops'))
      throw new Refusal(
        'not_possible',
        'Only somebody with the role ops can work for a programme. Give the role first.',
      )
    if (await insertOps(tx, [personId], [programmeId], actor.label, now))
      await record(tx, 'programme.ops_given', actor, { programmeId, personId, reason }, now)
    const { rows } = await sql<Given>`
      select programme_id as "programmeId", account_id as "personId", since, given_by as "givenBy" from programme_ops
      where programme_id = ${programmeId} and account_id = ${personId}`.execute(tx)
    return rows[0]!
  })
}

/** Takes it away, from the next request on. Throws 404 when they do not work there, 403 unless an admin asks. */
export async function takeProgramme(
  db: Database,
  actor: Actor,
  { programmeId, personId, reason }: { programmeId: string; personId: string; reason: string },
  now: Temporal.Instant,
): Promise<void> {
  mayElseForbidden(may(actor, 'change_rights', { people: [] }))
  await transact(db, async (tx) => {
    const { numAffectedRows } = await sql`
      delete from programme_ops where programme_id = ${programmeId} and account_id = ${personId}`.execute(tx)
    if (!numAffectedRows) throw notFound('person of ops in this programme')
    await record(tx, 'programme.ops_taken', actor, { programmeId, personId, reason }, now)
  })
}

/** The people of these who are of ops work for these programmes from now on; answers how many rows are new. */
export async function insertOps(
  tx: Tx,
  people: readonly string[],
  programmes: readonly string[],
  by: string,
  now: Temporal.Instant,
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into programme_ops (programme_id, account_id, since, given_by)
    select p.id, a.id, ${now}, ${by} from programme p cross join account a
    where p.id = any(${programmes}::uuid[]) and a.id = any(${people}::uuid[]) and 'ops' = any (a.roles)
    on conflict do nothing`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

async function rolesOf(tx: Tx, programmeId: string, personId: string): Promise<string[]> {
  const programme = await tx.selectFrom('programme').select('id').where('id', '=', programmeId).executeTakeFirst()
  if (!programme) throw notFound('programme')
  const account = await tx
    .selectFrom('account')
    .select('roles')
    .where('id', '=', personId)
    .where('deactivated_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  if (!account) throw notFound('person')
  return account.roles
}

const record = (
  tx: Tx,
  action: string,
  actor: Actor,
  { programmeId, personId, reason }: { programmeId: string; personId: string; reason: string },
  now: Temporal.Instant,
): Promise<void> =>
  audit(tx, {
    at: now,
    actor: actor.label,
    action,
    objectKind: 'programme',
    objectId: programmeId,
    reason,
    detail: { personId },
  })
