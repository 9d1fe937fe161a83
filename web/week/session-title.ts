import type { WeekSession } from './Week.tsx'

/** "Ravi Shah · Career questions"; of a programme that is not theirs, ops only learn that the time is taken. */
export const titleOf = ({ title, mentees }: WeekSession): string =>
  mentees === null ? 'In another programme' : [mentees.join(', '), title].filter(Boolean).join(' · ')

/** Whatever has a booking and has not begun; the server has the last word. */
export const canMove = (session: WeekSession | undefined, now: string): boolean =>
  session !== undefined && session.bookingId !== null && Date.parse(session.startsAt) > Date.parse(now)
