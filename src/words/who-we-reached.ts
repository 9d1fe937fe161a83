import { cut } from '../cut.ts'
import { isElsewhere, wrote } from '../playbook/attendance.ts'
import { answerOf } from '../playbook/confirmation.ts'
import type { Participant, SessionFacts } from '../playbook/facts.ts'
import type { Language } from './catalogue.ts'
import { say } from './times.ts'

/** For who waits: what the others have said, else whom we reached and how. Never an address or a number. */
export const reached = (facts: SessionFacts, others: Participant[], language: Language): string =>
  others.map((person) => reachedOne(facts, person, language)).join(' ')

function reachedOne(facts: SessionFacts, person: Participant, language: Language): string {
  const name = person.name
  const said = wrote(facts, person).at(-1)
  if (said?.meaning === 'late_5' || said?.meaning === 'late_10')
    return say(language, 'saysLate', { name, minutes: said.meaning === 'late_5' ? 5 : 10 })
  if (said?.meaning === 'cant_come') return say(language, 'saysCantCome', { name })
  if (said?.meaning === 'message' && said.text)
    return say(language, 'wrote', { name, text: cut(said.text.replace(/\s+/g, ' '), 120) })
  if (isElsewhere(facts, person)) return say(language, 'elsewhere', { name })

  const nudges = facts.deliveries.filter(
    (d) => d.meaning === 'nudge' && d.recipientId === person.accountId && d.channel !== 'slack',
  )
  const channels = nudges
    .filter((d) => !['failed', 'suppressed', 'expired', 'withdrawn', 'quarantined'].includes(d.state))
    .map((d) => {
      const channel = say(language, d.channel)
      return d.state === 'delivered' || d.state === 'read' ? say(language, 'delivered', { channel }) : channel
    })
  return channels.length > 0
    ? say(language, 'reachedBy', { name, channels: channels.join(', ') })
    : say(language, 'notReached', { name })
}

/** For a mentor's reminder: what the other side has answered. */
export function answerStatus(facts: SessionFacts, others: Participant[], language: Language): string {
  const said = others.flatMap((person) => {
    const answer = answerOf(facts, person.id)
    return answer ? [say(language, PHRASES[answer.meaning] ?? 'noAnswer', { name: person.name })] : []
  })
  return said.join(' ') || say(language, 'noAnswer')
}

const PHRASES: Record<string, string> = { coming: 'confirmed', cant_come: 'declined', wants_to_move: 'wantsToMove' }
