import { parseFault } from '../faults.ts'
import { enqueue } from '../queue.ts'
import { rows } from '../world.ts'
import { zoomHeaders } from '../zoom-room.ts'
import { connectCalendar } from './calendars.ts'
import { ordinaryWeek } from './ordinary-week.ts'
import type { Act, ActName, Story } from './scenario.ts'
import { type Answer, missing, type Stage } from './stage.ts'
import { forge, type Received, replay, strangeMeeting } from './webhooks.ts'

/** What an act left behind for the checks of its step; `stories` go on beside those of the scenario. */
export type Outcome = {
  answer?: Answer
  answers?: Answer[]
  stories?: Story[]
  sessions?: string[]
  received?: Received
}

type Playing = {
  [Name in ActName]: (
    stage: Stage,
    wish: Extract<Act, { name: Name }>['wish'],
    label: string | null,
  ) => Promise<Outcome>
}

/** Plays one act through the door that the person would use: the API, Zoom, a phone, a mailbox, Slack, Google. */
export function play(stage: Stage, { name, wish }: Act, label: string | null): Promise<Outcome> {
  return (PLAYS[name] as (stage: Stage, wish: unknown, label: string | null) => Promise<Outcome>)(stage, wish, label)
}

const PLAYS: Playing = {
  async book(stage, { mentor, mentee, startsAt, hold, key }, label) {
    const holdId = hold ? (stage.holds.get(hold) ?? missing(`no hold is called "${hold}"`)) : undefined
    const body = { ...(await slotOf(stage, { mentor, mentee, startsAt })), ...(holdId ? { holdId } : {}) }
    const answer = await stage.api('POST', '/api/v1/bookings', body, key ? { 'idempotency-key': key } : {})
    keep(stage, label, answer)
    return { answer }
  },
  async race(stage, { mentor, mentees, startsAt, clients }, label) {
    const bodies = await Promise.all(mentees.map((mentee) => slotOf(stage, { mentor, mentee, startsAt })))
    const answers = await Promise.all(
      Array.from({ length: clients }, (_, i) => stage.api('POST', '/api/v1/bookings', bodies[i % bodies.length])),
    )
    const won = answers.find(({ status }) => status === 201)
    if (won) keep(stage, label, won)
    return { answers }
  },
  async hold(stage, wish, label) {
    const answer = await stage.api('POST', '/api/v1/holds', await slotOf(stage, wish))
    if (label && answer.status === 201) stage.holds.set(label, String(answer.body.id))
    return { answer }
  },
  async reschedule(stage, { session, startsAt, revision }) {
    const path = `/api/v1/bookings/${bookingOf(stage, session)}`
    const current = revision ?? (await stage.api('GET', path)).body.revision
    return {
      answer: await stage.api('POST', `${path}/reschedule`, {
        startsAt: (await stage.instantNow(startsAt)).toString(),
        revision: current,
      }),
    }
  },
  async cancel(stage, { session, reason }) {
    const path = `/api/v1/bookings/${bookingOf(stage, session)}`
    const { revision } = (await stage.api('GET', path)).body
    return { answer: await stage.api('POST', `${path}/cancel`, { reason, revision }) }
  },
  async publish(stage, { mentor, mentees, startsAt, minutes, title }, label) {
    const start = await stage.instantNow(startsAt)
    const programmes = (await stage.api('GET', '/api/v1/programmes')).body.items as {
      id: string
      name: string
      booking: string
    }[]
    const programmeId = (programmes.find(({ booking }) => booking === 'open') ?? programmes[0])?.id
    const answer = await stage.api('POST', '/api/v1/sessions', {
      programmeId,
      mentorId: stage.person(mentor).id,
      menteeIds: mentees.map((mentee) => stage.person(mentee).id),
      title,
      startsAt: start.toString(),
      endsAt: start.add({ minutes }).toString(),
    })
    if (label && answer.status === 201) stage.sessions.set(label, { id: String(answer.body.id), bookingId: null })
    return { answer }
  },
  ordinaryWeek,
  async reply(stage, { person, button, text, revision, withoutContext }) {
    const phone = stage.person(person).phone ?? missing(`${person} has no phone`)
    const pressed = button ? { button: await buttonOf(stage, person, button, revision) } : { text: text ?? '' }
    await stage.sandbox.vendors.whatsappReply(phone, { ...pressed, ...(withoutContext ? { withoutContext } : {}) })
    return {}
  },
  async replyIfAsked(stage, { person, session, button = 'coming', text }) {
    const { id, phone } = stage.person(person)
    const asked = (await stage.inbox()).findLast(
      (item) =>
        item.channel === 'whatsapp' &&
        item.personId === id &&
        item.sessionId === stage.session(session).id &&
        item.buttons.length > 0,
    )
    const pressed = asked?.buttons.find((one) => one.id.startsWith(`${button}:`))
    if (phone && pressed) await stage.sandbox.vendors.whatsappReply(phone, text ? { text } : { button: pressed.id })
    return {}
  },
  async answerByMail(stage, { person, session, answer }) {
    const { id } = stage.session(session)
    const mails = (await stage.inbox()).filter(
      (item) => item.channel === 'email' && item.sessionId === id && item.personId === stage.person(person).id,
    )
    const link = mails
      .flatMap((mail) => mail.text.match(new RegExp(`${stage.url}/m/[\\w-]+[^\\s)>"]*answer=${answer}`, 'g')) ?? [])
      .at(-1)
    if (!link) return missing(`no mail to ${person} about "${session}" offers the answer ${answer}`)
    const page = await fetch(link)
    const html = await page.text()
    const form = formOf(html, answer)
    if (!page.ok || !form)
      return missing(`the page behind the mail's answer ${answer} has no form for it (${page.status})`)
    const sent = await fetch(new URL(form.action, link), {
      method: 'POST',
      body: new URLSearchParams(form.fields),
      redirect: 'manual',
    })
    if (sent.status >= 400) return missing(`the page behind the mail's answer ${answer} says ${sent.status}`)
    return {}
  },
  async readWhatsapp(stage, { person }) {
    await stage.sandbox.vendors.whatsapp.read(stage.person(person).phone ?? missing(`${person} has no phone`))
    return {}
  },
  async join(stage, { session, person, as, name, email }) {
    const who = {
      person: personId(stage, person),
      ...(as ? { as } : {}),
      ...(name ? { name } : {}),
      ...(email ? { email } : {}),
    }
    await stage.sandbox.vendors.zoomJoin({ sessionId: stage.session(session).id, ...who })
    return {}
  },
  async joinByLink(stage, { session, person }) {
    const { id } = stage.session(session)
    const received = (await stage.inbox()).filter(
      (item) => item.sessionId === id && item.personId === stage.person(person).id,
    )
    const link = received.flatMap((item) => item.text.match(new RegExp(`${stage.url}/join/[\\w-]+`)) ?? [])[0]
    if (!link) return missing(`no message to ${person} about "${session}" has a link to its room`)
    const pressed = await fetch(link, { method: 'POST', redirect: 'manual' })
    const place = new URL(pressed.headers.get('location') ?? link, link)
    if (place.origin === stage.url)
      return missing(`the link of ${person} to "${session}" leads to no room (${pressed.status} ${place.pathname})`)
    if (place.pathname.startsWith('/w/')) place.pathname += '/join'
    const entered = await fetch(place, { method: 'POST', redirect: 'manual' })
    return entered.status < 400 ? {} : missing(`Zoom answers ${entered.status} to the link of ${person}`)
  },
  async leave(stage, { session, person }) {
    await stage.sandbox.vendors.zoomLeave({ sessionId: stage.session(session).id, person: personId(stage, person) })
    return {}
  },
  async everybodyJoins(stage, { session }) {
    const { id } = stage.session(session)
    const { body } = await stage.api('GET', `/api/v1/sessions/${id}`)
    for (const { personId } of body.participants as { personId: string }[])
      await stage.sandbox.vendors.zoomJoin({ sessionId: id, person: personId })
    return {}
  },
  async everybodyLeaves(stage, { session }) {
    for (const { person, meeting_id } of await inTheRoom(stage, stage.session(session).id)) {
      await stage.sandbox.vendors.zoomLeave({ zoomMeetingId: String(meeting_id), person })
    }
    return {}
  },
  async merge(stage, { sessions, reason }, label) {
    const sessionIds = sessions.map((session) => stage.session(session).id)
    const preview = await stage.api('POST', '/api/v1/sessions/merge', { sessionIds, reason, dryRun: true })
    const done = await stage.api('POST', '/api/v1/sessions/merge', { sessionIds, reason })
    if (label && done.status === 200) stage.merges.set(label, { id: String(done.body.mergeId), preview, done })
    return { answer: done, answers: [preview, done] }
  },
  async undoMerge(stage, { merge, reason }) {
    const { id } = stage.merges.get(merge) ?? missing(`no merge is called "${merge}"`)
    return { answer: await stage.api('POST', `/api/v1/merges/${id}/undo`, { reason }) }
  },
  async absence(stage, { mentor, date, reason, action }) {
    const { id, timeZone } = stage.person(mentor)
    const path = `/api/v1/mentors/${id}/calendar-config`
    const { etag, ...config } = (await stage.api('GET', path)).body
    const day = Temporal.PlainDate.from(date)
    const startsAt = day.toZonedDateTime(timeZone).toInstant().toString()
    const endsAt = day.add({ days: 1 }).toZonedDateTime(timeZone).toInstant().toString()
    const absences = [...((config.absences as unknown[] | undefined) ?? []), { startsAt, endsAt, reason }]
    const written = await stage.api('PUT', path, { ...config, absences }, { 'if-match': String(etag) })
    const affected = (written.body.affected ?? []) as { sessionId: string }[]
    const sessionIds = affected.map(({ sessionId }) => sessionId)
    if (written.status !== 200 || sessionIds.length === 0) return { answer: written, sessions: sessionIds }
    const ask = { sessionIds, action, reason }
    const preview = await stage.api('POST', '/api/v1/sessions/bulk', { ...ask, dryRun: true })
    const done = await stage.api('POST', '/api/v1/sessions/bulk', { ...ask, dryRun: false })
    return { answer: done, answers: [preview, done], sessions: sessionIds }
  },
  async connectCalendar(stage, { person }) {
    await connectCalendar(stage, stage.person(person))
    return {}
  },
  async googleBusy(stage, { person, summary, startsAt, endsAt }) {
    const times = { startsAt: await stage.instantNow(startsAt), endsAt: await stage.instantNow(endsAt) }
    await stage.sandbox.vendors.google.busy(stage.person(person).email, { summary, ...times })
    return {}
  },
  async googleMove(stage, { person, session, startsAt }) {
    const { email } = stage.person(person)
    const { id } = stage.session(session)
    const { starts_at, ends_at } = await stage.house.db
      .selectFrom('session')
      .select(['starts_at', 'ends_at'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const start = await stage.instantNow(startsAt)
    await stage.sandbox.vendors.google.move(email, await eventOf(stage, email, id), {
      startsAt: start,
      endsAt: start.add(starts_at.until(ends_at)),
    })
    return {}
  },
  async googleDelete(stage, { person, session }) {
    const { email } = stage.person(person)
    await stage.sandbox.vendors.google.delete(email, await eventOf(stage, email, stage.session(session).id))
    return {}
  },
  async googleDecline(stage, { person, session }) {
    const { email } = stage.person(person)
    await stage.sandbox.vendors.google.decline(email, await eventOf(stage, email, stage.session(session).id))
    return {}
  },
  async fault(stage, { until, minutes, milliseconds, ...fault }) {
    const parameter = minutes ?? milliseconds
    const body = {
      ...fault,
      ...(parameter === undefined ? {} : { parameter }),
      ...(until ? { until: (await stage.instantNow(until)).toString() } : {}),
    }
    await stage.sandbox.vendors.setFault(parseFault(body, stage.now()))
    return {}
  },
  async clearFaults(stage, { vendor }) {
    await stage.sandbox.vendors.clearFaults(vendor)
    return {}
  },
  async phone(stage, { person, ...how }) {
    await stage.sandbox.vendors.whatsapp.behave(
      stage.person(person).phone ?? missing(`${person} has no phone`),
      how as { onWhatsapp?: boolean; phoneOff?: boolean },
    )
    return {}
  },
  async mailbox(stage, { person, refuses }) {
    await stage.sandbox.vendors.email.refuse(stage.person(person).email, refuses)
    return {}
  },
  async pressSlack(stage, { session, case: kind, action }) {
    const { id } = stage.session(session)
    const found = await stage.house.db
      .selectFrom('ops_case')
      .select('id')
      .where('session_id', '=', id)
      .where('kind', '=', kind)
      .orderBy('opened_at', 'desc')
      .executeTakeFirst()
    if (!found) return missing(`"${session}" has no case ${kind}`)
    await stage.sandbox.vendors.slackPress({ caseId: found.id, actionId: action })
    return {}
  },
  async judge(stage, { session, person, verdict, reason }) {
    return {
      answer: await stage.api('POST', `/api/v1/sessions/${stage.session(session).id}/attendance`, {
        personId: stage.person(person).id,
        verdict,
        reason,
      }),
    }
  },
  async repeatZoom(stage, { session }) {
    const { world } = stage.sandbox.vendors
    const [meeting] = await rows(
      world.pool,
      "select remote_id from mirror where kind = 'meeting' and session_id = $1",
      stage.session(session).id,
    )
    const sent = await rows(
      world.pool,
      "select body from sandbox.outgoing where vendor = 'zoom' and body like '%\"' || $1 || '\"%' order by seq desc",
      meeting?.remote_id,
    )
    if (sent.length === 0) return missing(`Zoom has said nothing about "${session}" yet`)
    for (const { body } of sent)
      await enqueue(world, { vendor: 'zoom', path: '/webhooks/zoom', body, headers: zoomHeaders() })
    return {}
  },
  forge: (stage, { vendor }) => forge(stage, vendor),
  replay: (stage, { vendor }) => replay(stage, vendor),
  strangeMeeting: (stage) => strangeMeeting(stage),
}

async function slotOf(
  stage: Stage,
  { mentor, mentee, startsAt }: { mentor: string; mentee: string; startsAt: string },
) {
  return {
    mentorId: stage.person(mentor).id,
    menteeId: stage.person(mentee).id,
    startsAt: (await stage.instantNow(startsAt)).toString(),
  }
}

function keep(stage: Stage, label: string | null, { status, body }: Answer): void {
  if (label && status === 201) stage.sessions.set(label, { id: String(body.sessionId), bookingId: String(body.id) })
}

const bookingOf = (stage: Stage, label: string): string =>
  stage.session(label).bookingId ?? missing(`"${label}" was not booked by a mentee`)

/** A word of the scenario that is no address is a stranger: somebody whom only Zoom sees. */
const personId = (stage: Stage, who: string): string => stage.people.get(who)?.id ?? who

async function buttonOf(stage: Stage, email: string, wanted: string, revision?: number): Promise<string> {
  const { id } = stage.person(email)
  const shown = (await stage.inbox())
    .filter((item) => item.channel === 'whatsapp' && item.personId === id)
    .filter((item) => revision === undefined || item.effectKey?.endsWith(`@${revision}`))
    .flatMap((item) => item.buttons)
  const found = shown.findLast((button) => button.id.startsWith(`${wanted}:`) || button.title === wanted)
  return found?.id ?? missing(`no WhatsApp message to ${email} has a button ${wanted}`)
}

export const inTheRoom = (stage: Stage, sessionId: string) =>
  rows(
    stage.sandbox.vendors.world.pool,
    `select p.person, p.meeting_id from sandbox.zoom_presence p join mirror m on m.remote_id = p.meeting_id::text
     where m.kind = 'meeting' and m.session_id = $1 and p.left_at is null order by p.seq`,
    sessionId,
  )

async function eventOf(stage: Stage, email: string, sessionId: string): Promise<string> {
  const { rows: found } = await stage.sandbox.vendors.world.pool.query(
    `select m.remote_id from mirror m join calendar_connection c on m.key like '%' || c.id::text
     where m.kind = 'calendar_event' and m.session_id = $1 and c.google_email = $2 and m.remote_id is not null`,
    [sessionId, email],
  )
  return found[0]?.remote_id ?? missing(`${email} has no calendar event for this session`)
}

/** The form that gives this answer: where it goes and what it sends. */
function formOf(html: string, answer: string): { action: string; fields: Record<string, string> } | null {
  for (const [, attributes = '', inner = ''] of html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
    const fields: Record<string, string> = {}
    for (const [, tag = ''] of inner.matchAll(/<(?:input|button)\b([^>]*)>/g)) {
      const [name, value] = [attribute(tag, 'name'), attribute(tag, 'value')]
      if (name && (fields[name] === undefined || value === answer)) fields[name] = value ?? ''
    }
    if (Object.values(fields).includes(answer)) return { action: attribute(attributes, 'action') ?? '', fields }
  }
  return null
}

const attribute = (tag: string, name: string): string | null =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? null
