import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judge, newVerdicts } from './attendance.ts'
import { ASHA, asha, at, joins, leaves, live, RAVI, ravi, says, sessionFacts, zoom } from './example-session.ts'
import type { RoomEvent, SessionFacts } from './facts.ts'
import { roomOf } from './room.ts'

const of = (roomEvents: RoomEvent[], over: Parameters<typeof sessionFacts>[0] = {}) =>
  sessionFacts({ roomEvents, ...over })
const verdict = (facts: SessionFacts, who = asha) => judge(facts, who).verdict

test('coming five minutes late is present, later is late, leaving somebody behind is leaving early', () => {
  expect(verdict(of([joins(asha, at('10:05'))]))).toBe('present')
  expect(verdict(of([joins(asha, at('10:06'))]))).toBe('late')
  expect(
    verdict(
      of([joins(asha, at('10:00')), leaves(asha, at('10:12')), joins(ravi, at('10:00')), leaves(ravi, at('10:30'))]),
    ),
  ).toBe('left_early')
  expect(
    verdict(
      of([joins(asha, at('10:00')), leaves(asha, at('10:15')), joins(ravi, at('10:00')), leaves(ravi, at('10:15'))]),
    ),
  ).toBe('present')
})

test('a place in the waiting room is having come, and so is a leave whose join was lost', () => {
  expect(verdict(of([zoom('participant_joined_waiting_room', at('10:01'), { name: 'Asha Rao' })]))).toBe('present')
  expect(verdict(of([leaves(asha, at('10:20'))]))).not.toBe('absent')
})

test('two devices are one person, there until the last of them leaves', () => {
  const device = (id: string) => ({ registrantId: 'reg-asha', userId: id })
  const facts = of([
    zoom('participant_joined', at('10:00'), device('phone')),
    zoom('participant_joined', at('10:02'), device('laptop')),
    zoom('participant_left', at('10:03'), device('phone')),
    zoom('participant_left', at('10:30'), device('laptop')),
  ])
  expect(roomOf(facts).presence.get(ASHA)?.intervals).toEqual([{ from: at('10:00'), to: at('10:30') }])
})

test('a retried leave that arrives after the rejoin does not end the rejoined stay', () => {
  const facts = of([leaves(asha, at('10:05'), at('10:30')), joins(asha, at('10:06')), joins(asha, at('10:00'))])
  expect(roomOf(facts).presence.get(ASHA)?.lastAt).toBeNull()
})

test('a look into the room before the start is not having come, and nobody is firm about it', () => {
  const look = [joins(asha, at('09:40')), leaves(asha, at('09:42'))]
  expect(judge(of(look), asha)).toMatchObject({
    verdict: 'cannot_tell',
    doubt: 'looked_in',
    evidence: { lookedIn: { from: '2026-03-12T09:40:00Z', to: '2026-03-12T09:42:00Z' } },
  })
  const back = of([...look, joins(asha, at('10:20')), leaves(asha, at('10:30'))])
  expect(judge(back, asha)).toMatchObject({ verdict: 'late', evidence: { minutesLate: 20, minutes: 10 } })
  const stays = of([...look, joins(asha, at('09:58'))])
  expect(judge(stays, asha)).toMatchObject({ verdict: 'present', evidence: { joinedAt: '2026-03-12T09:58:00Z' } })
})

test('who knocks before the start and is not known to have gone waits at the door', () => {
  const knocks = zoom('participant_jbh_waiting', at('09:55'), { registrantId: 'reg-asha' })
  expect(verdict(of([knocks]))).toBe('present')
  expect(verdict(of([knocks, joins(asha, at('10:20'))])), 'the host came late').toBe('present')
  const gone = zoom('participant_jbh_waiting_left', at('09:57'), { registrantId: 'reg-asha' })
  expect(verdict(of([knocks, gone]))).toBe('cannot_tell')
})

test('joins before a session was moved say nothing about its new time', () => {
  const early = [joins(asha, at('09:10')), leaves(asha, at('09:20'))]
  expect(verdict(of(early, { session: { scheduledAt: at('09:30') } }))).toBe('absent')
})

test('a complete report makes it firm before the 90 minutes, an incomplete one does not', () => {
  const events = [joins(ravi, at('10:00')), leaves(ravi, at('10:30'))]
  const row = (registrantId: string) => ({
    person: { registrantId },
    joinedAt: at('10:00'),
    leftAt: at('10:30'),
    waitingRoom: false,
  })
  const report = (rows: ReturnType<typeof row>[]) => ({ reports: [{ uuid: 'uuid-1', fetchedAt: at('10:40'), rows }] })
  expect(newVerdicts(of(events, report([row('reg-ravi')])), at('10:40')).map((v) => v.stage)).toEqual(['firm', 'firm'])
  expect(
    newVerdicts(of([...events, joins(asha, at('10:01'))], report([row('reg-ravi')])), at('10:40')).map((v) => v.stage),
  ).toEqual(['provisional', 'provisional'])
})

test('a click on our join link, a message or another of our rooms is never an absence', () => {
  expect(verdict(of([], { joinClicks: [{ participantId: ASHA, at: at('10:01') }] }))).toBe('cannot_tell')
  expect(verdict(of([], { replies: [says(asha, 'late_10', at('10:02'))] }))).toBe('cannot_tell')
  expect(
    verdict(of([], { elsewhere: [{ participantId: ASHA, sessionId: 'x', since: at('09:00'), until: null }] })),
  ).toBe('cannot_tell')
  expect(verdict(of([], { replies: [says(asha, 'message', at('09:00'))] }))).toBe('absent')
})

test('both sides saying that it took place settles a Meet session; one alone does not', () => {
  const yes = [says(asha, 'took_place', at('11:01'))]
  expect(verdict(of([], { session: { room: 'meet' }, replies: yes }))).toBe('cannot_tell')
  expect(verdict(of([], { session: { room: 'meet' }, replies: [...yes, says(ravi, 'took_place', at('11:02'))] }))).toBe(
    'present',
  )
})

// ------------------------------------------------------------------ properties

const second = (n: number) => at('09:30').add({ seconds: n })
const person = fc.constantFrom(
  { registrantId: 'reg-asha', name: 'Asha Rao' },
  { registrantId: 'reg-ravi', name: 'Ravi Silva' },
  { name: 'Asha', userId: '7' },
  { email: 'ravi@work.example', name: 'R' },
  { name: 'iPhone', userId: '9' },
  { email: 'x@airtribe.live', name: 'Host' },
  {},
)
const anyEvent = fc
  .record({
    event: fc.constantFrom(
      'participant_joined',
      'participant_left',
      'participant_joined_waiting_room',
      'participant_left_waiting_room',
      'participant_admitted',
      'started',
      'ended',
    ),
    when: fc.integer({ min: 0, max: 2 * 3600 }),
    late: fc.integer({ min: 0, max: 90 * 60 }),
    person,
  })
  .map(({ event, when, late, person }) =>
    zoom(event, second(when), event === 'started' || event === 'ended' ? null : person, second(when + late)),
  )

test('order of arrival and duplicates never change who was there', () => {
  const arranged = fc
    .array(anyEvent, { maxLength: 12 })
    .chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 })),
    )
  fc.assert(
    fc.property(arranged, ([events, shuffled]) => {
      const seen = (roomEvents: RoomEvent[]) => {
        const facts = of(roomEvents, { hostDomains: ['airtribe.live'] })
        return { room: roomOf(facts), asha: judge(facts, asha), ravi: judge(facts, ravi) }
      }
      expect(seen(shuffled)).toEqual(seen(events))
    }),
    { numRuns: 300 },
  )
})

test('nobody is told that they were missed while anything on record speaks for them', () => {
  const evidence = fc.record({
    events: fc.array(anyEvent, { maxLength: 8 }),
    replies: fc.array(
      fc.tuple(
        fc.constantFrom(asha, ravi),
        fc.constantFrom('message', 'late_5', 'cant_come', 'was_there', 'coming'),
        fc.integer({ min: 0, max: 5 * 3600 }),
      ),
      { maxLength: 3 },
    ),
    gap: fc.option(fc.tuple(fc.integer({ min: 0, max: 3600 }), fc.integer({ min: 1, max: 3600 }))),
  })
  fc.assert(
    fc.property(evidence, ({ events, replies, gap }) => {
      const said = replies.map(([who, meaning, when]) => says(who, meaning as 'message', second(when)))
      const life = live(
        sessionFacts({ gaps: gap ? [{ from: second(gap[0]), to: second(gap[0] + gap[1]) }] : [] }),
        at('09:00', '2026-03-09'),
        at('00:00', '2026-03-16'),
        [
          ...events.map((e) => ({
            at: e.receivedAt,
            change: (f: SessionFacts) => ({ ...f, roomEvents: [...f.roomEvents, e] }),
          })),
          ...said.map((r) => ({
            at: r.receivedAt,
            change: (f: SessionFacts) => ({ ...f, replies: [...f.replies, r] }),
          })),
        ],
      )
      for (const message of life.said.filter((s) => ['follow_up', 'nobody', 'nudge'].includes(s.meaning))) {
        const who = message.to === asha.name ? asha : ravi
        const known = {
          ...life.facts,
          roomEvents: events.filter((e) => Temporal.Instant.compare(e.receivedAt, message.at) <= 0),
          replies: said.filter((r) => Temporal.Instant.compare(r.receivedAt, message.at) <= 0),
        }
        const room = roomOf(known)
        expect(room.presence.has(who.id), message.key).toBe(false)
        expect(room.unidentified, message.key).toEqual([])
        expect(
          known.gaps.some((g) => Temporal.Instant.compare(g.from, at('10:30')) < 0),
          message.key,
        ).toBe(false)
        if (message.meaning === 'follow_up') {
          expect(
            known.replies.filter((r) => r.participantId === who.id),
            message.key,
          ).toEqual([])
        }
      }
      for (const who of [asha, ravi]) {
        const keys = life.said.filter((s) => s.to === who.name).map((s) => s.key)
        expect(new Set(keys).size).toBe(keys.length)
        expect(keys.filter((k) => k.startsWith('correction'))).toHaveLength(
          keys.some((k) => k.startsWith('correction')) ? 1 : 0,
        )
      }
    }),
    { numRuns: 200 },
  )
})

test('a mentor seen only by the domain of the address is not missing, and proves nothing about the mentee', () => {
  const facts = sessionFacts({ hostDomains: ['airtribe.live'] })
  const { said } = live(facts, at('09:00', '2026-03-09'), at('10:09'), [
    {
      at: at('10:00'),
      change: (f) => ({
        ...f,
        roomEvents: [zoom('participant_joined', at('10:00'), { email: 'cohort@AIRTRIBE.live', name: 'Room 4' })],
      }),
    },
  ])
  expect(said.filter((s) => ['nudge', 'waiting 3'].includes(s.meaning))).toEqual([])
  expect(RAVI).toBeDefined()
})
