import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transact } from '../src/database/transaction.ts'
import { claimDeliveries, type Due, pickDue } from '../src/effects/deliver/claim.ts'
import { reclaimLapsed, recordOutcome } from '../src/effects/deliver/outcome.ts'
import { send } from '../src/effects/deliver/say.ts'
import { deliverDue } from '../src/effects/deliver.ts'
import { loadFacts } from '../src/effects/load-facts.ts'
import { sessions, sweep } from '../src/effects/reconcile.ts'
import { wakeSession } from '../src/effects/wake.ts'
import { newId } from '../src/ids.ts'
import type { SessionFacts } from '../src/playbook/facts.ts'
import { stillPlanned } from '../src/playbook/settle.ts'
import { accept, at, type Booked, breakOff, effectsWorld, refuse } from './support/effects-world.ts'

let world: Awaited<ReturnType<typeof effectsWorld>>
beforeEach(async () => {
  world = await effectsWorld()
})
afterEach(() => world.close())

async function settleAndSend(): Promise<void> {
  while ((await sweep(world.needs, sessions(world.needs), world.clock.now())) + (await deliverDue(world.needs)) > 0);
}

const deliveries = ({ sessionId }: Booked) =>
  world.db
    .selectFrom('delivery')
    .select(['meaning', 'channel', 'state', 'reason', 'recipient_id'])
    .where('subject_id', '=', sessionId)
    .orderBy('created_at')
    .orderBy('effect_key')
    .orderBy('channel')
    .execute()

test('both people hear of a booking on both channels, once', async () => {
  const { mentor, mentee } = await world.book()
  await settleAndSend()
  await settleAndSend()
  expect(world.whatsapp.sent.map((one) => one.to).sort()).toEqual([mentor.phone, mentee.phone].sort())
  expect(world.mail.received.map((one) => one.to).sort()).toEqual([mentor.email, mentee.email].sort())
})

test('a reminder goes out inside its window, and a worker that was away too long records it as expired', async () => {
  const { sessionId } = await world.book({ scheduledAt: at('00:30') })
  await settleAndSend()
  world.clock.advanceTo(at('13:30'))
  await settleAndSend()
  expect(world.whatsapp.sent.map((one) => one.template).filter((name) => name.includes('30_minutes'))).toHaveLength(2)
  world.clock.advanceTo(at('13:59'))
  await settleAndSend()
  const ledger = await world.db
    .selectFrom('notification_trigger_log')
    .select(['meaning', 'decision'])
    .where('subject_id', '=', sessionId)
    .where('meaning', '=', 'reminder 5_MINUTES')
    .execute()
  expect(ledger.map((row) => row.decision)).toEqual(['expired', 'expired'])
})

/** The session moves to 16:00, as a reschedule would write it. */
async function move({ sessionId }: Booked): Promise<void> {
  await transact(world.db, async (tx) => {
    await sql`update session set revision = 2, starts_at = ${at('16:00')}, ends_at = ${at('16:30')}, scheduled_at = ${world.clock.now()} where id = ${sessionId}`.execute(
      tx,
    )
    await tx
      .insertInto('session_revision')
      .values({
        session_id: sessionId,
        revision: 2,
        starts_at: at('16:00'),
        ends_at: at('16:30'),
        room: 'zoom',
        made_at: world.clock.now(),
        made_by: 'test',
        cause: 'rescheduled',
      })
      .execute()
    await wakeSession(tx, sessionId, world.clock.now())
  })
}

async function queuedReminder(): Promise<Booked> {
  const booked = await world.book({ scheduledAt: at('00:30') })
  await settleAndSend()
  world.clock.advanceTo(at('13:30'))
  await sweep(world.needs, sessions(world.needs), world.clock.now())
  return booked
}

const GATE = 4712

test('a reschedule that commits between the snapshot of a claim and its locks stops it', async () => {
  const booked = await queuedReminder()
  let claiming: ReturnType<typeof claimDeliveries> | undefined
  await transact(world.db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${GATE})`.execute(tx)
    claiming = claimDeliveries(world.needs, world.clock.now(), 10, async (own, now) => {
      const { rows } = await sql<Due>`
        with gate as materialized (select pg_advisory_xact_lock_shared(${GATE}))
        select d.* from gate, delivery d join session s on s.id = d.subject_id
        where d.next_attempt_at <= ${now} and d.state = 'pending'
        for update of d skip locked for share of s skip locked`.execute(own)
      return rows
    })
    await untilSomebodyWaits()
    await move(booked)
  })
  expect((await claiming)?.claimed).toEqual([])
  const reminders = (await deliveries(booked)).filter((one) => one.meaning === 'reminder 30_MINUTES')
  // One message per person was looked at and taken back; the others are next.
  expect(reminders.map((one) => one.state).sort()).toEqual(['pending', 'pending', 'withdrawn', 'withdrawn'])
  await settleAndSend()
  expect(world.whatsapp.sent.filter((one) => one.template.includes('30_minutes'))).toEqual([])
  expect(world.whatsapp.sent.filter((one) => one.template.includes('moved'))).toHaveLength(2)
})

async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await sql<{
      waits: boolean
    }>`select exists (select from pg_locks where not granted) as waits`.execute(world.db)
    if (rows[0]?.waits) return
  }
}

test('while a reschedule is under way nothing of that session is claimed, and a claim under way makes it wait', async () => {
  const booked = await queuedReminder()
  await transact(world.db, async (tx) => {
    await sql`update session set revision = 2 where id = ${booked.sessionId}`.execute(tx)
    expect(await claimDeliveries(world.needs, world.clock.now(), 10)).toEqual({ claimed: [], touched: 0 })
    await sql`update session set revision = 1 where id = ${booked.sessionId}`.execute(tx)
  })

  const order: string[] = []
  let moving: Promise<void> | undefined
  await claimDeliveries(world.needs, world.clock.now(), 10, async (tx, now, limit) => {
    const due = await pickDue(tx, now, limit)
    moving = move(booked).then(() => void order.push('moved'))
    await untilSomebodyWaits()
    order.push('claimed')
    return due
  })
  await moving
  expect(order).toEqual(['claimed', 'moved'])
})

test('planted: a claim that reads its facts before it locks the session would say the old time', async () => {
  const booked = await queuedReminder()
  const facts = (await loadFacts(world.db, [booked.sessionId], world.clock.now())).get(booked.sessionId) as SessionFacts
  await move(booked)
  const key = `reminder:30_MINUTES:${booked.mentee.participantId}@1`
  expect(stillPlanned(facts, key, 'whatsapp', world.clock.now()).send).toBe(true)
  expect((await claimDeliveries(world.needs, world.clock.now(), 10)).claimed).toEqual([])
})

test('one person gets one message of a session at a time', async () => {
  await queuedReminder()
  const first = await claimDeliveries(world.needs, world.clock.now(), 10)
  expect(first.claimed).toHaveLength(2)
  expect(new Set(first.claimed.map((one) => one.recipient_id)).size).toBe(2)
  expect((await claimDeliveries(world.needs, world.clock.now(), 10)).claimed).toEqual([])
  for (const one of first.claimed)
    await recordOutcome(world.needs, one, { ok: true, vendorId: newId() }, world.clock.now())
  expect((await claimDeliveries(world.needs, world.clock.now(), 10)).claimed).toHaveLength(2)
})

test('what goes out goes to the number that is true at the claim', async () => {
  const { mentee } = await queuedReminder()
  await world.db
    .updateTable('account')
    .set({ phone_e164: '+491700000000' })
    .where('id', '=', mentee.accountId)
    .execute()
  await deliverDue(world.needs)
  const reminders = world.whatsapp.sent.filter((one) => one.template.includes('30_minutes'))
  expect(reminders.map((one) => one.to)).toContain('+491700000000')
  expect(reminders.map((one) => one.to)).not.toContain(mentee.phone)
})

test('a process that dies before its claim commits has changed nothing', async () => {
  const booked = await queuedReminder()
  await expect(
    claimDeliveries(world.needs, world.clock.now(), 10, async (tx, now, limit) => {
      await pickDue(tx, now, limit)
      throw new Error('killed')
    }),
  ).rejects.toThrow('killed')
  await settleAndSend()
  expect(world.whatsapp.sent.filter((one) => one.template.includes('30_minutes'))).toHaveLength(2)
  expect((await deliveries(booked)).every((one) => one.state === 'accepted')).toBe(true)
})

test('a process that dies after its attempt is on record: WhatsApp is not sent again, mail once more under the same id', async () => {
  const booked = await world.book()
  await sweep(world.needs, sessions(world.needs), world.clock.now())
  const { claimed } = await claimDeliveries(world.needs, world.clock.now(), 10)
  const attempts = await world.db.selectFrom('attempt').select('state').execute()
  expect(attempts.map((one) => one.state)).toEqual(['in_flight', 'in_flight'])
  // It got as far as the call, and no further.
  for (const one of claimed) await send(world.needs, one)
  const before = world.whatsapp.sent.length + world.mail.received.length

  expect(await reclaimLapsed(world.needs, world.clock.now())).toBe(0)
  world.clock.sleep(31)
  await settleAndSend()
  const again = [...world.whatsapp.sent, ...world.mail.received].length
  expect(again - before).toBe(2)
  const states = await world.db
    .selectFrom('attempt')
    .select('state')
    .where(
      'id',
      'in',
      claimed.map((one) => one.attemptId),
    )
    .execute()
  expect(states.map((one) => one.state)).toEqual(['unknown', 'unknown'])

  // The booking's note lasts long, so an echo may take ten minutes before WhatsApp's is presumed lost.
  world.clock.advanceTo(world.clock.now().add({ minutes: 11 }))
  await settleAndSend()
  expect(world.whatsapp.sent).toHaveLength(2)
  const ids = world.mail.received.filter((one) => one.to === booked.mentee.email).map((one) => one.messageId)
  expect(new Set(ids).size).toBe(1)
  for (const one of await deliveries(booked)) expect(['accepted', 'failed']).toContain(one.state)
})

test('an answer that comes after the lease was taken over is not written', async () => {
  await world.book()
  await sweep(world.needs, sessions(world.needs), world.clock.now())
  const { claimed } = await claimDeliveries(world.needs, world.clock.now(), 10)
  world.clock.sleep(31)
  await reclaimLapsed(world.needs, world.clock.now())
  for (const one of claimed) await recordOutcome(world.needs, one, { ok: true, vendorId: 'late' }, world.clock.now())
  expect(await world.db.selectFrom('delivery').select('id').where('vendor_id', '=', 'late').execute()).toEqual([])
})

test('WhatsApp breaks off: nothing is sent twice there, and after the wait it is presumed lost', async () => {
  const booked = await queuedReminder()
  world.whatsapp.reacts(breakOff)
  await deliverDue(world.needs)
  const unknown = (await deliveries(booked)).filter(
    (one) => one.channel === 'whatsapp' && one.meaning === 'reminder 30_MINUTES',
  )
  expect(unknown.map((one) => one.state)).toEqual(['unknown', 'unknown'])
  world.clock.advanceTo(at('13:34'))
  await settleAndSend()
  const lost = (await deliveries(booked)).filter(
    (one) => one.channel === 'whatsapp' && one.meaning === 'reminder 30_MINUTES',
  )
  expect(lost.map((one) => [one.state, one.reason])).toEqual([
    ['failed', 'presumed_lost'],
    ['failed', 'presumed_lost'],
  ])
  expect(world.whatsapp.sent.filter((one) => one.template.includes('30_minutes'))).toHaveLength(2)
  expect(world.mail.received.filter((one) => one.to === booked.mentee.email).length).toBeGreaterThanOrEqual(2)
})

test('a number that is not on WhatsApp is remembered, and the next message does not try it again', async () => {
  let wrong = ''
  world.whatsapp.reacts((message, response) => {
    // Whoever is written to first has no WhatsApp.
    if (wrong === '') wrong = message.to
    return message.to === wrong ? refuse(131026)(message, response) : accept(message, response)
  })
  await queuedReminder()
  await settleAndSend()
  expect(world.whatsapp.sent.filter((one) => one.to === wrong)).toHaveLength(1)
  expect(await world.db.selectFrom('dead_address').select(['channel', 'address', 'why']).execute()).toEqual([
    { channel: 'whatsapp', address: wrong, why: '131026' },
  ])
})

test('a vendor that asks to wait is tried again later, and given up when it would be too late', async () => {
  const booked = await queuedReminder()
  world.whatsapp.reacts(refuse(131056, 429))
  await settleAndSend()
  world.whatsapp.reacts(accept)
  world.clock.advanceTo(world.clock.now().add({ seconds: 10 }))
  await settleAndSend()
  expect((await deliveries(booked)).filter((one) => one.state !== 'accepted')).toEqual([])

  world.whatsapp.reacts(refuse(130429, 429))
  world.clock.advanceTo(at('13:55'))
  await settleAndSend()
  world.clock.advanceTo(at('13:58').add({ seconds: 30 }))
  await settleAndSend()
  const last = (await deliveries(booked)).filter(
    (one) => one.meaning === 'reminder 5_MINUTES' && one.channel === 'whatsapp',
  )
  expect(last.map((one) => [one.state, one.reason])).toEqual([
    ['failed', '130429'],
    ['failed', '130429'],
  ])
})

test('a mail whose answer was lost is repeated once, under the same Message-ID', async () => {
  const booked = await world.book({ channels: ['email'] })
  world.mail.loses(1)
  await settleAndSend()
  world.clock.advanceTo(world.clock.now().add({ minutes: 1 }))
  await settleAndSend()
  expect(world.mail.received).toHaveLength(3)
  expect(new Set(world.mail.received.map((one) => one.messageId)).size).toBe(2)
  expect((await deliveries(booked)).map((one) => one.state)).toEqual(['accepted', 'accepted'])
})

test('whoever is told that the session is off reads three free times, if those were offered', async () => {
  const free = ['10:00', '11:00', '12:00', '13:00'].map((time) => {
    const startsAt = at(time).add({ hours: 24 })
    return { startsAt, endsAt: startsAt.add({ minutes: 30 }) }
  })
  const [offered, plain, spent] = [await world.book(), await world.book(), await world.book()]
  world.needs.freeTimes = async ({ menteeId }, _after, count) =>
    menteeId === spent.mentee.accountId ? [] : free.slice(0, count)
  await settleAndSend()
  const now = world.clock.now()
  for (const { sessionId } of [offered, plain, spent])
    await transact(world.db, async (tx) => {
      await sql`update session set cancelled_at = ${now}, cancelled_by = 'ops', cancel_reason = 'a storm' where id = ${sessionId}`.execute(
        tx,
      )
      const action = sessionId === plain.sessionId ? 'session.cancelled' : 'session.times_offered'
      await tx
        .insertInto('audit_log')
        .values({ id: newId(), at: now, actor: 'ops', action, object_kind: 'session', object_id: sessionId })
        .execute()
      await wakeSession(tx, sessionId, now)
    })
  await settleAndSend()
  const toMentee = async ({ sessionId, mentee }: Booked): Promise<string> => {
    const { rows } = await sql<{ text: string }>`
      select said ->> 'text' as text from delivery where subject_id = ${sessionId} and recipient_id = ${mentee.accountId}
        and meaning = 'cancelled' and channel = 'whatsapp'`.execute(world.db)
    return rows[0]?.text ?? ''
  }
  expect(await toMentee(offered)).toContain(
    'The reason given: a storm. Ravi Silva is free: Fri 13 Mar, 10:00; Fri 13 Mar, 11:00; Fri 13 Mar, 12:00.',
  )
  expect(await toMentee(plain)).toContain('a storm')
  expect(await toMentee(plain)).not.toContain('is free')
  expect(await toMentee(spent), 'nothing that could not be booked').not.toContain('is free')
})

test("a new room, a merge and the question whether it took place are the session's own, and count for no daily limit", async () => {
  const { sessionId, mentee } = await world.book()
  for (const meaning of ['room_changed', 'merged', 'unmerged', 'took_place', 'reminder 4_HOURS', 'follow_up'])
    await world.db
      .insertInto('notification_trigger_log')
      .values({
        subject_id: newId(),
        effect_key: meaning,
        subject_kind: 'session',
        decision: 'send',
        meaning,
        recipient_id: mentee.accountId,
        due_at: world.clock.now(),
        expires_at: world.clock.now(),
        decided_at: world.clock.now(),
      })
      .execute()
  const facts = (await loadFacts(world.db, [sessionId], world.clock.now())).get(sessionId)
  expect(facts?.participants.find(({ id }) => id === mentee.participantId)?.otherMessagesToday).toBe(1)
})
