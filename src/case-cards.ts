import { sql } from 'kysely'
import type { Database } from './database/pool.ts'
import type { Tx } from './database/transaction.ts'
import { newId } from './ids.ts'

/** More cases of one kind in one programme than this, within ten minutes, are read as one card with rows. */
const MOST_CARDS = 5
export const ONE_CARD_FOR_MINUTES = 10

/** What the mirror of a card with rows says. The cases themselves are read when the card is drawn. */
export type CardOfMany = { programmeId: string | null; kind: string; since: string }

/**
 * What the cards of these cases should show now: a wanted state like any other. Called after every change of a case, by a
 * fact or by a person. A case keeps the card on which it was first shown: its own, or the row of a card of many.
 *
 * The key of a card of many names programme, kind and the millisecond it began; a case without a card of its own, opened in
 * the ten minutes from then on, is one of its rows. So nothing else has to remember who is on which card.
 */
export async function wantCards(tx: Tx | Database, caseIds: string[], now: Temporal.Instant): Promise<void> {
  if (caseIds.length === 0) return
  const placed = await placesOf(tx, caseIds)
  const rows = [
    ...placed
      .filter((one) => !one.shared)
      .map(({ id, session_id, shows }) => ({ id: newId(), key: id, session_id, owner_id: id, wanted: shows })),
    // A new number each time: the card is drawn again, and after whoever is drawing it now.
    ...[...new Map(placed.flatMap(({ shared }) => (shared ? [[shared.key, shared]] : [])))].map(
      ([key, { wanted }]) => ({
        id: newId(),
        key,
        session_id: null,
        owner_id: wanted.programmeId,
        wanted: { ...wanted, change: newId() },
      }),
    ),
  ]
  await sql`
    insert into mirror (id, kind, key, session_id, owner_id, wanted, wanted_at, next_attempt_at)
    select id, 'slack_card', key, session_id, owner_id, wanted, ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, key text, session_id uuid, owner_id uuid, wanted jsonb)
    order by key
    on conflict (kind, key) do update set wanted = excluded.wanted, wanted_at = excluded.wanted_at,
      next_attempt_at = excluded.next_attempt_at, failures = 0
    where mirror.wanted is distinct from excluded.wanted`.execute(tx)
}

type Place = {
  id: string
  session_id: string | null
  shows: Record<string, unknown>
  shared: { key: string; wanted: CardOfMany } | null
}

async function placesOf(tx: Tx | Database, caseIds: string[]): Promise<Place[]> {
  const { rows } = await sql<Omit<Place, 'shared'> & Moment & { has_own: boolean }>`
    with changed as (
      select c.*, exists (select from mirror m where m.kind = 'slack_card' and m.key = c.id::text) as has_own
      from ops_case c where c.id = any(${caseIds}::uuid[])
    ), moments as (
      select at.*,
        (select m.key from mirror m where m.kind = 'slack_card'
          and m.key > at.prefix || lpad((at.ms - ${ONE_CARD_FOR_MINUTES * 60_000})::text, 13, '0') and m.key <= at.prefix || lpad(at.ms::text, 13, '0')
          order by m.key desc limit 1) as shared_key,
        (select count(*)::int from (
          select from ops_case o where o.settled_at is null and o.kind = at.kind and o.programme_id is not distinct from at.programme_id
            and o.opened_at > at.opened_at - make_interval(mins => ${ONE_CARD_FOR_MINUTES}) and o.opened_at <= at.opened_at
          limit ${MOST_CARDS + 1}) crowd) as crowd
      from (
        select distinct programme_id, kind, opened_at, floor(extract(epoch from opened_at) * 1000)::bigint as ms,
          'many:' || coalesce(programme_id::text, '') || ':' || kind || ':' as prefix
        from changed where not has_own
      ) at
    )
    select c.id, c.session_id, c.programme_id, c.kind, c.opened_at, c.has_own, m.prefix, m.ms::text, m.shared_key, m.crowd,
      jsonb_build_object('kind', c.kind, 'title', c.title, 'detail', c.detail, 'settledReason', c.settled_reason, 'settledBy', c.settled_by) as shows
    from changed c left join moments m on not c.has_own and m.kind = c.kind and m.programme_id is not distinct from c.programme_id
      and m.opened_at = c.opened_at`.execute(tx)
  return rows.map(({ has_own, ...row }) => ({
    id: row.id,
    session_id: row.session_id,
    shows: row.shows,
    shared: has_own ? null : sharedCard(row),
  }))
}

type Moment = {
  programme_id: string | null
  kind: string
  opened_at: Temporal.Instant
  prefix: string
  ms: string
  shared_key: string | null
  crowd: number
}

function sharedCard({ programme_id, kind, prefix, ms, shared_key, crowd }: Moment): Place['shared'] {
  if (!shared_key && crowd <= MOST_CARDS) return null
  const key = shared_key ?? `${prefix}${ms.padStart(13, '0')}`
  const since = Temporal.Instant.fromEpochMilliseconds(Number(key.slice(prefix.length))).toString()
  return { key, wanted: { programmeId: programme_id, kind, since } }
}
