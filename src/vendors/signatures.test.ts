import { describe, expect, test } from 'vitest'
import {
  signSlack,
  signWhatsapp,
  signZoom,
  verifySlack,
  verifyWhatsapp,
  verifyZoom,
  zoomChallenge,
} from './signatures.ts'

const now = Temporal.Instant.from('2026-03-24T09:00:00Z')
const stamp = (ago: Temporal.DurationLike) => String(Math.floor(now.subtract(ago).epochMilliseconds / 1000))
const body = Buffer.from('{"event":"meeting.started"}')

describe('Zoom', () => {
  const timestamp = stamp({ seconds: 2 })
  const signed = { secrets: ['s3cret'], body, timestamp, signature: signZoom('s3cret', timestamp, body), now }

  test('a webhook signed with our secret is taken', () => {
    expect(verifyZoom(signed)).toBe('ok')
  })
  test('while the secret is rotated, the old and the new one both count', () => {
    expect(verifyZoom({ ...signed, secrets: ['new', 's3cret'] })).toBe('ok')
    expect(verifyZoom({ ...signed, secrets: ['new'] })).toBe('bad')
  })
  test('a changed body, another secret, a cut signature are bad; none at all is missing', () => {
    expect(verifyZoom({ ...signed, body: Buffer.from('{}') })).toBe('bad')
    expect(verifyZoom({ ...signed, signature: signed.signature.slice(0, -2) })).toBe('bad')
    expect(verifyZoom({ ...signed, timestamp: 'yesterday' })).toBe('bad')
    expect(verifyZoom({ ...signed, signature: undefined })).toBe('missing')
    expect(verifyZoom({ ...signed, timestamp: null })).toBe('missing')
  })
  test('a retry 85 minutes after the event is still taken, one of yesterday is stale', () => {
    const check = (ago: Temporal.DurationLike) => {
      const timestamp = stamp(ago)
      return verifyZoom({ ...signed, timestamp, signature: signZoom('s3cret', timestamp, body) })
    }
    expect(check({ minutes: 85 })).toBe('ok')
    expect(check({ hours: 24 })).toBe('stale')
  })
  test('a timestamp in milliseconds is signed as it came and understood', () => {
    const timestamp = String(now.epochMilliseconds)
    expect(verifyZoom({ ...signed, timestamp, signature: signZoom('s3cret', timestamp, body) })).toBe('ok')
  })
  test('the url challenge is answered, but not one that would have us sign an event', () => {
    expect(zoomChallenge('s3cret', 'qgg8vlvZRS6UYooatFL8Aw')?.encryptedToken).toMatch(/^[0-9a-f]{64}$/)
    expect(zoomChallenge('s3cret', 'v0:1774342800:{"event":"meeting.ended"}')).toBeNull()
  })
})

test('Slack: five minutes, then stale', () => {
  const check = (ago: Temporal.DurationLike) => {
    const timestamp = stamp(ago)
    return verifySlack({ secrets: ['k'], body, timestamp, signature: signSlack('k', timestamp, body), now })
  }
  expect(check({ minutes: 4 })).toBe('ok')
  expect(check({ minutes: 6 })).toBe('stale')
})

test('WhatsApp: only the body is signed, so nothing is ever stale', () => {
  expect(verifyWhatsapp({ secrets: ['k'], body, signature: signWhatsapp('k', body) })).toBe('ok')
  expect(verifyWhatsapp({ secrets: ['other'], body, signature: signWhatsapp('k', body) })).toBe('bad')
  expect(verifyWhatsapp({ secrets: ['k'], body, signature: '' })).toBe('missing')
})
