import { isDue } from '../interval.ts'
import type { CaseFact, CaseWish, Decision, DeliveryFact, LedgerEntry, Message, Participant } from './facts.ts'
import { type MissedFacts, pauseCases, warnings } from './missed.ts'
import { channelsOf, type Still } from './settle.ts'

/** What may be looked at to write to a person about their account. Keys carry a count of their own: `meaning:id@n`. */
export type AccountFacts = {
  account: Pick<Participant, 'accountId' | 'name' | 'locale' | 'timeZone' | 'channels'> & {
    invitedAt: Temporal.Instant | null
    acceptedAt: Temporal.Instant | null
    deactivatedAt: Temporal.Instant | null
  }
  /** Calendar connections, also ended ones. `version` of the breakage: a second breakage after a reconnect is told again. */
  connections: {
    id: string
    calendar: string
    connectedAt: Temporal.Instant
    brokenAt: Temporal.Instant | null
    disconnectedAt: Temporal.Instant | null
  }[]
  /** What went by without this person, programme by programme. */
  missed: MissedFacts[]
  /** Pauses of their bookings, also lifted ones. */
  pauses: { id: string; programmeName: string; pausedAt: Temporal.Instant; liftedAt: Temporal.Instant | null }[]
  /** Open cases about the person's record. */
  cases: Pick<CaseFact, 'kind' | 'key' | 'detail'>[]
  ledger: LedgerEntry[]
  deliveries: DeliveryFact[]
}

export type AccountSettlement = {
  decisions: Decision[]
  withdrawn: { key: string; reason: string }[]
  cases: CaseWish[]
  wakeAt: Temporal.Instant | null
}

const LASTS = { hours: 7 * 24 }

/** The invitation until it is accepted; a broken calendar connection, told once per breakage; what the programme's policy says about missed sessions and pauses. Mail first. */
export function planAccount({ account, connections, missed, pauses }: AccountFacts): Message[] {
  if (account.deactivatedAt) return []
  const message = (
    meaning: string,
    id: string,
    count: string,
    template: string,
    dueAt: Temporal.Instant,
    detail: Record<string, unknown>,
  ): Message => ({
    key: `${meaning}:${id}@${count}`,
    meaning,
    participantId: null,
    recipientId: account.accountId,
    way: 'email_else_whatsapp',
    template,
    dueAt,
    expiresAt: dueAt.add(LASTS),
    exempt: true,
    detail,
  })
  const notice = (id: string, at: Temporal.Instant, says: string, programme: string, values = {}): Message =>
    message('policy_notice', id, '1', 'POLICY_NOTICE', at, { says, values, programme })
  const seconds = (at: Temporal.Instant) => String(Math.floor(at.epochMilliseconds / 1000))
  return [
    ...(account.invitedAt && !account.acceptedAt
      ? [
          message(
            'invitation',
            account.accountId,
            seconds(account.invitedAt),
            'ACCOUNT_INVITATION',
            account.invitedAt,
            {},
          ),
        ]
      : []),
    ...connections
      .filter((c) => c.brokenAt && !c.disconnectedAt)
      .map((c) => {
        const brokenAt = c.brokenAt as Temporal.Instant
        return message('connection_broken', c.id, seconds(c.connectedAt), 'CALENDAR_CONNECTION_BROKEN', brokenAt, {
          calendar: c.calendar,
          connectionId: c.id,
        })
      }),
    ...missed
      .flatMap(warnings)
      .map(({ by, all, at, days, programmeName }) =>
        notice(`missed:${by.participantId}`, at, 'missedNotice', programmeName, { count: all.length, days }),
      ),
    ...pauses.flatMap(({ id, programmeName, pausedAt, liftedAt }) => [
      ...(liftedAt ? [] : [notice(`paused:${id}`, pausedAt, 'pausedNotice', programmeName)]),
      ...(liftedAt ? [notice(`resumed:${id}`, liftedAt, 'resumedNotice', programmeName)] : []),
    ]),
  ]
}

/** One decision for each message whose time has come, as for a session. */
export function settleAccount(facts: AccountFacts, now: Temporal.Instant): AccountSettlement {
  const messages = planAccount(facts)
  const decided = new Set(facts.ledger.map((l) => l.key))
  const open = messages.filter((m) => !decided.has(m.key))
  const keys = new Set(messages.map((m) => m.key))
  const later = open.filter((m) => !isDue(m.dueAt, now)).map((m) => m.dueAt)
  return {
    decisions: open.filter((m) => isDue(m.dueAt, now)).map((m) => decide(facts, m, now)),
    withdrawn: facts.deliveries
      .filter((d) => d.state === 'pending' && !keys.has(d.key))
      .map((d) => ({ key: d.key, reason: 'no longer needed' })),
    cases: recordCases(facts),
    wakeAt: later.toSorted(Temporal.Instant.compare)[0] ?? null,
  }
}

/** A case that the record no longer calls for is settled by what changed it. */
function recordCases({ account, missed, cases }: AccountFacts): CaseWish[] {
  const wanted = account.deactivatedAt ? [] : missed.flatMap((one) => pauseCases(one, account))
  const keys = new Set(wanted.map(({ key }) => key))
  const over = cases.filter(({ key }) => !keys.has(key))
  return [
    ...wanted,
    ...over.map(({ kind, key, detail }): CaseWish => {
      const settled = account.deactivatedAt
        ? 'They take part no more.'
        : 'It is known by now that they missed fewer sessions.'
      return {
        kind,
        key,
        participantId: null,
        title: `${account.name}: sessions missed`,
        detail,
        expiresAt: null,
        settled,
      }
    }),
  ]
}

function decide({ account }: AccountFacts, message: Message, now: Temporal.Instant): Decision {
  if (isDue(message.expiresAt, now))
    return { message, decision: 'expired', reason: 'its time had passed', channels: [] }
  const channels = channelsOf(message.way, account)
  return channels.length > 0
    ? { message, decision: 'send', reason: null, channels }
    : { message, decision: 'skipped', reason: 'unreachable', channels: [] }
}

/** Asked at the claim: accepted invitations and mended connections are not written about any more. */
export function accountStillPlanned(facts: AccountFacts, key: string, now: Temporal.Instant): Still {
  const message = planAccount(facts).find((m) => m.key === key)
  if (!message) return { send: false, state: 'suppressed', reason: 'no longer needed' }
  return isDue(message.expiresAt, now)
    ? { send: false, state: 'expired', reason: 'its time had passed' }
    : { send: true, message }
}
