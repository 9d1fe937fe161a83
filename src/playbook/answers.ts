/** What can be answered with one press: on a message, in a mail, on a page. What somebody types is a 'message'. */
export const ANSWERS = [
  'coming',
  'cant_come',
  'wants_to_move',
  'late_5',
  'late_10',
  'wait',
  'shorten',
  'leave',
  'was_there',
  'took_place',
  'did_not_take_place',
] as const

export type Answer = (typeof ANSWERS)[number]

export const isAnswer = (text: string): text is Answer => (ANSWERS as readonly string[]).includes(text)
