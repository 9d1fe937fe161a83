import { html } from 'hono/html'
import type { House } from '../../http.ts'
import type { Markup } from '../../pages/page.ts'
import type { SessionView } from '../../sessions/session.ts'
import { type Seen, seenText } from './seen.ts'

/** What every part of the page is given: the session looked at, its people, and how to come back here. */
export type Scene = {
  house: House
  now: Temporal.Instant
  /** In whose zone the page speaks; phones and mailboxes speak in their owner's. */
  viewerZone: string
  session: SessionView | null
  /** Mentees first: what happens on their phones is what most is about. */
  people: Person[]
  /** How far whoever acts had seen; null when the page was opened afresh. */
  seen: Seen | null
  /** The hidden field that brings a form back here, to this part, with what is new since now marked. */
  back: (part: string) => Markup
}

export type Person = {
  id: string
  participantId: string
  name: string
  role: 'mentor' | 'mentee'
  email: string
  phone: string | null
  timeZone: string
  channels: readonly string[]
}

export const worldPath = (sessionId: string | null, seen: Seen | null, part = ''): string => {
  const query = new URLSearchParams({
    ...(sessionId ? { session: sessionId } : {}),
    ...(seen ? { since: seenText(seen) } : {}),
  })
  return `/sandbox/world${query.size > 0 ? `?${query}` : ''}${part ? `#${part}` : ''}`
}

export const backField = (path: string): Markup => html`<input type="hidden" name="back" value="${path}">`
