/**
 * Meta's error codes that decide what to do (developers.facebook.com, WhatsApp "Error codes"). The same code can come
 * in the answer or only in a `failed` status, so both roads read this one table.
 *
 * - retry: not processed, the same request may be sent later
 * - unclear: Meta itself does not say what happened
 * - wait_a_day: do not send this template to this person for 24 h
 * - needs_template: the 24 h window is closed, only a template may be sent
 * - recipient: final for this person, use another channel
 * - template: this template must not be used until somebody looks
 * - auth, account: nothing goes out until an operator acts
 * - config, bug: our set-up or our request is wrong
 */
export type WhatsappMeaning =
  | 'retry'
  | 'unclear'
  | 'wait_a_day'
  | 'needs_template'
  | 'recipient'
  | 'template'
  | 'auth'
  | 'account'
  | 'config'
  | 'bug'

const CODES: Record<WhatsappMeaning, number[]> = {
  retry: [2, 4, 80007, 130429, 131016, 131056, 131057, 132069, 133004, 133016],
  unclear: [1, 131000],
  wait_a_day: [131049],
  needs_template: [131047],
  recipient: [130472, 130497, 131021, 131026, 131050],
  template: [132001, 132005, 132007, 132015, 132016, 132068],
  auth: [0, 3, 10, 190, 131005],
  account: [368, 131031, 131042, 131048],
  config: [33, 131030, 131037, 131045, 133010],
  bug: [100, 131008, 131009, 131051, 131052, 131053, 132000, 132012, 132018, 134100, 135000],
}
const MEANING = new Map(
  Object.entries(CODES).flatMap(([meaning, codes]) => codes.map((code) => [code, meaning as WhatsappMeaning])),
)

/** Undefined for a code we have never heard of. 200-299 are permissions (Graph API). */
export function whatsappMeaning(code: number): WhatsappMeaning | undefined {
  return MEANING.get(code) ?? (code >= 200 && code <= 299 ? 'auth' : undefined)
}

/** Pair limit: about one message to one person in six seconds (131056). The others say nothing; a minute is polite. */
export const whatsappRetrySeconds = (code: number): number => (code === 131056 ? 6 : 60)
