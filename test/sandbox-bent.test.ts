import { afterAll, beforeAll, expect, test } from 'vitest'
import { bookSampleDay } from '../src/sandbox/sample-day.ts'
import { mutate, type Plan, type Shot } from './fuzz/mutate.ts'
import { pick } from './fuzz/values.ts'
import { seededDice } from './support/dice.ts'
import { demoSandbox } from './support/punctual.ts'

/**
 * The handles of the sandbox, asked with requests that begin valid and are bent up to three times: people play with it, and what
 * they mistype must be named, never be a fault of ours, and never stop the world from going on.
 */

const COUNT = process.env.PUNCTUAL_PROOF === 'full' ? 20_000 : 800
const SEED = Number(process.env.PUNCTUAL_FUZZ_SEED ?? 20_260_308)

let demo: Awaited<ReturnType<typeof demoSandbox>>
let cookie: string
beforeAll(async () => {
  demo = await demoSandbox()
  const { name, value } = await demo.cookieOf(await demo.opsEmail())
  cookie = `${name}=${value}`
  await bookSampleDay(demo.house, 'Europe/London')
  await demo.sandbox.advanceTo(demo.house.clock.now())
}, 60_000)
afterAll(() => demo?.stop())

test(`of ${COUNT} bent requests to the sandbox none is our fault, and the clock still moves`, async () => {
  const dice = seededDice(SEED)
  const plans = await plansOf()
  const ids = plans.flatMap(({ path }) => path.match(/[0-9a-f-]{36}/g) ?? [])
  const shots = Array.from({ length: COUNT }, () => mutate(structuredClone(pick(dice, plans)), dice, ids))
  const findings: string[] = []
  let accepted = 0
  for (const shot of shots) {
    const answer = await send(shot)
    if (answer === null) continue
    if (answer.status < 400) accepted += 1
    const wrong = faultIn(answer)
    if (wrong)
      findings.push(`${wrong}: ${JSON.stringify(shot).slice(0, 600)} -> ${answer.status} ${answer.text.slice(0, 300)}`)
  }
  expect(findings.slice(0, 5)).toEqual([])
  expect(accepted / COUNT).toBeGreaterThan(0.1)

  const before = demo.house.clock.now()
  await demo.sandbox.advanceTo(before.add({ minutes: 30 }))
  expect(demo.house.clock.now().since(before).total('minutes')).toBe(30)
}, 600_000)

async function plansOf(): Promise<Plan[]> {
  const [session] = await demo.house.db.selectFrom('session').select('id').orderBy('starts_at').limit(1).execute()
  const people = await demo.house.db
    .selectFrom('session_participant as p')
    .innerJoin('account as a', 'a.id', 'p.account_id')
    .select(['a.id', 'a.email', 'a.phone_e164 as phone', 'p.role'])
    .where('p.session_id', '=', session?.id ?? '')
    .execute()
  const mentee = people.find(({ role }) => role === 'mentee')
  const mentor = people.find(({ role }) => role === 'mentor')
  const phone = encodeURIComponent(mentee?.phone ?? '')
  const at = demo.house.clock.now()
  const post = (path: string, body: unknown = {}): Plan => ({
    method: 'POST',
    path: `/sandbox/${path}`,
    headers: {},
    body,
  })
  const put = (path: string, body: unknown): Plan => ({ ...post(path, body), method: 'PUT' })
  const get = (path: string): Plan => ({ method: 'GET', path: `/sandbox/${path}`, headers: {} })
  return [
    get(`scene?session=${session?.id}&with=${mentor?.id}`),
    get('happenings'),
    get(`story?session=${session?.id}`),
    get('people?q=a'),
    get('clock'),
    get(`inbox?session=${session?.id}`),
    get('faults'),
    get(`google/${mentor?.email}/events`),
    post('clock/advance', { by: 'PT1M' }),
    post('clock/advance', { to: at.add({ minutes: 3 }).toString() }),
    post('clock/play', { speed: 1 }),
    post('clock/halt'),
    post('zoom/users', { id: 'u1', email: 'room-9@zoom.example' }),
    post(`zoom/${session?.id}/join`, { person: mentee?.id, as: 'registrant' }),
    post(`zoom/${session?.id}/join`, { as: 'guest', name: 'iPhone' }),
    post(`zoom/${session?.id}/leave`, { person: mentee?.id }),
    post(`zoom/${session?.id}/admit`, { person: mentee?.id }),
    post(`zoom/${session?.id}/end`),
    post(`whatsapp/${phone}/reply`, { text: 'yes' }),
    post(`whatsapp/${phone}/read`),
    put(`whatsapp/${phone}`, { phoneOff: true, onWhatsapp: true }),
    post('slack/press', { action: 'x', value: 'y', user: 'U1' }),
    put(`email/${mentee?.email}`, { refuses: true }),
    post(`email/${mentee?.email}/bounce`, {}),
    post(`google/${mentor?.email}/events`, {
      summary: 'Busy',
      startsAt: at.add({ hours: 30 }).toString(),
      endsAt: at.add({ hours: 31 }).toString(),
    }),
    post(`google/${mentor?.email}/events/x/move`, { startsAt: at.toString(), endsAt: at.add({ hours: 1 }).toString() }),
    post(`google/${mentor?.email}/expire-sync`),
    put('faults', { vendor: 'whatsapp', kind: 'down', isOn: false }),
  ]
}

async function send({ method, path, headers, body }: Shot) {
  try {
    const answer = await fetch(new URL(path, demo.url), {
      method,
      headers: { cookie, ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined || method === 'GET' || method === 'HEAD'
        ? {}
        : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    })
    const type = answer.headers.get('content-type') ?? ''
    return { status: answer.status, type, text: await answer.text() }
  } catch (error) {
    // What no client can send; a time-out of ours is none of it.
    if ((error as Error).name === 'TimeoutError') return { status: 599, type: '', text: 'no answer in 30 s' }
    return null
  }
}

function faultIn({ status, type, text }: { status: number; type: string; text: string }): string | null {
  if (status >= 500) return 'our fault'
  if (status < 400 || text === '') return null
  if (type.startsWith('text/html')) return text.includes('<h1>') ? null : 'a page that says nothing'
  if (!type.startsWith('application/problem+json')) return `refused as ${type}`
  const problem = JSON.parse(text)
  return problem.code && problem.detail && problem.status === status ? null : 'a problem without its members'
}
