import { expect, test } from 'vitest'
import { type Actor, ANONYMOUS, person, SYSTEM } from './actor.ts'
import { type Action, may, runs } from './policy.ts'

const RAVI = person('ravi', [])
const ASHA = person('asha', [])
const OPS = person('olivia', ['ops'], ['spring'])
const OF_RAVI = { people: ['ravi'], related: ['asha'], programmes: ['spring'] }
const ALL = ['see', 'see_whole', 'change', 'hand_out', 'change_rights', 'run', 'found'] satisfies Action[]
const allowed = (actor: Actor, object: Parameters<typeof may>[2]) =>
  ALL.filter((action) => may(actor, action, object) === true)

test('somebody unknown may nothing, and is told to sign in', () => {
  expect(allowed(ANONYMOUS, OF_RAVI)).toEqual([])
  expect(may(ANONYMOUS, 'see', OF_RAVI)).toMatch(/Sign in/)
})

test('a person sees and changes their own, and gives themselves no rights', () => {
  expect(allowed(RAVI, OF_RAVI)).toEqual(['see', 'see_whole', 'change', 'hand_out'])
})

test('a mentor knows of their mentee and sees no address', () => {
  expect(allowed(ASHA, OF_RAVI)).toEqual(['see'])
  expect(allowed(person('kim', []), OF_RAVI)).toEqual([])
})

test('ops run their programme but change nobody of ops', () => {
  expect(allowed(OPS, OF_RAVI)).toEqual(['see', 'see_whole', 'change', 'hand_out', 'run', 'found'])
  const samir = { people: ['samir'], programmes: ['spring'], privileged: true }
  expect(allowed(OPS, samir)).toEqual(['see', 'see_whole', 'run', 'found'])
  expect(allowed(OPS, { people: ['olivia'], programmes: ['spring'], privileged: true })).toContain('change')
})

test('ops of another programme may nothing with it, but make one of their own', () => {
  expect(allowed(person('oscar', ['ops'], ['autumn']), OF_RAVI)).toEqual(['found'])
  expect(allowed(person('nobody-yet', ['ops']), OF_RAVI)).toEqual(['found'])
})

test('somebody in two programmes is seen by ops of both, and handed out by who works for both', () => {
  const both = { people: ['ravi'], programmes: ['spring', 'autumn'] }
  expect(allowed(OPS, both)).toEqual(['see', 'see_whole', 'change', 'run', 'found'])
  expect(may(OPS, 'hand_out', both)).toMatch(/not yours: ask an admin/)
  expect(may(person('mo', ['ops'], ['spring', 'autumn']), 'hand_out', both)).toBe(true)
})

test('somebody who is in no programme yet is for ops of any, not for ops of none', () => {
  expect(allowed(OPS, { people: ['new'], programmes: [] })).toContain('change')
  expect(allowed(person('nobody-yet', ['ops']), { people: ['new'], programmes: [] })).toEqual(['found'])
})

test('what belongs to no programme is for who works for the whole installation', () => {
  expect(runs(OPS, null)).toBe(false)
  expect(runs(OPS, 'spring')).toBe(true)
  expect(runs({ ...OPS, programmes: 'all' }, null)).toBe(true)
  expect(runs(SYSTEM, null)).toBe(true)
})

test('an admin may all', () => {
  expect(allowed(SYSTEM, { people: ['samir'], privileged: true })).toEqual(ALL)
})
