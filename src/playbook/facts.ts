import type { Answer } from './answers.ts'
import type { Policy } from './policy.ts'

/**
 * Everything the playbook may look at. Loaded in one snapshot, never changed by it. All instants are UTC.
 * Order of lists is by time of happening (`occurredAt`, `saidAt`, `decidedAt`), never by arrival.
 */
export type SessionFacts = {
  session: SessionFact
  policy: Policy
  /** When each version of the programme's policy was saved; the newest is `policy`. */
  policySavedAt: Temporal.Instant
  /** Who is expected, and who was (`leftAt` set: moved away by a merge, or succeeded). */
  participants: Participant[]
  /** Every time and room the session had, oldest first. */
  revisions: Revision[]
  ledger: LedgerEntry[]
  deliveries: DeliveryFact[]
  replies: Reply[]
  roomEvents: RoomEvent[]
  reports: RoomReport[]
  joinClicks: { participantId: string; at: Temporal.Instant }[]
  /** Verdicts already on record, oldest first; the last of a participant is the current one. */
  verdicts: VerdictFact[]
  /** Times in which Zoom's events could not reach us. */
  gaps: { from: Temporal.Instant; to: Temporal.Instant | null }[]
  /** Participants seen in another of our rooms: still busy in the session before. */
  elsewhere: { participantId: string; sessionId: string; since: Temporal.Instant; until: Temporal.Instant | null }[]
  /** The allotted Zoom host: its user ids, and the account it belongs to when it is a mentor's own. */
  host: { zoomUserIds: string[]; accountId: string | null } | null
  /** E-mail domains (exact) of mentors' institutions: weak evidence (PUNCTUAL_HOST_DOMAINS). */
  hostDomains: string[]
  mirrors: MirrorFact[]
  cases: CaseFact[]
  /** Up to three next free times of the mentor, for follow-ups and moves. Empty when not asked for. */
  freeTimes: { startsAt: Temporal.Instant; endsAt: Temporal.Instant }[]
  merges: {
    mergeId: string
    sessionId: string
    survivorId: string
    /** Accounts that came to the survivor from this session; the others were in it already. */
    arrived: string[]
    mergedAt: Temporal.Instant
    undoneAt: Temporal.Instant | null
  }[]
}

export type SessionFact = {
  id: string
  programmeId: string
  programmeName: string
  kind: 'mentorship' | 'group'
  title: string | null
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
  room: 'zoom' | 'meet'
  /** Counts changes of time or room. */
  revision: number
  /** When the current revision was made. */
  scheduledAt: Temporal.Instant
  createdAt: Temporal.Instant
  publishedAt: Temporal.Instant | null
  cancelledAt: Temporal.Instant | null
  cancelledBy: string | null
  cancelReason: string | null
  mergedInto: string | null
  calendarUncheckedAt: Temporal.Instant | null
}

export type Role = 'mentor' | 'mentee'
export type Channel = 'whatsapp' | 'email'

export type Participant = {
  id: string
  accountId: string
  role: Role
  name: string
  email: string
  /** E.164; null when unknown. */
  phone: string | null
  aliases: string[]
  timeZone: string
  locale: string
  /** Where this person can be reached now: wanted, with an address, with consent, not known to be dead. */
  channels: Channel[]
  quiet: { from: string; to: string }
  bookingId: string | null
  joinedAt: Temporal.Instant
  leftAt: Temporal.Instant | null
  cameFrom: string | null
  /** From the registrant mirror: the identity that survives leave and rejoin. */
  registrantId: string | null
  /** Zoom user ids linked to the account (a mentor's own host). */
  zoomUserIds: string[]
  /** Messages other than tiers, changes, rescues and corrections this person got today (their own date). */
  otherMessagesToday: number
  /** This person's connected calendar, if any. */
  calendar: { connectionId: string; broken: boolean } | null
}

export type Revision = {
  revision: number
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
  room: 'zoom' | 'meet'
  madeAt: Temporal.Instant
  madeBy: string
  cause: 'booked' | 'published' | 'rescheduled' | 'room' | 'merged' | 'unmerged'
}

export type LedgerEntry = {
  key: string
  meaning: string
  decision: 'send' | 'skipped' | 'expired'
  reason: string | null
  recipientId: string | null
  dueAt: Temporal.Instant
  expiresAt: Temporal.Instant
  decidedAt: Temporal.Instant
  detail: Record<string, unknown>
}

export type DeliveryState =
  | 'pending'
  | 'claimed'
  | 'accepted'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'unknown'
  | 'expired'
  | 'suppressed'
  | 'withdrawn'
  | 'quarantined'

export type DeliveryFact = {
  key: string
  meaning: string
  channel: Channel | 'slack'
  recipientId: string | null
  state: DeliveryState
  reason: string | null
  createdAt: Temporal.Instant
  acceptedAt: Temporal.Instant | null
  deliveredAt: Temporal.Instant | null
  failedAt: Temporal.Instant | null
}

export type ReplyMeaning = Answer | 'message'

export type Reply = {
  participantId: string
  /** The session revision the question spoke of. */
  revision: number
  meaning: ReplyMeaning
  channel: 'whatsapp' | 'email' | 'page' | 'ops'
  text: string | null
  saidAt: Temporal.Instant
  receivedAt: Temporal.Instant
}

/** One Zoom webhook about this session's room (or an old room that redirects here). */
export type RoomEvent = {
  id: string
  /** 'meeting.started', 'meeting.participant_joined', 'meeting.participant_joined_waiting_room' ... */
  event: string
  occurredAt: Temporal.Instant
  receivedAt: Temporal.Instant
  meetingId: string
  uuid: string | null
  /** Every field may be absent or empty (contracts of Zoom). */
  participant: RoomPerson | null
}

export type RoomPerson = {
  name?: string
  email?: string
  /** Zoom's user id of a signed-in account; '' or absent for guests. */
  id?: string
  userId?: string
  participantUserId?: string
  participantUuid?: string
  registrantId?: string
  phoneNumber?: string
  customerKey?: string
}

export type RoomReport = {
  uuid: string
  fetchedAt: Temporal.Instant
  rows: { person: RoomPerson; joinedAt: Temporal.Instant; leftAt: Temporal.Instant; waitingRoom: boolean }[]
}

export type Verdict = 'present' | 'late' | 'left_early' | 'absent' | 'cannot_tell'
export type VerdictStage = 'provisional' | 'firm' | 'corrected'

export type VerdictFact = {
  participantId: string
  version: number
  verdict: Verdict
  stage: VerdictStage
  evidence: Record<string, unknown>
  decidedAt: Temporal.Instant
  /** 'plan', or who of ops judged: a person's word stands until a person changes it. */
  decidedBy: string
  reason: string | null
}

export type MirrorFact = {
  kind: 'meeting' | 'registrant' | 'calendar_event' | 'slack_card'
  key: string
  ownerId: string | null
  wanted: Record<string, unknown> | null
  applied: Record<string, unknown> | null
  remoteId: string | null
  failures: number
  lastError: string | null
  wantedAt: Temporal.Instant
}

export type CaseFact = {
  id: string
  kind: string
  key: string
  openedAt: Temporal.Instant
  settledAt: Temporal.Instant | null
  settledBy: string | null
  detail: Record<string, unknown>
}

// ------------------------------------------------------------------ what the playbook answers

/** One thing to say to one person (or to the ops channel), once. */
export type Message = {
  /** `meaning:participantId@session.revision`, never a channel, template or policy version. */
  key: string
  /** 'booked', 'moved', 'cancelled', 'reminder 4_HOURS', 'nudge', 'waiting', 'nobody', 'correction', 'follow_up' ... */
  meaning: string
  participantId: string | null
  /** The account; null for the ops channel. */
  recipientId: string | null
  /** 'both' channels at once, the first that works, or the ops channel. */
  way: 'both' | 'whatsapp_else_email' | 'email_else_whatsapp'
  /** Name of the template, e.g. MENTORSHIP_SESSION_REMINDER_30_MINUTES_TO_MENTOR. */
  template: string
  dueAt: Temporal.Instant
  expiresAt: Temporal.Instant
  /** Exempt from quiet hours. */
  exempt: boolean
  /** What the words need and facts may no longer say later (old time, corrected key). Small JSON. */
  detail: Record<string, unknown>
}

export type Decision = {
  message: Message
  decision: 'send' | 'skipped' | 'expired'
  reason: string | null
  channels: Channel[]
}

/** A state wanted at a vendor; `wanted: null` means gone. JSON only, no links, no secrets. */
export type MirrorWish = {
  kind: 'meeting' | 'registrant' | 'calendar_event'
  key: string
  ownerId: string | null
  wanted: Record<string, unknown> | null
  /** Nothing is deleted at the vendor before this (a merged-away meeting). */
  keepUntil: Temporal.Instant | null
}

/** A case that should be open, with what its card says; or one that a fact has settled. */
export type CaseWish = {
  kind: string
  key: string
  participantId: string | null
  title: string
  detail: Record<string, unknown>
  /** The card is not posted after this. */
  expiresAt: Temporal.Instant | null
  /** Set when a fact settled it: the sentence that the card then shows. */
  settled: string | null
}

export type VerdictWish = Omit<VerdictFact, 'version' | 'decidedAt' | 'decidedBy'>

/** Everything one look at the facts decides. The effects room stores it in one transaction. */
export type Settlement = {
  decisions: Decision[]
  /** A decided message gets a further channel: the first one failed and there is still time. */
  fallbacks: { key: string; channel: Channel }[]
  /** Queued deliveries that must not go out any more. */
  withdrawn: { key: string; reason: string }[]
  verdicts: VerdictWish[]
  mirrors: MirrorWish[]
  cases: CaseWish[]
  /** When the plan next has something to decide; null = only a new fact can wake it. */
  wakeAt: Temporal.Instant | null
}
