import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { refuseUndeclared } from '../src/people/access.ts'
import { APP_CELLS, APP_REQUESTS } from './authorization/app.ts'
import { REQUESTS as SURFACE_REQUESTS } from './authorization/requests.ts'
import { CELLS as SURFACE_CELLS } from './authorization/table.ts'
import {
  ACTORS,
  type ActorName,
  authorizationWorld,
  NO_TARGET,
  type Target,
  type World,
} from './authorization/world.ts'

/** Every route of the app, asked by nine kinds of people about something that belongs to two of them. */

let world: World
beforeAll(async () => {
  world = await authorizationWorld({
    ZOOM_ACCOUNT_ID: 'ours',
    ZOOM_WEBHOOK_SECRET_TOKEN: 'zoom-secret',
    WHATSAPP_APP_SECRET: 'meta-secret',
    WHATSAPP_VERIFY_TOKEN: 'verify-me',
    WHATSAPP_PHONE_NUMBER_ID: '1122334455667',
    SLACK_SIGNING_SECRET: 'slack-secret',
    MAIL_WEBHOOK_SECRET: 'a-key-of-the-mail-server',
  })
})
afterAll(() => world.drop())

const CELLS = { ...SURFACE_CELLS, ...APP_CELLS }
const REQUESTS = { ...SURFACE_REQUESTS, ...APP_REQUESTS }
const methodOf = (key: string): string => key.split(' ')[0] as string
const routeOf = (key: string): string => key.split(' #')[0] as string
const routes = (): string[] => [
  ...new Set(world.app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)),
]
const isSandbox = (route: string): boolean => / \/sandbox\//.test(route)

/** What is read is shared by all who read it; what changes gets its own. */
async function asked(key: string, actor: ActorName, target?: Target) {
  const request = REQUESTS[key]
  if (!request) throw new Error(`No request for ${key}`)
  const about = target ?? (request.length > 1 ? await world.target() : NO_TARGET)
  return world.ask(actor, { method: methodOf(key), ...request(world, about) })
}

test('every route of the app has a request and a reviewed row, and no row is about a route that is gone', () => {
  const known = new Set(Object.keys(CELLS).map(routeOf))
  expect(routes().filter((route) => !known.has(route) && !isSandbox(route))).toEqual([])
  expect([...known].filter((route) => !routes().includes(route))).toEqual([])
  expect(Object.keys(CELLS).filter((key) => !REQUESTS[key])).toEqual([])
  expect(Object.keys(REQUESTS).filter((key) => !CELLS[key])).toEqual([])
})

test('an app with a route that nobody decided about does not start', () => {
  expect(() => refuseUndeclared([...world.app.routes, { method: 'GET', path: '/api/v1/secrets' }])).toThrow(
    'GET /api/v1/secrets',
  )
})

describe('every cell is as reviewed, and no answer shows an address of anybody else', () => {
  test.each(Object.keys(CELLS))('%s', async (key) => {
    const shared = methodOf(key) === 'GET' && REQUESTS[key]?.length === 2 ? await world.target() : undefined
    const row: Record<string, number> = {}
    const leaks: string[] = []
    for (const actor of ACTORS) {
      const answer = await asked(key, actor, shared)
      row[actor] = answer.status
      leaks.push(...leaksIn(key, actor, answer.text + JSON.stringify([...answer.headers])))
    }
    await world.restore()
    expect(leaks).toEqual([])
    expect(row).toEqual(Object.fromEntries(ACTORS.map((actor, index) => [actor, CELLS[key]?.[index]])))
  })
})

// A link's page greets its holder, whoever is signed in beside it; the sandbox's first page offers its made-up people.
const speaksOfPair = (key: string, actor: ActorName): boolean =>
  /\/(m|join)\/:token/.test(key) || (key === 'GET /' && (actor === 'anonymous' || actor === 'disabled'))

function leaksIn(key: string, actor: ActorName, text: string): string[] {
  if (actor === 'admin') return []
  const isStranger = actor.includes('another') || actor === 'anonymous' || actor === 'disabled'
  return Object.entries(world.people)
    .filter(([name]) => name !== actor && isHidden(actor, name) && !(key.includes('#email') && name === 'admin'))
    .flatMap(([name, { email, phone, name: called }]) => [
      ...[email, phone, phone.slice(1)].filter((address) => text.includes(address)),
      ...(isStranger && ['mentee', 'mentor'].includes(name) && !speaksOfPair(key, actor) && text.includes(called)
        ? [called]
        : []),
    ])
    .map((found) => `${actor} reads ${found}`)
}

// Ops see the addresses of their programme and of those who are in none yet: an admin, somebody who left.
const PROGRAMME_OF: Record<string, 'own' | 'another'> = {
  mentee: 'own',
  mentor: 'own',
  ops: 'own',
  'mentee of another': 'another',
  'mentor of another': 'another',
  'ops of another': 'another',
}
function isHidden(actor: ActorName, name: string): boolean {
  if (!actor.startsWith('ops')) return true
  return PROGRAMME_OF[name] !== undefined && PROGRAMME_OF[name] !== PROGRAMME_OF[actor]
}

test('somebody else’s object and one that never was are answered alike', async () => {
  const differing: string[] = []
  for (const key of Object.keys(CELLS)) {
    const request = REQUESTS[key]
    const path = request?.(world, NO_TARGET).path ?? ''
    if (!request || !/:(id|mergeId|mentorId)\b/.test(key) || key.includes('#') || /^\/pages/.test(path)) continue
    for (const actor of ['mentee of another', 'mentor of another'] as const) {
      const target = await world.target()
      const foreign = await world.ask(actor, { method: methodOf(key), ...request(world, target) })
      if (foreign.status < 400) continue
      const ids = new Map<string, string>()
      const unknown = JSON.parse(
        JSON.stringify({ ...request(world, target) }).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => {
          if (id === target.holdId || !ids.has(id)) ids.set(id, ids.get(id) ?? newId())
          return ids.get(id) as string
        }),
      )
      const never = await world.ask(actor, { method: methodOf(key), ...unknown })
      if (never.status !== foreign.status || bare(never.text) !== bare(foreign.text))
        differing.push(`${key} ${actor}: ${foreign.status} ${never.status}`)
    }
  }
  await world.restore()
  expect(differing).toEqual([])
})

test('to ops of another programme an object of this one and one that never was are answered alike, wherever its id stands', async () => {
  const differing: string[] = []
  let substituted = 0
  for (const key of Object.keys(CELLS)) {
    const request = REQUESTS[key]
    // Behind #admin is somebody who is in no programme.
    if (!request || / \/(m|join|invite|enter|sign-in|sandbox|pages|docs)\/|#admin/.test(key)) continue
    const target = await world.target()
    const mine = { method: methodOf(key), ...request(world, target) }
    const text = JSON.stringify(mine)
    const ids = new Map([...text.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)].map(([id]) => [id, newId()]))
    // Each id alone, then all: in the path, the query, the body and the form.
    for (const changed of [...[...ids.keys()].map((id) => [id]), [...ids.keys()]]) {
      if (changed.length === 0) continue
      const never = JSON.parse(changed.reduce((all, id) => all.replaceAll(id, ids.get(id) as string), text))
      const [foreign, unknown] = [await world.ask('ops of another', mine), await world.ask('ops of another', never)]
      substituted += 1
      if (foreign.status !== unknown.status || bare(foreign.text) !== bare(unknown.text))
        differing.push(`${key} ${changed.length} ids: ${foreign.status} ${unknown.status}`)
    }
    await world.restore()
  }
  expect(differing).toEqual([])
  expect(substituted).toBeGreaterThan(80)
  // Some four hundred requests, one after the other.
}, 120_000)

test('an id in a header opens nothing to ops of another programme', async () => {
  const { people, programmeId } = world
  const target = await world.target()
  const claims = {
    'x-programme-id': programmeId,
    'x-programmes': programmeId,
    'x-session-id': target.sessionId,
    'x-account-id': people.ops.id,
    'idempotency-key': people.ops.id,
    'if-match': '"1"',
    referer: `http://localhost/sessions/${target.sessionId}`,
  }
  for (const [key, cells] of Object.entries(CELLS)) {
    const expected = cells[ACTORS.indexOf('ops of another')] as number
    if (expected !== 404 || !REQUESTS[key] || / \/(m|join|invite|enter)\//.test(key)) continue
    const request = { method: methodOf(key), ...REQUESTS[key](world, target) }
    const { status } = await world.ask('ops of another', { ...request, headers: { ...claims, ...request.headers } })
    expect(`${key} ${status}`).toBe(`${key} 404`)
  }
})

/** Without ids, and without the number that each answer gives its own style. */
const bare = (text: string): string =>
  text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id').replaceAll(/<style nonce="[^"]{20,}">/g, '<style>')

test('no header makes anybody somebody else', async () => {
  const target = await world.target()
  const claims: Record<string, string> = {
    'x-user-id': world.people.admin.id,
    'x-account-id': world.people.mentee.id,
    'x-actor': `person:${world.people.admin.id}`,
    'x-remote-user': world.people.admin.email,
    'x-forwarded-user': world.people.admin.email,
    'x-forwarded-for': '127.0.0.1',
    'x-roles': 'admin,ops',
    'x-original-url': '/healthz',
    'x-rewrite-url': '/healthz',
    'x-http-method-override': 'GET',
  }
  for (const [key, cells] of Object.entries(CELLS)) {
    if (!key.includes(' /api/') || !REQUESTS[key]) continue
    for (const actor of ['anonymous', 'mentee of another', 'ops of another'] as const) {
      const expected = cells[ACTORS.indexOf(actor)] as number
      if (expected < 401) continue
      const request = { method: methodOf(key), ...REQUESTS[key](world, target) }
      const { status } = await world.ask(actor, { ...request, headers: { ...request.headers, ...claims } })
      expect(`${key} ${actor} ${status}`).toBe(`${key} ${actor} ${expected}`)
    }
  }
})

test('an identity in the body or the query is refused or ignored', async () => {
  const { people } = world
  const mine = { actor: 'admin', accountId: people.admin.id, ops: true, admin: true }
  for (const [key, request] of Object.entries(REQUESTS)) {
    if (!key.includes(' /api/v1/') || key.includes('#') || methodOf(key) === 'GET') continue
    const { path, body, headers } = request(world, await world.target())
    if (typeof body !== 'object') continue
    const { status } = await world.ask('mentee of another', {
      method: methodOf(key),
      path: `${path}?accountId=${people.admin.id}`,
      body: { ...body, ...mine },
      ...(headers ? { headers } : {}),
    })
    expect(`${key} ${status}`).toMatch(/ (400|403|404)$/)
  }
  await world.restore()
})

test('the simulated vendors and the clock are moved by ops only', async () => {
  const open = ['POST /sandbox/be', 'POST /sandbox/sign-in', 'GET /sandbox/clock', 'GET /sandbox/people']
  const sandbox = routes().filter((route) => isSandbox(route) && !open.includes(route))
  expect(sandbox.length).toBeGreaterThan(15)
  for (const route of sandbox) {
    const [method = '', path = ''] = route.split(' ')
    const request = {
      method,
      path: path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x'),
      ...(method === 'GET' ? {} : { body: {} }),
    }
    expect(`${route} ${(await world.ask('anonymous', request)).status}`).toBe(`${route} 401`)
    for (const actor of ['disabled', 'mentee', 'mentor'] as const)
      expect(`${route} ${(await world.ask(actor, request)).status}`).toMatch(/ 40[13]$/)
  }
})

test('a path that no room serves is nothing, whoever asks', async () => {
  const paths = routes().flatMap((route) => {
    const path = (route.split(' ')[1] as string).replaceAll(/:\w+(\{[^}]*\})?/g, newId())
    return [
      `${path}x`,
      `${path}/x`,
      `/internal${path}`,
      `/admin${path}`,
      `${path}/../admin`,
      path.replace('/api/v1', '/api/v2'),
      `${path}.json`,
    ]
  })
  const served = new Set<string>()
  for (const path of new Set(paths)) {
    if (/^\/(app|pages|docs|m|join|enter|book|sandbox|sign-in)\//.test(path)) continue
    const { status } = await world.ask('admin', { method: 'GET', path })
    // A UUID with one letter more is no UUID: the route says so.
    if (![404, 400].includes(status)) served.add(`${status} ${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')}`)
  }
  expect([...served].filter((found) => !isRoutePath(found.split(' ')[1] as string))).toEqual([])
})

const isRoutePath = (path: string): boolean =>
  routes().some((route) => route.split(' ')[1]?.replaceAll(/:\w+/g, ':id') === new URL(path, 'http://x').pathname)
