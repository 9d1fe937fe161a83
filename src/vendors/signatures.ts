import { createHmac, timingSafeEqual } from 'node:crypto'

export type SignatureVerdict = 'ok' | 'missing' | 'bad' | 'stale'

type Check = {
  /** All secrets that are valid now: two while one is being rotated. */
  secrets: string[]
  /** The body exactly as received. Parsing and writing it again changes the bytes. */
  body: Uint8Array
}
type TimedCheck = Check & {
  signature: string | undefined | null
  timestamp: string | undefined | null
  now: Temporal.Instant
  maxAge?: Temporal.Duration
}

/**
 * Zoom's retries come up to 85 minutes after the event, and whether they carry a fresh timestamp is not documented:
 * two hours keeps them valid. Duplicates are harmless, they are stored once.
 */
const ZOOM_MAX_AGE = Temporal.Duration.from({ hours: 2 })
/** Slack's documentation asks for five minutes; interactions are never retried. */
const SLACK_MAX_AGE = Temporal.Duration.from({ minutes: 5 })

/** `x-zm-signature` over `x-zm-request-timestamp` (developers.zoom.us, "Using webhooks"). */
export const verifyZoom = (check: TimedCheck): SignatureVerdict => verifyTimed(check, check.maxAge ?? ZOOM_MAX_AGE)

/** `X-Slack-Signature` over `X-Slack-Request-Timestamp` (docs.slack.dev, "Verifying requests from Slack"). */
export const verifySlack = (check: TimedCheck): SignatureVerdict => verifyTimed(check, check.maxAge ?? SLACK_MAX_AGE)

/** `X-Hub-Signature-256` (Meta, "Webhooks: validating payloads"). It carries no time, so nothing is ever stale. */
export function verifyWhatsapp({
  secrets,
  body,
  signature,
}: Check & { signature: string | undefined | null }): SignatureVerdict {
  if (!signature) return 'missing'
  return matchesAny(secrets, signature, (secret) => signWhatsapp(secret, body)) ? 'ok' : 'bad'
}

export const signZoom = (secret: string, timestamp: string, body: Uint8Array | string): string =>
  signTimed(secret, timestamp, body)
export const signSlack = (secret: string, timestamp: string, body: Uint8Array | string): string =>
  signTimed(secret, timestamp, body)
export const signWhatsapp = (secret: string, body: Uint8Array | string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/**
 * Zoom's `endpoint.url_validation`: the answer is the HMAC of the token. Null for a token that looks like the signing
 * text of a webhook: answering it would let a stranger have their own events signed.
 */
export function zoomChallenge(
  secret: string,
  plainToken: string,
): { plainToken: string; encryptedToken: string } | null {
  if (/^v\d+:/i.test(plainToken)) return null
  return { plainToken, encryptedToken: createHmac('sha256', secret).update(plainToken).digest('hex') }
}

function verifyTimed(
  { secrets, body, signature, timestamp, now }: TimedCheck,
  maxAge: Temporal.Duration,
): SignatureVerdict {
  if (!signature || !timestamp) return 'missing'
  if (!/^\d{1,16}$/.test(timestamp)) return 'bad'
  if (!matchesAny(secrets, signature, (secret) => signTimed(secret, timestamp, body))) return 'bad'
  // Seconds by the documentation; recorded requests with milliseconds exist. 10^11 seconds is the year 5138.
  const sentMs = Number(timestamp) > 1e11 ? Number(timestamp) : Number(timestamp) * 1000
  return Math.abs(now.epochMilliseconds - sentMs) <= maxAge.total('milliseconds') ? 'ok' : 'stale'
}

// The timestamp is signed as the text that came, whatever it looks like.
function signTimed(secret: string, timestamp: string, body: Uint8Array | string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`
}

function matchesAny(secrets: string[], signature: string, sign: (secret: string) => string): boolean {
  const given = Buffer.from(signature)
  return secrets.some((secret) => {
    const expected = Buffer.from(sign(secret))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}
