// Why a time is not offered, in the mentor's words; and the pattern that it is drawn in. The first reason gives the pattern.

export type Pattern = 'closed' | 'between' | 'rule' | 'away' | 'taken' | 'busy' | 'room'

export const REASONS: Record<string, readonly [Pattern, string]> = {
  absence: ['away', 'you are away'],
  booking: ['taken', 'a session is booked, or its gap'],
  session: ['taken', 'a group session is on'],
  hold: ['taken', 'a mentee is just deciding about it'],
  calendar: ['busy', 'your Google calendar is busy, or cannot be read'],
  host: ['room', 'no Zoom room is free'],
  closed_day: ['closed', 'the programme is closed on that day'],
  hours: ['closed', 'no hours are open, or what is left of them is too short for a session'],
  grid: ['between', 'sessions begin at other minutes'],
  past: ['closed', 'it is past'],
  notice: ['rule', 'it is sooner than your notice allows'],
  horizon: ['rule', 'it is further ahead than you offer'],
  cap: ['rule', 'you have as many sessions as you take'],
  mentee: ['taken', 'the mentee has another session'],
  dst_gap: ['between', 'the clocks change, and this time is left out'],
}

export const PATTERNS: readonly (readonly [Pattern, string])[] = [
  ['taken', 'booked or held'],
  ['busy', 'busy in Google'],
  ['away', 'away'],
  ['rule', 'notice, horizon, caps'],
  ['room', 'no Zoom room'],
  ['between', 'between two starts'],
  ['closed', 'not open'],
]

const ORDER = Object.keys(REASONS)

export const patternOf = (reasons: readonly string[]): Pattern => {
  const first = ORDER.find((reason) => reasons.includes(reason))
  return first ? (REASONS[first]?.[0] ?? 'closed') : 'closed'
}

export const inWords = (reasons: readonly string[]): string =>
  reasons.map((reason) => REASONS[reason]?.[1] ?? reason.replaceAll('_', ' ')).join('; ')
