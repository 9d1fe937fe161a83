import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { pgError, type Tx } from '../database/transaction.ts'
import { Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import type { Interval } from '../interval.ts'

// The only way to write `commitment`. The constraint refuses every overlap; this file and the functions of
// 0002_booking.sql it calls keep the order of locks in which nobody ever waits for somebody who waits for him:
// people in ascending order, then the pool of hosts, then session rows by id, then commitments (people before hosts).

export type Wish = { holderId: string; kind: 'account' | 'host'; during: Interval }

/** What the commitments belong to; a hold's lapse at `expiresAt`. */
export type Source = { sessionId: string } | { holdId: string; expiresAt: Temporal.Instant }

/**
 * Makes the holders (accounts) wait in ascending order: `alone` for whoever gives up one commitment and takes another, or
 * counts; together with others for a plain booking. Call it once, first, with all holders of the transaction.
 */
export async function lockHolders(tx: Tx, alone: readonly string[], together: readonly string[] = []): Promise<void> {
  await sql`select commitment_lock(${together}::uuid[], ${alone}::uuid[])`.execute(tx)
}

/**
 * What `read` answers once everybody it names is locked alone. It is read again behind the locks, because an account may have been
 * joined into another one before them; throws 409 `conflict` when that names somebody who is not locked.
 */
export async function readLocked<T>(
  tx: Tx,
  read: () => Promise<T>,
  peopleOf: (seen: T) => readonly string[],
): Promise<T> {
  const locked = [...new Set(peopleOf(await read()))].sort()
  await lockHolders(tx, locked)
  const seen = await read()
  if (peopleOf(seen).some((id) => !locked.includes(id)))
    throw new Refusal('conflict', 'Somebody of these sessions changed at this moment. Look again.')
  return seen
}

/** Before giving up and taking Zoom hosts in one transaction; after `lockHolders`. */
export async function lockPool(tx: Tx): Promise<void> {
  await sql`select commitment_lock_pool()`.execute(tx)
}

/**
 * Takes all wishes or throws an error for which `refusedBy` says 'slot_taken': the transaction is then lost, roll back and
 * read what is in the way. Releases lapsed holds of the same holders first.
 */
export async function take(tx: Tx, source: Source, wishes: readonly Wish[], now: Temporal.Instant): Promise<void> {
  if (wishes.length === 0) return
  const { sessionId, holdId, expiresAt } = spread(source)
  await sql`select commitment_take(
    ${wishes.map((w) => w.holderId)}::uuid[], ${wishes.map((w) => w.kind)}::text[], ${wishes.map((w) => w.during)}::tstzrange[],
    ${wishes.map(() => newId())}::uuid[], ${sessionId}, ${holdId}, ${expiresAt}, ${now})`.execute(tx)
}

/** A Zoom host for the time: the mentor's own, else a free one of the pool (`prefer` first, so a moved room keeps its links). Null: none is free. */
export async function takeHost(
  tx: Tx,
  source: Source,
  mentorId: string,
  during: Interval,
  now: Temporal.Instant,
  prefer: string | null = null,
): Promise<string | null> {
  const { sessionId, holdId, expiresAt } = spread(source)
  const { rows } = await sql<{ host: string | null }>`
    select commitment_take_host(${newId()}, ${mentorId}, ${during}, ${sessionId}, ${holdId}, ${expiresAt}, ${now}, ${turn(sessionId ?? holdId ?? '')}, ${prefer}) as host`.execute(
    tx,
  )
  return rows[0]?.host ?? null
}

export type Given = { sessionIds: readonly string[]; holderIds?: readonly string[]; mergeId?: string }

/**
 * Frees what these sessions hold, of these holders only if they are named (people or hosts). Answers the rows freed, so that
 * an undo can take them back. Needs no lock when nothing is taken in the same transaction.
 */
export async function release(
  tx: Tx,
  { sessionIds, holderIds, mergeId }: Given,
  now: Temporal.Instant,
): Promise<Released[]> {
  if (sessionIds.length === 0) return []
  const rows = await tx
    .updateTable('commitment')
    .set({ released_at: now, ...(mergeId ? { merge_id: mergeId } : {}) })
    .where('session_id', 'in', [...sessionIds])
    .where('released_at', 'is', null)
    .$if(holderIds !== undefined, (q) => q.where(sql<boolean>`holder_id = any(${holderIds}::uuid[])`))
    .returning(['id', 'holder_id', 'holder_kind', 'during', 'session_id'])
    .execute()
  return rows.map((row) => ({
    id: row.id,
    holderId: row.holder_id,
    kind: row.holder_kind as Wish['kind'],
    during: row.during,
    sessionId: row.session_id as string,
  }))
}
export type Released = Wish & { id: string; sessionId: string }

/** Gives up and takes in one transaction. The caller has called `lockHolders(tx, everybody)` and `lockPool(tx)` before. */
export async function move(
  tx: Tx,
  give: Given,
  takes: readonly { source: Source; wishes: readonly Wish[] }[],
  now: Temporal.Instant,
): Promise<Released[]> {
  const released = await release(tx, give, now)
  for (const { source, wishes } of takes) await take(tx, source, wishes, now)
  return released
}

/** The hold's rows now belong to the session; answers its Zoom host. Throws 'hold_gone' (see `refusedBy`) when it lapsed. */
export async function convertHold(
  tx: Tx,
  hold: { holdId: string; sessionId: string; bookingId: string; menteeId: string },
  now: Temporal.Instant,
): Promise<string | null> {
  const { rows } = await sql<{ host: string | null }>`
    select hold_convert(${hold.holdId}, ${hold.sessionId}, ${hold.bookingId}, ${hold.menteeId}, ${now}) as host`.execute(
    tx,
  )
  return rows[0]?.host ?? null
}

/** Frees a hold's rows and closes it. */
export async function giveUpHolds(tx: Tx | Database, holdIds: readonly string[], now: Temporal.Instant): Promise<void> {
  if (holdIds.length > 0) await sql`select hold_give_up(${holdIds}::uuid[], ${now})`.execute(tx)
}

export type RefusedBy = 'slot_taken' | 'not_paired' | 'budget_spent' | 'cap' | 'hold_gone' | 'paused'

/** Why the database refused, or null for any other error. SQLSTATE PN001 is ours; 23P01 is the constraint's own. */
export function refusedBy(error: unknown): RefusedBy | null {
  const known = pgError(error)
  if (known?.code === 'PN001') return known.message as RefusedBy
  return known?.code === '23P01' && known.constraint === 'commitment_no_overlap' ? 'slot_taken' : null
}

/** The refusal of whoever sees for themselves that the time of `holder` is taken ('host': no Zoom host is free), as the database raises it. */
export const slotTaken = (holder: string): Error =>
  Object.assign(new Error('slot_taken'), { code: 'PN001', severity: 'ERROR', detail: holder })

/** Spreads the pool by the last digits of an id, which are random. */
export const turn = (id: string): number => Number.parseInt(id.slice(-8), 16) || 0

function spread(source: Source): {
  sessionId: string | null
  holdId: string | null
  expiresAt: Temporal.Instant | null
} {
  if ('sessionId' in source) return { sessionId: source.sessionId, holdId: null, expiresAt: null }
  return { sessionId: null, holdId: source.holdId, expiresAt: source.expiresAt }
}
