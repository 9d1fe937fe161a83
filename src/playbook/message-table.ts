import type { Policy } from './policy.ts'

/** One line of what a programme says to whom, and when. Numbers that the programme may set name their setting. */
export type MessageLine = {
  meaning: string
  to: string
  channels: 'both' | 'whatsapp_else_email' | 'slack'
  /** From what its time is counted. */
  from: 'at_once' | 'before_start' | 'after_start' | 'after_end' | 'when_firm'
  due: Setting | null
  lasts: Setting | 'until_start' | 'fixed_24_hours' | 'until_verdict_is_closed'
  /** Goes out in the night, too. */
  exempt: 'always' | 'never' | 'near_the_session'
}
export type Setting = { field: string; value: number; unit: 'minutes' | 'hours' }

/** The messages of a session under this policy, in the order in which they would come. */
export function messageTable({ reminders, confirmation, rescue, attendance, followUp }: Policy): MessageLine[] {
  const minutes = (field: string, value: number): Setting => ({ field, value, unit: 'minutes' })
  const hours = (field: string, value: number): Setting => ({ field, value, unit: 'hours' })
  const nudgeAfter = minutes('rescue.nudgeAfterMinutes', rescue.nudgeAfterMinutes)
  const choicesAfter = minutes('rescue.choicesAfterMinutes', rescue.choicesAfterMinutes)
  const waits = minutes('rescue.waitingLastsMinutes', rescue.waitingLastsMinutes)
  const tier = (name: keyof Policy['reminders'], meaning: string, exempt: 'always' | 'never'): MessageLine => ({
    meaning,
    to: 'everybody expected',
    channels: 'both',
    from: 'before_start',
    due: minutes(`reminders.${name}.minutesBefore`, reminders[name].minutesBefore),
    lasts: minutes(`reminders.${name}.lastsMinutes`, reminders[name].lastsMinutes),
    exempt,
  })
  return [
    {
      meaning: 'Booked, moved, cancelled',
      to: 'everybody expected',
      channels: 'both',
      from: 'at_once',
      due: null,
      lasts: 'until_start',
      exempt: 'near_the_session',
    },
    tier('4_HOURS', 'First reminder; asks the mentee to confirm', 'never'),
    {
      meaning: 'Card: not confirmed',
      to: 'ops',
      channels: 'slack',
      from: 'before_start',
      due: minutes('confirmation.cardMinutesBefore', confirmation.cardMinutesBefore),
      lasts: 'until_start',
      exempt: 'always',
    },
    tier('30_MINUTES', 'Second reminder', 'always'),
    tier('5_MINUTES', 'Last reminder', 'always'),
    {
      meaning: 'Nudge: somebody waits for you',
      to: 'who is missing',
      channels: 'whatsapp_else_email',
      from: 'after_start',
      due: nudgeAfter,
      lasts: minutes('rescue.nudgeLastsMinutes', rescue.nudgeLastsMinutes),
      exempt: 'always',
    },
    {
      meaning: 'Whom we reached, and how',
      to: 'who waits',
      channels: 'whatsapp_else_email',
      from: 'after_start',
      due: nudgeAfter,
      lasts: waits,
      exempt: 'always',
    },
    {
      meaning: 'Wait, shorten, move or leave?',
      to: 'who waits',
      channels: 'whatsapp_else_email',
      from: 'after_start',
      due: choicesAfter,
      lasts: waits,
      exempt: 'always',
    },
    {
      meaning: 'Nobody is there: what happened?',
      to: 'everybody expected',
      channels: 'both',
      from: 'after_start',
      due: choicesAfter,
      lasts: minutes('rescue.nobodyLastsMinutes', rescue.nobodyLastsMinutes),
      exempt: 'always',
    },
    {
      meaning: 'Card: missing',
      to: 'ops',
      channels: 'slack',
      from: 'after_start',
      due: minutes('attendance.provisionalAfterMinutes', attendance.provisionalAfterMinutes),
      lasts: 'until_verdict_is_closed',
      exempt: 'always',
    },
    {
      meaning: 'Correction of what we said last',
      to: 'who was told',
      channels: 'both',
      from: 'at_once',
      due: null,
      lasts: 'fixed_24_hours',
      exempt: 'near_the_session',
    },
    {
      meaning: 'Did it take place?',
      to: 'everybody expected',
      channels: 'both',
      from: 'after_end',
      due: minutes('followUp.askAfterEndMinutes', followUp.askAfterEndMinutes),
      lasts: hours('followUp.lastsHours', followUp.lastsHours),
      exempt: 'never',
    },
    {
      meaning: 'We missed you, with three free times',
      to: 'who was absent for certain',
      channels: 'both',
      from: 'when_firm',
      due: null,
      lasts: hours('followUp.lastsHours', followUp.lastsHours),
      exempt: 'never',
    },
  ]
}
