import { CASES, CHANNEL_WORDS, KNOWN_BY, MIRRORS, meaningOf, said, verdictWhy } from '../words/timeline.ts'
import type { SessionView } from './session.ts'
import type { Entry, Timeline } from './timeline.ts'
import type { MarkState } from './today-row.ts'
import { MARK_OF } from './today-row.ts'
import type { Came } from './who-came.ts'

export type Lane = 'mentor' | 'room' | 'mentee' | 'ops'

/** One line of *why*; with `at` when what it tells of has a time of its own. */
export type Why = { name: string; value: string; at: string | null }

/** What one lane shows at one moment: what happened or will, in words, and why. Instants as text, UTC. */
export type LaneItem = {
  at: string
  lane: Lane
  text: string
  mark: MarkState | 'fact' | 'event'
  /** Of what is planned: until when it may still go out. */
  until: string | null
  why: Why[]
  /** Each channel of a message that left, or should have. */
  deliveries: { id: string; channel: string; state: string }[]
}

export type Lanes = { done: LaneItem[]; planned: LaneItem[] }

/** A session's timeline in lanes: mentor, room, mentee, ops. A decision and its deliveries are one item. */
export function lanes(
  { entries, planned }: Timeline,
  view: SessionView,
  came: (entry: Entry) => Came | null = () => null,
): Lanes {
  const deliveries = Map.groupBy(
    entries.filter(({ kind }) => kind === 'delivery'),
    ({ effectKey }) => effectKey ?? '',
  )
  const decided = new Set(entries.filter(isDecision).map(({ effectKey }) => effectKey))
  const done = entries.flatMap((entry): LaneItem[] => {
    if (entry.kind === 'delivery') return decided.has(entry.effectKey) ? [] : [alone(entry, view)]
    if (isDecision(entry))
      return [message(entry, (deliveries.get(entry.effectKey ?? '') ?? []).toSorted(byChannel), view)]
    return [fact(entry, view, came(entry))]
  })
  return { done, planned: ahead(planned, view) }
}

const isDecision = ({ kind }: Entry): boolean => kind === 'effect' || kind === 'correction'
const byChannel = (a: Entry, b: Entry): number => (b.channel ?? '').localeCompare(a.channel ?? '')

/** A message that was sent before decisions were kept, or by hand. */
const alone = (entry: Entry, view: SessionView): LaneItem => ({
  ...blank(entry, laneOf(entry, view)),
  text: `${meaningOf(entry.effectKey ?? '')}: ${CHANNEL_WORDS[entry.channel ?? ''] ?? entry.channel} ${said(entry.state)}`,
  mark: MARK_OF[entry.state] ?? 'none',
  why: whyOf(entry),
  deliveries: sentBy([entry]),
})

function message(decision: Entry, sent: Entry[], view: SessionView): LaneItem {
  const name = meaningOf(decision.effectKey ?? '')
  const how = sent.map((d) => `${CHANNEL_WORDS[d.channel ?? ''] ?? d.channel} ${said(d.state)}`).join(', ')
  return {
    ...blank(decision, laneOf(decision, view)),
    text: `${name}: ${how || (decision.state === 'planned' ? 'decided' : said(decision.state))}`,
    mark: sent.length > 0 ? worstOf(sent) : (MARK_OF[decision.state] ?? 'none'),
    why: [
      ...(decision.reason ? [line('because', decision.reason)] : []),
      ...sent.map((d) =>
        line(
          CHANNEL_WORDS[d.channel ?? ''] ?? d.channel ?? '',
          [said(d.state), d.reason, d.template].filter(Boolean).join(' · '),
          d.at,
        ),
      ),
      line('rule', decision.effectKey ?? ''),
    ],
    deliveries: sentBy(sent),
  }
}

const worstOf = (sent: Entry[]): MarkState =>
  (['failed', 'planned', 'sent', 'delivered', 'skipped'] as const).find((state) =>
    sent.some((d) => MARK_OF[d.state] === state),
  ) ?? 'none'

const sentBy = (sent: Entry[]): LaneItem['deliveries'] =>
  sent.flatMap(({ id, channel = '', state }) => (id ? [{ id, channel, state }] : []))

function fact(entry: Entry, view: SessionView, came: Came | null): LaneItem {
  if (came) {
    const by = KNOWN_BY[came.by] ?? came.by
    return {
      ...blank(entry, laneOf({ ...entry, recipient: came.personId }, view)),
      text: `${textOf(entry, view)} (${by})`,
      mark: 'fact',
      why: [line('known by', by), ...whyOf(entry)],
    }
  }
  const isStranger = entry.kind === 'meeting_event' && Boolean((entry.evidence as { name?: string } | undefined)?.name)
  return {
    ...blank(entry, laneOf(entry, view)),
    text: `${textOf(entry, view)}${isStranger ? ' (who is that?)' : ''}`,
    mark: entry.kind === 'verdict' ? 'fact' : 'event',
    why: whyOf(entry),
  }
}

function textOf(entry: Entry, view: SessionView): string {
  const { kind, channel = '', state, stage, recipient } = entry
  const isGroup = view.participants.filter(({ role }) => role === 'mentee').length > 1
  const who = isGroup ? view.participants.find(({ personId }) => personId === recipient)?.name : undefined
  const evidence = (entry.evidence ?? {}) as Record<string, unknown>
  const named = `${who ? `${who}: ` : ''}${said(state)}`
  if (kind === 'mirror') {
    const whose = view.participants.find(({ personId }) => personId === recipient)?.name
    return `${MIRRORS[channel] ?? channel}${whose ? ` of ${whose}` : ''}: ${said(state)}`
  }
  if (kind === 'verdict') return `${named} (${stage})`
  if (kind === 'meeting_event' && typeof evidence.name === 'string' && evidence.name)
    return `${said(state)} “${evidence.name}”`
  if (kind === 'reply' && typeof evidence.text === 'string') {
    const words = `“${evidence.text.slice(0, 120)}”`
    return words === said(state) ? named : `${named}: ${words}`
  }
  if (kind === 'ops_action' && typeof evidence.title === 'string')
    return `${said(state)}: ${CASES[String(evidence.kind)] ?? evidence.title}`
  return named
}

function whyOf({ kind, reason, channel, evidence }: Entry): Why[] {
  if (kind === 'verdict')
    return [
      ...(reason ? [line('because', reason)] : []),
      ...verdictWhy((evidence ?? {}) as Record<string, unknown>).map(([name, value]) => line(name, value)),
    ]
  const known = Object.entries((evidence ?? {}) as Record<string, unknown>).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  )
  return [
    ...(reason ? [line('because', reason)] : []),
    ...(channel && kind !== 'mirror' ? [line('by', CHANNEL_WORDS[channel] ?? channel)] : []),
    ...known.map(([name, value]) =>
      line(spoken(name), typeof value === 'object' ? JSON.stringify(value) : (YES_NO.get(value) ?? String(value))),
    ),
  ]
}

const YES_NO = new Map<unknown, string>([
  [true, 'yes'],
  [false, 'no'],
])

/** 'receivedAt' is "received at" to whoever reads it. */
const spoken = (name: string): string => name.replaceAll(/([A-Z])/g, ' $1').toLowerCase()

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/

const line = (name: string, value: string, at: string | null = null): Why =>
  INSTANT.test(value) ? { name, value: '', at: value } : { name, value, at }

function laneOf({ kind, channel, recipient }: Entry, view: SessionView): Lane {
  if (channel === 'slack' || kind === 'ops_action') return 'ops'
  if (kind === 'mirror') return channel === 'slack_card' ? 'ops' : 'room'
  const role = view.participants.find(({ personId }) => personId === recipient)?.role
  return role ?? (kind === 'meeting_event' ? 'room' : 'ops')
}

const ahead = (planned: Timeline['planned'], view: SessionView): LaneItem[] =>
  [...Map.groupBy(planned, ({ effectKey }) => effectKey).values()].map((list) => {
    const [first] = list as [Timeline['planned'][number]]
    const role = view.participants.find(({ personId }) => personId === first.recipient)?.role
    return {
      at: first.dueAt,
      lane: role ?? 'ops',
      text: `${meaningOf(first.effectKey)} by ${list.map(({ channel }) => CHANNEL_WORDS[channel] ?? channel).join(', ')}`,
      mark: 'planned',
      until: first.expiresAt,
      why: [line('not later than', first.expiresAt), line('rule', first.effectKey)],
      deliveries: [],
    }
  })

const blank = ({ at }: Entry, lane: Lane) => ({ at, lane, until: null, deliveries: [] })
