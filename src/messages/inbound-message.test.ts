import { expect, test } from 'vitest'
import { readInbound } from './inbound-message.ts'
import { revisionOf } from './match-reply.ts'

const now = Temporal.Instant.from('2026-03-10T09:00:00Z')
const read = (item: Record<string, unknown>) =>
  readInbound({ id: 'wamid.1', from: '15550100002', timestamp: '1773133200', ...item }, now)

test('every kind of message is read for what was said, what was carried and what it answers', () => {
  const context = { id: 'wamid.parent' }
  expect(read({ type: 'button', button: { payload: 'p', text: 'Yes' }, context })).toMatchObject({
    phone: '+15550100002',
    body: 'Yes',
    payload: 'p',
    parentId: 'wamid.parent',
  })
  expect(
    read({ type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'p', title: 'Yes' } } }),
  ).toMatchObject({ body: 'Yes', payload: 'p' })
  expect(read({ type: 'reaction', reaction: { message_id: 'wamid.2', emoji: '👍' } })).toMatchObject({
    body: '👍',
    parentId: 'wamid.2',
  })
  expect(
    read({ type: 'edit', edit: { original_message_id: 'wamid.2', message: { type: 'text', text: { body: 'no' } } } }),
  ).toMatchObject({ body: 'no', parentId: 'wamid.2' })
  expect(read({ type: 'image', image: { caption: 'look' } })).toMatchObject({ kind: 'image', body: 'look' })
  expect(read({ type: 'interactive' })).toMatchObject({ body: null, payload: null })
  expect(read({ from: undefined, from_user_id: 'US.1', type: 'text', text: { body: 'hi' } })).toMatchObject({
    phone: null,
    whatsappUserId: 'US.1',
  })
})

test('without an id or a sender there is no message; a time that makes no sense is now', () => {
  expect(readInbound({ from: '1' }, now)).toBeNull()
  expect(readInbound({ id: 'wamid.1' }, now)).toBeNull()
  expect(readInbound('text', now)).toBeNull()
  expect(read({ timestamp: '99999999999' })?.saidAt).toEqual(now)
  expect(read({ timestamp: 'soon' })?.saidAt).toEqual(now)
})

test('the revision is read off the ledger key, with or without the session in it', () => {
  expect([revisionOf('reminder:4_HOURS:p@3', 9), revisionOf('nudge:p@s.12', 9), revisionOf(null, 9)]).toEqual([
    3, 12, 9,
  ])
})
