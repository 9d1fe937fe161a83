import { html } from 'hono/html'
import { bookingFacts, slotsQuestion } from '../booking/facts.ts'
import { reschedule } from '../booking/reschedule.ts'
import { slots } from '../booking/slots.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { mustRun } from '../people/scope.ts'
import { mustRunSessions, type SessionView, seeSession } from '../sessions/session.ts'
import { clockBar } from './clock-bar.ts'
import { type Form, instantOr } from './form.ts'
import { timeList } from './move.ts'
import { type Ctx, page, seeOther } from './page.ts'
import { city, day, dayOf, moment, startOfDay } from './times.ts'
import { menu, type Viewer } from './viewer.ts'

const DAYS_AT_ONCE = 7

/** `/sessions/{id}/move`: a week of the mentor's free times that also suit the mentee; one press moves and tells everybody. */
export async function moveSessionPage(
  c: Ctx,
  house: House,
  viewer: Viewer,
  id: string,
  taken?: string[],
): Promise<Response> {
  const view = await seeSession(house.db, viewer.actor, id)
  mustRun(viewer.actor, view.programmeId, 'session')
  const booking = await bookingOf(house, id)
  const now = house.clock.now()
  const { timeZone, lang } = viewer
  const asked = instantOr(c.req.query('from') ?? '')
  const from = asked && Temporal.Instant.compare(asked, now) > 0 ? asked : startOfDay(dayOf(now, timeZone), timeZone)
  const free = taken ?? (booking ? await freeFor(house, booking, view, from) : [])
  const next = from.add({ hours: DAYS_AT_ONCE * 24 })
  const names = view.participants.map(({ name }) => name).join(', ')
  return page(
    c,
    {
      title: 'Move',
      wide: true,
      top: menu(viewer, 'none', await clockBar(house, viewer, `/sessions/${id}/move`)),
      body: html`<div class="head"><h1>Move <span class="soft"><bdi>${names}</bdi>, now ${moment(Temporal.Instant.from(view.startsAt), timeZone, lang)}</span></h1><a class="button" href="/sessions/${id}">Back</a></div>
${taken ? html`<p class="notice is-bad" role="alert">That time has just gone. These are free:</p>` : ''}
<section class="card">${
        booking === null
          ? html`<p>Nobody has booked this session, so there is no booking to move.</p>`
          : free.length === 0
            ? html`<p>No time in the week from ${day(from, timeZone, lang)} suits both.</p>`
            : html`<p class="soft">Times in ${city(timeZone)} that suit the mentor’s hours and everybody’s sessions. Everybody is told at once; messages of the old time are withdrawn.</p><form method="post" action="/sessions/${id}/move"><input type="hidden" name="revision" value="${booking.revision}">${timeList(
                free.map((text) => Temporal.Instant.from(text)),
                timeZone,
                lang,
                taken !== undefined,
              )}<button class="is-main">Move and tell everybody</button></form>`
      }
<p class="links"><a href="/sessions/${id}/move?from=${next.toString()}">The week from ${day(next, timeZone, lang)}</a></p></section>`,
    },
    taken ? 409 : 200,
  )
}

export async function moveSession(c: Ctx, house: House, viewer: Viewer, id: string, form: Form): Promise<Response> {
  await mustRunSessions(house.db, viewer.actor, [id])
  const startsAt = instantOr(form('startsAt'))
  const booking = await bookingOf(house, id)
  if (!startsAt || !booking) return seeOther(c, `/sessions/${id}/move`)
  try {
    await reschedule(
      house,
      viewer.actor,
      booking.id,
      { startsAt, revision: Number(form('revision')) || 0 },
      house.clock.now(),
    )
    return seeOther(c, `/sessions/${id}?said=moved`)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const alternatives = (error.details.alternatives ?? []) as { startsAt: string }[]
    if (error.code === 'slot_taken')
      return moveSessionPage(
        c,
        house,
        viewer,
        id,
        alternatives.map(({ startsAt }) => startsAt),
      )
    return seeOther(c, `/sessions/${id}?error=${encodeURIComponent(error.message)}`)
  }
}

type Bookable = { id: string; revision: number; mentor_id: string; mentee_id: string }

const bookingOf = async ({ db }: House, sessionId: string): Promise<Bookable | null> =>
  (await db
    .selectFrom('user_calendar_booking')
    .select(['id', 'revision', 'mentor_id', 'mentee_id'])
    .where('session_id', '=', sessionId)
    .where('cancelled_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()) ?? null

async function freeFor(
  house: House,
  { mentor_id: mentorId, mentee_id: menteeId }: Bookable,
  view: SessionView,
  from: Temporal.Instant,
): Promise<string[]> {
  const now = house.clock.now()
  const range = { from, to: from.add({ hours: DAYS_AT_ONCE * 24 }) }
  const facts = await bookingFacts(house.db, { mentorId, menteeId, ...range, butSessionId: view.id }, now)
  if (facts.config === null) return []
  const viewpoint = { programmeId: view.programmeId, room: view.room as 'zoom' | 'meet' }
  return slots(slotsQuestion(facts, facts.config, range, now, viewpoint))
    .map(({ startsAt }) => Temporal.Instant.fromEpochMilliseconds(startsAt).toString())
    .filter((text) => text !== view.startsAt)
    .slice(0, 120)
}
