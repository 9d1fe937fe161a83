import { afterAll, beforeAll, expect, test } from 'vitest'
import { bookSampleDay } from '../src/sandbox/sample-day.ts'
import { demoSandbox } from './support/punctual.ts'

/** The world outside as data: what `/app/sandbox` shows, and what comes of what people and vendors do there. */

let demo: Awaited<ReturnType<typeof demoSandbox>>
let cookie: string
let scene: Scene

type Scene = {
  session: { id: string; startsAt: string; moments: { at: string; what: string }[] }
  sessions: unknown[]
  phones: { personId: string; name: string; role: string; phone: string; isOff: boolean }[]
  mailboxes: { address: string; refuses: boolean; mails: { id: string; cameBack: boolean }[] }[]
  room: { kind: string; inside: { name: string }[] }
  calendars: { personId: string; address: string; state: string; events: { summary: string }[] }[]
  switches: { vendor: string; kind: string; words: string; isOn: boolean }[]
}

beforeAll(async () => {
  demo = await demoSandbox()
  const { name, value } = await demo.cookieOf(await demo.opsEmail())
  cookie = `${name}=${value}`
  await bookSampleDay(demo.house, 'Europe/London')
  await demo.sandbox.advanceTo(demo.house.clock.now())
  scene = await read('/sandbox/scene')
}, 60_000)
afterAll(() => demo?.stop())

test('the world is for ops; the page that it was leads to the app, with its session', async () => {
  for (const path of ['/sandbox/scene', '/sandbox/happenings', '/sandbox/story', '/sandbox/inbox/x/letter'])
    expect([path, (await fetch(demo.url + path)).status]).toEqual([path, 401])
  const old = (headers: Record<string, string>) =>
    fetch(`${demo.url}/sandbox/world?session=${scene.session.id}`, { redirect: 'manual', headers })
  expect((await old({ cookie })).headers.get('location')).toBe(`/app/sandbox?session=${scene.session.id}`)
  expect((await old({})).headers.get('location')).toBe('/')
})

test('a session is shown with its people’s phones and mailboxes, its room, calendar and the moments to go to', () => {
  // By name: the same programme makes the same day at every import, whatever ids it drew.
  expect(scene.phones.map(({ name, role }) => [name, role])).toEqual([
    ['Ananya Das', 'mentee'],
    ['Rohan Iyer', 'mentor'],
  ])
  expect(scene.mailboxes.length).toBe(2)
  expect(scene.mailboxes[0]?.mails.length).toBeGreaterThan(0)
  expect(scene.room).toMatchObject({ kind: 'zoom', inside: [] })
  expect(scene.calendars).toMatchObject([{ state: 'none' }])
  expect(scene.session.moments.map(({ what }) => what).join(', ')).toMatch(
    /4 h .*its start, 3 min in, 10 min in, its end, 90 min after the end$/,
  )
})

test('anybody’s phone stands beside those of the session; more than four are refused by name of the field', async () => {
  const { id } = await demo.house.db
    .selectFrom('account')
    .select('id')
    .where('name', '=', 'Samir Dutta')
    .executeTakeFirstOrThrow()
  expect((await read<Scene>(`/sandbox/scene?session=${scene.session.id}&with=${id}`)).phones.at(-1)?.name).toBe(
    'Samir Dutta',
  )
  const refused = await fetch(`${demo.url}/sandbox/scene?with=${Array(5).fill(id).join(',')}`, { headers: { cookie } })
  expect([refused.status, ((await refused.json()) as { errors: unknown[] }).errors]).toEqual([
    400,
    [{ field: 'with', rule: 'at most 4 people' }],
  ])
})

test('the next alarms are said in words, with whose they are and how many messages leave', async () => {
  const { alarms } = await read<{ alarms: { what: string; who: string; messages: number }[] }>('/sandbox/clock')
  expect(alarms.length).toBe(5)
  expect(alarms[0]).toMatchObject({
    what: expect.stringMatching(/notice|reminder|card/),
    who: expect.stringContaining(' with '),
  })
  expect(alarms.some(({ messages }) => messages > 0)).toBe(true)
  // Whoever is not of ops sees where the clock stands, and nobody's name.
  expect(((await (await fetch(`${demo.url}/sandbox/clock`)).json()) as { alarms: unknown[] }).alarms).toEqual([])
})

test('a switch is on until it is switched off, and says what it is in words', async () => {
  const late = async () => (await again()).switches.find(({ words }) => words === 'Zoom events arrive 25 min late')
  await act('PUT', '/sandbox/faults', { vendor: 'zoom', kind: 'late_webhook', parameter: 25 })
  expect(await late()).toMatchObject({ isOn: true, parameter: 25 })
  await act('DELETE', '/sandbox/faults?vendor=zoom&kind=late_webhook')
  expect(await late()).toMatchObject({ isOn: false })
})

test('a phone is off until it is on again; a mailbox refuses until it takes mail again; the last mail comes back', async () => {
  const [mentee] = scene.phones
  const [box] = scene.mailboxes
  await act('PUT', `/sandbox/whatsapp/${mentee?.phone}`, { phoneOff: true })
  await act('PUT', `/sandbox/email/${box?.address}`, { refuses: true })
  await act('POST', `/sandbox/email/${box?.address}/bounce`)
  expect(await again()).toMatchObject({
    phones: [{ isOff: true }, {}],
    mailboxes: [{ refuses: true, mails: [{ cameBack: true }] }, {}],
  })
  await act('PUT', `/sandbox/whatsapp/${mentee?.phone}`, { phoneOff: false })
  await act('PUT', `/sandbox/email/${box?.address}`, { refuses: false })
  expect(await again()).toMatchObject({ phones: [{ isOff: false }, {}], mailboxes: [{ refuses: false }, {}] })
})

test('a mentor’s calendar is connected through Google’s consent and shows the session; a dentist stands beside it', async () => {
  const [mentor] = scene.calendars
  await act('POST', `/sandbox/google/${mentor?.personId}/connect`)
  const { startsAt } = scene.session
  const endsAt = Temporal.Instant.from(startsAt).add({ minutes: 30 }).toString()
  await act('POST', `/sandbox/google/${mentor?.address}/events`, { summary: 'Dentist', startsAt, endsAt })
  await act('POST', '/sandbox/clock/advance', { by: 'PT0S' })
  const [connected] = (await again()).calendars
  expect(connected?.state).toBe('connected')
  expect(connected?.events.map(({ summary }) => summary)).toContain('Dentist')
  expect(connected?.events.length).toBeGreaterThan(1)
})

test('a mail is shown as it looks: its styles and links, no script, no form, nothing of ours', async () => {
  const { id } = scene.mailboxes[0]?.mails[0] ?? { id: '' }
  const answer = await fetch(`${demo.url}/sandbox/inbox/${id}/letter`, { headers: { cookie } })
  expect(await answer.text()).toMatch(/<base target="_blank">.*<a href=/s)
  const policy = answer.headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain('sandbox allow-popups allow-popups-to-escape-sandbox')
  expect(policy).toContain("frame-ancestors 'self'")
})

test('what left since somebody looked is listed with its meaning, to whom, and where it is', async () => {
  const { seen } = await read<{ seen: string }>('/sandbox/happenings')
  const [moment] = scene.session.moments
  await act('POST', '/sandbox/clock/advance', { to: moment?.at })
  const { items } = await read<{ items: { channel: string; who: string; what: string; state: string }[] }>(
    `/sandbox/happenings?since=${seen}`,
  )
  expect(items).toContainEqual(
    // The mentee's mailbox is dead since a mail came back from it.
    expect.objectContaining({ who: scene.phones[1]?.name, what: '4 h reminder', state: 'delivered' }),
  )
})

test('what cannot be done is said in words', async () => {
  const answer = await act(
    'POST',
    `/sandbox/zoom/${scene.session.id}/leave`,
    { person: scene.phones[0]?.personId },
    422,
  )
  expect(answer.detail).toBe(`${scene.phones[0]?.name} is not in this Zoom meeting.`)
})

test('anybody is found by name or role, by name and zone alone', async () => {
  const { items } = await read<{ items: object[] }>('/sandbox/people?search=asha')
  expect(items).toContainEqual({ id: expect.any(String), name: 'Asha Verma', role: 'mentor', timeZone: 'Asia/Kolkata' })
  expect(JSON.stringify(items)).not.toContain('@')
})

test('a clock that plays is running for everybody, and stands once it is halted', async () => {
  const before = await read<{ now: string }>('/sandbox/clock')
  expect(await act('POST', '/sandbox/clock/play', { speed: 60 })).toMatchObject({
    running: true,
    playing: { speed: 60 },
  })
  await expect
    .poll(async () => (await read<{ now: string }>('/sandbox/clock')).now, { timeout: 10_000 })
    .not.toBe(before.now)
  const halted = await act('POST', '/sandbox/clock/halt')
  expect(halted).toMatchObject({ running: false, playing: null, moving: null })
  expect((await read<{ now: string }>('/sandbox/clock')).now).toBe(halted.now)
})

const again = () => read<Scene>(`/sandbox/scene?session=${scene.session.id}`)

async function read<T>(path: string): Promise<T> {
  const answer = await fetch(demo.url + path, { headers: { cookie } })
  expect([path, answer.status]).toEqual([path, 200])
  return (await answer.json()) as T
}

async function act(method: string, path: string, body?: object, status = 0): Promise<Record<string, unknown>> {
  const answer = await fetch(demo.url + path, {
    method,
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
    ...(method === 'DELETE' ? {} : { body: JSON.stringify(body ?? {}) }),
  })
  if (status) expect([path, answer.status]).toEqual([path, status])
  else expect([path, answer.ok]).toEqual([path, true])
  return (await answer.json()) as Record<string, unknown>
}
