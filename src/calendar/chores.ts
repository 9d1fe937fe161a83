import { sql } from 'kysely'
import { openCase } from '../cases.ts'
import type { House } from '../http.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { keepChannels } from './push-channel.ts'
import { type Connection, dueConnections, syncConnection } from './sync.ts'

/** Periodic work. `polls`: asks a vendor for news, so at most once per virtual hour while a clock is advanced. */
export type Chore = {
  name: string
  every: { minutes?: number; hours?: number }
  polls?: boolean
  run: (now: Temporal.Instant) => Promise<void>
}

/** The name whose row a hint makes due at once. */
export const HINT_CHORE = 'calendar_hints'
const POLL = { minutes: 15 }

export function calendarChores(house: House, vendors: Vendors): Chore[] {
  return [
    { name: HINT_CHORE, every: { hours: 24 }, polls: true, run: (now) => syncHinted(house, vendors, now) },
    { name: 'calendar_sync', every: POLL, polls: true, run: (now) => syncDue(house, vendors, now) },
    { name: 'calendar_channels', every: { hours: 1 }, polls: true, run: (now) => keepChannels(house, vendors, now) },
    { name: 'broken_calendars', every: { hours: 1 }, polls: true, run: (now) => reportBroken(house, now) },
  ]
}

/** Reads every calendar that was not read lately: hints get lost. One that cannot be read does not hold up the others. */
export async function syncDue(house: House, vendors: Vendors, now: Temporal.Instant): Promise<void> {
  if (!vendors.google) return
  await readEach(house, vendors, await dueConnections(house, now.subtract(POLL), now), now)
}

/** Reads only the calendars that Google hinted at: our own events cause a hint each. */
export async function syncHinted(house: House, vendors: Vendors, now: Temporal.Instant): Promise<void> {
  if (!vendors.google) return
  await readEach(house, vendors, await dueConnections(house, null, now), now)
}

async function readEach(house: House, vendors: Vendors, due: Connection[], now: Temporal.Instant): Promise<void> {
  const readNext = async (): Promise<void> => {
    for (let connection = due.shift(); connection; connection = due.shift()) {
      const answer = await syncConnection(house, vendors, connection, now)
      if (!answer.ok)
        house.log('calendar_not_read', { connection: connection.id, kind: answer.kind, code: answer.code })
    }
  }
  await Promise.all([readNext(), readNext(), readNext(), readNext()])
}

// Whoever finds a grant dead marks the connection; the case for ops is opened here, once for each break.
async function reportBroken(house: House, now: Temporal.Instant): Promise<void> {
  const { rows } = await sql<{ key: string; account_id: string; name: string; broken_why: string | null }>`
    select ${caseKey} as key, connection.account_id, account.name, connection.broken_why
    from calendar_connection connection join account on account.id = connection.account_id
    where connection.broken_at is not null and connection.disconnected_at is null
      and not exists (select from ops_case where ops_case.key = ${caseKey})`.execute(house.db)
  for (const row of rows) {
    await openCase(house.db, now, {
      kind: 'calendar',
      key: row.key,
      accountId: row.account_id,
      title: `The Google calendar of ${row.name} must be connected again.`,
      detail: { why: row.broken_why },
    })
  }
}

const caseKey = sql<string>`'calendar:' || connection.id || ':' || extract(epoch from connection.broken_at)::bigint`
