import { expect, test } from 'vitest'
import { type Actor, ANONYMOUS, person, SYSTEM } from './actor.ts'
import { type Action, may } from './policy.ts'

const RAVI = person('ravi', [])
const ASHA = person('asha', [])
const OPS = person('olivia', ['ops'])
const OF_RAVI = { people: ['ravi'], related: ['asha'] }
const allowed = (actor: Actor, object: Parameters<typeof may>[2]) =>
  (['see', 'see_whole', 'change', 'change_rights', 'run'] satisfies Action[]).filter(
    (action) => may(actor, action, object) === true,
  )

test('somebody unknown may nothing, and is told to sign in', () => {
  expect(allowed(ANONYMOUS, OF_RAVI)).toEqual([])
  expect(may(ANONYMOUS, 'see', OF_RAVI)).toMatch(/Sign in/)
})

test('a person sees and changes their own, and gives themselves no rights', () => {
  expect(allowed(RAVI, OF_RAVI)).toEqual(['see', 'see_whole', 'change'])
})

test('a mentor knows of their mentee and sees no address', () => {
  expect(allowed(ASHA, OF_RAVI)).toEqual(['see'])
  expect(allowed(person('kim', []), OF_RAVI)).toEqual([])
})

test('ops run the programme but change nobody of ops', () => {
  expect(allowed(OPS, OF_RAVI)).toEqual(['see', 'see_whole', 'change', 'run'])
  expect(allowed(OPS, { people: ['samir'], privileged: true })).toEqual(['see', 'see_whole', 'run'])
  expect(allowed(OPS, { people: ['olivia'], privileged: true })).toContain('change')
})

test('an admin may all', () => {
  expect(allowed(SYSTEM, { people: ['samir'], privileged: true })).toHaveLength(5)
})
