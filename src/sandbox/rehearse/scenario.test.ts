import { expect, test } from 'vitest'
import { readMoment } from './moment.ts'
import { readScenario } from './scenario.ts'

const mistakes = (steps: object[]): string => {
  try {
    readScenario(JSON.stringify({ about: 'a', stories: [{ story: 'One', steps }] }))
    return 'none'
  } catch (error) {
    return (error as Error).message
  }
}
const who = { mentor: 'a@example.com', mentee: 'b@example.com' }

test('a moment is an instant, a wall clock in a zone, or so long before or after a session', () => {
  expect(readMoment('2026-03-24T14:30[Asia/Kolkata]')).toEqual({ at: Temporal.Instant.from('2026-03-24T09:00Z') })
  expect(readMoment('2026-03-24T09:00Z')).toEqual({ at: Temporal.Instant.from('2026-03-24T09:00Z') })
  expect(readMoment('first -4h')).toEqual({ session: 'first', edge: 'start', offset: Temporal.Duration.from('-PT4H') })
  expect(readMoment('first end +90m')).toEqual({
    session: 'first',
    edge: 'end',
    offset: Temporal.Duration.from('PT90M'),
  })
})

test('a wall clock that does not exist on the Sunday of the change is no moment', () => {
  expect(readMoment('2026-03-29T01:30[Europe/London]')).toBeNull()
  expect(readMoment('next tuesday')).toBeNull()
})

test('every mistake is named by its story and step, all of them at once', () => {
  const said = mistakes([
    { book: { ...who, startsAt: 'soon' } },
    { leave: { session: 'x', person: 'p' }, join: { session: 'x', person: 'p' } },
    { expect: 'Something' },
    { sent: { to: 'ops' } },
    { expect: 'A verdict', verdict: { session: 'x', person: 'b@example.com', verdict: 'absent', colour: 'red' } },
  ])
  expect(said).toContain('"One" step 1 (startsAt): must be like 2026-03-24T09:00Z')
  expect(said).toContain('"One" step 2 (join): one act a step')
  expect(said).toContain('"One" step 3 (expect): needs at least one of')
  expect(said).toContain('"One" step 4 (expect): must say in a sentence')
  expect(said).toContain('"One" step 2 (session): nothing in this scenario is called "x"')
  expect(said).toContain('"One" step 5 (verdict')
})

test('two sessions cannot have one name', () => {
  const book = { book: { ...who, startsAt: '2026-03-24T09:00Z' }, as: 'same' }
  expect(mistakes([book, book])).toContain('"same" is already the name of "One" step 1')
})
