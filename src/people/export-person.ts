import { sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { notFound } from '../errors.ts'
import { mayElseForbidden } from './accounts.ts'
import type { Actor } from './actor.ts'
import { may } from './policy.ts'
import { programmesOf } from './scope.ts'

type Rows = Record<string, unknown>[]
export type PersonExport = { exportedAt: string; person: Record<string, unknown> } & Record<
  string,
  string | Record<string, unknown> | Rows
>

/**
 * Everything that is held about a person, as rows; only secrets are left out (tokens, cookies, credentials). Throws 404 for
 * whoever is neither the person nor of ops. Leaves one row in the audit log.
 */
export async function exportPerson(
  db: Database,
  actor: Actor,
  id: string,
  now: Temporal.Instant,
): Promise<PersonExport> {
  return transact(db, async (tx) => {
    const programmes = (await programmesOf(tx, [id])).get(id) ?? []
    const allowed = may(actor, 'see_whole', { people: [id], programmes }) === true
    const [person] = allowed ? await rowsOf(tx, 'account', sql`id = ${id} and erased_at is null`) : []
    if (!person) throw notFound('person')
    // Rows of every programme are in it: ops of one do not read what belongs to another.
    mayElseForbidden(may(actor, 'hand_out', { people: [id], programmes }))
    const accounts = [id, ...(await accountsJoinedInto(tx, id))]
    const sections: Record<string, Rows> = {}
    for (const [name, read] of Object.entries(SECTIONS)) sections[name] = await read(tx, accounts)
    await audit(tx, { at: now, actor: actor.label, action: 'person.exported', objectKind: 'account', objectId: id })
    return { exportedAt: now.toString(), person, ...sections }
  })
}

export async function accountsJoinedInto(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.selectFrom('account').select('id').where('joined_into', '=', id).execute()
  return rows.map((row) => row.id)
}

type Section = (tx: Tx, accounts: string[]) => Promise<Record<string, unknown>[]>

const of = (table: string, where: (accounts: string[]) => ReturnType<typeof sql>): Section => {
  return (tx, accounts) => rowsOf(tx, table, where(accounts))
}
const mine = (column: string) => (accounts: string[]) => sql`${sql.ref(column)} = any(${accounts}::uuid[])`
const participation = (accounts: string[]) =>
  sql`participant_id in (select id from session_participant where account_id = any(${accounts}::uuid[]))`
const labels = (accounts: string[]): string[] => accounts.map((id) => `person:${id}`)

const SECTIONS: Record<string, Section> = {
  joinedAccounts: of('account', mine('joined_into')),
  otherAddresses: of('account_alias', mine('account_id')),
  consents: of('consent', mine('account_id')),
  mentorships: of('mentorship', (a) => sql`mentor_id = any(${a}::uuid[]) or mentee_id = any(${a}::uuid[])`),
  worksFor: of('programme_ops', mine('account_id')),
  hours: of('user_calendar_config', mine('account_id')),
  sessions: of(
    'session',
    (a) => sql`id in (select session_id from session_participant where account_id = any(${a}::uuid[]))`,
  ),
  participations: of('session_participant', mine('account_id')),
  bookings: of('user_calendar_booking', (a) => sql`mentor_id = any(${a}::uuid[]) or mentee_id = any(${a}::uuid[])`),
  holds: of('hold', (a) => sql`mentor_id = any(${a}::uuid[]) or mentee_id = any(${a}::uuid[])`),
  refusedAttempts: of('refused_attempt', (a) => sql`actor = any(${labels(a)}::text[])`),
  decisions: of('notification_trigger_log', mine('recipient_id')),
  messages: of('delivery', mine('recipient_id')),
  attempts: of('attempt', (a) => sql`delivery_id in (select id from delivery where recipient_id = any(${a}::uuid[]))`),
  whatsapp: of('whatsapp_message', mine('account_id')),
  replies: of('reply', participation),
  joinClicks: of('join_click', participation),
  attendance: of('attendance_verdict', participation),
  calendars: of('calendar_connection', mine('account_id')),
  busyTimes: of('calendar_busy', mine('account_id')),
  zoomUsers: of('zoom_host', mine('account_id')),
  vendorCopies: of(
    'mirror',
    (a) => sql`owner_id in (select id from session_participant where account_id = any(${a}::uuid[]))`,
  ),
  pauses: of('booking_pause', mine('account_id')),
  cases: of('ops_case', mine('account_id')),
  signIns: of('signed_in', mine('account_id')),
  history: of('audit_log', (a) => sql`object_id = any(${a}::uuid[]) or actor = any(${labels(a)}::text[])`),
}

// Credentials prove who somebody is; they are not about them.
const SECRETS = [
  'tokens',
  'token_hash',
  'channel_token',
  'link_hash',
  'browser_hash',
  'code_hash',
  'sync_token',
  'lease_token',
  'search_vector',
]

async function rowsOf(tx: Tx, table: string, where: ReturnType<typeof sql>): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<{ row: Record<string, unknown> }>`
    select to_jsonb(t) - ${SECRETS}::text[] as row from ${sql.table(table)} t where ${where}`.execute(tx)
  return rows.map(({ row }) =>
    Object.fromEntries(Object.entries(row).map(([column, value]) => [spelled(column), value])),
  )
}

/** "starts_at" as the API says it, "startsAt". */
const spelled = (column: string): string => column.replaceAll(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase())
