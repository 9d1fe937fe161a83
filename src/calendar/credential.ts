import { sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/pool.ts'
import { transact } from '../database/transaction.ts'
import { wakeAccount, wakeSessionsOf } from '../effects/wake.ts'
import { type Answer, revoked } from '../vendors/answer.ts'
import type { GoogleCredential } from '../vendors/google-calendar.ts'
import type { GooglePeople } from '../vendors/google-people.ts'
import { type GrantTokens, openTokens, sealTokens } from './tokens.ts'

type Keeper = { db: Database; clock: Clock; secret: string; people: GooglePeople }
type Row = {
  account_id: string
  tokens: Buffer | null
  version: number
  broken_at: Temporal.Instant | null
  disconnected_at: Temporal.Instant | null
}

/**
 * The credential of one connection, or null when it is disconnected, broken or has no tokens. `refresh` works once at a
 * time: within the process callers share one refresh, across processes whoever saved first wins by `version`.
 */
export async function calendarCredential(keeper: Keeper, connectionId: string): Promise<GoogleCredential | null> {
  const row = await readRow(keeper.db, connectionId)
  if (!row?.tokens || row.broken_at || row.disconnected_at) return null
  const tokens = openTokens(keeper.secret, connectionId, row.tokens)
  return { accessToken: tokens.accessToken, refresh: () => refreshOnce(keeper, connectionId, row.version) }
}

/** invalid_grant: the owner must connect again. Written as a fact: account and sessions wake, and decide what to say. */
export async function markBroken(
  db: Database,
  connectionId: string,
  why: string,
  now: Temporal.Instant,
): Promise<void> {
  await transact(db, async (tx) => {
    const { rows } = await sql<{ account_id: string }>`
      update calendar_connection set broken_at = ${now}, broken_why = ${why}, wake_at = least(wake_at, ${now})
      where id = ${connectionId} and broken_at is null and disconnected_at is null returning account_id`.execute(tx)
    if (!rows[0]) return
    await wakeAccount(tx, rows[0].account_id, now)
    await wakeSessionsOf(tx, rows[0].account_id, now)
  })
}

const underWay = new Map<string, Promise<Answer<{ accessToken: string }>>>()

function refreshOnce(keeper: Keeper, connectionId: string, version: number): Promise<Answer<{ accessToken: string }>> {
  const held = underWay.get(connectionId)
  if (held) return held
  const started = refresh(keeper, connectionId, version).finally(() => underWay.delete(connectionId))
  underWay.set(connectionId, started)
  return started
}

async function refresh(
  { db, clock, secret, people }: Keeper,
  id: string,
  version: number,
): Promise<Answer<{ accessToken: string }>> {
  const row = await readRow(db, id)
  if (!row?.tokens || row.broken_at || row.disconnected_at)
    return revoked('invalid_grant', 'The calendar is no longer connected.')
  const tokens = openTokens(secret, id, row.tokens)
  if (row.version !== version) return { ok: true, accessToken: tokens.accessToken }

  const fresh = await people.refresh(tokens.refreshToken)
  if (!fresh.ok) {
    if (fresh.kind === 'revoked') await markBroken(db, id, fresh.code, clock.now())
    return fresh
  }
  const next: GrantTokens = {
    accessToken: fresh.accessToken,
    refreshToken: fresh.refreshToken ?? tokens.refreshToken,
    expiresAt: clock.elapsed().add({ seconds: fresh.expiresInSeconds }).toString(),
  }
  // Somebody else's newer grant stays; our access token is good all the same.
  await sql`update calendar_connection set tokens = ${sealTokens(secret, id, next)}, version = version + 1 where id = ${id} and version = ${version}`.execute(
    db,
  )
  return { ok: true, accessToken: fresh.accessToken }
}

async function readRow(db: Database, id: string): Promise<Row | undefined> {
  const { rows } = await sql<Row>`
    select account_id, tokens, version, broken_at, disconnected_at from calendar_connection where id = ${id}`.execute(
    db,
  )
  return rows[0]
}
