import { record, text, type WebhookOutcome } from '../webhooks.ts'

export type ZoomEvent = {
  event: string
  /** Zoom's meeting number as text: it comes as a number in some events and as text in others. */
  meetingId: string
  uuid: string | null
  occurredAt: Temporal.Instant
  /** As it came: every field may be absent or empty. */
  participant: Record<string, unknown> | null
  object: Record<string, unknown>
}

export type ReadEvent = { outcome: WebhookOutcome; event: string; told: ZoomEvent | null }

/** The article's whitelist, and what it needed besides: leaving and the end are evidence as well. */
const WATCHED = new Set([
  'meeting.started',
  'meeting.ended',
  'meeting.participant_joined',
  'meeting.participant_left',
  'meeting.participant_joined_waiting_room',
  'meeting.participant_left_waiting_room',
  'meeting.participant_put_in_waiting_room',
  'meeting.participant_admitted',
  'meeting.participant_jbh_joined',
  'meeting.participant_jbh_waiting',
  'meeting.participant_jbh_waiting_left',
])

/**
 * Two age limits, for two different things. The signature's timestamp may be 2 h old (an older one is answered 401): Zoom
 * repeats an event until 85 minutes after it, perhaps with the first timestamp. The event itself, freshly signed, may tell
 * of the last 48 h: after that no verdict can change, so it is kept without effect.
 */
const ANCIENT = { hours: 48 }

/**
 * Reads a rightly signed body. Every field but the meeting's number is optional: recorded payloads lack each of them.
 * `zoomAccount` is ours; an event that names another one is foreign.
 */
export function readZoomEvent(body: unknown, zoomAccount: string | undefined, now: Temporal.Instant): ReadEvent {
  const root = record(body)
  const event = text(root?.event, 200)
  const payload = record(root?.payload)
  if (!root || !event || !payload) return { outcome: 'malformed', event: event ?? 'malformed', told: null }

  const account = text(payload.account_id)
  if (zoomAccount && account && account !== zoomAccount) return { outcome: 'foreign', event, told: null }
  if (!WATCHED.has(event)) return { outcome: 'unknown', event, told: null }

  const object = record(payload.object)
  const meetingId = text(object?.id, 64)
  if (!object || !meetingId) return { outcome: 'malformed', event, told: null }

  const sentAt = epoch(root.event_ts, now)
  const participant = record(object.participant) ?? record(payload.participant)
  const occurredAt = happened(event, object, participant, now) ?? sentAt ?? now
  const told: ZoomEvent = {
    event,
    meetingId: meetingId.replace(/\s/g, ''),
    uuid: text(object.uuid, 200) ?? null,
    occurredAt,
    participant: participant ?? null,
    object,
  }
  const ancient = Temporal.Instant.compare(sentAt ?? occurredAt, now.subtract(ANCIENT)) < 0
  return { outcome: ancient ? 'ancient' : 'accepted', event, told }
}

// The time in the payload, not of the delivery: a repeated "left" may come after the next "joined". The three jbh events
// carry no time of their own, so the envelope's must do.
function happened(
  event: string,
  object: Record<string, unknown>,
  participant: Record<string, unknown> | undefined,
  now: Temporal.Instant,
): Temporal.Instant | undefined {
  const told =
    event === 'meeting.started'
      ? object.start_time
      : event === 'meeting.ended'
        ? object.end_time
        : (participant?.join_time ?? participant?.leave_time ?? participant?.date_time)
  return plausible(instant(told), now)
}

function instant(value: unknown): Temporal.Instant | undefined {
  if (typeof value !== 'string') return undefined
  try {
    return Temporal.Instant.from(value)
  } catch {
    return undefined
  }
}

function epoch(value: unknown, now: Temporal.Instant): Temporal.Instant | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0 || value > 8.64e15) return undefined
  return plausible(Temporal.Instant.fromEpochMilliseconds(Math.trunc(value)), now)
}

// Clocks differ by minutes, not by days: what lies far ahead is no time at which something happened.
const plausible = (at: Temporal.Instant | undefined, now: Temporal.Instant): Temporal.Instant | undefined =>
  at && Temporal.Instant.compare(at, now.add({ hours: 24 })) < 0 ? at : undefined
