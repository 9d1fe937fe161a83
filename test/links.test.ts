import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { buttonPayload, linkToken, type Purpose, readButton, readLink } from '../src/links.ts'
import { authorizationWorld, NOW, SECRET, type World } from './authorization/world.ts'
import { seededDice } from './support/dice.ts'

/** Links are keys: each opens one door, for one person, and whoever bends one stands outside. */

const PURPOSES: Purpose[] = ['join', 'manage', 'confirm', 'invite', 'feed', 'enter']
const [mine, others] = [newId(), newId()]
const of = (purpose: Purpose, subjectId = mine, revision = 3, secret = SECRET) =>
  linkToken(secret, { purpose, subjectId, revision })
const bytes = (token: string) => Buffer.from(token, 'base64url')
const changed = (token: string, change: (bytes: Buffer) => Buffer) => change(bytes(token)).toString('base64url')
const next = (purpose: Purpose): Purpose => PURPOSES[(PURPOSES.indexOf(purpose) + 1) % PURPOSES.length] as Purpose

const TAMPERINGS: Record<string, (purpose: Purpose) => string> = {
  'for another purpose': (purpose) => of(next(purpose)),
  'made with another secret': (purpose) => of(purpose, mine, 3, 't'.repeat(40)),
  'made without a secret': (purpose) => of(purpose, mine, 3, ''),
  'with another person in it': (purpose) =>
    changed(of(purpose), (b) => Buffer.concat([bytes(of(purpose, others)).subarray(0, 16), b.subarray(16)])),
  'with another revision in it': (purpose) =>
    changed(of(purpose), (b) => Buffer.concat([b.subarray(0, 16), Buffer.from([0, 4]), b.subarray(18)])),
  'with the signature of another one': (purpose) =>
    changed(of(purpose), (b) => Buffer.concat([b.subarray(0, 18), bytes(of(purpose, others)).subarray(18)])),
  'without its signature': (purpose) => changed(of(purpose), (b) => b.subarray(0, 18)),
  'with an empty signature': (purpose) =>
    changed(of(purpose), (b) => Buffer.concat([b.subarray(0, 18), Buffer.alloc(16)])),
  'cut short': (purpose) => of(purpose).slice(0, -1),
  'with a letter more': (purpose) => `${of(purpose)}A`,
  'in other letters': (purpose) =>
    of(purpose).replaceAll(/[a-zA-Z]/g, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    ),
  'with its signature before its text': (purpose) =>
    changed(of(purpose), (b) => Buffer.concat([b.subarray(18), b.subarray(0, 18)])),
}

test('twelve ways to bend a link, for every purpose: none opens anything', () => {
  const accepted: string[] = []
  for (const purpose of PURPOSES) {
    expect(readLink(SECRET, purpose, of(purpose))).toEqual({ purpose, subjectId: mine, revision: 3 })
    for (const [title, bend] of Object.entries(TAMPERINGS)) {
      const token = bend(purpose)
      if (token === of(purpose)) throw new Error(`${title} bends nothing`)
      if (readLink(SECRET, purpose, token) !== null) accepted.push(`${purpose} ${title}`)
    }
  }
  expect(Object.keys(TAMPERINGS)).toHaveLength(12)
  expect(accepted).toEqual([])
})

test('a link opens only the door it was made for', () => {
  for (const made of PURPOSES)
    for (const asked of PURPOSES) expect(readLink(SECRET, asked, of(made)) !== null).toBe(made === asked)
})

test('a link says nothing about the person, and no two are alike', () => {
  const tokens = new Set(Array.from({ length: 2000 }, () => of('manage', newId())))
  expect(tokens.size).toBe(2000)
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{46}$/)
})

test('of flipped bits and letters none is accepted', () => {
  const dice = seededDice(11)
  let accepted = 0
  for (let time = 0; time < 20_000; time++) {
    const token = of('join')
    const flipped = changed(token, (b) => {
      const bit = Math.floor(dice() * b.length * 8)
      b[bit >> 3] = (b[bit >> 3] as number) ^ (1 << (bit & 7))
      return b
    })
    if (readLink(SECRET, 'join', flipped)) accepted++
  }
  expect(accepted).toBe(0)
})

test('a button is a link too: another act, person or revision under its signature is nothing', () => {
  const press = { action: 'coming', participantId: mine, revision: 3 }
  const payload = buttonPayload(SECRET, press)
  expect(readButton(SECRET, payload)).toEqual(press)
  const [action, id, revision, mac] = payload.split(':') as [string, string, string, string]
  for (const bent of [
    `cant_come:${id}:${revision}:${mac}`,
    `${action}:${others}:${revision}:${mac}`,
    `${action}:${id}:4:${mac}`,
    `${action}:${id}:03:${mac}`,
    `${action}:${id}:${revision}:${mac.slice(1)}A`,
    `${action}:${id}:${revision}`,
    `${payload}:`,
    payload.toUpperCase(),
    buttonPayload('other', press),
  ])
    expect(readButton(SECRET, bent), bent).toBeNull()
})

let world: World
beforeAll(async () => {
  world = await authorizationWorld()
})
afterAll(() => world.drop())

const CAREFUL = { 'referrer-policy': 'no-referrer' }

test('at the door: bent links are not found, whatever they are asked for; looking changes nothing', async () => {
  const target = await world.target()
  const everything = async () => {
    const tables = ['reply', 'join_click', 'user_calendar_booking', 'session', 'consent', 'audit_log'] as const
    return Promise.all(tables.map(async (table) => (await world.db.selectFrom(table).selectAll().execute()).length))
  }
  const before = await everything()
  for (const purpose of ['join', 'manage'] as const) {
    const token = world.link(purpose, target)
    const path = purpose === 'join' ? `/join/${token}` : `/m/${token}`
    const pages = purpose === 'join' ? [path] : [path, `${path}/move`, `${path}/cancel`, `${path}/session.ics`]
    for (const page of pages)
      for (const method of ['GET', 'HEAD']) {
        const answer = await world.ask('anonymous', { method, path: page })
        expect(answer.status).toBe(200)
        for (const [name, value] of Object.entries(CAREFUL)) expect(answer.headers.get(name)).toBe(value)
        expect(answer.headers.get('cache-control')).toMatch(/no-store/)
        if (!page.endsWith('.ics') && method === 'GET')
          expect(`${answer.headers.get('x-robots-tag')} ${answer.text}`).toMatch(/noindex/)
      }
    for (const bend of Object.values(TAMPERINGS)) {
      const bent = path.replace(token, bend(purpose))
      for (const method of ['GET', 'POST']) {
        const { status } = await world.ask('anonymous', {
          method,
          path: bent,
          ...(method === 'POST' ? { form: { answer: 'coming' } } : {}),
        })
        expect(status, bent).toBe(404)
      }
    }
  }
  expect(await everything()).toEqual(before)
})

test('a link does what it may only as long as it may: joining until an hour after the end, changing until the start', async () => {
  const past = await world.sessionOf(world.people.mentee.id, NOW.subtract({ hours: 30 }))
  const target = { ...(await world.target()), ...past }
  const join = await world.ask('anonymous', { method: 'POST', path: `/join/${world.link('join', target)}`, form: {} })
  expect(join.headers.get('location') ?? '').not.toMatch(/zoom|meet\.google/)
  const cancelled = await world.ask('anonymous', {
    method: 'POST',
    path: `/m/${world.link('manage', target)}`,
    form: { do: 'cancel', reason: 'late' },
  })
  expect(cancelled.status).not.toBe(500)
  const { cancelled_at } = await world.db
    .selectFrom('user_calendar_booking')
    .select('cancelled_at')
    .where('id', '=', past.bookingId)
    .executeTakeFirstOrThrow()
  expect(cancelled_at).toBeNull()
})
