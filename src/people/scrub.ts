import { sql } from 'kysely'
import type { Tx } from '../database/transaction.ts'

/** Rows that are only about one person go; in rows that others need too, the person's words and addresses go. */
export async function scrub(tx: Tx, accounts: string[]): Promise<void> {
  const { addresses, names } = await namesOf(tx, accounts)
  const isMine = (column: string) => sql`${sql.ref(column)} = any(${accounts}::uuid[])`
  const participants = sql`(select id from session_participant where account_id = any(${accounts}::uuid[]))`
  const sessions = sql`(select session_id from session_participant where account_id = any(${accounts}::uuid[]))`
  const labels = accounts.map((id) => `person:${id}`)

  for (const table of [
    'account_alias',
    'programme_ops',
    'signed_in',
    'sign_in_attempt',
    'user_calendar_config',
    'calendar_busy',
  ])
    await sql`delete from ${sql.table(table)} where ${isMine('account_id')}`.execute(tx)
  await sql`delete from idempotency_key where actor = any(${labels}::text[])`.execute(tx)
  await sql`delete from dead_address where address = any(${addresses}::text[])`.execute(tx)

  // That somebody agreed, and when, is proof; where they said so may name them.
  await sql`update consent set source = 'erased' where ${isMine('account_id')}`.execute(tx)
  await sql`update whatsapp_message set phone_e164 = 'erased', body = null, payload = null
    where ${isMine('account_id')} or (account_id is null and phone_e164 = any(${addresses}::text[]))`.execute(tx)
  await sql`update delivery set said = null, detail = '{}' where ${isMine('recipient_id')}`.execute(tx)
  await sql`update attempt set address = 'erased', detail = null where delivery_id in (select id from delivery where ${isMine('recipient_id')})`.execute(
    tx,
  )
  await sql`update reply set text = null where participant_id in ${participants}`.execute(tx)
  await sql`update calendar_connection set google_email = 'erased', sync_token = null, channel_id = null, channel_token = null, channel_resource = null,
    broken_why = null, wake_at = null where ${isMine('account_id')}`.execute(tx)
  await sql`update calendar_difference set seen = '{}' where connection_id in (select id from calendar_connection where ${isMine('account_id')})`.execute(
    tx,
  )
  await sql`update zoom_host set zoom_user = 'erased-' || id, zoom_user_id = null, retired_at = coalesce(retired_at, (select max(created_at) from account))
    where ${isMine('account_id')}`.execute(tx)
  await sql`update mirror set intent = null, last_error = null where owner_id in ${participants}`.execute(tx)

  // What a vendor told us is forgotten whole as soon as it names an address of the person.
  const namesAny = (column: string, words: string[]) =>
    sql`exists (select from unnest(${words}::text[]) word where position(word in ${sql.ref(column)}::text) > 0)`
  await sql`update webhook_event set body = null where body is not null and ${namesAny('body', [...addresses, ...names])}`.execute(
    tx,
  )
  await sql`update meeting_event set participant = '{}', object = object - 'participant' - 'topic'
    where ${namesAny('object', [...addresses, ...names])} or ${namesAny('participant', [...addresses, ...names])}`.execute(
    tx,
  )

  for (const [table, column, type, where] of [
    ['meeting_event', 'object', 'jsonb', sql`session_id in ${sessions}`],
    ['meeting_report', 'rows', 'jsonb', sql`session_id in ${sessions}`],
    ['attendance_verdict', 'evidence', 'jsonb', sql`session_id in ${sessions}`],
    ['attendance_verdict', 'reason', 'text', sql`session_id in ${sessions}`],
    [
      'notification_trigger_log',
      'detail',
      'jsonb',
      sql`subject_id in ${sessions} or ${isMine('recipient_id')} or ${isMine('subject_id')}`,
    ],
    ['delivery', 'said', 'jsonb', sql`subject_id in ${sessions}`],
    ['delivery', 'detail', 'jsonb', sql`subject_id in ${sessions}`],
    ['whatsapp_message', 'body', 'text', sql`session_id in ${sessions}`],
    ['reply', 'text', 'text', sql`session_id in ${sessions}`],
    ['mirror', 'wanted', 'jsonb', sql`session_id in ${sessions}`],
    ['mirror', 'applied', 'jsonb', sql`session_id in ${sessions}`],
    ['session', 'title', 'text', sql`id in ${sessions}`],
    ['session', 'cancel_reason', 'text', sql`id in ${sessions}`],
    ['session', 'settle_error', 'text', sql`id in ${sessions}`],
    ['user_calendar_booking', 'cancel_reason', 'text', sql`${isMine('mentee_id')} or ${isMine('mentor_id')}`],
    ['mentorship', 'ended_reason', 'text', sql`${isMine('mentee_id')} or ${isMine('mentor_id')}`],
    ['booking_pause', 'reason', 'text', isMine('account_id')],
    ['booking_pause', 'lifted_reason', 'text', isMine('account_id')],
    ['refused_attempt', 'details', 'jsonb', sql`${isMine('mentee_id')} or ${isMine('mentor_id')}`],
    ['ops_case', 'title', 'text', sql`session_id in ${sessions} or ${isMine('account_id')}`],
    ['ops_case', 'detail', 'jsonb', sql`session_id in ${sessions} or ${isMine('account_id')}`],
    ['ops_case', 'settled_reason', 'text', sql`session_id in ${sessions} or ${isMine('account_id')}`],
  ] as const)
    await replaceIn(tx, table, column, type, where, [...addresses, ...names])
}

/** Longer words first, so that no half of an address is left behind. */
async function namesOf(tx: Tx, accounts: string[]): Promise<{ addresses: string[]; names: string[] }> {
  const { rows } = await sql<{ email: string | null; phone: string | null; name: string | null; other: string | null }>`
    select email, phone_e164 as phone, name, whatsapp_user_id as other from account where id = any(${accounts}::uuid[])
    union all select email, null, null, null from account_alias where account_id = any(${accounts}::uuid[])
    union all select google_email, null, null, null from calendar_connection where account_id = any(${accounts}::uuid[])
    union all select zoom_user, null, null, zoom_user_id from zoom_host where account_id = any(${accounts}::uuid[])`.execute(
    tx,
  )
  const addresses = rows.flatMap(({ email, phone, other }) =>
    [email, phone, phone?.slice(1), other].filter((word) => word != null && word.length > 3),
  ) as string[]
  // As JSON writes it, between its quotes.
  const names = rows.flatMap(({ name }) => (name ? [name, JSON.stringify(name).slice(1, -1)] : []))
  const inOrder = (words: string[]) => [...new Set(words)].sort((a, b) => b.length - a.length)
  return { addresses: inOrder(addresses), names: inOrder(names) }
}

async function replaceIn(
  tx: Tx,
  table: string,
  column: string,
  type: string,
  where: ReturnType<typeof sql>,
  words: string[],
): Promise<void> {
  const value = words.reduce((text, word) => sql`replace(${text}, ${word}, 'erased')`, sql`${sql.ref(column)}::text`)
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${value}::${sql.raw(type)}
    where (${where}) and ${sql.ref(column)}::text is distinct from ${value}`.execute(tx)
}
