import { html } from 'hono/html'
import { sql } from 'kysely'
import { transact } from '../database/transaction.ts'
import { wakeSession } from '../effects/wake.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import { isBefore } from '../interval.ts'
import { isAnswer } from '../playbook/answers.ts'
import { type Room, roomOf } from '../playbook/room.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { answerWords } from './answers.ts'
import { type Holder, isOpen, joinClosesAt, joinOpensAt, namesOf } from './holder.ts'
import { type Ctx, type Frame, type Markup, page, seeOther } from './page.ts'
import { clock, minutesUntil, near } from './times.ts'
import { when } from './when.ts'

/**
 * `/join/{token}`. Looking records nothing and goes nowhere: mail scanners open links, and some run scripts. The button is
 * what a person presses; that press is evidence that they came, and leads to their own place in the room.
 */
export async function joinPage(c: Ctx, house: House, holder: Holder, token: string): Promise<Response> {
  const { session, now, words, lang, others } = holder
  const title = words.sessionWith(namesOf(others, words))
  const show = (body: Markup, more: Partial<Frame> = {}) =>
    page(c, {
      title,
      lang,
      body: html`<section class="card"><p class="soft">${words.room}</p><h1>${title}</h1>${when(holder)}${body}<ul class="links"><li><a href="${holder.links.manage}">${words.details}</a></li></ul></section>`,
      ...more,
    })
  if (holder.isGone) return show(html`<p class="notice">${words.goneSentence}</p>`)
  if (!isOpen(holder)) return show(html`<p class="pill is-off">${words.status.cancelled}</p>`)
  if (!isBefore(now, joinClosesAt(session))) return show(html`<p class="notice">${words.roomOver}</p>`)
  const merged = holder.isMerged ? html`<p class="notice">${words.mergedSentence}</p>` : ''
  if (isBefore(now, joinOpensAt(session))) {
    const minutes = minutesUntil(joinOpensAt(session), now)
    return show(
      html`${merged}<p class="big">${minutes > 24 * 60 ? words.joinFrom(near(joinOpensAt(session), now, holder.me.timeZone, lang)) : words.opensIn(minutes)}</p>
${session.room === 'zoom' ? html`<p><a href="https://zoom.us/test" rel="noreferrer">${words.deviceCheck}</a> <span class="soft">${words.deviceHint}</span></p>` : ''}
<p class="soft">${words.comesBack}</p>`,
      { refreshSeconds: 60 },
    )
  }
  const room = roomOf(holder.facts)
  const isReady = (await placeOf(house, holder)) !== null
  return show(
    html`${merged}<p class="big">${words.startsIn(minutesUntil(session.startsAt, now))}</p>
${isReady ? html`<form method="post" action="/join/${token}"><button class="is-main is-wide">${words.joinNow}</button></form>` : html`<p class="notice" role="status">${words.preparing}</p>`}
${whoIsThere(holder, room)}`,
    { refreshSeconds: isReady ? 20 : 5 },
  )
}

/** The press: recorded first, then the person is shown to their place. */
export async function join(c: Ctx, house: House, vendors: Vendors, holder: Holder, token: string): Promise<Response> {
  const { session, me, now } = holder
  if (!isOpen(holder) || isBefore(now, joinOpensAt(session)) || !isBefore(now, joinClosesAt(session)))
    return seeOther(c, `/join/${token}`)
  await transact(house.db, async (tx) => {
    await tx
      .insertInto('join_click')
      .values({ id: newId(), participant_id: me.id, session_id: session.id, at: now })
      .execute()
    await wakeSession(tx, session.id, now)
  })
  house.nudge()
  const place = await placeOf(house, holder)
  const url = place && ((await hostUrl(vendors, place)) ?? place.url)
  return url && isWebAddress(url) ? seeOther(c, url) : seeOther(c, `/join/${token}`)
}

type Place = {
  url: string | null /** Set for a mentor who is the host: their own way in starts the meeting. */
  hostedMeeting: string | null
}

/** Where this person's own door is, as far as the vendor has told us yet; null while it is being made. */
async function placeOf({ db }: House, { session, me }: Holder): Promise<Place | null> {
  if (session.room === 'meet') {
    const { rows } = await sql<{ url: string }>`
      select remote ->> 'meetUrl' as url from mirror
      where session_id = ${session.id} and kind = 'calendar_event' and wanted is not null and remote ->> 'meetUrl' is not null
      order by (wanted ->> 'conference')::boolean desc nulls last limit 1`.execute(db)
    return rows[0] ? { url: rows[0].url, hostedMeeting: null } : null
  }
  const { rows } = await sql<{ url: string | null; meeting: string | null; mine: boolean }>`
    select (select remote ->> 'joinUrl' from mirror where kind = 'registrant' and key = ${`registrant:${me.id}`} and wanted is not null) as url,
      (select remote_id from mirror where kind = 'meeting' and session_id = s.id and wanted is not null) as meeting,
      exists (select from zoom_host h where h.id = s.host_id and h.account_id = ${me.accountId}) as mine
    from session s where s.id = ${session.id}`.execute(db)
  const [row] = rows
  if (!row) return null
  const hostedMeeting = row.mine ? row.meeting : null
  return row.url || hostedMeeting ? { url: row.url, hostedMeeting } : null
}

/** Fresh with every press: Zoom's start_url holds for two hours only. In trouble the personal link does as well. */
async function hostUrl({ zoom }: Vendors, { hostedMeeting }: Place): Promise<string | null> {
  if (!zoom || !hostedMeeting) return null
  const answer = await zoom.getMeeting(hostedMeeting)
  return answer.ok ? (answer.meeting.startUrl ?? null) : null
}

const isWebAddress = (url: string): boolean => URL.canParse(url) && ['https:', 'http:'].includes(new URL(url).protocol)

/** Who is there; and for whoever is missing, what we did to reach them. */
function whoIsThere(holder: Holder, room: Room): Markup {
  const { facts, others, words, me, session, now } = holder
  const hasBegun = !isBefore(now, session.startsAt)
  const lines = others.flatMap((other) => {
    if (isThere(room, other.id)) return [html`<li class="is-good">${words.inRoom(other.name)}</li>`]
    if (!hasBegun) return []
    const wrote = facts.deliveries
      .filter(
        (d) =>
          d.recipientId === other.accountId &&
          d.channel !== 'slack' &&
          /^(nudge|waiting|nobody|reminder 5)/.test(d.meaning) &&
          Object.hasOwn(words.states, d.state),
      )
      .map((d) => ({
        at: d.acceptedAt ?? d.createdAt,
        text: words.weWrote(
          clock(d.acceptedAt ?? d.createdAt, me.timeZone),
          other.name,
          words.by[d.channel] ?? d.channel,
          words.states[d.state] ?? '',
        ),
      }))
    const said = facts.replies
      .filter(
        (r) =>
          r.participantId === other.id &&
          !isBefore(r.saidAt, session.startsAt.subtract({ minutes: 30 })) &&
          isAnswer(r.meaning),
      )
      .map((r) => ({
        at: r.saidAt,
        text: words.theySaid(
          clock(r.saidAt, me.timeZone),
          other.name,
          isAnswer(r.meaning) ? answerWords(r.meaning, holder) : '',
        ),
      }))
    const told = [...wrote, ...said].toSorted((a, b) => Temporal.Instant.compare(a.at, b.at))
    return [html`<li>${words.notYet(other.name)}</li>`, ...told.map(({ text }) => html`<li class="soft">${text}</li>`)]
  })
  return lines.length > 0 ? html`<ul class="there" aria-live="polite">${lines}</ul>` : html``
}

/** In the room, or at its door, as far as we know still. */
export const isThere = (room: Room, participantId: string): boolean =>
  room.presence.get(participantId)?.intervals.some(({ to }) => to === null) ?? false
