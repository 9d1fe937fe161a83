/** How the policy's own words are said to people. Bounds and rules are the server's. */
export const WAYS = { both: 'WhatsApp and email', whatsapp_else_email: 'WhatsApp, else email', slack: 'Slack' } as const

export const FROM = {
  at_once: 'at once',
  before_start: 'before the start',
  after_start: 'after the start',
  after_end: 'after the end',
  when_firm: 'when it is certain',
} as const

export const UNTIL = {
  until_start: 'until the start',
  fixed_24_hours: '24 h',
  until_verdict_is_closed: 'until nobody can object any more',
} as const

export const NIGHT = {
  always: 'goes out',
  never: 'before or after the quiet hours',
  near_the_session: 'goes out if the session is near',
} as const

type Kind = 'number' | 'time' | readonly string[]
export const OTHERS: readonly (readonly [string, readonly (readonly [string, string, Kind])[]])[] = [
  [
    'Booking',
    [
      ['booking.holdMinutes', 'A chosen time is kept, minutes', 'number'],
      ['booking.noticeHours', 'Notice before a session, hours', 'number'],
      ['booking.horizonDays', 'Bookable ahead, days', 'number'],
      ['booking.lateCancelHours', 'A cancellation is late within, hours', 'number'],
    ],
  ],
  [
    'Attendance',
    [
      ['attendance.provisionalAfterMinutes', 'First verdict after the start, minutes', 'number'],
      ['attendance.firmAfterEndMinutes', 'Certain after the end, minutes', 'number'],
      ['attendance.lateAfterMinutes', 'Late after, minutes', 'number'],
      ['attendance.leftEarlyMinutes', 'Left early by, minutes', 'number'],
      ['attendance.correctionHours', 'A verdict may change for, hours', 'number'],
      ['attendance.overDays', 'Missed sessions are counted over, days', 'number'],
      ['attendance.warnAt', 'Write to them at, missed sessions', 'number'],
      ['attendance.proposePauseAt', 'Propose a pause at, missed sessions', 'number'],
    ],
  ],
  [
    'Quiet and limits',
    [
      ['quiet.changeExemptHours', 'A change this near is told at night, too, hours', 'number'],
      ['quiet.beforeStartMinutes', 'Nothing else before a session, minutes', 'number'],
      ['quiet.afterEndMinutes', 'Nothing else after a session, minutes', 'number'],
      ['caps.perSessionRevision', 'Messages about one session, at most', 'number'],
      ['caps.otherPerDay', 'Other messages a day, at most', 'number'],
    ],
  ],
  [
    'Calendar and ops',
    [
      ['calendar.differences', 'When an event is changed in Google', ['ask', 'apply', 'restore']],
      ['ops.digestAt', 'Summary of the day at', 'time'],
    ],
  ],
]
