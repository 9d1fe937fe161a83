import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { csv } from './csv.ts'

test('what people are called comes back as it was, whatever is in it', () => {
  const rows = [
    ['name', 'sessions'],
    ['O’Hara, "Jo"', 'a\nb'],
    ['आशा', ''],
  ]
  expect(parse(csv(rows))).toEqual(rows)
})

test.each(['=1+1', '+49', '-2', '@SUM(A1)', '\tx'])('no spreadsheet runs %j', (text) => {
  expect(parse(csv([[text]]))).toEqual([[`'${text}`]])
})

test('a number of ours stays a number, and nothing stays nothing', () => {
  expect(csv([[-1.5, null, 3]])).toBe('-1.5,,3\r\n')
})
