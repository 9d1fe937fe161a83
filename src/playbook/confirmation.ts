import { isBefore, later } from '../interval.ts'
import { expected, isLive, wantsAnotherAfter } from './attendance.ts'
import { keyOf } from './draft.ts'
import type { CaseWish, DeliveryFact, Participant, Reply, SessionFacts } from './facts.ts'
import { fitToQuietHours } from './quiet.ts'
import { reminders } from './reminders.ts'

/** The ask rides on the mentee's 4-hour reminder; whoever is booked too late for that is asked in the notice itself. */
export function asksInNotice(facts: SessionFacts, person: Participant): boolean {
  if (person.role !== 'mentee') return false
  const reminder = reminders(facts).find((r) => r.meaning === 'reminder 4_HOURS' && r.participantId === person.id)
  if (!reminder) return false
  return isBefore(fitToQuietHours(facts, person, reminder).dueAt, knownSince(facts, person))
}

/** From when on this person can be told anything about the current time. */
export const knownSince = ({ session }: SessionFacts, person: Participant): Temporal.Instant =>
  [session.scheduledAt, session.publishedAt ?? session.scheduledAt, person.joinedAt].reduce(later)

/** The person's answer about the current time: the last one said counts, and once it is over nobody is asked any more. */
export const answerOf = (facts: SessionFacts, participantId: string): Reply | null =>
  facts.replies
    .filter((r) => r.participantId === participantId && r.revision === facts.session.revision && ANSWERS.has(r.meaning))
    .filter((r) => isBefore(r.saidAt, facts.session.endsAt))
    .toSorted(
      (a, b) => Temporal.Instant.compare(a.saidAt, b.saidAt) || Temporal.Instant.compare(a.receivedAt, b.receivedAt),
    )
    .at(-1) ?? null

const ANSWERS: ReadonlySet<Reply['meaning']> = new Set(['coming', 'cant_come', 'wants_to_move'])

export const cardAt = ({ session, policy }: SessionFacts): Temporal.Instant =>
  session.startsAt.subtract({ minutes: policy.confirmation.cardMinutesBefore })

/**
 * One card per person asked and silent, or who could not be asked, from two hours before until the start; settled by the
 * answer. Whoever says that they cannot come, or wants another time, is a case until ops has acted.
 */
export function confirmationCases(facts: SessionFacts, now: Temporal.Instant): CaseWish[] {
  if (!isLive(facts)) return []
  const { session } = facts
  return expected(facts)
    .filter((p) => p.role === 'mentee')
    .flatMap((person): CaseWish[] => {
      const answer = answerOf(facts, person.id)
      return [
        ...unconfirmed(facts, person, answer, now),
        ...(answer && answer.meaning !== 'coming' && isBefore(now, session.startsAt)
          ? [declined(facts, person, answer)]
          : []),
        ...wantsAnother(facts, person),
      ]
    })
}

function unconfirmed(
  facts: SessionFacts,
  person: Participant,
  answer: Reply | null,
  now: Temporal.Instant,
): CaseWish[] {
  const { session } = facts
  const key = keyOf('unconfirmed', person.id, session.revision)
  const open = facts.cases.find((c) => c.key === key)
  const due =
    !isBefore(now, cardAt(facts)) &&
    isBefore(now, session.startsAt) &&
    isBefore(knownSince(facts, person), cardAt(facts))
  if (!open && (!due || answer)) return []
  const wish: CaseWish = {
    kind: 'unconfirmed',
    key,
    participantId: person.id,
    title: `${person.name}: ${wasAsked(facts, person) ? 'no answer' : 'could not be asked'}`,
    detail: {
      ...about(facts),
      name: person.name,
      why: wasAsked(facts, person) ? 'silent' : 'could_not_be_asked',
      startsAt: session.startsAt.toString(),
    },
    expiresAt: session.startsAt,
    settled: null,
  }
  if (answer)
    return [
      {
        ...wish,
        settled: `${person.name} answered "${ANSWER_WORDS[answer.meaning]}" at ${clockUtc(answer.saidAt)} UTC.`,
      },
    ]
  if (!isBefore(now, session.startsAt)) return [{ ...wish, settled: 'The session began without an answer.' }]
  // Title and reason stay what they were when the card was opened.
  return open
    ? [
        {
          ...wish,
          title: `${person.name}: ${open.detail.why === 'silent' ? 'no answer' : 'could not be asked'}`,
          detail: open.detail,
        },
      ]
    : [wish]
}

const ANSWER_WORDS: Record<string, string> = {
  coming: 'I’ll be there',
  cant_come: 'can’t come',
  wants_to_move: 'wants another time',
}

const declined = (facts: SessionFacts, person: Participant, answer: Reply): CaseWish => ({
  kind: 'declined',
  key: keyOf('declined', person.id, facts.session.revision),
  participantId: person.id,
  title: `${person.name} ${answer.meaning === 'cant_come' ? 'can’t come' : 'wants another time'}`,
  detail: {
    ...about(facts),
    name: person.name,
    answer: answer.meaning,
    saidAt: answer.saidAt.toString(),
    startsAt: facts.session.startsAt.toString(),
  },
  expiresAt: facts.session.startsAt,
  settled: null,
})

/** Whoever takes "another time" from what we write afterwards was told that the team will write: it must know of it. */
function wantsAnother(facts: SessionFacts, person: Participant): CaseWish[] {
  const said = facts.replies.findLast((r) => r.participantId === person.id && wantsAnotherAfter(facts, r))
  if (!said) return []
  return [
    {
      ...declined(facts, person, said),
      key: keyOf('wants_another', person.id, facts.session.revision),
      title: `${person.name} would like another time`,
      expiresAt: null,
    },
  ]
}

/** WhatsApp counts when it arrived, mail when it was accepted and has not come back. */
const wasAsked = (facts: SessionFacts, person: Participant): boolean =>
  asksOf(facts, person).some(
    (d) => d.state === 'delivered' || d.state === 'read' || (d.channel === 'email' && d.state === 'accepted'),
  )

/** What carried the question about the current time to this person: the first reminder, or the notice of a late booking. */
export function asksOf(facts: SessionFacts, person: Participant): DeliveryFact[] {
  const asks = facts.ledger
    .filter(
      (l) =>
        l.recipientId === person.accountId &&
        l.decision === 'send' &&
        (l.detail.asks === true || l.meaning === 'reminder 4_HOURS'),
    )
    .map((l) => l.key)
  return facts.deliveries.filter(
    (d) => asks.includes(d.key) && d.key.endsWith(`:${person.id}@${facts.session.revision}`),
  )
}

/** What every card says about its session: names and times, never an address or number. */
export const about = (facts: SessionFacts): Record<string, unknown> => ({
  sessionId: facts.session.id,
  revision: facts.session.revision,
  programme: facts.session.programmeName,
  mentors: expected(facts)
    .filter((p) => p.role === 'mentor')
    .map((p) => p.name),
  mentees: expected(facts)
    .filter((p) => p.role === 'mentee')
    .map((p) => p.name),
})

export const clockUtc = (instant: Temporal.Instant): string =>
  instant.toZonedDateTimeISO('UTC').toPlainTime().toString({ smallestUnit: 'minute' })
