import { html } from 'hono/html'
import { spanOf } from '../../calendar/busy-time.ts'
import type { Markup } from '../../pages/page.ts'
import { moment } from '../../pages/times.ts'
import { type Row, rows, type World } from '../world.ts'
import type { Person, Scene } from './scene.ts'

const MOST = 10

/** The mentors' own Google calendars: what stands in them, and what people do there behind our back. */
export async function calendars(world: World, scene: Scene): Promise<Markup> {
  const mentors = scene.people.filter(({ role }) => role === 'mentor')
  const parts = await Promise.all(mentors.map((mentor) => calendar(world, scene, mentor)))
  return html`<section class="panel" aria-labelledby="google"><h2 id="google">Google calendars</h2>${parts.length > 0 ? parts : html`<p class="soft">Choose a session to see its mentor’s calendar.</p>`}</section>`
}

async function calendar(world: World, scene: Scene, mentor: Person): Promise<Markup> {
  const connection = await scene.house.db
    .selectFrom('calendar_connection')
    .select(['google_email', 'broken_at'])
    .where('account_id', '=', mentor.id)
    .where('disconnected_at', 'is', null)
    .executeTakeFirst()
  const title = html`<h3><bdi>${mentor.name}</bdi>${connection ? html` <span class="state is-${connection.broken_at ? 'bad' : 'good'}">${connection.broken_at ? 'access lost' : 'connected'}</span>` : ''}</h3>`
  const act = (inner: unknown, of = 'switches') =>
    html`<form method="post" action="/sandbox/world/calendar/${mentor.id}" class="${of}">${scene.back('google')}${inner}</form>`
  const connect = (words: string) => act(html`<button name="do" value="connect">${words}</button>`)
  if (!connection)
    return html`${title}<p class="soft">Not connected: the weekly hours alone decide.</p>${connect('Connect, through Google’s consent')}`
  const events = await eventsOf(world, connection.google_email, scene.now)
  const start = scene.session ? Temporal.Instant.from(scene.session.startsAt) : scene.now
  return html`${title}${connection.broken_at ? connect('Connect again') : ''}
${events.length === 0 ? html`<p class="soft">No event ahead.</p>` : html`<ul class="mails">${events.map((event) => shown(event, scene, mentor, act))}</ul>`}
${act(
  html`<label class="field"><span>Something of their own</span><input name="summary" value="Dentist" maxlength="100" required></label><label class="field"><span>From (${'UTC'})</span><input type="datetime-local" name="startsAt" required value="${local(start)}"></label><label class="field"><span>Minutes</span><input type="number" name="minutes" value="60" min="5" max="1440" required></label><button name="do" value="busy">Add</button>`,
  'line',
)}${connection.broken_at ? '' : act(html`<button class="is-quiet" name="do" value="revoke">Take access away in Google</button>`)}`
}

function shown(
  event: Row,
  { viewerZone }: Scene,
  mentor: Person,
  act: (inner: unknown, of?: string) => Markup,
): Markup {
  const span = spanOf(event as Parameters<typeof spanOf>[0], mentor.timeZone)
  const declined = event.attendees?.some((a: Row) => a.self && a.responseStatus === 'declined')
  const state = event.status === 'cancelled' ? 'deleted' : declined ? 'declined' : null
  return html`<li><details><summary>${span ? html`<span class="at">${moment(span.start, viewerZone, 'en')}</span> ` : ''}<bdi>${String(event.summary ?? 'busy').slice(0, 80)}</bdi>${state ? html` <span class="state is-off">${state}</span>` : ''}</summary>
${state === 'deleted' ? '' : act(html`<input type="hidden" name="id" value="${event.id}"><button class="is-quiet" name="do" value="later">One hour later</button><button class="is-quiet" name="do" value="decline">Decline</button><button class="is-quiet" name="do" value="delete">Delete</button>`)}</details></li>`
}

/** What ends in the future; what was deleted a moment ago too, so that it is seen to go. */
async function eventsOf(world: World, email: string, now: Temporal.Instant): Promise<Row[]> {
  const found = await rows(
    world.pool,
    `select resource from sandbox.google_event where calendar = $1
       and coalesce(resource -> 'end' ->> 'dateTime', resource -> 'end' ->> 'date') >= $2
     order by coalesce(resource -> 'start' ->> 'dateTime', resource -> 'start' ->> 'date') limit $3`,
    email.toLowerCase(),
    now.toString().slice(0, 10),
    MOST,
  )
  return found.map(({ resource }) => resource)
}

export const local = (at: Temporal.Instant): string =>
  at.toZonedDateTimeISO('UTC').toPlainDateTime().toString({ smallestUnit: 'minute' })
