import { expected, isLive } from './attendance.ts'
import type { MirrorFact, MirrorWish, Participant, SessionFacts } from './facts.ts'

/**
 * What the vendors should hold for this session: a Zoom meeting and one registrant for each person expected, or a Meet
 * link; and one event in each connected calendar. All gone on cancellation. The meeting of a session that was folded into
 * another stays until a day after its end, so that an old link still finds a room.
 */
export function wantedMirrors(facts: SessionFacts): MirrorWish[] {
  const { session } = facts
  const wanted = isLive(facts) ? [...meeting(facts), ...registrants(facts), ...calendarEvents(facts)] : []
  const keys = new Set(wanted.map((w) => w.key))
  const keepUntil = session.mergedInto ? session.endsAt.add({ hours: 24 }) : null
  const gone = facts.mirrors
    .filter((m): m is MirrorFact & { kind: MirrorWish['kind'] } => m.kind !== 'slack_card' && !keys.has(m.key))
    .map(
      (m): MirrorWish => ({
        kind: m.kind,
        key: m.key,
        ownerId: m.ownerId,
        wanted: null,
        keepUntil: m.kind === 'calendar_event' ? null : keepUntil,
      }),
    )
  return [...wanted, ...gone]
}

/** Only what differs from the stored wish, whatever the order of its fields. */
export function changedMirrors(facts: SessionFacts): MirrorWish[] {
  return wantedMirrors(facts).filter((wish) => {
    const stored = facts.mirrors.find((m) => m.key === wish.key && m.kind === wish.kind)
    return stored ? canonical(stored.wanted) !== canonical(wish.wanted) : wish.wanted !== null
  })
}

function meeting(facts: SessionFacts): MirrorWish[] {
  const { session, host } = facts
  if (session.room !== 'zoom') return []
  const wanted = { topic: topicOf(facts), ...times(facts), hostZoomUserId: host?.zoomUserIds[0] ?? null }
  return [{ kind: 'meeting', key: `meeting:${session.id}`, ownerId: null, wanted, keepUntil: null }]
}

function registrants(facts: SessionFacts): MirrorWish[] {
  if (facts.session.room !== 'zoom') return []
  return remembered(facts).map((p) => ({
    kind: 'registrant' as const,
    key: `registrant:${p.id}`,
    ownerId: p.id,
    wanted: { participantId: p.id, name: p.name, email: p.email },
    keepUntil: null,
  }))
}

function calendarEvents(facts: SessionFacts): MirrorWish[] {
  const people = remembered(facts).filter((p) => p.calendar !== null)
  const maker = meetMaker(facts)
  return people.map((p) => ({
    kind: 'calendar_event' as const,
    key: `calendar_event:${p.id}:${p.calendar?.connectionId}`,
    ownerId: p.id,
    wanted: {
      participantId: p.id,
      connectionId: p.calendar?.connectionId ?? null,
      title: titleFor(facts, p),
      ...times(facts),
      timeZone: p.timeZone,
      room: facts.session.room,
      conference: facts.session.room === 'meet' && p === maker,
    },
    keepUntil: null,
  }))
}

/** One Meet link for the session: the mentor's event makes it, every other event points to our join page. */
export function meetMaker(facts: SessionFacts): Participant | undefined {
  const people = remembered(facts).filter((p) => p.calendar !== null)
  return people.find((p) => p.role === 'mentor') ?? people[0]
}

// Whoever asked to be forgotten is in no vendor's lists any more; addresses end so when they are erased.
const remembered = (facts: SessionFacts): Participant[] =>
  expected(facts).filter((p) => !p.email.endsWith('@erased.invalid'))

const times = ({ session }: SessionFacts) => ({
  startsAt: session.startsAt.toString(),
  endsAt: session.endsAt.toString(),
  revision: session.revision,
})

export const topicOf = (facts: SessionFacts): string =>
  facts.session.title ?? `Mentorship: ${namesOf(facts, 'mentee')} with ${namesOf(facts, 'mentor')}`

/** "Mentorship with Ravi Silva": the names of the others, never more about them. */
export const titleFor = (facts: SessionFacts, person: Participant): string =>
  facts.session.title ?? `Mentorship with ${namesOf(facts, person.role === 'mentor' ? 'mentee' : 'mentor')}`

const namesOf = (facts: SessionFacts, role: Participant['role']): string =>
  expected(facts)
    .filter((p) => p.role === role)
    .map((p) => p.name)
    .join(', ') || 'your programme'

export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, v) =>
    v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort()) : v,
  )
