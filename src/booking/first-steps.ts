import { sql } from 'kysely'
import type { House } from '../http.ts'
import { shownOrNull } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { type ConsentFact, reachableChannels } from '../people/consent.ts'
import { ownMentor, readCalendarConfig } from './calendar-config.ts'

export type FirstSteps = {
  mentor: { id: string; name: string; isOwn: boolean }
  /** Said by accepting the invitation, or by saving hours, which are on that wall clock. */
  zone: { isDone: boolean; timeZone: string; hoursZone: string | null }
  hours: { isDone: boolean; minutesAWeek: number }
  /** never: the weekly hours alone decide. broken: nothing is read or written until somebody connects again. */
  calendar: {
    state: 'never' | 'reading' | 'connected' | 'old' | 'broken' | 'disconnected'
    address: string | null
    syncedAt: string | null
    brokenAt: string | null
    disconnectedAt: string | null
  }
  whatsapp: { state: 'yes' | 'no' | 'open'; phone: string | null }
  /** The calendar may stay unconnected; a broken one may not. */
  isFinished: boolean
}

/** What a new mentor has done and what is open, from facts alone. */
export async function firstSteps(
  house: House,
  actor: Actor,
  mentorId: string,
  now: Temporal.Instant,
): Promise<FirstSteps> {
  const { name } = await ownMentor(house, actor, mentorId)
  const { config, version } = await readCalendarConfig(house, actor, mentorId)
  const { account, consents, connection } = await factsOf(house, mentorId)
  const isDone = config.weekly.length > 0 || config.overrides.some(({ windows }) => windows.length > 0)
  const steps = {
    mentor: { id: mentorId, name, isOwn: actor.accountId === mentorId },
    zone: {
      isDone: account.accepted_at !== null || version > 0,
      timeZone: account.time_zone,
      hoursZone: version > 0 ? config.timeZone : null,
    },
    hours: { isDone, minutesAWeek: minutesAWeek(config.weekly) },
    calendar: calendarState(connection, now),
    whatsapp: {
      state: whatsappState(account.channels, account.phone_e164, consents),
      phone: account.phone_e164,
    },
  }
  return {
    ...steps,
    isFinished: steps.zone.isDone && isDone && steps.whatsapp.state !== 'open' && steps.calendar.state !== 'broken',
  }
}

/** Wall-clock minutes of all windows of a week, each counted by itself. Pure. */
export function minutesAWeek(weekly: readonly { from: string; to: string }[]): number {
  const minute = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  return weekly.reduce((sum, { from, to }) => sum + ((minute(to) - minute(from) + 1439) % 1440) + 1, 0)
}

/** Whoever neither agreed nor said no was not asked yet. Pure. */
export function whatsappState(
  channels: readonly string[],
  phone: string | null,
  consents: readonly ConsentFact[],
): 'yes' | 'no' | 'open' {
  if (reachableChannels(channels, phone, consents).includes('whatsapp')) return 'yes'
  const hasSaidNo = consents.some(({ channel, withdrawn_at }) => channel === 'whatsapp' && withdrawn_at !== null)
  return hasSaidNo || !channels.includes('whatsapp') ? 'no' : 'open'
}

type Connection = {
  google_email: string
  synced_at: Temporal.Instant | null
  broken_at: Temporal.Instant | null
  disconnected_at: Temporal.Instant | null
}

// As booking sees it: a mirror that was not refreshed for a day is not a mirror any more (facts.ts).
const FRESH_HOURS = 24

/** Pure. */
export function calendarState(connection: Connection | undefined, now: Temporal.Instant): FirstSteps['calendar'] {
  if (!connection) return { state: 'never', address: null, syncedAt: null, brokenAt: null, disconnectedAt: null }
  const { google_email, synced_at, broken_at, disconnected_at } = connection
  const isOld = synced_at && Temporal.Instant.compare(synced_at.add({ hours: FRESH_HOURS }), now) < 0
  return {
    state: disconnected_at
      ? 'disconnected'
      : broken_at
        ? 'broken'
        : synced_at === null
          ? 'reading'
          : isOld
            ? 'old'
            : 'connected',
    address: google_email,
    syncedAt: shownOrNull(synced_at),
    brokenAt: shownOrNull(broken_at),
    disconnectedAt: shownOrNull(disconnected_at),
  }
}

async function factsOf({ db }: House, mentorId: string) {
  const account = await db
    .selectFrom('account')
    .select(['accepted_at', 'time_zone', 'channels', 'phone_e164'])
    .where('id', '=', mentorId)
    .executeTakeFirstOrThrow()
  const consents = await db
    .selectFrom('consent')
    .select(['channel', 'granted_at', 'withdrawn_at'])
    .where('account_id', '=', mentorId)
    .execute()
  const { rows } = await sql<Connection>`
    select google_email, synced_at, broken_at, disconnected_at from calendar_connection where account_id = ${mentorId}
    order by disconnected_at desc nulls first, connected_at desc limit 1`.execute(db)
  return { account, consents, connection: rows[0] }
}
