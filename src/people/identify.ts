import { timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { sha256 } from '../links.ts'
import { type Actor, ANONYMOUS, person } from './actor.ts'
import { idleSince, noteUse, readCookie, renew, rightsIn, sessionCookie } from './sign-in.ts'
import { tokenActor } from './tokens.ts'

/**
 * Who asks, from a bearer token or the session cookie. Rights are read at every request, so a right taken away is gone
 * at once. A bad token is refused (401): its sender meant to be somebody. A bad cookie is nobody: it may be an old one.
 */
export const identify = async (house: House, headers: Headers): Promise<Actor> =>
  (await recognise(house, headers)).actor

/** The same, with the Set-Cookie header for whoever has other rights than when they signed in. */
export async function identifyAndRenew(
  house: House,
  headers: Headers,
): Promise<{ actor: Actor; setCookie: string | null }> {
  const { actor, outdated } = await recognise(house, headers)
  const value = outdated ? await renew(house.db, outdated, house.clock.elapsed()) : null
  return { actor, setCookie: value ? sessionCookie(house.config, value) : null }
}

type Recognised = { actor: Actor; outdated: string | null }

async function recognise({ db, clock, config }: House, headers: Headers): Promise<Recognised> {
  const authorization = headers.get('authorization')
  if (authorization !== null) {
    const [, token] = /^Bearer +(.{8,500})$/i.exec(authorization) ?? []
    const actor =
      token === undefined ? null : (sandboxActor(config, token) ?? (await tokenActor(db, token, clock.elapsed())))
    if (!actor) throw new Refusal('unauthenticated', 'This bearer token is unknown, expired or revoked.')
    return { actor, outdated: null }
  }
  const cookie = readCookie(config, headers.get('cookie'))
  return cookie ? signedIn(db, cookie, clock.elapsed(), isByItself(headers)) : { actor: ANONYMOUS, outdated: null }
}

// A page that keeps itself up to date all night is no sign that anybody sits before it.
const isByItself = (headers: Headers): boolean =>
  headers.has('punctual-refresh') || (headers.get('accept') ?? '').includes('text/event-stream')

// Both sides are hashed first, so that the comparison tells nothing about length or prefix.
function sandboxActor({ PUNCTUAL_MODE, PUNCTUAL_SANDBOX_TOKEN }: House['config'], token: string): Actor | null {
  if (PUNCTUAL_MODE !== 'sandbox' || !PUNCTUAL_SANDBOX_TOKEN) return null
  if (!timingSafeEqual(sha256(token), sha256(PUNCTUAL_SANDBOX_TOKEN))) return null
  return { label: 'token:sandbox', accountId: null, ops: true, admin: true, programmes: 'all', unlimited: true }
}

async function signedIn(
  db: Database,
  cookie: string,
  machineNow: Temporal.Instant,
  isUnattended: boolean,
): Promise<Recognised> {
  const found = await db
    .selectFrom('signed_in')
    .innerJoin('account', 'account.id', 'signed_in.account_id')
    .select([
      'account.id',
      'account.roles',
      'signed_in.used_at',
      sql<string[]>`array(select programme_id from programme_ops where account_id = account.id)`.as('programmes'),
      sql<boolean>`signed_in.rights <> ${rightsIn('account.roles')}`.as('changed'),
    ])
    .where('signed_in.token_hash', '=', sha256(cookie))
    .where('signed_in.expires_at', '>', machineNow)
    .where('signed_in.used_at', '>', idleSince(machineNow))
    .where('account.deactivated_at', 'is', null)
    .executeTakeFirst()
  if (!found) return { actor: ANONYMOUS, outdated: null }
  if (!isUnattended) await noteUse(db, cookie, found.used_at, machineNow)
  return { actor: person(found.id, found.roles, found.programmes), outdated: found.changed ? cookie : null }
}

export { enterUrl } from './sandbox-sign-in.ts'
