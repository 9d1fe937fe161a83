import { CASES, DOUBTS } from '../../words/timeline.ts'
import { meaningOf } from './messages.ts'
import type { Expectation } from './perform.ts'
import type { Promised } from './promises.ts'

export type Entry = {
  at: string
  kind: string
  state: string
  effectKey?: string
  recipient?: string | null
  channel?: string
  stage?: string
  reason?: string
  evidence?: Record<string, unknown>
}
export type Told = {
  id: string
  name: string | null
  startsAt: string
  endsAt: string
  status: string
  title: string | null
  participants: { personId: string; name: string; role: string; timeZone: string }[]
  /** Names of all people by id: who left the session is still spoken of. */
  names: ReadonlyMap<string, string>
  entries: Entry[]
}
export type Sums = { seconds: number; residentMegabytes: number; lines: [string, string][] }

const WIDTH = 22

/** Sessions by their start, each line with the mentor's wall clock and UTC: what happened, in the article's words. */
export function printed(sessions: Told[], expectations: Expectation[], promises: Promised[], sums: Sums): string {
  return [
    ...sessions.flatMap((session) => [...timeline(session), '']),
    'Expectations',
    ...expectations.map(({ name, ok, saw, story }) =>
      ok ? `  ok    ${name}` : `  FAIL  ${name}\n          in "${story}"; saw ${saw}`,
    ),
    '',
    'Standing promises',
    ...promises.map(({ name, ok, saw }) => (ok ? `  ok    ${name}` : `  FAIL  ${name}\n          ${saw}`)),
    '',
    'Summary',
    ...sums.lines.map(([what, figure]) => `  ${what.padEnd(WIDTH)} ${figure}`),
    `  ${'memory of the app'.padEnd(WIDTH)} ${sums.residentMegabytes} MB`,
    `  ${'took'.padEnd(WIDTH)} ${sums.seconds} s`,
  ].join('\n')
}

function timeline(session: Told): string[] {
  const mentor = session.participants.find(({ role }) => role === 'mentor')
  const zone = mentor?.timeZone ?? 'UTC'
  const people = session.participants.map(({ name, role }) => `${name} (${role})`).join(', ')
  const start = Temporal.Instant.from(session.startsAt)
  const minutes = start.until(session.endsAt).total('minutes')
  const named = [session.title, people].filter(Boolean).join(': ')
  const status = session.status === 'scheduled' ? '' : `, ${session.status}`
  const says = new Sentences(session, zone)
  const lines = session.entries.flatMap((entry) => {
    const sentence = says.of(entry)
    return sentence ? [{ at: Temporal.Instant.from(entry.at), sentence }] : []
  })
  let day = ''
  return [
    `${named}`,
    `  ${dayOf(start, zone)} ${clockOf(start, zone)} ${zone} (${clockOf(start, 'UTC')} UTC), ${minutes} min${status}${session.name ? `   [${session.name}]` : ''}`,
    ...lines.flatMap(({ at, sentence }) => {
      const own = dayOf(at, zone)
      const heading = own === day ? [] : [`  ${own}`]
      day = own
      return [...heading, `    ${clockOf(at, zone)} (${clockOf(at, 'UTC')} UTC)  ${sentence}`]
    }),
  ]
}

const FORMAT = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })
const dayOf = (at: Temporal.Instant, zone: string): string =>
  FORMAT.format(
    at.toZonedDateTimeISO(zone).toPlainDate().toZonedDateTime({ timeZone: 'UTC', plainTime: '12:00' })
      .epochMilliseconds,
  )
const clockOf = (at: Temporal.Instant, zone: string): string =>
  at.toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'minute' })

const CHANNELS: Record<string, string> = {
  whatsapp: 'WhatsApp',
  email: 'email',
  slack: 'Slack',
  page: 'the page',
  ops: 'ops',
}
const MEANINGS: Record<string, string> = {
  booked: 'booking notice',
  moved: 'notice of the new time',
  cancelled: 'notice of cancellation',
  merged: 'notice of the joined session',
  unmerged: 'notice that the sessions are separate again',
  merged_away: 'notice that the session was joined with another',
  released: 'notice that somebody else takes over',
  room_changed: 'notice of the new room',
  'reminder 4_HOURS': '4-hour reminder',
  'reminder 30_MINUTES': '30-minute reminder',
  'reminder 5_MINUTES': '5-minute reminder',
  nudge: 'nudge',
  'waiting 3': 'word that we look for the other',
  'waiting 10': 'the choices for who waits',
  nobody: 'question whether the session takes place',
  correction: 'correction',
  follow_up: '"we missed you"',
  took_place: 'question whether it took place',
}
const ANSWERS: Record<string, string> = {
  coming: 'will be there',
  cant_come: 'cannot come',
  wants_to_move: 'wants another time',
  late_5: 'will be 5 minutes late',
  late_10: 'will be 10 minutes late',
  wait: 'waits',
  shorten: 'would rather shorten it',
  leave: 'leaves',
  was_there: 'was there',
  took_place: 'says that it took place',
  did_not_take_place: 'says that it did not take place',
}
const VERDICTS: Record<string, string> = { left_early: 'left early', cannot_tell: 'cannot tell' }
const MIRRORS: Record<string, string> = {
  meeting: 'Zoom meeting',
  registrant: 'personal Zoom link',
  calendar_event: 'Google Calendar event',
  slack_card: 'Slack card',
}
const MIRROR_STATES: Record<string, string> = {
  applied: 'up to date',
  gone: 'removed',
  pending: 'on its way',
  failing: 'not yet done',
}
const ROOM: Record<string, string> = {
  'meeting.started': 'the Zoom meeting starts',
  'meeting.ended': 'the Zoom meeting ends',
  'meeting.participant_joined': 'joins the room',
  'meeting.participant_left': 'leaves the room',
  'meeting.participant_joined_waiting_room': 'is in the waiting room',
  'meeting.participant_left_waiting_room': 'leaves the waiting room',
  'meeting.participant_admitted': 'is let in',
  'meeting.participant_jbh_waiting': 'waits for the host',
  'meeting.participant_jbh_joined': 'is let in',
  'meeting.participant_jbh_waiting_left': 'stops waiting for the host',
  join_link_opened: 'opens the join link',
}

class Sentences {
  readonly #people: Map<string, { name: string; role: string }>
  readonly #names: ReadonlyMap<string, string>
  readonly #zone: string

  constructor({ participants, names }: Told, zone: string) {
    this.#zone = zone
    this.#names = names
    this.#people = new Map(participants.map(({ personId, name, role }) => [personId, { name, role }]))
  }

  /** One line of plain words, or null for what another line says already. */
  of(entry: Entry): string | null {
    const { kind, state, evidence = {}, reason } = entry
    const why = reason ? `: ${reason}` : ''
    switch (kind) {
      case 'booked':
        return `${state} by ${this.actor(evidence.by)}, for ${this.time(evidence.startsAt)}`
      case 'rescheduled':
        return state === 'room'
          ? `has another room, by ${this.actor(evidence.by)}`
          : `rescheduled by ${this.actor(evidence.by)}, to ${this.time(evidence.startsAt)}`
      case 'cancelled':
        return `cancelled by ${this.actor(evidence.by)}${why}`
      case 'merged':
        return MERGES[state] ?? null
      case 'effect':
      case 'correction':
        return state === 'planned' ? null : `${this.message(entry)}: ${state}${why}`
      case 'delivery':
        return `${this.message(entry)} by ${CHANNELS[entry.channel ?? ''] ?? entry.channel}: ${SENT[state] ?? state}${reason ? `: ${REASONS[reason] ?? reason.replaceAll('_', ' ')}` : ''}`
      case 'mirror':
        return `${MIRRORS[entry.channel ?? ''] ?? entry.channel}: ${MIRROR_STATES[state] ?? state}${why}`
      case 'reply':
        return `${this.who(entry)} ${ANSWERS[state] ?? 'writes'}, ${entry.channel === 'page' ? 'on the page behind a link' : `by ${CHANNELS[entry.channel ?? ''] ?? entry.channel}`}${evidence.text ? `: "${evidence.text}"` : ''}`
      case 'meeting_event':
        return this.room(entry)
      case 'verdict':
        return `verdict on ${this.who(entry)}: ${VERDICTS[state] ?? state} (${entry.stage})${this.known(evidence)}${why}`
      case 'ops_action':
        if (state === 'case_opened') return `case for ops: ${CASES[String(evidence.kind)] ?? evidence.title}`
        if (state === 'case_settled') return `case settled${why}`
        return STATES_ITSELF.has(state) ? null : `ops: ${state}${why}`
      default:
        return `${kind} ${state}${why}`
    }
  }

  private actor(by: unknown): string {
    const [kind, id = ''] = String(by).split(':')
    return kind === 'person' ? (this.#people.get(id)?.name ?? 'somebody of ops') : kind === 'token' ? 'ops' : String(by)
  }

  private message(entry: Entry): string {
    const meaning = meaningOf({ effectKey: entry.effectKey ?? null, template: null, channel: 'email' })
    return `${MEANINGS[meaning] ?? meaning} to ${this.who(entry)}`
  }

  private who({ recipient }: Entry): string {
    const person = this.#people.get(recipient ?? '')
    if (person) return `${person.name.split(' ')[0]} (${person.role})`
    return this.#names.get(recipient ?? '')?.split(' ')[0] ?? 'ops'
  }

  private time(instant: unknown): string {
    if (typeof instant !== 'string') return '?'
    const at = Temporal.Instant.from(instant)
    return `${dayOf(at, this.#zone)} ${this.clock(at)}`
  }

  private clock(at: Temporal.Instant): string {
    return `${clockOf(at, this.#zone)} (${clockOf(at, 'UTC')} UTC)`
  }

  private known(evidence: Record<string, unknown>): string {
    if (typeof evidence.joinedAt === 'string') {
      const by = String(evidence.knownBy)
      return `, there from ${this.clock(Temporal.Instant.from(evidence.joinedAt))}, known by ${KNOWN_BY[by] ?? by}`
    }
    return evidence.why ? `, because ${DOUBTS[String(evidence.why)] ?? evidence.why}` : ''
  }

  /** As Zoom shows them: whoever goes by a participant's name is called like them, others stand in quotes. */
  private shown(name: string): string {
    const known = [...this.#people.values()].find((person) => person.name === name)
    if (known) return `${known.name.split(' ')[0]} (${known.role})`
    return name ? `"${name}"` : 'somebody'
  }

  private room({ state, at, recipient, evidence = {} }: Entry): string {
    const words = ROOM[state] ?? state
    if (state === 'meeting.started' || state === 'meeting.ended') return words + lateness(at, evidence)
    const name = recipient
      ? this.who({ recipient } as Entry)
      : this.shown(String(evidence.name ?? evidence.user_name ?? ''))
    return `${name} ${words}${lateness(at, evidence)}`
  }
}

const SENT: Record<string, string> = { accepted: 'sent' }
/** Meta's 131026; RFC 3463, 5.1.x. */
const REASONS: Record<string, string> = {
  '131026': 'this number is not on WhatsApp',
  '5.1.1': 'there is no such mailbox',
}
const KNOWN_BY: Record<string, string> = {
  registrant: 'the personal link',
  account: 'the Zoom account',
  alias: 'the e-mail address',
  'join link': 'the join link opened just before',
  name: 'the name',
  'host domain': 'the e-mail domain',
}
/** What the session's own history says in the line beside. */
const STATES_ITSELF = new Set([
  'session.rescheduled',
  'session.cancelled',
  'booking.cancelled',
  'booking.rescheduled',
  'session.merge',
  'session.merged_away',
  'session.unmerge',
])

const MERGES: Record<string, string> = {
  took_over: 'another session is merged into this one',
  merged_away: 'merged into another session',
  undone: 'the merge is undone',
}

function lateness(at: string, { receivedAt }: Record<string, unknown>): string {
  if (typeof receivedAt !== 'string') return ''
  const minutes = Math.round(Temporal.Instant.from(at).until(receivedAt).total('minutes'))
  return minutes >= 2 ? ` (Zoom told us ${minutes} min later)` : ''
}
