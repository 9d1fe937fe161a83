import { z } from '@hono/zod-openapi'
import { type SqlBool, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../database/transaction.ts'
import { idText } from '../http.ts'
import { type Channel, type ConsentFact, reachableChannels } from './consent.ts'
import { channelName, type RoleName, roleName } from './fields.ts'

/** A person as the API shows one to themselves and to ops of their programmes. */
const wholePerson = z
  .strictObject({
    id: idText,
    name: z.string(),
    email: z.string(),
    phone: z.string().optional(),
    slackUserId: z.string().optional(),
    roles: z.array(roleName),
    timeZone: z.string(),
    locale: z.string(),
    channels: z
      .array(channelName)
      .openapi({ description: 'Where this person can be reached now: wanted, with an address, with consent.' }),
    mentorIds: z.array(idText),
    invitedAt: z.string().optional(),
    deactivatedAt: z.string().optional(),
  })
  .openapi('Person')
/** A mentor or mentee of one's own, as the API shows them: no address, no channel, no right. */
const acquaintanceSchema = z
  .strictObject({
    id: idText,
    name: z.string(),
    roles: z.array(z.enum(['mentor', 'mentee'])),
    timeZone: z.string(),
    locale: z.string(),
    mentorIds: z.array(idText),
  })
  .openapi('Acquaintance')
export const personSchema = z.union([wholePerson, acquaintanceSchema])

export type Person = z.infer<typeof wholePerson>
export type Acquaintance = z.infer<typeof acquaintanceSchema>

/** People with their roles, reachable channels and present mentors. `where` is about `account`. In order of id. */
export async function readPeople(
  db: Database | Tx,
  { where, limit, now }: { where: ReturnType<typeof sql<SqlBool>>; limit: number; now: Temporal.Instant },
): Promise<Person[]> {
  const { rows } = await sql<Row>`
    select account.id, name, email, phone_e164, slack_user_id, account.roles, time_zone, locale, account.channels, invited_at, deactivated_at,
      exists (select from mentorship where mentor_id = account.id) or exists (select from user_calendar_config where account_id = account.id) as mentors,
      coalesce((select array_agg(distinct mentor_id) from mentorship
        where mentee_id = account.id and ${pairIsOpen(now)}), '{}') as mentor_ids,
      exists (select from mentorship where mentee_id = account.id) as learns
    from account where joined_into is null and ${where} order by account.id limit ${limit}`.execute(db)
  const consents = await consentsOf(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => toPerson(row, consents.get(row.id) ?? []))
}

export async function readPerson(db: Database | Tx, id: string, now: Temporal.Instant): Promise<Person | null> {
  const [person] = await readPeople(db, { where: sql`account.id = ${id}`, limit: 1, now })
  return person ?? null
}

/** A pair that is neither ended nor past its last day. The last day is counted to its end anywhere on Earth. */
export const pairIsOpen = (now: Temporal.Instant) =>
  sql<SqlBool>`(mentorship.ended_at is null or mentorship.ended_at > ${now}) and (mentorship.ends_on is null or mentorship.ends_on >= ${lastDayAnywhere(now)}::date)`

/** What somebody sees of a mentor or mentee of theirs. */
export const acquaintance = ({ id, name, roles, timeZone, locale }: Person, mentorIds: string[]): Acquaintance => ({
  id,
  name,
  roles: roles.filter((role) => role === 'mentor' || role === 'mentee'),
  timeZone,
  locale,
  mentorIds,
})

type Row = {
  id: string
  name: string
  email: string
  phone_e164: string | null
  slack_user_id: string | null
  roles: string[]
  time_zone: string
  locale: string
  channels: string[]
  invited_at: Temporal.Instant | null
  deactivated_at: Temporal.Instant | null
  mentors: boolean
  learns: boolean
  mentor_ids: string[]
}

function toPerson(row: Row, consents: ConsentFact[]): Person {
  const has = (role: RoleName, known = false) => (known || row.roles.includes(role) ? [role] : [])
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    ...(row.phone_e164 ? { phone: row.phone_e164 } : {}),
    ...(row.slack_user_id ? { slackUserId: row.slack_user_id } : {}),
    roles: [...has('mentor', row.mentors), ...has('mentee', row.learns), ...has('ops'), ...has('admin')],
    timeZone: row.time_zone,
    locale: row.locale,
    channels: reachableChannels(row.channels, row.phone_e164, consents) satisfies Channel[],
    mentorIds: row.mentor_ids,
    ...(row.invited_at ? { invitedAt: row.invited_at.toString() } : {}),
    ...(row.deactivated_at ? { deactivatedAt: row.deactivated_at.toString() } : {}),
  }
}

async function consentsOf(db: Database | Tx, ids: string[]): Promise<Map<string, ConsentFact[]>> {
  const rows = await db
    .selectFrom('consent')
    .select(['account_id', 'channel', 'granted_at', 'withdrawn_at'])
    .where(sql<SqlBool>`account_id = any(${ids}::uuid[])`)
    .execute()
  return Map.groupBy(rows, ({ account_id }) => account_id)
}

const lastDayAnywhere = (now: Temporal.Instant): string => now.toZonedDateTimeISO('Etc/GMT+12').toPlainDate().toString()
