import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { idleSince } from './sign-in.ts'

// In this order: most browsers also claim to be the ones below them.
const BROWSERS: [RegExp, string][] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|OPT\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** "Firefox on Android", from what a browser says of itself; null when it says nothing that people would recognise. */
export function deviceOf(userAgent: string | undefined): string | null {
  const named = (list: [RegExp, string][]) => list.find(([mark]) => mark.test(userAgent ?? ''))?.[1]
  const [browser, system] = [named(BROWSERS), named(SYSTEMS)]
  if (!browser && !system) return null
  return browser && system ? `${browser} on ${system}` : (browser ?? system ?? null)
}

export type Device = { ref: string; device: string | null; usedAt: Temporal.Instant; isThis: boolean }

const MOST = 50

/** Where a person is signed in, the latest used first. `ref` names a device without opening it: the beginning of a hash. */
export async function devicesOf(
  db: Database,
  accountId: string,
  thisHash: Buffer | null,
  machineNow: Temporal.Instant,
): Promise<Device[]> {
  const { rows } = await sql<Device>`
    select ${REF} as ref, device, used_at as "usedAt", token_hash = ${thisHash}::bytea as "isThis"
    from signed_in join account on account.id = signed_in.account_id
    where account_id = ${accountId} and expires_at > ${machineNow} and used_at > ${idleSince(machineNow)}
    order by used_at desc, token_hash limit ${MOST}`.execute(db)
  return rows.map((row) => ({ ...row, isThis: row.isThis === true }))
}

/** Signs out the device of that person which is called `ref`; nobody else's, and none when it is gone already. */
export async function endDevice(db: Database, accountId: string, ref: string): Promise<void> {
  await sql`delete from signed_in where account_id = ${accountId} and ${REF} = ${ref}`.execute(db)
}

const REF = sql`encode(substring(token_hash from 1 for 9), 'hex')`
