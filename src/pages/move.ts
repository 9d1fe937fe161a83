import { html } from 'hono/html'
import { closedToMove } from '../booking/closed-times.ts'
import { bookingFacts, slotsQuestion } from '../booking/facts.ts'
import { slots } from '../booking/slots.ts'
import type { House } from '../http.ts'
import { isBefore, later } from '../interval.ts'
import { instantOr } from './form.ts'
import { type Holder, isOpen, namesOf, phaseOf } from './holder.ts'
import { bookingsOf, movesAlone } from './manage-acts.ts'
import { type Ctx, type Markup, page, seeOther } from './page.ts'
import { city, clock, day, moment } from './times.ts'
import { when } from './when.ts'

const DAYS_AT_ONCE = 14
const MOST_TIMES = 70

/** `/m/{token}/move`: the free times of the next days as one list; choosing one and pressing the button moves. */
export async function movePage(
  c: Ctx,
  house: House,
  holder: Holder,
  token: string,
  { said, from, taken }: { said?: string | undefined; from?: string | undefined; taken?: string[] },
): Promise<Response> {
  const { words, lang, session, me, others } = holder
  if (!holder.isCurrent || !isOpen(holder) || phaseOf(holder) !== 'before')
    return seeOther(c, `/m/${token}?said=changed`)
  const [booking] = await bookingsOf(house, holder)
  if (!booking || !movesAlone(holder)) {
    return page(c, {
      title: words.move,
      lang,
      body: html`<section class="card"><h1>${words.move}</h1><p>${words.askOpsToMove}</p><p><a href="/m/${token}">${words.backToStart}</a></p></section>`,
    })
  }
  const asked = instantOr(from ?? '')
  const { free, next } = taken
    ? { free: taken, next: null }
    : await freeStarts(house, holder, booking, asked ? later(asked, holder.now) : holder.now)
  const notice = taken ? words.said.not_free : said && Object.hasOwn(words.said, said) ? words.said[said] : null
  return page(
    c,
    {
      title: words.chooseTime,
      lang,
      packed: true,
      body: html`${notice ? html`<p class="notice" role="${taken ? 'alert' : 'status'}">${notice}</p>` : ''}
<section class="card"><p class="soft">${words.sessionWith(namesOf(others, words))}. ${words.nowAt(moment(session.startsAt, me.timeZone, lang))}</p>
<h1>${words.chooseTime}</h1><p class="soft">${words.timesIn(city(me.timeZone))}</p>
${
  free.length === 0
    ? html`<p>${words.noTimes}</p>`
    : html`<form method="post" action="/m/${token}"><input type="hidden" name="do" value="move">
${timeList(
  free.map((text) => Temporal.Instant.from(text)),
  me.timeZone,
  lang,
  taken !== undefined,
)}
<p class="stick"><button class="is-main">${words.moveButton}</button></p></form>`
}
<ul class="links">${next ? html`<li><a href="/m/${token}/move?from=${next}">${words.moreTimes}</a></li>` : ''}<li><a href="/m/${token}">${words.backToStart}</a></li></ul></section>`,
    },
    taken ? 409 : 200,
  )
}

/** Free times as radios under their days; the arrow keys walk through all of them. */
export function timeList(starts: Temporal.Instant[], zone: string, lang: string, isFirstChosen = false): Markup {
  const byDay = Map.groupBy(starts, (at) => day(at, zone, lang))
  return html`${[...byDay].map(
    ([name, times]) =>
      html`<fieldset class="times"><legend>${name}</legend>${times.map(
        (at) =>
          html`<label><input type="radio" name="startsAt" value="${at.toString()}" required${isFirstChosen && at === starts[0] ? html` checked autofocus` : ''}><span>${clock(at, zone)}</span></label>`,
      )}</fieldset>`,
  )}`
}

/** Free starts of the next days, as many as fit a light page, and where the list goes on; null at the end of it. */
async function freeStarts(
  house: House,
  { session, now }: Holder,
  booking: { mentor_id: string; mentee_id: string; mentorship_id: string | null },
  from: Temporal.Instant,
): Promise<{ free: string[]; next: string | null }> {
  const range = { from, to: from.add({ hours: DAYS_AT_ONCE * 24 }) }
  const people = { mentorId: booking.mentor_id, menteeId: booking.mentee_id }
  const facts = await bookingFacts(house.db, { ...people, ...range, butSessionId: session.id }, now)
  if (facts.config === null) return { free: [], next: null }
  const view = { programmeId: session.programmeId, room: session.room }
  const closed = closedToMove(facts, booking.mentorship_id, range)
  const found = slots(slotsQuestion(facts, facts.config, range, now, view, closed))
    .filter(({ startsAt }) => startsAt !== session.startsAt.epochMilliseconds)
    .map(({ startsAt }) => Temporal.Instant.fromEpochMilliseconds(startsAt).toString())
  const isLast = !isBefore(range.to, now.add({ hours: facts.config.horizonDays * 24 }))
  return { free: found.slice(0, MOST_TIMES), next: found[MOST_TIMES] ?? (isLast ? null : range.to.toString()) }
}

/** `/m/{token}/cancel`: what it means, said before it counts; one field, one button. */
export function cancelPage(c: Ctx, holder: Holder, token: string): Response | Promise<Response> {
  const { words, lang, session, me, others, now, facts } = holder
  if (!holder.isCurrent || !isOpen(holder) || phaseOf(holder) !== 'before')
    return seeOther(c, `/m/${token}?said=changed`)
  const { lateCancelHours } = facts.policy.booking
  const freeUntil = session.startsAt.subtract({ hours: lateCancelHours })
  const isLate = isBefore(freeUntil, now)
  return page(c, {
    title: words.cancel,
    lang,
    body: html`<section class="card"><p class="soft">${words.sessionWith(namesOf(others, words))}</p><h1>${words.cancel}</h1>
${when(holder)}
<p class="${isLate ? 'notice is-warn' : 'soft'}">${isLate ? words.lateCancel(lateCancelHours) : words.lateCancelFrom(moment(freeUntil, me.timeZone, lang))}</p>
<form method="post" action="/m/${token}"><input type="hidden" name="do" value="cancel">
<label class="field"><span>${words.reason}</span><textarea name="reason" rows="3" maxlength="500"></textarea></label>
<p class="choices"><button class="is-danger">${words.cancel}</button><a class="button" href="/m/${token}">${words.keepIt}</a></p></form></section>`,
  })
}
