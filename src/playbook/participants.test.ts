import { expect, test } from 'vitest'
import { ASHA, asha, at, RAVI, ravi, sessionFacts } from './example-session.ts'
import type { RoomPerson } from './facts.ts'
import { identify, mailbox } from './participants.ts'

const seen = (person: RoomPerson, when = '10:00') => ({ person, uuid: 'u', at: at(when), leaving: false })
const who = (person: RoomPerson, over: Parameters<typeof sessionFacts>[0] = {}) => {
  const [joiner] = identify(sessionFacts({ hostDomains: ['airtribe.live'], ...over }), [seen(person)]).joiners
  return joiner?.nobody
    ? 'nobody'
    : `${joiner?.participantId === ASHA ? 'Asha' : joiner?.participantId === RAVI ? 'Ravi' : '?'} by ${joiner?.by}`
}

test('the ladder, strongest sign first', () => {
  expect(who({ registrantId: 'reg-asha', email: 'ravi@mentors.example', name: 'Ravi Silva' })).toBe(
    'Asha by registrant',
  )
  expect(who({ id: 'zoom-7' }, { participants: [{ ...ravi, zoomUserIds: ['zoom-7'] }, asha] })).toBe('Ravi by account')
  expect(who({ email: 'RAVI@work.example' })).toBe('Ravi by alias')
  expect(who({ phoneNumber: '+1 212 000 0002' })).toBe('Asha by alias')
  expect(who({ name: 'Guest' }, { joinClicks: [{ participantId: ASHA, at: at('09:59') }] })).toBe('Asha by join link')
  expect(who({ name: 'asha rao' })).toBe('Asha by name')
  expect(who({ name: 'Asha' })).toBe('Asha by name')
  expect(who({ email: 'anyone@Airtribe.Live', name: 'Room 4' })).toBe('Ravi by host domain')
  expect(who({ name: 'iPhone' })).toBe('? by null')
  expect(who({})).toBe('? by null')
})

test("a mentor's own host is the mentor, a pool host is nobody", () => {
  const host = (accountId: string | null) => ({ host: { zoomUserIds: ['host@zoom.example', 'H1'], accountId } })
  expect(who({ id: 'H1' }, host(ravi.accountId))).toBe('Ravi by account')
  expect(who({ participantUserId: 'H1', name: 'Ops' }, host(null))).toBe('nobody')
})

test.each([
  'x@evil-airtribe.live',
  'x@airtribe.live.evil.com',
  'x@sub.airtribe.live',
  'x@airtribe.live@evil.com',
  'x@аirtribe.live',
  'airtribe.live',
])('an address like %s is not from the host domain', (email) => {
  expect(who({ email, name: 'Somebody' })).toBe('? by null')
})

test('two of the same name cannot be told apart', () => {
  expect(
    who(
      { name: 'Asha' },
      { participants: [ravi, asha, { ...asha, id: 'other', accountId: 'other', registrantId: null }] },
    ),
  ).toBe('? by null')
})

test('one click does not explain two guests', () => {
  const facts = sessionFacts({ joinClicks: [{ participantId: ASHA, at: at('09:59') }] })
  const { joiners } = identify(facts, [
    seen({ name: 'Guest', userId: '1' }),
    seen({ name: 'Tablet', userId: '2' }, '10:01'),
  ])
  expect(joiners.map((j) => j.participantId)).toEqual([null, null])
})

test('somebody who was moved away is known, and not unidentified', () => {
  const left = { ...asha, id: 'left', accountId: 'left', registrantId: 'reg-left', leftAt: at('09:00') }
  const { joiners } = identify(sessionFacts({ participants: [ravi, asha, left] }), [seen({ registrantId: 'reg-left' })])
  expect(joiners[0]?.participantId).toBe('left')
})

test('mailboxes are exact', () => {
  expect(mailbox('A@B.example')).toEqual({ address: 'a@b.example', domain: 'b.example' })
  expect(mailbox('')).toBeNull()
  expect(mailbox('a@b@c.example')).toBeNull()
})
