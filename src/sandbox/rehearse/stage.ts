import { sql } from 'kysely'
import { invalid } from '../../errors.ts'
import type { House } from '../../http.ts'
import type { InboxItem } from '../inbox.ts'
import type { Sandbox } from '../start.ts'
import { type Moment, readMoment } from './moment.ts'

/** The running system as a rehearsal needs it: what `startPunctual` answers in the sandbox. */
export type Playhouse = {
  url: string
  house: House
  sandbox: { vendors: Sandbox; knowHosts(): Promise<void>; advanceTo(to: Temporal.Instant): Promise<Temporal.Instant> }
  stop(): Promise<void>
}

export type Person = {
  id: string
  name: string
  email: string
  phone: string | null
  timeZone: string
  locale: string
  roles: string[]
}
export type Known = { id: string; bookingId: string | null }
/** What the API answered: the status and the body, of refusals too. */
export type Answer = { status: number; body: Record<string, unknown> }

export type Stage = Playhouse & {
  people: Map<string, Person>
  /** Sessions by the name that the scenario gave them. */
  sessions: Map<string, Known>
  holds: Map<string, string>
  merges: Map<string, { id: string; preview: Answer; done: Answer }>
  now(): Temporal.Instant
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  person(email: string): Person
  session(label: string): Known
  /** Null: it speaks of a session that is not booked yet. */
  instant(text: string): Promise<Temporal.Instant | null>
  /** As `instant`; a session that does not exist is a mistake in the scenario. */
  instantNow(text: string): Promise<Temporal.Instant>
  /** Sessions may have moved. */
  forgetTimes(): void
  /** Everything due at this moment is done: decided, delivered, answered. */
  rest(): Promise<void>
  inbox(): Promise<InboxItem[]>
}

export async function setStage(running: Playhouse, token: string): Promise<Stage> {
  const { house, url, sandbox } = running
  const { rows } = await sql<Person>`
    select id, name, email, phone_e164 as phone, time_zone as "timeZone", locale, roles from account where joined_into is null`.execute(
    house.db,
  )
  const people = new Map(rows.map((person) => [person.email, person]))
  const sessions = new Map<string, Known>()

  // Asked for at every turn of every story, and changed by few acts: those forget it.
  const known = new Map<string, { start: Temporal.Instant; end: Temporal.Instant }>()
  const times = async ({ id }: Known): Promise<{ start: Temporal.Instant; end: Temporal.Instant }> => {
    const kept = known.get(id)
    if (kept) return kept
    const all = await house.db.selectFrom('session').select(['id', 'starts_at', 'ends_at']).execute()
    for (const row of all) known.set(row.id, { start: row.starts_at, end: row.ends_at })
    return known.get(id) ?? missing(`the session ${id} is gone`)
  }
  const resolve = async (wanted: Moment): Promise<Temporal.Instant | null> => {
    if ('at' in wanted) return wanted.at
    const session = sessions.get(wanted.session)
    return session ? (await times(session))[wanted.edge].add(wanted.offset) : null
  }

  const stage: Stage = {
    ...running,
    people,
    sessions,
    holds: new Map(),
    merges: new Map(),
    now: () => house.clock.now(),
    api: async (method, path, body, headers = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      const etag = response.headers.get('etag')
      return {
        status: response.status,
        body: { ...(text.startsWith('{') ? JSON.parse(text) : { text }), ...(etag ? { etag } : {}) },
      }
    },
    person: (email) => people.get(email) ?? missing(`nobody in people.csv has the address ${email}`),
    session: (label) => sessions.get(label) ?? missing(`no session is called "${label}" yet`),
    instant: (text) => resolve(readMoment(text) as Moment),
    instantNow: async (text) =>
      (await stage.instant(text)) ?? missing(`"${text}" speaks of a session that is not booked yet`),
    forgetTimes: () => known.clear(),
    rest: async () => void (await sandbox.advanceTo(house.clock.now())),
    inbox: () => sandbox.vendors.inbox(),
  }
  return stage
}

export function missing(rule: string): never {
  throw invalid({ field: 'scenario.json', rule })
}
