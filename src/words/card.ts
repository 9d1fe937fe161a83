import type { CaseFact, CaseWish } from '../playbook/facts.ts'

/** A button of a card: `value` names what it is about, for whoever receives the press. JSON, at most 2000 characters. */
export type CardAction = 'came' | 'did_not_come' | 'cannot_tell' | 'will_call' | 'release'
export type Block = { type: string; [key: string]: unknown }
export type Card = { text: string; blocks: Block[] }

type CardCase =
  | Pick<CaseWish, 'kind' | 'key' | 'title' | 'detail' | 'settled'>
  | (Pick<CaseFact, 'kind' | 'key' | 'detail'> & { title: string; settled: string | null })

/**
 * What the ops channel reads about a case, and what can be pressed. Names and times only: no address, number or meeting
 * link. A settled case keeps its place and says how it was settled, without buttons. `timeZone`: the programme's.
 */
export function card(
  about: CardCase,
  { timeZone = 'UTC', caseUrl }: { timeZone?: string; caseUrl?: string } = {},
): Card {
  const heading = headingOf(about, timeZone)
  const lines = about.settled ? [about.settled] : linesOf(about, timeZone)
  const link = caseUrl ? `<${caseUrl}|Open>` : ''
  return {
    text: plain([heading, ...lines].join(' · ')),
    blocks: [
      section(`*${escaped(heading)}*\n${lines.map(escaped).join('\n')}${link ? `\n${link}` : ''}`),
      ...(about.settled ? [] : buttonsOf(about)),
    ],
  }
}

/** More cases of one kind at once than a person reads one by one: one card with rows. */
export function cardOfMany(cases: CardCase[], options: { timeZone?: string; caseUrl?: string } = {}): Card {
  const open = cases.filter((c) => !c.settled)
  const rows = cases.map(
    (c) => `${c.settled ? '✓' : '•'} ${headingOf(c, options.timeZone ?? 'UTC')}${c.settled ? `: ${c.settled}` : ''}`,
  )
  const heading = `${open.length} of ${cases.length} need somebody`
  // Slack takes at most 3000 characters in a section.
  const shown = rows.slice(0, 25)
  const more = rows.length > shown.length ? [`and ${rows.length - shown.length} more`] : []
  const link = options.caseUrl ? `\n<${options.caseUrl}|Open>` : ''
  return {
    text: heading,
    blocks: [section(`*${heading}*\n${[...shown, ...more].map(escaped).join('\n').slice(0, 2800)}${link}`)],
  }
}

function headingOf({ title, detail }: CardCase, timeZone: string): string {
  const startsAt = typeof detail.startsAt === 'string' ? clock(detail.startsAt, timeZone) : ''
  const names = [list(detail.mentees), list(detail.mentors)].filter((n) => n !== '').join(' with ')
  return [startsAt, names, title].filter((part) => part !== '').join(' · ')
}

function linesOf({ kind, detail }: CardCase, timeZone: string): string[] {
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
    return [`${said(detail.said)}${typeof detail.text === 'string' ? ` “${detail.text.slice(0, 300)}”` : ''}`]
  if (kind === 'declined')
    return [
      detail.answer === 'cant_come'
        ? 'Nobody has been told yet: cancel, or find another time.'
        : 'They would like another time.',
    ]
  return typeof detail.reason === 'string' ? [detail.reason] : []
}

function whatIsKnown(person: Record<string, unknown>, timeZone: string): string {
  const last = person.said as { meaning: string; at: string } | null
  const known = [
    last ? `${said(last.meaning)} (${clock(last.at, timeZone)})` : 'has not written',
    person.confirmed ? 'had confirmed' : '',
    `join link pressed: ${person.clickedJoin ? 'yes' : 'no'}`,
    person.elsewhere ? 'still in the session before' : '',
    person.doubt === 'gap' ? 'the room’s events did not all reach us' : '',
    person.doubt === 'no_room' ? 'the room could not be made' : '',
  ]
  return `${person.name} (${person.role}): ${known.filter((k) => k !== '').join(', ')}`
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

function buttonsOf({ kind, key, detail }: CardCase): Block[] {
  if (kind === 'missing' || kind === 'objection') {
    const listed = (Array.isArray(detail.missing) ? detail.missing : []) as { participantId: string; name: string }[]
    const people = kind === 'missing' ? listed : [{ participantId: idIn(key), name: String(detail.name ?? '') }]
    // Five people with three buttons each stay far below Slack's fifty blocks.
    return people
      .slice(0, 12)
      .map((person) =>
        actions(`verdict ${person.participantId}`, [
          button('came', `${short(person.name)} came`, { key, participantId: person.participantId }),
          button('did_not_come', 'Did not come', { key, participantId: person.participantId }),
          button('cannot_tell', 'Cannot tell', { key, participantId: person.participantId }),
        ]),
      )
  }
  if (kind === 'unconfirmed') {
    const value = { key, participantId: idIn(key) }
    return [
      actions(`unconfirmed ${value.participantId}`, [
        button('will_call', 'I’ll call', value),
        button('release', 'Release the slot', value),
      ]),
    ]
  }
  return []
}

/** The participant in `kind:participantId@revision`. */
const idIn = (key: string): string => key.slice(key.indexOf(':') + 1, key.lastIndexOf('@'))

const section = (text: string): Block => ({ type: 'section', text: { type: 'mrkdwn', text: text.slice(0, 3000) } })
const actions = (id: string, elements: Block[]): Block => ({ type: 'actions', block_id: id.slice(0, 255), elements })
const button = (action: CardAction, title: string, value: Record<string, string>): Block => ({
  type: 'button',
  action_id: action,
  text: { type: 'plain_text', text: title.slice(0, 75) },
  value: JSON.stringify(value),
})

// Slack's own three; names are not allowed to become links or mentions.
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const plain = (text: string): string => escaped(text).slice(0, 3000)
const short = (name: string): string => name.slice(0, 40)
const list = (names: unknown): string =>
  Array.isArray(names) ? names.filter((n) => typeof n === 'string' && n !== '').join(', ') : ''

function clock(instant: string, timeZone: string): string {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone)
  const city = timeZone.split('/').at(-1)?.replaceAll('_', ' ')
  return `${local.toPlainTime().toString({ smallestUnit: 'minute' })} ${city}`
}
