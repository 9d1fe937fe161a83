import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accept, at, effectsWorld } from './support/effects-world.ts'

let world: Awaited<ReturnType<typeof effectsWorld>>
const children: ChildProcess[] = []
beforeAll(async () => {
  world = await effectsWorld()
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await world.close()
})

const startProcess = (now = at('08:00')): ChildProcess => {
  const arguments_ = [
    join(import.meta.dirname, 'support/worker-process.ts'),
    world.url,
    now.toString(),
    world.whatsapp.url,
    world.mail.url,
  ]
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  return child
}

test('a worker killed in the middle of its calls loses nothing, repeats nothing that was accepted, and another goes on within a minute', async () => {
  const booked = await Promise.all(Array.from({ length: 6 }, () => world.book()))
  const held = Promise.withResolvers<void>()
  let calls = 0
  // The first four calls are answered; the vendor takes the fifth and the process dies before the answer.
  world.whatsapp.reacts((message, response) => {
    calls += 1
    if (calls < 5) return accept(message, response)
    held.resolve()
  })
  const first = startProcess()
  await held.promise
  await until(sql`select count(*) >= 4 as ok from delivery where channel = 'whatsapp' and state = 'accepted'`)
  first.kill('SIGKILL')
  await once(first, 'exit')
  const killed = performance.now()

  const acceptedBefore = await rows<{ wamid: string; id: string }>(
    sql`select vendor_id as wamid, id from delivery where channel = 'whatsapp' and state = 'accepted'`,
  )
  const sentBefore = world.whatsapp.sent.map((one) => one.wamid)
  const inFlight = await rows<{ id: string }>(sql`select id from delivery where state = 'claimed'`)
  expect(inFlight.length).toBeGreaterThan(0)
  world.whatsapp.reacts(accept)
  const second = startProcess()
  await until(
    sql`select count(*) = 0 as ok from delivery where state = 'claimed' or (state = 'pending' and next_attempt_at <= ${at('08:00')})`,
  )
  expect(performance.now() - killed).toBeLessThan(60_000)

  // Everybody's message is accounted for, on both channels.
  const all = await rows<{ channel: string; state: string; sends: number }>(sql`
    select channel, state, (select count(*)::int from attempt a where a.delivery_id = d.id) as sends from delivery d`)
  expect(all).toHaveLength(booked.length * 4)
  expect(all.filter((one) => one.channel === 'whatsapp').every((one) => one.sends === 1)).toBe(true)
  expect(
    all.filter((one) => one.state === 'unknown').length + all.filter((one) => one.state === 'pending').length,
  ).toBe(inFlight.length)

  // What was accepted before the kill went out once: each phone saw each attempt at most once, and none again afterwards.
  const again = world.whatsapp.sent.filter((one) => !sentBefore.includes(one.wamid))
  const attempts = world.whatsapp.sent.map((one) => one.attempt)
  expect(new Set(attempts).size).toBe(attempts.length)
  const acceptedAttempts = await rows<{ id: string }>(
    sql`select id from attempt where delivery_id in (select id from delivery where id = any(${acceptedBefore.map((one) => one.id)}::uuid[]))`,
  )
  expect(again.some((one) => acceptedAttempts.some((attempt) => attempt.id === one.attempt))).toBe(false)

  second.kill('SIGTERM')
  const [code] = await once(second, 'exit')
  expect(code).toBe(0)
}, 90_000)

async function rows<T>(query: ReturnType<typeof sql>): Promise<T[]> {
  return (await query.execute(world.db)).rows as T[]
}

async function until(question: ReturnType<typeof sql>): Promise<void> {
  for (;;) {
    const [row] = await rows<{ ok: boolean }>(question)
    if (row?.ok) return
    // A question each 100 ms leaves the processor to the worker.
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
