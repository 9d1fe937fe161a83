import { earlier, isBefore, later } from '../interval.ts'
import { expected, isElsewhere, isLive, judge, provisionalAt, roomDoubt, verdictsOf, wrote } from './attendance.ts'
import { about, answerOf, clockUtc } from './confirmation.ts'
import { type Draft, draft } from './draft.ts'
import type { CaseWish, Participant, SessionFacts } from './facts.ts'
import { type Presence, type Room, roomOf } from './room.ts'

/**
 * While there is still time: a nudge to who is missing as soon as somebody waits, word to who waits (and at ten minutes
 * the choice what to do), and if nobody came a question to both that accuses nobody. Said only when the room's evidence
 * is whole: with somebody unidentified in it, or a hole in the evidence, nothing is said to anybody and ops is asked.
 */
export function rescue(facts: SessionFacts, room: Room = roomOf(facts)): Draft[] {
  if (!isLive(facts) || roomDoubt(facts, room)) return []
  const people = expected(facts)
  if (people.every((p) => !room.presence.has(p.id))) return nobody(facts, people)
  return people.flatMap((p) => [...nudge(facts, room, p), ...waiting(facts, room, p)])
}

function nudge(facts: SessionFacts, room: Room, missing: Participant): Draft[] {
  const { session, policy } = facts
  const from = session.startsAt.add({ minutes: policy.rescue.nudgeAfterMinutes })
  if (counterparts(facts, missing).some((p) => haveMet(room, p, missing))) return []
  const hosts = counterparts(facts, missing).flatMap((p) => ({ p, at: inRoomFrom(room.presence.get(p.id), from) }))
  const first = hosts
    .filter((h) => h.at !== null)
    .toSorted((a, b) => Temporal.Instant.compare(a.at as Temporal.Instant, b.at as Temporal.Instant))[0]
  if (!first?.at || !isBefore(first.at, session.endsAt) || isElsewhere(facts, missing)) return []
  // Whoever has written knows that they are awaited.
  if (
    wrote(facts, missing).some(
      (r) => r.meaning !== 'coming' && (r.meaning === 'cant_come' || isBefore(r.saidAt, first.at as Temporal.Instant)),
    )
  )
    return []
  return [
    draft(facts, {
      meaning: 'nudge',
      to: missing,
      template: 'NUDGE',
      purpose: 'rescue',
      way: 'whatsapp_else_email',
      dueAt: first.at,
      expiresAt: earlier(first.at.add({ minutes: policy.rescue.nudgeLastsMinutes }), session.endsAt),
      exempt: true,
      detail: { waiting: first.p.name },
    }),
  ]
}

function waiting(facts: SessionFacts, room: Room, waits: Participant): Draft[] {
  const { session, policy } = facts
  const awaited = counterparts(facts, waits)
  if (awaited.length === 0 || awaited.some((p) => haveMet(room, p, waits))) return []
  const steps = [
    { meaning: 'waiting 3', after: policy.rescue.nudgeAfterMinutes, template: 'WAITING' },
    { meaning: 'waiting 10', after: policy.rescue.choicesAfterMinutes, template: 'WAITING_CHOICES' },
  ]
  const times = steps.map((s) => inRoomFrom(room.presence.get(waits.id), session.startsAt.add({ minutes: s.after })))
  return steps.flatMap((step, i) => {
    const dueAt = times[i]
    // Whoever comes after ten minutes hears once, with the choices.
    const nextIsDue = i === 0 && times[1] && dueAt && !isBefore(dueAt, times[1])
    if (!dueAt || nextIsDue || !isBefore(dueAt, session.endsAt)) return []
    return [
      draft(facts, {
        meaning: step.meaning,
        to: waits,
        template: step.template,
        purpose: 'rescue',
        way: 'whatsapp_else_email',
        dueAt,
        expiresAt: earlier(dueAt.add({ minutes: policy.rescue.waitingLastsMinutes }), session.endsAt),
        exempt: true,
        detail: { awaited: awaited.map((p) => p.id) },
      }),
    ]
  })
}

function nobody(facts: SessionFacts, people: Participant[]): Draft[] {
  const { session, policy } = facts
  const dueAt = session.startsAt.add({ minutes: policy.rescue.choicesAfterMinutes })
  if (!isBefore(dueAt, session.endsAt)) return []
  return people
    .filter((p) => !wrote(facts, p).some((r) => r.meaning !== 'coming') && !isElsewhere(facts, p))
    .map((to) =>
      draft(facts, {
        meaning: 'nobody',
        to,
        template: 'NOBODY',
        purpose: 'rescue',
        dueAt,
        expiresAt: earlier(dueAt.add({ minutes: policy.rescue.nobodyLastsMinutes }), session.endsAt),
        exempt: true,
      }),
    )
}

/** A mentee waits for a mentor and a mentor for mentees; mentees of a group do not wait for each other. */
export const counterparts = (facts: SessionFacts, person: Participant): Participant[] =>
  expected(facts).filter((p) => p.role !== person.role)

/** In the room at the same time. Who left before the other came has not been met; a weak sign may have been them. */
function haveMet(room: Room, one: Participant, other: Participant): boolean {
  const [a, b] = [room.presence.get(one.id), room.presence.get(other.id)]
  if (!a || !b) return false
  if (a.weak || b.weak) return true
  return a.intervals.some((i) => b.intervals.some((j) => overlap(i, j)))
}

type Interval = Presence['intervals'][number]
const overlap = (a: Interval, b: Interval): boolean =>
  (a.to === null || !isBefore(a.to, b.from)) && (b.to === null || !isBefore(b.to, a.from))

/** The first instant from `from` on at which this person is in the room for sure. */
function inRoomFrom(presence: Presence | undefined, from: Temporal.Instant): Temporal.Instant | null {
  if (!presence || presence.weak) return null
  const stay = presence.intervals.find((i) => i.to === null || isBefore(from, i.to))
  return stay ? later(stay.from, from) : null
}

/**
 * One card per session while anybody expected has not been seen: who, what is known, and the verdict by a person. Settled
 * by their coming, or when everybody on it has been judged by ops.
 */
export function missingCases(facts: SessionFacts, now: Temporal.Instant): CaseWish[] {
  const { session, policy } = facts
  if (!isLive(facts) || session.room === 'meet' || isBefore(now, provisionalAt(facts))) return []
  const key = `missing:${session.id}@${session.revision}`
  const open = facts.cases.find((c) => c.key === key)
  const until = session.endsAt.add({ hours: policy.attendance.correctionHours })
  const room = roomOf(facts)
  const judgedByOps = (id: string) =>
    verdictsOf(facts, id).at(-1)?.decidedBy !== 'plan' && verdictsOf(facts, id).length > 0
  const missing = expected(facts).filter((p) => !room.presence.has(p.id) && judge(facts, p, room).verdict !== 'present')
  const unjudged = missing.filter((p) => !judgedByOps(p.id))
  if (!open && (unjudged.length === 0 || !isBefore(now, until))) return []

  const wish: CaseWish = {
    kind: 'missing',
    key,
    participantId: missing.length === 1 ? (missing[0]?.id ?? null) : null,
    title:
      missing.length === expected(facts).length
        ? 'Nobody has come'
        : `${missing.map((p) => p.name).join(', ')}: not seen in the room`,
    detail: {
      ...about(facts),
      startsAt: session.startsAt.toString(),
      missing: missing.map((p) => whatWeKnow(facts, room, p)),
      unidentified: room.unidentified.map((u) => u.name),
    },
    expiresAt: until,
    settled: null,
  }
  if (unjudged.length > 0) return [wish]
  const came = [...room.presence.values()].filter((p) => isBefore(session.startsAt, p.firstAt))
  const names = came.map(
    (p) =>
      `${facts.participants.find((x) => x.id === p.participantId)?.name ?? ''} joined at ${clockUtc(p.firstAt)} UTC`,
  )
  const settled =
    missing.length > 0 ? 'Judged by ops.' : names.length > 0 ? `${names.join(', ')}.` : 'Everybody expected was there.'
  return [{ ...wish, title: 'Everybody has been seen or judged', detail: open?.detail ?? wish.detail, settled }]
}

function whatWeKnow(facts: SessionFacts, room: Room, person: Participant): Record<string, unknown> {
  const said = wrote(facts, person).at(-1)
  return {
    participantId: person.id,
    name: person.name,
    role: person.role,
    doubt: judge(facts, person, room).doubt,
    said: said ? { meaning: said.meaning, at: said.saidAt.toString() } : null,
    confirmed: answerOf(facts, person.id)?.meaning === 'coming',
    clickedJoin: facts.joinClicks.some((c) => c.participantId === person.id),
    elsewhere: isElsewhere(facts, person),
  }
}
