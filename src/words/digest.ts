import type { DaySummary } from '../playbook/day.ts'
import type { Card } from './card.ts'

type Setting = { publicUrl: string }

/** The morning message to ops: the day in one line, and below it only what needs somebody. */
export function digest(day: DaySummary, { publicUrl }: Setting): Card {
  const [sessions, ...rest] = summaryWords(day)
  const text = `${day.name}, ${weekday(day.date)}: ${[sessions, ...rest].join(' · ')}`
  const lines = rest.map((line) => `• ${line}`).join('\n') || 'Nothing needs you.'
  const body = `*${escaped(`${day.name}, ${weekday(day.date)}: ${sessions}`)}*\n${lines}\n<${publicUrl}/?programme=${day.programmeId}|Open today>`
  return { text: escaped(text).slice(0, 3000), blocks: [{ type: 'section', text: { type: 'mrkdwn', text: body } }] }
}

/** The number of sessions first; then what is not as it should be, each in words. Zeros are left out. */
export function summaryWords(day: DaySummary): [string, ...string[]] {
  const some = (count: number, one: string, more: string): string[] =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : more}`]
  return [
    `${day.sessions} ${day.sessions === 1 ? 'session' : 'sessions'}`,
    ...some(day.unconfirmed, 'mentee has not answered yet', 'mentees have not answered yet'),
    ...some(day.disconnectedCalendars, 'calendar is disconnected', 'calendars are disconnected'),
    ...some(day.unreachable, 'person cannot be reached', 'people cannot be reached'),
    ...some(day.dueTonight, 'message is due tonight', 'messages are due tonight'),
    ...some(day.openCases, 'open case', 'open cases'),
  ]
}

const weekday = (date: string): string =>
  new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  )

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
