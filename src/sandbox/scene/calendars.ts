import { isDeclined, spanOf } from '../../calendar/busy-time.ts'
import { type House, shownOrNull } from '../../http.ts'
import type { GoogleEvent } from '../../vendors/google-calendar.ts'
import { rows, type World } from '../world.ts'
import type { Person } from './scene.ts'

const MOST = 20

/** The mentors' own Google calendars: whether Punctual may look, and what stands in them from today on. */
export const calendars = (house: House, world: World, mentors: readonly Person[]) =>
  Promise.all(
    mentors.map(async ({ id, name, email, timeZone }) => {
      const connection = await house.db
        .selectFrom('calendar_connection')
        .select(['google_email', 'broken_at'])
        .where('account_id', '=', id)
        .where('disconnected_at', 'is', null)
        .executeTakeFirst()
      const state: 'none' | 'broken' | 'connected' = !connection
        ? 'none'
        : connection.broken_at
          ? 'broken'
          : 'connected'
      const address = connection?.google_email ?? email
      return {
        personId: id,
        name,
        timeZone,
        address,
        state,
        events: await eventsOf(world, address, house.clock.now(), timeZone),
      }
    }),
  )

/** What ends in the future; what was deleted a moment ago too, so that it is seen to go. */
async function eventsOf(world: World, email: string, now: Temporal.Instant, timeZone: string) {
  const found = await rows(
    world.pool,
    `select resource from sandbox.google_event where calendar = $1
       and coalesce(resource -> 'end' ->> 'dateTime', resource -> 'end' ->> 'date') >= $2
     order by coalesce(resource -> 'start' ->> 'dateTime', resource -> 'start' ->> 'date') limit $3`,
    email.toLowerCase(),
    now.toString().slice(0, 10),
    MOST,
  )
  return found.map(({ resource }) => {
    const event = resource as GoogleEvent & { summary?: string; start?: { dateTime?: string } }
    const span = spanOf(event, timeZone)
    const state: 'deleted' | 'declined' | 'there' =
      event.status === 'cancelled' ? 'deleted' : isDeclined(event) ? 'declined' : 'there'
    return {
      id: String(event.id),
      summary: String(event.summary ?? 'busy').slice(0, 80),
      startsAt: shownOrNull(span?.start ?? null),
      endsAt: shownOrNull(span?.end ?? null),
      /** An event of whole days stays where it is. */
      canMove: event.start?.dateTime !== undefined,
      state,
    }
  })
}
