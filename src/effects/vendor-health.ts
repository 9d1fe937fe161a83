import type { Clock } from '../clock.ts'
import type { Trouble } from '../vendors/answer.ts'

export type VendorName = 'whatsapp' | 'email' | 'zoom' | 'google' | 'slack'

/** So many a second in the long run, and so many at once after a pause. */
export type Pace = { perSecond: number; atOnce: number }

/**
 * What this process knows about the vendors' strength: who rests after an outage, and how fast each may be asked. It is a
 * courtesy and no truth, so it is not kept: another process, or this one after a restart, finds out for itself.
 */
export type VendorHealth = ReturnType<typeof vendorHealth>

/** Fewer would make one bad minute of the network an outage; more would spend every waiting message's tries on it. */
const FAILURES_BEFORE_REST = 5
const REST_SECONDS = 15
/** Meta takes one message in six seconds to one person, and bursts; beyond that it answers 131056. */
export const WHATSAPP_PAIR: Pace = { perSecond: 1 / 6, atOnce: 10 }
/** Slack takes one message a second in one channel, and short bursts. */
export const SLACK_CHANNEL: Pace = { perSecond: 1, atOnce: 10 }

export function vendorHealth(clock: Clock) {
  const resting = new Map<VendorName, { failures: number; since: Moment }>()
  const onTrial = new Set<VendorName>()
  const buckets = new Map<string, { left: number; at: Moment }>()
  const moment = (): Moment => ({ now: clock.now(), elapsed: clock.elapsed() })

  const secondsToRest = (vendor: VendorName): number => {
    const known = resting.get(vendor)
    if (!known || known.failures < FAILURES_BEFORE_REST) return 0
    return Math.max(0, Math.ceil(REST_SECONDS - secondsBetween(known.since, moment())))
  }
  return {
    /** 0: it may be asked. */
    secondsToRest,

    /** It rested and has not answered since: only one may try it. */
    isOnTrial: (vendor: VendorName): boolean =>
      (resting.get(vendor)?.failures ?? 0) >= FAILURES_BEFORE_REST && secondsToRest(vendor) === 0,

    /** Somebody tries a vendor that rested: the others go on waiting for what comes of it. */
    tried(vendor: VendorName): void {
      const known = resting.get(vendor)
      if (!known || known.failures < FAILURES_BEFORE_REST) return
      known.since = moment()
      onTrial.add(vendor)
    },

    /** The one that tries it has not come back yet. */
    isBeingTried: (vendor: VendorName): boolean => onTrial.has(vendor),

    /** The one that tried it is back, whatever came of it. */
    trialEnded: (vendor: VendorName): void => void onTrial.delete(vendor),

    /** How a call ended; null: it was answered, with whatever. */
    heard(vendor: VendorName, trouble: Pick<Trouble, 'kind' | 'code'> | null): void {
      if (!trouble || !isOutage(trouble)) return void resting.delete(vendor)
      resting.set(vendor, { failures: (resting.get(vendor)?.failures ?? 0) + 1, since: moment() })
    },

    /** Takes one from the bucket of this key. 0: taken; else how many seconds until there is one. */
    take(key: string, { perSecond, atOnce }: Pace): number {
      if (buckets.size > MOST_BUCKETS) buckets.clear()
      const at = moment()
      const known = buckets.get(key)
      const left = known ? Math.min(atOnce, known.left + secondsBetween(known.at, at) * perSecond) : atOnce
      // Sixths of a second do not add up exactly.
      const isThere = left > 1 - NEARLY
      buckets.set(key, { left: isThere ? left - 1 : left, at })
      return isThere ? 0 : Math.ceil((1 - left) / perSecond - NEARLY)
    },
  }
}

const MOST_BUCKETS = 10_000
const NEARLY = 1e-6

type Moment = { now: Temporal.Instant; elapsed: Temporal.Instant }

// Live, both run alike. In the sandbox a day passes in a second, and a vendor that rested a virtual quarter of a minute has
// rested: whoever moves the clock must not wait for the machine, nor meet a rest that outlasts the outage.
const secondsBetween = (from: Moment, to: Moment): number =>
  Math.max(to.now.since(from.now).total('seconds'), to.elapsed.since(from.elapsed).total('seconds'))

/** No answer at all, or one that only says "not now": it is about the vendor and not about this message. */
function isOutage({ kind, code }: Pick<Trouble, 'kind' | 'code'>): boolean {
  return kind === 'unknown' || (kind === 'retry' && OUTAGES.test(code))
}

// System errors, undici's, HTTP 5xx, SMTP 421, Slack's word, Google's, and Meta's 2 and 131016.
const OUTAGES = /^(E[A-Z_]+|UND_ERR_\w+|http_5\d\d|421|4\.3\.\d+|service_unavailable|backendError|2|131016)$/
