import { sql } from 'kysely'
import { keepCases } from '../cases.ts'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { type AccountFacts, type AccountSettlement, settleAccount } from '../playbook/accounts.ts'
import type { Channel } from '../playbook/facts.ts'
import { loadMissed } from './facts/missed.ts'
import { loadTold } from './facts/record.ts'
import { record, withdraw } from './ledger.ts'
import type { Needs } from './needs.ts'
import { installation, type Subjects } from './reconcile.ts'

export type LoadedAccount = AccountFacts & { email: string; phone: string | null; programmeName: string }
type Look = { id: string; settlement: AccountSettlement } | { id: string; error: string }

/** People as subjects of their own: invitation, broken calendar, notices. Same three steps as for sessions. */
export const accounts = (needs: Pick<Needs, 'config' | 'vendors'>): Subjects<Look> => ({
  async claim(tx, now, limit) {
    const { rows } = await sql<{ id: string }>`
      select id from account where wake_at <= ${now} order by wake_at limit ${limit} for update skip locked`.execute(tx)
    return rows.map((row) => row.id)
  },
  async look(tx, ids, now) {
    const facts = await loadAccountFacts(tx, ids, now, installation(needs).channels)
    return ids.map((id) => {
      try {
        return { id, settlement: settleAccount(facts.get(id) as LoadedAccount, now) }
      } catch (error) {
        return { id, error: String(error).slice(0, 500) }
      }
    })
  },
  async store(tx, looks, now) {
    const settled = looks.flatMap((look) => ('settlement' in look ? [look] : []))
    await record(
      tx,
      settled.map(({ id, settlement }) => ({ subjectId: id, subjectKind: 'account', decisions: settlement.decisions })),
      now,
    )
    await withdraw(
      tx,
      settled.flatMap(({ id, settlement }) => settlement.withdrawn.map((one) => ({ subjectId: id, ...one }))),
    )
    await keepCases(
      tx,
      settled.flatMap(({ id, settlement }) =>
        settlement.cases.map(({ participantId: _, ...wish }) => ({
          ...wish,
          accountId: id,
          programmeId: wish.detail.programmeId as string,
        })),
      ),
      now,
    )
    const rows = looks.map((look) =>
      'settlement' in look ? { id: look.id, wake_at: look.settlement.wakeAt, error: null } : { ...look, wake_at: null },
    )
    await sql`
      update account set settle_error = r.error, settle_failures = case when r.error is null then 0 else settle_failures + 1 end,
        wake_at = case when r.error is null then r.wake_at
          else ${now}::timestamptz + least(interval '10 minutes', interval '10 seconds' * power(2, least(settle_failures, 10))) end
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, wake_at timestamptz, error text)
      where account.id = r.id`.execute(tx)
  },
})

type Row = {
  id: string
  name: string
  email: string
  phone: string | null
  locale: string
  timeZone: string
  channels: Channel[]
  invitedAt: Temporal.Instant | null
  acceptedAt: Temporal.Instant | null
  deactivatedAt: Temporal.Instant | null
  programmeName: string | null
}

/** Everything the playbook may look at to write to people about their accounts. */
export async function loadAccountFacts(
  db: Database | Tx,
  ids: readonly string[],
  now: Temporal.Instant,
  channelsOn: readonly Channel[] = ['whatsapp', 'email'],
): Promise<Map<string, LoadedAccount>> {
  const { rows } = await sql<Row>`
    select a.id, a.name, a.email, a.phone_e164 as phone, a.locale, a.time_zone as "timeZone", a.invited_at as "invitedAt",
      a.accepted_at as "acceptedAt", a.deactivated_at as "deactivatedAt",
      array(
        select channel from unnest(a.channels) channel
        where not exists (select from dead_address d where d.channel = channel and d.address in (a.phone_e164, a.email)) and case channel
          when 'whatsapp' then a.phone_e164 is not null and exists (select from consent c where c.account_id = a.id and c.channel = 'whatsapp' and c.withdrawn_at is null)
          else not exists (select from consent c where c.account_id = a.id and c.channel = 'email' and c.withdrawn_at is not null)
            or exists (select from consent c where c.account_id = a.id and c.channel = 'email' and c.withdrawn_at is null) end
      ) as channels,
      (select p.name from mentorship m join programme p on p.id = m.programme_id
        where a.id in (m.mentor_id, m.mentee_id) order by m.created_at desc limit 1) as "programmeName"
    from account a where a.id = any(${ids}::uuid[])`.execute(db)
  const { rows: connections } = await sql<AccountFacts['connections'][number] & { of: string }>`
    select account_id as "of", id, google_email as calendar, connected_at as "connectedAt", broken_at as "brokenAt", disconnected_at as "disconnectedAt"
    from calendar_connection where account_id = any(${ids}::uuid[]) order by connected_at`.execute(db)
  const { rows: pauses } = await sql<AccountFacts['pauses'][number] & { of: string }>`
    select k.account_id as "of", k.id, p.name as "programmeName", k.paused_at as "pausedAt", k.lifted_at as "liftedAt"
    from booking_pause k join programme p on p.id = k.programme_id where k.account_id = any(${ids}::uuid[]) order by k.paused_at, k.id`.execute(
    db,
  )
  const { rows: cases } = await sql<AccountFacts['cases'][number] & { of: string }>`
    select account_id as "of", kind, key, detail from ops_case
    where account_id = any(${ids}::uuid[]) and kind = 'pause_proposed' and settled_at is null`.execute(db)
  const missed = await loadMissed(db, ids, now)
  const told = await loadTold(db, ids)
  const ofPerson = <T extends { of: string }>(list: T[], id: string) =>
    list.filter((one) => one.of === id).map(({ of: _, ...one }) => one)

  return new Map(
    rows.map(({ id, channels, email, phone, programmeName, ...person }) => [
      id,
      {
        account: { ...person, accountId: id, channels: channels.filter((channel) => channelsOn.includes(channel)) },
        connections: ofPerson(connections, id),
        missed: missed.get(id) ?? [],
        pauses: ofPerson(pauses, id),
        cases: ofPerson(cases, id),
        ledger: told.get(id)?.ledger ?? [],
        deliveries: told.get(id)?.deliveries ?? [],
        email,
        phone,
        programmeName: programmeName ?? 'your programme',
      },
    ]),
  )
}
