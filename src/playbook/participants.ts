import { isBefore } from '../interval.ts'
import type { Participant, RoomEvent, RoomPerson, SessionFacts } from './facts.ts'

/** How we know who somebody in the room is, strongest first. 'weak' says something about that person, never about others. */
export type KnownBy = 'registrant' | 'account' | 'alias' | 'join link' | 'name' | 'host domain'

/** One person (or device) in the room, however many events speak of it. */
export type Joiner = {
  people: RoomPerson[]
  /** First time this joiner was seen. */
  seenAt: Temporal.Instant
  participantId: string | null
  by: KnownBy | null
  /** A pool host or a meeting's own machinery: nobody who was expected, and nobody to wonder about. */
  nobody: boolean
}

export type Sighting = { person: RoomPerson; uuid: string | null; at: Temporal.Instant; leaving: boolean }

// A guest counts as whoever opened our join link this shortly before.
const CLICK_LEADS = { minutes: 3 }

/**
 * Who is this? A ladder, first match wins: the registrant id of a personal link; a signed-in account or a host id linked
 * to the account; an exact address or number; our own join link opened just before; the name; the host's e-mail domain
 * (exact labels, weak). Whoever stays unknown is unidentified, and while one is on record nobody is called absent.
 * The order of `sightings` does not matter.
 */
export function identify(
  facts: Pick<SessionFacts, 'participants' | 'joinClicks' | 'host' | 'hostDomains'>,
  sightings: Sighting[],
): {
  joiners: Joiner[]
  joinerOf: Map<Sighting, Joiner>
} {
  const groups = sameDevice(sightings.toSorted(byContent))
  const joinerOf = new Map<Sighting, Joiner>()
  const joiners = groups.map((group) => {
    const seenAt = group.map((s) => s.at).reduce((a, b) => (isBefore(b, a) ? b : a))
    const joiner: Joiner = { people: group.map((s) => s.person), seenAt, participantId: null, by: null, nobody: false }
    for (const sighting of group) joinerOf.set(sighting, joiner)
    return joiner
  })

  for (const joiner of joiners) byStrongSigns(facts, joiner)
  byJoinLink(facts, joiners)
  for (const joiner of joiners) if (open(joiner)) byName(facts, joiner)
  for (const joiner of joiners) if (open(joiner)) byHostDomain(facts, joiner)
  return { joiners, joinerOf }
}

const open = (joiner: Joiner): boolean => joiner.participantId === null && !joiner.nobody

function byStrongSigns({ participants, host }: Pick<SessionFacts, 'participants' | 'host'>, joiner: Joiner): void {
  const ids = joiner.people.flatMap((p) => [p.id, p.participantUserId]).filter(isText)
  const registrants = joiner.people.map((p) => p.registrantId).filter(isText)
  const addresses = joiner.people.map((p) => mailbox(p.email)?.address).filter(isText)
  const isUser = (known: string): boolean => ids.includes(known) || addresses.includes(known.toLowerCase())
  const phones = joiner.people.map((p) => digits(p.phoneNumber)).filter((n) => n.length >= 7)

  const rungs: [KnownBy, (p: Participant) => boolean][] = [
    ['registrant', (p) => p.registrantId !== null && registrants.includes(p.registrantId)],
    ['account', (p) => p.zoomUserIds.some(isUser)],
    ['account', (p) => host?.accountId === p.accountId && host.zoomUserIds.some(isUser)],
    ['alias', (p) => [p.email, ...p.aliases].some((a) => addresses.includes(a.toLowerCase()))],
    ['alias', (p) => p.phone !== null && phones.includes(digits(p.phone))],
  ]
  for (const [by, matches] of rungs) {
    const found = only(participants, matches)
    if (found) {
      name(joiner, found, by)
      return
    }
  }
  // A host of the pool opens the room on our behalf and is nobody's.
  joiner.nobody = host !== null && host.accountId === null && host.zoomUserIds.some(isUser)
}

/** Each click explains one joiner, each joiner takes the latest click before it, in order of time. */
function byJoinLink(
  { participants, joinClicks }: Pick<SessionFacts, 'participants' | 'joinClicks'>,
  joiners: Joiner[],
): void {
  const known = new Set(joiners.map((j) => j.participantId))
  for (const joiner of joiners.filter(open).sort(bySeen)) {
    const candidates = new Set(
      joinClicks
        .filter((c) => !isBefore(joiner.seenAt, c.at) && !isBefore(c.at, joiner.seenAt.subtract(CLICK_LEADS)))
        .map((c) => c.participantId)
        .filter((id) => !known.has(id)),
    )
    const rivals = joiners.filter((j) => j !== joiner && open(j) && near(j.seenAt, joiner.seenAt))
    const agreeing = [...candidates].filter((id) =>
      saysName(
        joiner,
        participants.find((p) => p.id === id),
      ),
    )
    const chosen = candidates.size === 1 && (rivals.length === 0 || agreeing.length === 1) ? [...candidates] : agreeing
    const found = chosen.length === 1 ? participants.find((p) => p.id === chosen[0]) : undefined
    if (!found) continue
    name(joiner, found, 'join link')
    known.add(found.id)
  }
}

const near = (a: Temporal.Instant, b: Temporal.Instant): boolean =>
  a.until(b).abs().total('minutes') <= CLICK_LEADS.minutes

function byName({ participants }: Pick<SessionFacts, 'participants'>, joiner: Joiner): void {
  const whole = only(participants, (p) =>
    joiner.people.some((person) => plain(person.name) === plain(p.name) && plain(p.name) !== ''),
  )
  const found = whole ?? only(participants, (p) => saysName(joiner, p))
  if (found) name(joiner, found, 'name')
}

/** Same full name, or a single given name of at least three letters that is theirs. */
function saysName(joiner: Joiner, participant: Participant | undefined): boolean {
  if (!participant) return false
  const wanted = plain(participant.name)
  return joiner.people.some((person) => {
    const said = plain(person.name)
    return said !== '' && (said === wanted || (said.length >= 3 && said === wanted.split(' ')[0]))
  })
}

function byHostDomain(
  { participants, hostDomains }: Pick<SessionFacts, 'participants' | 'hostDomains'>,
  joiner: Joiner,
): void {
  const domains = joiner.people.map((p) => mailbox(p.email)?.domain).filter(isText)
  if (!domains.some((d) => hostDomains.some((h) => h.toLowerCase() === d))) return
  const mentor = only(participants, (p) => p.role === 'mentor' && p.leftAt === null)
  if (mentor) name(joiner, mentor, 'host domain')
}

function name(joiner: Joiner, participant: Participant, by: KnownBy): void {
  joiner.participantId = participant.id
  joiner.by = by
}

/** The one person for whom it is true; nobody when it is true for several accounts. A stay in the plan beats an old one. */
function only(participants: Participant[], matches: (p: Participant) => boolean): Participant | undefined {
  const found = participants.filter(matches)
  if (new Set(found.map((p) => p.accountId)).size !== 1) return undefined
  return found.find((p) => p.leftAt === null) ?? found[0]
}

/**
 * Groups what belongs to one device or person. Zoom's user_id and participant_uuid change with every join and have been
 * seen to differ between a join and its own leave, so any shared sign joins two sightings; a leave without any falls to
 * whoever had that name.
 */
function sameDevice(sightings: Sighting[]): Sighting[][] {
  const groups: { signs: Set<string>; sightings: Sighting[] }[] = []
  for (const sighting of sightings) {
    const signs = signsOf(sighting)
    const touching = groups.filter((g) => [...signs].some((s) => g.signs.has(s)))
    const merged = {
      signs: new Set([...signs, ...touching.flatMap((g) => [...g.signs])]),
      sightings: [...touching.flatMap((g) => g.sightings), sighting],
    }
    for (const g of touching) groups.splice(groups.indexOf(g), 1)
    groups.push(merged)
  }
  const arriving = groups.filter((g) => g.sightings.some((s) => !s.leaving))
  const leaving = groups.filter((g) => g.sightings.every((s) => s.leaving))
  const lost = leaving.filter((g) => {
    const names = g.sightings.map((s) => plain(s.person.name)).filter((n) => n !== '')
    const hosts = arriving.filter((a) => a.sightings.some((s) => names.includes(plain(s.person.name))))
    if (hosts.length !== 1) return true
    hosts[0]?.sightings.push(...g.sightings)
    return false
  })
  return [...arriving, ...lost].map((g) => g.sightings)
}

function signsOf({ person, uuid }: Sighting): Set<string> {
  const signs: [string, string | undefined][] = [
    ['registrant', person.registrantId],
    ['account', person.id],
    ['account', person.participantUserId],
    ['address', mailbox(person.email)?.address],
    [`device ${uuid}`, person.participantUuid],
    [`seat ${uuid}`, person.userId],
  ]
  const found = signs.filter(([, value]) => isText(value)).map(([kind, value]) => `${kind} ${value}`)
  // Nothing but a name: two guests called "iPhone" cannot be told apart, and need not be.
  return new Set(found.length > 0 ? found : [`name ${plain(person.name)}`])
}

/** Exactly one @, plain ASCII labels; anything else is no address. Lower case. */
export function mailbox(email: string | undefined): { address: string; domain: string } | null {
  const match = /^([^\s@<>"]{1,64})@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63})$/i.exec(
    email?.trim() ?? '',
  )
  if (!match?.[1] || !match[2]) return null
  return { address: `${match[1]}@${match[2]}`.toLowerCase(), domain: match[2].toLowerCase() }
}

const plain = (text: string | undefined): string =>
  (text ?? '')
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
const digits = (phone: string | undefined): string => (phone ?? '').replace(/\D/g, '')
const isText = (value: string | undefined | null): value is string => typeof value === 'string' && value !== ''
const byContent = (a: Sighting, b: Sighting): number =>
  Temporal.Instant.compare(a.at, b.at) ||
  Number(a.leaving) - Number(b.leaving) ||
  (contentOf(a) < contentOf(b) ? -1 : 1)
const contentOf = ({ person, uuid }: Sighting): string => JSON.stringify([uuid, ...Object.entries(person).sort()])
const bySeen = (a: Joiner, b: Joiner): number =>
  Temporal.Instant.compare(a.seenAt, b.seenAt) || JSON.stringify(a.people).localeCompare(JSON.stringify(b.people))

/** Events that say that somebody is there, in the room or at its door: a waiting room counts as having come. */
export const ARRIVING: ReadonlySet<RoomEvent['event']> = new Set([
  'meeting.participant_joined',
  'meeting.participant_joined_waiting_room',
  'meeting.participant_put_in_waiting_room',
  'meeting.participant_admitted',
  'meeting.participant_jbh_joined',
  'meeting.participant_jbh_waiting',
])
export const LEAVING: ReadonlySet<RoomEvent['event']> = new Set([
  'meeting.participant_left',
  'meeting.participant_left_waiting_room',
  'meeting.participant_jbh_waiting_left',
])
