import { clock } from '../times.ts'
import type { TodayAnswer } from './Today.tsx'

/** The day in numbers: what the morning begins with, and then a quiet line above the day. */
export function Summary({ summary, now, zone }: { summary: TodayAnswer['summary']; now: string; zone: string }) {
  const { sessions, unconfirmed, disconnectedCalendars, dueTonight } = summary
  const isMorning = clock(now, zone).startsWith('09:')
  const parts = [
    count(sessions, 'session', 'sessions'),
    unconfirmed > 0 ? `${unconfirmed} unconfirmed` : 'all confirmed',
    ...(disconnectedCalendars > 0 ? [`${count(disconnectedCalendars, 'calendar', 'calendars')} disconnected`] : []),
    `${count(dueTonight, 'message', 'messages')} tonight`,
  ]
  return <p className={isMorning ? 'notice' : 'summary soft'}>{parts.join(' · ')}</p>
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`
