import { sql } from 'kysely'
import { type Claimed, claimDeliveries } from './deliver/claim.ts'
import { presumeLost, reclaimLapsed, recordOutcome } from './deliver/outcome.ts'
import { send } from './deliver/say.ts'
import { whatIsDue } from './due.ts'
import type { Needs } from './needs.ts'
import { type Bell, pump } from './pump.ts'

const AT_ONCE = 16

/**
 * Sends what is due: claim, call, record, for up to 16 messages at once. Returns how many deliveries it did anything about.
 * First it takes care of what a dead process left behind and of what no vendor ever answered for. `troubled` is
 * called after a message that the vendor did not simply take.
 */
export async function deliverDue(
  needs: Needs,
  rings?: Bell,
  troubled: () => void = () => {},
  isStopping = () => false,
): Promise<number> {
  const due = await whatIsDue(needs)
  let decided = due.leftBehind ? await reclaimLapsed(needs, needs.clock.now()) : 0
  decided += due.unanswered ? await presumeLost(needs, needs.clock.now()) : 0
  // Just looked.
  let isFirst = due.pending
  const sent = await pump(
    AT_ONCE,
    async (room) => {
      for (; !isStopping() && (isFirst || (await whatIsDue(needs)).pending); ) {
        isFirst = false
        const { claimed, touched } = await claimSparing(needs, room)
        decided += touched - claimed.length
        // Suppressed ones take no place: look for the next at once.
        if (claimed.length > 0 || touched === 0) return claimed.map((one) => () => deliver(needs, one, troubled))
      }
      return []
    },
    rings,
  )
  return decided + sent
}

const CHANNELS = ['whatsapp', 'email'] as const

/**
 * Messages to a vendor that rests wait with it, their tries unspent, or until they can only expire. One that rested is given
 * a single message to try.
 */
async function claimSparing(needs: Needs, room: number) {
  const { health } = needs
  const now = needs.clock.now()
  // At most one call's time-out; then all the others go, or are put back.
  if (CHANNELS.some((channel) => health?.isBeingTried(channel))) return { claimed: [], touched: 0 }
  for (const channel of CHANNELS) {
    const seconds = health?.secondsToRest(channel) ?? 0
    if (seconds > 0) await putBack(needs, channel, now, now.add({ seconds }))
  }
  const isTrial = CHANNELS.some((channel) => health?.isOnTrial(channel))
  const answer = await claimDeliveries(needs, now, isTrial ? 1 : room)
  for (const { channel } of answer.claimed) if (channel !== 'slack') health?.tried(channel)
  return answer
}

async function putBack(
  { db }: Needs,
  channel: (typeof CHANNELS)[number],
  now: Temporal.Instant,
  until: Temporal.Instant,
): Promise<void> {
  await sql`
    update delivery set next_attempt_at = least(${until}::timestamptz, expires_at) where id in (
      select id from delivery where next_attempt_at <= ${now} and state = 'pending' and channel = ${channel} and expires_at > ${now}
      for update skip locked)`.execute(db)
}

/** `troubled` is called when the vendor did not simply take it: then the subject was woken, and may want another way. */
export async function deliver(needs: Needs, claimed: Claimed, troubled: () => void = () => {}): Promise<void> {
  try {
    const answer = await send(needs, claimed)
    if (claimed.channel !== 'slack') needs.health?.heard(claimed.channel, answer.ok ? null : answer)
    await recordOutcome(needs, claimed, answer, needs.clock.now())
    if (!answer.ok) troubled()
  } finally {
    if (claimed.channel !== 'slack') needs.health?.trialEnded(claimed.channel)
  }
}
