import { deliveries, findPerson, hasTable, peopleByAddress } from './who.ts'
import { type Row, row, rows, type World } from './world.ts'

export type InboxItem = {
  id: string
  /** When it was sent, on the movable clock. */
  at: string
  channel: 'whatsapp' | 'email' | 'slack'
  to: string
  personId: string | null
  sessionId: string | null
  effectKey: string | null
  template: string | null
  subject?: string
  text: string
  buttons: { id: string; title: string }[]
}
export type InboxQuery = { person?: string; channel?: string; session?: string }

/** Everything the product has sent to people and channels, newest last. */
export async function inbox(world: World, query: InboxQuery = {}): Promise<InboxItem[]> {
  const person = query.person ? await findPerson(world.pool, query.person) : null
  // A person is asked for by any word; somebody the product does not know may still have got a message.
  const addresses = query.person
    ? [person?.email, person?.phone, query.person.toLowerCase()].filter((a) => typeof a === 'string')
    : null
  const found = await rows(
    world.pool,
    `select seq, id, at, channel, address, vendor_id, delivery_id, template, subject, body, buttons, raw -> 'metadata' as metadata from sandbox.message where $1::text is null or channel = $1 order by seq`,
    query.channel ?? null,
  )
  const meant = await deliveries(
    world.pool,
    found.flatMap((m) => (m.delivery_id ? [m.delivery_id] : [])),
    found.filter((m) => m.channel !== 'slack').map((m) => m.vendor_id),
  )
  const owners = await peopleByAddress(world.pool, [...new Set(found.map((m) => m.address as string))])
  const cards = await slackSubjects(world, found)
  return found
    .map((m): InboxItem => {
      const sent = meant.get(m.delivery_id) ?? meant.get(m.vendor_id)
      return {
        id: m.id,
        at: m.at.toString(),
        channel: m.channel,
        to: m.address,
        personId: sent?.personId ?? owners.get(m.address) ?? null,
        sessionId: sent?.sessionId ?? cards.get(m.seq)?.sessionId ?? null,
        effectKey: sent?.effectKey ?? cards.get(m.seq)?.effectKey ?? null,
        template: sent?.template ?? m.template ?? cards.get(m.seq)?.template ?? null,
        ...(m.subject === null ? {} : { subject: m.subject }),
        text: m.body,
        buttons: m.buttons,
      }
    })
    .filter((item) => !query.session || item.sessionId === query.session)
    .filter((item) => !addresses || addresses.includes(item.to) || (person !== null && item.personId === person.id))
}

/** One mail as the mailbox holds it: html, headers, calendar part. */
export async function mail(world: World, id: string): Promise<Row | undefined> {
  return row(
    world.pool,
    "select raw, subject, body, address, vendor_id, state from sandbox.message where id::text = $1 and channel = 'email'",
    id,
  )
}

// A card belongs to an ops case; its metadata says which, or names the session itself.
async function slackSubjects(
  world: World,
  found: Row[],
): Promise<Map<number, { sessionId: string | null; effectKey: string | null; template: string | null }>> {
  const subjects = new Map<number, { sessionId: string | null; effectKey: string | null; template: string | null }>()
  const cases = new Map<string, Row>()
  const payloads = found
    .filter((m) => m.channel === 'slack')
    .map((m) => ({ seq: m.seq as number, metadata: m.metadata }))
  const ids = payloads
    .flatMap(({ metadata }) => Object.values(metadata?.event_payload ?? {}).map(String))
    .filter((v) => /^[0-9a-f-]{36}$/.test(v))
  if (ids.length > 0 && (await hasTable(world.pool, 'ops_case'))) {
    for (const c of await rows(
      world.pool,
      'select id, key, kind, session_id from ops_case where id = any($1::uuid[])',
      [...new Set(ids)],
    ))
      cases.set(c.id, c)
  }
  for (const { seq, metadata } of payloads) {
    const payload = (metadata?.event_payload ?? {}) as Record<string, unknown>
    const opsCase = Object.values(payload)
      .map((v) => cases.get(String(v)))
      .find(Boolean)
    const sessionId = opsCase?.session_id ?? payload.sessionId ?? payload.session_id ?? null
    subjects.set(seq, {
      sessionId,
      effectKey: opsCase?.key ?? null,
      template: opsCase?.kind ?? metadata?.event_type ?? null,
    })
  }
  return subjects
}
