import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import { shownOrNull } from '../http.ts'
import type { Actor } from './actor.ts'
import { isInOneOf, isKnownToOps, isRun, mustRun } from './scope.ts'
import { hasRole } from './visible-people.ts'

export const ONLY = ['not_answered', 'unreachable', 'paused'] as const

export type PeopleListQuestion = {
  id?: string
  search?: string | undefined
  role?: string | undefined
  programmeId?: string | undefined
  /** Whoever somebody must do something about: by what. */
  only?: (typeof ONLY)[number] | undefined
  after: string | null
  limit: number
}

export type ListedPerson = {
  id: string
  name: string
  email: string
  phone: string | null
  roles: string[]
  timeZone: string
  programmes: { id: string; name: string }[]
  /** Where a message gets through now: wanted, with consent, with an address that is not known to be dead. */
  reachable: ('whatsapp' | 'email')[]
  /** What stands in the way of a channel that the person wants. */
  barriers: { channel: 'whatsapp' | 'email'; why: 'no_number' | 'no_consent' | 'withdrawn' | 'dead' }[]
  invitedAt: string | null
  acceptedAt: string | null
  deactivatedAt: string | null
  pauses: { programmeId: string; reason: string; pausedAt: string }[]
}

/** People as ops work through them, by name: those of the actor's programmes and of none. Throws 404 for a programme not theirs. */
export async function listPeople(db: Database, actor: Actor, asked: PeopleListQuestion): Promise<ListedPerson[]> {
  if (asked.programmeId) mustRun(actor, asked.programmeId)
  const { rows } = await sql<Row>`
    select account.id, account.name, account.email, phone_e164 as phone, time_zone as "timeZone", invited_at, accepted_at, deactivated_at,
      array_remove(array[
        case when ${hasRole('mentor')} then 'mentor' end, case when ${hasRole('mentee')} then 'mentee' end,
        case when 'ops' = any(account.roles) then 'ops' end, case when 'admin' = any(account.roles) then 'admin' end], null) as roles,
      coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name) order by p.name) from unnest(programmes_of(account.id)) known (id) join programme p on p.id = known.id
        where ${isRun(actor, 'p.id')}), '[]') as programmes,
      array_remove(array[${barrier('whatsapp')}, ${barrier('email')}], null) as barriers,
      array_remove(array[case when 'whatsapp' = any(account.channels) then 'whatsapp' end, case when 'email' = any(account.channels) then 'email' end], null) as wanted,
      coalesce((select jsonb_agg(jsonb_build_object('programmeId', b.programme_id, 'reason', b.reason, 'pausedAt', b.paused_at) order by b.paused_at)
        from booking_pause b where b.account_id = account.id and b.lifted_at is null and ${isRun(actor, 'b.programme_id')}), '[]') as pauses
    from account
    where ${isListed(actor, asked)} and ${matches(asked)} ${asked.only ? sql`and ${IS[asked.only](actor)}` : sql``}
      ${asked.after ? sql`and (lower(account.name), account.id) > (select lower(name), id from account where id = ${asked.after})` : sql``}
    order by lower(account.name), account.id limit ${asked.limit}`.execute(db)
  return rows.map(({ invited_at, accepted_at, deactivated_at, barriers, wanted, pauses, ...row }) => ({
    ...row,
    barriers: barriers.map((words) => {
      const [channel, why] = words.split(' ')
      return { channel, why } as ListedPerson['barriers'][number]
    }),
    reachable: wanted.filter((channel) => !barriers.some((words) => words.startsWith(channel))),
    pauses: pauses.map((pause) => ({ ...pause, pausedAt: Temporal.Instant.from(pause.pausedAt).toString() })),
    invitedAt: shownOrNull(invited_at),
    acceptedAt: shownOrNull(accepted_at),
    deactivatedAt: shownOrNull(deactivated_at),
  }))
}

export type PeopleCounts = { all: number; notAnswered: number; unreachable: number; paused: number }

/** How many there are to work through, in the same programmes, whatever is searched for. */
export async function countPeople(
  db: Database,
  actor: Actor,
  { programmeId }: Pick<PeopleListQuestion, 'programmeId'>,
): Promise<PeopleCounts> {
  const { rows } = await sql<PeopleCounts>`
    select count(*) as all, count(*) filter (where ${IS.not_answered(actor)}) as "notAnswered",
      count(*) filter (where ${IS.unreachable(actor)}) as unreachable, count(*) filter (where ${IS.paused(actor)}) as paused
    from account where ${isListed(actor, { programmeId })}`.execute(db)
  return rows[0]!
}

type Row = Omit<ListedPerson, 'barriers' | 'reachable' | 'invitedAt' | 'acceptedAt' | 'deactivatedAt'> & {
  barriers: string[]
  wanted: ('whatsapp' | 'email')[]
  invited_at: Temporal.Instant | null
  accepted_at: Temporal.Instant | null
  deactivated_at: Temporal.Instant | null
}

const isListed = (actor: Actor, { programmeId }: Pick<PeopleListQuestion, 'programmeId'>) =>
  sql<SqlBool>`account.joined_into is null and account.erased_at is null and ${isKnownToOps(actor, 'account.id')}
    and ${programmeId ? isInOneOf([programmeId], 'account.id') : sql`true`}`

const matches = ({ id, search, role }: PeopleListQuestion) =>
  sql<SqlBool>`${id ? sql`account.id = ${id}` : sql`true`} and ${search ? sql`position(lower(${search}) in lower(account.name || ' ' || account.email || ' ' || coalesce(phone_e164, ''))) > 0` : sql`true`}
    and ${role ? hasRole(role) : sql`true`}`

// Each is null when nothing is in the way, or when the person does not want the channel at all.
const CONSENTS = (channel: string) =>
  sql`(select from consent c where c.account_id = account.id and c.channel = ${channel}`
function barrier(channel: 'whatsapp' | 'email'): RawBuilder<string | null> {
  const address = channel === 'whatsapp' ? sql`phone_e164` : sql`account.email`
  const isDead = sql`exists (select from dead_address d where d.channel = ${channel} and d.address = ${address})`
  const isOpen = sql`exists ${CONSENTS(channel)} and c.withdrawn_at is null)`
  const wasSaid = sql`exists ${CONSENTS(channel)})`
  const rest =
    channel === 'whatsapp'
      ? sql`when phone_e164 is null then 'whatsapp no_number' when not ${wasSaid} then 'whatsapp no_consent' when not ${isOpen} then 'whatsapp withdrawn'`
      : sql`when ${wasSaid} and not ${isOpen} then 'email withdrawn'`
  return sql`case when not ${channel} = any(account.channels) then null ${rest} when ${isDead} then ${`${channel} dead`} end`
}

const isStillHere = sql`account.deactivated_at is null`
const IS: Record<(typeof ONLY)[number], (actor: Actor) => RawBuilder<SqlBool>> = {
  not_answered: () => sql`(${isStillHere} and account.invited_at is not null and account.accepted_at is null)`,
  // An address that a vendor called dead is work even while the other channel gets through.
  unreachable:
    () => sql`(${isStillHere} and (coalesce(${barrier('whatsapp')}, '') = 'whatsapp dead' or coalesce(${barrier('email')}, '') = 'email dead'
    or not (('whatsapp' = any(account.channels) and ${barrier('whatsapp')} is null) or ('email' = any(account.channels) and ${barrier('email')} is null))))`,
  paused: (actor) =>
    sql`exists (select from booking_pause b where b.account_id = account.id and b.lifted_at is null and ${isRun(actor, 'b.programme_id')})`,
}
