import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { notFound } from '../errors.ts'
import { shownOrNull } from '../http.ts'
import type { Actor } from './actor.ts'
import { type ListedPerson, listPeople } from './people-list.ts'
import { may } from './policy.ts'
import { isRun, programmesOf } from './scope.ts'

export type PersonDesk = {
  person: ListedPerson & {
    locale: string
    slackUserId: string | null
    channels: string[]
    quietFrom: string
    quietTo: string
  }
  aliases: { email: string; learned: string; learnedAt: string }[]
  consents: {
    channel: string
    grantedAt: string
    source: string
    withdrawnAt: string | null
    withdrawnBy: string | null
  }[]
  dead: { channel: string; address: string; why: string; since: string }[]
  pairs: {
    id: string
    programmeId: string
    programme: string
    mentorId: string
    mentor: string
    menteeId: string
    mentee: string
    endedAt: string | null
  }[]
  /** Of ops: the programmes they work for, as far as whoever asks may see them. */
  worksFor: { programmeId: string; name: string; since: string }[]
  may: { change: boolean; changeRights: boolean; handOut: boolean; erase: boolean }
}

/** One person with everything ops act on, and what whoever asks may do about them. Throws 404 for somebody not theirs. */
export async function seePerson(db: Database, actor: Actor, id: string): Promise<PersonDesk> {
  const { rows } = await sql<Row>`
    select locale, slack_user_id as "slackUserId", channels, to_char(quiet_from, 'HH24:MI') as "quietFrom", to_char(quiet_to, 'HH24:MI') as "quietTo",
      email, phone_e164 as phone, roles
    from account where id = ${id}`.execute(db)
  const [listed] = await listPeople(db, actor, { id, after: null, limit: 1 })
  const [row] = rows
  if (!listed || !row) throw notFound('person')
  const { email: _email, phone: _phone, roles, ...more } = row
  const programmes = (await programmesOf(db, [id])).get(id) ?? []
  const privileged = roles.includes('ops') || roles.includes('admin')
  const allowed = (action: 'change' | 'hand_out' | 'change_rights') =>
    may(actor, action, { people: [id], programmes, privileged }) === true
  return {
    person: { ...listed, ...more },
    aliases: await aliasesOf(db, id),
    consents: await consentsOf(db, id),
    dead: await deadOf(db, row),
    pairs: await pairsOf(db, actor, id),
    worksFor: await worksFor(db, actor, id),
    may: {
      change: allowed('change'),
      changeRights: allowed('change_rights'),
      handOut: allowed('hand_out'),
      erase: actor.admin,
    },
  }
}

type Row = {
  locale: string
  slackUserId: string | null
  channels: string[]
  quietFrom: string
  quietTo: string
  email: string
  phone: string | null
  roles: string[]
}
type Moment = Temporal.Instant

async function aliasesOf(db: Database, id: string): Promise<PersonDesk['aliases']> {
  const { rows } = await sql<{ email: string; learned: string; learned_at: Moment }>`
    select email, learned, learned_at from account_alias where account_id = ${id} order by email limit 100`.execute(db)
  return rows.map(({ learned_at, ...row }) => ({ ...row, learnedAt: learned_at.toString() }))
}

async function consentsOf(db: Database, id: string): Promise<PersonDesk['consents']> {
  const { rows } = await sql<{
    channel: string
    source: string
    granted_at: Moment
    withdrawn_at: Moment | null
    withdrawnBy: string | null
  }>`
    select channel, source, granted_at, withdrawn_at, withdrawn_by as "withdrawnBy" from consent
    where account_id = ${id} order by granted_at desc, id limit 100`.execute(db)
  return rows.map(({ granted_at, withdrawn_at, ...row }) => ({
    ...row,
    grantedAt: granted_at.toString(),
    withdrawnAt: shownOrNull(withdrawn_at),
  }))
}

async function deadOf(db: Database, { email, phone }: Row): Promise<PersonDesk['dead']> {
  const { rows } = await sql<{ channel: string; address: string; why: string; since: Moment }>`
    select channel, address, why, since from dead_address
    where (channel, address) in (('email', ${email}), ('whatsapp', ${phone}))`.execute(db)
  return rows.map((row) => ({ ...row, since: row.since.toString() }))
}

async function pairsOf(db: Database, actor: Actor, id: string): Promise<PersonDesk['pairs']> {
  const { rows } = await sql<Omit<PersonDesk['pairs'][number], 'endedAt'> & { ended_at: Moment | null }>`
    select m.id, m.programme_id as "programmeId", p.name as programme, m.mentor_id as "mentorId", a.name as mentor,
      m.mentee_id as "menteeId", b.name as mentee, m.ended_at
    from mentorship m join programme p on p.id = m.programme_id join account a on a.id = m.mentor_id join account b on b.id = m.mentee_id
    where ${id} in (m.mentor_id, m.mentee_id) and ${isRun(actor, 'm.programme_id')}
    order by m.ended_at desc nulls first, p.name, m.id limit 200`.execute(db)
  return rows.map(({ ended_at, ...row }) => ({ ...row, endedAt: shownOrNull(ended_at) }))
}

async function worksFor(db: Database, actor: Actor, id: string): Promise<PersonDesk['worksFor']> {
  const { rows } = await sql<{ programmeId: string; name: string; since: Moment }>`
    select o.programme_id as "programmeId", p.name, o.since from programme_ops o join programme p on p.id = o.programme_id
    where o.account_id = ${id} and ${isRun(actor, 'o.programme_id')} order by p.name limit 500`.execute(db)
  return rows.map((row) => ({ ...row, since: row.since.toString() }))
}
