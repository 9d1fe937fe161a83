import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import { sha256 } from '../links.ts'
import type { Email } from '../vendors/email.ts'
import { signInMail } from '../words/sign-in-mail.ts'
import { limit } from './rate-limits.ts'

const MINUTES = 10
/** Per request for a mail; over all requests for one account see LIMITS.codes. */
export const CODE_TRIES = 5

/**
 * Somebody asks to sign in by mail; answers the secret that their browser keeps meanwhile. Known or not, the address costs the
 * same statements and the same answer, and the mail leaves after it: neither words nor time tell who is known here.
 * The mail holds a link, which works only in that browser, and six digits to type there when the mail is read elsewhere.
 * Throws 429 `slow_down`. `from` is where the request comes from.
 */
export async function askForMail(
  house: House,
  mailer: Email,
  { address, from }: { address: string; from: string },
): Promise<{ browser: string }> {
  await limit(house, 'sign_in_from', [from])
  await limit(house, 'sign_in', [address, from])
  const attempt = newAttempt()
  const known = await findAccount(house.db, address)
  await keep(house, known?.id ?? null, attempt)
  if (known) {
    const { link, code, id } = attempt
    const { PUNCTUAL_URL = '', MAIL_FROM } = house.config
    const message = {
      to: known.email,
      ...signInMail({ locale: known.locale, url: `${PUNCTUAL_URL}/sign-in/link/${link}`, code, home: PUNCTUAL_URL }),
      messageId: `<sign-in-${id}@${/@([^@>\s]+)>?\s*$/.exec(MAIL_FROM)?.[1] ?? 'localhost'}>`,
    }
    // Not awaited: how long the mail server takes would tell that there was a mail.
    void send(house, mailer, message)
  }
  return { browser: attempt.browser }
}

/** A link for the operator's own terminal: works in any browser, once, for ten minutes. */
export async function operatorsLink(
  house: Pick<House, 'db' | 'config'>,
  accountId: string,
  machineNow: Temporal.Instant,
): Promise<string> {
  const link = randomBytes(32).toString('base64url')
  await house.db
    .insertInto('sign_in_attempt')
    .values({
      id: newId(),
      account_id: accountId,
      link_hash: sha256(link),
      created_at: machineNow,
      expires_at: machineNow.add({ minutes: MINUTES }),
    })
    .execute()
  return `${house.config.PUNCTUAL_URL ?? ''}/sign-in/link/${link}`
}

export type LinkState = 'ready' | 'other_browser' | 'over'

/** What the page of a link shows. Reads only: mail scanners open every link, and some run its scripts. */
export async function lookAtLink(house: House, link: string, browser: string | null): Promise<LinkState> {
  const row = await house.db
    .selectFrom('sign_in_attempt')
    .select(['browser_hash'])
    .where('link_hash', '=', sha256(link))
    .where('used_at', 'is', null)
    .where('expires_at', '>', house.clock.elapsed())
    .where('account_id', 'is not', null)
    .executeTakeFirst()
  if (!row) return 'over'
  if (row.browser_hash === null) return 'ready'
  return browser !== null && timingSafeEqual(row.browser_hash, sha256(browser)) ? 'ready' : 'other_browser'
}

/** The account that the link's button signs in; null when the link is used, over, or asked for by another browser. */
export async function useLink(house: House, link: string, browser: string | null): Promise<string | null> {
  const now = house.clock.elapsed()
  const { rows } = await sql<{ account_id: string }>`
    update sign_in_attempt a set used_at = ${now} from account
    where link_hash = ${sha256(link)} and used_at is null and expires_at > ${now}
      and (browser_hash is null or browser_hash = ${browser === null ? null : sha256(browser)}::bytea)
      and account.id = a.account_id and account.deactivated_at is null
    returning a.account_id`.execute(house.db)
  return rows[0]?.account_id ?? null
}

export type CodeOutcome = { accountId: string } | { wrong: true; left: number } | { over: true }

/**
 * Tries the six digits in the browser that asked. Each try is counted before it is compared, in one statement, so that fifty
 * at once are five tries. Throws 429 when the account saw too many from everywhere; its link still works.
 */
export async function useCode(house: House, browser: string | null, typed: string): Promise<CodeOutcome> {
  if (browser === null) return { over: true }
  const now = house.clock.elapsed()
  const open = await house.db
    .selectFrom('sign_in_attempt')
    .select(['id', 'account_id'])
    .where('browser_hash', '=', sha256(browser))
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (!open) return { over: true }
  await limit(house, 'codes', [open.account_id ?? open.id])
  const code = codeHash(house, open.id, typed.replaceAll(/\D/g, ''))
  const { rows } = await sql<{ account_id: string | null; is_right: boolean; wrong_codes: number }>`
    update sign_in_attempt a set
      used_at = case when code_hash = ${code} and account_id is not null then ${now}::timestamptz end,
      wrong_codes = wrong_codes + case when code_hash = ${code} and account_id is not null then 0 else 1 end
    where id = ${open.id} and used_at is null and expires_at > ${now} and wrong_codes < ${CODE_TRIES}
      and not exists (select from account where account.id = a.account_id and deactivated_at is not null)
    returning account_id, used_at is not null as is_right, wrong_codes`.execute(house.db)
  const tried = rows[0]
  if (!tried) return { over: true }
  if (tried.is_right && tried.account_id) return { accountId: tried.account_id }
  return { wrong: true, left: CODE_TRIES - tried.wrong_codes }
}

/** Whose address this is: the account's own, or another that ops put down for it. Mail goes to its own in either case. */
export const findAccount = (db: Database, address: string) =>
  db
    .selectFrom('account')
    .select(['id', 'email', 'locale', 'google_subject'])
    .where('deactivated_at', 'is', null)
    .where((e) =>
      e.or([
        e('email', '=', address),
        e.exists(
          e
            .selectFrom('account_alias')
            .select('account_alias.email')
            .whereRef('account_alias.account_id', '=', 'account.id')
            .where('account_alias.email', '=', address)
            // What was only learned from a room or a calendar is evidence of who somebody is, not a key.
            .where('account_alias.learned', 'in', ['ops', 'import', 'joined']),
        ),
      ]),
    )
    .executeTakeFirst()

type Attempt = { id: string; link: string; browser: string; code: string }

const newAttempt = (): Attempt => ({
  id: newId(),
  link: randomBytes(32).toString('base64url'),
  browser: randomBytes(32).toString('base64url'),
  code: String(randomInt(1_000_000)).padStart(6, '0'),
})

async function keep(house: House, accountId: string | null, { id, link, browser, code }: Attempt): Promise<void> {
  const now = house.clock.elapsed()
  await house.db
    .deleteFrom('sign_in_attempt')
    .where('expires_at', '<', now.subtract({ hours: 24 }))
    .execute()
  await house.db
    .insertInto('sign_in_attempt')
    .values({
      id,
      account_id: accountId,
      link_hash: sha256(link),
      browser_hash: sha256(browser),
      code_hash: codeHash(house, id, code),
      created_at: now,
      expires_at: now.add({ minutes: MINUTES }),
    })
    .execute()
}

const codeHash = ({ config }: House, id: string, code: string): Buffer =>
  createHmac('sha256', config.PUNCTUAL_SECRET ?? '')
    .update(`punctual sign-in code\n${id}\n${code}`)
    .digest()

/** One more try after a trouble that sent nothing; the same Message-ID, should it have been sent after all. */
async function send(house: House, mailer: Email, message: Parameters<Email['send']>[0]): Promise<void> {
  for (let tries = 1; tries <= 2; tries += 1) {
    const answer = await mailer.send(message)
    if (answer.ok) return
    if (tries === 2 || answer.kind === 'rejected') return house.log('sign_in_mail_failed', { code: answer.code })
  }
}
