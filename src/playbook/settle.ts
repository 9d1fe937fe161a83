import type { Channel, DeliveryFact, Message, SessionFacts, Settlement } from './facts.ts'

/** Everything one look at the facts decides. Pure: the same facts and `now` give the same settlement. */
export function settle(_facts: SessionFacts, _now: Temporal.Instant): Settlement {
  return { decisions: [], fallbacks: [], withdrawn: [], verdicts: [], mirrors: [], cases: [], wakeAt: null }
}

export type Still =
  | { send: true; message: Message }
  | { send: false; state: 'suppressed' | 'expired' | 'withdrawn'; reason: string }

/** Asked at the claim of a delivery, with facts loaded after the claim: may this still be said, now, on this channel? */
export function stillPlanned(
  _facts: SessionFacts,
  _key: string,
  _channel: Channel | DeliveryFact['channel'],
  _now: Temporal.Instant,
): Still {
  return { send: false, state: 'withdrawn', reason: 'nothing is planned' }
}
