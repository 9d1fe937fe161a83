/**
 * Why a message did not arrive, as a sentence for ops that says what to do about it. Codes are the vendors' own (Meta's error
 * codes; RFC 3463 and 5321; the system's), or ours. A code nobody has met yet is named: better than hiding it.
 */
export function causeOf(channel: string, state: string, code: string | null, detail: string | null): string {
  if (state === 'quarantined')
    return `Punctual stumbled over this message itself and set it aside after five tries. ${detail ?? ''}`.trim()
  if (state === 'unknown' && !code) return 'The vendor was asked and has not answered: nobody knows whether it arrived.'
  const known =
    code &&
    ((channel === 'whatsapp' ? WHATSAPP[code] : channel === 'email' ? mailCause(code, state) : SLACK[code]) ??
      COMMON[code])
  if (known) return known
  if (code && /^http_5\d\d$/.test(code)) return `The vendor’s own servers had trouble (${code.slice(5)}).`
  if (code && /^E[A-Z_]+$|^UND_ERR/.test(code)) return `The vendor could not be reached (${code}).`
  return code
    ? `The vendor refused it: ${[code, detail].filter(Boolean).join(', ').slice(0, 200)}.`
    : 'No cause is on record.'
}

const COMMON: Record<string, string> = {
  unreachable: 'There is no address for this person on this channel. Ask for one, or use the other channel.',
  presumed_lost: 'The vendor never said what became of it. It counts as lost.',
  off: 'This channel is not connected.',
  timeout: 'The vendor did not answer in time: nobody knows whether it arrived.',
  connection_lost: 'The connection broke while the vendor was answering: nobody knows whether it arrived.',
}

const NOT_ON_WHATSAPP = 'This number cannot be reached by WhatsApp. Ask for the right one, or use mail.'
const TEMPLATE = 'WhatsApp does not take this template now: it is paused, refused or not approved.'
const ACCOUNT = 'Our WhatsApp account is restricted or unpaid. An admin must look.'
const CREDENTIALS = 'WhatsApp refuses our credentials. An admin must renew them.'

const WHATSAPP: Record<string, string> = {
  131026: NOT_ON_WHATSAPP,
  131021: 'This is our own number. Ask for the right one.',
  131030: 'The test account may not write to this number.',
  131047: 'WhatsApp lets only an approved template reach somebody who has not written for 24 hours.',
  131049: 'WhatsApp holds back further messages to this person for a day. Use mail.',
  131050: 'This person has stopped messages from us in WhatsApp. Use mail.',
  130472: 'WhatsApp keeps this person out of such messages for an experiment of its own. Use mail.',
  130497: 'WhatsApp does not let us write to this country. Use mail.',
  131056: 'Too many messages to this person within seconds.',
  130429: 'We sent more at once than WhatsApp allows.',
  131048: ACCOUNT,
  131031: ACCOUNT,
  131042: ACCOUNT,
  368: ACCOUNT,
  0: CREDENTIALS,
  3: CREDENTIALS,
  10: CREDENTIALS,
  190: CREDENTIALS,
  131005: CREDENTIALS,
  132001: TEMPLATE,
  132005: TEMPLATE,
  132007: TEMPLATE,
  132015: TEMPLATE,
  132016: TEMPLATE,
  131000: 'WhatsApp itself does not say what happened.',
  1: 'WhatsApp itself does not say what happened.',
  131016: 'WhatsApp was down.',
  2: 'WhatsApp was down.',
}

function mailCause(code: string, state: string): string | undefined {
  if (/^5\.1\.|^55[013]$/.test(code))
    return 'The mail server says that there is no such mailbox. Ask for the right address.'
  if (/^[45]\.2\.2$|^552$/.test(code)) return 'The mailbox is full.'
  if (/^5\.7\.|^554$/.test(code)) return 'The mail server refuses mail from us, as unwanted or not allowed.'
  if (/^53[045]$|^EAUTH$|^ENOAUTH$/.test(code))
    return 'The mail server refuses our credentials. An admin must renew them.'
  if (/^4/.test(code))
    return `The mail server asked to come back later (${code})${state === 'failed' ? ', and there was no later' : ''}.`
  return undefined
}

const SLACK: Record<string, string> = {
  channel_not_found: 'Slack does not know the channel of ops, or we are not in it.',
  not_in_channel: 'We are not in the channel of ops. Invite the app into it.',
  invalid_auth: 'Slack refuses our credentials. An admin must renew them.',
  token_revoked: 'Slack refuses our credentials. An admin must renew them.',
}
