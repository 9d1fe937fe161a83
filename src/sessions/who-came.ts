import type { SessionFacts } from '../playbook/facts.ts'
import { identify, type KnownBy, LEAVING } from '../playbook/participants.ts'
import type { Entry } from './timeline.ts'

export type Came = { personId: string; by: KnownBy }

/** For an entry about the room: who of the expected people it was, and by which sign they were known; null for nobody of them. */
export function whoCame(facts: SessionFacts): (entry: Entry) => Came | null {
  const seen = facts.roomEvents.flatMap((event) =>
    event.participant
      ? [
          {
            event,
            sighting: {
              person: event.participant,
              uuid: event.uuid,
              at: event.occurredAt,
              leaving: LEAVING.has(event.event as never),
            },
          },
        ]
      : [],
  )
  const { joinerOf } = identify(
    facts,
    seen.map(({ sighting }) => sighting),
  )
  const found = new Map<string, Came>()
  for (const { event, sighting } of seen) {
    const { participantId, by } = joinerOf.get(sighting) ?? {}
    const personId = facts.participants.find(({ id }) => id === participantId)?.accountId
    if (personId && by) found.set(keyOf(event.occurredAt.toString(), event.event, event.participant), { personId, by })
  }
  return (entry) =>
    entry.kind === 'meeting_event' ? (found.get(keyOf(entry.at, entry.state, entry.evidence as Sign)) ?? null) : null
}

type Sign = { userId?: string; participantUuid?: string; name?: string } | null | undefined

const keyOf = (at: string, event: string, sign: Sign): string =>
  `${at} ${event} ${sign?.userId ?? ''} ${sign?.participantUuid ?? ''} ${sign?.name ?? ''}`
