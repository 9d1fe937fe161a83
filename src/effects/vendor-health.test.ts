import { expect, test } from 'vitest'
import { vendorHealth } from './vendor-health.ts'

const START = Temporal.Instant.from('2026-03-12T08:00:00Z')

/** Two clocks that pass only when the test says so. */
function twoClocks() {
  let now = START
  let elapsed = START
  return {
    now: () => now,
    elapsed: () => elapsed,
    people: (seconds: number) => {
      now = now.add({ seconds })
    },
    machine: (seconds: number) => {
      elapsed = elapsed.add({ seconds })
    },
  }
}

const down = { kind: 'unknown', code: 'http_503' } as const
const refused = { kind: 'rejected', code: '131026' } as const

test('four lost calls are bad luck, five are an outage, and any answer between them ends the count', () => {
  const health = vendorHealth(twoClocks())
  for (let n = 0; n < 4; n++) health.heard('whatsapp', down)
  expect(health.secondsToRest('whatsapp')).toBe(0)
  health.heard('whatsapp', refused)
  for (let n = 0; n < 4; n++) health.heard('whatsapp', down)
  expect(health.secondsToRest('whatsapp')).toBe(0)
  health.heard('whatsapp', down)
  expect(health.secondsToRest('whatsapp')).toBe(15)
  expect(health.secondsToRest('email')).toBe(0)
})

test('"slow down" and a mailbox that is busy are no outage', () => {
  const health = vendorHealth(twoClocks())
  for (let n = 0; n < 20; n++) health.heard('email', { kind: 'retry', code: '4.2.2' })
  for (let n = 0; n < 20; n++) health.heard('zoom', { kind: 'retry', code: 'http_429' })
  expect([health.secondsToRest('email'), health.secondsToRest('zoom')]).toEqual([0, 0])
})

test('a rest is over by whichever clock went further; then one may try, and the others wait for what comes of it', () => {
  for (const pass of ['people', 'machine'] as const) {
    const clock = twoClocks()
    const health = vendorHealth(clock)
    for (let n = 0; n < 5; n++) health.heard('slack', down)
    clock[pass](14)
    expect([health.secondsToRest('slack'), health.isOnTrial('slack')]).toEqual([1, false])
    clock[pass](1)
    expect([health.secondsToRest('slack'), health.isOnTrial('slack')]).toEqual([0, true])
    health.tried('slack')
    expect([health.secondsToRest('slack'), health.isOnTrial('slack')]).toEqual([15, false])
    health.heard('slack', null)
    expect([health.secondsToRest('slack'), health.isOnTrial('slack')]).toEqual([0, false])
  }
})

test('a short burst passes at once, more of it at the pace that the vendor allows', () => {
  const clock = twoClocks()
  const health = vendorHealth(clock)
  const pace = { perSecond: 1 / 6, atOnce: 3 }
  expect([1, 2, 3, 4].map(() => health.take('pair', pace))).toEqual([0, 0, 0, 6])
  expect(health.take('another pair', pace)).toBe(0)
  clock.machine(4)
  expect(health.take('pair', pace)).toBe(2)
  clock.people(2)
  clock.machine(2)
  expect(health.take('pair', pace)).toBe(0)
  expect(health.take('pair', pace)).toBe(6)
})
