import { sql } from 'kysely'
import type { Needs } from './needs.ts'

type Look = Pick<Needs, 'db' | 'clock'>

// One look through the partial indexes before any claim: a lane with nothing to do costs one round trip and no transaction.
// Whatever is committed after the look rings again.

type Woken = { sessions: boolean; accounts: boolean; programmes: boolean }

/** Which kinds of subjects have somebody woken. */
export async function whoIsWoken({ db, clock }: Look): Promise<Woken> {
  const { rows } = await sql<Woken>`
    select exists (select from session where wake_at <= ${clock.now()}) as sessions, exists (select from account where wake_at <= ${clock.now()}) as accounts,
      exists (select from programme where wake_at <= ${clock.now()}) as programmes`.execute(db)
  return rows[0] ?? { sessions: false, accounts: false, programmes: false }
}

/** To be sent, presumed lost, or left behind by a process that died. */
export const isAnythingToDeliver = ({ db, clock }: Look): Promise<boolean> =>
  yes(
    db,
    sql`exists (select from delivery where next_attempt_at <= ${clock.now()} and state in ('pending', 'unknown')) or exists (select from delivery where state = 'claimed' and lease_until < ${clock.elapsed()})`,
  )

/** Left behind by a process that died. */
export const isAnythingLeftBehind = ({ db, clock }: Look): Promise<boolean> =>
  yes(db, sql`exists (select from delivery where state = 'claimed' and lease_until < ${clock.elapsed()})`)

/** Sent, and no word of it came in time. */
export const isAnythingUnanswered = ({ db, clock }: Look): Promise<boolean> =>
  yes(db, sql`exists (select from delivery where next_attempt_at <= ${clock.now()} and state = 'unknown')`)

export const isAnythingToMirror = ({ db, clock }: Look): Promise<boolean> =>
  yes(db, sql`exists (select from mirror where next_attempt_at <= ${clock.now()})`)

export const hasAnyHoldLapsed = ({ db, clock }: Look): Promise<boolean> =>
  yes(
    db,
    sql`exists (select from hold where expires_at <= ${clock.now()} and released_at is null and booking_id is null)`,
  )

async function yes(db: Needs['db'], question: ReturnType<typeof sql>): Promise<boolean> {
  const { rows } = await sql<{ yes: boolean }>`select ${question} as yes`.execute(db)
  return rows[0]?.yes === true
}
