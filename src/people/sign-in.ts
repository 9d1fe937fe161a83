import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Database } from '../database/pool.ts'
import { sha256 } from '../links.ts'

const DAYS = 30

/**
 * Signs a person in on one device; answers the cookie's value, of which only the hash is stored. `machineNow` is the
 * machine's clock: a cookie is about a device, not about the day being rehearsed.
 */
export async function signIn(db: Database, accountId: string, machineNow: Temporal.Instant): Promise<string> {
  const value = randomBytes(32).toString('base64url')
  await db.deleteFrom('signed_in').where('expires_at', '<', machineNow).execute()
  await db
    .insertInto('signed_in')
    .values({
      token_hash: sha256(value),
      account_id: accountId,
      created_at: machineNow,
      expires_at: machineNow.add({ hours: DAYS * 24 }),
    })
    .execute()
  return value
}

/** Ends this device's session; unknown values are fine. */
export async function signOut(db: Database, value: string): Promise<void> {
  await db.deleteFrom('signed_in').where('token_hash', '=', sha256(value)).execute()
}

// The __Host- prefix makes browsers refuse the cookie from any other host, and without TLS: plain http cannot have it.
const isSecure = (config: Config): boolean => config.PUNCTUAL_URL?.startsWith('https:') ?? false
export const cookieName = (config: Config): string =>
  isSecure(config) ? '__Host-punctual_session' : 'punctual_session'

/** The Set-Cookie header for a value of `signIn`; an empty value takes the cookie away. */
export function sessionCookie(config: Config, value: string): string {
  const parts = [`${cookieName(config)}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax']
  if (isSecure(config)) parts.push('Secure')
  parts.push(`Max-Age=${value ? DAYS * 86_400 : 0}`)
  return parts.join('; ')
}

/** The session cookie's value in a Cookie header, or null. */
export function readCookie(config: Config, header: string | null): string | null {
  const wanted = `${cookieName(config)}=`
  const found = header?.split(/;\s*/).find((part) => part.startsWith(wanted))
  return found?.slice(wanted.length) || null
}
