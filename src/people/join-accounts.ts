import { type RawBuilder, sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { pgError, type Tx, transact } from '../database/transaction.ts'
import { invalid, notFound, Refusal } from '../errors.ts'
import { isPrivileged, mayElseForbidden } from './accounts.ts'
import type { Actor } from './actor.ts'
import { wakePerson } from './consent.ts'
import { may } from './policy.ts'
import { isKnownToOps, programmesOf } from './scope.ts'

/**
 * Two accounts of one person become one: everything of `gone` belongs to `kept` from now on, and its address is an alias.
 * Refuses `not_possible` when both are in one pair or session, both have a connected calendar, or their sessions overlap:
 * then they are two people, or something must be cancelled first.
 */
export async function joinAccounts(
  db: Database,
  actor: Actor,
  { kept, gone, reason }: { kept: string; gone: string; reason: string },
  now: Temporal.Instant,
): Promise<void> {
  await overlapAsRefusal(() => transact(db, (tx) => joinWithin(tx, actor, { kept, gone, reason }, now)))
}

/** What would pass from one account to the other, by name of what it is; done whole and taken back, so it refuses as the deed does. */
export async function previewJoin(
  db: Database,
  actor: Actor,
  ask: { kept: string; gone: string },
  now: Temporal.Instant,
): Promise<Moved[]> {
  const undone = new Error('preview')
  let moved: Moved[] = []
  try {
    await overlapAsRefusal(() =>
      transact(db, async (tx) => {
        moved = await joinWithin(tx, actor, { ...ask, reason: 'preview' }, now)
        throw undone
      }),
    )
  } catch (error) {
    if (error !== undone) throw error
  }
  return moved
}

export type Moved = { what: (typeof WHAT)[number]; count: number }
export const WHAT = [
  'addresses',
  'consents',
  'pairs',
  'weekly hours',
  'Zoom users',
  'bookings',
  'sessions',
  'holds',
  'calendars',
  'WhatsApp messages',
  'messages sent',
  'pauses',
  'cases',
  'programmes they work for',
] as const

async function joinWithin(
  tx: Tx,
  actor: Actor,
  { kept, gone, reason }: { kept: string; gone: string; reason: string },
  now: Temporal.Instant,
): Promise<Moved[]> {
  mayElseForbidden(may(actor, 'run', { people: [], programmes: [] }))
  if (kept === gone) throw invalid({ field: 'goneId', rule: 'must be another person' })
  await lock(tx, [kept, gone])
  const both = await tx
    .selectFrom('account')
    .select(['id', 'email', 'roles', 'phone_e164', 'whatsapp_user_id', 'slack_user_id'])
    .where('id', 'in', [kept, gone])
    .where('joined_into', 'is', null)
    .where(isKnownToOps(actor, 'account.id'))
    .execute()
  const [stays, leaves] = [both.find(({ id }) => id === kept), both.find(({ id }) => id === gone)]
  if (!stays || !leaves) throw notFound('person')
  const programmes = [...(await programmesOf(tx, [kept, gone])).values()].flat()
  const rights = { people: [], programmes, privileged: isPrivileged([...stays.roles, ...leaves.roles]) }
  mayElseForbidden(may(actor, 'hand_out', rights))
  await refuseTwoPeople(tx, kept, gone)
  const number = stays.phone_e164 ?? leaves.phone_e164
  await keepTheNo(tx, { kept, gone, email: stays.email, number }, now)
  const moved = new Map<Moved['what'], number>()
  for (const [what, statement] of hand(kept, gone)) {
    const { numAffectedRows = 0n } = await statement.execute(tx)
    if (what) moved.set(what, (moved.get(what) ?? 0) + Number(numAffectedRows))
  }
  await tx
    .insertInto('account_alias')
    .values({ email: leaves.email, account_id: kept, learned: 'joined', learned_at: now })
    .onConflict((conflict) => conflict.column('email').doUpdateSet({ account_id: kept }))
    .execute()
  await tx.updateTable('account').set({ slack_user_id: null }).where('id', '=', gone).execute()
  await tx
    .updateTable('account')
    .set({
      slack_user_id: stays.slack_user_id ?? leaves.slack_user_id,
      roles: [...new Set([...stays.roles, ...leaves.roles])],
      phone_e164: number,
      whatsapp_user_id: stays.whatsapp_user_id ?? leaves.whatsapp_user_id,
    })
    .where('id', '=', kept)
    .execute()
  await tx
    .updateTable('account')
    .set({ joined_into: kept, deactivated_at: now, wake_at: null })
    .where((e) => e.or([e('id', '=', gone), e('joined_into', '=', gone)]))
    .execute()
  await wakePerson(tx, kept, now)
  const detail = { gone }
  await audit(tx, {
    at: now,
    actor: actor.label,
    action: 'person.joined',
    objectKind: 'account',
    objectId: kept,
    reason,
    detail,
  })
  return [...moved].filter(([, count]) => count > 0).map(([what, count]) => ({ what, count }))
}

async function overlapAsRefusal(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (pgError(error)?.constraint === 'commitment_no_overlap')
      throw notPossible('Both are expected at overlapping times. Move or cancel one of the sessions first.')
    throw error
  }
}

// Commitments pass from one holder to another: the same locks as a reschedule, in the same order.
const lock = (tx: Tx, ids: string[]) => sql`select commitment_lock('{}'::uuid[], ${ids}::uuid[])`.execute(tx)

async function refuseTwoPeople(tx: Tx, kept: string, gone: string): Promise<void> {
  const { rows } = await sql<{ paired: boolean; together: boolean; calendars: boolean }>`select
    exists (select from mentorship where (mentor_id, mentee_id) in ((${kept}, ${gone}), (${gone}, ${kept}))) as paired,
    exists (select from session_participant a join session_participant b using (session_id)
      where a.account_id = ${kept} and b.account_id = ${gone} and a.left_at is null and b.left_at is null) as together,
    (select count(*) = 2 from calendar_connection where account_id in (${kept}, ${gone}) and disconnected_at is null) as calendars`.execute(
    tx,
  )
  const [{ paired, together, calendars } = { paired: false, together: false, calendars: false }] = rows
  if (paired) throw notPossible('They are mentor and mentee of each other.')
  if (together) throw notPossible('They are both expected in one session.')
  if (calendars) throw notPossible('Both have a connected calendar. Disconnect one of them first.')
}

const notPossible = (why: string): Refusal => new Refusal('not_possible', `These accounts cannot be joined. ${why}`)

/**
 * The last word of the person about a channel counts. An account that said no, and has not said yes since, speaks for the other
 * one too: that one's consent ends here, or the join would take the STOP back. A later yes stands only if it was given for the
 * number or address that is written to from now on: of the two mistakes, writing to one that said STOP is the worse.
 */
async function keepTheNo(
  tx: Tx,
  { kept, gone, email, number }: { kept: string; gone: string; email: string; number: string | null },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    with refusal as (
      select channel, max(withdrawn_at) as said_at from consent where account_id in (${kept}, ${gone})
      group by account_id, channel having bool_and(withdrawn_at is not null))
    update consent set withdrawn_at = ${now}, withdrawn_by = 'join:the other account said no'
    from refusal, account giver
    where consent.account_id in (${kept}, ${gone}) and consent.withdrawn_at is null
      and refusal.channel = consent.channel and giver.id = consent.account_id
      and (consent.granted_at <= refusal.said_at
        or case consent.channel when 'email' then giver.email <> ${email} else giver.phone_e164 is distinct from ${number} end)`.execute(
    tx,
  )
}

// What is only tidied away, or follows from another line, has no name.
const hand = (kept: string, gone: string): [Moved['what'] | null, RawBuilder<unknown>][] => [
  ['addresses', sql`update account_alias set account_id = ${kept} where account_id = ${gone}`],
  ['consents', sql`update consent set account_id = ${kept} where account_id = ${gone}`],
  ['pairs', sql`update mentorship set mentor_id = ${kept} where mentor_id = ${gone}`],
  ['pairs', sql`update mentorship set mentee_id = ${kept} where mentee_id = ${gone}`],
  [
    'weekly hours',
    sql`update user_calendar_config set account_id = ${kept} where account_id = ${gone}
      and not exists (select from user_calendar_config where account_id = ${kept})`,
  ],
  [null, sql`delete from user_calendar_config where account_id = ${gone}`],
  [
    'Zoom users',
    sql`update zoom_host set account_id = ${kept} where account_id = ${gone} and not exists (select from zoom_host where account_id = ${kept})`,
  ],
  ['bookings', sql`update user_calendar_booking set mentor_id = ${kept} where mentor_id = ${gone}`],
  ['bookings', sql`update user_calendar_booking set mentee_id = ${kept} where mentee_id = ${gone}`],
  ['sessions', sql`update session_participant set account_id = ${kept} where account_id = ${gone}`],
  ['holds', sql`update hold set mentor_id = ${kept} where mentor_id = ${gone}`],
  ['holds', sql`update hold set mentee_id = ${kept} where mentee_id = ${gone}`],
  [null, sql`update commitment set holder_id = ${kept} where holder_id = ${gone}`],
  ['calendars', sql`update calendar_connection set account_id = ${kept} where account_id = ${gone}`],
  [null, sql`update calendar_busy set account_id = ${kept} where account_id = ${gone}`],
  ['WhatsApp messages', sql`update whatsapp_message set account_id = ${kept} where account_id = ${gone}`],
  [null, sql`update notification_trigger_log set recipient_id = ${kept} where recipient_id = ${gone}`],
  ['messages sent', sql`update delivery set recipient_id = ${kept} where recipient_id = ${gone}`],
  [
    'pauses',
    sql`update booking_pause set account_id = ${kept} where account_id = ${gone} and (lifted_at is not null or not exists (
      select from booking_pause own where own.account_id = ${kept} and own.programme_id = booking_pause.programme_id and own.lifted_at is null))`,
  ],
  ['cases', sql`update ops_case set account_id = ${kept} where account_id = ${gone}`],
  [
    'programmes they work for',
    sql`insert into programme_ops (programme_id, account_id, since, given_by) select programme_id, ${kept}::uuid, since, given_by from programme_ops where account_id = ${gone} on conflict do nothing`,
  ],
  [null, sql`delete from programme_ops where account_id = ${gone}`],
  [null, sql`delete from signed_in where account_id = ${gone}`],
]
