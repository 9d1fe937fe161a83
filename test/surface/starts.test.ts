import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, afterEach, expect, inject, test } from 'vitest'
import { command, databaseUrl } from '../support/database-server.ts'
import { type App, type Json, launch, newFolder, removeFolders, startApp } from './app.ts'
import { book, everybody, expectProblem, freeTimes } from './people.ts'

const running: App[] = []
const start = async (...given: Parameters<typeof startApp>): Promise<App> => {
  const app = await startApp(...given)
  running.push(app)
  return app
}
afterEach(async () => {
  for (const app of running.splice(0)) await app.stop()
})
afterAll(removeFolders)

test('killed in the middle of its work and started again on the same folder, it has lost nothing, repeats nothing and goes on within a minute', async () => {
  const first = await start()
  const { who, mentees } = await everybody(first)
  // Where it is day: by night a message would wait for the morning.
  const awake = mentees.filter((one) => one.timeZone === 'Asia/Kolkata')
  const mentor = who('Asha Verma')
  const times = (await freeTimes(first, mentor.id)).filter((_, n) => n % 2 === 0).slice(0, 6)
  await first.ask('PUT', '/sandbox/faults', { body: { vendor: 'whatsapp', kind: 'latency', ms: 400 } })
  const bookings = await Promise.all(times.map((startsAt, n) => book(first, mentor.id, awake[n].id, startsAt)))
  // Some calls are answered, some are under way, some have not begun.
  for (;;) {
    const { items } = await first.get('/api/v1/deliveries?channel=whatsapp&limit=500')
    if (items.filter((one: Json) => ['accepted', 'delivered'].includes(one.state)).length >= 2) break
  }
  const accepted = (await first.get('/api/v1/deliveries?limit=500')).items.filter((one: Json) =>
    ['accepted', 'delivered'].includes(one.state),
  )
  await first.stop('SIGKILL')

  const killed = performance.now()
  const second = await start({}, first.dataDir)
  expect(performance.now() - killed).toBeLessThan(30_000)
  await second.ask('DELETE', '/sandbox/faults')
  // At once, and not when the leases of the dead lapse.
  const settled = await second.post('/sandbox/clock/advance', { by: 'PT15M' })
  expect(settled, JSON.stringify(settled.body)).toMatchObject({ status: 200 })
  expect(performance.now() - killed).toBeLessThan(60_000)

  for (const one of bookings) expect(await second.get(`/api/v1/bookings/${one.id}`)).toEqual(one)
  const after = (await second.get('/api/v1/deliveries?limit=500')).items
  const { items } = await second.get('/sandbox/inbox')
  const got = items.map((one: Json) => `${one.to} ${one.channel} ${one.effectKey}`)
  expect(got.filter((one: string, n: number) => got.indexOf(one) !== n)).toEqual([])
  // A WhatsApp message whose call was cut off is never sent again; its reader then has the mail.
  expect(new Set(items.map((one: Json) => `${one.personId} ${one.effectKey}`)).size).toBe(bookings.length * 2)
  expect(items.filter((one: Json) => one.channel === 'email')).toHaveLength(bookings.length * 2)
  for (const one of after.filter(({ state }: Json) => !['accepted', 'delivered'].includes(state)))
    expect(one).toMatchObject({ channel: 'whatsapp', state: 'failed', reason: 'presumed_lost' })
  for (const one of accepted)
    expect(after.find(({ id }: Json) => id === one.id).attempts).toHaveLength(one.attempts.length)
}, 120_000)

test('a second start on the same folder, and a taken port, are refused with a sentence', async () => {
  const app = await start()
  const again = launch({ PORT: '0', PUNCTUAL_DATA_DIR: app.dataDir })
  expect(await again.served).toBeNull()
  expect(again.process.exitCode).not.toBe(0)
  expect(again.text()).toMatch(/already|another|in use/i)
  expect(again.text()).not.toMatch(/\n {4}at /)

  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const taken = launch({ PORT: String(port), PUNCTUAL_DATA_DIR: newFolder() })
  expect(await taken.served).toBeNull()
  expect(taken.process.exitCode).not.toBe(0)
  expect(taken.text()).toContain(String(port))
  expect(taken.text()).not.toMatch(/\n {4}at /)
  other.close()

  const bad = launch({ PORT: 'many', PUNCTUAL_MODE: 'dream', PUNCTUAL_SECRET: 'short' })
  expect(await bad.served).toBeNull()
  for (const name of ['PORT', 'PUNCTUAL_MODE', 'PUNCTUAL_SECRET']) expect(bad.text()).toContain(`${name}: `)
  expect((await app.ask('GET', '/healthz')).status).toBe(200)
}, 60_000)

test('with DATABASE_URL it uses that database and no other', async () => {
  const server = inject('databaseServerUrl')
  const name = `surface_${process.pid}`
  await command(server, `create database ${name}`)
  const app = await start({ DATABASE_URL: databaseUrl(server, name) })
  expect((await everybody(app)).items.length).toBeGreaterThan(50)
  await app.stop()

  const live = launch({
    DATABASE_URL: databaseUrl(server, name),
    PORT: '0',
    PUNCTUAL_MODE: 'live',
    PUNCTUAL_SANDBOX_TOKEN: '',
    PUNCTUAL_URL: 'http://localhost:1',
    PUNCTUAL_SECRET: 'x'.repeat(40),
  })
  expect(await live.served).toBeNull()
  expect(live.text()).toContain('sandbox')
  await command(server, `drop database ${name} with (force)`)
}, 60_000)

test('live without credentials: nothing of the sandbox is there, and a webhook that cannot be checked is 503', async () => {
  const none = {
    ZOOM_WEBHOOK_SECRET_TOKEN: '',
    WHATSAPP_APP_SECRET: '',
    WHATSAPP_VERIFY_TOKEN: '',
    SLACK_SIGNING_SECRET: '',
  }
  const PORT = String(await freePort())
  const app = await start({
    ...none,
    PORT,
    PUNCTUAL_MODE: 'live',
    PUNCTUAL_SANDBOX_TOKEN: '',
    PUNCTUAL_URL: `http://127.0.0.1:${PORT}`,
    PUNCTUAL_SECRET: 'x'.repeat(40),
  })
  for (const path of ['/webhooks/zoom', '/webhooks/whatsapp', '/webhooks/slack', '/webhooks/google-calendar'])
    expectProblem(await app.ask('POST', path, { body: {}, as: null }), 503, 'not_configured')
  for (const path of ['/sandbox/clock', '/sandbox/inbox'])
    expectProblem(await app.ask('GET', path, { as: null }), 404, 'not_found')
  expectProblem(await app.ask('POST', '/sandbox/sign-in', { body: {}, as: null }), 404, 'not_found')
  expectProblem(await app.ask('GET', '/api/v1/people'), 401, 'unauthenticated')
}, 60_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
