import { randomBytes } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Database } from '../database/pool.ts'
import { retrying, type Tx } from '../database/transaction.ts'
import { sha256 } from '../links.ts'

const DAYS = 30

/**
 * How long a device may lie unused. A week spans the days between two sessions of a mentee; whoever can see and change
 * everybody's data signs in once a working day (NIST SP 800-63B-4 asks for an hour at its second level, which would sign
 * ops out in the middle of a quiet evening; a screen left open is what twelve hours are for).
 */
const IDLE_HOURS = { everybody: 7 * 24, ops: 12 }
/** At most one write in so many minutes and device: a session may end that much before its idle time, never after. */
const NOTED_EVERY_MINUTES = 5

/**
 * Signs a person in on one device; answers the cookie's value, of which only the hash is stored. `machineNow` is the
 * machine's clock: a cookie is about a device, not about the day being rehearsed. `device` is what people call it.
 */
export async function signIn(
  db: Database,
  accountId: string,
  machineNow: Temporal.Instant,
  device: string | null = null,
): Promise<string> {
  const value = randomBytes(32).toString('base64url')
  await db.deleteFrom('signed_in').where('expires_at', '<', machineNow).execute()
  await sql`
    insert into signed_in (token_hash, account_id, created_at, used_at, expires_at, rights, device)
    select ${sha256(value)}, id, ${machineNow}, ${machineNow}, ${machineNow.add({ hours: DAYS * 24 })}, ${rightsIn('roles')}, ${device}
    from account where id = ${accountId}`.execute(db)
  return value
}

/** The roles that are rights, in one order, so that they can be compared. */
export const rightsIn = (roles: 'roles' | 'account.roles'): RawBuilder<string[]> =>
  sql<string[]>`array(select r from unnest(${sql.ref(roles)}) r where r in ('ops', 'admin') order by r)`

/**
 * Who has other rights than when the cookie was given out gets a new one; answers its value. The old one lives on for half
 * a minute, for what the browser has already asked with it. Null when another request of the same browser was first. The
 * new one ends when the old one would have: thirty days are counted from signing in.
 */
export async function renew(db: Database, old: string, machineNow: Temporal.Instant): Promise<string | null> {
  const value = randomBytes(32).toString('base64url')
  const newer = sql`
    with replaced as (
      update signed_in set rights = ${rightsIn('account.roles')}, expires_at = least(expires_at, ${machineNow.add({ seconds: 30 })})
      from account where account.id = signed_in.account_id and token_hash = ${sha256(old)} and rights <> ${rightsIn('account.roles')}
      returning account_id, signed_in.rights, old.created_at, old.expires_at, signed_in.device)
    insert into signed_in (token_hash, account_id, created_at, used_at, expires_at, rights, device)
    select ${sha256(value)}, account_id, created_at, ${machineNow}, expires_at, rights, device from replaced`
  // Whoever changes this person's rights locks them before their devices; this does it the other way round.
  const { numAffectedRows } = await retrying(() => newer.execute(db))
  return numAffectedRows === 1n ? value : null
}

/** Before this instant nobody may have used a device last; by the rights that its person has now. */
export const idleSince = (machineNow: Temporal.Instant): RawBuilder<Temporal.Instant> =>
  sql`case when account.roles && array['ops', 'admin'] then ${machineNow.subtract({ hours: IDLE_HOURS.ops })}::timestamptz
      else ${machineNow.subtract({ hours: IDLE_HOURS.everybody })}::timestamptz end`

/** Notes that a device was used just now, unless that was noted a moment ago (`usedAt`). */
export async function noteUse(
  db: Database,
  value: string,
  usedAt: Temporal.Instant,
  machineNow: Temporal.Instant,
): Promise<void> {
  const due = machineNow.subtract({ minutes: NOTED_EVERY_MINUTES })
  if (Temporal.Instant.compare(usedAt, due) > 0) return
  await sql`update signed_in set used_at = ${machineNow} where token_hash = ${sha256(value)} and used_at <= ${due}`.execute(
    db,
  )
}

/** Ends this device's session; unknown values are fine. */
export async function signOut(db: Database, value: string): Promise<void> {
  await db.deleteFrom('signed_in').where('token_hash', '=', sha256(value)).execute()
}

/** Ends all sessions of a person, on every device, and what they have asked for but not used. */
export async function signOutEverywhere(db: Database | Tx, accountId: string): Promise<void> {
  await db.deleteFrom('signed_in').where('account_id', '=', accountId).execute()
  await db.deleteFrom('sign_in_attempt').where('account_id', '=', accountId).where('used_at', 'is', null).execute()
}

// The __Host- prefix makes browsers refuse the cookie from any other host, and without TLS: plain http cannot have it.
const isSecure = (config: Config): boolean => config.PUNCTUAL_URL?.startsWith('https:') ?? false
export const cookieName = (config: Config, name = 'session'): string =>
  isSecure(config) ? `__Host-punctual_${name}` : `punctual_${name}`

/** The Set-Cookie header for a value of `signIn`; an empty value takes the cookie away. */
export const sessionCookie = (config: Config, value: string): string => cookie(config, 'session', value, DAYS * 86_400)

/** A cookie that only our server reads, and that no other site's form brings along. An empty value takes it away. */
export function cookie(config: Config, name: string, value: string, seconds: number): string {
  const parts = [`${cookieName(config, name)}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax']
  if (isSecure(config)) parts.push('Secure')
  parts.push(`Max-Age=${value ? seconds : 0}`)
  return parts.join('; ')
}

/** A cookie's value in a Cookie header, or null. */
export function readCookie(config: Config, header: string | null, name = 'session'): string | null {
  const wanted = `${cookieName(config, name)}=`
  const found = header?.split(/;\s*/).find((part) => part.startsWith(wanted))
  return found?.slice(wanted.length) || null
}
