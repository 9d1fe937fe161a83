import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deliverDue } from '../src/effects/deliver.ts'
import { sessions, sweep } from '../src/effects/reconcile.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { retryDelivery, sendByOtherChannel } from '../src/sessions/deliver-again.ts'
import { accept, at, type Booked, effectsWorld, refuse } from './support/effects-world.ts'

let world: Awaited<ReturnType<typeof effectsWorld>>
beforeAll(async () => {
  world = await effectsWorld()
})
afterAll(() => world.close())
beforeEach(() => {
  world.whatsapp.sent.length = 0
  world.mail.received.length = 0
})

type Row = { id: string; channel: string; state: string; key: string }
const deliveries = async ({ sessionId, mentee }: Booked): Promise<Row[]> =>
  (
    await sql<Row>`select id, channel, state, effect_key as key from delivery
      where subject_id = ${sessionId} and recipient_id = ${mentee.accountId} order by channel desc`.execute(world.db)
  ).rows

/** A booking whose notice WhatsApp refuses. */
async function refused(channels?: ('whatsapp' | 'email')[]) {
  world.whatsapp.reacts(refuse(131047))
  const booked = await world.book(channels ? { channels } : {})
  await settle()
  world.whatsapp.reacts(accept)
  const [failed] = await deliveries(booked)
  expect(failed).toMatchObject({ channel: 'whatsapp', state: 'failed' })
  return { booked, failed: failed as Row }
}

async function settle(): Promise<void> {
  await sweep(world.needs, sessions(world.needs), world.clock.now())
  await deliverDue(world.needs)
}

const now = () => world.clock.now()
const ask = ({ id }: Row) => ({ id, reason: 'they called' })

test('a message that failed goes out once more by the same channel, decided once, with the reason on record', async () => {
  const { booked, failed } = await refused()
  await retryDelivery(world.db, SYSTEM, ask(failed), now())
  await settle()
  expect(await deliveries(booked)).toMatchObject([
    { id: failed.id, state: 'accepted' },
    { channel: 'email', state: 'accepted' },
  ])
  const { rows } = await sql`
    select (select count(*)::int from notification_trigger_log where subject_id = ${booked.sessionId} and effect_key = ${failed.key}) as decided,
      (select array_agg(state order by number) from attempt where delivery_id = ${failed.id}) as attempts,
      (select reason from audit_log where object_id = ${booked.sessionId} and action = 'delivery.retried') as why`.execute(
    world.db,
  )
  expect(rows).toEqual([{ decided: 1, attempts: ['rejected', 'accepted'], why: 'they called' }])
  await expect(retryDelivery(world.db, SYSTEM, ask(failed), now())).rejects.toThrow('is accepted')
})

test('what has gone out by the other channel already does not go there twice', async () => {
  const { booked, failed } = await refused()
  await expect(sendByOtherChannel(world.db, SYSTEM, ask(failed), now())).rejects.toMatchObject({ code: 'conflict' })
  expect(await deliveries(booked)).toHaveLength(2)
})

test('somebody who only now can be written to by mail gets it there; nobody gets it where they cannot be reached', async () => {
  const { booked, failed } = await refused(['whatsapp'])
  await expect(sendByOtherChannel(world.db, SYSTEM, ask(failed), now())).rejects.toThrow('cannot be reached by mail')
  await sql`update account set channels = '{whatsapp,email}' where id = ${booked.mentee.accountId}`.execute(world.db)
  const other = await sendByOtherChannel(world.db, SYSTEM, ask(failed), now())
  await settle()
  expect(await deliveries(booked)).toMatchObject([
    { channel: 'whatsapp', state: 'failed' },
    { id: other, channel: 'email', state: 'accepted' },
  ])
  expect(world.mail.received.filter(({ to }) => to === booked.mentee.email)).toHaveLength(1)
})

test('what is no longer wanted is not sent by asking for it, and what is too late is refused', async () => {
  const { booked, failed } = await refused()
  await sql`update session set cancelled_at = ${now()}, cancelled_by = 'ops' where id = ${booked.sessionId}`.execute(
    world.db,
  )
  await retryDelivery(world.db, SYSTEM, ask(failed), now())
  world.whatsapp.sent.length = 0
  await deliverDue(world.needs)
  expect(await deliveries(booked)).toMatchObject([{ state: 'withdrawn' }, {}])
  expect(world.whatsapp.sent).toEqual([])

  const late = await refused()
  world.clock.advanceTo(at('14:00'))
  await expect(retryDelivery(world.db, SYSTEM, ask(late.failed), now())).rejects.toThrow('over')
  await expect(
    retryDelivery(world.db, SYSTEM, { id: booked.sessionId, reason: 'no such' }, now()),
  ).rejects.toMatchObject({ code: 'not_found' })
})
