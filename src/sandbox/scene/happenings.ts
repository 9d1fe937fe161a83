import { shown } from '../../http.ts'
import { meaningOf } from '../../words/timeline.ts'
import { deliveries, peopleByAddress } from '../who.ts'
import { type Row, rows, type World } from '../world.ts'

/** As many as are read for one answer; whoever moves a day on wants the last of them and their number. */
const MOST = 500
const SHOWN = 24

/** What left the system since `since` (what `seen` said then, "12.34"; null: nothing) and where it arrived, and what people and vendors told it; oldest first, the last of them. */
export async function happenedSince(world: World, since: string | null) {
  const seen = await seenNow(world)
  const [message = 0, webhook = 0] = (since ?? seen).split('.').map(Number)
  const sent = await rows(
    world.pool,
    `select seq, id, at, channel, address, state, vendor_id, delivery_id, template, coalesce(subject, body) as text
     from sandbox.message where seq > $1 order by seq desc limit $2`,
    message,
    MOST,
  )
  const told = await rows(
    world.pool,
    'select seq, created_at, due_at, vendor, body, done_at, last_status, forged from sandbox.outgoing where seq > $1 order by seq desc limit $2',
    webhook,
    MOST,
  )
  const meant = await deliveries(
    world.pool,
    sent.flatMap(({ delivery_id }) => (delivery_id ? [delivery_id] : [])),
    sent.map(({ vendor_id }) => vendor_id),
  )
  const names = await namesOf(world, sent)
  const all = [
    ...told.flatMap((row) => {
      const what = eventIn(row)
      return what ? [{ id: `in${row.seq}`, at: row.created_at, channel: row.vendor, who: '', what, state: null }] : []
    }),
    ...sent.map(({ seq, at, channel, address, state, vendor_id, delivery_id, text }) => {
      const key = (meant.get(delivery_id) ?? meant.get(vendor_id))?.effectKey
      return {
        id: `out${seq}`,
        at,
        channel,
        who: channel === 'slack' ? '#ops' : (names.get(address) ?? address),
        what: key ? meaningOf(key) : short(String(text).replaceAll('*', '')),
        state: STATES[state] ?? (state as string),
      }
    }),
  ].sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  return {
    seen,
    earlier: Math.max(0, all.length - SHOWN),
    items: all.slice(-SHOWN).map(({ at, ...one }) => ({ ...one, at: shown(at) })),
  }
}

/** How far somebody has seen: the last message and the last webhook. As text "12.34". */
async function seenNow({ pool }: World): Promise<string> {
  const [last] = await rows(
    pool,
    'select (select coalesce(max(seq), 0) from sandbox.message)::int as message, (select coalesce(max(seq), 0) from sandbox.outgoing)::int as webhook',
  )
  return `${last?.message ?? 0}.${last?.webhook ?? 0}`
}

/** What the vendor says of a message; mail and Slack take it or do not. */
const STATES: Record<string, string> = {
  accepted: 'delivered',
  sent: 'sent, the phone is off',
  delivered: 'delivered',
  read: 'read',
  failed: 'did not arrive',
  bounced: 'came back',
}

async function namesOf({ pool }: World, sent: Row[]): Promise<Map<string, string>> {
  const owners = await peopleByAddress(pool, [...new Set(sent.map(({ address }) => address as string))])
  const known = await rows(pool, 'select id, name from account where id = any($1::uuid[])', [...owners.values()])
  const nameOf = new Map(known.map(({ id, name }) => [id, name]))
  return new Map([...owners].map(([address, id]) => [address, nameOf.get(id) ?? address]))
}

// Receipts of every message would hide what people did; the ticks in the chats show them.
function eventIn({ vendor, body, forged, due_at, done_at, last_status }: Row): string | null {
  const how = forged
    ? ' (forged)'
    : done_at === null
      ? ` (on its way, due ${due_at.toString().slice(11, 16)} UTC)`
      : last_status >= 300
        ? ` (refused: ${last_status})`
        : ''
  if (vendor === 'slack') return `a button was pressed${how}`
  if (vendor === 'google') return `calendar changed${how}`
  if (vendor === 'email') return `a mail came back${how}`
  const json = parsed(body)
  if (vendor === 'zoom') {
    const { event, payload } = json as {
      event?: string
      payload?: { object?: { participant?: { user_name?: string } } }
    }
    const name = payload?.object?.participant?.user_name
    return event ? `${event.replace(/^meeting\./, '').replaceAll('_', ' ')}${name ? `: ${name}` : ''}${how}` : null
  }
  const value = (json as { entry?: { changes?: { value?: { messages?: Inbound[] } }[] }[] }).entry?.[0]?.changes?.[0]
    ?.value
  const said = value?.messages?.map(({ text, button }) => text?.body ?? button?.text ?? '').join(' ')
  return said ? `a person wrote “${short(said)}”${how}` : null
}

// One line of it: cut between two words, and it says so.
function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= 100 ? line : `${line.slice(0, 100).replace(/\s+\S*$/, '')} …`
}

type Inbound = { text?: { body: string }; button?: { text: string } }

function parsed(body: string): object {
  try {
    return JSON.parse(body) as object
  } catch {
    return {}
  }
}
