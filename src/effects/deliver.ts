import { type Claimed, claimDeliveries } from './deliver/claim.ts'
import { presumeLost, reclaimLapsed, recordOutcome } from './deliver/outcome.ts'
import { send } from './deliver/say.ts'
import { isAnythingLeftBehind, isAnythingToDeliver, isAnythingUnanswered } from './due.ts'
import type { Needs } from './needs.ts'
import { type Bell, pump } from './pump.ts'

const AT_ONCE = 16

/**
 * Sends what is due: claim, call, record, for up to 16 messages at once. Returns how many deliveries it did anything about.
 * First it takes care of what a dead process left behind and of what no vendor ever answered for. `ended` is called after
 * each message: its outcome may have woken the subject.
 */
export async function deliverDue(
  needs: Needs,
  rings?: Bell,
  ended: () => void = () => {},
  isStopping = () => false,
): Promise<number> {
  if (!(await isAnythingToDeliver(needs))) return 0
  let decided = (await isAnythingLeftBehind(needs)) ? await reclaimLapsed(needs, needs.clock.now()) : 0
  decided += (await isAnythingUnanswered(needs)) ? await presumeLost(needs, needs.clock.now()) : 0
  const sent = await pump(
    AT_ONCE,
    async (room) => {
      while (!isStopping() && (await isAnythingToDeliver(needs))) {
        const { claimed, touched } = await claimDeliveries(needs, needs.clock.now(), room)
        decided += touched - claimed.length
        // Suppressed ones take no place: look for the next at once.
        if (claimed.length > 0 || touched === 0) return claimed.map((one) => () => deliver(needs, one).finally(ended))
      }
      return []
    },
    rings,
  )
  return decided + sent
}

export async function deliver(needs: Needs, claimed: Claimed): Promise<void> {
  const answer = await send(needs, claimed)
  await recordOutcome(needs, claimed, answer, needs.clock.now())
}
