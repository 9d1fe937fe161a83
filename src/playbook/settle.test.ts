import { describe, expect, test } from 'vitest'
import { isBefore } from '../interval.ts'
import { answerOf } from './confirmation.ts'
import {
  ASHA,
  asha,
  at,
  hears,
  joins,
  judges,
  leaves,
  live,
  RAVI,
  ravi,
  reads,
  says,
  sessionFacts,
  stored,
  zoom,
} from './example-session.ts'
import type { SessionFacts } from './facts.ts'
import { upcoming } from './plan.ts'
import { settle, stillPlanned } from './settle.ts'

const start = at('09:00', '2026-03-09')
const week = at('00:00', '2026-03-16')
const clock = (when: Temporal.Instant) => when.toString().slice(11, 16)
const meanings = (said: { meaning: string; to: string | null }[], who: string) =>
  said.filter((s) => s.to === who).map((s) => s.meaning)
const verdicts = (facts: ReturnType<typeof sessionFacts>, id: string) =>
  facts.verdicts.filter((v) => v.participantId === id).map((v) => `${v.verdict} ${v.stage}`)

describe('a whole life', () => {
  test('both come: booked, three tiers, present, and nothing more', () => {
    const { said, facts, wakes } = live(sessionFacts(), start, week, [
      hears(zoom('started', at('09:58'), null)),
      hears(joins(ravi, at('09:58'))),
      hears(joins(asha, at('10:01'))),
      hears(leaves(asha, at('10:29'))),
      hears(leaves(ravi, at('10:29'))),
    ])
    for (const who of ['Ravi Silva', 'Asha Rao']) {
      expect(meanings(said, who)).toEqual(['booked', 'reminder 4_HOURS', 'reminder 30_MINUTES', 'reminder 5_MINUTES'])
    }
    expect(verdicts(facts, ASHA)).toEqual(['present provisional', 'present firm'])
    expect(settle(facts, week).wakeAt).toBeNull()
    expect(wakes.length).toBeLessThan(20)
  })

  test('the mentee never comes: nudge, word to the mentor, choices, a card, and after a firm verdict "we missed you"', () => {
    const { said, facts } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:59'))),
      hears(leaves(ravi, at('10:20'))),
    ])
    expect(
      said.filter((s) => !s.meaning.startsWith('reminder')).map((s) => `${clock(s.at)} ${s.meaning} ${s.to}`),
    ).toEqual([
      '09:00 booked Ravi Silva',
      '09:00 booked Asha Rao',
      '10:03 nudge Asha Rao',
      '10:03 waiting 3 Ravi Silva',
      '10:10 waiting 10 Ravi Silva',
      '12:00 follow_up Asha Rao',
    ])
    expect(verdicts(facts, ASHA)).toEqual(['absent provisional', 'absent firm'])
    expect(verdicts(facts, RAVI)).toEqual(['present provisional', 'present firm'])
    expect(facts.cases.map((c) => c.kind).sort()).toEqual(['missing', 'unconfirmed'])
  })

  test('a mentor who only tried the room beforehand is reached while the mentee waits, and both are asked afterwards', () => {
    const { said, facts } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:05'))),
      hears(leaves(ravi, at('09:07'))),
      hears(joins(asha, at('09:59'))),
      hears(leaves(asha, at('10:30'))),
    ])
    const since = said.filter((s) => !isBefore(s.at, at('10:00'))).map((s) => `${clock(s.at)} ${s.meaning} ${s.to}`)
    expect(since).toEqual([
      '10:03 nudge Ravi Silva',
      '10:03 waiting 3 Asha Rao',
      '10:10 waiting 10 Asha Rao',
      '11:00 took_place Ravi Silva',
      '11:00 took_place Asha Rao',
    ])
    expect(verdicts(facts, RAVI)).toEqual(['cannot_tell provisional', 'cannot_tell firm'])
  })

  test('two who tried the room before the start and left are asked like all where nobody comes', () => {
    const { said, facts } = live(sessionFacts(), start, at('10:29'), [
      hears(joins(asha, at('09:50'))),
      hears(leaves(asha, at('09:52'))),
      hears(joins(ravi, at('09:51'))),
      hears(leaves(ravi, at('09:53'))),
    ])
    expect(said.filter((s) => s.at.equals(at('10:10'))).map((s) => s.meaning)).toEqual(['nobody', 'nobody'])
    expect(facts.cases.filter((c) => c.kind === 'missing')).toHaveLength(1)
  })

  test('who left before the other came is awaited; who was there at the same time is not', () => {
    const of = (left: string) =>
      live(sessionFacts(), start, at('10:29'), [
        hears(joins(ravi, at('09:58'))),
        hears(leaves(ravi, at(left))),
        hears(joins(asha, at('10:02'))),
      ])
        .said.filter((s) => !isBefore(s.at, at('10:00')))
        .map((s) => `${clock(s.at)} ${s.meaning} ${s.to}`)
    expect(of('10:01')).toEqual(['10:03 nudge Ravi Silva', '10:03 waiting 3 Asha Rao', '10:10 waiting 10 Asha Rao'])
    expect(of('10:06')).toEqual([])
  })

  test('nobody comes: both are asked at ten minutes, nobody is accused, one card', () => {
    const { said, facts } = live(sessionFacts(), start, at('10:29'))
    expect(said.filter((s) => s.at.equals(at('10:10'))).map((s) => s.meaning)).toEqual(['nobody', 'nobody'])
    expect(said.some((s) => s.meaning === 'nudge')).toBe(false)
    expect(facts.cases.filter((c) => c.kind === 'missing')).toHaveLength(1)
  })

  test('a mentee who joins 30 seconds before the end came late, hears one correction, and is never told that we missed them', () => {
    const { said, facts } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:59'))),
      hears(joins(asha, at('10:29:30'))),
    ])
    expect(verdicts(facts, ASHA)).toEqual(['absent provisional', 'late corrected', 'late firm'])
    expect(meanings(said, 'Asha Rao').slice(4)).toEqual(['nudge', 'correction'])
    const channels = facts.deliveries.filter((d) => d.key.startsWith('correction')).map((d) => d.channel)
    expect(channels, 'it goes where the nudge went').toEqual(['whatsapp'])
    expect(facts.cases.find((c) => c.kind === 'missing')?.settledAt).not.toBeNull()
  })

  test('who joins late in quiet hours of theirs is put right at once, not when these are over', () => {
    const early = { ...asha, quiet: { from: '21:00', to: '11:00' } }
    const { said } = live(sessionFacts({ participants: [ravi, early] }), start, week, [
      hears(joins(ravi, at('09:59'))),
      hears(joins(early, at('10:12'))),
    ])
    expect(said.find((one) => one.meaning === 'correction')?.at.toString()).toBe(at('10:12').toString())
  })

  test('a join that Zoom reports 85 minutes late flips the verdict before anything was said about it', () => {
    const { said, facts } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:59'))),
      hears(joins(asha, at('10:01'), at('11:26'))),
    ])
    expect(verdicts(facts, ASHA)).toEqual(['absent provisional', 'present corrected', 'present firm'])
    expect(meanings(said, 'Asha Rao')).not.toContain('follow_up')
    expect(meanings(said, 'Asha Rao').filter((m) => m === 'correction')).toHaveLength(1)
  })

  test('another time, chosen from "we missed you", takes no verdict back and answers no question: the team hears the wish', () => {
    const { said, facts } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:59'))),
      hears(leaves(ravi, at('10:30'))),
      reads(says(asha, 'wants_to_move', at('14:00'))),
    ])
    expect(verdicts(facts, ASHA)).toEqual(['absent provisional', 'absent firm'])
    expect(meanings(said, 'Asha Rao').slice(4)).toEqual(['nudge', 'follow_up'])
    const wish = facts.cases.find((c) => c.key.startsWith('wants_another'))
    expect(wish).toMatchObject({ kind: 'declined', detail: { answer: 'wants_to_move' } })
    expect(wish?.settledAt, 'until somebody has acted').toBeNull()
    expect(facts.cases.map((c) => c.kind)).not.toContain('objection')
    expect(answerOf(facts, ASHA)).toBeNull()
  })

  test('a message after the verdict takes it back, corrects once, and opens an objection', () => {
    const { said, facts } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:59'))),
      reads(says(asha, 'was_there', at('13:00'))),
      reads(says(asha, 'message', at('13:05'), { text: 'I was in the waiting room' })),
    ])
    expect(meanings(said, 'Asha Rao').slice(4)).toEqual(['nudge', 'follow_up', 'correction'])
    expect(verdicts(facts, ASHA)).toEqual(['absent provisional', 'absent firm', 'cannot_tell corrected'])
    expect(facts.cases.map((c) => c.kind)).toContain('objection')
  })

  test('a message before the follow-up holds it', () => {
    const { said } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:59'))),
      reads(says(asha, 'message', at('10:40'))),
    ])
    expect(meanings(said, 'Asha Rao')).not.toContain('follow_up')
  })

  test('what ops judged stands, and takes a follow-up back with one correction', () => {
    const { said, facts } = live(sessionFacts(), start, week, [
      hears(joins(ravi, at('09:59'))),
      judges(asha, 'present', at('15:00')),
    ])
    expect(meanings(said, 'Asha Rao').slice(4)).toEqual(['nudge', 'follow_up', 'correction'])
    expect(facts.verdicts.at(-1)?.decidedBy).toBe('ops')
  })

  test('a Meet session cannot tell: no nudge, nobody missing, and both are asked whether it took place', () => {
    const { said, facts } = live(sessionFacts({ session: { room: 'meet' } }), start, week)
    expect(meanings(said, 'Asha Rao')).toEqual([
      'booked',
      'reminder 4_HOURS',
      'reminder 30_MINUTES',
      'reminder 5_MINUTES',
      'took_place',
    ])
    expect(said.at(-1)?.at).toEqual(at('11:00'))
    expect(verdicts(facts, ASHA)).toEqual(['cannot_tell provisional', 'cannot_tell firm'])
  })
})

describe('late bookings and moves', () => {
  test('booked inside four hours: the four-hour tier is skipped and the booking asks', () => {
    const facts = sessionFacts({
      session: { scheduledAt: at('08:30') },
      participants: [ravi, asha].map((p) => ({ ...p, joinedAt: at('08:30') })),
    })
    const { decisions } = settle(facts, at('08:30'))
    expect(decisions.find((d) => d.message.key === `reminder:4_HOURS:${ASHA}@1`)).toMatchObject({
      decision: 'skipped',
      reason: 'due before it was scheduled',
    })
    expect(decisions.find((d) => d.message.key === `booked:${ASHA}@1`)?.message.template).toBe(
      'MENTORSHIP_SESSION_BOOKED_AND_CONFIRM_TO_MENTEE',
    )
    expect(decisions.find((d) => d.message.key === `booked:${RAVI}@1`)?.message.template).toBe(
      'MENTORSHIP_SESSION_BOOKED_TO_MENTOR',
    )
  })

  test('a reschedule withdraws what is queued for the old time, and each person hears of the new one once', () => {
    const before = live(sessionFacts(), start, at('06:00')).facts
    const queued = {
      ...before,
      deliveries: before.deliveries.map((d) =>
        d.meaning === 'reminder 4_HOURS' ? { ...d, state: 'pending' as const } : d,
      ),
    }
    const session = {
      ...queued.session,
      startsAt: at('15:00'),
      endsAt: at('15:30'),
      revision: 2,
      scheduledAt: at('06:00'),
    }
    const moved = {
      ...queued,
      session,
      revisions: [
        ...queued.revisions,
        {
          ...queued.revisions[0]!,
          revision: 2,
          startsAt: at('15:00'),
          endsAt: at('15:30'),
          madeAt: at('06:00'),
          cause: 'rescheduled' as const,
        },
      ],
    }
    const settlement = settle(moved, at('06:00'))
    expect(settlement.withdrawn.map((w) => w.reason)).toEqual(['the session was moved', 'the session was moved'])
    expect(settlement.decisions.map((d) => d.message.meaning)).toEqual(['moved', 'moved'])
    expect(settlement.decisions[0]?.message.exempt).toBe(true)
    expect(stillPlanned(moved, `reminder:4_HOURS:${ASHA}@1`, 'email', at('06:00'))).toMatchObject({
      send: false,
      state: 'withdrawn',
    })
    const after = live(moved, at('06:00'), at('14:59'))
    expect(meanings(after.said, 'Asha Rao')).toEqual([
      'moved',
      'reminder 4_HOURS',
      'reminder 30_MINUTES',
      'reminder 5_MINUTES',
    ])
  })

  test('a cancellation is told to both and ends everything else', () => {
    const before = live(sessionFacts(), start, at('05:00')).facts
    const cancelled = { ...before, session: { ...before.session, cancelledAt: at('05:00'), cancelReason: 'ill' } }
    const { said, facts } = live(cancelled, at('05:00'), week)
    expect(said.map((s) => s.meaning)).toEqual(['cancelled', 'cancelled'])
    expect(facts.mirrors.every((m) => m.wanted === null)).toBe(true)
    expect(settle(facts, at('05:01')).wakeAt).toBeNull()
  })
})

describe('confirmation', () => {
  const card = (life: ReturnType<typeof live>) => life.facts.cases.find((c) => c.kind === 'unconfirmed')

  test('silent after a delivered ask: one card two hours before', () => {
    expect(card(live(sessionFacts(), start, at('08:00')))).toMatchObject({
      openedAt: at('08:00'),
      detail: { why: 'silent' },
    })
  })
  test('nobody reached: the card says that they could not be asked', () => {
    expect(card(live(sessionFacts(), start, at('08:00'), [], () => true))?.detail.why).toBe('could_not_be_asked')
  })
  test('a yes before two hours: no card; a yes after: the card is settled with the time', () => {
    expect(card(live(sessionFacts(), start, at('08:30'), [reads(says(asha, 'coming', at('07:00')))]))).toBeUndefined()
    const facts = live(sessionFacts(), start, at('08:30')).facts
    const wishes = settle({ ...facts, replies: [says(asha, 'coming', at('08:31'))] }, at('08:31')).cases
    expect(wishes.find((c) => c.kind === 'unconfirmed')?.settled).toBe(
      'Asha Rao answered "I’ll be there" at 08:31 UTC.',
    )
  })
  test('an answer about the old time does not count', () => {
    expect(
      card(
        live(sessionFacts({ session: { revision: 2 } }), start, at('08:00'), [
          reads(says(asha, 'coming', at('07:00'), { revision: 1 })),
        ]),
      ),
    ).toBeDefined()
  })
})

describe('what holds a message back', () => {
  test('a person without any channel is skipped as unreachable', () => {
    const facts = sessionFacts({ participants: [ravi, { ...asha, channels: [] }] })
    expect(settle(facts, start).decisions.find((d) => d.message.participantId === ASHA)).toMatchObject({
      decision: 'skipped',
      reason: 'unreachable',
    })
  })
  test('a worker three hours late lets tiers expire and still sends the next', () => {
    const facts = stored(sessionFacts(), settle(sessionFacts(), start), start)
    const late = settle(facts, at('09:31'))
    expect(late.decisions.map((d) => `${d.message.meaning} ${d.decision}`)).toEqual([
      'reminder 4_HOURS expired',
      'reminder 4_HOURS expired',
      'reminder 30_MINUTES send',
      'reminder 30_MINUTES send',
    ])
  })
  test('a nudge goes by mail when WhatsApp fails and there is time', () => {
    const { facts } = live(
      sessionFacts(),
      start,
      at('10:04'),
      [hears(joins(ravi, at('09:59')))],
      (channel) => channel === 'whatsapp',
    )
    expect(facts.deliveries.filter((d) => d.meaning === 'nudge').map((d) => `${d.channel} ${d.state}`)).toEqual([
      'whatsapp failed',
      'email delivered',
    ])
    expect(facts.cases.filter((c) => c.kind === 'failed_delivery' && c.key.includes('nudge'))).toEqual([])
  })
  test('somebody who joined a second ago is not nudged, though nobody has settled it yet', () => {
    const { facts } = live(sessionFacts(), start, at('10:03'), [hears(joins(ravi, at('09:59')))])
    const joined = { ...facts, roomEvents: [...facts.roomEvents, joins(asha, at('10:03'))] }
    expect(stillPlanned(joined, `nudge:${ASHA}@1`, 'whatsapp', at('10:03'))).toMatchObject({
      send: false,
      state: 'suppressed',
    })
  })
  test('what never went out is not corrected', () => {
    const happenings = [hears(joins(ravi, at('09:59'))), hears(joins(asha, at('10:20')))]
    const { said } = live(sessionFacts(), start, week, happenings, () => true)
    expect(meanings(said, 'Asha Rao')).not.toContain('correction')
  })
  test('a message that arrived nowhere, and one of which nobody can say, are cases', () => {
    const lost = live(sessionFacts(), start, start.add({ minutes: 1 }), [], () => true).facts
    const kinds = (facts: typeof lost, now: typeof start) =>
      settle({ ...facts, cases: [] }, now).cases.map((c) => c.kind)
    expect(kinds(lost, start)).toEqual(['failed_delivery', 'failed_delivery'])
    const unclear = { ...lost, deliveries: lost.deliveries.map((d) => ({ ...d, state: 'unknown' as const })) }
    expect(kinds(unclear, start)).toEqual([])
    expect(settle(unclear, start).wakeAt).toEqual(start.add({ minutes: 2 }))
    expect(kinds(unclear, start.add({ minutes: 2 }))).toEqual(['unknown_delivery', 'unknown_delivery'])
    const arrived = {
      ...unclear,
      deliveries: unclear.deliveries.map((d) => (d.channel === 'email' ? { ...d, state: 'accepted' as const } : d)),
    }
    expect(kinds(arrived, start.add({ minutes: 2 }))).toEqual([])
  })
  test('a cap that bites is skipped and becomes a case', () => {
    const ledger = Array.from({ length: 8 }, (_, i) => ({
      key: `extra${i}:${ASHA}@1`,
      meaning: 'extra',
      decision: 'send' as const,
      reason: null,
      recipientId: asha.accountId,
      dueAt: start,
      expiresAt: week,
      decidedAt: start,
      detail: {},
    }))
    const { decisions, cases } = settle(sessionFacts({ ledger }), at('09:30'))
    expect(decisions.find((d) => d.message.key === `reminder:30_MINUTES:${ASHA}@1`)?.reason).toMatch(/^cap/)
    expect(cases.some((c) => c.kind === 'cap')).toBe(true)
  })
  test('an unidentified guest, or a hole in the evidence, silences the rescue and opens a card instead', () => {
    const guest = zoom('participant_joined', at('10:01'), { name: 'iPhone', userId: 'x' })
    const gap = [{ from: at('09:50'), to: at('10:05') }]
    for (const life of [
      live(sessionFacts(), start, week, [hears(joins(ravi, at('09:59'))), hears(guest)]),
      live(sessionFacts({ gaps: gap }), start, week, [hears(joins(ravi, at('09:59')))]),
    ]) {
      const heard = meanings(life.said, 'Asha Rao')
      expect(heard.filter((m) => ['nudge', 'nobody', 'follow_up'].includes(m))).toEqual([])
      expect(heard).toContain('took_place')
      expect(verdicts(life.facts, ASHA)[0]).toBe('cannot_tell provisional')
      expect(life.facts.cases.some((c) => c.kind === 'missing')).toBe(true)
    }
  })
})

test('what will be sent does not announce what depends on the room', () => {
  expect(upcoming(sessionFacts()).map((m) => m.meaning)).toEqual([
    'booked',
    'booked',
    ...['4_HOURS', '30_MINUTES', '5_MINUTES'].flatMap((t) => [`reminder ${t}`, `reminder ${t}`]),
  ])
})

test('a merged-away session keeps its meeting until a day after its end', () => {
  const facts = stored(sessionFacts(), settle(sessionFacts(), start), start)
  const { mirrors, decisions } = settle(foldedAway(facts, [asha.accountId]), at('05:00'))
  expect(mirrors.find((m) => m.kind === 'meeting')).toMatchObject({
    wanted: null,
    keepUntil: at('10:30', '2026-03-13'),
  })
  expect(decisions.map((d) => `${d.message.meaning} ${d.message.template}`)).toEqual([
    'merged_away MENTORSHIP_SESSION_MERGED_AWAY_TO_MENTOR',
  ])
})

const foldedAway = (facts: SessionFacts, arrived: string[]): SessionFacts => ({
  ...facts,
  session: { ...facts.session, mergedInto: 'other' },
  participants: facts.participants.map((p) => ({ ...p, bookingId: asha.bookingId, leftAt: at('05:00') })),
  merges: [
    {
      mergeId: 'm',
      sessionId: facts.session.id,
      survivorId: 'other',
      arrived,
      mergedAt: at('05:00'),
      undoneAt: null,
    },
  ],
})

test('whoever was in both of two sessions that are joined is told that the other is gone, and only of what they had heard', () => {
  const told = stored(sessionFacts(), settle(sessionFacts(), start), start)
  const said = (facts: SessionFacts) => settle(facts, at('05:00')).decisions.map((d) => d.message.participantId)
  expect(said(foldedAway(told, []))).toEqual([RAVI, ASHA])
  expect(said(foldedAway(sessionFacts(), []))).toEqual([])
})

test('a mentee who is no longer alone with the mentor hears who joins them, and that they are alone again', () => {
  const told = stored(sessionFacts(), settle(sessionFacts(), start), start)
  const omar = { ...asha, id: '0190aaaa-0000-7000-8000-000000000003', accountId: 'omar', name: 'Omar Haddad' }
  const merge = {
    mergeId: 'm',
    sessionId: 'other',
    survivorId: told.session.id,
    arrived: [omar.accountId],
    mergedAt: at('05:00'),
    undoneAt: null,
  }
  const together: SessionFacts = {
    ...told,
    participants: [...told.participants, { ...omar, joinedAt: at('05:00'), cameFrom: 'other' }],
    merges: [merge],
  }
  const said = (facts: SessionFacts, now: Temporal.Instant) =>
    settle(facts, now)
      .decisions.filter((d) => d.message.meaning.endsWith('merged'))
      .map((d) => `${d.message.meaning} ${d.message.participantId}`)
  expect(said(together, at('05:00'))).toEqual([`merged ${ASHA}`, `merged ${omar.id}`])

  const heard = stored(together, settle(together, at('05:00')), at('05:00'))
  const apart: SessionFacts = {
    ...heard,
    participants: heard.participants.map((p) => (p.id === omar.id ? { ...p, leftAt: at('05:10') } : p)),
    merges: [{ ...merge, undoneAt: at('05:10') }],
  }
  expect(said(apart, at('05:10'))).toEqual([`unmerged ${ASHA}`])
})

test('a mentee whose own booking in a shared session is cancelled hears it, whatever becomes of the session', () => {
  const told = stored(sessionFacts(), settle(sessionFacts(), start), start)
  const left = told.participants.map((p) => (p.id === ASHA ? { ...p, cameFrom: 'before', leftAt: at('05:00') } : p))
  for (const cancelledAt of [null, at('05:00')]) {
    const facts = { ...told, participants: left, session: { ...told.session, cancelledAt } }
    const toAsha = settle(facts, at('05:00')).decisions.filter((d) => d.message.participantId === ASHA)
    expect(toAsha.map((d) => `${d.message.meaning} ${d.message.template}`)).toEqual([
      'released MENTORSHIP_SESSION_CANCELLED_TO_MENTEE',
    ])
  }
})
