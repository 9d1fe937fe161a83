import { Hono } from 'hono'
import { html } from 'hono/html'
import { sql } from 'kysely'
import { notFound } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { isBefore } from '../interval.ts'
import { person } from '../people/actor.ts'
import { deviceOf } from '../people/devices.ts'
import { note } from '../people/security-log.ts'
import { sessionCookie, signIn } from '../people/sign-in.ts'
import { visiblePeople } from '../people/visible-people.ts'
import { listSessions, type SessionView } from '../sessions/session.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { dateOr, idOr, readForm, smallForm } from './form.ts'
import { joinOpensAt, linksOf, namesOf } from './holder.ts'
import { type Ctx, type Markup, page, seeOther } from './page.ts'
import { doorPage } from './sign-in.ts'
import { city, clock, moment } from './times.ts'
import { menu, type Viewer, viewerOf } from './viewer.ts'

/** `/`: the app for ops and mentors, one's own sessions for mentees, and for a stranger the door. */
export function homeRoutes(house: House, vendors: Vendors): Hono<Env> {
  const app = new Hono<Env>()
  const isSandbox = house.config.PUNCTUAL_MODE === 'sandbox'
  app.get('/', async (c) => {
    const actor = c.get('actor')
    if (actor.ops) return seeOther(c, todayIn(c))
    if (actor.accountId) {
      const viewer = await viewerOf(house, actor)
      // Mentors have the app; what they book for themselves is still here.
      if (viewer.isMentor && c.req.query('own') === undefined) return seeOther(c, '/app')
      return ownSessions(c, house, viewer)
    }
    return isSandbox ? chooseWhoToBe(c, house) : doorPage(c, vendors)
  })
  // Everybody in the sandbox is made up, so anybody may be anybody. In live mode this address does not exist.
  if (isSandbox) {
    app.post('/sandbox/be', smallForm, async (c) => {
      const form = await readForm(c)
      const wish = form('personId')
      const id = wish === 'ops' ? await someOps(house) : idOr(wish)
      const known =
        id &&
        (await house.db
          .selectFrom('account')
          .select('id')
          .where('id', '=', id)
          .where('deactivated_at', 'is', null)
          .executeTakeFirst())
      if (!known) throw notFound('person')
      note(house, 'signed_in', person(known.id, []), { by: 'sandbox' })
      return c.body(null, 303, {
        // A path of ours, never an address.
        location: /^\/(?![/\\])/.test(form('to')) ? form('to').slice(0, 300) : '/',
        'set-cookie': sessionCookie(
          house.config,
          await signIn(house.db, known.id, house.clock.elapsed(), deviceOf(c.req.header('user-agent'))),
        ),
      })
    })
  }
  return app
}

/** Today in the app, on the day and of the programme that an address of before names. */
function todayIn(c: Ctx): string {
  const [day, programme] = [dateOr(c.req.query('day')), idOr(c.req.query('programme') ?? '')]
  const query = new URLSearchParams({ ...(day ? { day: day.toString() } : {}), ...(programme ? { programme } : {}) })
  return query.size > 0 ? `/app/today?${query}` : '/app/today'
}

const someOps = async ({ db }: House): Promise<string | undefined> =>
  (
    await db
      .selectFrom('account')
      .select('id')
      .where(sql<boolean>`roles && '{ops,admin}'`)
      .where('deactivated_at', 'is', null)
      .orderBy('name')
      .limit(1)
      .executeTakeFirst()
  )?.id

async function ownSessions(c: Ctx, house: House, viewer: Viewer): Promise<Response> {
  const { actor, words, lang, timeZone } = viewer
  const now = house.clock.now()
  const { items } = await listSessions(house.db, actor, { from: now.subtract({ hours: 7 * 24 }), limit: 100 })
  const live = items.filter(({ status }) => status !== 'merged')
  const ahead = live.filter(
    ({ endsAt, status }) => status === 'scheduled' && isBefore(now, Temporal.Instant.from(endsAt)),
  )
  const earlier = live.filter((session) => !ahead.includes(session)).toReversed()
  const own = await mentorsOf(house, actor.accountId)
  const mentors = (await visiblePeople(house.db, actor, { role: 'mentor', after: null, limit: 60 }, now))
    .filter(({ id }) => id !== actor.accountId)
    .toSorted((a, b) => Number(own.has(b.id)) - Number(own.has(a.id)) || a.name.localeCompare(b.name, lang))
  const line = (session: SessionView) => ownLine(house, viewer, session, now)
  return page(c, {
    title: words.yourSessions,
    lang,
    top: menu(viewer, 'sessions'),
    body: html`<h1>${words.yourSessions}</h1><p class="soft">${words.zoneName} ${city(timeZone)}: ${moment(now, timeZone, lang)}</p>
${ahead.length > 0 ? html`<ul class="cards">${ahead.map(line)}</ul>` : html`<p class="card">${words.noSessions}</p>`}
${mentors.length > 0 ? html`<h2>${words.yourMentors}</h2><ul class="choices is-list">${mentors.map(({ id, name, timeZone: zone }) => html`<li><a class="button" href="/book/${id}"><bdi>${name}</bdi> <span class="soft">${own.has(id) ? `${words.yourMentor}, ` : ''}${city(zone)}</span></a></li>`)}</ul>` : ''}
${earlier.length > 0 ? html`<h2>${words.earlier}</h2><ul class="cards is-past">${earlier.map(line)}</ul>` : ''}`,
  })
}

/** With whom this mentee is paired now. */
async function mentorsOf({ db }: House, menteeId: string | null): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('mentorship')
    .select('mentor_id')
    .where('mentee_id', '=', menteeId)
    .where('ended_at', 'is', null)
    .limit(60)
    .execute()
  return new Set(rows.map((row) => row.mentor_id))
}

function ownLine(
  house: House,
  { actor, words, lang, timeZone }: Viewer,
  session: SessionView,
  now: Temporal.Instant,
): Markup {
  const me = session.participants.find(({ personId }) => personId === actor.accountId)
  if (!me) return html``
  const [startsAt, endsAt] = [Temporal.Instant.from(session.startsAt), Temporal.Instant.from(session.endsAt)]
  const links = linksOf(house, me.id, session.revision)
  const others = session.participants.filter(({ personId }) => personId !== actor.accountId)
  const isRoomOpen =
    session.status === 'scheduled' && !isBefore(now, joinOpensAt({ startsAt })) && isBefore(now, endsAt)
  const state =
    session.status === 'cancelled'
      ? words.status.cancelled
      : isBefore(now, startsAt)
        ? me.answer === 'coming'
          ? words.status.coming
          : words.status.planned
        : isBefore(now, endsAt)
          ? words.status.now
          : words.status.over
  return html`<li class="card"><a href="${links.manage}"><strong>${moment(startsAt, timeZone, lang)}–${clock(endsAt, timeZone)}</strong></a><span><bdi>${namesOf(others, words)}</bdi></span>
<span class="soft">${state}</span>${isRoomOpen ? html`<a class="button is-main" href="${links.join}">${words.joinNow}</a>` : ''}</li>`
}

async function chooseWhoToBe(c: Ctx, house: House): Promise<Response> {
  const { rows } = await sql<{ id: string; name: string; role: string; time_zone: string }>`
    with someone as (
      select id, name, time_zone, case
        when 'admin' = any(roles) or 'ops' = any(roles) then 'ops'
        when exists (select from user_calendar_config where account_id = account.id) or 'mentor' = any(roles) then 'mentor'
        else 'mentee' end as role
      from account where deactivated_at is null and joined_into is null),
    counted as (select *, row_number() over (partition by role order by name, id) as n from someone)
    select id, name, role, time_zone from counted where n <= 6 order by name, id`.execute(house.db)
  const group = (role: string, title: string, sentence: string) => {
    const people = rows.filter((row) => row.role === role)
    return people.length === 0
      ? ''
      : html`<section class="card"><h2>${title}</h2><p class="soft">${sentence}</p><form method="post" action="/sandbox/be" class="choices">${people.map(
          ({ id, name, time_zone }, i) =>
            html`<button name="personId" value="${id}"${role === 'ops' && i === 0 ? html` class="is-main"` : ''}><bdi>${name}</bdi> <span class="soft">${city(time_zone)}</span></button>`,
        )}</form></section>`
  }
  return page(c, {
    title: 'Choose who to be',
    body: html`<h1>Choose who to be</h1><p>This is a sandbox: everybody in it is made up, no message leaves this machine, and the clock moves when you move it. Or <a href="/sign-in">sign in as people will</a>.</p>
${rows.length === 0 ? html`<p class="card">Nobody is here yet. Import people with <code>npx punctual import examples/first-week</code>.</p>` : ''}
${group('ops', 'Ops', 'Sees the day, settles what needs a person, moves the clock.')}
${group('mentor', 'A mentor', 'Opens weekly hours; sees own sessions.')}
${group('mentee', 'A mentee', 'Books, confirms, joins.')}`,
  })
}
