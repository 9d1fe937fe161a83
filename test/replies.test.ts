import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../src/database/pool.ts'
import { transact } from '../src/database/transaction.ts'
import { newId } from '../src/ids.ts'
import { buttonPayload } from '../src/links.ts'
import { recordBounce } from '../src/messages/receipts.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { retryDelivery } from '../src/sessions/deliver-again.ts'
import { signSlack, signWhatsapp } from '../src/vendors/signatures.ts'
import {
  answeringHouse,
  NOW,
  repliesOf,
  SECRET,
  type Seeded,
  seconds,
  seedAsk,
  seedSession,
  wakeAtOf,
} from './support/answering.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

let database: TestDatabase
let db: Database
let app: ReturnType<typeof answeringHouse>['app']
beforeAll(async () => {
  database = await testDatabase()
  db = database.db
  app = answeringHouse(db).app
})
afterAll(() => database.drop())

type Item = Record<string, unknown>
async function send(
  value: { messages?: Item[]; statuses?: Item[]; user_preferences?: Item[] },
  field = 'messages',
): Promise<void> {
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    mark: newId(),
    entry: [
      {
        id: 'waba',
        changes: [
          { field, value: { messaging_product: 'whatsapp', metadata: { phone_number_id: '1122334455667' }, ...value } },
        ],
      },
    ],
  })
  const answer = await app.request('/webhooks/whatsapp', {
    method: 'POST',
    body,
    headers: { 'x-hub-signature-256': signWhatsapp('meta-secret', body) },
  })
  expect(answer.status).toBe(200)
}
const said = (phone: string, rest: Item): Item => ({
  from: phone.slice(1),
  id: `wamid.in.${newId()}`,
  timestamp: seconds(NOW),
  ...rest,
})
const typed = (phone: string, body: string, context?: string): Item =>
  said(phone, { type: 'text', text: { body }, ...(context ? { context: { id: context } } : {}) })
const pressed = (phone: string, payload: string, text = 'Yes'): Item =>
  said(phone, { type: 'button', button: { payload, text } })
const payload = (seeded: Seeded, action = 'coming', revision = 1) =>
  buttonPayload(SECRET, { action, participantId: seeded.mentee.participantId, revision })
const meanings = async ({ sessionId }: Seeded) =>
  (await repliesOf(db, sessionId)).map(({ meaning, matched_by }) => [meaning, matched_by])
const sleep = (sessionId: string) =>
  db.updateTable('session').set({ wake_at: null }).where('id', '=', sessionId).execute()
const phoneOf = async ({ mentee }: Seeded) =>
  (await db.selectFrom('account').select('phone_e164').where('id', '=', mentee.accountId).executeTakeFirstOrThrow())
    .phone_e164

/** Somebody we wrote to, and whose number on file was another one until now. */
async function seedMoved() {
  const asha = await seedSession(db)
  const { wamid } = await seedAsk(db, asha)
  const phone = asha.mentee.phone.replace('+1', '+44')
  await db.updateTable('account').set({ phone_e164: phone }).where('id', '=', asha.mentee.accountId).execute()
  return { asha, old: asha.mentee.phone, phone, wamid }
}

describe('which question an answer belongs to', () => {
  test('a signed button answers for the person asked, once, and wakes the session', async () => {
    const seeded = await seedSession(db)
    const press = pressed(seeded.mentee.phone, payload(seeded))
    await send({ messages: [press] })
    await send({ messages: [press] })
    expect(await meanings(seeded)).toEqual([['coming', 'payload']])
    expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
  })

  test('a button of an older time is recorded with that revision', async () => {
    const seeded = await seedSession(db)
    await db.updateTable('session').set({ revision: 3 }).where('id', '=', seeded.sessionId).execute()
    await send({ messages: [pressed(seeded.mentee.phone, payload(seeded, 'coming', 2))] })
    expect(await repliesOf(db, seeded.sessionId)).toMatchObject([{ revision: 2, meaning: 'coming' }])
  })

  test('a forwarded button pressed by somebody else answers for nobody', async () => {
    const seeded = await seedSession(db)
    const other = await seedSession(db)
    await send({ messages: [pressed(other.mentee.phone, payload(seeded))] })
    expect(await meanings(seeded)).toEqual([])
    expect(await wakeAtOf(db, seeded.sessionId)).toBeNull()
  })

  test('an unknown or forged button and a sticker are kept without effect', async () => {
    const seeded = await seedSession(db)
    await seedAsk(db, seeded)
    const forged = `${payload(seeded).slice(0, -3)}AAA`
    const items = [
      pressed(seeded.mentee.phone, 'SOMETHING_ELSE'),
      pressed(seeded.mentee.phone, forged),
      said(seeded.mentee.phone, { type: 'sticker', sticker: { id: '1' } }),
    ]
    await send({ messages: items })
    expect(await meanings(seeded)).toEqual([])
    const kept = await db
      .selectFrom('whatsapp_message')
      .select('kind')
      .where('phone_e164', '=', seeded.mentee.phone)
      .where('direction', '=', 'in')
      .execute()
    expect(kept.map(({ kind }) => kind).sort()).toEqual(['button', 'button', 'sticker'])
  })

  test('a quoted answer is traced through the chain of parents, a thumb as well', async () => {
    const seeded = await seedSession(db)
    const { wamid } = await seedAsk(db, seeded)
    const first = typed(seeded.mentee.phone, 'what is it about?', wamid)
    await send({ messages: [first, typed(seeded.mentee.phone, 'ok thanks', first.id as string)] })
    await send({
      messages: [said(seeded.mentee.phone, { type: 'reaction', reaction: { message_id: wamid, emoji: '👍🏽' } })],
    })
    await send({ messages: [said(seeded.mentee.phone, { type: 'reaction', reaction: { message_id: wamid } })] })
    expect(await meanings(seeded)).toEqual([
      ['message', 'parent'],
      ['coming', 'parent'],
      ['coming', 'parent'],
    ])
  })

  test('a session that is over asks no more whether somebody will come: the next one hears the "yes"', async () => {
    const over = await seedSession(db)
    await seedAsk(db, over)
    const next = await seedSession(db)
    await db
      .updateTable('session_participant')
      .set({ account_id: over.mentee.accountId })
      .where('id', '=', next.mentee.participantId)
      .execute()
    await seedAsk(db, { ...next, mentee: { ...next.mentee, accountId: over.mentee.accountId } })
    await db
      .updateTable('session')
      .set({ starts_at: NOW.subtract({ hours: 2 }), ends_at: NOW.subtract({ hours: 1 }) })
      .where('id', '=', over.sessionId)
      .execute()
    await send({ messages: [typed(over.mentee.phone, 'Haan ji')] })
    expect(await meanings(next)).toEqual([['coming', 'only_ask']])
  })

  test('a bare "haan ji" answers the only open question, and none when there are two', async () => {
    const one = await seedSession(db)
    await seedAsk(db, one)
    await send({ messages: [typed(one.mentee.phone, 'Haan ji, aa raha hoon')] })
    expect(await meanings(one)).toEqual([['coming', 'only_ask']])

    const two = await seedSession(db)
    await seedAsk(db, two)
    const again = await seedSession(db)
    await db
      .updateTable('session_participant')
      .set({ account_id: two.mentee.accountId })
      .where('id', '=', again.mentee.participantId)
      .execute()
    await seedAsk(db, {
      ...again,
      mentee: { ...again.mentee, accountId: two.mentee.accountId, phone: two.mentee.phone },
    })
    await send({ messages: [typed(two.mentee.phone, 'yes')] })
    expect([await meanings(two), await meanings(again)]).toEqual([[], []])
  })

  test('"can\'t make it" is understood, and a question is only a message', async () => {
    const seeded = await seedSession(db)
    await seedAsk(db, seeded)
    await send({ messages: [typed(seeded.mentee.phone, 'is it on Zoom?')] })
    await send({ messages: [typed(seeded.mentee.phone, 'Sorry, I can’t make it today')] })
    expect(await meanings(seeded)).toEqual([
      ['message', 'only_ask'],
      ['cant_come', 'only_ask'],
    ])
  })

  test('a shared phone: the answer is of the one who was asked', async () => {
    const seeded = await seedSession(db)
    const sibling = await seedSession(db, { phone: seeded.mentee.phone })
    await seedAsk(db, sibling)
    await send({ messages: [typed(seeded.mentee.phone, 'yes')] })
    expect([await meanings(seeded), await meanings(sibling)]).toEqual([[], [['coming', 'only_ask']]])
  })

  test("a number that is somebody else's now speaks for them, also when they answer a message to its former owner", async () => {
    const { asha, old, wamid } = await seedMoved()
    const zoe = await seedSession(db, { phone: old })
    await send({ messages: [typed(old, "I can't make it"), typed(old, "I can't make it", wamid)] })
    expect([await meanings(asha), await meanings(zoe)]).toEqual([[], []])
    await seedAsk(db, zoe)
    await send({ messages: [typed(old, "I can't make it")] })
    expect([await meanings(asha), await meanings(zoe)]).toEqual([[], [['cant_come', 'only_ask']]])
  })

  test('a number that nobody has on file speaks for whom we wrote to there, until we write to them elsewhere', async () => {
    const { asha, old, phone } = await seedMoved()
    await send({ messages: [typed(old, 'is it on Zoom?')] })
    expect(await meanings(asha)).toEqual([['message', 'only_ask']])

    const since = await seedAsk(db, { ...asha, mentee: { ...asha.mentee, phone } }, { meaning: 'reminder 30_MINUTES' })
    await db.updateTable('whatsapp_message').set({ said_at: NOW }).where('wamid', '=', since.wamid).execute()
    await db.updateTable('delivery').set({ accepted_at: NOW }).where('id', '=', since.deliveryId).execute()
    await send({ messages: [typed(old, "I can't make it")] })
    expect(await meanings(asha)).toEqual([['message', 'only_ask']])
  })

  test('whatever an expected person sends around the session is a sign of life', async () => {
    const seeded = await seedSession(db, { startsAt: NOW.subtract({ minutes: 20 }) })
    await send({ messages: [said(seeded.mentee.phone, { type: 'image', image: { id: '1' } })] })
    await send({ messages: [typed(seeded.mentee.phone, 'my internet is down')] })
    expect(await meanings(seeded)).toEqual([
      ['message', 'sender'],
      ['message', 'sender'],
    ])
    expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
  })

  test('an answer to a session that was merged away counts where the person is expected now', async () => {
    const old = await seedSession(db)
    const survivor = await seedSession(db)
    await db.updateTable('session').set({ merged_into: survivor.sessionId }).where('id', '=', old.sessionId).execute()
    await db
      .updateTable('session_participant')
      .set({ left_at: NOW })
      .where('id', '=', old.mentee.participantId)
      .execute()
    await db
      .updateTable('session_participant')
      .set({ account_id: old.mentee.accountId })
      .where('id', '=', survivor.mentee.participantId)
      .execute()
    await send({ messages: [pressed(old.mentee.phone, payload(old))] })
    expect(await repliesOf(db, survivor.sessionId)).toMatchObject([
      { participant_id: survivor.mentee.participantId, meaning: 'coming', revision: 1 },
    ])
  })
})

describe('a batch', () => {
  test('one item that cannot be stored is a case, the others stand', async () => {
    const good = await seedSession(db)
    await sql`alter table whatsapp_message add constraint no_poison check (body <> 'poison')`.execute(database.owner)
    await send({
      messages: [
        typed(good.mentee.phone, 'poison'),
        { id: 'wamid.x', from: 'nobody' },
        pressed(good.mentee.phone, payload(good)),
      ],
    })
    await sql`alter table whatsapp_message drop constraint no_poison`.execute(database.owner)
    expect(await meanings(good)).toEqual([['coming', 'payload']])
    const cases = await db.selectFrom('ops_case').select('detail').where('kind', '=', 'poison').execute()
    expect(cases).toMatchObject([{ detail: { kind: 'message.text', code: '23514' } }])
  })

  test('items of a week ago and more are ancient', async () => {
    const seeded = await seedSession(db)
    await send({
      messages: [
        { ...pressed(seeded.mentee.phone, payload(seeded)), timestamp: seconds(NOW.subtract({ hours: 24 * 9 })) },
      ],
    })
    expect(await meanings(seeded)).toEqual([])
  })
})

describe('receipts', () => {
  const status = (wamid: string, kind: string, rest: Item = {}): Item => ({
    id: wamid,
    status: kind,
    timestamp: seconds(NOW),
    recipient_id: '15550100002',
    ...rest,
  })
  const delivery = async (id: string) => {
    const row = await db
      .selectFrom('delivery')
      .select(['state', 'reason', 'delivered_at', 'read_at', 'failed_at'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return row.state
  }

  test('states only rise, whatever the order; delivered wakes, sent and read do not', async () => {
    const seeded = await seedSession(db)
    const { deliveryId, wamid } = await seedAsk(db, seeded)
    await send({ statuses: [status(wamid, 'sent')] })
    expect([await delivery(deliveryId), await wakeAtOf(db, seeded.sessionId)]).toEqual(['accepted', null])
    await send({ statuses: [status(wamid, 'delivered')] })
    expect([await delivery(deliveryId), await wakeAtOf(db, seeded.sessionId)]).toEqual(['delivered', NOW.toString()])
    await sleep(seeded.sessionId)
    await send({
      statuses: [
        status(wamid, 'read'),
        status(wamid, 'delivered'),
        status(wamid, 'failed', { errors: [{ code: 131026 }] }),
      ],
    })
    expect([await delivery(deliveryId), await wakeAtOf(db, seeded.sessionId)]).toEqual(['read', null])
  })

  test('a failure wakes the session and keeps its code; the dead number is remembered', async () => {
    const seeded = await seedSession(db)
    const { deliveryId, wamid } = await seedAsk(db, seeded)
    await send({ statuses: [status(wamid, 'failed', { errors: [{ code: 131026, title: 'Message undeliverable' }] })] })
    expect(await delivery(deliveryId)).toBe('failed')
    expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
    expect(
      await db.selectFrom('dead_address').select('why').where('address', '=', seeded.mentee.phone).execute(),
    ).toEqual([{ why: '131026' }])
  })

  test('a late failure is about the number the message went to, not about the one on file by now', async () => {
    const { old, phone, wamid } = await seedMoved()
    await send({ statuses: [status(wamid, 'failed', { errors: [{ code: 131026 }] })] })
    const dead = await db.selectFrom('dead_address').select('address').where('address', 'in', [old, phone]).execute()
    expect(dead).toEqual([{ address: old }])
  })

  describe('of a message that failed and that ops send again', () => {
    async function seedFailedAsk() {
      const seeded = await seedSession(db)
      const { deliveryId, attemptId, wamid } = await seedAsk(db, seeded)
      await db.updateTable('delivery').set({ tries: 1 }).where('id', '=', deliveryId).execute()
      const first = (kind: string, code = 131049) =>
        status(wamid, kind, {
          biz_opaque_callback_data: attemptId,
          ...(kind === 'failed' ? { errors: [{ code }] } : {}),
        })
      await send({ statuses: [first('sent'), first('failed')] })
      expect(await delivery(deliveryId)).toBe('failed')
      await retryDelivery(db, SYSTEM, { id: deliveryId, reason: 'they called' }, NOW)
      await sleep(seeded.sessionId)
      return { ...seeded, deliveryId, wamid, first }
    }
    const waiting = (id: string) =>
      db.selectFrom('delivery').select(['state', 'reason', 'next_attempt_at']).where('id', '=', id).executeTakeFirst()
    /** The second attempt, under way or taken by WhatsApp. */
    async function goAgain(deliveryId: string, state: 'claimed' | 'accepted') {
      const vendor_id = state === 'accepted' ? `wamid.again.${newId()}` : null
      const id = newId()
      const claim = { lease_token: state === 'claimed' ? id : null, next_attempt_at: null }
      await db
        .updateTable('delivery')
        .set({ state, tries: 2, ...claim, ...(vendor_id ? { vendor_id } : {}) })
        .where('id', '=', deliveryId)
        .execute()
      await db
        .insertInto('attempt')
        .values({
          id,
          delivery_id: deliveryId,
          number: 2,
          state: state === 'claimed' ? 'in_flight' : 'accepted',
          address: '+15550109999',
          vendor_id,
          started_at: NOW,
        })
        .execute()
      return { id, vendor_id }
    }

    test.each(['failed', 'sent'])('an old "%s" that comes again leaves it waiting to go out', async (kind) => {
      const { deliveryId, sessionId, first } = await seedFailedAsk()
      await send({ statuses: [first(kind)] })
      expect(await waiting(deliveryId)).toEqual({ state: 'pending', reason: null, next_attempt_at: NOW })
      expect(await wakeAtOf(db, sessionId)).toBeNull()
    })

    test.each(['failed', 'sent'])('an old "%s" does not end the attempt that is under way', async (kind) => {
      const { deliveryId, first } = await seedFailedAsk()
      const { id } = await goAgain(deliveryId, 'claimed')
      await send({ statuses: [first(kind)] })
      const held = await db
        .selectFrom('delivery')
        .select(['state', 'lease_token'])
        .where('id', '=', deliveryId)
        .executeTakeFirst()
      expect(held).toEqual({ state: 'claimed', lease_token: id })
    })

    test('an old failure says nothing of the second message, its own does', async () => {
      const { deliveryId, mentee, first } = await seedFailedAsk()
      const { id, vendor_id } = await goAgain(deliveryId, 'accepted')
      await send({ statuses: [first('failed', 131026)] })
      expect(await delivery(deliveryId)).toBe('accepted')
      await send({
        statuses: [status(vendor_id ?? '', 'failed', { biz_opaque_callback_data: id, errors: [{ code: 131026 }] })],
      })
      expect(await delivery(deliveryId)).toBe('failed')
      const numbers = ['+15550109999', mentee.phone]
      const dead = await db.selectFrom('dead_address').select('address').where('address', 'in', numbers).execute()
      expect(dead).toEqual([{ address: '+15550109999' }])
    })

    test('an old failure does not bring back what was not wanted any more', async () => {
      const { deliveryId, first } = await seedFailedAsk()
      await db
        .updateTable('delivery')
        .set({ state: 'withdrawn', next_attempt_at: null })
        .where('id', '=', deliveryId)
        .execute()
      await send({ statuses: [first('failed')] })
      expect(await delivery(deliveryId)).toBe('withdrawn')
    })

    test('the first one that arrives after all need not go out again', async () => {
      const { deliveryId, first } = await seedFailedAsk()
      await send({ statuses: [first('delivered')] })
      expect(await waiting(deliveryId)).toEqual({ state: 'delivered', reason: null, next_attempt_at: null })
    })
  })

  test.each([
    ['whose answer was lost', {}],
    ['that we gave up', { state: 'failed', reason: 'presumed_lost', failed_at: NOW }],
    ['whose answer is not written down yet', { state: 'claimed' }],
  ])('a failure of a message %s is its end, with the code and the number', async (_, held) => {
    const seeded = await seedSession(db)
    const { deliveryId, attemptId } = await seedAsk(db, seeded, { state: 'unknown' })
    await db
      .updateTable('delivery')
      .set({ tries: 1, ...held })
      .where('id', '=', deliveryId)
      .execute()
    await send({
      statuses: [
        status(`wamid.${newId()}`, 'failed', { biz_opaque_callback_data: attemptId, errors: [{ code: 131026 }] }),
      ],
    })
    const row = db.selectFrom('delivery').select(['state', 'reason', 'lease_token']).where('id', '=', deliveryId)
    expect(await row.executeTakeFirst()).toEqual({ state: 'failed', reason: '131026', lease_token: null })
    const dead = await db.selectFrom('dead_address').select('why').where('address', '=', seeded.mentee.phone).execute()
    expect(dead).toEqual([{ why: '131026' }])
    expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
  })

  test('an echo of our own mark proves a message whose answer was lost, and its answers find it', async () => {
    const seeded = await seedSession(db)
    const { deliveryId, attemptId } = await seedAsk(db, seeded, { state: 'unknown' })
    await send({
      statuses: [
        status('wamid.proven', 'sent', {
          biz_opaque_callback_data: attemptId,
          recipient_id: seeded.mentee.phone.slice(1),
        }),
      ],
    })
    expect(await delivery(deliveryId)).toBe('accepted')
    expect(await db.selectFrom('attempt').select(['state', 'vendor_id']).where('id', '=', attemptId).execute()).toEqual(
      [{ state: 'accepted', vendor_id: 'wamid.proven' }],
    )
    await send({ messages: [typed(seeded.mentee.phone, 'yes', 'wamid.proven')] })
    expect(await meanings(seeded)).toEqual([['coming', 'parent']])
  })

  test('an echo that comes after we gave the message up still counts', async () => {
    const seeded = await seedSession(db)
    const { deliveryId, attemptId } = await seedAsk(db, seeded, { state: 'unknown' })
    await db
      .updateTable('delivery')
      .set({ state: 'failed', reason: 'presumed_lost', failed_at: NOW })
      .where('id', '=', deliveryId)
      .execute()
    await send({ statuses: [status('wamid.late', 'delivered', { biz_opaque_callback_data: attemptId })] })
    expect([await delivery(deliveryId), await wakeAtOf(db, seeded.sessionId)]).toEqual(['delivered', NOW.toString()])
  })

  test('a bounced mail has failed, and its mailbox is not tried again', async () => {
    const seeded = await seedSession(db)
    const { deliveryId, wamid } = await seedAsk(db, seeded)
    await db
      .updateTable('delivery')
      .set({ channel: 'email', vendor_id: '<a@punctual>' })
      .where('id', '=', deliveryId)
      .execute()
    const bounce = () =>
      transact(db, (tx) =>
        recordBounce(tx, '<a@punctual>', { code: '5.1.1', address: 'Gone@example.com', permanent: true }, NOW),
      )
    expect([await bounce(), await bounce(), await delivery(deliveryId)]).toEqual([true, false, 'failed'])
    expect(
      await db.selectFrom('dead_address').select('why').where('address', '=', 'gone@example.com').execute(),
    ).toEqual([{ why: '5.1.1' }])
    expect(wamid).toBeTruthy()
  })
})

describe('no more messages', () => {
  const withdrawn = (accountId: string) =>
    db
      .selectFrom('consent')
      .select('withdrawn_by')
      .where('account_id', '=', accountId)
      .where('withdrawn_at', 'is not', null)
      .execute()

  test.each(['STOP', 'Unsubscribe.', 'बंद करो', '退订'])(
    '"%s" withdraws the consent and wakes the open sessions',
    async (word) => {
      const seeded = await seedSession(db)
      await send({ messages: [typed(seeded.mentee.phone, word)] })
      expect(await withdrawn(seeded.mentee.accountId)).toEqual([{ withdrawn_by: 'whatsapp:stop' }])
      expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
    },
  )

  test('so does the switch in WhatsApp itself; switching it on again is no consent', async () => {
    const seeded = await seedSession(db)
    const wa_id = seeded.mentee.phone.slice(1)
    await send({ user_preferences: [{ wa_id, value: 'stop', timestamp: Number(seconds(NOW)) }] }, 'user_preferences')
    await send({ user_preferences: [{ wa_id, value: 'resume', timestamp: Number(seconds(NOW)) }] }, 'user_preferences')
    expect(await withdrawn(seeded.mentee.accountId)).toEqual([{ withdrawn_by: 'whatsapp:user_preferences' }])
  })

  test('a changed number is followed', async () => {
    const seeded = await seedSession(db)
    await send({
      messages: [
        said(seeded.mentee.phone, {
          type: 'system',
          system: { type: 'user_changed_number', wa_id: '15559990001', body: 'changed' },
        }),
      ],
    })
    expect(await phoneOf(seeded)).toBe('+15559990001')
  })

  test('who has an old number of somebody else stops, and moves on, for themselves alone', async () => {
    const { asha, old, phone } = await seedMoved()
    const zoe = await seedSession(db, { phone: old })
    await send({ messages: [typed(old, 'STOP')] })
    expect(await withdrawn(zoe.mentee.accountId)).toEqual([{ withdrawn_by: 'whatsapp:stop' }])
    expect(await withdrawn(asha.mentee.accountId)).toEqual([])
    await send({
      messages: [said(old, { type: 'system', system: { type: 'user_changed_number', wa_id: '15559990002' } })],
    })
    expect([await phoneOf(asha), await phoneOf(zoe)]).toEqual([phone, '+15559990002'])
  })

  test('an old number that moves on leaves the number on file as it is', async () => {
    const { asha, old, phone } = await seedMoved()
    await send({
      messages: [said(old, { type: 'system', system: { type: 'user_changed_number', wa_id: '15559990003' } })],
    })
    expect(await phoneOf(asha)).toBe(phone)
  })
})

describe('what ops press in Slack', () => {
  const press = async (value: string, user = 'U1') => {
    const payload = {
      type: 'block_actions',
      user: { id: user },
      actions: [{ action_id: 'a', value, action_ts: newId() }],
    }
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
    const headers = {
      'x-slack-request-timestamp': seconds(NOW),
      'x-slack-signature': signSlack('slack-secret', seconds(NOW), body),
    }
    expect((await app.request('/webhooks/slack', { method: 'POST', body, headers })).status).toBe(200)
  }
  const openCard = async (seeded: Seeded, kind: string) => {
    const id = newId()
    const key = `${kind}:${seeded.mentee.participantId}@1`
    await db
      .insertInto('ops_case')
      .values({ id, kind, key, session_id: seeded.sessionId, title: 'Ravi', opened_at: NOW })
      .execute()
    return id
  }
  const button = (id: string, action: string) => buttonPayload(SECRET, { action, participantId: id, revision: 1 })

  test('a verdict is recorded with who gave it, and settles the objection', async () => {
    const seeded = await seedSession(db, { startsAt: NOW.subtract({ minutes: 20 }) })
    await press(button(seeded.mentee.participantId, 'did_not_come'))
    const id = await openCard(seeded, 'objection')
    await press(button(seeded.mentee.participantId, 'came'), 'U2')
    const verdicts = await db
      .selectFrom('attendance_verdict')
      .select(['verdict', 'stage', 'decided_by'])
      .where('session_id', '=', seeded.sessionId)
      .orderBy('version')
      .execute()
    expect(verdicts).toEqual([
      { verdict: 'absent', stage: 'firm', decided_by: 'slack:U1' },
      { verdict: 'present', stage: 'corrected', decided_by: 'slack:U2' },
    ])
    expect(await db.selectFrom('ops_case').select('settled_by').where('id', '=', id).execute()).toEqual([
      { settled_by: 'slack:U2' },
    ])
    expect(await wakeAtOf(db, seeded.sessionId)).toBe(NOW.toString())
  })

  test('a button that is not ours does nothing, and says so in the list', async () => {
    const seeded = await seedSession(db, { startsAt: NOW.subtract({ minutes: 20 }) })
    const id = await openCard(seeded, 'unconfirmed')
    await press('mark_handled')
    await press(`${button(id, 'came').slice(0, -2)}xx`)
    await press(button(newId(), 'came'))
    expect(
      await db.selectFrom('attendance_verdict').select('id').where('session_id', '=', seeded.sessionId).execute(),
    ).toEqual([])
    const outcomes = await db
      .selectFrom('webhook_event')
      .select('outcome')
      .where('vendor', '=', 'slack')
      .orderBy('id', 'desc')
      .limit(3)
      .execute()
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown', 'unknown'])
  })

  test('"Release the slot" cancels the booking, unless the session has been moved since', async () => {
    const seeded = await seedSession(db)
    const bookingId = newId()
    const { mentor, mentee, sessionId } = seeded
    await db
      .insertInto('user_calendar_booking')
      .values({
        id: bookingId,
        session_id: sessionId,
        mentor_id: mentor.accountId,
        mentee_id: mentee.accountId,
        created_at: NOW,
        created_by: 'test',
      })
      .execute()
    await db
      .updateTable('session_participant')
      .set({ booking_id: bookingId })
      .where('id', '=', mentee.participantId)
      .execute()
    const id = await openCard(seeded, 'unconfirmed')
    const cancelled = async () =>
      (await db.selectFrom('session').select('cancelled_by').where('id', '=', sessionId).executeTakeFirstOrThrow())
        .cancelled_by
    await press(buttonPayload(SECRET, { action: 'release', participantId: id, revision: 7 }))
    expect(await cancelled()).toBeNull()
    await press(button(id, 'release'))
    expect(await cancelled()).toBe('slack:U1')
  })

  test('"will call" is on record and settles the card', async () => {
    const seeded = await seedSession(db)
    const id = await openCard(seeded, 'unconfirmed')
    await press(button(id, 'will_call'))
    expect(
      await db.selectFrom('audit_log').select('action').where('object_id', '=', seeded.sessionId).execute(),
    ).toEqual([{ action: 'case.will_call' }])
    expect(
      await db
        .selectFrom('mirror')
        .select('wanted')
        .where('kind', '=', 'slack_card')
        .where('owner_id', '=', id)
        .execute(),
    ).toMatchObject([{ wanted: { settledBy: 'slack:U1' } }])
  })
})
