import type { House } from '../http.ts'
import { titleFor } from '../playbook/mirrors.ts'
import { languageOf } from '../words/catalogue.ts'
import { calendarFor } from '../words/invitation.ts'
import { type Holder, linksOf } from './holder.ts'

/**
 * `/m/{token}/session.ics`: the same event that the mail brings (same UID and SEQUENCE), so that adding it twice is one
 * event. PUBLISH instead of REQUEST: a file that somebody opens asks nobody for an answer (RFC 5546 3.2.1).
 */
export function calendarFile(house: House, { facts, me, now, lang }: Holder): string {
  const { manage, join } = linksOf(house, me.id, facts.session.revision)
  const base = house.config.PUNCTUAL_URL ?? ''
  const calendar = calendarFor({
    message: { meaning: facts.session.cancelledAt ? 'cancelled' : 'booked' } as Parameters<
      typeof calendarFor
    >[0]['message'],
    facts,
    participant: me,
    links: { manage: `${base}${manage}`, join: `${base}${join}` },
    organizer: { name: 'Punctual', email: addressIn(house.config.MAIL_FROM) },
    now,
    language: languageOf(lang),
    title: titleFor(facts, me),
  })
  if (!calendar) throw new Error('A booked session always has a calendar event.')
  return calendar.content.replace('METHOD:REQUEST', 'METHOD:PUBLISH')
}

const addressIn = (mailFrom: string): string => /<([^>]+)>/.exec(mailFrom)?.[1] ?? mailFrom
