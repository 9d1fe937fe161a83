import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorizationWorld, type World } from './authorization/world.ts'
import { faultsOf } from './support/declared.ts'

// biome-ignore lint/suspicious/noExplicitAny: the document as it comes
let document: any
let world: World
beforeAll(async () => {
  world = await authorizationWorld()
  document = JSON.parse((await world.ask('anonymous', { method: 'GET', path: '/openapi.json' })).text)
})
afterAll(() => world.drop())

const SESSION = { method: 'GET', path: '/api/v1/sessions/0198c0de-0000-7000-8000-000000000001', status: 200 }

test('every object in every answer of the API says that it is closed, or what else may be in it', () => {
  const open: string[] = []
  for (const [path, methods] of Object.entries<Record<string, { responses: Record<string, never> }>>(document.paths))
    for (const [method, { responses }] of Object.entries(methods))
      for (const [status, { content }] of Object.entries<{ content?: Record<string, { schema: unknown }> }>(responses))
        if (path.startsWith('/api/') && status.startsWith('2') && content?.['application/json'])
          walk(content['application/json'].schema, `${method} ${path} ${status}`, open, new Set())
  expect(open).toEqual([])
})

// biome-ignore lint/suspicious/noExplicitAny: a JSON schema
function walk(schema: any, at: string, open: string[], seen: Set<string>): void {
  if (typeof schema !== 'object' || schema === null) return
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)
    if (!seen.has(name)) walk(document.components.schemas[name], `${at} ${name}`, open, seen.add(name))
    return
  }
  if (schema.type === 'object' && (schema.additionalProperties === undefined || schema.additionalProperties === true))
    open.push(at)
  for (const inner of Object.values(schema.properties ?? {})) walk(inner, at, open, seen)
  for (const inner of [
    schema.items,
    schema.additionalProperties,
    ...(schema.anyOf ?? []),
    ...(schema.allOf ?? []),
    ...(schema.oneOf ?? []),
  ])
    walk(inner, at, open, seen)
}

test('a field that nobody declared is found, and one that is promised and missing', async () => {
  const { sessionId } = await world.target()
  const { text } = await world.ask('mentee', { method: 'GET', path: `/api/v1/sessions/${sessionId}` })
  const body = JSON.parse(text)
  const mentee = { ops: false, personId: world.people.mentee.id }
  expect(faultsOf(document, SESSION, body, mentee)).toEqual([])
  expect(faultsOf(document, SESSION, { ...body, secret: 1 }, mentee)).toEqual(['body.secret: is not declared'])
  const [first, ...others] = body.participants
  const deep = { ...body, participants: [{ ...first, email: 'a@b.example' }, ...others] }
  expect(faultsOf(document, SESSION, deep, mentee)).toEqual(['body.participants[0].email: is not declared'])
  const { room: _, ...without } = body
  expect(faultsOf(document, SESSION, without, mentee)).toEqual(['body.room: is missing'])
  expect(faultsOf(document, { ...SESSION, status: 202 }, body, mentee)[0]).toMatch('202 is not declared')
})

test('what is only for ops is found in an answer to anybody else, and a person may see all of themselves', async () => {
  const { sessionId } = await world.target()
  const mentee = { ops: false, personId: world.people.mentee.id }
  const ops = { ops: true, personId: null }
  const whole = JSON.parse((await world.ask('ops', { method: 'GET', path: `/api/v1/sessions/${sessionId}` })).text)
  expect(faultsOf(document, SESSION, whole, ops)).toEqual([])
  expect(faultsOf(document, SESSION, whole, mentee)).not.toEqual([])

  const path = `/api/v1/people/${world.people.mentee.id}`
  const ravi = JSON.parse((await world.ask('ops', { method: 'GET', path })).text)
  const asked = { method: 'GET', path, status: 200 }
  expect(faultsOf(document, asked, ravi, ops)).toEqual([])
  expect(faultsOf(document, asked, ravi, mentee)).toEqual([])
  expect(faultsOf(document, asked, ravi, { ops: false, personId: world.people.mentor.id })).not.toEqual([])
})

test('who takes part in a session reads no verdict about the others', async () => {
  const { sessionId, startsAt } = await world.target()
  world.clock.advanceTo(startsAt.add({ minutes: 20 }))
  const judged = { personId: world.people.mentee.id, verdict: 'late', reason: 'I saw it' }
  await world.ask('ops', { method: 'POST', path: `/api/v1/sessions/${sessionId}/attendance`, body: judged })
  const verdictFor = async (who: 'mentee' | 'mentor' | 'ops') =>
    JSON.parse((await world.ask(who, { method: 'GET', path: `/api/v1/sessions/${sessionId}` })).text).participants.find(
      (one: { role: string }) => one.role === 'mentee',
    ).verdict
  expect([await verdictFor('ops'), await verdictFor('mentee'), await verdictFor('mentor')]).toEqual([
    'late',
    'late',
    null,
  ])
})
