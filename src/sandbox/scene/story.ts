import { sql } from 'kysely'
import { endsAfter } from '../../database/ends-after.ts'
import { loadFacts } from '../../effects/load-facts.ts'
import { type House, shown } from '../../http.ts'
import { isBefore, later } from '../../interval.ts'
import { installation } from '../../pages/holder.ts'
import { expected, verdictsOf } from '../../playbook/attendance.ts'
import { answerOf, asksInNotice } from '../../playbook/confirmation.ts'
import type { Participant, SessionFacts } from '../../playbook/facts.ts'
import { plan } from '../../playbook/plan.ts'
import { roomOf } from '../../playbook/room.ts'
import { somebodyToBook } from './somebody.ts'

/** What to do next: become somebody, move the clock, or press something on a phone or at the room. */
export type Act =
  | { kind: 'be'; personId: string; name: string; to: string }
  | { kind: 'jump'; to: string; words: string }
  | { kind: 'look'; part: 'phones' | 'room'; personId: string; words: string }
  | { kind: 'read'; sessionId: string; words: string }

export type Step = { key: string; title: string; hint: string; isDone: boolean; act: Act | null }
export type Story = { sessionId: string | null; isOver: boolean; next: string | null; steps: Step[] }

/**
 * The thread for whoever has read nothing: book, be asked, say yes, not come, be noticed, come late, see it put right. What is
 * done is read off the facts of the session, so it does not matter who did it or by which way.
 */
export async function readStory(house: House, asked: string | null, viewerId: string | null): Promise<Story> {
  const id = asked ?? (await sessionOfStory(house))
  const now = house.clock.now()
  const facts = id ? (await loadFacts(house.db, [id], now, installation(house))).get(id) : undefined
  const people = facts && pairOf(facts)
  if (!facts || !people || facts.session.cancelledAt || facts.session.mergedInto || facts.session.room === 'meet')
    return withNext({ sessionId: null, isOver: false, steps: await toBegin(house, viewerId) })
  return withNext({ sessionId: facts.session.id, ...stepsOf(facts, people, now) })
}

/** The step after the last one done: whoever leaves one out is not held up by it. */
function withNext(story: Omit<Story, 'next'>): Story {
  const last = story.steps.findLastIndex(({ isDone }) => isDone)
  return { ...story, next: story.steps[last + 1]?.key ?? null }
}

/** The session booked last by a mentee that is not long over; of several booked at once the first. */
export async function sessionOfStory({ db, clock }: House): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select s.id from session s where s.cancelled_at is null and s.merged_into is null and s.published_at is not null and s.room = 'zoom'
      and ${endsAfter(clock.now().subtract({ hours: 2 }))} and exists (select from user_calendar_booking b where b.session_id = s.id)
    order by s.created_at desc, s.starts_at, s.id limit 1`.execute(db)
  return rows[0]?.id ?? null
}

type Pair = { mentee: Participant; mentor: Participant }

function pairOf(facts: SessionFacts): Pair | undefined {
  const people = expected(facts)
  const mentee = people.find(({ role }) => role === 'mentee')
  const mentor = people.find(({ role }) => role === 'mentor')
  return mentee && mentor && { mentee, mentor }
}

function stepsOf(
  facts: SessionFacts,
  { mentee, mentor }: Pair,
  now: Temporal.Instant,
): Omit<Story, 'sessionId' | 'next'> {
  const { session, ledger } = facts
  const [asha, daniel] = [firstName(mentee.name), firstName(mentor.name)]
  const jump = (to: Temporal.Instant, words: string): Act | null =>
    isBefore(now, to) ? { kind: 'jump', to: shown(to), words } : null
  const said = (meaning: string, who: Participant) =>
    ledger.some((one) => one.meaning === meaning && one.decision === 'send' && one.key.includes(who.id))
  const isAfter = (minutes: number) => !isBefore(now, session.startsAt.add({ minutes }))

  const asks = plan(facts).find((one) => one.meaning === 'reminder 4_HOURS' && one.participantId === mentee.id)
  const isAsked = said('reminder 4_HOURS', mentee) || (asksInNotice(facts, mentee) && said('booked', mentee))
  const answer = answerOf(facts, mentee.id)?.meaning ?? null
  const { presence } = roomOf(facts)
  const cameAt = presence.get(mentee.id)?.firstAt
  const verdicts = verdictsOf(facts, mentee.id)
  const wasMissed = verdicts.some(({ verdict }) => verdict === 'absent')
  const isPutRight = wasMissed && verdicts.at(-1)?.verdict !== 'absent'
  const mentorIsIn = presence.has(mentor.id)

  const steps: Step[] = [
    { key: 'book', title: `${asha} books a session with ${daniel}`, hint: '', isDone: true, act: null },
    {
      key: 'ask',
      title: `Go to the moment at which ${asha} is asked`,
      hint: 'Four hours before, or earlier when that would be night.',
      isDone: isAsked,
      act: asks ? jump(later(asks.dueAt, now), 'Go there') : null,
    },
    {
      key: 'answer',
      title: `On ${asha}’s phone, press “I’ll be there”`,
      hint: 'The mentor’s next reminder will say it.',
      isDone: answer !== null,
      act: { kind: 'look', part: 'phones', personId: mentee.accountId, words: 'Show me the phone' },
    },
    {
      key: 'start',
      title: 'Go to the start',
      hint: 'Reminders leave on the way, 30 and 5 minutes before.',
      isDone: isAfter(0),
      act: jump(session.startsAt, 'Go there'),
    },
    {
      key: 'mentor',
      title: `Let ${daniel} join, and ${asha} not`,
      hint: '',
      isDone: mentorIsIn,
      act: { kind: 'look', part: 'room', personId: mentor.accountId, words: 'Show me the room' },
    },
    {
      key: 'nudge',
      title: `Three minutes on: ${asha} is asked, ${daniel} is told`,
      hint: 'Look at both phones.',
      isDone: said('nudge', mentee),
      act: jump(later(session.startsAt.add({ minutes: 3 }), now.add({ seconds: 1 })), 'Go there'),
    },
    {
      key: 'noticed',
      title: `Ten minutes in: it is noticed that ${asha} is missing`,
      hint: 'A card in Slack, a verdict for now. Nobody was told it.',
      isDone: wasMissed,
      act: jump(later(session.startsAt.add({ minutes: 10 }), now.add({ seconds: 1 })), 'Go there'),
    },
    {
      key: 'late',
      title: `${asha} joins late, and it is put right`,
      hint: 'The verdict, the card, and word to whoever was told.',
      isDone: isPutRight,
      act: { kind: 'look', part: 'room', personId: mentee.accountId, words: 'Show me the room' },
    },
  ]
  // It went another way, which is fine; then there is nothing more to try here.
  const isOther = !isPutRight && (!isBefore(now, session.endsAt) || (cameAt !== undefined && !wasMissed))
  const known = steps.filter(({ isDone }) => isDone).length
  const read: Step = {
    key: 'read',
    title: 'Read all of it, each entry with its why',
    hint: '',
    isDone: false,
    act: { kind: 'read', sessionId: session.id, words: 'Open the session' },
  }
  return {
    isOver: isPutRight || isOther,
    steps: isOther ? [...steps.slice(0, Math.max(1, known)), read] : [...steps, read],
  }
}

async function toBegin(house: House, viewerId: string | null): Promise<Step[]> {
  const somebody = await somebodyToBook(house, viewerId)
  if (!somebody) return []
  const { menteeId, mentee, mentor, path } = somebody
  const [asha, daniel] = [firstName(mentee), firstName(mentor)]
  return [
    {
      key: 'book',
      title: `Be ${asha}, a mentee, and book a session with ${daniel}`,
      hint: 'Then come back to ops: the button is on top of every page.',
      isDone: false,
      act: { kind: 'be', personId: menteeId, name: mentee, to: path },
    },
    { key: 'ask', title: 'See them asked, and say yes', hint: '', isDone: false, act: null },
    { key: 'noticed', title: 'Do not come, and see who is told what', hint: '', isDone: false, act: null },
    { key: 'late', title: 'Come late, and see it put right', hint: '', isDone: false, act: null },
  ]
}

const firstName = (name: string): string => (name.split(' ')[0] ?? name).slice(0, 24)
