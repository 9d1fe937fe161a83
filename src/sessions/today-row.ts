import { isBefore } from '../interval.ts'
import { expected, isLive, verdictsOf } from '../playbook/attendance.ts'
import { answerOf, asksOf } from '../playbook/confirmation.ts'
import { keyOf } from '../playbook/draft.ts'
import type { Participant, SessionFacts } from '../playbook/facts.ts'
import { upcoming } from '../playbook/plan.ts'
import { type Room, roomOf } from '../playbook/room.ts'
import { type Act, actsOn } from './acts.ts'

/** A mark is one reminder to one person by one channel. */
export type MarkState = 'planned' | 'sent' | 'delivered' | 'skipped' | 'failed' | 'none'
export type Tone = 'good' | 'warn' | 'bad' | 'open' | 'off'
export type Mark = {
  tier: (typeof TIERS)[number]
  participantId: string
  channel: 'whatsapp' | 'email'
  state: MarkState
  /** What is to be known beside the state, in words: why it was skipped, what failed. */
  words: string
  at: string | null
}

/** One session as one line of Today: everything that ops look at, and when it happened. Instants as text, UTC. */
export type TodayRow = {
  sessionId: string
  programmeId: string
  programmeName: string
  startsAt: string
  endsAt: string
  title: string | null
  status: 'scheduled' | 'cancelled' | 'merged'
  /** Where it belongs on the page. */
  group: 'now' | 'next' | 'later' | 'done'
  people: { participantId: string; personId: string; name: string; role: 'mentor' | 'mentee' }[]
  marks: Mark[]
  /** Of the mentees: the latest answer on this revision, and since when the question is on its way to them. */
  answers: { participantId: string; answer: string | null; askedAt: string | null }[]
  room: { tone: Tone; words: string; at: string | null; error: string | null }
  presence: { participantId: string; state: 'in' | 'was_in' | 'not_in' | 'not_seen'; at: string | null }[]
  unidentified: number
  verdicts: { participantId: string; verdict: string; stage: string }[]
  /** What can be done with it now. */
  acts: Act[]
}

const TIERS = ['4_HOURS', '30_MINUTES', '5_MINUTES'] as const
const CHANNELS = ['whatsapp', 'email'] as const

/** The people shown at most: a merged session has more than two, a town hall must not push everything else away. */
const MOST_PEOPLE = 12

export function todayRow(facts: SessionFacts, now: Temporal.Instant): TodayRow {
  const { session } = facts
  const isOff = session.cancelledAt !== null || session.mergedInto !== null
  const people = (isOff ? facts.participants : expected(facts))
    .toSorted((a, b) => (a.role === b.role ? 0 : a.role === 'mentor' ? -1 : 1))
    .slice(0, MOST_PEOPLE)
  const room = roomOf(facts)
  return {
    sessionId: session.id,
    programmeId: session.programmeId,
    programmeName: session.programmeName,
    startsAt: session.startsAt.toString(),
    endsAt: session.endsAt.toString(),
    title: session.title,
    status: session.mergedInto ? 'merged' : session.cancelledAt ? 'cancelled' : 'scheduled',
    group: groupOf(facts, now),
    people: people.map(({ id, accountId, name, role }) => ({ participantId: id, personId: accountId, name, role })),
    marks: marks(facts, people),
    answers: answers(facts, people),
    room: roomState(facts, room, now),
    presence: isOff ? [] : presence(facts, room, people, now),
    unidentified: isOff ? 0 : room.unidentified.length,
    verdicts: people.flatMap(({ id }) => {
      const verdict = verdictsOf(facts, id).at(-1)
      return verdict ? [{ participantId: id, verdict: verdict.verdict, stage: verdict.stage }] : []
    }),
    acts: actsOn(facts, now),
  }
}

function groupOf({ session }: SessionFacts, now: Temporal.Instant): TodayRow['group'] {
  if (session.cancelledAt || session.mergedInto || !isBefore(now, session.endsAt)) return 'done'
  if (!isBefore(now, session.startsAt.subtract({ minutes: 15 }))) return 'now'
  return isBefore(session.startsAt, now.add({ hours: 4, minutes: 1 })) ? 'next' : 'later'
}

/** The mark for a stored state; what nobody can say yet counts as failed until it is known, so that somebody looks. */
export const MARK_OF: Record<string, MarkState> = {
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

function marks(facts: SessionFacts, people: Participant[]): Mark[] {
  const ahead = new Set(upcoming(facts).map(({ key }) => key))
  return TIERS.flatMap((tier) =>
    people.flatMap((person) =>
      CHANNELS.map((channel) => ({
        tier,
        participantId: person.id,
        channel,
        ...markOf(facts, person, keyOf(`reminder ${tier}`, person.id, facts.session.revision), channel, ahead),
      })),
    ),
  )
}

export const answers = (facts: SessionFacts, people: Participant[]): TodayRow['answers'] =>
  people
    .filter(({ role }) => role === 'mentee')
    .map((person) => ({
      participantId: person.id,
      answer: answerOf(facts, person.id)?.meaning ?? null,
      askedAt: askedAt(facts, person)?.toString() ?? null,
    }))

/** It has left once a channel took it. */
const askedAt = (facts: SessionFacts, person: Participant): Temporal.Instant | null =>
  asksOf(facts, person)
    .flatMap(({ acceptedAt }) => acceptedAt ?? [])
    .toSorted(Temporal.Instant.compare)[0] ?? null

function markOf(
  facts: SessionFacts,
  person: Participant,
  key: string,
  channel: (typeof CHANNELS)[number],
  ahead: Set<string>,
): Pick<Mark, 'state' | 'words' | 'at'> {
  const delivery = facts.deliveries.find((d) => d.key === key && d.channel === channel)
  if (delivery) {
    const at = delivery.deliveredAt ?? delivery.failedAt ?? delivery.acceptedAt ?? delivery.createdAt
    const word = delivery.state === 'accepted' ? 'sent' : delivery.state
    return {
      state: MARK_OF[delivery.state] ?? 'none',
      words: delivery.reason ? `${word}, ${delivery.reason}` : word,
      at: at.toString(),
    }
  }
  if (!person.channels.includes(channel)) return { state: 'none', words: 'cannot be reached there', at: null }
  const decided = facts.ledger.find((entry) => entry.key === key)
  if (decided)
    return {
      state: decided.decision === 'send' ? 'none' : 'skipped',
      words: decided.reason ?? decided.decision,
      at: decided.decidedAt.toString(),
    }
  return ahead.has(key)
    ? { state: 'planned', words: 'planned', at: null }
    : { state: 'none', words: isLive(facts) ? 'not called for' : 'not sent', at: null }
}

export function roomState(facts: SessionFacts, room: Room, now: Temporal.Instant): TodayRow['room'] {
  const { session } = facts
  const state = (tone: Tone, words: string, at: Temporal.Instant | null = null, error: string | null = null) => ({
    tone,
    words,
    at: at?.toString() ?? null,
    error,
  })
  if (session.mergedInto) return state('off', 'merged')
  if (session.cancelledAt) return state('off', 'cancelled', session.cancelledAt)
  if (session.room === 'meet') return state('open', 'Meet')
  const ended = facts.roomEvents.findLast(({ event }) => event === 'meeting.ended')
  if (ended && room.startedAt) return state('off', 'closed', ended.occurredAt)
  if (room.startedAt) return state('good', 'open', room.startedAt)
  const meeting = facts.mirrors.find(({ kind }) => kind === 'meeting')
  if (meeting && meeting.failures > 0 && !meeting.applied) return state('bad', 'failing', null, meeting.lastError)
  if (!isBefore(now, session.endsAt)) return state('off', 'never opened')
  return meeting?.applied ? state('open', 'ready') : state('warn', 'in the making', session.scheduledAt)
}

/** Where each of these people is: in the room, was in it, not yet, or never. Nothing before the start for who has not come. */
export function presence(
  { session }: SessionFacts,
  room: Room,
  people: Participant[],
  now: Temporal.Instant,
): TodayRow['presence'] {
  const isOver = !isBefore(now, session.endsAt)
  return people.flatMap(({ id }): TodayRow['presence'] => {
    const seen = room.presence.get(id)
    if (seen) {
      const isIn = seen.intervals.some(({ to }) => to === null) && isBefore(now, session.endsAt.add({ hours: 1 }))
      return [{ participantId: id, state: isIn ? 'in' : 'was_in', at: seen.firstAt.toString() }]
    }
    if (isBefore(now, session.startsAt) || session.room === 'meet') return []
    return [{ participantId: id, state: isOver ? 'not_seen' : 'not_in', at: null }]
  })
}
