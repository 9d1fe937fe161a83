import { expect, test } from 'vitest'
import type { Refusal } from '../errors.ts'
import { DEFAULT_POLICY, policyOf } from './policy.ts'

test('nothing set is the article’s playbook', () => {
  expect(policyOf({})).toEqual(DEFAULT_POLICY)
  expect(policyOf(null)).toEqual(DEFAULT_POLICY)
})

test('one number is overridden, the rest stays', () => {
  expect(policyOf({ reminders: { '30_MINUTES': { lastsMinutes: 9 } } }).reminders['30_MINUTES']).toEqual({
    minutesBefore: 30,
    lastsMinutes: 9,
  })
})

test.each([
  [{ reminders: { '30_MINUTES': { lastsMinutes: -1 } } }, 'reminders.30_MINUTES.lastsMinutes'],
  [{ nonsense: 1 }, 'nonsense'],
  [{ quiet: { hours: { from: '25:00', to: '08:00' } } }, 'quiet.hours.from'],
  [{ caps: { perDay: 3 } }, 'caps.perDay'],
  ['all', 'settings'],
])('%j is refused by the name of the field', (settings, field) => {
  try {
    policyOf(settings)
    expect.unreachable()
  } catch (error) {
    expect((error as Refusal).details.errors).toEqual(expect.arrayContaining([expect.objectContaining({ field })]))
  }
})
