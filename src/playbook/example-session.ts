import { isBefore, isDue } from '../interval.ts'
import type { Participant, Reply, RoomEvent, RoomPerson, SessionFacts, Settlement } from './facts.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { settle } from './settle.ts'

/** Facts for tests: a session on Thursday 12 March 2026, 10:00 to 10:30 UTC, of Ravi (Kolkata) with Asha (New York). */
export const at = (time: string, day = '2026-03-12'): Temporal.Instant =>
  Temporal.Instant.from(`${day}T${time.length === 5 ? `${time}:00` : time}Z`)

export const RAVI = '0190aaaa-0000-7000-8000-000000000001'
export const ASHA = '0190aaaa-0000-7000-8000-000000000002'

export const ravi: Participant = {
  id: RAVI,
  accountId: '0190bbbb-0000-7000-8000-000000000001',
  role: 'mentor',
  name: 'Ravi Silva',
  email: 'ravi@mentors.example',
  phone: '+919800000001',
  aliases: ['ravi@work.example'],
  timeZone: 'Asia/Kolkata',
  locale: 'en',
  channels: ['whatsapp', 'email'],
  quiet: { from: '21:00', to: '08:00' },
  bookingId: null,
  joinedAt: at('09:00', '2026-03-09'),
  leftAt: null,
  cameFrom: null,
  registrantId: 'reg-ravi',
  zoomUserIds: [],
  otherMessagesToday: 0,
  calendar: null,
}

export const asha: Participant = {
  ...ravi,
  id: ASHA,
  accountId: '0190bbbb-0000-7000-8000-000000000002',
  role: 'mentee',
  name: 'Asha Rao',
  email: 'asha@learners.example',
  phone: '+12120000002',
  aliases: [],
  timeZone: 'Europe/London',
  bookingId: '0190cccc-0000-7000-8000-000000000001',
  registrantId: 'reg-asha',
}

type Given = Partial<Omit<SessionFacts, 'session'>> & { session?: Partial<SessionFacts['session']> }

export function sessionFacts({ session = {}, ...given }: Given = {}): SessionFacts {
  const full = {
    id: '0190dddd-0000-7000-8000-000000000001',
    programmeId: '0190eeee-0000-7000-8000-000000000001',
    programmeName: 'First steps',
    kind: 'mentorship' as const,
    title: null,
    startsAt: at('10:00'),
    endsAt: at('10:30'),
    room: 'zoom' as const,
    revision: 1,
    scheduledAt: at('09:00', '2026-03-09'),
    createdAt: at('09:00', '2026-03-09'),
    publishedAt: at('09:00', '2026-03-09'),
    cancelledAt: null,
    cancelledBy: null,
    cancelReason: null,
    mergedInto: null,
    calendarUncheckedAt: null,
    ...session,
  }
  const first = {
    revision: full.revision,
    startsAt: full.startsAt,
    endsAt: full.endsAt,
    room: full.room,
    madeAt: full.scheduledAt,
    madeBy: 'asha',
    cause: 'booked' as const,
  }
  return {
    session: full,
    policy: DEFAULT_POLICY,
    policySavedAt: at('09:00', '2026-01-01'),
    participants: [ravi, asha],
    revisions: [first],
    ledger: [],
    deliveries: [],
    replies: [],
    roomEvents: [],
    reports: [],
    joinClicks: [],
    verdicts: [],
    gaps: [],
    elsewhere: [],
    host: null,
    hostDomains: [],
    mirrors: [],
    cases: [],
    freeTimes: [],
    merges: [],
    ...given,
  }
}

let events = 0

/** A Zoom event; heard at once unless `receivedAt` says otherwise. */
export function zoom(
  event: string,
  occurredAt: Temporal.Instant,
  participant: RoomPerson | null,
  receivedAt = occurredAt,
): RoomEvent {
  events += 1
  return {
    id: `event-${events}`,
    event: `meeting.${event}`,
    occurredAt,
    receivedAt,
    meetingId: '81234567890',
    uuid: 'uuid-1',
    participant,
  }
}

export const joins = (who: Participant, when: Temporal.Instant, receivedAt = when): RoomEvent =>
  zoom(
    'participant_joined',
    when,
    { registrantId: who.registrantId ?? '', name: who.name, userId: `seat-${who.role}` },
    receivedAt,
  )
export const leaves = (who: Participant, when: Temporal.Instant, receivedAt = when): RoomEvent =>
  zoom(
    'participant_left',
    when,
    { registrantId: who.registrantId ?? '', name: who.name, userId: `seat-${who.role}` },
    receivedAt,
  )

export const says = (
  who: Participant,
  meaning: Reply['meaning'],
  saidAt: Temporal.Instant,
  over: Partial<Reply> = {},
): Reply => ({
  participantId: who.id,
  revision: 1,
  meaning,
  channel: 'whatsapp',
  text: null,
  saidAt,
  receivedAt: saidAt,
  ...over,
})

/** The facts as they stand once a settlement is stored; what is sent is delivered at once, except where `fails` says so. */
export function stored(
  facts: SessionFacts,
  s: Settlement,
  now: Temporal.Instant,
  fails: (channel: string) => boolean = () => false,
): SessionFacts {
  const sent = [
    ...s.decisions
      .filter((d) => d.decision === 'send')
      .flatMap((d) =>
        d.channels.map((channel) => ({
          key: d.message.key,
          meaning: d.message.meaning,
          recipientId: d.message.recipientId,
          channel,
        })),
      ),
    ...s.fallbacks.map((f) => {
      const entry = facts.ledger.find((l) => l.key === f.key)
      return { key: f.key, meaning: entry?.meaning ?? '', recipientId: entry?.recipientId ?? null, channel: f.channel }
    }),
  ]
  return {
    ...facts,
    ledger: [
      ...facts.ledger,
      ...s.decisions.map(({ message, decision, reason }) => ({
        key: message.key,
        meaning: message.meaning,
        decision,
        reason,
        recipientId: message.recipientId,
        dueAt: message.dueAt,
        expiresAt: message.expiresAt,
        decidedAt: now,
        detail: message.detail,
      })),
    ],
    deliveries: [
      ...facts.deliveries,
      ...sent.map((d) => ({
        ...d,
        state: fails(d.channel) ? ('failed' as const) : ('delivered' as const),
        reason: null,
        createdAt: now,
        acceptedAt: now,
        deliveredAt: now,
        failedAt: fails(d.channel) ? now : null,
      })),
    ],
    verdicts: [
      ...facts.verdicts,
      ...s.verdicts.map((v) => ({
        ...v,
        version: 1 + facts.verdicts.filter((x) => x.participantId === v.participantId).length,
        decidedAt: now,
        decidedBy: 'plan',
      })),
    ],
    mirrors: [
      ...facts.mirrors.filter((m) => !s.mirrors.some((w) => w.key === m.key)),
      ...s.mirrors.map((w) => ({
        kind: w.kind,
        key: w.key,
        ownerId: w.ownerId,
        wanted: w.wanted,
        applied: w.wanted,
        remoteId: 'r',
        failures: 0,
        lastError: null,
        wantedAt: now,
      })),
    ],
    cases: [
      ...facts.cases.map((c) => {
        const wish = s.cases.find((w) => w.key === c.key)
        return wish
          ? {
              ...c,
              detail: { ...wish.detail, participantId: wish.participantId },
              ...(wish.settled ? { settledAt: now, settledBy: 'plan' } : {}),
            }
          : c
      }),
      ...s.cases
        .filter((w) => !w.settled && !facts.cases.some((c) => c.key === w.key))
        .map((w) => ({
          id: w.key,
          kind: w.kind,
          key: w.key,
          openedAt: now,
          settledAt: null,
          settledBy: null,
          detail: { ...w.detail, participantId: w.participantId },
        })),
    ],
  }
}

export type Happening = { at: Temporal.Instant; change: (facts: SessionFacts) => SessionFacts }
export type Life = {
  facts: SessionFacts
  said: { at: Temporal.Instant; key: string; meaning: string; to: string | null; channels: string[] }[]
  wakes: Temporal.Instant[]
}

/**
 * Lives through a session as the sweep would: settles at every wake-up the plan asked for and at every fact, stores what
 * is decided, and goes on until `until`. A happening is seen when it is heard.
 */
export function live(
  start: SessionFacts,
  from: Temporal.Instant,
  until: Temporal.Instant,
  happenings: Happening[] = [],
  fails?: (channel: string) => boolean,
): Life {
  let facts = start
  let now = from
  const rest = happenings.toSorted((a, b) => Temporal.Instant.compare(a.at, b.at))
  const said: Life['said'] = []
  const wakes: Temporal.Instant[] = []
  for (let step = 0; step < 500; step++) {
    while (rest[0] && isDue(rest[0].at, now)) facts = (rest.shift() as Happening).change(facts)
    let settlement = settle(facts, now)
    for (const d of settlement.decisions.filter((x) => x.decision === 'send')) {
      said.push({
        at: now,
        key: d.message.key,
        meaning: d.message.meaning,
        to: facts.participants.find((p) => p.id === d.message.participantId)?.name ?? null,
        channels: d.channels,
      })
    }
    facts = stored(facts, settlement, now, fails)
    settlement = settle(facts, now)
    facts = stored(facts, settlement, now, fails)
    const next = [settlement.wakeAt, rest[0]?.at]
      .filter((t) => t !== null && t !== undefined)
      .toSorted(Temporal.Instant.compare)[0]
    if (!next || isBefore(until, next)) return { facts, said, wakes }
    wakes.push(next)
    now = next
  }
  throw new Error('The session never comes to rest.')
}

export const hears = (event: RoomEvent): Happening => ({
  at: event.receivedAt,
  change: (f) => ({ ...f, roomEvents: [...f.roomEvents, event] }),
})
export const reads = (reply: Reply): Happening => ({
  at: reply.receivedAt,
  change: (f) => ({ ...f, replies: [...f.replies, reply] }),
})
export const judges = (who: Participant, verdict: 'present' | 'absent', when: Temporal.Instant): Happening => ({
  at: when,
  change: (f) => ({
    ...f,
    verdicts: [
      ...f.verdicts,
      {
        participantId: who.id,
        version: 1 + f.verdicts.filter((v) => v.participantId === who.id).length,
        verdict,
        stage: 'firm',
        evidence: {},
        decidedAt: when,
        decidedBy: 'ops',
        reason: 'asked',
      },
    ],
  }),
})
