import { describe, expect, test } from 'vitest'
import { askedBy, interpret, interpretUnasked } from './interpret.ts'
import { asksToStop } from './opt-out.ts'

describe('an answer to "will you be there?"', () => {
  test.each([
    'yes',
    'Yes!',
    'ok',
    'OK 👍🏽',
    'haan ji',
    'हाँ',
    'ji haan, main aaunga',
    'Coming',
    'sure, thank you',
    '✅',
  ])('"%s" is a yes', (text) => {
    expect(interpret(text, 'coming')).toBe('coming')
  })
  test.each([
    'no',
    'Nahi',
    'नहीं',
    '👎',
    "I can't make it",
    'I won’t be able to attend',
    'sorry cannot join today',
    'not coming',
  ])('"%s" is a no', (text) => {
    expect(interpret(text, 'coming')).toBe('cant_come')
  })
  test.each([
    ['can we reschedule?', 'wants_to_move'],
    ['running 5 min late', 'late_5'],
    ['will be 10 minutes late', 'late_10'],
    ['no problem', 'message'],
    ["I can't wait!", 'message'],
    ['yes but who is the mentor?', 'message'],
    ['yes no', 'message'],
    ['running 40 minutes late', 'message'],
    ['hello', 'message'],
    ['', 'message'],
    ['yes '.repeat(60), 'message'],
  ])('"%s" is read as %s', (text, meaning) => {
    expect(interpret(text, 'coming')).toBe(meaning)
  })
})

test('"yes" means what was asked', () => {
  expect(askedBy('reminder 4_HOURS')).toBe('coming')
  expect(interpret('yes', askedBy('took_place'))).toBe('took_place')
  expect(interpret('no', askedBy('took_place'))).toBe('did_not_take_place')
  expect(interpret('yes', askedBy('follow_up'))).toBe('was_there')
  expect(interpret('yes', askedBy('waiting'))).toBe('message')
})

test('what answers nothing is understood only as a whole sentence', () => {
  expect(interpretUnasked('no')).toBe('message')
  expect(interpretUnasked("can't make it today, sorry")).toBe('cant_come')
})

test('only a message that says nothing else asks to stop', () => {
  expect(['Stop', ' STOP ALL. ', 'Стоп', 'إلغاء الاشتراك'].map(asksToStop)).toEqual([true, true, true, true])
  expect(['please stop by at six', 'cancel', 'do not stop'].map(asksToStop)).toEqual([false, false, false])
})
