import { expect, test } from 'vitest'
import { readButton } from '../links.ts'
import { ASHA, asha, at, hears, joins, live, ravi, sessionFacts } from '../playbook/example-session.ts'
import { card, cardOfMany, type OpsCase } from './card.ts'

const ID = '0190ffff-0000-7000-8000-000000000001'
const setting = { publicUrl: 'https://punctual.example', secret: 'secret', now: at('10:10'), timeZone: 'Asia/Kolkata' }
const opened = (kind: string): OpsCase => {
  const { facts } = live(sessionFacts(), at('09:00', '2026-03-09'), at('10:15'), [hears(joins(ravi, at('09:59')))])
  const found = facts.cases.find((c) => c.kind === kind)!
  return {
    ...found,
    id: ID,
    title: 'Asha Rao: not seen in the room',
    sessionId: facts.session.id,
    settledAt: null,
    settledBy: null,
    settledReason: null,
  }
}
const pressed = (about: OpsCase) =>
  card(about, setting).blocks.flatMap((b) =>
    ((b.elements ?? []) as { value: string }[]).map((e) => readButton('secret', e.value)),
  )

test('a missing person: what is known, and three verdicts signed for that person', () => {
  const about = opened('missing')
  expect(card(about, setting).text).toContain('15:30 Kolkata · Asha Rao with Ravi Silva')
  expect(card(about, setting).text).toContain('has not written')
  expect(pressed(about)).toEqual(
    ['came', 'did_not_come', 'cannot_tell'].map((action) => ({ action, participantId: ASHA, revision: 1 })),
  )
})

test('an unanswered ask: call or release, signed for the case', () => {
  expect(pressed(opened('unconfirmed'))).toEqual(
    ['will_call', 'release'].map((action) => ({ action, participantId: ID, revision: 1 })),
  )
})

test('a settled card says how, and has no buttons', () => {
  const about = {
    ...opened('missing'),
    settledAt: at('10:14'),
    settledBy: 'plan',
    settledReason: 'Asha Rao joined at 10:12 UTC.',
  }
  expect(card(about, setting).blocks).toHaveLength(1)
  expect(card(about, setting).text).toContain('joined at 10:12')
})

test('a card holds names and times, never an address or a number, and names are not markup', () => {
  const about = opened('missing')
  const all = JSON.stringify(card({ ...about, detail: { ...about.detail, mentees: ['<!channel> & co'] } }, setting))
  expect(all).not.toContain(asha.email)
  expect(all).not.toContain(asha.phone)
  expect(all).not.toContain('<!channel>')
})

test('many cases become one card with rows, each open one with the buttons of its own card, within what Slack takes', () => {
  const settled = { settledAt: at('10:14'), settledBy: 'slack:U1', settledReason: 'Somebody of ops calls.' }
  const cases = Array.from({ length: 40 }, (_, n) => ({ ...opened('unconfirmed'), ...(n === 1 ? settled : {}) }))
  const { blocks, text } = cardOfMany(cases, setting)
  expect(text).toBe('39 of 40 need somebody')
  expect(blocks.length).toBeLessThanOrEqual(50)
  expect(JSON.stringify(blocks).length).toBeLessThan(12_200)
  const rows = blocks.filter(({ type, text }) => type === 'section' && JSON.stringify(text).includes('Asha')).length
  const buttons = blocks.flatMap((b) =>
    ((b.elements ?? []) as { value: string }[]).map((e) => readButton('secret', e.value)),
  )
  expect(buttons).toHaveLength(2 * (rows - 1))
  expect(buttons[0]).toEqual({ action: 'will_call', participantId: ID, revision: 1 })
  expect(JSON.stringify(blocks.at(-1))).toContain(`and ${40 - rows} more`)
  expect(rows).toBeGreaterThanOrEqual(15)
})

test('a row about somebody missing has a verdict for each person', () => {
  const { blocks } = cardOfMany([opened('missing'), opened('missing')], setting)
  const buttons = blocks.flatMap((b) =>
    ((b.elements ?? []) as { value: string }[]).map((e) => readButton('secret', e.value)),
  )
  expect(buttons.map((button) => button?.action)).toEqual([
    'came',
    'did_not_come',
    'cannot_tell',
    'came',
    'did_not_come',
    'cannot_tell',
  ])
  expect(new Set(buttons.map((button) => button?.participantId))).toEqual(new Set([ASHA]))
})
