import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sealAudit } from '../src/audit-seal.ts'
import { newId } from '../src/ids.ts'
import { deskPages } from './support/desk-pages.ts'

/** The lists of the desk, asked over HTTP: what is in the way, what failed, what was merged, how everything is, what was done. */

let world: Awaited<ReturnType<typeof deskPages>>
beforeAll(async () => {
  world = await deskPages()
})
afterAll(() => world.close())

test('a failed message comes with its cause in words, what it said without its links, and what can still be done', async () => {
  const { sessionId, menteeId } = await world.booked('2026-03-10T10:00:00Z')
  const id = await world.failed(sessionId, menteeId)
  const set = await world.failed(sessionId, menteeId, { state: 'quarantined', channel: 'email', code: 'x' })
  const { items } = await world.get('/api/v1/deliveries/desk', world.ops)
  expect(items.map((one: { id: string }) => one.id)).toEqual([set, id])
  expect(items[1]).toMatchObject({
    what: 'booking notice',
    words: 'failed',
    tone: 'bad',
    cause: 'This number cannot be reached by WhatsApp. Ask for the right one, or use mail.',
    recipient: 'Asha Rao',
    who: 'Asha Rao with Daniel Okafor',
    sessionStartsAt: '2026-03-10T10:00:00Z',
    said: { subject: null, text: 'Your session is booked: {join}', buttons: ['I’ll be there'] },
    canRetry: true,
    otherChannel: 'email',
    whyNot: null,
  })
  expect(items[0]).toMatchObject({ words: 'set aside', cause: expect.stringContaining('set it aside') })
  expect((await world.get('/api/v1/deliveries/desk', world.otherOps)).items).toEqual([])
  expect((await world.get('/api/v1/deliveries/desk?view=quarantined&channel=whatsapp')).items).toEqual([])

  await world.ask('POST', `/api/v1/deliveries/${id}/retry`, { reason: 'they called' })
  const planned = await world.get(`/api/v1/deliveries/desk?view=planned&personId=${menteeId}`)
  expect(planned.items).toContainEqual(expect.objectContaining({ id, canRetry: false, cause: null }))
})

test('what was tried more than once and is not through needs somebody while there is time to phone', async () => {
  const { sessionId, menteeId } = await world.booked('2026-03-10T11:00:00Z')
  const id = await world.failed(sessionId, menteeId, { state: 'pending', channel: 'email', code: '4.3.2' })
  const list = () => world.get(`/api/v1/deliveries/desk?personId=${menteeId}`)
  expect((await list()).items).toEqual([])
  await sql`update delivery set tries = 2, next_attempt_at = '2026-03-10T07:00:00Z' where id = ${id}`.execute(world.db)
  expect((await list()).items).toMatchObject([
    {
      id,
      words: 'not through yet',
      tone: 'warn',
      cause: 'The mail server asked to come back later (4.3.2).',
      canRetry: false,
      whyNot: 'It is tried again by itself until its time is over.',
    },
  ])
  const { vendors } = await world.get('/api/v1/connections')
  const mail = vendors.find((one: { vendor?: string; name?: string }) => [one.vendor, one.name].includes('email'))
  expect(mail.waiting).toBe(1)
})

test('what is older comes on the next page, and each message once', async () => {
  const { sessionId, menteeId } = await world.booked('2026-03-10T12:00:00Z')
  const made = []
  for (let n = 0; n < 3; n++) made.push(await world.failed(sessionId, menteeId))
  const query = `/api/v1/deliveries/desk?view=failed&personId=${menteeId}&limit=2`
  const first = await world.get(query)
  const second = await world.get(`${query}&cursor=${first.nextCursor}`)
  const ids = [...first.items, ...second.items].map((one: { id: string }) => one.id)
  expect(ids).toEqual(made.toReversed())
  expect(second.nextCursor).toBe(undefined)
})

test('sessions of one mentor stand together to be merged; what was merged can be undone until one begins', async () => {
  const one = await world.booked('2026-03-11T10:00:00Z', 'Mina Sol')
  const two = await world.booked('2026-03-11T14:00:00Z', 'Omar Diaz')
  const { groups } = await world.get('/api/v1/merges', world.ops)
  expect(groups).toMatchObject([{ mentor: 'Daniel Okafor', programme: 'Launchpad' }])
  expect(groups[0].sessions).toContainEqual(expect.objectContaining({ id: two.sessionId, mentees: ['Omar Diaz'] }))
  expect((await world.get('/api/v1/merges', world.otherOps)).groups).toEqual([])
  expect((await world.ask('GET', `/api/v1/merges?sessionId=${one.sessionId}`, undefined, world.otherOps)).status).toBe(
    404,
  )

  const wish = { sessionIds: [one.sessionId, two.sessionId], reason: 'One hour for both' }
  const plan = await world.ask('POST', '/api/v1/sessions/merge', { ...wish, dryRun: true }, world.ops)
  expect(plan.body.everybody.map(({ name }: { name: string }) => name).toSorted()).toEqual([
    'Daniel Okafor',
    'Mina Sol',
    'Omar Diaz',
  ])
  const merged = await world.ask('POST', '/api/v1/sessions/merge', wish, world.ops)
  const recent = async () => (await world.get('/api/v1/merges', world.ops)).recent[0]
  expect(await recent()).toMatchObject({
    mergeId: merged.body.mergeId,
    startsAt: '2026-03-11T10:00:00Z',
    folded: [{ id: two.sessionId, startsAt: '2026-03-11T14:00:00Z' }],
    by: 'Noor Aziz',
    reason: 'One hour for both',
    undoneAt: null,
    stays: null,
  })
  await world.ask('POST', `/api/v1/merges/${merged.body.mergeId}/undo`, { reason: 'they want their own' }, world.ops)
  expect(await recent()).toMatchObject({ undoneAt: world.clock.now().toString(), stays: 'It was undone.' })
})

test('a lost day is previewed with everything that would be sent, and nothing has changed', async () => {
  const one = await world.booked('2026-03-12T10:00:00Z', 'Li Wei')
  const two = await world.booked('2026-03-12T11:00:00Z', 'Ana Ruiz')
  const wish = { sessionIds: [one.sessionId, two.sessionId], action: 'cancel', reason: 'ill', dryRun: true }
  const { body } = await world.ask('POST', '/api/v1/sessions/bulk', wish, world.ops)
  expect(body.items).toHaveLength(2)
  const told = body.effects.messages.filter(({ what }: { what: string }) => what === 'cancellation notice')
  expect(new Set(told.map(({ recipient }: { recipient: string }) => recipient))).toEqual(
    new Set([world.mentorId, one.menteeId, two.menteeId]),
  )
  const { rows } = await sql`select 1 from session where cancelled_at is not null`.execute(world.db)
  expect(rows).toEqual([])
})

test('a refused attempt names what was in the way and what was offered instead; a change in Google its case', async () => {
  const taken = await world.booked('2026-03-13T10:00:00Z', 'Ravi Shah')
  const mei = await world.person('Mei Chen', ['mentee'])
  await world.pair(world.programmeId, world.mentorId, mei)
  await world.ask('POST', '/api/v1/bookings', { mentorId: world.mentorId, startsAt: taken.startsAt }, mei)
  const connection = newId()
  await sql`insert into calendar_connection (id, account_id, google_email, connected_at) values (${connection}, ${world.mentorId}, 'd@example.org', ${world.clock.now()})`.execute(
    world.db,
  )
  const difference = newId()
  await sql`insert into calendar_difference (id, connection_id, session_id, kind, seen, found_at) values (${difference}, ${connection}, ${taken.sessionId}, 'moved',
    ${JSON.stringify({ startsAt: '2026-03-13T12:00:00Z', endsAt: '2026-03-13T12:30:00Z' })}::jsonb, ${world.clock.now()})`.execute(
    world.db,
  )
  const caseId = newId()
  await sql`insert into ops_case (id, kind, key, programme_id, session_id, title, detail, opened_at) values (${caseId}, 'difference', ${`difference:${difference}`},
    ${world.programmeId}, ${taken.sessionId}, 'Daniel Okafor moved the session in Google Calendar.', '{"reason":"Ravi has another session then."}', ${world.clock.now()})`.execute(
    world.db,
  )
  const answer = await world.get('/api/v1/conflicts?from=2026-03-13T00:00:00Z&to=2026-03-14T00:00:00Z', world.ops)
  expect(answer.refused[0]).toMatchObject({
    mentee: 'Mei Chen',
    mentor: 'Daniel Okafor',
    by: 'Mei Chen',
    code: 'slot_taken',
    details: {
      conflicts: [expect.objectContaining({ layer: 'booking', startsAt: taken.startsAt })],
      alternatives: [expect.anything(), expect.anything(), expect.anything()],
    },
  })
  expect(answer.differences).toEqual([
    expect.objectContaining({
      id: difference,
      kind: 'moved',
      who: 'Daniel Okafor',
      movedTo: { startsAt: '2026-03-13T12:00:00Z', endsAt: '2026-03-13T12:30:00Z' },
      settledAt: null,
      caseId,
      why: 'Ravi has another session then.',
    }),
  ])
  const theirs = await world.get('/api/v1/conflicts?from=2026-03-13T00:00:00Z&to=2026-03-14T00:00:00Z', world.otherOps)
  expect(theirs).toMatchObject({ items: [], refused: [], differences: [] })
})

test('a vendor that rests says so, one that is not connected too, and hosts stand against the peak', async () => {
  world.resting.whatsapp = 12
  const { vendors, pool, hosts, work } = await world.get('/api/v1/connections', world.ops)
  world.resting.whatsapp = 0
  const words = Object.fromEntries(vendors.map(({ name, words }: { name: string; words: string }) => [name, words]))
  expect(words).toMatchObject({ whatsapp: 'rests after an outage, asked again in 12 s', google: 'not connected' })
  expect(pool).toMatchObject({ hosts: 3, isEnough: true })
  expect(pool.peak).toBeGreaterThan(0)
  expect(hosts.map(({ zoomUser }: { zoomUser: string }) => zoomUser)).toEqual(
    [0, 1, 2].map((n) => `host-${n}@zoom.test`),
  )
  expect(work.chores).toEqual([])
})

test('a broken calendar comes first, with since when and why, to ops who know the person', async () => {
  const broken = await world.mentor('Priya Iyer')
  await sql`insert into calendar_connection (id, account_id, google_email, connected_at, broken_at, broken_why)
    values (${newId()}, ${broken}, 'p@example.org', ${world.clock.now()}, ${world.clock.now()}, 'invalid_grant')`.execute(
    world.db,
  )
  const { calendars } = await world.get('/api/v1/connections')
  expect(calendars[0]).toMatchObject({ person: 'Priya Iyer', words: 'broken', why: 'invalid_grant', tone: 'bad' })
})

test('the examination says over HTTP what doctor says, to admins only', async () => {
  // Two that begin at the same moment need two hosts, not four.
  for (const name of ['Grace Kim', 'Rohan Iyer']) {
    const mentorId = await world.mentor(name)
    const mentee = await world.person(`Mentee of ${name}`, ['mentee'])
    await world.pair(world.programmeId, mentorId, mentee)
    const wish = { mentorId, startsAt: '2026-03-20T10:00:00Z' }
    expect((await world.ask('POST', '/api/v1/bookings', wish, mentee)).status).toBe(201)
  }
  const { findings } = await world.get('/api/v1/examination')
  expect(findings).toContainEqual({
    name: 'hosts',
    state: 'ok',
    says: '3 in the pool, 2 sessions at once at most (2026-03-20T10:00:00Z) in the next 30 days',
  })
  expect(findings.map(({ name }: { name: string }) => name)).toContain('overdue work')
  expect(findings.find(({ name }: { name: string }) => name === 'zoom')).toMatchObject({ state: 'off' })
  expect((await world.ask('GET', '/api/v1/examination', undefined, world.ops)).status).toBe(403)
})

test('what was done is listed newest first with who and why, by filter, and says whether it is sealed', async () => {
  const all = await world.get('/api/v1/audit?limit=500')
  const at = all.items.map((one: { id: string }) => one.id)
  expect(at).toEqual(at.toSorted().toReversed())
  expect(all.mayVerify).toBe(true)
  const merges = await world.get('/api/v1/audit?action=session.merge', world.ops)
  expect(merges.items).toMatchObject([
    {
      by: 'Noor Aziz',
      reason: 'One hour for both',
      objectKind: 'session',
      objectName: 'Mina Sol with Daniel Okafor',
      seal: null,
    },
  ])
  expect(merges.choices.actors).toContainEqual({ label: `person:${world.ops}`, name: 'Noor Aziz' })
  expect((await world.get('/api/v1/audit', world.otherOps)).items).toEqual([])
  expect((await world.get('/api/v1/audit?from=2027-01-01T00:00:00Z')).items).toEqual([])

  await sealAudit(world.db, world.clock.now())
  expect((await world.get('/api/v1/audit?action=session.merge')).items[0]).toMatchObject({
    seal: 1,
    sealedAt: world.clock.now().toString(),
  })
  expect(await world.get('/api/v1/audit/seal')).toMatchObject({
    seals: 1,
    unsealed: 0,
    breaks: [],
    sealedUntil: world.clock.now().toString(),
  })
  expect((await world.ask('GET', '/api/v1/audit/seal', undefined, world.ops)).status).toBe(403)
  const [first] = (await world.get('/api/v1/audit?limit=1')).items
  expect((await world.get(`/api/v1/audit?limit=1&cursor=${first.id}`)).items[0].id < first.id).toBe(true)
})
