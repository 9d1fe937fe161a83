import { expect } from 'vitest'
import type { Answer, App, Json } from './app.ts'

export const NOBODY = '0198c0de-0000-7000-8000-000000000001'
export const WEEK = { from: '2026-03-23T00:00:00Z', to: '2026-03-30T00:00:00Z' }

export const plus = (instant: string, minutes: number): string =>
  Temporal.Instant.from(instant).add({ minutes }).toString()

/** Everybody of the demo week, by name. */
export async function everybody(app: App) {
  const { items } = await app.get('/api/v1/people?limit=500')
  const who = (name: string): Json => {
    const found = items.find((one: Json) => one.name === name)
    if (!found) throw new Error(`There is no ${name}.`)
    return found
  }
  const reachable = (one: Json) => one.roles.includes('mentee') && one.channels.length === 2
  return { items: items as Json[], who, mentees: items.filter(reachable) as Json[] }
}

export const freeTimes = async (app: App, mentorId: string, { from, to } = WEEK): Promise<string[]> =>
  (await app.get(`/api/v1/mentors/${mentorId}/slots?from=${from}&to=${to}`)).slots.map((slot: Json) => slot.startsAt)

export async function book(app: App, mentorId: string, menteeId: string, startsAt: string): Promise<Json> {
  const answer = await app.post('/api/v1/bookings', { mentorId, menteeId, startsAt })
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 })
  return answer.body
}

/** Signs in as somebody; the answer goes into `as`. */
export async function signIn(app: App, personId: string): Promise<string> {
  const { status, headers } = await app.ask('POST', '/sandbox/sign-in', { body: { personId }, as: null })
  expect(status).toBe(204)
  return (headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

export async function advance(app: App, to: string): Promise<void> {
  const answer = await app.post('/sandbox/clock/advance', { to })
  expect(answer.body).toEqual({ now: to })
}

/** Every refusal looks alike: RFC 9457 with a code, and for input the field and its rule. */
export function expectProblem(answer: Answer, status: number, code: string, field?: string): void {
  expect({ status: answer.status, code: answer.body.code }, JSON.stringify(answer.body)).toEqual({ status, code })
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.body).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status,
    detail: expect.any(String),
  })
  if (code === 'invalid') {
    expect(answer.body.errors.length).toBeGreaterThan(0)
    for (const error of answer.body.errors)
      expect(error).toEqual({ field: expect.any(String), rule: expect.any(String) })
  }
  if (field) expect(answer.body.errors.map((error: Json) => error.field)).toContain(field)
}
