import { html } from 'hono/html'
import { loadFacts } from '../effects/load-facts.ts'
import type { House } from '../http.ts'
import { isBefore } from '../interval.ts'
import { runs } from '../people/policy.ts'
import type { SessionFacts } from '../playbook/facts.ts'
import { type SessionView, seeSession } from '../sessions/session.ts'
import { type Entry, shownTo, type Timeline, timeline } from '../sessions/timeline.ts'
import { clockBar } from './clock-bar.ts'
import { installation, linksOf } from './holder.ts'
import { type Ctx, type Markup, page, seeOther } from './page.ts'
import { MIRRORS, meaningOf, said } from './timeline-words.ts'
import { city, clock, dayOf, moment } from './times.ts'
import { CHANNEL_WORDS, MARK_OF, VERDICT_WORDS } from './today-row.ts'
import { menu, type Viewer } from './viewer.ts'
import { type Came, KNOWN_BY, whoCame } from './who-came.ts'

type Lane = 'mentor' | 'room' | 'mentee' | 'ops'
const LANES: readonly Lane[] = ['mentor', 'room', 'mentee', 'ops']

const SAID: Record<string, string> = {
  moved: 'Moved. Everybody is told, and the calendar follows.',
  room: 'The room is another. Everybody is told; their links stay the same.',
  merged: 'Merged. Everybody whose time or room changed is told.',
  unmerged: 'The merge is undone. Everybody is told.',
}

/** `/sessions/{id}`: everything that happened and that is planned, in lanes on one axis of time; every entry opens to why. */
export async function sessionPage(c: Ctx, house: House, viewer: Viewer, id: string): Promise<Response> {
  const view = await seeSession(house.db, viewer.actor, id)
  // Whoever is in it has a page of their own for it, in their own words.
  const me = view.participants.find(({ personId }) => personId === viewer.actor.accountId)
  const isRun = runs(viewer.actor, view.programmeId)
  if (!isRun && me) return seeOther(c, linksOf(house, me.id, view.revision).manage)
  const now = house.clock.now()
  const line = shownTo(viewer.actor, view.programmeId, await timeline(house.db, id, now))
  const facts = (await loadFacts(house.db, [id], now, installation(house))).get(id)
  const came = facts ? whoCame(facts) : () => null
  const { timeZone, lang } = viewer
  const startsAt = Temporal.Instant.from(view.startsAt)
  const names = (role: string) =>
    view.participants
      .filter((p) => p.role === role)
      .map(({ name }) => name)
      .join(', ') || 'nobody'
  const title = view.title ?? `${names('mentee')} with ${names('mentor')}`
  const zones = [...new Set(view.participants.map((p) => p.timeZone))].filter((zone) => zone !== timeZone)
  const error = c.req.query('error')
  const notice = SAID[c.req.query('said') ?? '']
  return page(c, {
    title,
    wide: true,
    top: menu(viewer, 'none', isRun ? await clockBar(house, viewer, `/sessions/${id}`) : ''),
    body: html`${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}${error ? html`<p class="notice is-bad" role="alert">${error.slice(0, 300)}</p>` : ''}
<div class="head"><h1><bdi>${title}</bdi></h1><p class="when"><strong>${moment(startsAt, timeZone, lang)}–${clock(Temporal.Instant.from(view.endsAt), timeZone)}</strong> ${city(timeZone)}${zones.map((zone) => html` <span class="soft">· ${clock(startsAt, zone)} ${city(zone)}</span>`)}</p></div>
<p>${statusOf(view, startsAt, now)} <span class="soft">revision ${view.revision}${view.calendarUnchecked ? ' · booked while the mentor’s calendar could not be read' : ''}</span></p>
<ul class="people">${view.participants.map((p) => html`<li><span class="soft">${p.role}</span> <bdi>${p.name}</bdi>${p.answer ? html` <span class="state is-${p.answer === 'coming' ? 'good' : 'warn'}">${said(p.answer)}</span>` : ''}${p.verdict ? html` <span class="state is-${p.verdict === 'absent' ? 'bad' : p.verdict === 'cannot_tell' ? 'warn' : 'good'}">${VERDICT_WORDS[p.verdict]} (${p.stage})</span>` : ''}</li>`)}</ul>
${isRun ? actions(view, startsAt, now, viewer, openMerge(facts)) : ''}
<div data-live>${lanes(line, view, viewer, now, came)}</div>`,
  })
}

/** The latest merge that this session survived and that nobody took back. */
const openMerge = (facts: SessionFacts | undefined): string | null =>
  facts?.merges.findLast(({ survivorId, undoneAt }) => survivorId === facts.session.id && undoneAt === null)?.mergeId ??
  null

function statusOf(view: SessionView, startsAt: Temporal.Instant, now: Temporal.Instant): Markup {
  if (view.status === 'merged')
    return html`<span class="state is-off">joined with <a href="/sessions/${view.mergedInto}">another session</a></span>`
  if (view.status === 'cancelled')
    return html`<span class="state is-off">cancelled</span> ${view.cancelReason ? html`<q>${view.cancelReason}</q>` : ''}`
  if (isBefore(now, startsAt)) return html`<span class="state is-open">planned</span>`
  return isBefore(now, Temporal.Instant.from(view.endsAt))
    ? html`<span class="state is-good">happening now</span>`
    : html`<span class="state is-off">over</span>`
}

function actions(
  view: SessionView,
  startsAt: Temporal.Instant,
  now: Temporal.Instant,
  { isSandbox }: Viewer,
  mergeId: string | null,
): Markup | '' {
  const world = isSandbox
    ? html`<a class="button" href="/sandbox/world?session=${view.id}">Open both phones and the room</a>`
    : ''
  if (view.status !== 'scheduled') return world === '' ? '' : html`<div class="acts">${world}</div>`
  const undo = mergeId
    ? html`<form method="post" action="/sessions/${view.id}/unmerge"><input type="hidden" name="mergeId" value="${mergeId}"><button>Undo the merge</button></form>`
    : ''
  const reason = html`<label class="field"><span>Why? It stays on record.</span><input name="reason" required maxlength="500"></label>`
  if (isBefore(now, startsAt)) {
    return html`<div class="acts">${world}<a class="button" href="/sessions/${view.id}/move">Move</a><a class="button" href="/sessions/${view.id}/merge">Merge</a><a class="button" href="/sessions/${view.id}/room">Switch to ${view.room === 'zoom' ? 'Meet' : 'Zoom'}</a><a class="button" href="/sessions/${view.id}/cancel">Cancel</a>${undo}</div>`
  }
  return html`<div class="acts">${world}<details><summary>Correct a verdict</summary><form method="post" action="/sessions/${view.id}/verdict" class="line">
<label class="field"><span>Who</span><select name="personId">${view.participants.map((p) => html`<option value="${p.personId}">${p.name} (${p.role})</option>`)}</select></label>
<label class="field"><span>Verdict</span><select name="verdict">${Object.entries(VERDICT_WORDS).map(([value, words]) => html`<option value="${value}">${words}</option>`)}</select></label>${reason}<button>Correct it</button></form>
<p class="soft">Whoever was told something else hears once that it was wrong.</p></details></div>`
}

type Item = { at: Temporal.Instant; lane: Lane; text: string; mark: string; why: [string, string][] }

function lanes(
  { entries, planned }: Timeline,
  view: SessionView,
  viewer: Viewer,
  now: Temporal.Instant,
  came: (entry: Entry) => Came | null,
): Markup {
  const { timeZone, lang } = viewer
  const done = itemsOf(entries, view, timeZone, came)
  const ahead = plannedItems(planned, view, timeZone, lang)
  const rows = (items: Item[], isPlanned: boolean) => {
    const byMinute = Map.groupBy(items, ({ at }) => moment(at, timeZone, lang))
    let lastDay = ''
    return [...byMinute.values()].map((list) => {
      const at = list[0]!.at
      const date = dayOf(at, timeZone).toString()
      const label = date === lastDay ? clock(at, timeZone) : moment(at, timeZone, lang)
      lastDay = date
      return html`<tr${isPlanned ? html` class="is-ahead"` : ''}><th scope="row"><time datetime="${at.toString()}">${label}</time></th>${LANES.map(
        (lane) => html`<td data-lane="${lane}">${list.filter((item) => item.lane === lane).map(entry)}</td>`,
      )}</tr>`
    })
  }
  return html`<div class="scroll"><table class="lanes"><caption class="hidden">Timeline</caption><thead><tr><th scope="col">Time</th>${LANES.map((lane) => html`<th scope="col">${lane}</th>`)}</tr></thead>
<tbody>${rows(done, false)}</tbody><tbody><tr class="nowline"><th scope="row" colspan="5"><span>now ${moment(now, timeZone, lang)}</span></th></tr></tbody>
<tbody>${ahead.length > 0 ? rows(ahead, true) : html`<tr class="is-ahead"><td colspan="5" class="soft">Nothing more is planned.</td></tr>`}</tbody></table></div>`
}

const entry = ({ text, mark, why }: Item): Markup => {
  const label = html`<span class="mark is-${mark}" aria-hidden="true"></span> ${text}`
  if (why.length === 0) return html`<div class="entry">${label}</div>`
  return html`<details class="entry"><summary>${label}</summary><dl>${why.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></details>`
}

/** A decision and its deliveries are one entry: what was decided, and how far each channel is. */
function itemsOf(entries: Entry[], view: SessionView, zone: string, came: (entry: Entry) => Came | null): Item[] {
  const deliveries = Map.groupBy(
    entries.filter(({ kind }) => kind === 'delivery'),
    ({ effectKey }) => effectKey ?? '',
  )
  const decided = new Set(
    entries.filter(({ kind }) => kind === 'effect' || kind === 'correction').map(({ effectKey }) => effectKey),
  )
  return entries.flatMap((e): Item[] => {
    const at = Temporal.Instant.from(e.at)
    const lane = laneOf(e, view)
    if (e.kind === 'delivery')
      return decided.has(e.effectKey)
        ? []
        : [
            {
              at,
              lane,
              text: `${meaningOf(e.effectKey ?? '')}: ${CHANNEL_WORDS[e.channel ?? '']} ${said(e.state)}`,
              mark: MARK_OF[e.state] ?? 'none',
              why: whyOf(e),
            },
          ]
    if (e.kind === 'effect' || e.kind === 'correction')
      return [messageItem(e, (deliveries.get(e.effectKey ?? '') ?? []).toSorted(byChannel), at, lane, zone)]
    const known = came(e)
    if (known) {
      const who: [string, string] = ['known by', KNOWN_BY[known.by]]
      const its = laneOf({ ...e, recipient: known.personId }, view)
      return [
        { at, lane: its, text: `${textOf(e, view)} (${KNOWN_BY[known.by]})`, mark: 'fact', why: [who, ...whyOf(e)] },
      ]
    }
    const unknown =
      e.kind === 'meeting_event' && (e.evidence as { name?: string } | undefined)?.name ? ' (who is that?)' : ''
    return [
      { at, lane, text: `${textOf(e, view)}${unknown}`, mark: e.kind === 'verdict' ? 'fact' : 'event', why: whyOf(e) },
    ]
  })
}

const byChannel = (a: Entry, b: Entry): number => (b.channel ?? '').localeCompare(a.channel ?? '')

function messageItem(decision: Entry, sent: Entry[], at: Temporal.Instant, lane: Lane, zone: string): Item {
  const name = meaningOf(decision.effectKey ?? '')
  const why: [string, string][] = [
    ...(decision.reason ? [['because', decision.reason] as [string, string]] : []),
    ...sent.map((d): [string, string] => [
      CHANNEL_WORDS[d.channel ?? ''] ?? '',
      `${said(d.state)} ${clock(Temporal.Instant.from(d.at), zone)}${d.reason ? `, ${d.reason}` : ''} · ${d.template ?? ''}`,
    ]),
    ['rule', decision.effectKey ?? ''],
  ]
  if (sent.length === 0)
    return {
      at,
      lane,
      text: `${name}: ${decision.state === 'planned' ? 'decided' : said(decision.state)}`,
      mark: MARK_OF[decision.state] ?? 'none',
      why,
    }
  const worst =
    (['failed', 'planned', 'sent', 'delivered', 'skipped'] as const).find((state) =>
      sent.some((d) => MARK_OF[d.state] === state),
    ) ?? 'none'
  return {
    at,
    lane,
    text: `${name}: ${sent.map((d) => `${CHANNEL_WORDS[d.channel ?? '']} ${said(d.state)}`).join(', ')}`,
    mark: worst,
    why,
  }
}

function textOf(e: Entry, view: SessionView): string {
  const who =
    view.participants.filter(({ role }) => role === 'mentee').length > 1
      ? view.participants.find(({ personId }) => personId === e.recipient)?.name
      : undefined
  const evidence = (e.evidence ?? {}) as Record<string, unknown>
  if (e.kind === 'mirror') return `${MIRRORS[e.channel ?? ''] ?? e.channel}: ${said(e.state)}`
  if (e.kind === 'verdict') return `${who ? `${who}: ` : ''}${said(e.state)} (${e.stage})`
  if (e.kind === 'meeting_event')
    return `${said(e.state)}${typeof evidence.name === 'string' && evidence.name ? ` “${evidence.name}”` : ''}`
  if (e.kind === 'ops_action')
    return typeof evidence.title === 'string' ? `${said(e.state)}: ${evidence.title}` : said(e.state)
  return `${who ? `${who}: ` : ''}${said(e.state)}`
}

function whyOf(e: Entry): [string, string][] {
  const evidence = Object.entries((e.evidence ?? {}) as Record<string, unknown>).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  )
  return [
    ...(e.reason ? [['because', e.reason] as [string, string]] : []),
    ...(e.channel && e.kind !== 'mirror' ? [['by', CHANNEL_WORDS[e.channel] ?? e.channel] as [string, string]] : []),
    ...evidence.map(([name, value]): [string, string] => [
      name.replaceAll(/([A-Z])/g, ' $1').toLowerCase(),
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  ]
}

function laneOf(e: Entry, view: SessionView): Lane {
  if (e.channel === 'slack' || e.kind === 'ops_action') return 'ops'
  if (e.kind === 'mirror') return e.channel === 'slack_card' ? 'ops' : 'room'
  const role = view.participants.find(({ personId }) => personId === e.recipient)?.role
  if (role) return role
  if (e.kind === 'meeting_event') return 'room'
  return 'ops'
}

function plannedItems(planned: Timeline['planned'], view: SessionView, zone: string, lang: string): Item[] {
  return [...Map.groupBy(planned, ({ effectKey }) => effectKey).values()].map((list) => {
    const [first] = list as [Timeline['planned'][number]]
    const role = view.participants.find(({ personId }) => personId === first.recipient)?.role
    return {
      at: Temporal.Instant.from(first.dueAt),
      lane: role ?? 'ops',
      text: `${meaningOf(first.effectKey)} by ${list.map(({ channel }) => CHANNEL_WORDS[channel] ?? channel).join(', ')}`,
      mark: 'planned',
      why: [
        ['not later than', moment(Temporal.Instant.from(first.expiresAt), zone, lang)],
        ['rule', first.effectKey],
      ],
    }
  })
}
