import { html } from 'hono/html'
import { isBefore } from '../interval.ts'
import { expected, isLive, verdictsOf } from '../playbook/attendance.ts'
import { answerOf } from '../playbook/confirmation.ts'
import { keyOf } from '../playbook/draft.ts'
import type { Participant, SessionFacts } from '../playbook/facts.ts'
import { upcoming } from '../playbook/plan.ts'
import { type Room, roomOf } from '../playbook/room.ts'
import type { Markup } from './page.ts'
import { clock, near } from './times.ts'
import type { Viewer } from './viewer.ts'

/** One session as one dense line of Today. A state is a shape and a word; colour comes third. */
export function todayRow(
  facts: SessionFacts,
  now: Temporal.Instant,
  { timeZone, lang }: Viewer,
  onDay: Temporal.Instant,
): Markup {
  const { session } = facts
  const people = session.cancelledAt || session.mergedInto ? facts.participants : expected(facts)
  const mentors = people.filter(({ role }) => role === 'mentor')
  const mentees = people.filter(({ role }) => role === 'mentee')
  const room = roomOf(facts)
  const name = ({ name }: Participant) => html`<bdi>${name}</bdi>`
  const joined = (list: Participant[]) => list.map((p, i) => html`${i > 0 ? ', ' : ''}${name(p)}`)
  return html`<tr>
<th scope="row"><a href="/sessions/${session.id}"><time datetime="${session.startsAt.toString()}">${near(session.startsAt, onDay, timeZone, lang)}</time></a></th>
<td class="who"><a href="/sessions/${session.id}">${joined(mentees)}</a> <span class="soft">with</span> ${joined(mentors)}${session.title ? html` <span class="soft">${session.title}</span>` : ''}</td>
<td class="tiers">${marks(facts, people, now, timeZone)}</td>
<td>${answers(facts, mentees)}</td>
<td>${roomState(facts, room, now, timeZone)}</td>
<td>${whoIsIn(room, people, now, facts, timeZone)}</td>
<td>${verdicts(facts, people)}</td>
</tr>`
}

const TIERS = [
  ['4_HOURS', '4 h'],
  ['30_MINUTES', '30 m'],
  ['5_MINUTES', '5 m'],
] as const
const CHANNELS = ['whatsapp', 'email'] as const
export const CHANNEL_WORDS: Record<string, string> = { whatsapp: 'WhatsApp', email: 'email', slack: 'Slack' }

type Mark = { state: 'planned' | 'sent' | 'delivered' | 'skipped' | 'failed' | 'none'; words: string }

/** The word for a stored state; what nobody can say yet counts as failed until it is known, so that somebody looks. */
export const MARK_OF: Record<string, Mark['state']> = {
  pending: 'planned',
  claimed: 'planned',
  accepted: 'sent',
  delivered: 'delivered',
  read: 'delivered',
  failed: 'failed',
  quarantined: 'failed',
  unknown: 'failed',
  expired: 'skipped',
  suppressed: 'skipped',
  withdrawn: 'skipped',
  skipped: 'skipped',
  planned: 'planned',
}

function marks(facts: SessionFacts, people: Participant[], now: Temporal.Instant, zone: string): Markup {
  const ahead = new Set(upcoming(facts).map(({ key }) => key))
  const shown = people.toSorted((a, b) => (a.role === b.role ? 0 : a.role === 'mentor' ? -1 : 1)).slice(0, 6)
  return html`${TIERS.map(
    ([tier, short]) =>
      html`<span class="tier"><span class="soft">${short}</span>${shown.map(
        (person) =>
          html`<span class="pair">${CHANNELS.map((channel) => {
            const { state, words } = markOf(facts, person, tier, channel, ahead, now, zone)
            const said = `${short} to ${person.name} (${person.role}), ${CHANNEL_WORDS[channel]}: ${words}`
            return html`<span class="mark is-${state}" role="img" aria-label="${said}" title="${said}"></span>`
          })}</span>`,
      )}</span>`,
  )}`
}

function markOf(
  facts: SessionFacts,
  person: Participant,
  tier: string,
  channel: (typeof CHANNELS)[number],
  ahead: Set<string>,
  _now: Temporal.Instant,
  zone: string,
): Mark {
  const key = keyOf(`reminder ${tier}`, person.id, facts.session.revision)
  const delivery = facts.deliveries.find((d) => d.key === key && d.channel === channel)
  if (delivery) {
    const at = delivery.deliveredAt ?? delivery.failedAt ?? delivery.acceptedAt ?? delivery.createdAt
    return {
      state: MARK_OF[delivery.state] ?? 'none',
      words: `${delivery.state === 'accepted' ? 'sent' : delivery.state} ${clock(at, zone)}${delivery.reason ? `, ${delivery.reason}` : ''}`,
    }
  }
  if (!person.channels.includes(channel)) return { state: 'none', words: 'cannot be reached there' }
  const decided = facts.ledger.find((entry) => entry.key === key)
  if (decided)
    return { state: decided.decision === 'send' ? 'none' : 'skipped', words: decided.reason ?? decided.decision }
  return ahead.has(key)
    ? { state: 'planned', words: 'planned' }
    : { state: 'none', words: isLive(facts) ? 'not called for' : 'not sent' }
}

const ANSWERS: Record<string, [string, string]> = {
  coming: ['good', 'confirmed'],
  cant_come: ['bad', 'can’t come'],
  wants_to_move: ['warn', 'wants to move'],
}

function answers(facts: SessionFacts, mentees: Participant[]): Markup {
  return html`${mentees.map((mentee) => {
    const [tone, words] = ANSWERS[answerOf(facts, mentee.id)?.meaning ?? ''] ?? ['open', 'no answer']
    return html`<span class="state is-${tone}">${words}</span>`
  })}`
}

function roomState(facts: SessionFacts, room: Room, now: Temporal.Instant, zone: string): Markup {
  const { session } = facts
  const state = (tone: string, words: string, title = '') =>
    html`<span class="state is-${tone}" title="${title}">${words}</span>`
  if (session.mergedInto) return state('off', 'merged')
  if (session.cancelledAt) return state('off', 'cancelled')
  if (session.room === 'meet') return state('open', 'Meet')
  const ended = facts.roomEvents.findLast(({ event }) => event === 'meeting.ended')
  if (ended && room.startedAt) return state('off', `closed ${clock(ended.occurredAt, zone)}`)
  if (room.startedAt) return state('good', `open ${clock(room.startedAt, zone)}`)
  const meeting = facts.mirrors.find(({ kind }) => kind === 'meeting')
  if (meeting && meeting.failures > 0 && !meeting.applied) return state('bad', 'room failing', meeting.lastError ?? '')
  if (!isBefore(now, session.endsAt)) return state('off', 'never opened')
  return meeting?.applied ? state('open', 'ready') : state('warn', 'in the making')
}

function whoIsIn(room: Room, people: Participant[], now: Temporal.Instant, facts: SessionFacts, zone: string): Markup {
  const { session } = facts
  if (session.cancelledAt || session.mergedInto) return html``
  const lines = people.map((person) => {
    const presence = room.presence.get(person.id)
    const who = people.filter(({ role }) => role === person.role).length > 1 ? person.name : person.role
    if (presence) {
      const isIn = presence.intervals.some(({ to }) => to === null) && isBefore(now, session.endsAt.add({ hours: 1 }))
      return html`<span class="state is-${isIn ? 'good' : 'off'}">${who} ${isIn ? 'in' : 'was in'} ${clock(presence.firstAt, zone)}</span>`
    }
    return isBefore(now, session.startsAt) || session.room === 'meet'
      ? ''
      : html`<span class="state is-${isBefore(now, session.endsAt) ? 'warn' : 'open'}">${who} not ${isBefore(now, session.endsAt) ? 'in' : 'seen'}</span>`
  })
  const strangers = room.unidentified.length
  return html`${lines}${strangers > 0 ? html`<span class="state is-warn">${strangers} unidentified</span>` : ''}`
}

export const VERDICT_WORDS: Record<string, string> = {
  present: 'present',
  late: 'late',
  left_early: 'left early',
  absent: 'absent',
  cannot_tell: 'cannot tell',
}
const VERDICT_TONE: Record<string, string> = {
  present: 'good',
  late: 'good',
  left_early: 'warn',
  absent: 'bad',
  cannot_tell: 'warn',
}

function verdicts(facts: SessionFacts, people: Participant[]): Markup {
  return html`${people.map((person) => {
    const verdict = verdictsOf(facts, person.id).at(-1)
    return verdict
      ? html`<span class="state is-${VERDICT_TONE[verdict.verdict]}" title="${person.name}: ${verdict.stage}">${person.role} ${VERDICT_WORDS[verdict.verdict]}${verdict.stage === 'provisional' ? '?' : ''}</span>`
      : ''
  })}`
}
