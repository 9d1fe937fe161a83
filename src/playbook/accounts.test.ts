import { expect, test } from 'vitest'
import { type AccountFacts, accountStillPlanned, planAccount, settleAccount } from './accounts.ts'
import { asha, at } from './example-session.ts'

const facts = (over: Partial<AccountFacts['account']> = {}, rest: Partial<AccountFacts> = {}): AccountFacts => ({
  account: { ...asha, invitedAt: at('10:00'), acceptedAt: null, deactivatedAt: null, ...over },
  connections: [],
  missed: [],
  pauses: [],
  cases: [],
  ledger: [],
  deliveries: [],
  ...rest,
})

test('an invitation goes by mail first, once, and not after it was accepted', () => {
  const { decisions } = settleAccount(facts(), at('10:00'))
  expect(decisions.map((d) => [d.message.meaning, d.decision, d.channels])).toEqual([['invitation', 'send', ['email']]])
  const key = decisions[0]!.message.key
  expect(accountStillPlanned(facts({ acceptedAt: at('10:01') }), key, at('10:02'))).toMatchObject({
    send: false,
    state: 'suppressed',
  })
  expect(settleAccount(facts(), at('10:00', '2026-03-20')).decisions[0]?.decision).toBe('expired')
})

test('a broken calendar connection is told once, however often it is found broken', () => {
  const connection = {
    id: 'c',
    calendar: 'asha@learners.example',
    connectedAt: at('08:00'),
    brokenAt: at('10:00'),
    disconnectedAt: null,
  }
  const first = settleAccount(facts({ invitedAt: null }, { connections: [connection] }), at('10:00')).decisions[0]!
    .message.key
  const again = settleAccount(
    facts({ invitedAt: null }, { connections: [{ ...connection, brokenAt: at('11:00') }] }),
    at('11:00'),
  ).decisions[0]!.message.key
  expect(again).toBe(first)
})

const missed = (...days: string[]) => ({
  programmeId: 'p',
  programmeName: 'First steps',
  policy: { overDays: 30, warnAt: 2, proposePauseAt: 4 },
  missed: days.map((day) => ({
    participantId: `seat-${day}`,
    sessionId: `session-${day}`,
    startsAt: at('10:00', day),
    firmAt: at('12:00', day),
  })),
})
const said = (given: ReturnType<typeof facts>) => planAccount(given).map(({ key }) => key)
const record = (...days: string[]) => facts({ invitedAt: null }, { missed: [missed(...days)] })

test('whoever misses a second session within thirty days is written to, once, and not again for the third', () => {
  expect(said(record('2026-02-20'))).toEqual([])
  expect(said(record('2026-02-09', '2026-03-12'))).toEqual([])
  const twice = record('2026-02-20', '2026-03-12')
  expect(said(twice)).toEqual(['policy_notice:missed:seat-2026-03-12@1'])
  expect(said(record('2026-02-20', '2026-03-12', '2026-03-13'))).toEqual(said(twice))
  expect(settleAccount(twice, at('12:00')).decisions).toMatchObject([
    { decision: 'send', channels: ['email'], message: { detail: { values: { count: 2, days: 30 } } } },
  ])
})

test('when late evidence clears one of the two, the note that is still queued is taken back', () => {
  const [key = ''] = said(record('2026-02-20', '2026-03-12'))
  const queued = {
    key,
    meaning: 'policy_notice',
    channel: 'email' as const,
    recipientId: 'a',
    state: 'pending' as const,
    reason: null,
    createdAt: at('12:00'),
    acceptedAt: null,
    deliveredAt: null,
    failedAt: null,
  }
  const cleared = { ...record('2026-03-12'), deliveries: [queued] }
  expect(settleAccount(cleared, at('12:01')).withdrawn).toEqual([{ key, reason: 'no longer needed' }])
  expect(accountStillPlanned(cleared, key, at('12:01'))).toMatchObject({ send: false, state: 'suppressed' })
})

test('at four ops are asked whether to pause; the question goes when the record shrinks, and nobody is paused by itself', () => {
  const four = record('2026-02-20', '2026-02-27', '2026-03-06', '2026-03-12')
  const [open] = settleAccount(four, at('12:00')).cases
  expect(open).toMatchObject({ kind: 'pause_proposed', settled: null, title: expect.stringContaining('4 sessions') })
  const known = [{ kind: 'pause_proposed', key: open?.key ?? '', detail: open?.detail ?? {} }]
  const three = { ...record('2026-02-27', '2026-03-06', '2026-03-12'), cases: known }
  expect(settleAccount(three, at('12:01')).cases).toMatchObject([{ key: open?.key, settled: expect.any(String) }])
})

test('a pause and its end are told to the person, each once', () => {
  const pause = { id: 'x', programmeName: 'First steps', pausedAt: at('10:00'), liftedAt: null }
  expect(said(facts({ invitedAt: null }, { pauses: [pause] }))).toEqual(['policy_notice:paused:x@1'])
  expect(said(facts({ invitedAt: null }, { pauses: [{ ...pause, liftedAt: at('11:00') }] }))).toEqual([
    'policy_notice:resumed:x@1',
  ])
})
