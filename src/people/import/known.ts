import { sql } from 'kysely'
import type { Tx } from '../../database/transaction.ts'

/** What the installation knows about everybody and everything the files speak of. */
export type Known = {
  /** By every address, aliases too. */
  accounts: Map<string, KnownAccount>
  configs: Map<string, Record<string, unknown>>
  programmes: Map<string, { id: string; defaultBudget: number }>
  pairs: KnownPair[]
}

export type KnownAccount = {
  id: string
  email: string
  name: string
  phone: string | null
  timeZone: string
  locale: string
  roles: string[]
  aliases: string[]
  /** When WhatsApp consent was last given or taken back. */
  consentAt: Temporal.Instant | null
}

export type KnownPair = {
  id: string
  programmeId: string
  mentorId: string
  menteeId: string
  sessions: number | null
  startsOn: string
  endsOn: string | null
  ended: boolean
}

/** Four statements, whatever the size of the files. */
export async function loadKnown(tx: Tx, addresses: string[], programmes: string[]): Promise<Known> {
  const accounts = await loadAccounts(tx, addresses)
  const ids = [...new Set([...accounts.values()].map(({ id }) => id))]
  const configs = await sql<{ account_id: string; config: Record<string, unknown> }>`
    select account_id, config from user_calendar_config where account_id = any(${ids}::uuid[])`.execute(tx)
  const named = await sql<{ id: string; name: string; default_budget: number }>`
    select id, name, default_budget from programme where name = any(${programmes}::text[])`.execute(tx)
  const programmeIds = named.rows.map(({ id }) => id)
  const pairs = await sql<KnownPair>`
    select id, programme_id as "programmeId", mentor_id as "mentorId", mentee_id as "menteeId", sessions,
      starts_on as "startsOn", ends_on as "endsOn", ended_at is not null as ended
    from mentorship where programme_id = any(${programmeIds}::uuid[]) and mentee_id = any(${ids}::uuid[]) order by id`.execute(
    tx,
  )
  return {
    accounts,
    configs: new Map(configs.rows.map(({ account_id, config }) => [account_id, config])),
    programmes: new Map(
      named.rows.map(({ id, name, default_budget }) => [name, { id, defaultBudget: default_budget }]),
    ),
    pairs: pairs.rows,
  }
}

type AccountRow = Omit<KnownAccount, 'consentAt'> & { consentAt: Temporal.Instant | null }

async function loadAccounts(tx: Tx, addresses: string[]): Promise<Map<string, KnownAccount>> {
  const { rows } = await sql<AccountRow>`
    select a.id, a.email, a.name, a.phone_e164 as phone, a.time_zone as "timeZone", a.locale, a.roles,
      array(select email from account_alias where account_id = a.id order by email) as aliases,
      (select max(greatest(granted_at, withdrawn_at)) from consent where account_id = a.id and channel = 'whatsapp') as "consentAt"
    from account a
    where a.joined_into is null and (a.email = any(${addresses}::text[])
      or a.id in (select account_id from account_alias where email = any(${addresses}::text[])))
    for no key update of a`.execute(tx)
  return new Map(rows.flatMap((row) => [row.email, ...row.aliases].map((address) => [address, row] as const)))
}
