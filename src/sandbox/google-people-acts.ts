import { changeEvent, deleteEvent, type EventResource, eventsOf, insertEvent, readEvent } from './google-events.ts'
import { rows, type World } from './world.ts'

/** What people do in their own Google Calendar, behind the product's back. */
export function googleActs(world: World) {
  return {
    /** All events of a person's calendar, deleted ones included (`status: 'cancelled'`). */
    async events(email: string): Promise<EventResource[]> {
      return (await eventsOf(world, email.toLowerCase())).map((event) => event.resource)
    },
    /** Something of their own: a dentist, a holiday. */
    busy(
      email: string,
      event: { summary: string; startsAt: Temporal.Instant; endsAt: Temporal.Instant; transparent?: boolean },
    ): Promise<EventResource> {
      const body = {
        summary: event.summary,
        start: { dateTime: event.startsAt.toString() },
        end: { dateTime: event.endsAt.toString() },
        ...(event.transparent ? { transparency: 'transparent' } : {}),
      }
      return insertEvent(world, email.toLowerCase(), body, false)
    },
    move(
      email: string,
      id: string,
      to: { startsAt: Temporal.Instant; endsAt: Temporal.Instant },
    ): Promise<EventResource> {
      const body = { start: { dateTime: to.startsAt.toString() }, end: { dateTime: to.endsAt.toString() } }
      return changeEvent(world, email.toLowerCase(), id, body, { replace: false, conferences: false })
    },
    delete(email: string, id: string): Promise<void> {
      return deleteEvent(world, email.toLowerCase(), id)
    },
    async decline(email: string, id: string): Promise<EventResource> {
      const calendar = email.toLowerCase()
      const event = await readEvent(world, calendar, id)
      const others = ((event.attendees ?? []) as EventResource[]).filter((a) => a.email?.toLowerCase() !== calendar)
      const attendees = [...others, { email: calendar, self: true, responseStatus: 'declined' }]
      return changeEvent(world, calendar, id, { attendees }, { replace: false, conferences: false })
    },
    /** Every sync token handed out so far is answered with 410 from now on. */
    async expireSyncTokens(email: string): Promise<void> {
      await rows(
        world.pool,
        "update sandbox.google_account set sync_floor = nextval('sandbox.google_change') where email = $1",
        email.toLowerCase(),
      )
    },
  }
}
