/** Ops' words for what stands in a session's timeline. */
export const MEANINGS: Record<string, string> = {
  booked: 'booking notice',
  moved: 'move notice',
  cancelled: 'cancellation notice',
  released: 'release notice',
  room_changed: 'room change notice',
  merged: 'merge notice',
  merged_away: 'merge notice',
  unmerged: 'split notice',
  'reminder 4_HOURS': '4 h reminder',
  'reminder 30_MINUTES': '30 min reminder',
  'reminder 5_MINUTES': '5 min reminder',
  nudge: 'nudge: the other is waiting',
  'waiting 3': 'word to who waits',
  'waiting 10': 'word to who waits, with choices',
  nobody: 'question to both: nobody came',
  correction: 'correction',
  follow_up: 'follow-up with free times',
  took_place: 'question: did it take place?',
}

/** 'reminder:4_HOURS:<participant>@2' is the 4 h reminder. */
export function meaningOf(effectKey: string): string {
  const meaning = effectKey.replace(/:[0-9a-f-]{36}@\d+$/, '').replaceAll(':', ' ')
  const known = MEANINGS[meaning] ?? MEANINGS[meaning.split(' ')[0] ?? '']
  return (
    known ??
    meaning
      .replaceAll('_', ' ')
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}(@\d+)?/g, '')
      .trim()
  )
}

export const STATES: Record<string, string> = {
  planned: 'going out',
  claimed: 'not certain yet',
  accepted: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  expired: 'too late, not sent',
  skipped: 'skipped',
  suppressed: 'held back',
  withdrawn: 'taken back',
  join_link_opened: 'pressed Join',
  took_over: 'took over another session',
  merged_away: 'joined with another session',
  undone: 'merge undone',
  booked: 'booked',
  published: 'published',
  rescheduled: 'moved',
  room: 'room changed',
  merged: 'joined',
  unmerged: 'split again',
  cancelled: 'cancelled',
  coming: '“I’ll be there”',
  cant_come: '“I can’t come”',
  wants_to_move: '“I’d like another time”',
  late_5: '“5 minutes late”',
  late_10: '“10 minutes late”',
  wait: '“I’ll wait”',
  shorten: '“Let’s have a shorter session”',
  leave: '“I’m leaving”',
  was_there: '“I was there”',
  took_place: '“It took place”',
  did_not_take_place: '“It did not take place”',
  message: 'wrote a message',
  present: 'present',
  late: 'late',
  left_early: 'left early',
  absent: 'absent',
  cannot_tell: 'cannot tell',
  'meeting.started': 'room opened',
  'meeting.ended': 'room closed',
  'meeting.participant_joined': 'joined',
  'meeting.participant_left': 'left',
  'meeting.participant_joined_waiting_room': 'in the waiting room',
  'meeting.participant_left_waiting_room': 'left the waiting room',
  'meeting.participant_joined_before_host': 'joined before the host',
  'meeting.participant_jbh_waiting': 'waits for the host',
  'meeting.participant_jbh_joined': 'joined before the host',
  'session.published': 'published',
  'session.rescheduled': 'moved by a person',
  'session.cancelled': 'cancelled by a person',
  'session.times_offered': 'cancelled, other times offered',
  'session.room_changed': 'room changed by a person',
  'session.merge': 'sessions merged into this one',
  'session.merged_away': 'merged into another session',
  'session.unmerge': 'merge undone',
  'attendance.judge': 'verdict given by a person',
  'case.settled': 'case settled by a person',
  'case.will_call': 'somebody will call',
  'delivery.retried': 'message sent again',
  'delivery.other_channel': 'message sent by the other channel',
  case_opened: 'case opened',
  case_settled: 'case settled',
  pending: 'in the making',
  failing: 'failing',
  applied: 'in place',
  gone: 'removed',
}

export const MIRRORS: Record<string, string> = {
  meeting: 'Zoom meeting',
  registrant: 'personal room link',
  calendar_event: 'calendar event',
  slack_card: 'Slack card',
}

export const said = (state: string): string => STATES[state] ?? state.replaceAll(/[_.]/g, ' ')

export const CHANNEL_WORDS: Record<string, string> = { whatsapp: 'WhatsApp', email: 'email', slack: 'Slack' }

/** By which sign somebody in the room was known. */
export const KNOWN_BY: Record<string, string> = {
  registrant: 'personal link',
  account: 'signed in',
  alias: 'known address or number',
  'join link': 'pressed Join just before',
  name: 'name',
  'host domain': 'host’s e-mail domain, weak',
}

/** What a case was opened for. Its title says how it stands now, which is another thing once it is settled. */
export const CASES: Record<string, string> = {
  missing: 'not everybody has come',
  unconfirmed: 'no answer yet',
  declined: 'somebody cannot come',
  objection: 'somebody says otherwise',
  failed_delivery: 'a message did not arrive',
  unknown_delivery: 'nobody can say whether a message arrived',
  difference: 'changed in Google',
}

/** Why nobody can tell whether somebody was there. */
export const DOUBTS: Record<string, string> = {
  meet: 'Google Meet does not tell who came',
  unidentified: 'somebody whom nobody can name was in the room',
  gap: 'Zoom could not reach us for a while',
  no_room: 'there was no room to come to',
  wrote: 'they wrote to us',
  cant_come: 'they had said that they cannot come',
  looked_in: 'they were in the room before the start and left again',
  clicked: 'they opened their join link',
  elsewhere: 'they were still in another session',
}

/** Why a verdict says what it says: what was seen, written or missing, and whether it can still change. Instants stay instants. */
export function verdictWhy(evidence: Record<string, unknown>): [name: string, value: string][] {
  const { joinedAt, leftAt, minutes, minutesLate, knownBy, seen, why, said: wrote, answers, revision, final } = evidence
  const lines: [string, string | false][] = [
    ['first in the room', typeof joinedAt === 'string' && joinedAt],
    ['last out', typeof leftAt === 'string' && leftAt],
    ['in the room for', typeof minutes === 'number' && count(minutes, 'minute')],
    ['after the start', typeof minutesLate === 'number' && minutesLate > 0 && count(minutesLate, 'minute')],
    ['known by', typeof knownBy === 'string' && (KNOWN_BY[knownBy] ?? knownBy)],
    ['seen', seen === false && 'not in the room, by no sign, and nothing was written'],
    ['nobody can tell, because', typeof why === 'string' && (DOUBTS[why] ?? why)],
    ['wrote', Array.isArray(wrote) && wrote.map((one) => said(String(one?.meaning))).join(', ')],
    ['answers', Array.isArray(answers) && 'both say that it took place'],
    ['of its time number', typeof revision === 'number' && revision > 1 && String(revision)],
    [
      'stands',
      typeof final === 'boolean' && (final ? 'unless a person judges otherwise' : 'for now: it can still change'),
    ],
  ]
  return lines.filter((one): one is [string, string] => one[1] !== false && one[1] !== '')
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
