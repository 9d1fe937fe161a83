import { type Row, rows, type World } from '../world.ts'

/** How far somebody had seen when they acted: the last message and the last webhook on the page they acted on. */
export type Seen = { message: number; webhook: number }

export async function seenNow({ pool }: World): Promise<Seen> {
  const [last] = await rows(
    pool,
    'select (select coalesce(max(seq), 0) from sandbox.message)::int as message, (select coalesce(max(seq), 0) from sandbox.outgoing)::int as webhook',
  )
  return { message: last?.message ?? 0, webhook: last?.webhook ?? 0 }
}

/** "12.34" as it stands in an address; anything else is nothing seen yet, so that nothing is marked as new. */
export function readSeen(text: string | undefined): Seen | null {
  const [, message, webhook] = /^(\d{1,9})\.(\d{1,9})$/.exec(text ?? '') ?? []
  return message && webhook ? { message: Number(message), webhook: Number(webhook) } : null
}

export const seenText = ({ message, webhook }: Seen): string => `${message}.${webhook}`

export type Happening = { at: Temporal.Instant; channel: string; to: string; what: string; isIncoming: boolean }

/** What left the system since then, and what the vendors told it; oldest first, at most `most` of them and how many more. */
export async function happenedSince(
  { pool }: World,
  { message, webhook }: Seen,
  most: number,
): Promise<{ happenings: Happening[]; more: number }> {
  const sent = await rows(
    pool,
    'select at, channel, address, coalesce(subject, body) as text from sandbox.message where seq > $1 order by seq limit 200',
    message,
  )
  const told = await rows(
    pool,
    'select created_at, due_at, vendor, body, done_at, last_status, forged from sandbox.outgoing where seq > $1 order by seq limit 200',
    webhook,
  )
  const all = [
    ...told.flatMap((row) => {
      const what = eventIn(row)
      return what ? [{ at: row.created_at, channel: row.vendor, to: 'Punctual', what, isIncoming: true }] : []
    }),
    ...sent.map(({ at, channel, address, text }) => ({
      at,
      channel,
      to: address,
      what: text.replaceAll(/\s+/g, ' ').slice(0, 110),
      isIncoming: false,
    })),
  ].sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  return { happenings: all.slice(-most), more: Math.max(0, all.length - most) }
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
  const json = parsed(body)
  if (vendor === 'zoom') {
    const { event, payload } = json as {
      event?: string
      payload?: { object?: { participant?: { user_name?: string } } }
    }
    const name = payload?.object?.participant?.user_name
    return event ? `${event.replace(/^meeting\./, '').replaceAll('_', ' ')}${name ? `: ${name}` : ''}${how}` : null
  }
  if (vendor === 'whatsapp') {
    const value = (json as { entry?: { changes?: { value?: { messages?: Inbound[] } }[] }[] }).entry?.[0]?.changes?.[0]
      ?.value
    const said = value?.messages?.map(({ text, button }) => text?.body ?? button?.text ?? '').join(' ')
    return said ? `a person wrote “${said.slice(0, 80)}”${how}` : null
  }
  return `${vendor} event${how}`
}

type Inbound = { text?: { body: string }; button?: { text: string } }

function parsed(body: string): object {
  try {
    return JSON.parse(body) as object
  } catch {
    return {}
  }
}
