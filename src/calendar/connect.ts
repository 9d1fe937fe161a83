import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { settleCase } from '../cases.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeAccount, wakeSessionsOf } from '../effects/wake.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import { CALENDAR_SCOPES, type GoogleGrant, type GooglePeople, SIGN_IN_SCOPES } from '../vendors/google-people.ts'
import { sealTokens } from './tokens.ts'

/** How an attempt to connect a calendar ended; the page shows it. */
export type ConnectOutcome = 'connected' | 'declined' | 'scopes_missing' | 'expired' | 'failed'

const MINUTES_TO_CONSENT = 10

/**
 * Where to send the browser, and the secret it keeps meanwhile (PKCE, RFC 7636). The state is bound to the person and to
 * that secret: neither a stranger's code nor a stolen state connects a calendar to this account. `elapsed`: a browser's
 * round trip is about the machine's time, not about the day being rehearsed.
 */
export function startConnecting(
  house: House,
  people: GooglePeople,
  accountId: string,
  loginHint: string,
): { url: string; verifier: string } {
  const verifier = randomBytes(32).toString('base64url')
  const issued = String(house.clock.elapsed().epochMilliseconds)
  const url = people.consentUrl({
    redirectUri: redirectUri(house),
    state: `${issued}.${stateMac(house, accountId, issued, verifier)}`,
    scopes: [...SIGN_IN_SCOPES, ...CALENDAR_SCOPES],
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
    loginHint,
    offline: true,
  })
  return { url, verifier }
}

/** Exchanges the code and keeps the grant, if the state is ours, fresh and this person's, and both calendar scopes were granted. */
export async function finishConnecting(
  house: House,
  people: GooglePeople,
  accountId: string,
  answer: {
    code?: string | undefined
    state?: string | undefined
    error?: string | undefined
    verifier?: string | undefined
  },
): Promise<ConnectOutcome> {
  const { code, state, error, verifier } = answer
  if (!state || !verifier || !isOurState(house, accountId, state, verifier)) return 'expired'
  if (error) return 'declined'
  if (!code) return 'failed'
  const grant = await people.exchangeCode({ code, redirectUri: redirectUri(house), codeVerifier: verifier })
  if (!grant.ok) {
    house.log('calendar_not_connected', { code: grant.code })
    return 'failed'
  }
  // The consent page lets people untick each scope.
  if (!CALENDAR_SCOPES.every((scope) => grant.scopes.includes(scope)) || !grant.refreshToken) return 'scopes_missing'
  const addresses = await people.addresses(grant.accessToken)
  const emails = addresses.ok
    ? addresses.emails.filter(({ verified }) => verified).map(({ email }) => email.toLowerCase())
    : []
  const now = house.clock.now()
  await transact(house.db, (tx) =>
    keepGrant(tx, house, accountId, { ...grant, refreshToken: grant.refreshToken as string }, emails, now),
  )
  house.nudge()
  return 'connected'
}

/** Forgets the grant and the busy times. What we wrote into the calendar stays the person's own. Answers a token to revoke. */
export async function disconnect(house: House, accountId: string, now: Temporal.Instant): Promise<Buffer | null> {
  return transact(house.db, async (tx) => {
    const { rows } = await sql<{ id: string; tokens: Buffer | null }>`
      update calendar_connection set disconnected_at = ${now}, wake_at = null, channel_id = null, channel_expires = null
      where account_id = ${accountId} and disconnected_at is null returning id, tokens`.execute(tx)
    const gone = rows[0]
    if (!gone) return null
    await sql`update calendar_connection set tokens = null, sync_token = null where id = ${gone.id}`.execute(tx)
    await tx.deleteFrom('calendar_busy').where('connection_id', '=', gone.id).execute()
    await settleBroken(tx, gone.id, now, 'The calendar was disconnected.')
    await wakeAccount(tx, accountId, now)
    await wakeSessionsOf(tx, accountId, now)
    return gone.tokens
  })
}

// The same Google account keeps its row: events were written with this connection, and no other may change them.
async function keepGrant(
  tx: Tx,
  house: House,
  accountId: string,
  grant: GoogleGrant & { refreshToken: string },
  emails: string[],
  now: Temporal.Instant,
): Promise<void> {
  const person = await tx
    .selectFrom('account')
    .select('email')
    .where('id', '=', accountId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  const googleEmail = emails.includes(person.email) ? person.email : (emails[0] ?? person.email)
  const open = await tx
    .selectFrom('calendar_connection')
    .select(['id', 'google_email'])
    .where('account_id', '=', accountId)
    .where('disconnected_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (open && open.google_email !== googleEmail) {
    await tx
      .updateTable('calendar_connection')
      .set({ disconnected_at: now, tokens: null, wake_at: null })
      .where('id', '=', open.id)
      .execute()
    await tx.deleteFrom('calendar_busy').where('connection_id', '=', open.id).execute()
  }
  const id = open?.google_email === googleEmail ? open.id : newId()
  const expiresAt = house.clock.elapsed().add({ seconds: grant.expiresInSeconds }).toString()
  const tokens = sealTokens(house.config.PUNCTUAL_SECRET ?? '', id, {
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken,
    expiresAt,
  })
  await sql`
    insert into calendar_connection (id, account_id, google_email, scopes, tokens, connected_at, wake_at)
    values (${id}, ${accountId}, ${googleEmail}, ${grant.scopes}, ${tokens}, ${now}, ${now})
    on conflict (id) do update set scopes = excluded.scopes, tokens = excluded.tokens, version = calendar_connection.version + 1,
      broken_at = null, broken_why = null, sync_token = null, wake_at = excluded.wake_at, connected_at = excluded.connected_at`.execute(
    tx,
  )
  for (const email of emails) {
    if (email === person.email) continue
    await sql`
      insert into account_alias (email, account_id, learned, learned_at)
      select ${email}, ${accountId}, 'google', ${now}::timestamptz where not exists (select from account where email = ${email})
      on conflict do nothing`.execute(tx)
  }
  await sql`update chore set next_at = least(next_at, ${now}) where name = 'calendar_hints'`.execute(tx)
  await settleBroken(tx, id, now, 'The calendar is connected again.')
  await wakeAccount(tx, accountId, now)
  await wakeSessionsOf(tx, accountId, now)
}

async function settleBroken(tx: Tx, connectionId: string, now: Temporal.Instant, reason: string): Promise<void> {
  const cases = await tx
    .selectFrom('ops_case')
    .select('id')
    .where('key', 'like', `calendar:${connectionId}:%`)
    .where('settled_at', 'is', null)
    .execute()
  for (const { id } of cases) await settleCase(tx, now, { id }, 'fact', reason)
}

const redirectUri = (house: House): string => `${house.config.PUNCTUAL_URL}/calendar/callback`

const stateMac = (house: House, accountId: string, issued: string, verifier: string): string =>
  createHmac('sha256', house.config.PUNCTUAL_SECRET ?? '')
    .update(`punctual calendar consent\n${accountId}\n${issued}\n${verifier}`)
    .digest('base64url')

function isOurState(house: House, accountId: string, state: string, verifier: string): boolean {
  const [issued, mac] = state.split('.')
  if (!issued || !mac || !/^\d{1,16}$/.test(issued)) return false
  const expected = Buffer.from(stateMac(house, accountId, issued, verifier))
  const given = Buffer.from(mac)
  const age = house.clock.elapsed().epochMilliseconds - Number(issued)
  return (
    given.length === expected.length &&
    timingSafeEqual(given, expected) &&
    age >= 0 &&
    age < MINUTES_TO_CONSENT * 60_000
  )
}
