import { html } from 'hono/html'
import { freeTimes } from '../booking/free-times.ts'
import type { House } from '../http.ts'
import { isBefore, later } from '../interval.ts'
import type { Acquaintance, Person } from '../people/person.ts'
import { readPerson } from '../people/person.ts'
import type { HeldTime } from './book-routes.ts'
import { timeList } from './move.ts'
import { type Ctx, type Markup, page } from './page.ts'
import { city, clock, day, dayOf, moment, near, startOfDay } from './times.ts'
import { menu, type Viewer } from './viewer.ts'

export type Booker = {
  viewer: Viewer
  accountId: string
  mentor: Person | Acquaintance
  /** The mentorships of these two that are open, by their programmes' names. */
  pairs: Pair[]
  /** Which of several it is about; null when there is no more than one, or none is chosen yet. */
  pair: Pair | null
}
export type Pair = { id: string; programme: string }

type Chosen = Pick<Booker, 'mentor' | 'pair'>

/** The booking page of this mentor, and of the mentorship that was chosen. */
export const bookingHref = ({ mentor, pair }: Chosen, query: Record<string, string> = {}): string =>
  withQuery(`/book/${mentor.id}`, { ...query, ...(pair ? { pair: pair.id } : {}) })

/** The page on which a time that is kept is confirmed. */
export const holdHref = ({ mentor, pair }: Chosen, holdId: string): string =>
  withQuery(`/book/${mentor.id}/hold/${holdId}`, pair ? { pair: pair.id } : {})

function withQuery(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString()
  return text ? `${path}?${text}` : path
}

/** Somebody who meets this mentor in several programmes says first in which: the session counts there. */
export function programmePage(c: Ctx, { viewer, mentor, pairs }: Booker): Response | Promise<Response> {
  const { words, lang } = viewer
  return page(c, {
    title: words.bookWith(mentor.name),
    lang,
    top: menu(viewer, 'none'),
    packed: true,
    body: html`<section class="card"><h1>${words.bookWith(mentor.name)}</h1><p class="soft">${words.inWhichProgramme}</p>
<p class="choices">${pairs.map((pair) => html`<a class="button" href="${bookingHref({ mentor, pair })}">${pair.programme}</a>`)}</p></section>`,
  })
}

type Asked = { week?: Temporal.PlainDate | null; gone?: boolean; taken?: string[]; refused?: string }

/** One week of a mentor's free times in the reader's own zone. Without any: why, in words, and when the next one is. */
export async function timesPage(c: Ctx, house: House, booker: Booker, asked: Asked): Promise<Response> {
  const { viewer, accountId, mentor, pair } = booker
  const { words, lang, timeZone } = viewer
  const now = house.clock.now()
  const today = dayOf(now, timeZone)
  const monday = (date: Temporal.PlainDate) => date.subtract({ days: date.dayOfWeek - 1 })
  const first = monday(today)
  const week = asked.week && Temporal.PlainDate.compare(asked.week, first) > 0 ? monday(asked.week) : first
  const who = { mentorId: mentor.id, menteeId: accountId, mentorshipId: pair?.id ?? null }
  const ask = (from: Temporal.Instant, to: Temporal.Instant) => ({ ...who, from, to })
  const from = startOfDay(week, timeZone)
  const to = startOfDay(week.add({ days: 7 }), timeZone)
  const free = asked.taken
    ? { slots: asked.taken.map((startsAt) => ({ startsAt })) }
    : await freeTimes(house, ask(from, to), true, now)
  const link = (date: Temporal.PlainDate, text: string) =>
    html`<a class="button" href="${bookingHref(booker, { week: date.toString() })}">${text}</a>`
  const none =
    asked.taken || free.slots.length > 0
      ? ''
      : await noTimes(
          house,
          ask(later(now, to), now.add({ hours: 90 * 24 })),
          'blocked' in free ? (free.blocked ?? []) : [],
          booker,
          now,
        )
  const name = mentor.name
  return page(
    c,
    {
      title: words.bookWith(name),
      lang,
      top: menu(viewer, 'none'),
      packed: true,
      body: html`${asked.taken ? html`<p class="notice" role="alert">${words.said.not_free}</p>` : ''}${asked.gone ? html`<p class="notice" role="alert">${words.heldGone}</p>` : ''}${asked.refused ? html`<p class="notice is-bad" role="alert">${asked.refused}</p>` : ''}
<section class="card"><h1>${words.bookWith(name)}</h1>${pair ? html`<p>${pair.programme}</p>` : ''}<p class="soft">${words.timesIn(city(timeZone))}</p>
${asked.taken ? '' : html`<div class="week"><h2>${words.weekOf(day(from, timeZone, lang))}</h2><span>${Temporal.PlainDate.compare(week, first) > 0 ? link(week.subtract({ days: 7 }), words.earlierWeek) : ''} ${link(week.add({ days: 7 }), words.laterWeek)}</span></div>`}
${
  free.slots.length > 0
    ? html`<form method="post" action="${bookingHref(booker)}">${timeList(
        free.slots.map(({ startsAt }) => Temporal.Instant.from(startsAt)),
        timeZone,
        lang,
        asked.taken !== undefined,
      )}<p class="stick"><button class="is-main">${words.holdButton}</button></p></form>`
    : none
}
${asked.taken ? html`<p><a href="${bookingHref(booker)}">${words.otherTime}</a></p>` : ''}</section>`,
    },
    asked.taken ? 409 : asked.refused ? 422 : 200,
  )
}

/** Nobody is left with an empty week: the commonest reasons, and the next free time as a link. */
async function noTimes(
  house: House,
  ask: Parameters<typeof freeTimes>[1],
  blocked: { startsAt: string; endsAt: string; reasons: string[] }[],
  booker: Booker,
  now: Temporal.Instant,
): Promise<Markup> {
  const { words, timeZone, lang } = booker.viewer
  const reasons = tellingReasons(blocked.map((time) => time.reasons)).map((reason) => words.reasons[reason] ?? reason)
  const [next] = isBefore(ask.from, ask.to) ? (await freeTimes(house, ask, false, now)).slots : []
  const at = next && Temporal.Instant.from(next.startsAt)
  return html`<p><strong>${words.noTimesThisWeek}</strong> ${words.because(reasons.join(', '))}</p>
<p>${at ? html`${words.nextFree} <a href="${bookingHref(booker, { week: dayOf(at, timeZone).toString() })}">${moment(at, timeZone, lang)}</a>` : words.noneAhead}</p>`
}

/** Up to three reasons of a week without times: that these two cannot meet; else what stands against the time to come. */
function tellingReasons(blocked: string[][]): string[] {
  const all = new Set(blocked.flat())
  const against = NO_MEETING.filter((reason) => all.has(reason))
  if (against.length > 0) return against.slice(0, 1)
  const ahead = blocked.filter((reasons) => !reasons.includes('past')).flat()
  const telling = [...new Set(ahead)].filter((reason) => reason !== 'hours' && reason !== 'grid')
  return telling.length > 0 ? telling.slice(0, 3) : ['hours']
}
const NO_MEETING = ['paused', 'budget_spent', 'not_paired']

/** The chosen time, kept for a while: both clocks in words, number and consent if we lack them, one button. */
export async function confirmPage(
  c: Ctx,
  house: House,
  booker: Booker,
  held: HeldTime,
  error?: string,
): Promise<Response> {
  const { viewer, accountId, mentor, pair } = booker
  const { words, lang, timeZone } = viewer
  const now = house.clock.now()
  const me = await readPerson(house.db, accountId, now)
  const needsNumber = !me?.phone
  const needsYes = !me?.channels?.includes('whatsapp')
  return page(
    c,
    {
      title: words.confirmBooking,
      lang,
      top: menu(viewer, 'none'),
      body: html`${error ? html`<p class="notice is-bad" role="alert">${error}</p>` : ''}<section class="card"><h1>${words.bookWith(mentor.name)}</h1>${pair ? html`<p>${pair.programme}</p>` : ''}
<p class="when"><strong>${moment(held.startsAt, timeZone, lang)}–${clock(held.endsAt, timeZone)}</strong> <span>(${words.yourTime(city(timeZone))})</span></p>
${mentor.timeZone === timeZone ? '' : html`<p class="soft">${words.theirTime(near(held.startsAt, held.startsAt, mentor.timeZone, lang), city(mentor.timeZone), mentor.name)}</p>`}
<p class="soft">${words.held10(near(held.expiresAt, now, timeZone, lang))}</p>
<form method="post" action="${holdHref(booker, held.id)}">
${needsNumber ? html`<label class="field"><span>${words.phone}</span><input type="tel" name="phone" autocomplete="tel" inputmode="tel" maxlength="30"${error ? html` aria-invalid="true"` : ''}></label>` : ''}
${needsYes ? html`<label class="check"><input type="checkbox" name="consent" value="yes"> <span>${words.consent}</span></label>` : ''}
<p class="choices"><button class="is-main">${words.confirmBooking}</button><a class="button" href="${bookingHref(booker)}">${words.otherTime}</a></p></form></section>`,
    },
    error ? 400 : 200,
  )
}
