import { sql } from 'kysely'
import { newId } from '../../src/ids.ts'
import { NOW, type Target, type World } from '../authorization/world.ts'

/** Stands for whatever somebody wrote, in every column that keeps such a thing, until `write` puts real words in its place. */
export const SLOT = '§slot§'

/** Columns that keep no word of a person: ids, codes of ours, times, hashes, addresses that their own rules have checked. */
export const OURS =
  /^(installation|chore|rate_count|idempotency_key|closed_day|sign_in_attempt|signed_in|schema_migration|audit_seal|commitment|evidence_gap)\.|\.(id|kind|key|mode|state|stage|verdict|role|roles|channel|channels|booking|room|time_zone|locale|phone_e164|learned|meaning|matched_by|direction|decision|subject_kind|effect_key|template|template_name|cause|object_kind|vendor|event|outcome|why|code|prefix|scopes|wamid|payload|source_wamid|zoom_meeting_id|zoom_uuid|uuid|google_event_id|calendar_id|channel_id|resource_id|sync_token|page_token|google_subject|whatsapp_user_id|slack_user_id|remote_id|slack_channel|holder_kind|vendor_id|vendor_code|lane|rights|channel_resource|channel_token|parent_message_id|zoom_user_id|moved|action|remote|intent|applied|settings|kind_of)$/

/** A row in every table that keeps words, about the session of `target`; each of its words is the slot. */
export async function seed({ owner: db, people, programmeId, otherProgrammeId }: World, target: Target): Promise<void> {
  const said = JSON.stringify({
    text: SLOT,
    name: SLOT,
    to: SLOT,
    reason: SLOT,
    subject: SLOT,
    startsAt: NOW,
    mentees: [SLOT],
    mentors: [SLOT],
    missing: [{ participantId: target.participantId, name: SLOT, role: SLOT, said: null }],
    unidentified: [SLOT],
    user_name: SLOT,
  })
  const [mentor, mentee] = [people.mentor.id, people.mentee.id]
  // History keeps what it said; here it must say something else a hundred times.
  for (const table of new Set((await columnsOf(db)).map((one) => one.table)))
    await sql`alter table ${sql.table(table)} disable trigger user`.execute(db)
  const { sessionId, participantId } = target
  await sql`update account set name = ${SLOT} || ' ' || name`.execute(db)
  await sql`update account set email = 'z' || ${SLOT} || left(id::text, 4) || '@private.example' where id = ${mentee}`.execute(
    db,
  )
  await sql`update programme set name = ${SLOT} || ' ' || id where id in (${programmeId}, ${otherProgrammeId})`.execute(
    db,
  )
  await sql`update session set title = case when id = ${sessionId} then ${SLOT} end, cancel_reason = ${SLOT}, created_by = 'token:' || ${SLOT}, cancelled_by = 'token:' || ${SLOT}, settle_error = ${SLOT}`.execute(
    db,
  )
  await sql`update session set cancelled_at = ${NOW} where id = ${target.secondId}`.execute(db)
  await sql`update account set settle_error = ${SLOT} where id = ${mentee}`.execute(db)
  await sql`update mentorship set ended_by = 'token:' || ${SLOT}, ended_reason = ${SLOT} where mentor_id <> ${mentor}`.execute(
    db,
  )
  await sql`update user_calendar_booking set cancel_reason = ${SLOT}, cancelled_by = 'token:' || ${SLOT}, cancelled_at = ${NOW} where session_id = ${target.secondId}`.execute(
    db,
  )
  await sql`update user_calendar_booking set created_by = 'token:' || ${SLOT}`.execute(db)
  await sql`update hold set created_by = 'token:' || ${SLOT}`.execute(db)
  await sql`update session_revision set made_by = 'token:' || ${SLOT}`.execute(db)
  await sql`update user_calendar_config set updated_by = ${SLOT}, config = config || ${JSON.stringify({ absences: [{ startsAt: '2026-03-20T09:00:00Z', endsAt: '2026-03-20T10:00:00Z', reason: SLOT }] })}::jsonb`.execute(
    db,
  )
  await sql`insert into account_alias values ('z' || ${SLOT} || '@other.example', ${mentee}, 'zoom', ${NOW})`.execute(
    db,
  )
  await sql`insert into consent (id, account_id, channel, granted_at, source) values (${newId()}, ${mentee}, 'whatsapp', ${NOW}, ${SLOT})`.execute(
    db,
  )
  await sql`insert into api_token (id, name, token_hash, prefix, scopes, created_at) values (${newId()}, ${SLOT}, '\\x01', 'pct_', '{ops}', ${NOW})`.execute(
    db,
  )
  await sql`insert into playbook (programme_id, version, settings, saved_at, saved_by) values (${programmeId}, 1, '{}', ${NOW}, ${SLOT})`.execute(
    db,
  )
  await sql`insert into zoom_host (id, zoom_user) values (${newId()}, ${SLOT})`.execute(db)
  await sql`insert into refused_attempt values (${newId()}, ${NOW}, 'token:' || ${SLOT}, ${mentor}, ${mentee}, ${NOW}, ${NOW.add({ hours: 1 })}, 'slot_taken', ${JSON.stringify({ conflicts: [{ layer: 'calendar', title: SLOT }] })}::jsonb)`.execute(
    db,
  )
  await sql`insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at, detail, reason)
    values (${sessionId}, 'booked:z', 'session', 'send', 'booked', ${mentee}, ${NOW}, ${NOW}, ${NOW}, ${said}::jsonb, ${SLOT})`.execute(
    db,
  )
  const delivery = newId()
  await sql`insert into delivery (id, subject_id, subject_kind, effect_key, channel, recipient_id, meaning, template, state, due_at, expires_at, created_at, said, detail, reason)
    values (${delivery}, ${sessionId}, 'session', 'booked:z', 'email', ${mentee}, 'booked', 'T', 'failed', ${NOW}, ${NOW}, ${NOW}, ${said}::jsonb, ${said}::jsonb, ${SLOT})`.execute(
    db,
  )
  await sql`insert into attempt (id, delivery_id, number, state, address, started_at, detail) values (${newId()}, ${delivery}, 1, 'rejected', ${SLOT}, ${NOW}, ${SLOT})`.execute(
    db,
  )
  await sql`insert into dead_address values ('email', ${SLOT}, 'bounced', ${NOW})`.execute(db)
  await sql`insert into whatsapp_message (wamid, direction, account_id, phone_e164, session_id, kind, body, said_at, received_at) values ('w-z', 'in', ${mentee}, '+14155550100', ${sessionId}, 'text', ${SLOT}, ${NOW}, ${NOW})`.execute(
    db,
  )
  await sql`insert into reply (id, session_id, participant_id, revision, meaning, channel, matched_by, text, said_at, received_at, source) values (${newId()}, ${sessionId}, ${participantId}, 1, 'message', 'whatsapp', 'sender', ${SLOT}, ${NOW}, ${NOW}, ${SLOT})`.execute(
    db,
  )
  await sql`insert into meeting_event (id, body_hash, event, zoom_meeting_id, session_id, occurred_at, received_at, participant, object)
    values (${newId()}, 'hz', 'meeting.participant_joined', '1', ${sessionId}, ${NOW}, ${NOW}, ${said}::jsonb, ${said}::jsonb)`.execute(
    db,
  )
  await sql`insert into meeting_report values (${newId()}, ${sessionId}, 'u', ${NOW}, ${JSON.stringify([{ name: SLOT, userEmail: SLOT }])}::jsonb)`.execute(
    db,
  )
  await sql`insert into webhook_event (id, vendor, body_hash, event, outcome, received_at, body) values (${newId()}, 'zoom', '\\x02', ${SLOT}, 'accepted', ${NOW}, ${said}::jsonb)`.execute(
    db,
  )
  await sql`insert into attendance_verdict (id, session_id, participant_id, version, verdict, stage, evidence, decided_at, decided_by, reason) values (${newId()}, ${sessionId}, ${participantId}, 1, 'present', 'firm', ${said}::jsonb, ${NOW}, 'token:' || ${SLOT}, ${SLOT})`.execute(
    db,
  )
  await sql`insert into mirror (id, kind, key, session_id, owner_id, wanted, wanted_at, last_error) values (${newId()}, 'registrant', ${`registrant:${participantId}`}, ${sessionId}, ${participantId}, ${said}::jsonb, ${NOW}, ${SLOT})`.execute(
    db,
  )
  const connection = newId()
  await sql`insert into calendar_connection (id, account_id, google_email, tokens, connected_at) values (${connection}, ${mentor}, ${SLOT}, 'sealed', ${NOW})`.execute(
    db,
  )
  await sql`insert into calendar_busy values (${connection}, 'g', ${mentor}, tstzrange(${target.startsAt}, ${target.startsAt.add({ hours: 1 })}), ${SLOT}, ${NOW})`.execute(
    db,
  )
  await sql`insert into calendar_difference values (${newId()}, ${connection}, ${sessionId}, 'moved', ${said}::jsonb, ${NOW})`.execute(
    db,
  )
  await sql`insert into audit_log (id, at, actor, action, object_kind, object_id, reason, detail) values (${newId()}, ${NOW}, 'token:' || ${SLOT}, 'session.cancelled', 'session', ${sessionId}, ${SLOT}, ${said}::jsonb)`.execute(
    db,
  )
  await sql`insert into session_merge_log (id, merge_id, session_id, survivor_id, moved, merged_at, merged_by, reason) values (${newId()}, ${newId()}, ${target.secondId}, ${sessionId}, '{}', ${NOW}, 'token:' || ${SLOT}, ${SLOT})`.execute(
    db,
  )
  for (const kind of ['missing', 'objection', 'declined', 'difference', 'unknown_delivery'])
    await sql`insert into ops_case (id, kind, key, session_id, account_id, title, detail, opened_at) values (${newId()}, ${kind}, ${`${kind}:${participantId}@9`}, ${sessionId}, ${mentee}, ${SLOT}, ${said}::jsonb, ${NOW})`.execute(
      db,
    )
  await sql`insert into ops_case (id, kind, key, session_id, title, detail, opened_at, settled_at, settled_by, settled_reason) values (${newId()}, 'cap', 'cap:z', ${sessionId}, ${SLOT}, ${said}::jsonb, ${NOW}, ${NOW}, 'token:' || ${SLOT}, ${SLOT})`.execute(
    db,
  )
  await sql`update calendar_connection set broken_why = ${SLOT}`.execute(db)
  await sql`update calendar_difference set settled_how = ${SLOT}`.execute(db)
  await sql`update consent set withdrawn_by = 'token:' || ${SLOT} where account_id <> ${mentee} or channel = 'whatsapp'`.execute(
    db,
  )
  await sql`update session_merge_log set undone_by = 'token:' || ${SLOT}`.execute(db)
  await sql`insert into booking_pause values (${newId()}, ${programmeId}, ${mentee}, ${SLOT}, ${NOW}, 'token:' || ${SLOT}, ${NOW}, 'token:' || ${SLOT}, ${SLOT})`.execute(
    db,
  )
  await sql`update programme_ops set given_by = 'token:' || ${SLOT}`.execute(db)
  await sql`update programme set settle_error = ${SLOT}`.execute(db)
}

type Column = { table: string; name: string; json: boolean }

/** Every column of text or JSON there is. */
export async function columnsOf(db: World['db']): Promise<Column[]> {
  const { rows } = await sql<Column>`
    select c.table_name as "table", c.column_name as name, c.data_type = 'jsonb' as json from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'jsonb') and c.is_generated = 'NEVER'
    order by 1, 2`.execute(db)
  return rows
}

const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '')

/** Puts `next` wherever `before` stands. */
export async function write({ owner: db }: World, columns: Column[], before: string, next: string): Promise<void> {
  const inJson = (text: string) =>
    sql`substr(to_jsonb(${text}::text)::text, 2, length(to_jsonb(${text}::text)::text) - 2)`
  const tables = Map.groupBy(columns, ({ table }) => table)
  await db.connection().execute(async (one) => {
    for (const [table, own] of tables) {
      const sets = own.map(({ name, json, table }) => {
        const column = sql.ref(name)
        // An address is in small letters by its own rule.
        const isAddress = `${table}.${name}` === 'account.email' || `${table}.${name}` === 'account_alias.email'
        if (isAddress) return sql`${column} = replace(${column}, lower(${before}), lower(${next}))`
        // What a rule of theirs would have refused is in no calendar: those are read by the same rule again.
        if (table === 'user_calendar_config' && json)
          return sql`${column} = replace(${column}::text, ${inJson(printable(before))}, ${inJson(printable(next))})::jsonb`
        return json
          ? sql`${column} = replace(${column}::text, ${inJson(before)}, ${inJson(next)})::jsonb`
          : sql`${column} = replace(${column}, ${before}, ${next})`
      })
      await sql`update ${sql.table(table)} set ${sql.join(sets)}`.execute(one)
    }
  })
}
