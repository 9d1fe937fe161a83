import type { InboxItem } from '../inbox.ts'
import type { Stage } from './stage.ts'

/** What a message meant: 'reminder 4_HOURS', 'booked', 'nudge'; of a Slack card the kind of its case. */
export function meaningOf({
  effectKey,
  template,
  channel,
}: Pick<InboxItem, 'effectKey' | 'template' | 'channel'>): string {
  if (channel === 'slack') return template ?? 'card'
  const [, meaning] = /^(.*):[0-9a-f-]{36}@\d+$/.exec(effectKey ?? '') ?? []
  return meaning?.replaceAll(':', ' ') ?? template ?? 'message'
}

type Wanted = {
  to: string
  session?: string | undefined
  meaning?: string | undefined
  channel?: string | undefined
  says?: string | undefined
  from?: string | undefined
  until?: string | undefined
}

/** Messages that the vendors accepted and that fit the question, oldest first. */
export async function messagesLike(stage: Stage, wanted: Wanted): Promise<InboxItem[]> {
  const personId = wanted.to === 'ops' ? null : stage.person(wanted.to).id
  const sessionId = wanted.session ? stage.session(wanted.session).id : null
  const from = wanted.from ? await stage.instantNow(wanted.from) : null
  const until = wanted.until ? await stage.instantNow(wanted.until) : null
  return (await stage.inbox()).filter((item) => {
    if (personId === null ? item.channel !== 'slack' : item.personId !== personId || item.channel === 'slack')
      return false
    if (sessionId && item.sessionId !== sessionId) return false
    if (wanted.meaning && meaningOf(item) !== wanted.meaning) return false
    if (wanted.channel && item.channel !== wanted.channel) return false
    if (wanted.says && !`${item.subject ?? ''} ${item.text}`.includes(wanted.says)) return false
    const at = Temporal.Instant.from(item.at)
    return (!from || Temporal.Instant.compare(at, from) >= 0) && (!until || Temporal.Instant.compare(at, until) <= 0)
  })
}

/** For a reader: "reminder 4_HOURS by whatsapp at 08:00". */
export const listed = (items: InboxItem[]): string =>
  items.length === 0
    ? 'no message'
    : items
        .map((item) => `${meaningOf(item)} by ${item.channel} at ${item.at.slice(5, 16).replace('T', ' ')} UTC`)
        .join(', ')
