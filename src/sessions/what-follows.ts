import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { loadFacts } from '../effects/load-facts.ts'
import { settle } from '../playbook/settle.ts'
import { MIRRORS, meaningOf } from '../words/timeline.ts'
import { type Planned, planned } from './timeline.ts'

/** What a change brings at once, as every preview answers it. */
export type Effects = {
  /** `what` says it in the words of ops: "move notice", "Zoom meeting". */
  messages: { recipient: string | null; meaning: string; effectKey: string; channels: string[]; what: string }[]
  /** What is queued and will not go out any more. */
  withdrawn: { recipient: string | null; effectKey: string; what: string }[]
  vendors: {
    kind: string
    sessionId: string
    change: 'create_or_update' | 'keep_until_a_day_after' | 'remove'
    what: string
  }[]
}

/**
 * The same decision the sweep will make a moment later, on the facts as this transaction left them. `survivorId`: of a merge,
 * the session whose room stays.
 */
export async function whatFollows(
  tx: Tx,
  sessionIds: readonly string[],
  now: Temporal.Instant,
  survivorId: string | null = null,
): Promise<Effects> {
  const facts = await loadFacts(tx, sessionIds, now)
  const settled = [...facts].map(([sessionId, session]) => ({ sessionId, session, settlement: settle(session, now) }))
  const recipientOf = (sessionId: string, key: string) =>
    facts.get(sessionId)?.ledger.find((entry) => entry.key === key)?.recipientId ?? null
  return {
    messages: settled.flatMap(({ settlement }) =>
      settlement.decisions
        .filter(({ decision }) => decision === 'send')
        .map(({ message, channels }) => ({
          recipient: message.recipientId,
          meaning: message.meaning,
          effectKey: message.key,
          channels,
          what: meaningOf(message.key),
        })),
    ),
    withdrawn: settled.flatMap(({ sessionId, settlement }) =>
      settlement.withdrawn.map(({ key }) => ({
        recipient: recipientOf(sessionId, key),
        effectKey: key,
        what: meaningOf(key),
      })),
    ),
    vendors: settled.flatMap(({ sessionId, settlement }) =>
      settlement.mirrors.map(({ kind, wanted, keepUntil }) => ({
        kind,
        what: MIRRORS[kind] ?? kind,
        sessionId,
        change: wanted
          ? ('create_or_update' as const)
          : keepUntil && sessionId !== survivorId
            ? ('keep_until_a_day_after' as const)
            : ('remove' as const),
      })),
    ),
  }
}

/** The messages still to come after a change: what waits for the end of quiet hours, and the reminders of the time there is now. */
export async function plannedThen(
  tx: Tx,
  sessionIds: readonly string[],
  now: Temporal.Instant,
): Promise<(Planned & { what: string })[]> {
  const facts = await loadFacts(tx, sessionIds, now)
  return [...facts.values()].flatMap(planned).map((one) => ({ ...one, what: meaningOf(one.effectKey) }))
}

/** Does it and takes it back, whatever it was: the preview cannot differ from the deed. Refusals come as from the deed itself. */
export async function tryOut<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  const undone = new Error('preview')
  let answer: { is: T } | undefined
  try {
    await transact(db, async (tx) => {
      answer = { is: await work(tx) }
      throw undone
    })
  } catch (error) {
    if (error !== undone) throw error
  }
  return (answer as { is: T }).is
}
