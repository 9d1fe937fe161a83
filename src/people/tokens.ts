import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { newId } from '../ids.ts'
import { sha256 } from '../links.ts'
import type { Actor } from './actor.ts'

export type Scope = 'ops' | 'admin'
export type NewToken = {
  name: string
  scopes: Scope[]
  /** Those it works for; null for all there are and will be, as an admin's token always does. */
  programmes?: string[] | null
  expiresAt: Temporal.Instant | null
}

/** Makes an API token and answers it in clear for the only time; the database keeps its SHA-256 and first characters. */
export async function createToken(
  db: Database | Tx,
  { name, scopes, programmes = null, expiresAt }: NewToken,
  machineNow: Temporal.Instant,
): Promise<{ id: string; token: string }> {
  const token = `pct_${randomBytes(32).toString('base64url')}`
  const id = newId()
  await db
    .insertInto('api_token')
    .values({
      id,
      name,
      token_hash: sha256(token),
      prefix: token.slice(0, 8),
      scopes,
      programmes,
      created_at: machineNow,
      expires_at: expiresAt,
    })
    .execute()
  return { id, token }
}

/** False when there is no such token, or it was revoked before. */
export async function revokeToken(db: Database | Tx, id: string, machineNow: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('api_token')
    .set({ revoked_at: machineNow })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export const listTokens = (db: Database) =>
  db
    .selectFrom('api_token')
    .select(['id', 'name', 'prefix', 'scopes', 'programmes', 'created_at', 'expires_at', 'last_used_at', 'revoked_at'])
    .orderBy('id')
    .execute()

/** The actor of a live token, or null. Expiry is on the machine's clock, as with every credential. */
export async function tokenActor(db: Database, token: string, machineNow: Temporal.Instant): Promise<Actor | null> {
  const found = await db
    .selectFrom('api_token')
    .select(['id', 'name', 'scopes', 'programmes', 'last_used_at'])
    .where('token_hash', '=', sha256(token))
    .where('revoked_at', 'is', null)
    .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', machineNow)]))
    .executeTakeFirst()
  if (!found) return null
  await noteUse(db, found.id, machineNow)
  const admin = found.scopes.includes('admin')
  return {
    label: `token:${found.name}`,
    accountId: null,
    ops: admin || found.scopes.includes('ops'),
    admin,
    programmes: admin ? 'all' : (found.programmes ?? 'all'),
    unlimited: false,
  }
}

// "Last used" is read by people, who do not care for seconds: at most one write a minute and token.
const noteUse = (db: Database, id: string, machineNow: Temporal.Instant) =>
  sql`update api_token set last_used_at = ${machineNow}
      where id = ${id} and (last_used_at is null or last_used_at < ${machineNow}::timestamptz - interval '1 minute')`.execute(
    db,
  )
