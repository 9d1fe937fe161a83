import { isBefore, later, minutesBetween } from '../interval.ts'
import type { Participant, Reply, SessionFacts, Verdict, VerdictFact, VerdictWish } from './facts.ts'
import { type Presence, type Room, roomOf } from './room.ts'

/** Why nobody may be called absent although nobody was seen. */
export type Doubt =
  | 'meet'
  | 'unidentified'
  | 'gap'
  | 'no_room'
  | 'wrote'
  | 'cant_come'
  | 'looked_in'
  | 'clicked'
  | 'elsewhere'

export type Judgement = {
  verdict: Verdict
  came: Presence | null
  doubt: Doubt | null
  /** When the evidence that speaks against "absent" first reached us. */
  knownAt: Temporal.Instant | null
  evidence: Record<string, unknown>
}

// What an expected person writes from this long before the start on is evidence: nobody silent, nobody missing.
const WRITES_FROM = { minutes: 30 }
// Pressing "join" on our page is trying to come, also when Zoom never heard of it.
const CLICKS_FROM = { minutes: 15 }

/**
 * The verdicts that should be added now: provisional once the session has run long enough, firm when Zoom's report agrees
 * or nothing more can come, corrected when later evidence speaks differently. What ops judged stands. Idempotent: with
 * its answer added to the facts it answers nothing more.
 */
export function newVerdicts(facts: SessionFacts, now: Temporal.Instant): VerdictWish[] {
  const { session, policy } = facts
  if (!isLive(facts) || isBefore(now, provisionalAt(facts))) return []

  const room = roomOf(facts)
  const over = !isBefore(now, session.endsAt)
  const firm = !isBefore(now, firmAt(facts)) || (over && reportAgrees(facts, room))
  const closed = isBefore(session.endsAt.add({ hours: policy.attendance.correctionHours }), now)

  return expected(facts).flatMap((person): VerdictWish[] => {
    const past = verdictsOf(facts, person.id)
    const current = past.at(-1)
    if (current && (current.decidedBy !== 'plan' || closed)) return []
    const { verdict, evidence } = judge(facts, person, room, over)
    const wish = (stage: VerdictWish['stage']): VerdictWish[] => [
      {
        participantId: person.id,
        verdict,
        stage,
        evidence: { ...evidence, revision: session.revision, final: firm },
        reason: null,
      },
    ]
    if (!current) return wish(firm ? 'firm' : 'provisional')
    if (current.verdict !== verdict) {
      const wasSaid = current.verdict === 'absent' || current.stage !== 'provisional'
      return wish(wasSaid ? 'corrected' : firm ? 'firm' : 'provisional')
    }
    return firm && current.evidence.final !== true ? wish('firm') : []
  })
}

/** What the evidence says about one person. `over`: the session has ended, so leaving can be called early. */
export function judge(facts: SessionFacts, person: Participant, room: Room = roomOf(facts), over = true): Judgement {
  const said = wrote(facts, person)
  const answers = bothSaidItTookPlace(facts)
  const came = room.presence.get(person.id) ?? null
  const seen = came ? seenEvidence(facts, came) : {}

  if (came)
    return { verdict: cameHow(facts, room, came, over), came, doubt: null, knownAt: came.knownAt, evidence: seen }
  if (answers)
    return { verdict: 'present', came: null, doubt: null, knownAt: answers.knownAt, evidence: { answers: answers.by } }

  const doubt = doubtAbout(facts, person, room, said)
  const looked = room.lookedIn.get(person.id)
  if (!doubt) return { verdict: 'absent', came: null, doubt: null, knownAt: null, evidence: { seen: false } }
  return {
    verdict: 'cannot_tell',
    came: null,
    doubt,
    knownAt: said.length > 0 ? said.map((r) => r.receivedAt).reduce((a, b) => (isBefore(b, a) ? b : a)) : null,
    evidence: {
      why: doubt,
      ...(looked ? { lookedIn: { from: looked.from.toString(), to: looked.to.toString() } } : {}),
      ...(said.length > 0 ? { said: said.map((r) => ({ meaning: r.meaning, at: r.saidAt.toString() })) } : {}),
    },
  }
}

/** Something about the room itself that makes every silence ambiguous. */
export function roomDoubt(facts: SessionFacts, room: Room = roomOf(facts)): Doubt | null {
  const { session } = facts
  if (session.room === 'meet') return 'meet'
  if (room.unidentified.length > 0) return 'unidentified'
  const from = session.startsAt.subtract(WRITES_FROM)
  if (facts.gaps.some((g) => isBefore(g.from, session.endsAt) && (!g.to || isBefore(from, g.to)))) return 'gap'
  const meeting = facts.mirrors.find((m) => m.kind === 'meeting' && m.wanted)
  return meeting && !meeting.applied && !meeting.remoteId ? 'no_room' : null
}

function doubtAbout(facts: SessionFacts, person: Participant, room: Room, said: Reply[]): Doubt | null {
  const { startsAt, endsAt } = facts.session
  if (said.at(-1)?.meaning === 'cant_come') return 'cant_come'
  if (said.length > 0) return 'wrote'
  const inRoom = roomDoubt(facts, room)
  if (inRoom) return inRoom
  if (room.lookedIn.has(person.id)) return 'looked_in'
  const clicked = facts.joinClicks.some(
    (c) => c.participantId === person.id && !isBefore(c.at, startsAt.subtract(CLICKS_FROM)) && isBefore(c.at, endsAt),
  )
  if (clicked) return 'clicked'
  return isElsewhere(facts, person) ? 'elsewhere' : null
}

/** Seen in another of our rooms when this session began: still busy in the one before. */
export const isElsewhere = (facts: SessionFacts, person: Participant): boolean =>
  facts.elsewhere.some(
    (e) =>
      e.participantId === person.id &&
      isBefore(e.since, facts.session.endsAt) &&
      (!e.until || isBefore(facts.session.startsAt, e.until)),
  )

/** What this person wrote that counts as evidence, oldest first. */
export function wrote(facts: SessionFacts, person: Participant): Reply[] {
  const { session, policy } = facts
  const from = session.startsAt.subtract(WRITES_FROM)
  const to = session.endsAt.add({ hours: policy.attendance.correctionHours })
  return facts.replies
    .filter((r) => r.participantId === person.id && (r.meaning === 'message' || r.revision === session.revision))
    .filter((r) => !wantsAnotherAfter(facts, r))
    .filter((r) => (!isBefore(r.saidAt, from) && !isBefore(to, r.saidAt)) || r.meaning === 'cant_come')
    .toSorted(bySaid)
}

/** "Another time", said when the session is over: it is about the next one, and says nothing about this one. */
export const wantsAnotherAfter = ({ session }: SessionFacts, reply: Reply): boolean =>
  reply.meaning === 'wants_to_move' && !isBefore(reply.saidAt, session.endsAt)

const bySaid = (a: Reply, b: Reply): number =>
  Temporal.Instant.compare(a.saidAt, b.saidAt) ||
  Temporal.Instant.compare(a.receivedAt, b.receivedAt) ||
  (a.meaning < b.meaning ? -1 : 1)

function cameHow({ session, policy }: SessionFacts, room: Room, came: Presence, over: boolean): Verdict {
  // Only after the end: they came, but nobody could meet them any more.
  if (!isBefore(came.firstAt, session.endsAt)) return 'cannot_tell'
  if (minutesBetween(session.startsAt, came.firstAt) > policy.attendance.lateAfterMinutes) return 'late'
  const leftAt = came.lastAt
  if (!over || !leftAt || minutesBetween(leftAt, session.endsAt) <= policy.attendance.leftEarlyMinutes) return 'present'
  // Whoever leaves an empty room has not left anybody.
  const stayed = [...room.presence.values()].some(
    (o) => o !== came && (!o.lastAt || minutesBetween(leftAt, o.lastAt) > 2),
  )
  return stayed ? 'left_early' : 'present'
}

const seenEvidence = ({ session }: SessionFacts, came: Presence): Record<string, unknown> => ({
  joinedAt: came.firstAt.toString(),
  leftAt: came.lastAt?.toString() ?? null,
  minutes: Math.round(came.minutes),
  minutesLate: Math.max(0, Math.floor(minutesBetween(session.startsAt, came.firstAt))),
  knownBy: came.by,
})

/** Silence is not yes, and one side's yes is not both: only mentor and mentee together settle it. */
function bothSaidItTookPlace(facts: SessionFacts): { by: string[]; knownAt: Temporal.Instant } | null {
  const answers = expected(facts).map((p) => ({
    role: p.role,
    id: p.id,
    last: facts.replies
      .filter((r) => r.participantId === p.id && (r.meaning === 'took_place' || r.meaning === 'did_not_take_place'))
      .toSorted(bySaid)
      .at(-1),
  }))
  const yes = answers.filter((a) => a.last?.meaning === 'took_place')
  if (answers.some((a) => a.last?.meaning === 'did_not_take_place') || new Set(yes.map((a) => a.role)).size < 2)
    return null
  return {
    by: yes.map((a) => a.id),
    knownAt: yes
      .map((a) => a.last?.receivedAt)
      .filter((t) => t !== undefined)
      .reduce(later),
  }
}

/** Complete, and of one mind with the events: everybody whom the events saw is in it. */
function reportAgrees(facts: SessionFacts, room: Room): boolean {
  const reports = facts.reports.filter((r) => !isBefore(r.fetchedAt, facts.session.endsAt) && r.rows.length > 0)
  if (reports.length === 0) return false
  const fromReport = roomOf({ ...facts, roomEvents: [], reports })
  const fromEvents = roomOf({ ...facts, reports: [] })
  return (
    fromEvents.unidentified.length <= fromReport.unidentified.length &&
    [...room.presence.keys()].every((id) => fromReport.presence.has(id))
  )
}

/** Verdicts about the current time and room, oldest first: what was judged before a move is about another session. */
export const verdictsOf = (facts: SessionFacts, participantId: string): VerdictFact[] =>
  facts.verdicts
    .filter((v) => v.participantId === participantId && !isBefore(v.decidedAt, facts.session.scheduledAt))
    .toSorted((a, b) => a.version - b.version)

export const isLive = ({ session }: SessionFacts): boolean =>
  session.publishedAt !== null && session.cancelledAt === null && session.mergedInto === null

/** Who is expected now. */
export const expected = (facts: SessionFacts): Participant[] => facts.participants.filter((p) => p.leftAt === null)

export const provisionalAt = ({ session, policy }: SessionFacts): Temporal.Instant =>
  session.room === 'meet'
    ? session.endsAt
    : session.startsAt.add({ minutes: policy.attendance.provisionalAfterMinutes })

export const firmAt = ({ session, policy }: SessionFacts): Temporal.Instant =>
  session.endsAt.add({ minutes: policy.attendance.firmAfterEndMinutes })
