import { sql } from 'kysely'
import type { Tx } from '../database/transaction.ts'
import { newId } from '../ids.ts'
import { type DaySettlement, settleDay } from '../playbook/day.ts'
import { loadDays } from './facts/days.ts'
import { record } from './ledger.ts'
import type { Needs } from './needs.ts'
import { installation, isFromDatabase, type Subjects, sentence } from './reconcile.ts'

type Look = { id: string; settlement: DaySettlement } | { id: string; error: string }

/** What the mirror of a morning message says. It is posted as a card is, and never changed afterwards. */
export type DigestCard = { digest: Record<string, unknown>; expiresAt: string }

/** Programmes as subjects of their own: the morning message to ops. Same three steps as for sessions. */
export const programmes = (needs: Pick<Needs, 'config' | 'vendors'>): Subjects<Look> => ({
  // Whoever books refers to the programme's row: this lock lets them.
  async claim(tx, now, limit) {
    const { rows } = await sql<{ id: string }>`
      select id from programme where wake_at <= ${now} order by wake_at limit ${Math.min(limit, 20)} for no key update skip locked`.execute(
      tx,
    )
    return rows.map((row) => row.id)
  },

  async look(tx, ids, now) {
    const looks: Look[] = []
    for (const id of ids) {
      try {
        const [facts] = await loadDays(tx, [id], now, installation(needs))
        if (!facts) throw new Error('The programme has no facts.')
        looks.push({ id, settlement: settleDay(facts, now) })
      } catch (error) {
        if (isFromDatabase(error)) throw error
        looks.push({ id, error: sentence(error) })
      }
    }
    return looks
  },

  async store(tx, looks, now) {
    const settled = looks.flatMap((look) => ('settlement' in look ? [look] : []))
    const owned = await record(
      tx,
      settled.map(({ id, settlement }) => ({
        subjectId: id,
        subjectKind: 'programme',
        decisions: settlement.decisions,
      })),
      now,
    )
    await wantDigests(tx, settled, owned, now)
    const rows = looks.map((look) =>
      'settlement' in look ? { id: look.id, wake_at: look.settlement.wakeAt, error: null } : { ...look, wake_at: null },
    )
    await sql`
      update programme set settle_error = r.error, settle_failures = case when r.error is null then 0 else settle_failures + 1 end,
        wake_at = case when r.error is null then r.wake_at
          else ${now}::timestamptz + least(interval '10 minutes', interval '10 seconds' * power(2, least(settle_failures, 10))) end
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, wake_at timestamptz, error text)
      where programme.id = r.id`.execute(tx)
  },
})

/** Only who owns the decision posts it; after a lost answer it is found in the channel by its key. */
async function wantDigests(
  tx: Tx,
  settled: { id: string; settlement: DaySettlement }[],
  owned: ReadonlySet<string>,
  now: Temporal.Instant,
): Promise<void> {
  const rows = settled.flatMap(({ id, settlement }) =>
    settlement.decisions
      .filter(({ message, decision }) => decision === 'send' && owned.has(`${id} ${message.key}`))
      .map(({ message }) => {
        const wanted: DigestCard = { digest: message.detail, expiresAt: message.expiresAt.toString() }
        return { id: newId(), key: message.key, owner_id: id, wanted }
      }),
  )
  if (rows.length === 0) return
  await sql`
    insert into mirror (id, kind, key, owner_id, wanted, wanted_at, next_attempt_at)
    select id, 'slack_card', key, owner_id, wanted, ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, key text, owner_id uuid, wanted jsonb)
    on conflict do nothing`.execute(tx)
}
