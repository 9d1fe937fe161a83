import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deliverDue } from '../src/effects/deliver.ts'
import { applyMirror, claimMirrors } from '../src/effects/mirrors/index.ts'
import { sessions, sweep } from '../src/effects/reconcile.ts'
import { vendorHealth } from '../src/effects/vendor-health.ts'
import { accept, at, effectsWorld, refuse } from './support/effects-world.ts'

let world: Awaited<ReturnType<typeof effectsWorld>>
beforeEach(async () => {
  world = await effectsWorld()
  world.needs.health = vendorHealth(world.clock)
})
afterEach(() => world.close())

const tries = async (): Promise<number> => {
  const { rows } = await sql<{ sum: number }>`
    select coalesce(sum(tries), 0)::int as sum from delivery where channel = 'whatsapp'`.execute(world.db)
  return rows[0]?.sum ?? 0
}
const decide = () => sweep(world.needs, sessions(world.needs), world.clock.now())
const DOWN = refuse(131016, 503)

/** WhatsApp answers that it cannot, until it has been found resting. */
async function outage(): Promise<void> {
  world.whatsapp.reacts(DOWN)
  for (let n = 0; n < 3; n++) await world.book({ channels: ['whatsapp'] })
  await decide()
  await deliverDue(world.needs)
  expect(world.needs.health?.secondsToRest('whatsapp')).toBe(15)
}

test('while WhatsApp is down, messages wait with it and spend no tries; mail goes out', async () => {
  await outage()
  const spent = await tries()
  const booked = await world.book()
  await decide()
  await deliverDue(world.needs)
  expect(await tries()).toBe(spent)
  expect(world.mail.received.map(({ to }) => to).sort()).toEqual([booked.mentee.email, booked.mentor.email].sort())
  const { rows } = await sql<{ next: Temporal.Instant }>`
    select distinct next_attempt_at as next from delivery where subject_id = ${booked.sessionId} and state = 'pending'`.execute(
    world.db,
  )
  expect(rows.map(({ next }) => next.toString())).toEqual([at('08:00').add({ seconds: 15 }).toString()])
})

test('after the rest one message tries, and when it passes all the others follow', async () => {
  await outage()
  await world.book({ channels: ['whatsapp'] })
  await decide()
  await deliverDue(world.needs)
  world.clock.advanceTo(world.clock.now().add({ minutes: 2 }))
  const before = world.whatsapp.sent.length
  await deliverDue(world.needs)
  expect(world.whatsapp.sent.length).toBe(before + 1)

  world.whatsapp.reacts(accept)
  world.clock.advanceTo(world.clock.now().add({ minutes: 2 }))
  await deliverDue(world.needs)
  const { rows } = await sql`select state, count(*)::int as count from delivery group by state`.execute(world.db)
  expect(rows).toEqual([{ state: 'accepted', count: 8 }])
})

test('one person gets a burst, and the rest of it a few seconds later instead of a refusal', async () => {
  const [first] = await Promise.all([world.book({ channels: ['whatsapp'] })])
  for (let n = 0; n < 11; n++) {
    const { mentee } = await world.book({ channels: ['whatsapp'] })
    await sql`update account set phone_e164 = ${first.mentee.phone} where id = ${mentee.accountId}`.execute(world.db)
  }
  await decide()
  await deliverDue(world.needs)
  const toThem = () => world.whatsapp.sent.filter(({ to }) => to === first.mentee.phone).length
  expect(toThem()).toBe(10)
  world.clock.advanceTo(world.clock.now().add({ seconds: 6 }))
  await deliverDue(world.needs)
  expect(toThem()).toBe(11)
  world.clock.advanceTo(world.clock.now().add({ seconds: 6 }))
  await deliverDue(world.needs)
  expect(toThem()).toBe(12)
  expect(await tries()).toBe(24)
})

test('what Zoom should hold waits while Zoom rests, and is no failure of its own', async () => {
  await world.book()
  await decide()
  for (let n = 0; n < 5; n++) world.needs.health?.heard('zoom', { kind: 'unknown', code: 'http_502' })
  expect(await claimMirrors(world.needs, world.clock.now(), 8)).toEqual([])
  const waiting = () =>
    world.db.selectFrom('mirror').select(['failures', 'next_attempt_at']).where('kind', '=', 'meeting').execute()
  expect(await waiting()).toEqual([{ failures: 0, next_attempt_at: at('08:00').add({ seconds: 15 }) }])

  world.clock.advanceTo(world.clock.now().add({ seconds: 15 }))
  const claimed = await claimMirrors(world.needs, world.clock.now(), 8)
  expect(claimed.map(({ kind }) => kind)).toEqual(['meeting'])
  for (const one of claimed) await applyMirror(world.needs, one)
})
