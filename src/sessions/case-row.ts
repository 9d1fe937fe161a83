import { isBefore } from '../interval.ts'
import { expected, isLive } from '../playbook/attendance.ts'
import { answerOf } from '../playbook/confirmation.ts'
import type { Participant, SessionFacts } from '../playbook/facts.ts'
import { roomOf } from '../playbook/room.ts'
import { knownOf, linesOf } from '../words/card.ts'
import { meaningOf } from '../words/timeline.ts'
import { publicState } from './deliveries.ts'
import { presence, roomState, type TodayRow } from './today-row.ts'

/** An open case as it is stored, with the session it is about. */
export type CaseFacts = {
  id: string
  kind: string
  title: string
  detail: Record<string, unknown>
  openedAt: Temporal.Instant
  sessionId: string | null
  startsAt: Temporal.Instant | null
  personId: string | null
  /** "Asha R. with D. Okafor" */
  who: string | null
}

/** A case as Today shows it: the words of its Slack card, and beside them what is true of its session right now. */
export type OpenCase = Omit<CaseFacts, 'detail' | 'openedAt' | 'startsAt'> & {
  openedAt: string
  startsAt: string | null
  lines: string[]
  room: TodayRow['room'] | null
  people: CasePerson[]
  acts: ('message' | 'move' | 'release')[]
}

export type CasePerson = {
  participantId: string
  personId: string
  name: string
  role: 'mentor' | 'mentee'
  presence: TodayRow['presence'][number]['state'] | null
  presentAt: string | null
  answer: string | null
  /** Of somebody missing: what the card says is known. */
  known: string | null
  /** What was last sent to them about this session, and how far it came. */
  last: { meaning: string; channel: string; state: string; at: string } | null
}

const MOST_PEOPLE = 6
/** Reached nobody, or nobody knows. */
const TROUBLED: ReadonlySet<string> = new Set(['failed', 'unknown', 'quarantined'])

export function caseRow(
  { detail, ...one }: CaseFacts,
  facts: SessionFacts | undefined,
  timeZone: string,
  now: Temporal.Instant,
): OpenCase {
  const room = facts ? roomOf(facts) : null
  const people = facts ? expected(facts).slice(0, MOST_PEOPLE) : []
  const where = facts && room && isLive(facts) ? presence(facts, room, people, now) : []
  const listed = (Array.isArray(detail.missing) ? detail.missing : []) as Listed[]
  const isAhead = facts !== undefined && isLive(facts) && isBefore(now, facts.session.startsAt)
  return {
    ...one,
    openedAt: one.openedAt.toString(),
    startsAt: one.startsAt?.toString() ?? null,
    // Who is missing stands beside where they are.
    lines: linesOf({ kind: one.kind, detail: { ...detail, missing: [] } }, timeZone),
    room: facts && room ? roomState(facts, room, now) : null,
    people: people.map((person) =>
      casePerson(facts as SessionFacts, person, {
        where,
        missing: listed.find(({ participantId }) => participantId === person.id),
        timeZone,
      }),
    ),
    acts: [
      ...(facts?.deliveries.some(({ state }) => TROUBLED.has(state)) ? (['message'] as const) : []),
      ...(isAhead ? (['move', 'release'] as const) : []),
    ],
  }
}

type Listed = { participantId: string } & Record<string, unknown>
type Beside = { where: TodayRow['presence']; missing: Listed | undefined; timeZone: string }

function casePerson(facts: SessionFacts, person: Participant, { where, missing, timeZone }: Beside): CasePerson {
  const seen = where.find(({ participantId }) => participantId === person.id)
  const last = facts.deliveries
    .filter(({ recipientId, channel }) => recipientId === person.accountId && channel !== 'slack')
    .toSorted((a, b) => Temporal.Instant.compare(a.createdAt, b.createdAt))
    .at(-1)
  return {
    participantId: person.id,
    personId: person.accountId,
    name: person.name,
    role: person.role,
    presence: seen?.state ?? null,
    presentAt: seen?.at ?? null,
    answer: answerOf(facts, person.id)?.meaning ?? null,
    known: missing ? knownOf(missing, timeZone) : null,
    last: last
      ? {
          meaning: meaningOf(last.key),
          channel: last.channel,
          state: publicState(last.state),
          at: (last.deliveredAt ?? last.failedAt ?? last.acceptedAt ?? last.createdAt).toString(),
        }
      : null,
  }
}
