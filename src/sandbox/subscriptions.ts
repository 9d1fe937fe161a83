import { createHmac, randomBytes } from 'node:crypto'
import { signZoom } from '../vendors/signatures.ts'
import { seconds, signingSecret, type World } from './world.ts'
import { zoomHeaders } from './zoom-room.ts'

/** What the vendors ask of an endpoint before they use it: Meta's verification GET, Zoom's url_validation. */
export async function verifySubscriptions(world: World): Promise<{ whatsapp: boolean; zoom: boolean }> {
  return { whatsapp: await verifyWhatsapp(world), zoom: await verifyZoom(world) }
}

async function verifyWhatsapp(world: World): Promise<boolean> {
  const challenge = String(randomBytes(4).readUInt32BE())
  const url = new URL('/webhooks/whatsapp', world.productUrl)
  url.searchParams.set('hub.mode', 'subscribe')
  url.searchParams.set('hub.verify_token', world.env.WHATSAPP_VERIFY_TOKEN)
  url.searchParams.set('hub.challenge', challenge)
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  return response.status === 200 && (await response.text()) === challenge
}

// Three seconds, and the HMAC of the token under the webhook's secret.
async function verifyZoom(world: World): Promise<boolean> {
  const secret = signingSecret(world.env.ZOOM_WEBHOOK_SECRET_TOKEN)
  const plainToken = randomBytes(16).toString('base64url').replace(/^v/i, 'q')
  const now = world.clock.now()
  const body = JSON.stringify({
    event: 'endpoint.url_validation',
    event_ts: now.epochMilliseconds,
    payload: { plainToken },
  })
  const headers = {
    ...zoomHeaders(),
    'x-zm-request-timestamp': seconds(now),
    'x-zm-signature': signZoom(secret, seconds(now), body),
  }
  const response = await fetch(`${world.productUrl}/webhooks/zoom`, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(3_000),
  })
  const answer = (await response.json().catch(() => ({}))) as { plainToken?: string; encryptedToken?: string }
  return (
    response.status === 200 &&
    answer.plainToken === plainToken &&
    answer.encryptedToken === createHmac('sha256', secret).update(plainToken).digest('hex')
  )
}
