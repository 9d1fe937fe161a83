import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { wakeAccount, wakeSessionsOf } from '../effects/wake.ts'
import { newId } from '../ids.ts'

export type Channel = 'whatsapp' | 'email'

/**
 * Records that a person agreed to be written to, and where that was said ('form 2026', 'ops', 'page'). A consent that is
 * already open is left as it is: its date and source are the proof. Answers whether anything was written.
 */
export async function grantConsent(
  tx: Tx,
  grant: { accountId: string; channel: Channel; source: string; grantedAt: Temporal.Instant },
  now: Temporal.Instant,
): Promise<boolean> {
  const { accountId, channel, source, grantedAt } = grant
  if (await openConsent(tx, accountId, channel)) return false
  await tx
    .insertInto('consent')
    .values({ id: newId(), account_id: accountId, channel, granted_at: grantedAt, source })
    .execute()
  await wakePerson(tx, accountId, now)
  return true
}

/**
 * Records that a person wants no more of a channel: STOP on WhatsApp, "unsubscribe" in a mail, a page, ops. Also where no
 * consent was on record, because mail needs none: then the wish itself is the row. `by` is the actor's label.
 */
export async function withdrawConsent(
  tx: Tx,
  accountId: string,
  channel: Channel,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('consent')
    .set({ withdrawn_at: now, withdrawn_by: by })
    .where('account_id', '=', accountId)
    .where('channel', '=', channel)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) {
    await tx
      .insertInto('consent')
      .values({
        id: newId(),
        account_id: accountId,
        channel,
        granted_at: now,
        source: 'never given',
        withdrawn_at: now,
        withdrawn_by: by,
      })
      .execute()
  }
  await wakePerson(tx, accountId, now)
}

export type ConsentFact = { channel: string; granted_at: Temporal.Instant; withdrawn_at: Temporal.Instant | null }

/**
 * Where a person can be reached, of what they want: WhatsApp needs a number and an open consent (Meta's opt-in rule for
 * messages a business begins); mail about one's own sessions needs none, but a withdrawal is respected.
 */
export function reachableChannels(
  wanted: readonly string[],
  phone: string | null,
  consents: readonly ConsentFact[],
): Channel[] {
  const of = (channel: Channel) => consents.filter((consent) => consent.channel === channel)
  const isOpen = (channel: Channel) => of(channel).some(({ withdrawn_at }) => withdrawn_at === null)
  const whatsapp = wanted.includes('whatsapp') && phone !== null && isOpen('whatsapp')
  const email = wanted.includes('email') && (isOpen('email') || of('email').length === 0)
  return [...(whatsapp ? (['whatsapp'] as const) : []), ...(email ? (['email'] as const) : [])]
}

/** Every open session in which the person is expected, and the person's own messages, are looked at again. */
export async function wakePerson(tx: Tx, accountId: string, now: Temporal.Instant): Promise<void> {
  await wakeSessionsOf(tx, accountId, now)
  await wakeAccount(tx, accountId, now)
}

const openConsent = (db: Database | Tx, accountId: string, channel: Channel) =>
  db
    .selectFrom('consent')
    .select('id')
    .where('account_id', '=', accountId)
    .where('channel', '=', channel)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst()
