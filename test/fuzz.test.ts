import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signSlack, signWhatsapp, signZoom } from '../src/vendors/signatures.ts'
import { REQUESTS } from './authorization/requests.ts'
import { ACTORS, type ActorName, authorizationWorld, NOW, type Target, type World } from './authorization/world.ts'
import { mutate, type Plan, type Shot } from './fuzz/mutate.ts'
import { instance, type Schema } from './fuzz/schema.ts'
import { type Dice, pick } from './fuzz/values.ts'
import { seededDice } from './support/dice.ts'
import { setStage } from './support/vendor-stage.ts'

/**
 * Every route, asked by everybody, with requests that begin valid and are bent up to three times. Nothing of it may be our
 * fault, and whoever is refused is told in a shape that programs can read. A finding prints the whole request; the same
 * PUNCTUAL_FUZZ_SEED bends in the same way (ids are new in each run).
 */

const FULL = process.env.PUNCTUAL_PROOF === 'full'
const COUNT = Number(process.env.PUNCTUAL_FUZZ_COUNT ?? (FULL ? 1_000_000 : 20_000))
const SEED = Number(process.env.PUNCTUAL_FUZZ_SEED ?? 20_260_308)
/** Requests under way at once: enough to keep the database busy, few enough for its ten connections. */
const AT_ONCE = 8
/** After so many the people are put back as they were, and sessions are made anew. */
const ROUND = 400
const SECRETS = { zoom: 'zoom-secret', meta: 'meta-secret', slack: 'slack-secret' }
/** What a leak of 4 KB a request exceeds in the small size, and one of 16 bytes in the full one. */
const HEAP_MAY_GROW = 12 * 1024 * 1024

let world: World
let stage: Awaited<ReturnType<typeof setStage>>
beforeAll(async () => {
  stage = await setStage(NOW.toString())
  world = await authorizationWorld(
    {
      PUNCTUAL_URL: 'http://punctual.localhost',
      PUNCTUAL_PROXIES: '1',
      ZOOM_ACCOUNT_ID: 'ours',
      ZOOM_WEBHOOK_SECRET_TOKEN: SECRETS.zoom,
      WHATSAPP_APP_SECRET: SECRETS.meta,
      WHATSAPP_VERIFY_TOKEN: 'verify-me',
      WHATSAPP_PHONE_NUMBER_ID: '1122334455667',
      SLACK_SIGNING_SECRET: SECRETS.slack,
      MAIL_WEBHOOK_SECRET: 'a-key-of-the-mail-server',
    },
    { email: stage.email, people: stage.people, google: stage.calendar },
  )
})
afterAll(async () => {
  await world.drop()
  await stage.clear()
})

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

test(`of ${COUNT} bent requests none is our fault, each refusal says what was wrong, and the heap does not grow`, async () => {
  console.info(`fuzz: PUNCTUAL_FUZZ_SEED=${SEED}`)
  const dice = seededDice(SEED)
  const findings: string[] = []
  const statuses = new Map<number, number>()
  const heaps: number[] = []
  const strays: unknown[] = []
  const stray = (reason: unknown) => void strays.push(reason)
  process.on('unhandledRejection', stray)
  const keys = Object.keys(REQUESTS)
  const documented = bodiesOf(world)
  let sent = 0
  while (sent < COUNT && findings.length < 20) {
    await putBack()
    const target = await world.target()
    const ids = [...Object.values(world.people).map(({ id }) => id), world.programmeId, ...idsOf(target)]
    const size = Math.min(ROUND, COUNT - sent)
    // All are thrown before any is sent: the order of answers must not decide what is asked next.
    const shots = Array.from({ length: size }, () => {
      const key = pick(dice, keys)
      const actor = pick(dice, [...ACTORS, 'token'] as const)
      return { key, actor, shot: signed(mutate(planOf(key, target, documented, dice, ids), dice, ids), dice) }
    })
    const queue = shots.values()
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const { key, actor, shot } of queue) {
          const answer = await send(actor, shot)
          if (!answer) continue
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
          const wrong = faultIn(answer, shot)
          if (wrong)
            findings.push(
              `${key} as ${actor}: ${wrong}\n${printed(shot)}\n${answer.text.slice(0, 400)}\n${world.logged.at(-1)}`,
            )
        }
      }),
    )
    sent += size
    world.logged.splice(0)
    if (heaps.length < Math.floor((sent / COUNT) * 20)) {
      collect()
      heaps.push(process.memoryUsage().heapUsed)
      if (FULL) console.info(`fuzz: ${sent} sent`)
    }
  }
  process.off('unhandledRejection', stray)
  console.info(`fuzz: ${JSON.stringify(Object.fromEntries([...statuses].sort(([a], [b]) => a - b)))}`)
  console.info(`fuzz: heap MB ${heaps.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ')}`)
  expect(findings.join('\n\n')).toBe('')
  expect(strays).toEqual([])
  expect(({} as { admin?: boolean }).admin, 'a prototype was written to').toBeUndefined()
  // Doors must have been opened, or nothing behind them was tried; and what cannot be sent at all must be rare.
  const of = (digit: number) =>
    [...statuses].filter(([status]) => Math.floor(status / 100) === digit).reduce((sum, [, n]) => sum + n, 0)
  expect(of(2) / COUNT).toBeGreaterThan(0.1)
  expect([...statuses.values()].reduce((sum, n) => sum + n, 0) / COUNT).toBeGreaterThan(0.95)
  if (COUNT >= 4_000) {
    const fifth = Math.floor(heaps.length / 5)
    expect(middle(heaps.slice(-fifth)) - middle(heaps.slice(0, fifth))).toBeLessThan(HEAP_MAY_GROW)
  }
}, 3_600_000)

type Answered = { status: number; type: string; text: string }

function faultIn({ status, type, text }: Answered, { path, method }: Shot): string | null {
  if (status >= 500) return `answered ${status}`
  if (
    /\bat .+\.(ts|js):\d+|node_modules|PostgresError|syntax error at or near/.test(text) &&
    !/^\/(docs|openapi|pages)/.test(path)
  )
    return 'shows our insides'
  if (status < 400 || method === 'HEAD') return null
  // Pages speak to people, in a page.
  if (type.startsWith('text/html') && !/^\/(api|webhooks|calendar)\//.test(path))
    return text.includes('<h1>') ? null : 'a page that says nothing'
  if (!type.startsWith('application/problem+json')) return `${status} as ${type}`
  const problem = JSON.parse(text)
  if (problem.status !== status || !problem.code || !problem.detail || !problem.title || !problem.type)
    return 'a problem without its members'
  if (problem.code !== 'invalid') return null
  const named = Array.isArray(problem.errors) && problem.errors.length > 0
  const whole =
    named &&
    problem.errors.every(
      (one: { field?: unknown; rule?: unknown }) =>
        typeof one.field === 'string' && one.field !== '' && typeof one.rule === 'string' && one.rule !== '',
    )
  return whole ? null : 'invalid, without field and rule'
}

/** Null for what no client can send: a header or a method that HTTP has not. */
async function send(actor: ActorName | 'token', { method, path, headers, body }: Shot): Promise<Answered | null> {
  let request: Request
  try {
    const own = world.identity(actor)
    const cookie = [own.cookie, headers.cookie].filter(Boolean).join('; ')
    const sent = { ...own, ...headers, ...(cookie ? { cookie } : {}) }
    request = new Request(new URL(path, 'http://punctual.localhost'), {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    })
  } catch {
    return null
  }
  const answer = await world.app.fetch(request)
  const type = answer.headers.get('content-type') ?? ''
  if (type.includes('event-stream')) {
    await answer.body?.cancel()
    return { status: answer.status, type, text: '' }
  }
  return { status: answer.status, type, text: await answer.text() }
}

type Documented = Map<string, { body: Schema; all: Record<string, Schema> }>

/** What the API says that it takes, by `METHOD /path/:id`. */
function bodiesOf({ app }: World): Documented {
  // biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document, read as far as it goes
  const document: any = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'x', version: '1' } })
  const found: Documented = new Map()
  for (const [path, methods] of Object.entries<
    Record<string, { requestBody?: { content?: Record<string, { schema: Schema }> } }>
  >(document.paths))
    for (const [method, { requestBody }] of Object.entries(methods)) {
      const body = requestBody?.content?.['application/json']?.schema
      if (body)
        found.set(`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, {
          body,
          all: document.components?.schemas ?? {},
        })
    }
  return found
}

function planOf(key: string, target: Target, documented: Documented, dice: Dice, ids: string[]): Plan {
  const { path, body, form, headers } = (REQUESTS[key] as (typeof REQUESTS)[string])(world, target)
  const route = key.split(' #')[0] as string
  const plan: Plan = {
    method: route.split(' ')[0] as string,
    path,
    headers: { 'x-forwarded-for': `10.${Math.floor(dice() * 256)}.0.1`, ...headers },
  }
  const shape = documented.get(route)
  if (shape && dice() < 0.5) plan.body = instance(shape.body, shape.all, dice, ids)
  else if (body !== undefined) plan.body = structuredClone(body)
  else if (form) plan.form = { ...form }
  else if (plan.method === 'POST') plan.form = {}
  if (route === 'POST /api/v1/import') plan.body = importOf(dice)
  if (route.startsWith('POST /webhooks/'))
    plan.body = structuredClone(pick(dice, WEBHOOKS[route.split('/').at(-1) as string] ?? [{}]))
  return plan
}

const importOf = (dice: Dice) => ({
  people: `email,name,role,time_zone,locale,phone,aliases,whatsapp_consent_at,whatsapp_consent_source\nx${Math.floor(dice() * 1e6)}@example.org,X,mentee,UTC,en,,,,`,
  hours: pick(dice, ['email,weekday,from,to\nx@example.org,1,09:00,10:00', '', 'email\n"', ',,,\n,,,']),
  mentorships:
    'programme,mentor_email,mentee_email,sessions,starts_on,ends_on\nOwn programme,a@b.example,c@d.example,3,2026-01-01,',
  dryRun: dice() < 0.5,
})

const SECONDS = String(Math.trunc(NOW.epochMilliseconds / 1000))
const WEBHOOKS: Record<string, unknown[]> = {
  zoom: [
    {
      event: 'meeting.participant_joined',
      event_ts: NOW.epochMilliseconds,
      payload: {
        account_id: 'ours',
        object: {
          id: '1',
          uuid: '/u+1==',
          topic: 'x',
          start_time: NOW.toString(),
          participant: { user_name: 'x', email: 'x@y.example', registrant_id: 'r', join_time: NOW.toString() },
        },
      },
    },
    { event: 'endpoint.url_validation', payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' } },
  ],
  whatsapp: [
    {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [
            {
              field: 'messages',
              value: {
                metadata: { phone_number_id: '1122334455667' },
                messages: [
                  { from: '12025551007', id: 'wamid.1', timestamp: SECONDS, type: 'text', text: { body: 'I am late' } },
                ],
                statuses: [{ id: 'wamid.2', status: 'read', timestamp: SECONDS, recipient_id: '1' }],
              },
            },
          ],
        },
      ],
    },
  ],
  slack: [
    {
      type: 'block_actions',
      user: { id: 'U1', name: 'x' },
      actions: [{ action_id: 'x', value: 'y', action_ts: SECONDS }],
      container: { message_ts: '1' },
    },
  ],
}

/** Half of what comes to a vendor's door is rightly signed, so that what lies behind it is tried too. */
function signed(shot: Shot, dice: Dice): Shot {
  if (!shot.path.startsWith('/webhooks/') || shot.body === undefined || dice() < 0.5) return shot
  const { headers } = shot
  if (shot.path === '/webhooks/zoom') {
    headers['x-zm-request-timestamp'] = SECONDS
    headers['x-zm-signature'] = signZoom(SECRETS.zoom, SECONDS, shot.body)
  } else if (shot.path === '/webhooks/whatsapp') headers['x-hub-signature-256'] = signWhatsapp(SECRETS.meta, shot.body)
  else if (shot.path === '/webhooks/mail') headers['x-punctual-mail-key'] = 'a-key-of-the-mail-server'
  else if (shot.path === '/webhooks/slack') {
    const body = `payload=${encodeURIComponent(shot.body.toString().toWellFormed())}`
    headers['x-slack-request-timestamp'] = SECONDS
    headers['x-slack-signature'] = signSlack(SECRETS.slack, SECONDS, body)
    headers['content-type'] = 'application/x-www-form-urlencoded'
    return { ...shot, body }
  }
  return shot
}

async function putBack(): Promise<void> {
  await world.db
    .updateTable('account')
    .set({ erased_at: null })
    .where(
      'id',
      'in',
      Object.values(world.people).map(({ id }) => id),
    )
    .execute()
  await world.restore()
}

const idsOf = ({ sessionId, secondId, bookingId, holdId, mentorshipId, caseId, participantId }: Target) => [
  sessionId,
  secondId,
  bookingId,
  holdId,
  mentorshipId,
  caseId,
  participantId,
]
const middle = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number
const printed = ({ body, ...shot }: Shot): string =>
  JSON.stringify({
    ...shot,
    ...(body === undefined
      ? {}
      : typeof body === 'string'
        ? { body: body.slice(0, 3_000) }
        : { base64: body.toString('base64') }),
  })
