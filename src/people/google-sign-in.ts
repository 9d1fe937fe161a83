import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import type { House } from '../http.ts'
import { type GoogleIdentity, type GooglePeople, SIGN_IN_SCOPES } from '../vendors/google-people.ts'
import { findAccount } from './magic-link.ts'

const MINUTES = 10

/**
 * Where to send the browser, and the secret it keeps meanwhile (PKCE, RFC 7636). The state is bound to that secret, so an
 * answer meant for another browser signs nobody in here (RFC 9700, 4.7). Only who somebody is, is asked; the calendar is
 * asked for later, on the same grant.
 */
export function startGoogleSignIn(house: House, people: GooglePeople): { url: string; verifier: string } {
  const verifier = randomBytes(32).toString('base64url')
  const issued = String(house.clock.elapsed().epochMilliseconds)
  const url = people.consentUrl({
    redirectUri: redirectUri(house),
    state: `${issued}.${stateMac(house, issued, verifier).toString('base64url')}`,
    scopes: SIGN_IN_SCOPES,
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  })
  return { url, verifier }
}

export type GoogleAnswer = {
  code?: string | undefined
  state?: string | undefined
  error?: string | undefined
  verifier: string | null
}

/** `unknown`: Google knows them, we do not. Nobody becomes a member by signing in. */
export type GoogleOutcome = { accountId: string } | 'declined' | 'expired' | 'failed' | 'unknown'

export async function finishGoogleSignIn(
  house: House,
  people: GooglePeople,
  { code, state, error, verifier }: GoogleAnswer,
): Promise<GoogleOutcome> {
  if (!state || !verifier || !isOurState(house, state, verifier)) return 'expired'
  if (error) return 'declined'
  if (!code) return 'failed'
  const grant = await people.exchangeCode({ code, redirectUri: redirectUri(house), codeVerifier: verifier })
  const identity = grant.ok ? await people.userinfo(grant.accessToken) : grant
  if (!identity.ok) {
    house.log('google_sign_in_failed', { code: identity.code })
    return 'failed'
  }
  const accountId = await accountOf(house, identity)
  return accountId ? { accountId } : 'unknown'
}

/** By Google's lasting subject; the first time by the address, if Google itself answers for the mailbox. */
async function accountOf({ db }: House, { subject, email, emailIsGoogles }: GoogleIdentity): Promise<string | null> {
  const bound = await db
    .selectFrom('account')
    .select(['id', 'deactivated_at'])
    .where('google_subject', '=', subject)
    .executeTakeFirst()
  if (bound) return bound.deactivated_at ? null : bound.id
  if (!emailIsGoogles) return null
  const known = await findAccount(db, email.toLowerCase())
  if (!known) return null
  const { rows } = await sql<{ id: string }>`
    update account set google_subject = ${subject} where id = ${known.id} and google_subject is null returning id`.execute(
    db,
  )
  // An address that was bound to another Google account has changed hands: ops must look, nobody walks in.
  return rows[0]?.id ?? null
}

const redirectUri = ({ config }: House): string => `${config.PUNCTUAL_URL}/sign-in/google/callback`

const stateMac = ({ config }: House, issued: string, verifier: string): Buffer =>
  createHmac('sha256', config.PUNCTUAL_SECRET ?? '')
    .update(`punctual google sign-in\n${issued}\n${verifier}`)
    .digest()

function isOurState(house: House, state: string, verifier: string): boolean {
  const [, issued, mac] = /^(\d{1,16})\.([A-Za-z0-9_-]{43})$/.exec(state) ?? []
  if (!issued || !mac) return false
  const age = house.clock.elapsed().epochMilliseconds - Number(issued)
  return (
    age >= 0 &&
    age < MINUTES * 60_000 &&
    timingSafeEqual(Buffer.from(mac, 'base64url'), stateMac(house, issued, verifier))
  )
}
