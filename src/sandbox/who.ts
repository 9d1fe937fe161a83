import type pg from 'pg'
import { row, rows } from './world.ts'

export type Person = { id: string; name: string; email: string; phone: string | null }

/**
 * The only place where the sandbox looks at the product's own tables, and it only reads: whoever plays a person says
 * "Ravi" or an id, and a simulated vendor knows nobody but addresses and numbers.
 */
export async function findPerson(pool: pg.Pool, who: string): Promise<Person | null> {
  if (!(await hasTable(pool, 'account'))) return null
  const digits = who.replace(/\D/g, '')
  const found = await row(
    pool,
    `select id, name, email, phone_e164 from account
     where id::text = $1 or email = lower($1) or lower(name) = lower($1) or (length($2) >= 7 and phone_e164 = '+' || $2)
        or id = (select account_id from account_alias where email = lower($1))
     order by (id::text = $1) desc, (email = lower($1)) desc limit 1`,
    who,
    /^[+\d\s()-]+$/.test(who) ? digits : '',
  )
  return found ? { id: found.id, name: found.name, email: found.email, phone: found.phone_e164 } : null
}

/** Who may be chosen on the simulated consent page. */
export async function everybody(pool: pg.Pool): Promise<Person[]> {
  if (!(await hasTable(pool, 'account'))) return []
  const found = await rows(
    pool,
    'select id, name, email, phone_e164 from account where deactivated_at is null order by name limit 500',
  )
  return found.map((r) => ({ id: r.id, name: r.name, email: r.email, phone: r.phone_e164 }))
}

/** The Zoom meetings of a session, its own first, then that of the session it was merged into. */
export async function meetingsOfSession(pool: pg.Pool, sessionId: string): Promise<string[]> {
  const marked = await rows(
    pool,
    `select id::text from sandbox.zoom_meeting where deleted_at is null and (agenda like '%' || $1 || '%' or topic like '%' || $1 || '%') order by created_at desc`,
    sessionId,
  )
  const mirrored = (await hasTable(pool, 'mirror'))
    ? await rows(
        pool,
        `select remote_id as id from mirror m where kind = 'meeting' and remote_id is not null
           and (session_id::text = $1 or session_id = (select merged_into from session where id::text = $1))
         order by (session_id::text = $1) desc`,
        sessionId,
      )
    : []
  return [...new Set([...mirrored, ...marked].map((r) => String(r.id)))]
}

/** The registrant ids that the product holds for this person in this meeting. */
export async function registrantsOf(pool: pg.Pool, personId: string): Promise<string[]> {
  if (!(await hasTable(pool, 'mirror'))) return []
  const found = await rows(
    pool,
    `select m.remote_id from mirror m join session_participant p on p.id = m.owner_id
     where m.kind = 'registrant' and m.remote_id is not null and p.account_id::text = $1`,
    personId,
  )
  return found.map((r) => r.remote_id)
}

/** Whose personal link this is, as the product noted it. */
export async function ownerOfRegistrant(pool: pg.Pool, registrantId: string): Promise<string | null> {
  if (!(await hasTable(pool, 'mirror'))) return null
  const found = await row(
    pool,
    `select p.account_id from mirror m join session_participant p on p.id = m.owner_id where m.kind = 'registrant' and m.remote_id = $1 limit 1`,
    registrantId,
  )
  return found?.account_id ?? null
}

export type Sent = {
  personId: string | null
  sessionId: string | null
  effectKey: string | null
  template: string | null
}

/**
 * What the product meant by messages it sent: by the delivery's or attempt's id that they carry, else by the id that the
 * vendor gave and the product wrote down.
 */
export async function deliveries(pool: pg.Pool, carried: string[], vendorIds: string[]): Promise<Map<string, Sent>> {
  if (carried.length + vendorIds.length === 0 || !(await hasTable(pool, 'delivery'))) return new Map()
  const found = await rows(
    pool,
    `select d.id, d.vendor_id, d.subject_id, d.subject_kind, d.effect_key, d.recipient_id, d.template, null as attempt_id
     from delivery d where d.id = any($1::uuid[]) or d.vendor_id = any($2)
     union all
     select d.id, d.vendor_id, d.subject_id, d.subject_kind, d.effect_key, d.recipient_id, d.template, a.id
     from attempt a join delivery d on d.id = a.delivery_id where a.id = any($1::uuid[])`,
    carried.filter((id) => UUID.test(id)),
    vendorIds,
  )
  const known = new Map<string, Sent>()
  for (const r of found) {
    const sent = {
      personId: r.recipient_id,
      sessionId: r.subject_kind === 'session' ? r.subject_id : null,
      effectKey: r.effect_key,
      template: r.template,
    }
    for (const id of [r.id, r.attempt_id, r.vendor_id]) if (id) known.set(id, sent)
  }
  return known
}

/** Address or number -> account. */
export async function peopleByAddress(pool: pg.Pool, addresses: string[]): Promise<Map<string, string>> {
  if (!(await hasTable(pool, 'account'))) return new Map()
  const found = await rows(
    pool,
    `select email as address, id from account where email = any($1)
     union all select phone_e164, id from account where phone_e164 = any($1)
     union all select email, account_id from account_alias where email = any($1)`,
    addresses,
  )
  return new Map(found.map((r) => [r.address, r.id]))
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

// Once made, a table stays; a sandbox may be opened before the product has made its own.
const seen = new WeakMap<pg.Pool, Set<string>>()

export async function hasTable(pool: pg.Pool, name: string): Promise<boolean> {
  const known = seen.get(pool) ?? new Set()
  seen.set(pool, known)
  if (known.has(name)) return true
  const found = await row(pool, 'select to_regclass($1) is not null as there', `public.${name}`)
  if (found?.there === true) known.add(name)
  return found?.there === true
}
