import { html } from 'hono/html'
import { sql } from 'kysely'
import { loadFacts } from '../../effects/load-facts.ts'
import type { House } from '../../http.ts'
import { clockBar } from '../../pages/clock-bar.ts'
import { idOr } from '../../pages/form.ts'
import { installation } from '../../pages/holder.ts'
import { type Ctx, type Markup, page } from '../../pages/page.ts'
import { city, moment } from '../../pages/times.ts'
import { menu, viewerOf } from '../../pages/viewer.ts'
import { readPeople } from '../../people/person.ts'
import { type SessionView, viewSessions } from '../../sessions/session.ts'
import type { Sandbox } from '../start.ts'
import { calendars } from './calendars.ts'
import { faultSwitches } from './fault-switches.ts'
import { mailboxes } from './mailboxes.ts'
import { phone } from './phone.ts'
import { room } from './room.ts'
import { backField, type Person, type Scene, worldPath } from './scene.ts'
import { happenedSince, readSeen, type Seen, seenNow } from './seen.ts'
import { slackChannel } from './slack-channel.ts'
import { whatNext } from './what-next.ts'

/** Sessions to choose from: those that are not long over, by time. */
const MOST = 30

/** `/sandbox/world`: everything outside Punctual for one session, side by side: phones, room, mail, Slack, calendars, faults. */
export async function worldPage(c: Ctx, house: House, { world }: Sandbox): Promise<Response> {
  const viewer = await viewerOf(house, c.get('actor'))
  const now = house.clock.now()
  const asked = idOr(c.req.query('session') ?? '')
  const choice = await sessionsNear(house, now)
  const sessionId = asked ?? choice.find(({ is_open }) => is_open)?.id ?? choice[0]?.id ?? null
  const [session = null] = sessionId ? await viewSessions(house.db, [sessionId]) : []
  const seen = readSeen(c.req.query('since'))
  const upTo = await seenNow(world)
  const people = session ? await peopleOf(house, session) : []
  const here = worldPath(session?.id ?? null, upTo)
  const scene: Scene = {
    house,
    now,
    viewerZone: viewer.timeZone,
    session,
    people,
    seen,
    back: (part) => backField(worldPath(session?.id ?? null, upTo, part)),
  }
  const facts = session
    ? (await loadFacts(house.db, [session.id], now, installation(house))).get(session.id)
    : undefined
  const error = c.req.query('error')
  const devices = await Promise.all(people.slice(0, 4).map((person) => phone(world, scene, person)))
  return page(c, {
    title: 'World',
    wide: true,
    top: menu(viewer, 'world', await clockBar(house, viewer, here)),
    body: html`${error ? html`<p class="notice is-bad" role="alert">${error.slice(0, 300)}</p>` : ''}
<div class="head"><h1>World <span class="soft">what people and vendors see and do</span></h1>
${choice.length > 0 ? html`<form class="filters" action="/sandbox/world"><label>Session <select name="session">${choice.map((one) => html`<option value="${one.id}"${one.id === session?.id ? html` selected` : ''}>${moment(one.starts_at, viewer.timeZone, 'en')} ${one.who.slice(0, 70)}</option>`)}</select></label><button>Show</button>${session ? html`<a class="button" href="/sessions/${session.id}">Timeline</a>` : ''}</form>` : ''}</div>
<nav class="jumps" aria-label="On this page">${people.slice(0, 4).map(({ id, name }) => html`<a href="#phone-${id}">${name.split(' ')[0]?.slice(0, 20)}</a>`)}${session ? html`<a href="#room">Room</a>` : ''}<a href="#mail">Mail</a><a href="#slack">Slack</a><a href="#google">Google</a><a href="#faults">Faults</a></nav>
${facts ? whatNext(facts, scene, here) : ''}
<div data-live>${seen ? await justNow(world, seen, viewer.timeZone) : ''}
${session ? html`<div class="devices">${devices}${await room(world, scene)}</div>` : await emptyWorld(house)}
<div class="panels">${session ? await mailboxes(world, scene) : ''}${await slackChannel(world, scene)}<div>${await calendars(world, scene)}${await faultSwitches(world, scene)}</div></div></div>`,
  })
}

type Choice = { id: string; starts_at: Temporal.Instant; who: string; is_open: boolean }

async function sessionsNear({ db }: House, now: Temporal.Instant): Promise<Choice[]> {
  const { rows } = await sql<Choice>`
    select s.id, s.starts_at, s.ends_at > ${now.subtract({ minutes: 30 })} and s.cancelled_at is null and s.merged_into is null as is_open,
      coalesce((select string_agg(a.name, ' with ' order by p.role) from session_participant p join account a on a.id = p.account_id
        where p.session_id = s.id and p.left_at is null), '') as who
    from session s where s.published_at is not null and s.ends_at > ${now.subtract({ hours: 24 })}
    order by s.starts_at, s.id limit ${MOST}`.execute(db)
  return rows
}

async function peopleOf({ db, clock }: House, { participants }: SessionView): Promise<Person[]> {
  const ids = participants.map(({ personId }) => personId)
  const known = await readPeople(db, { where: sql`account.id = any(${ids}::uuid[])`, limit: 100, now: clock.now() })
  return participants
    .flatMap(({ id, personId, name, role, timeZone }): Person[] => {
      const account = known.find((one) => one.id === personId)
      if (!account) return []
      const { email = '', phone = null, channels = [] } = account
      return [{ id: personId, participantId: id, name, role, email, phone, timeZone, channels }]
    })
    .toSorted((a, b) => Number(a.role === 'mentor') - Number(b.role === 'mentor'))
}

const CHANNELS: Record<string, string> = {
  whatsapp: 'WhatsApp',
  email: 'Mail',
  slack: 'Slack',
  zoom: 'Zoom',
  google: 'Google',
}

async function justNow(world: Sandbox['world'], seen: Seen, zone: string): Promise<Markup> {
  const { happenings, more } = await happenedSince(world, seen, 8)
  if (happenings.length === 0)
    return html`<p class="soft justnow">Nothing left the system and nobody told it anything.</p>`
  return html`<section class="justnow" aria-label="What just happened"><h2>Just now</h2><ol>${more > 0 ? html`<li class="soft">${more} earlier ones</li>` : ''}${happenings.map(({ at, channel, to, what, isIncoming }) => html`<li><span class="at">${moment(at, zone, 'en')}</span> <strong>${CHANNELS[channel] ?? channel}</strong> <span class="soft">${isIncoming ? 'told Punctual' : `to ${to}`}</span> <span class="what">${what}</span></li>`)}</ol></section>`
}

async function emptyWorld({ db }: House): Promise<Markup> {
  const anybody = await db.selectFrom('account').select('id').limit(1).executeTakeFirst()
  return html`<section class="card empty"><h2>No sessions yet</h2>${anybody ? html`<p>Book one, or have a day of them booked the way mentees book.</p><form method="post" action="/sandbox/sample-day"><button class="is-main">Book a sample day</button></form><p class="soft">Times are in ${city('UTC')} where nobody says otherwise.</p>` : html`<p>Nobody is here yet. Import people with <code>npx punctual import examples/first-week</code>.</p>`}</section>`
}
