import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** What a link lets its holder do. The purpose is part of the signature: a join link never manages. */
export type Purpose = 'join' | 'manage' | 'confirm' | 'invite' | 'feed' | 'enter'
export type Link = { purpose: Purpose; subjectId: string; revision: number }

const MAC_BYTES = 16

/**
 * A link's token: the participant's (or account's) id, the session revision it speaks of, and 128 bits of HMAC-SHA256
 * over both and the purpose. It holds no personal data and needs no table: whoever knows the secret can make it again,
 * so every message carries the same link and a lost one can be sent again.
 */
export function linkToken(secret: string, { purpose, subjectId, revision }: Link): string {
  const body = Buffer.alloc(18)
  body.write(subjectId.replaceAll('-', ''), 0, 'hex')
  body.writeUInt16BE(revision, 16)
  return Buffer.concat([body, mac(secret, purpose, body)]).toString('base64url')
}

/** The link behind a token, or null when it was not made by us for this purpose. Age is the caller's question. */
export function readLink(secret: string, purpose: Purpose, token: string): Link | null {
  if (!/^[A-Za-z0-9_-]{46}$/.test(token)) return null
  const bytes = Buffer.from(token, 'base64url')
  const body = bytes.subarray(0, 18)
  if (bytes.length !== 18 + MAC_BYTES || !timingSafeEqual(bytes.subarray(18), mac(secret, purpose, body))) return null
  const hex = body.subarray(0, 16).toString('hex')
  const subjectId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  return { purpose, subjectId, revision: body.readUInt16BE(16) }
}

const mac = (secret: string, purpose: Purpose, body: Buffer): Buffer =>
  createHmac('sha256', secret).update(`punctual link ${purpose}\n`).update(body).digest().subarray(0, MAC_BYTES)

/** A signed button: what is pressed, for which session revision and person. Fits WhatsApp's 128 characters. */
export type ButtonPress = { action: string; participantId: string; revision: number }

export function buttonPayload(secret: string, { action, participantId, revision }: ButtonPress): string {
  const body = `${action}:${participantId}:${revision}`
  return `${body}:${buttonMac(secret, body)}`
}

export function readButton(secret: string, payload: string): ButtonPress | null {
  const match = /^([a-z0-9_]{1,40}):([0-9a-f-]{36}):([0-9]{1,6}):([A-Za-z0-9_-]{22})$/.exec(payload)
  if (!match) return null
  const [, action, participantId, revision, sent] = match as unknown as [string, string, string, string, string]
  const expected = Buffer.from(buttonMac(secret, `${action}:${participantId}:${revision}`))
  const given = Buffer.from(sent)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  return { action, participantId, revision: Number(revision) }
}

const buttonMac = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(`punctual button\n${body}`).digest().subarray(0, MAC_BYTES).toString('base64url')

export const sha256 = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest()
