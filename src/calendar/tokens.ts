import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export type GrantTokens = {
  accessToken: string
  refreshToken: string
  /** Machine time: a vendor's token lives on the vendor's clock, not on a rehearsed one. */
  expiresAt: string
}

const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Encrypts a grant for calendar_connection.tokens: AES-256-GCM, with the connection's id as associated data, so that one
 * row's tokens copied into another row do not open. Layout: iv (12), tag (16), ciphertext.
 */
export function sealTokens(secret: string, connectionId: string, tokens: GrantTokens): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv)
  cipher.setAAD(Buffer.from(connectionId))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(tokens), 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed])
}

/** Throws when the secret changed, the bytes were altered, or they belong to another connection. */
export function openTokens(secret: string, connectionId: string, sealed: Uint8Array): GrantTokens {
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, IV_BYTES))
  decipher.setAAD(Buffer.from(connectionId))
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  return JSON.parse(text) as GrantTokens
}

const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'punctual calendar tokens', 32))
