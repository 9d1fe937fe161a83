import { type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { notFound } from '../errors.ts'
import type { Actor } from './actor.ts'
import { type Acquaintance, acquaintance, type Person, pairIsOpen, readPeople } from './person.ts'
import { may } from './policy.ts'
import { isKnownToOps, knownToOps, programmesOf } from './scope.ts'

export type PeopleQuestion = {
  id?: string
  role?: string | undefined
  email?: string | undefined
  search?: string | undefined
  after: string | null
  limit: number
}

/**
 * People as this actor may see them, in order of id: ops those of their programmes and of none, everybody oneself; a mentor one's mentees and a
 * mentee one's mentors and those of the open programmes one belongs to, all by name and zone only.
 */
export async function visiblePeople(
  db: Database,
  actor: Actor,
  asked: PeopleQuestion,
  now: Temporal.Instant,
): Promise<(Person | Acquaintance)[]> {
  const people = await readPeople(db, {
    where: sql<SqlBool>`${matches(actor, asked)} and ${isVisible(actor, now)}`,
    limit: asked.limit,
    now,
  })
  const programmes =
    actor.ops && actor.programmes !== 'all'
      ? await programmesOf(
          db,
          people.map(({ id }) => id),
        )
      : new Map<string, string[]>()
  return people.map((person) => shownTo(actor, person, programmes.get(person.id) ?? []))
}

/**
 * Throws 404 for a mentor whose times are none of the actor's business: neither their own, nor those of a pair, nor of an
 * open programme both belong to. An unknown mentor is answered alike, so that nobody can probe for one.
 */
export async function mustKnowMentor(db: Database, actor: Actor, mentorId: string): Promise<void> {
  const { accountId } = actor
  if (actor.programmes === 'all' || accountId === mentorId) return
  const { rows } = await sql`
    select from account where account.id = ${mentorId} and account.deactivated_at is null and (
      ${isKnownToOps(actor, 'account.id')}
      or exists (select from mentorship where mentor_id = account.id and mentee_id = ${accountId}::uuid)
      or exists (select from programme p where p.booking = 'open'
        and ${belongs('mentor_id', sql`account.id`)} and ${belongs('mentee_id', sql`${accountId}::uuid`)}))`.execute(db)
  if (rows.length === 0) throw notFound('mentor')
}

/** Throws 404 when ops ask for a mentee of other programmes. Whoever asks for themselves, or for nobody in particular, is let by. */
export async function mustKnowMentee(db: Database, actor: Actor, menteeId: string | null): Promise<void> {
  if (menteeId === null || menteeId === actor.accountId) return
  if (!(await knownToOps(db, actor, [menteeId])).has(menteeId) && actor.programmes !== 'all') throw notFound('mentee')
}

function shownTo(actor: Actor, person: Person, programmes: string[]): Person | Acquaintance {
  if (may(actor, 'see_whole', { people: [person.id], programmes }) === true) return person
  return acquaintance(
    person,
    person.mentorIds.filter((id) => id === actor.accountId),
  )
}

// Whoever may not see addresses cannot find them out by searching either.
function matches(actor: Actor, { id, role, email, search, after }: PeopleQuestion) {
  const seesAddress = sql`(account.id = ${actor.accountId}::uuid or ${isKnownToOps(actor, 'account.id')})`
  const searched = sql`account.name || case when ${seesAddress} then ' ' || account.email else '' end`
  const all = [
    id ? sql`account.id = ${id}` : sql`true`,
    after ? sql`account.id > ${after}` : sql`true`,
    email ? sql`${seesAddress} and account.email = lower(${email})` : sql`true`,
    search ? sql`position(lower(${search}) in lower(${searched})) > 0` : sql`true`,
    role ? hasRole(role) : sql`true`,
  ]
  return sql<SqlBool>`${sql.join(all, sql` and `)}`
}

const isMentor = sql`('mentor' = any(account.roles) or exists (select from user_calendar_config where account_id = account.id)
  or exists (select from mentorship where mentor_id = account.id))`

/** Has this role, by what is recorded or by what they do. About `account`. */
export function hasRole(role: string) {
  if (role === 'mentor') return isMentor
  const learns = sql`exists (select from mentorship where mentee_id = account.id)`
  return role === 'mentee' ? sql`('mentee' = any(account.roles) or ${learns})` : sql`${role} = any(account.roles)`
}

function isVisible(actor: Actor, now: Temporal.Instant) {
  const { accountId } = actor
  if (actor.programmes === 'all') return sql`true`
  return sql`(account.id = ${accountId}::uuid or ${isKnownToOps(actor, 'account.id')} or account.deactivated_at is null and (
    exists (select from mentorship where ${pairIsOpen(now)}
      and (account.id, ${accountId}::uuid) in ((mentor_id, mentee_id), (mentee_id, mentor_id)))
    or ${isMentor} and exists (select from programme p where p.booking = 'open'
      and ${belongs('mentor_id', sql`account.id`)} and ${belongs('mentee_id', sql`${accountId}::uuid`)})
      and ${iLearn(accountId)}))`
}

// As the booking sees it: who is paired nowhere belongs to every open programme.
const belongs = (column: string, person: ReturnType<typeof sql>) =>
  sql`(exists (select from mentorship m where m.${sql.ref(column)} = ${person} and m.programme_id = p.id)
    or not exists (select from mentorship m where m.${sql.ref(column)} = ${person}))`

const iLearn = (accountId: string | null) =>
  sql`(exists (select from mentorship where mentee_id = ${accountId}) or exists (select from account me where me.id = ${accountId} and 'mentee' = any(me.roles)))`
