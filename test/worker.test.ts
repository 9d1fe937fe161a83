import type { ServerResponse } from 'node:http'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { transact } from '../src/database/transaction.ts'
import type { Chore } from '../src/effects/chores.ts'
import { outlook } from '../src/effects/due.ts'
import { wakeAccount } from '../src/effects/wake.ts'
import { startWorker, type Worker, type WorkerNeeds } from '../src/effects/worker.ts'
import { newId } from '../src/ids.ts'
import { accept, at, type Booked, effectsWorld } from './support/effects-world.ts'

let world: Awaited<ReturnType<typeof effectsWorld>>
let workers: Worker[] = []
beforeEach(async () => {
  world = await effectsWorld()
})
afterEach(async () => {
  await Promise.all(workers.map((one) => one.stop()))
  workers = []
  await world.close()
})

function worker(options: Partial<WorkerNeeds> = {}): Worker {
  const started = startWorker({ ...world.needs, databaseUrl: world.url, loops: false, ...options })
  workers.push(started)
  return started
}

const states = async ({ sessionId }: Booked) =>
  (await world.db.selectFrom('delivery').select('state').where('subject_id', '=', sessionId).execute()).map(
    (one) => one.state,
  )

test('whoever moves the clock does all that is due, and hears when the next thing will be', async () => {
  const booked = await world.book()
  // Looked at before a worker is there: one begins to work as soon as it hears its neighbours.
  expect((await outlook(world.needs, [], at('08:00'))).unsettled).toContainEqual({
    what: 'sessions to decide',
    count: 1,
  })
  const one = worker()
  expect(await one.runDue()).toBeGreaterThan(4)
  expect(await states(booked)).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
  expect((await one.outlook(at('08:00'))).unsettled).toEqual([])
  expect(await one.runDue()).toBe(0)

  // Alarm by alarm until the first tier, four hours before the session.
  const reminders = () => world.whatsapp.sent.filter((sent) => sent.template.includes('4_hours'))
  for (let stops = 0; reminders().length === 0; stops++) {
    const { nextAlarm: alarm } = await one.outlook(world.clock.now())
    expect(alarm && Temporal.Instant.compare(alarm, world.clock.now())).toBe(1)
    expect(stops).toBeLessThan(20)
    world.clock.advanceTo(alarm as Temporal.Instant)
    await one.runDue()
  }
  expect(world.clock.now().toString()).toBe(at('10:00').toString())
})

test('a booking in one process is acted on by another at once', async () => {
  const idle = worker()
  await idle.runDue()
  // Its own worker only tells: another kind of process that serves pages and sends nothing.
  const booked = await world.book()
  await sql`select pg_notify('punctual_nudge', 'another process')`.execute(world.db)
  await allAccepted(booked)
})

async function allAccepted(booked: Booked): Promise<void> {
  for (;;) {
    const now = await states(booked)
    if (now.length === 4 && now.every((state) => state === 'accepted')) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('two workers share the work and nobody hears anything twice', async () => {
  const booked = await Promise.all(Array.from({ length: 12 }, () => world.book()))
  const [one, other] = [worker(), worker()]
  for (let done = 1; done > 0; ) {
    const [a, b] = await Promise.all([one.runDue(), other.runDue()])
    done = a + b
  }
  expect(new Set(world.whatsapp.sent.map((sent) => sent.to)).size).toBe(24)
  expect(world.whatsapp.sent).toHaveLength(24)
  expect(world.mail.received).toHaveLength(24)
  for (const session of booked) expect(await states(session)).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
})

test('one answer that does not come holds up nobody else, and stopping waits for it', async () => {
  const slow = await world.book()
  const held = Promise.withResolvers<ServerResponse>()
  world.whatsapp.reacts((message, response) =>
    message.to === slow.mentee.phone ? held.resolve(response) : accept(message, response),
  )
  const one = worker()
  const running = one.runDue()
  const response = await held.promise
  const quick = await world.book()
  one.nudge()
  await allAccepted(quick)
  expect((await one.outlook(at('08:00'))).unsettled).toContainEqual({ what: 'messages under way', count: 1 })

  const stopped = one.stop()
  accept({ to: slow.mentee.phone, template: '', attempt: '', wamid: 'wamid.slow' }, response)
  await stopped
  await running
  expect(await world.db.selectFrom('delivery').select('state').where('vendor_id', '=', 'wamid.slow').execute()).toEqual(
    [{ state: 'accepted' }],
  )
})

test('an invitation goes out once, by mail first, and not any more once it is accepted', async () => {
  const invited = newId()
  const accepted = newId()
  for (const id of [invited, accepted]) {
    await world.db
      .insertInto('account')
      .values({
        id,
        email: `${id}@example.org`,
        name: 'Lena Berg',
        time_zone: 'Europe/Berlin',
        created_at: at('08:00'),
        invited_at: at('08:00'),
      })
      .execute()
    await transact(world.db, (tx) => wakeAccount(tx, id, at('08:00')))
  }
  await world.db
    .updateTable('account')
    .set({ accepted_at: at('08:00') })
    .where('id', '=', accepted)
    .execute()
  const one = worker()
  await one.runDue()
  await transact(world.db, (tx) => wakeAccount(tx, invited, at('08:00')))
  await one.runDue()
  expect(world.mail.received.map((mail) => mail.to)).toEqual([`${invited}@example.org`])
})

test('a chore is done once by all processes together, and one that fails is tried again later', async () => {
  const ran: string[] = []
  let broken = true
  const chores: Chore[] = [
    { name: 'once', every: { hours: 1 }, run: async () => void ran.push('once') },
    {
      name: 'sometimes',
      every: { hours: 1 },
      run: async () => {
        if (broken) throw new Error('not now')
        ran.push('sometimes')
      },
    },
  ]
  const [one, other] = [worker({ chores }), worker({ chores })]
  await Promise.all([one.runDue(), other.runDue()])
  expect(ran).toEqual(['once'])
  expect(
    await world.db.selectFrom('chore').select(['failures', 'last_error']).where('name', '=', 'sometimes').execute(),
  ).toEqual([{ failures: 1, last_error: 'not now' }])
  broken = false
  world.clock.advanceTo(at('08:01'))
  await one.runDue()
  expect(ran).toEqual(['once', 'sometimes'])
})

test('who asks for a chore while it is being done gets it done once more', async () => {
  const ran: string[] = []
  const hints: Chore = {
    name: 'hints',
    every: { hours: 24 },
    run: async () => {
      ran.push(`with hint ${ran.length + 1}`)
      // A hint comes when the chore has taken what there was: as Google's does while calendars are read.
      if (ran.length === 1)
        await sql`update chore set next_at = least(next_at, ${world.clock.now()}::timestamptz) where name = 'hints'`.execute(
          world.db,
        )
    },
  }
  await worker({ chores: [hints] }).runDue()
  expect(ran).toEqual(['with hint 1', 'with hint 2'])
})

test('a chore whose process died is done by another when the lease is over', async () => {
  const ran: string[] = []
  const one = worker({ chores: [{ name: 'daily', every: { hours: 24 }, run: async () => void ran.push('daily') }] })
  await one.runDue()
  const lease = world.clock.elapsed().add({ minutes: 1 })
  await sql`update chore set lease_token = ${newId()}, lease_until = ${lease} where name = 'daily'`.execute(world.db)
  await one.runDue()
  expect(ran).toEqual(['daily'])
  await sql`update chore set lease_until = ${lease.subtract({ minutes: 2 })} where name = 'daily'`.execute(world.db)
  await one.runDue()
  expect(ran).toEqual(['daily', 'daily'])
})

test('a hold that ran out gives its hour back', async () => {
  const { mentor, mentee } = await world.book()
  const hold = newId()
  await world.db
    .insertInto('hold')
    .values({
      id: hold,
      mentor_id: mentor.accountId,
      mentee_id: mentee.accountId,
      starts_at: at('16:00'),
      ends_at: at('16:30'),
      created_at: at('08:00'),
      created_by: 'test',
      expires_at: at('08:10'),
    })
    .execute()
  await world.db
    .insertInto('commitment')
    .values({
      id: newId(),
      holder_id: mentor.accountId,
      holder_kind: 'account',
      during: { start: at('16:00'), end: at('16:30') },
      hold_id: hold,
      created_at: at('08:00'),
    })
    .execute()
  const one = worker()
  await one.runDue()
  world.clock.advanceTo(at('08:10'))
  await one.runDue()
  expect(
    await world.db
      .selectFrom('commitment')
      .select('id')
      .where('hold_id', '=', hold)
      .where('released_at', 'is', null)
      .execute(),
  ).toEqual([])
})
