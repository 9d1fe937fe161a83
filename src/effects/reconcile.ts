import { sql } from 'kysely'
import { type Tx, transact } from '../database/transaction.ts'
import type { SessionFacts, Settlement } from '../playbook/facts.ts'
import { settle } from '../playbook/settle.ts'
import { loadFacts } from './load-facts.ts'
import type { Needs } from './needs.ts'
import { store } from './store.ts'

/** One look at one subject: what its playbook decides, or what it threw. */
export type Look = { id: string; facts: SessionFacts; settlement: Settlement } | { id: string; error: string }

/** The three steps of a sweep over one kind of subject. Every step is a statement later than the one before. */
export type Subjects<L = Look> = {
  claim(tx: Tx, now: Temporal.Instant, limit: number): Promise<string[]>
  look(tx: Tx, ids: string[], now: Temporal.Instant): Promise<L[]>
  store(tx: Tx, looks: L[], now: Temporal.Instant): Promise<void>
}

const BATCH = 500

/**
 * Claims up to 500 woken subjects, looks at each, stores what is decided and moves their `wake_at` forward, all while it
 * holds their locks. Returns how many it looked at; 0 when nothing is due or others hold what is.
 */
export function sweep<L>(
  needs: Pick<Needs, 'db'>,
  subjects: Subjects<L>,
  now: Temporal.Instant,
  limit = BATCH,
): Promise<number> {
  return transact(needs.db, async (tx) => {
    const ids = await subjects.claim(tx, now, limit)
    if (ids.length === 0) return 0
    await subjects.store(tx, await subjects.look(tx, ids, now), now)
    return ids.length
  })
}

export const sessions = (needs: Pick<Needs, 'config' | 'vendors'>): Subjects => ({
  claim: claimSessions,
  look: (tx, ids, now) => lookAtSessions(tx, ids, now, installation(needs)),
  store,
})

/** Only locks, reads nothing else: a fact that commits between this statement's snapshot and its lock is seen by the next. */
export async function claimSessions(tx: Tx, now: Temporal.Instant, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from session where wake_at <= ${now} order by wake_at limit ${limit} for update skip locked`.execute(tx)
  return rows.map((row) => row.id)
}

export async function lookAtSessions(
  tx: Tx,
  ids: string[],
  now: Temporal.Instant,
  setting: Parameters<typeof loadFacts>[3],
  decide: typeof settle = settle,
): Promise<Look[]> {
  const load = (some: string[]) => loadFacts(tx, some, now, setting)
  let all: Map<string, SessionFacts> | undefined
  try {
    all = await load(ids)
  } catch (error) {
    // A row that cannot be read must not stop the other 499; what the database itself refused ends the transaction.
    if (isFromDatabase(error)) throw error
  }
  const looks: Look[] = []
  for (const id of ids) {
    try {
      const facts = (all ?? (await load([id]))).get(id)
      if (!facts) throw new Error('The session has no facts.')
      looks.push({ id, facts, settlement: decide(facts, now) })
    } catch (error) {
      if (isFromDatabase(error)) throw error
      looks.push({ id, error: sentence(error) })
    }
  }
  return looks
}

/** Channels without a vendor reach nobody, and the playbook should know before it promises anything. */
export const installation = ({ config, vendors }: Pick<Needs, 'config' | 'vendors'>) => ({
  hostDomains: config.PUNCTUAL_HOST_DOMAINS,
  channels: [...(vendors.whatsapp ? (['whatsapp'] as const) : []), ...(vendors.email ? (['email'] as const) : [])],
})

export const isFromDatabase = (error: unknown): boolean =>
  error instanceof Error && ('severity' in error || 'syscall' in error)
export const sentence = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500)
