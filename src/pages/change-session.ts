import { html } from 'hono/html'
import { cancelBookings, previewCancel } from '../booking/cancel.ts'
import { cut } from '../cut.ts'
import { Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { mustRun } from '../people/scope.ts'
import { previewRoom, switchRoom } from '../sessions/room.ts'
import { type SessionView, seeSession } from '../sessions/session.ts'
import type { Effects } from '../sessions/what-follows.ts'
import { clockBar } from './clock-bar.ts'
import { effectsOf } from './effects.ts'
import type { Form } from './form.ts'
import { type Ctx, type Markup, page, seeOther } from './page.ts'
import { city, moment } from './times.ts'
import { menu, type Viewer } from './viewer.ts'

const ROOMS: Record<string, string> = { zoom: 'Zoom', meet: 'Google Meet' }
const otherRoom = ({ room }: SessionView): 'zoom' | 'meet' => (room === 'zoom' ? 'meet' : 'zoom')

/** `/sessions/{id}/cancel`: everything that follows, then one button. Looking changes nothing. */
export const cancelPage = (c: Ctx, house: House, viewer: Viewer, id: string): Promise<Response> =>
  changePage(c, house, viewer, id, {
    path: 'cancel',
    title: () => 'Cancel',
    button: () => html`<button class="is-danger">Cancel and tell everybody</button>`,
    preview: async () =>
      previewCancel(house.db, viewer.actor, await openBookings(house, id), 'preview', house.clock.now()),
  })

/** `/sessions/{id}/room`: the other kind of room, with everything that follows. */
export const roomPage = (c: Ctx, house: House, viewer: Viewer, id: string): Promise<Response> =>
  changePage(c, house, viewer, id, {
    path: 'room',
    title: (view) => `Meet on ${ROOMS[otherRoom(view)]} instead`,
    button: (view) =>
      html`<button class="is-main" name="room" value="${otherRoom(view)}">Switch to ${ROOMS[otherRoom(view)]} and tell everybody</button>`,
    preview: (view) => {
      const ask = { room: otherRoom(view), reason: 'preview', revision: view.revision }
      return previewRoom(house.db, viewer.actor, id, ask, house.clock.now())
    },
  })

type Change = {
  path: string
  title: (view: SessionView) => string
  button: (view: SessionView) => Markup
  preview: (view: SessionView) => Promise<Effects>
}

async function changePage(c: Ctx, house: House, viewer: Viewer, id: string, change: Change): Promise<Response> {
  const view = await seeSession(house.db, viewer.actor, id)
  mustRun(viewer.actor, view.programmeId, 'session')
  const here = `/sessions/${id}/${change.path}`
  const effects = await change.preview(view).catch((error) => {
    if (error instanceof Refusal) return error
    throw error
  })
  const names = new Map(view.participants.map(({ personId, name }) => [personId, name]))
  const title = change.title(view)
  return page(c, {
    title,
    wide: true,
    top: menu(viewer, 'none', await clockBar(house, viewer, here)),
    body: html`<div class="head"><h1>${title} <span class="soft">${moment(Temporal.Instant.from(view.startsAt), viewer.timeZone, viewer.lang)} ${city(viewer.timeZone)} · <bdi>${[...names.values()].join(', ')}</bdi></span></h1><a class="button" href="/sessions/${id}">Back</a></div>
<section class="card"><h2>What follows</h2>${
      effects instanceof Refusal
        ? html`<p class="notice is-bad" role="alert">${effects.message}</p>`
        : html`${effectsOf(effects, names)}<form method="post" action="${here}"><input type="hidden" name="revision" value="${view.revision}"><label class="field"><span>Why? It stays on record.</span><input name="reason" required maxlength="500"></label>${change.button(view)}</form>`
    }</section>`,
  })
}

/** All of the session's bookings in one transaction, if it is still as it was seen. */
export async function cancelNow(c: Ctx, house: House, viewer: Viewer, id: string, form: Form): Promise<Response> {
  const view = await seeSession(house.db, viewer.actor, id)
  mustRun(viewer.actor, view.programmeId, 'session')
  if (form('revision') !== String(view.revision)) return seeOther(c, changed(id))
  const ask = { bookings: await openBookings(house, id), reason: reasonOf(form) }
  await cancelBookings(house, viewer.actor, ask, house.clock.now())
  return seeOther(c, `/sessions/${id}`)
}

export async function roomNow(c: Ctx, house: House, viewer: Viewer, id: string, form: Form): Promise<Response> {
  const room = form('room')
  if (room !== 'zoom' && room !== 'meet') throw new Refusal('invalid', 'Choose Zoom or Google Meet.')
  const ask = { room, reason: reasonOf(form), revision: Number(form('revision')) || 0 } as const
  try {
    await switchRoom(house.db, viewer.actor, id, ask, house.clock.now())
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'not_found') throw error
    return seeOther(c, `/sessions/${id}?error=${encodeURIComponent(error.message)}`)
  }
  house.nudge()
  return seeOther(c, `/sessions/${id}?said=room`)
}

const changed = (id: string): string =>
  `/sessions/${id}?error=${encodeURIComponent('The session changed in the meantime. Nothing was done.')}`

function reasonOf(form: Form): string {
  const reason = cut(form('reason'), 500)
  if (!reason) throw new Refusal('invalid', 'Say why: it stays on record.')
  return reason
}

async function openBookings({ db }: House, sessionId: string): Promise<{ id: string; revision: number }[]> {
  const bookings = await db
    .selectFrom('user_calendar_booking')
    .select(['id', 'revision'])
    .where('session_id', '=', sessionId)
    .where('cancelled_at', 'is', null)
    .orderBy('id')
    .execute()
  if (bookings.length === 0)
    throw new Refusal('not_possible', 'Nobody has booked this session, so there is no booking to cancel.')
  return bookings
}
