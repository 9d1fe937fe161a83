import { audit } from '../audit.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { type Actor, mustBeKnown } from '../people/actor.ts'
import { isKnownToOps } from '../people/scope.ts'
import { outsideHours, upcomingSessions } from './affected.ts'
import { type CalendarConfig, calendarConfig } from './availability.ts'

export type StoredConfig = { config: CalendarConfig; version: number }
export type Affected = { sessionId: string; startsAt: string; mentee: { id: string; name: string } | null }

/** A mentor's hours and their version; version 0 is somebody who has not opened any yet. Mentors see their own, ops their people's. */
export async function readCalendarConfig(house: House, actor: Actor, mentorId: string): Promise<StoredConfig> {
  const account = await ownMentor(house, actor, mentorId)
  return stored(house.db, mentorId, account.time_zone)
}

/**
 * Replaces the hours if nobody else did since `version` (the ETag that was read), else 409 `stale_revision` with the current
 * state. Answers the sessions already booked that the new hours would not offer: they stay until somebody decides about them.
 */
export async function writeCalendarConfig(
  house: House,
  actor: Actor,
  mentorId: string,
  config: CalendarConfig,
  version: number | '*',
  now: Temporal.Instant,
): Promise<StoredConfig & { affected: Affected[] }> {
  const account = await ownMentor(house, actor, mentorId)
  const written = await transact(house.db, async (tx) => {
    // The account's row stands for the hours that are not there yet: two first writers meet on it.
    await tx.selectFrom('account').select('id').where('id', '=', mentorId).forNoKeyUpdate().execute()
    const current = await stored(tx, mentorId, account.time_zone)
    if (version !== '*' && version !== current.version) {
      throw new Refusal('stale_revision', 'The hours have changed since you read them.', {
        current: { ...current.config, version: current.version },
      })
    }
    const next = {
      config: JSON.stringify(config),
      version: current.version + 1,
      updated_at: now,
      updated_by: actor.label,
    }
    await tx
      .insertInto('user_calendar_config')
      .values({ account_id: mentorId, ...next })
      .onConflict((on) => on.column('account_id').doUpdateSet(next))
      .execute()
    await audit(tx, {
      at: now,
      actor: actor.label,
      action: 'calendar_config.changed',
      objectKind: 'account',
      objectId: mentorId,
      detail: { version: next.version },
    })
    return { config, version: next.version }
  })
  return { ...written, affected: await affectedBy(house, actor, mentorId, config, now) }
}

async function affectedBy(
  house: House,
  actor: Actor,
  mentorId: string,
  config: CalendarConfig,
  now: Temporal.Instant,
): Promise<Affected[]> {
  const upcoming = await upcomingSessions(house.db, actor, { from: now, to: now.add({ hours: 24 * 800 }) }, mentorId)
  return upcoming
    .filter((session) => outsideHours(config, session).length > 0)
    .map(({ sessionId, startsAt, mentees }) => ({
      sessionId,
      startsAt: startsAt.toString(),
      mentee: mentees[0] ?? null,
    }))
}

async function stored(db: House['db'] | Tx, mentorId: string, timeZone: string): Promise<StoredConfig> {
  const row = await db
    .selectFrom('user_calendar_config')
    .select(['config', 'version'])
    .where('account_id', '=', mentorId)
    .executeTakeFirst()
  if (row) return { config: calendarConfig.parse(row.config), version: row.version }
  return { config: calendarConfig.parse({ timeZone, weekly: [], sessionMinutes: 30 }), version: 0 }
}

/** The person, if the actor may set their hours: 404 for somebody else's, 403 for one's own when one does not mentor. */
export async function ownMentor(house: House, actor: Actor, mentorId: string) {
  mustBeKnown(actor)
  const isOwn = actor.accountId === mentorId
  if (!actor.ops && !isOwn) throw notFound('mentor')
  const account = await house.db
    .selectFrom('account')
    .select((eb) => [
      'name',
      'time_zone',
      'roles',
      eb.exists(eb.selectFrom('mentorship').select('id').where('mentor_id', '=', mentorId)).as('mentors'),
    ])
    .where('id', '=', mentorId)
    .$if(!isOwn, (query) => query.where(isKnownToOps(actor, 'account.id')))
    .executeTakeFirst()
  if (!account) throw notFound('mentor')
  if (!actor.ops && !account.mentors && !account.roles.includes('mentor'))
    throw new Refusal('forbidden', 'Only mentors have hours.')
  return account
}

/** The version in an If-Match header: 428 without one, `*` for any. Answers -1 for a tag that never was ours. */
export function versionOf(ifMatch: string | undefined): number | '*' {
  if (ifMatch === undefined)
    throw new Refusal('if_match_missing', 'Send If-Match with the ETag you read, so that nobody’s change is lost.')
  if (ifMatch.trim() === '*') return '*'
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch.trim())
  return match ? Number(match[1]) : -1
}
