import { expect, test } from 'vitest'
import { type AccountFacts, accountStillPlanned, settleAccount } from './accounts.ts'
import { asha, at } from './example-session.ts'

const facts = (over: Partial<AccountFacts['account']> = {}, rest: Partial<AccountFacts> = {}): AccountFacts => ({
  account: { ...asha, invitedAt: at('10:00'), acceptedAt: null, deactivatedAt: null, ...over },
  connections: [],
  notices: [],
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
