import { html } from 'hono/html'
import { sql } from 'kysely'
import { loadFacts } from '../effects/load-facts.ts'
import type { House } from '../http.ts'
import { isBefore } from '../interval.ts'
import type { Actor } from '../people/actor.ts'
import { isTheirs } from '../people/case-rights.ts'
import { isRun } from '../people/scope.ts'
import type { DaySummary } from '../playbook/day.ts'
import type { SessionFacts } from '../playbook/facts.ts'
import { summariesOf } from '../sessions/day-summary-routes.ts'
import { summaryWords } from '../words/digest.ts'
import { clockBar } from './clock-bar.ts'
import { dateOr, idOr } from './form.ts'
import { installation } from './holder.ts'
import { type Ctx, type Markup, page } from './page.ts'
import { city, day, dayOf, moment, near, startOfDay } from './times.ts'
import { todayRow } from './today-row.ts'
import { menu, type Viewer } from './viewer.ts'

/** A day has at most so many lines; a programme filter makes more readable. */
const MOST = 500

/** `/` for ops: what needs a person first, then now, next, later, done. */
export async function todayPage(c: Ctx, house: House, viewer: Viewer): Promise<Response> {
  const now = house.clock.now()
  const today = dayOf(now, viewer.timeZone)
  const date = dateOr(c.req.query('day')) ?? today
  const programmes = await house.db
    .selectFrom('programme')
    .select(['id', 'name'])
    .where(isRun(viewer.actor, 'id'))
    .orderBy('name')
    .limit(200)
    .execute()
  const programmeId = idOr(c.req.query('programme') ?? '')
  const range = { from: startOfDay(date, viewer.timeZone), to: startOfDay(date.add({ days: 1 }), viewer.timeZone) }
  const sessions = await sessionsOf(house, viewer.actor, range, programmeId, now)
  const cases = await openCases(house, viewer.actor, programmeId)
  const isToday = date.equals(today)
  const days = isToday ? await summariesOf(house, viewer.actor, programmeId, now) : []
  const title = isToday ? 'Today' : day(range.from, viewer.timeZone, viewer.lang)
  const path = here(date, today, programmeId)

  return page(c, {
    title,
    wide: true,
    top: menu(viewer, 'today', await clockBar(house, viewer, path)),
    body: html`<div class="head"><h1>${title} <span class="soft">${moment(now, viewer.timeZone, viewer.lang)} ${city(viewer.timeZone)}</span></h1>
<form class="filters" action="/"><a class="button" href="${here(date.subtract({ days: 1 }), today, programmeId)}" aria-label="Day before" rel="prev">‹</a>
<label><span class="hidden">Day</span><input type="date" name="day" value="${date.toString()}"></label>
<a class="button" href="${here(date.add({ days: 1 }), today, programmeId)}" aria-label="Day after" rel="next">›</a>
${programmes.length > 1 ? html`<label>Programme <select name="programme"><option value="">All</option>${programmes.map(({ id, name }) => html`<option value="${id}"${id === programmeId ? html` selected` : ''}>${name}</option>`)}</select></label>` : ''}
<button>Show</button>${isToday ? '' : html`<a class="button" href="/">Today</a>`}</form></div>
<div data-live>${summary(days, programmeId)}${needsYou(cases, viewer, now)}
${sessions.length === 0 ? await nothing(house, viewer, range, programmeId, today) : groups(sessions, viewer, now, isToday, range.from)}</div>`,
  })
}

/** What the morning message says, as it stands now: a line for each programme that has sessions today. */
const summary = (days: DaySummary[], programmeId: string | null): Markup =>
  html`${days
    .filter(({ sessions }) => sessions > 0)
    .map((day) => {
      const [sessions, ...rest] = summaryWords(day)
      const name = days.length > 1 ? html`<bdi>${day.name}</bdi>: ` : ''
      return html`<p class="calm" data-summary="${day.programmeId}">${name}<strong>${sessions}</strong>${rest.map((words) => html` · ${words}`)}${programmeId ? '' : html` <span class="soft">${city(day.timeZone)}</span>`}</p>`
    })}`

const here = (date: Temporal.PlainDate, today: Temporal.PlainDate, programmeId: string | null): string => {
  const query = new URLSearchParams({
    ...(date.equals(today) ? {} : { day: date.toString() }),
    ...(programmeId ? { programme: programmeId } : {}),
  }).toString()
  return query ? `/?${query}` : '/'
}

async function sessionsOf(
  house: House,
  actor: Actor,
  { from, to }: { from: Temporal.Instant; to: Temporal.Instant },
  programmeId: string | null,
  now: Temporal.Instant,
): Promise<SessionFacts[]> {
  const { rows } = await sql<{ id: string }>`
    select id from session where starts_at >= ${from} and starts_at < ${to} and published_at is not null
      and (${programmeId}::uuid is null or programme_id = ${programmeId}) and ${isRun(actor, 'programme_id')} order by starts_at, id limit ${MOST}`.execute(
    house.db,
  )
  const facts = await loadFacts(
    house.db,
    rows.map(({ id }) => id),
    now,
    installation(house),
  )
  return rows.flatMap(({ id }) => facts.get(id) ?? [])
}

function groups(
  sessions: SessionFacts[],
  viewer: Viewer,
  now: Temporal.Instant,
  isToday: boolean,
  from: Temporal.Instant,
): Markup {
  const isOff = ({ session }: SessionFacts) => session.cancelledAt !== null || session.mergedInto !== null
  const done = (f: SessionFacts) => isOff(f) || !isBefore(now, f.session.endsAt)
  const running = (f: SessionFacts) => !done(f) && !isBefore(now, f.session.startsAt.subtract({ minutes: 15 }))
  const soon = (f: SessionFacts) =>
    !done(f) && !running(f) && isBefore(f.session.startsAt, now.add({ hours: 4, minutes: 1 }))
  const section = (title: string, list: SessionFacts[]) =>
    list.length === 0
      ? ''
      : html`<section><h2>${title} <span class="count">${list.length}</span></h2><div class="scroll"><table class="day is-sessions">
<thead><tr><th scope="col">Time</th><th scope="col">Who</th><th scope="col">Reminders <span class="soft">mentor, mentee · WhatsApp, email</span></th><th scope="col">Answer</th><th scope="col">Room</th><th scope="col">In the room</th><th scope="col">Verdict</th></tr></thead>
<tbody>${list.map((facts) => todayRow(facts, now, viewer, from))}</tbody></table></div></section>`
  const next = sessions.find(running) ?? sessions.find(soon) ?? sessions.find((f) => !done(f))
  const world =
    viewer.isSandbox && next
      ? html`<p class="calm"><a href="/sandbox/world?session=${next.session.id}">Open both phones and the room</a> <span class="soft">of ${near(next.session.startsAt, now, viewer.timeZone, viewer.lang)}: press what people press, and see what follows.</span></p>`
      : ''
  return html`${world}${section('Now', sessions.filter(running))}${section('Next 4 hours', sessions.filter(soon))}
${section(
  isToday ? 'Later today' : 'Planned',
  sessions.filter((f) => !done(f) && !running(f) && !soon(f)),
)}${section('Done', sessions.filter(done))}
<p class="legend soft"><span class="mark is-planned"></span> planned <span class="mark is-sent"></span> sent <span class="mark is-delivered"></span> delivered <span class="mark is-skipped"></span> skipped <span class="mark is-failed"></span> failed or not certain</p>`
}

type Case = {
  id: string
  kind: string
  title: string
  opened_at: Temporal.Instant
  session_id: string | null
  starts_at: Temporal.Instant | null
  account_id: string | null
  who: string | null
}

async function openCases({ db }: House, actor: Actor, programmeId: string | null): Promise<Case[]> {
  const { rows } = await sql<Case>`
    select c.id, c.kind, c.title, c.opened_at, c.session_id, s.starts_at, c.account_id,
      (select string_agg(a.name, ' with ' order by p.role) from session_participant p join account a on a.id = p.account_id
        where p.session_id = c.session_id and p.left_at is null) as who
    from ops_case c left join session s on s.id = c.session_id
    where c.settled_at is null and (${programmeId}::uuid is null or coalesce(c.programme_id, s.programme_id) = ${programmeId})
      and ${isTheirs(actor)}
    order by coalesce(s.starts_at, c.opened_at), c.id limit 100`.execute(db)
  return rows
}

function needsYou(cases: Case[], { timeZone, lang }: Viewer, now: Temporal.Instant): Markup {
  if (cases.length === 0) return html`<p class="calm"><span class="state is-good">Nothing needs you</span></p>`
  return html`<section class="needs"><h2>Needs you <span class="count">${cases.length}</span></h2><ul class="cases">${cases.map(
    ({
      id,
      kind,
      title,
      opened_at,
      session_id,
      starts_at,
      who,
    }) => html`<li id="case-${id}"><span class="at">${starts_at ? near(starts_at, now, timeZone, lang) : '–'}</span>
<span class="what">${session_id ? html`<a href="/sessions/${session_id}"><bdi>${title}</bdi></a>` : html`<strong><bdi>${title}</bdi></strong>`} <span class="soft">${who ? html`<bdi>${who}</bdi> · ` : ''}${kind.replaceAll('_', ' ')} · since ${near(opened_at, now, timeZone, lang)}</span></span>
${kind === 'pause_proposed' ? html`<details><summary>Pause bookings</summary><form method="post" action="/cases/${id}/pause" class="line"><label class="field"><span>Why? It stays on record.</span><input name="reason" required maxlength="500"></label><button>Pause new bookings</button></form></details>` : ''}<details><summary>Close</summary><form method="post" action="/cases/${id}/settle" class="line"><label class="field"><span>Why is it settled?</span><input name="reason" required maxlength="500"></label><button>Close the case</button></form></details></li>`,
  )}</ul></section>`
}

/** An empty day points to the nearest one that is not; in the sandbox it offers to make one. */
async function nothing(
  { db, config }: House,
  { actor, timeZone, lang }: Viewer,
  { from }: { from: Temporal.Instant },
  programmeId: string | null,
  today: Temporal.PlainDate,
): Promise<Markup> {
  const next = await db
    .selectFrom('session')
    .select('starts_at')
    .where('starts_at', '>=', from)
    .where('published_at', 'is not', null)
    .where(isRun(actor, 'programme_id'))
    .$if(programmeId !== null, (query) => query.where('programme_id', '=', programmeId as string))
    .orderBy('starts_at')
    .limit(1)
    .executeTakeFirst()
  return html`<section class="card empty"><h2>No sessions on this day</h2>
${next ? html`<p>The next one is on <a href="${here(dayOf(next.starts_at, timeZone), today, programmeId)}">${day(next.starts_at, timeZone, lang)}</a>.</p>` : html`<p>Nothing is booked after it either.</p>`}
${config.PUNCTUAL_MODE === 'sandbox' ? html`<form method="post" action="/sandbox/sample-day"><button class="is-main">Book a sample day</button></form><p class="soft">Eight sessions of the demo programme on its next weekday, booked the way mentees book.</p>` : ''}</section>`
}
