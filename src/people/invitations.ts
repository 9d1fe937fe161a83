import type { Tx } from '../database/transaction.ts'
import { wakeAccount } from '../effects/wake.ts'

/**
 * Records that a person is invited and wakes their account: the playbook decides what that means and sends it once per
 * `invited_at`. Inviting again writes a new time, so that somebody who lost the mail gets another.
 */
export async function invite(tx: Tx, accountId: string, now: Temporal.Instant): Promise<void> {
  await tx
    .updateTable('account')
    .set({ invited_at: now })
    .where('id', '=', accountId)
    .where('accepted_at', 'is', null)
    .execute()
  await wakeAccount(tx, accountId, now)
}

/** The first time the person comes through an invitation or signs in; answers false when that was long ago. */
export async function acceptInvitation(tx: Tx, accountId: string, now: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('account')
    .set({ accepted_at: now })
    .where('id', '=', accountId)
    .where('accepted_at', 'is', null)
    .where('deactivated_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
