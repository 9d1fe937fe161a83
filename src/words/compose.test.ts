import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { ASHA, asha, at, joins, RAVI, ravi, says, sessionFacts } from '../playbook/example-session.ts'
import type { Message, SessionFacts } from '../playbook/facts.ts'
import { plan } from '../playbook/plan.ts'
import { LANGUAGES, TEMPLATE_NAMES } from './catalogue.ts'
import { compose, composeAccount } from './compose.ts'

const links = { join: 'https://punctual.example/join/abc', manage: 'https://punctual.example/m/abc' }
const organizer = { name: 'First steps', email: 'sessions@punctual.example' }
const say = (facts: SessionFacts, meaning: string, who = asha, detail: Message['detail'] = {}) => {
  const message = plan(facts).find((m) => m.meaning === meaning && m.participantId === who.id) as Message
  return compose({
    message: { ...message, detail: { ...message.detail, ...detail } },
    facts,
    participant: facts.participants.find((p) => p.id === who.id)!,
    links,
    now: at('05:00'),
    organizer,
  })
}

test('every template can be said in every language, to either role, by every channel', () => {
  for (const language of LANGUAGES) {
    for (const template of TEMPLATE_NAMES) {
      const participant = { ...(template.endsWith('MENTOR') ? ravi : asha), locale: language }
      const message = {
        ...(plan(sessionFacts())[0] as Message),
        template,
        detail: { oldStartsAt: at('08:00').toString(), calendar: 'x', notice: 'y' },
      }
      const said = template.startsWith('MENTORSHIP')
        ? compose({ message, facts: sessionFacts(), participant, links, now: at('05:00'), organizer })
        : composeAccount({ message, person: participant, programmeName: 'First steps', links })
      const all = JSON.stringify(said)
      expect(all, template).not.toMatch(/undefined|\[object|\{\w+\}/)
      for (const param of said.whatsapp.params) expect(param, template).toMatch(/^\S(?!.*\s{2})/)
      for (const other of [ravi, asha].filter((p) => p.id !== participant.id)) {
        expect(all).not.toContain(other.email)
        expect(all).not.toContain(other.phone)
      }
    }
  }
})

test('the time is the recipient’s own, with the other city where its clock differs', () => {
  expect(say(sessionFacts(), 'booked', ravi).whatsapp.text).toContain(
    'Thu 12 Mar, 15:30 (your time, Kolkata) · 10:00 London',
  )
  expect(
    say(sessionFacts({ participants: [ravi, { ...asha, timeZone: 'Pacific/Kiritimati' }] }), 'booked', asha).whatsapp
      .text,
  ).toContain('Fri 13 Mar, 00:00 (your time, Kiritimati) · Thu 12 Mar, 15:30 Kolkata')
  const hindi = say(sessionFacts({ participants: [{ ...ravi, locale: 'hi-IN' }, asha] }), 'booked', ravi).whatsapp.text
  expect(hindi).toContain('15:30 (आपका समय, Kolkata)')
})

test('the parameters filled into the registered body are what the person reads', () => {
  const { whatsapp } = say(sessionFacts(), 'reminder 4_HOURS')
  expect(whatsapp.name).toBe('mentorship_session_reminder_4_hours_to_mentee')
  expect(whatsapp.buttons.map((b) => b.action)).toEqual(['coming', 'cant_come', 'wants_to_move'])
  for (const param of whatsapp.params) expect(whatsapp.text).toContain(param)
})

test('a mail that asks carries a link for each answer, and no address but our own', () => {
  const { email } = say(sessionFacts(), 'reminder 4_HOURS')
  for (const action of ['coming', 'cant_come', 'wants_to_move'])
    expect(email.html).toContain(`${links.manage}?answer=${action}`)
  for (const [, url] of email.html.matchAll(/(?:href|src)="([^"]+)"/g))
    expect(url).toMatch(/^https:\/\/punctual\.example\/(join|m)\//)
})

test('what a person wrote is text in a mail, never markup', () => {
  const facts = sessionFacts({
    participants: [ravi, { ...asha, name: '<b>Asha</b> & "co"' }],
    roomEvents: [joins(ravi, at('10:00'))],
    replies: [says(asha, 'message', at('10:04'), { text: '<img src=x onerror=alert(1)> https://evil.example/join/x' })],
  })
  const { email, whatsapp } = say(facts, 'waiting 10', ravi)
  expect(email.html).not.toMatch(/<img|<b>/)
  expect(whatsapp.text).toContain('has written')
})

test('who waits reads whom we reached and how, and what they said', () => {
  const facts = sessionFacts({ roomEvents: [joins(ravi, at('10:00'))] })
  const delivery = {
    key: `nudge:${ASHA}@1`,
    meaning: 'nudge',
    channel: 'whatsapp' as const,
    recipientId: asha.accountId,
    state: 'delivered' as const,
    reason: null,
    createdAt: at('10:03'),
    acceptedAt: null,
    deliveredAt: null,
    failedAt: null,
  }
  expect(say({ ...facts, deliveries: [delivery] }, 'waiting 10', ravi).whatsapp.text).toContain(
    'We have written to Asha Rao (WhatsApp, delivered).',
  )
  expect(say({ ...facts, replies: [says(asha, 'late_10', at('10:04'))] }, 'waiting 10', ravi).whatsapp.text).toContain(
    '10 minutes late',
  )
})

const MISSED = [
  {
    participantId: ASHA,
    version: 1,
    verdict: 'absent' as const,
    stage: 'firm' as const,
    evidence: { final: true },
    decidedAt: at('12:00'),
    decidedBy: 'plan',
    reason: null,
  },
]

test('a follow-up offers three free times in the reader’s own clock', () => {
  const freeTimes = ['10:00', '11:00', '12:00', '13:00'].map((t) => ({
    startsAt: at(t, '2026-03-13'),
    endsAt: at(t, '2026-03-13'),
  }))
  const { whatsapp } = say(sessionFacts({ verdicts: MISSED, freeTimes }), 'follow_up')
  expect(whatsapp.text).toContain('Ravi Silva is free: Fri 13 Mar, 10:00; Fri 13 Mar, 11:00; Fri 13 Mar, 12:00.')
  expect(whatsapp.text).toContain('we missed you')
})

test('a follow-up to somebody for whom nothing can be booked promises no times', () => {
  const textOf = (detail: Record<string, unknown>) =>
    say(sessionFacts({ verdicts: MISSED }), 'follow_up', asha, detail).whatsapp.text
  expect(textOf({ freeTimes: [] })).toContain('No other time can be booked at the moment')
  expect(textOf({})).toContain('There are more times to choose from.')
})

test('a mail offers to change or cancel only what can still be changed', () => {
  const cancelled = sessionFacts({ session: { cancelledAt: at('05:00') } })
  cancelled.ledger.push({
    key: `booked:${ASHA}@1`,
    meaning: 'booked',
    decision: 'send',
    reason: null,
    recipientId: asha.accountId,
    dueAt: at('04:00'),
    expiresAt: at('10:00'),
    decidedAt: at('04:00'),
    detail: {},
  })
  expect(say(sessionFacts(), 'booked').email.text).toContain(`Change or cancel: ${links.manage}`)
  for (const { email } of [say(cancelled, 'cancelled'), say(sessionFacts({ verdicts: MISSED }), 'follow_up')]) {
    expect(email.text).toContain(`Details: ${links.manage}`)
    expect(email.text).not.toContain('Change or cancel')
  }
})

describe('the invitation', () => {
  const event = (facts: SessionFacts, meaning: string, who = asha) => {
    const ics = say(facts, meaning, who).email.ics
    const calendar = new ICAL.Component(ICAL.parse(ics?.content ?? ''))
    const found = calendar.getFirstSubcomponent('vevent') as InstanceType<typeof ICAL.Component>
    const value = (name: string) => String(found.getFirstPropertyValue(name))
    return {
      method: String(calendar.getFirstPropertyValue('method')),
      uid: value('uid'),
      sequence: Number(value('sequence')),
      start: value('dtstart'),
      status: value('status'),
      organizer: value('organizer'),
    }
  }
  const moved = sessionFacts({
    session: { revision: 2, startsAt: at('12:00'), endsAt: at('12:30'), scheduledAt: at('09:00', '2026-03-10') },
  })
  moved.revisions.unshift({
    revision: 1,
    startsAt: at('10:00'),
    endsAt: at('10:30'),
    room: 'zoom',
    madeAt: at('09:00', '2026-03-09'),
    madeBy: 'x',
    cause: 'booked',
  })
  moved.revisions[1]!.cause = 'rescheduled'
  // Whoever has not heard of the first time hears of no move.
  const told = {
    meaning: 'booked',
    decision: 'send' as const,
    reason: null,
    detail: {},
    decidedAt: at('09:00', '2026-03-09'),
  }
  moved.ledger.push({
    ...told,
    key: `booked:${asha.id}@1`,
    recipientId: asha.accountId,
    dueAt: told.decidedAt,
    expiresAt: at('10:00'),
  })

  test('booked, moved and cancelled keep one UID and count up', () => {
    const booked = event(sessionFacts(), 'booked')
    expect(booked).toMatchObject({
      method: 'REQUEST',
      uid: `session-${asha.bookingId}@punctual`,
      start: '2026-03-12T10:00:00Z',
      status: 'CONFIRMED',
      organizer: 'mailto:sessions@punctual.example',
    })
    const later = event(moved, 'moved')
    expect(later).toMatchObject({ method: 'REQUEST', uid: booked.uid, start: '2026-03-12T12:00:00Z' })
    const cancelled = event({ ...moved, session: { ...moved.session, cancelledAt: at('05:00') } }, 'cancelled')
    expect(cancelled).toMatchObject({ method: 'CANCEL', uid: booked.uid, status: 'CANCELLED' })
    expect([booked.sequence < later.sequence, later.sequence < cancelled.sequence]).toEqual([true, true])
  })
  test('a mentor’s is the session’s own', () => {
    expect(event(sessionFacts(), 'booked', ravi).uid).toBe(`session-${sessionFacts().session.id}@punctual`)
    expect(RAVI).toBe(ravi.id)
  })
  test('a reminder has none', () => {
    expect(say(sessionFacts(), 'reminder 5_MINUTES').email.ics).toBeUndefined()
  })
})
