import { html } from 'hono/html'
import type { Markup } from '../../pages/page.ts'
import { near } from '../../pages/times.ts'
import { meetingsOfSession } from '../who.ts'
import { type Row, rows, type World } from '../world.ts'
import type { Scene } from './scene.ts'

const PLACES: Record<string, string> = {
  room: 'in the room',
  waiting_room: 'in the waiting room',
  before_host: 'waits for the host',
}

/** The session's Zoom room: who is in, and every way to come in, leave and end it. */
export async function room(world: World, scene: Scene): Promise<Markup> {
  const { session, people, now } = scene
  const title = html`<h2 id="room">Zoom room</h2>`
  if (!session) return html``
  if (session.room === 'meet')
    return html`<section class="device" aria-labelledby="room">${title}<p class="soft">This session meets on Google Meet: nobody tells us who comes.</p></section>`
  const ids = await meetingsOfSession(world.pool, session.id)
  const present = await rows(
    world.pool,
    `select person, place, came_at, participant ->> 'user_name' as name, participant ->> 'registrant_id' as registrant, is_host from sandbox.zoom_presence
     where meeting_id::text = any($1) and left_at is null order by came_at, seq`,
    ids,
  )
  const [run] = await rows(
    world.pool,
    'select started_at, ended_at from sandbox.zoom_run where meeting_id::text = any($1) order by started_at desc limit 1',
    ids,
  )
  const isIn = (id: string) => present.some(({ person }) => person === id)
  const form = (inner: unknown, of = 'switches') =>
    html`<form method="post" action="/sandbox/world/room/${session.id}" class="${of}">${scene.back('room')}${inner}</form>`
  if (ids.length === 0)
    return html`<section class="device" aria-labelledby="room">${title}<p class="soft">${session.status === 'scheduled' ? 'The room is being made.' : 'There is no room.'}</p></section>`
  return html`<section class="device" aria-labelledby="room">${title}<p class="soft">${state(run, now)}</p>
${present.length === 0 ? html`<p>Nobody is in.</p>` : html`<ul class="inside">${present.map((p) => html`<li><span class="state is-good"><bdi>${p.name}</bdi></span><span class="soft">${PLACES[p.place]} since ${near(p.came_at, now, 'UTC', 'en')} UTC</span>${form(html`<input type="hidden" name="person" value="${p.person}"><button class="is-quiet" name="do" value="leave">Leave</button>`)}</li>`)}</ul>`}
${people
  .filter(({ id }) => !isIn(id))
  .map(
    (
      person,
    ) => html`<div class="joins">${form(html`<input type="hidden" name="person" value="${person.id}"><input type="hidden" name="as" value="registrant">
<button class="${scene.people[0] === person ? 'is-main' : ''}" name="do" value="join"><bdi>${person.name.slice(0, 40)}</bdi> joins</button>`)}
<details><summary>another way</summary>${form(
      html`<input type="hidden" name="person" value="${person.id}"><label class="field"><span>How</span><select name="as"><option value="signed-in">signed in to Zoom</option><option value="guest">as a guest, without the link</option><option value="phone">by telephone</option></select></label>
<label class="field"><span>Name shown</span><input name="name" maxlength="100" value="${person.name.slice(0, 100)}"></label><button name="do" value="join">Join</button>`,
      'line',
    )}</details></div>`,
  )}
<div class="joins">${form(html`<input type="hidden" name="person" value="a stranger"><input type="hidden" name="as" value="guest"><input type="hidden" name="name" value="iPhone"><button name="do" value="join">A stranger called “iPhone” joins</button>`)}</div>
${present.length > 0 ? form(html`${present.some(({ place }) => place === 'waiting_room') ? html`<button class="is-quiet" name="do" value="admit">Let everybody in</button>` : ''}<button class="is-quiet" name="do" value="end">End for all</button>`) : ''}
</section>`
}

function state(run: Row | undefined, now: Temporal.Instant): string {
  if (!run) return 'Not opened yet.'
  return run.ended_at
    ? `Closed ${near(run.ended_at, now, 'UTC', 'en')} UTC.`
    : `Open since ${near(run.started_at, now, 'UTC', 'en')} UTC.`
}
