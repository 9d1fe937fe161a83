import { expect, test } from 'vitest'
import { readArguments } from './arguments.ts'

const OPTIONS = { days: { type: 'string', default: '90' } } as const

test('what a command takes is read, wherever the options stand', () => {
  const { values, positionals } = readArguments(['--days', '7', 'reports'], 1, OPTIONS)
  expect([values.days, positionals]).toEqual(['7', ['reports']])
  expect(readArguments([], 0, {}).positionals).toEqual([])
  expect(readArguments(['--', '--days'], 1, OPTIONS).positionals).toEqual(['--days'])
})

test('an option or a word that a command does not know is refused by its name', () => {
  expect(() => readArguments(['--bogus'], 0, {})).toThrow(/^This command has no option "--bogus"\. With --help/)
  expect(() => readArguments(['a', '-x', 'b'], 1, OPTIONS)).toThrow('This command has no option "-x"')
  expect(() => readArguments(['a', 'b'], 1, OPTIONS)).toThrow('This command does not know what to do with "b"')
  expect(() => readArguments(['extra'], 0, {})).toThrow('"extra"')
})
