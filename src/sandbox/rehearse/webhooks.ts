import { randomInt } from 'node:crypto'
import type { Vendor } from '../faults.ts'
import { enqueue } from '../queue.ts'
import { row, rows } from '../world.ts'
import { zoomHeaders } from '../zoom-room.ts'
import type { Outcome } from './acts.ts'
import { missing, type Stage } from './stage.ts'

/** What became of one webhook: how the product answered, how many it keeps more than before, and as what. */
export type Received = { status: number | null; stored: number; outcome: string | null }

type Kept = { path: string; headers: Record<string, string>; body: string }

/** The vendor's last webhook with one more blank, so that it is a new one, and a signature made with another secret. */
export async function forge(stage: Stage, vendor: Vendor): Promise<Outcome> {
  const { body, ...sent } = await lastOf(stage, vendor)
  return received(stage, vendor, { ...sent, body: `${body} ` }, true)
}

/** The vendor's last webhook once more, byte for byte, rightly signed at this moment. */
export async function replay(stage: Stage, vendor: Vendor): Promise<Outcome> {
  return received(stage, vendor, await lastOf(stage, vendor), false)
}

/** Zoom's last webhook, but about a meeting that nobody here has made. */
export async function strangeMeeting(stage: Stage): Promise<Outcome> {
  const { body, path } = await lastOf(stage, 'zoom')
  const event = JSON.parse(body)
  const stranger = String(randomInt(91_000_000_000, 99_000_000_000))
  event.payload.object = { ...event.payload.object, id: stranger, uuid: `${stranger}==` }
  return received(stage, 'zoom', { path, headers: zoomHeaders(), body: JSON.stringify(event) }, false)
}

async function received(stage: Stage, vendor: Vendor, { path, headers, body }: Kept, forged: boolean) {
  const { world } = stage.sandbox.vendors
  const before = await keptOf(stage, vendor)
  const [mark] = await rows(world.pool, 'select coalesce(max(seq), 0) as seq from sandbox.outgoing')
  await enqueue(world, { vendor, path, headers, body, forged })
  await stage.rest()
  const sent = await row(
    world.pool,
    'select last_status from sandbox.outgoing where seq > $1 and body = $2',
    mark?.seq,
    body,
  )
  const after = await keptOf(stage, vendor)
  const stored = after.count - before.count
  return { received: { status: sent?.last_status ?? null, stored, outcome: stored > 0 ? after.outcome : null } }
}

async function lastOf({ sandbox }: Stage, vendor: Vendor): Promise<Kept> {
  const last = await row(
    sandbox.vendors.world.pool,
    'select url, headers, body from sandbox.outgoing where vendor = $1 and last_status between 200 and 299 and not forged order by seq desc limit 1',
    vendor,
  )
  return last
    ? { path: last.url, headers: last.headers, body: last.body }
    : missing(`${vendor} has not sent a webhook yet that could be sent again`)
}

async function keptOf({ house }: Stage, vendor: Vendor): Promise<{ count: number; outcome: string | null }> {
  const kept = await house.db
    .selectFrom('webhook_event')
    .select(['outcome'])
    .where('vendor', '=', vendor)
    .orderBy('received_at')
    .orderBy('id')
    .execute()
  return { count: kept.length, outcome: kept.at(-1)?.outcome ?? null }
}
