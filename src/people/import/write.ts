import { type SqlBool, sql } from 'kysely'
import type { Tx } from '../../database/transaction.ts'
import { wakeSession } from '../../effects/wake.ts'
import type { Plan } from './plan.ts'

/** Writes a plan, each kind of row in one statement, and wakes the open sessions of everybody who changed. */
export async function writePlan(tx: Tx, plan: Plan, by: string, now: Temporal.Instant): Promise<void> {
  const statements = [
    sql`insert into account (id, email, name, phone_e164, time_zone, locale, roles, created_at)
      select id, email, name, phone, "timeZone", locale, roles, ${now}
      from ${rows(plan.newAccounts, 'id uuid, email text, name text, phone text, "timeZone" text, locale text, roles text[]')}`,
    sql`update account set name = r.name, phone_e164 = r.phone, time_zone = r."timeZone", locale = r.locale, roles = r.roles
      from ${rows(plan.changedAccounts, 'id uuid, name text, phone text, "timeZone" text, locale text, roles text[]')} where account.id = r.id`,
    sql`insert into account_alias (email, account_id, learned, learned_at)
      select email, "accountId", 'import', ${now} from ${rows(plan.aliases, 'email text, "accountId" uuid')}`,
    sql`insert into consent (id, account_id, channel, granted_at, source)
      select id, "accountId", 'whatsapp', "grantedAt", source from ${rows(plan.consents, 'id uuid, "accountId" uuid, "grantedAt" timestamptz, source text')}`,
    sql`insert into user_calendar_config (account_id, config, version, updated_at, updated_by)
      select "accountId", config, 1, ${now}, ${by} from ${rows(plan.configs, '"accountId" uuid, config jsonb')}
      on conflict (account_id) do update set config = excluded.config, version = user_calendar_config.version + 1,
        updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
    sql`insert into mentorship (id, programme_id, mentor_id, mentee_id, sessions, starts_on, ends_on, created_at)
      select id, "programmeId", "mentorId", "menteeId", sessions, "startsOn", "endsOn", ${now}
      from ${rows(plan.newPairs, 'id uuid, "programmeId" uuid, "mentorId" uuid, "menteeId" uuid, sessions int, "startsOn" date, "endsOn" date')}`,
    sql`update mentorship set sessions = r.sessions, starts_on = r."startsOn", ends_on = r."endsOn"
      from ${rows(plan.changedPairs, 'id uuid, sessions int, "startsOn" date, "endsOn" date')} where mentorship.id = r.id`,
  ]
  for (const statement of statements) await statement.execute(tx)
  await wakeSession(tx, await openSessionsOf(tx, changedPeople(plan), now), now)
}

// As one parameter, because a statement may have 65,535 of them and a file may have more cells than that.
const rows = (list: object[], columns: string) =>
  sql`jsonb_to_recordset(${JSON.stringify(list)}::jsonb) as r(${sql.raw(columns)})`

const changedPeople = ({ changedAccounts, aliases, consents }: Plan): string[] => [
  ...changedAccounts.map(({ id }) => id),
  ...aliases.map(({ accountId }) => accountId),
  ...consents.map(({ accountId }) => accountId),
]

// All at once and then in id order: one wake per person would lock in the order of people and deadlock with others.
async function openSessionsOf(tx: Tx, people: string[], now: Temporal.Instant): Promise<string[]> {
  const sessions = await tx
    .selectFrom('session')
    .select('id')
    .where(sql<SqlBool>`id in (select session_id from session_participant where account_id = any(${people}::uuid[]))`)
    .where('published_at', 'is not', null)
    .where('ends_at', '>', now.subtract({ hours: 48 }))
    .execute()
  return sessions.map(({ id }) => id)
}
