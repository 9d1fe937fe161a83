import type { House } from '../http.ts'
import { titleFor } from '../playbook/mirrors.ts'
import { type Holder, linksOf } from './holder.ts'

/**
 * Opens Google Calendar with the session filled in; nothing is stored before the person saves it there. It tells Google what
 * the person's own event would: title, times in UTC and their own way in. An event added so does not follow a later move,
 * which is why the calendar file stands first.
 */
export function googleLink(house: House, { facts, me }: Holder): string {
  const { session } = facts
  const query = new URLSearchParams({
    action: 'TEMPLATE',
    text: titleFor(facts, me),
    dates: `${basic(session.startsAt)}/${basic(session.endsAt)}`,
    location: `${house.config.PUNCTUAL_URL ?? ''}${linksOf(house, me.id, session.revision).join}`,
  })
  return `https://calendar.google.com/calendar/render?${query}`
}

/** "20260312T083000Z" */
const basic = (at: Temporal.Instant): string => at.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')
