import { html } from 'hono/html'
import { isBefore } from '../../interval.ts'
import type { Markup } from '../../pages/page.ts'
import { near } from '../../pages/times.ts'
import { expected, verdictsOf } from '../../playbook/attendance.ts'
import { answerOf } from '../../playbook/confirmation.ts'
import type { SessionFacts } from '../../playbook/facts.ts'
import { upcoming } from '../../playbook/plan.ts'
import { roomOf } from '../../playbook/room.ts'
import { meaningOf } from '../../words/timeline.ts'
import { backField, type Scene } from './scene.ts'

/** One sentence on what to try now, and the moments of this session to step to. */
export function whatNext(facts: SessionFacts, { now, viewerZone }: Scene, back: string): Markup {
  const steps = stepsOf(facts, now)
  const main = steps.find(({ isForMentee }) => isForMentee)
  return html`<section class="next-steps" aria-label="What to try"><p>${hint(facts, now)}</p>
${steps.length === 0 ? '' : html`<form method="post" action="/sandbox/clock/step" class="replies">${backField(back)}${steps.map((step) => html`<button name="to" value="${step.at.toString()}"${step === main ? html` class="is-main"` : ''}>${near(step.at, now, viewerZone, 'en')} ${step.what}</button>`)}</form>`}</section>`
}

type Step = { at: Temporal.Instant; what: string; isForMentee: boolean }

/** The next moments at which people of this session would notice something. */
function stepsOf(facts: SessionFacts, now: Temporal.Instant): Step[] {
  const { session, participants } = facts
  if (session.cancelledAt || session.mergedInto) return []
  const named = [
    { at: session.startsAt, what: 'start' },
    { at: session.startsAt.add({ minutes: 3 }), what: '3 min in' },
    { at: session.startsAt.add({ minutes: 10 }), what: '10 min in' },
    { at: session.endsAt, what: 'end' },
    { at: session.endsAt.add({ minutes: 90 }), what: '90 min after' },
  ].map((one) => ({ ...one, whose: null }))
  const messages = upcoming(facts)
    .filter(({ dueAt }) => isBefore(dueAt, session.startsAt))
    .map(({ dueAt, key, participantId }) => ({
      at: dueAt,
      what: meaningOf(key),
      whose: participants.find(({ id }) => id === participantId)?.role ?? null,
    }))
  const ahead = [...messages, ...named].filter(({ at }) => isBefore(now, at))
  return [...Map.groupBy(ahead, ({ at }) => at.toString()).values()]
    .map((list) => {
      const [{ at }] = list as [(typeof list)[number]]
      const whats = [...new Set(list.map(({ what }) => what))]
      const roles = [...new Set(list.map(({ whose }) => whose))]
      const only = roles.length === 1 && roles[0] ? ` to the ${roles[0]}` : ''
      return { at, what: `${whats.join(', ')}${only}`, isForMentee: roles.some((role) => role !== 'mentor') }
    })
    .sort((a, b) => Temporal.Instant.compare(a.at, b.at))
    .slice(0, 5)
}

function hint(facts: SessionFacts, now: Temporal.Instant): string {
  const { session } = facts
  if (session.mergedInto) return 'This session was joined with another one.'
  if (session.cancelledAt) return 'This session is cancelled: everybody was told, and nothing more is sent.'
  const people = expected(facts)
  const mentee = people.find(({ role }) => role === 'mentee')
  const mentor = people.find(({ role }) => role === 'mentor')
  if (!mentee || !mentor) return 'Nobody is expected in this session.'
  const [asha, daniel] = [firstName(mentee.name), firstName(mentor.name)]
  if (!isBefore(now, session.endsAt)) return after(facts, asha)
  const room = roomOf(facts)
  const isIn = (id: string) => room.presence.get(id) !== undefined
  if (!isBefore(now, session.startsAt)) {
    if (isIn(mentee.id) && isIn(mentor.id))
      return people.some(({ id }) => verdictsOf(facts, id).some(({ verdict }) => verdict === 'absent'))
        ? 'Both are here. What was said too early is being put right.'
        : 'Both are here. Step to the end.'
    if (isIn(mentor.id) || isIn(mentee.id)) {
      const [missing, waiting] = isIn(mentor.id) ? [asha, daniel] : [daniel, asha]
      return isBefore(now, session.startsAt.add({ minutes: 3 }))
        ? `${waiting} is in and ${missing} is not. Step 3 minutes on: ${missing} is asked, ${waiting} is told.`
        : `${waiting} waits for ${missing}. Look at both phones. Then let ${missing} join late and see it put right.`
    }
    return `Nobody is in. Let ${daniel} join, and ${asha} not.`
  }
  const asked = facts.ledger.some(({ key }) => key.startsWith('reminder:4_HOURS') && key.includes(mentee.id))
  if (!asked) return `Step to the 4 h reminder: it asks ${asha} whether they will be there.`
  const answer = answerOf(facts, mentee.id)?.meaning
  if (!answer)
    return `${asha} has been asked. Press “I’ll be there” on ${asha}’s phone, or say nothing and step on: a card comes to Slack.`
  return answer === 'coming'
    ? `${asha} said yes. Step to the start and let only ${daniel} join.`
    : `${asha} answered. Look at what it caused, then step on.`
}

function after(facts: SessionFacts, asha: string): string {
  const verdicts = expected(facts).map(({ id }) => verdictsOf(facts, id).at(-1))
  if (verdicts.some((verdict) => verdict?.stage === 'corrected')) return 'It has been put right: see the correction.'
  return verdicts.some((verdict) => verdict?.verdict === 'absent' && verdict.stage === 'firm')
    ? `It is settled that somebody was missing, and they were asked what happened. Write “I was there” on the phone of ${asha}.`
    : 'It is over. Step on to see how it is settled.'
}

const firstName = (name: string): string => (name.split(' ')[0] ?? name).slice(0, 24)
