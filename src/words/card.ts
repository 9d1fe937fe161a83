import { cut } from '../cut.ts'
import { buttonPayload } from '../links.ts'

export type CardAction = 'came' | 'did_not_come' | 'cannot_tell' | 'will_call' | 'release' | 'pause'
export type Block = { type: string; [key: string]: unknown }
export type Card = { text: string; blocks: Block[] }

/** A case as the ops channel sees it. */
export type OpsCase = {
  id: string
  kind: string
  key: string
  title: string
  detail: Record<string, unknown>
  sessionId: string | null
  openedAt: Temporal.Instant
  settledAt: Temporal.Instant | null
  settledBy: string | null
  settledReason: string | null
}
export type CardSetting = { publicUrl: string; secret: string; now: Temporal.Instant; timeZone?: string }

/**
 * What the ops channel reads about a case, and what can be pressed. Names and times only: no address, number or meeting
 * link. A settled case keeps its place and says how it was settled, without buttons. Each button carries our signature
 * over what it does, to whom and for which revision. `timeZone`: the programme's; UTC when not given.
 */
export function card(about: OpsCase, setting: CardSetting): Card {
  const timeZone = setting.timeZone ?? 'UTC'
  const heading = headingOf(about, timeZone)
  const lines = about.settledAt ? [settledLine(about)] : linesOf(about, timeZone)
  const link = about.sessionId ? `\n<${setting.publicUrl}/sessions/${about.sessionId}|Open>` : ''
  return {
    text: whole([heading, ...lines].map(escaped).join(' · '), 3000),
    blocks: [
      section(`*${escaped(heading)}*\n${lines.map(escaped).join('\n')}`, link),
      ...(about.settledAt ? [] : buttonsOf(about, setting.secret)),
    ],
  }
}

/** Slack's limit for a message; one is kept for how many more there are. */
const MOST_BLOCKS = 50 - 1
/** Slack also refuses what is too long as a whole (`msg_blocks_too_long`) and does not say where that begins. */
const MOST_LETTERS = 12_000

/**
 * More cases at once than a person reads one by one: one card with a row for each, and under each open row the buttons that
 * its own card would have. The settled ones stay in their place, marked, with how they were settled.
 */
export function cardOfMany(cases: OpsCase[], setting: CardSetting): Card {
  const heading = `${cases.filter((c) => !c.settledAt).length} of ${cases.length} need somebody`
  const blocks = [section(`*${heading}*`, `\n<${setting.publicUrl}|Open>`)]
  let shown = 0
  for (const about of cases) {
    const longer = [...blocks, ...rowOf(about, setting)]
    if (longer.length > MOST_BLOCKS || JSON.stringify(longer).length > MOST_LETTERS) break
    blocks.push(...longer.slice(blocks.length))
    shown += 1
  }
  const more = cases.length - shown
  return { text: heading, blocks: more > 0 ? [...blocks, section(`and ${more} more`)] : blocks }
}

function rowOf(about: OpsCase, { timeZone = 'UTC', secret }: CardSetting): Block[] {
  const heading = headingOf(about, timeZone)
  return about.settledAt
    ? [section(escaped(`✓ ${heading}: ${settledLine(about)}`))]
    : [section(escaped(`• ${heading}`)), ...buttonsOf(about, secret)]
}

const settledLine = ({ settledReason, settledBy }: OpsCase): string =>
  [settledReason ?? 'Settled.', settledBy && settledBy !== 'plan' ? `(${settledBy})` : '']
    .filter((t) => t !== '')
    .join(' ')

function headingOf({ title, detail }: OpsCase, timeZone: string): string {
  const startsAt = typeof detail.startsAt === 'string' ? clock(detail.startsAt, timeZone) : ''
  const names = [list(detail.mentees), list(detail.mentors)].filter((n) => n !== '').join(' with ')
  return [startsAt, names, title].filter((part) => part !== '').join(' · ')
}

/** What is to be known beside the heading, a sentence a line: what was asked, said, pressed. */
export function linesOf({ kind, detail }: Pick<OpsCase, 'kind' | 'detail'>, timeZone: string): string[] {
  if (kind === 'unconfirmed') {
    return [
      detail.why === 'silent'
        ? 'Asked, and the question arrived. No answer yet.'
        : 'The question did not arrive: neither WhatsApp nor mail reached them.',
    ]
  }
  if (kind === 'missing') {
    const people = (Array.isArray(detail.missing) ? detail.missing : []) as Record<string, unknown>[]
    const unknown = list(detail.unidentified)
    return [
      ...people.map((p) => whatIsKnown(p, timeZone)),
      ...(Array.isArray(detail.unidentified) && detail.unidentified.length > 0
        ? [`In the room and not recognised: ${unknown || 'somebody without a name'}`]
        : []),
    ]
  }
  if (kind === 'objection')
    return [`${said(detail.said)}${typeof detail.text === 'string' ? ` “${cut(detail.text, 300)}”` : ''}`]
  if (kind === 'declined')
    return [
      detail.answer === 'cant_come'
        ? 'Nobody has been told yet: cancel, or find another time.'
        : 'They would like another time.',
    ]
  return typeof detail.reason === 'string' ? [detail.reason] : []
}

const whatIsKnown = (person: Record<string, unknown>, timeZone: string): string =>
  `${person.name} (${person.role}): ${knownOf(person, timeZone)}`

/** What is known about somebody missing: what they said last, whether they pressed Join, what stands in doubt. */
export function knownOf(person: Record<string, unknown>, timeZone: string): string {
  const last = person.said as { meaning: string; at: string } | null
  const known = [
    last ? `${said(last.meaning)} (${clock(last.at, timeZone)})` : 'has not written',
    person.confirmed ? 'had confirmed' : '',
    `join link pressed: ${person.clickedJoin ? 'yes' : 'no'}`,
    person.elsewhere ? 'still in the session before' : '',
    person.doubt === 'looked_in' ? 'was in the room before the start and left again' : '',
    person.doubt === 'gap' ? 'the room’s events did not all reach us' : '',
    person.doubt === 'no_room' ? 'the room could not be made' : '',
  ]
  return known.filter((k) => k !== '').join(', ')
}

const SAID: Record<string, string> = {
  coming: 'said yes',
  cant_come: 'can’t come',
  wants_to_move: 'wants another time',
  late_5: 'says 5 minutes late',
  late_10: 'says 10 minutes late',
  was_there: 'says that they were there',
  took_place: 'says that it took place',
  did_not_take_place: 'says that it did not take place',
}
const said = (meaning: unknown): string => SAID[String(meaning)] ?? 'has written'

function buttonsOf({ id, kind, key, detail }: OpsCase, secret: string): Block[] {
  const revision = Number(key.slice(key.lastIndexOf('@') + 1)) || 0
  const button = (action: CardAction, title: string, participantId: string): Block => ({
    type: 'button',
    action_id: action,
    text: { type: 'plain_text', text: cut(title, 75) },
    value: buttonPayload(secret, { action, participantId, revision }),
  })
  if (kind === 'missing' || kind === 'objection') {
    const listed = (Array.isArray(detail.missing) ? detail.missing : []) as { participantId: string; name: string }[]
    const people = kind === 'missing' ? listed : [{ participantId: idIn(key), name: String(detail.name ?? '') }]
    // Slack allows fifty blocks.
    return people
      .slice(0, 12)
      .map(({ participantId, name }) =>
        actions(`verdict ${participantId}`, [
          button('came', `${cut(name, 40)} came`, participantId),
          button('did_not_come', 'Did not come', participantId),
          button('cannot_tell', 'Cannot tell', participantId),
        ]),
      )
  }
  if (kind === 'pause_proposed') return [actions(`pause ${id}`, [button('pause', 'Pause bookings', id)])]
  if (kind !== 'unconfirmed') return []
  return [
    actions(`unconfirmed ${id}`, [button('will_call', 'I’ll call', id), button('release', 'Release the slot', id)]),
  ]
}

/** The participant in `kind:participantId@revision`. */
const idIn = (key: string): string => key.slice(key.indexOf(':') + 1, key.lastIndexOf('@'))

/** `verbatim`: an address, a #channel or an @name that somebody wrote stays the text that it is. Our own link is kept whole. */
const section = (text: string, link = ''): Block => ({
  type: 'section',
  text: { type: 'mrkdwn', verbatim: true, text: whole(text, 3000 - link.length) + link },
})
/** Cut, but never within an escape: half of one would be read as something else. */
const whole = (text: string, most: number): string => cut(text, most).replace(/&[a-z]{0,3}$/, '')
const actions = (id: string, elements: Block[]): Block => ({ type: 'actions', block_id: id.slice(0, 255), elements })
// Slack's own three; names are not allowed to become links or mentions.
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const list = (names: unknown): string =>
  Array.isArray(names) ? names.filter((n) => typeof n === 'string' && n !== '').join(', ') : ''

function clock(instant: string, timeZone: string): string {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone)
  const city = timeZone.split('/').at(-1)?.replaceAll('_', ' ')
  return `${local.toPlainTime().toString({ smallestUnit: 'minute' })} ${city}`
}
