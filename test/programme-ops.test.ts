import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { act } from '../src/messages/slack-actions.ts'
import { importFiles } from '../src/people/import/files.ts'
import { isInOneOf } from '../src/people/scope.ts'
import { createToken } from '../src/people/tokens.ts'
import { type ActorName, authorizationWorld, NOW, type World } from './authorization/world.ts'

/** Olivia works for the programme of Ravi and Asha, Oscar for that of Kim and Daniel. */

let world: World
beforeAll(async () => {
  world = await authorizationWorld()
})
afterAll(() => world.drop())

const ask = async (who: ActorName, method: string, path: string, body?: unknown) => {
  const { status, text } = await world.ask(who, { method, path, body })
  return { status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> & { items: Item[] } }
}
type Item = Record<string, unknown> & { id: string }
const opsPath = (who: ActorName, programmeId = world.programmeId) =>
  `/api/v1/programmes/${programmeId}/ops/${world.people[who as keyof World['people']].id}`
const auditOf = async (objectId: string) =>
  (
    await sql<{ action: string; reason: string; person: string }>`
    select action, reason, detail ->> 'personId' as person from audit_log where object_id = ${objectId} and action like 'programme.ops%' order by id`.execute(
      world.db,
    )
  ).rows

test('an admin gives a programme and takes it away, with a reason and one row on record; it counts from the next request on', async () => {
  const target = await world.target()
  const session = `/api/v1/sessions/${target.sessionId}`
  expect((await ask('ops of another', 'GET', session)).status).toBe(404)
  expect((await ask('admin', 'PUT', opsPath('ops of another'), {})).status).toBe(400)
  const given = await ask('admin', 'PUT', opsPath('ops of another'), { reason: 'Olivia is on leave' })
  expect(given).toMatchObject({
    status: 200,
    body: { givenBy: `person:${world.people.admin.id}`, since: NOW.toString() },
  })
  expect((await ask('admin', 'PUT', opsPath('ops of another'), { reason: 'again' })).body).toEqual(given.body)
  expect((await ask('ops of another', 'GET', session)).status).toBe(200)
  expect((await ask('ops', 'GET', `/api/v1/programmes/${world.programmeId}/ops`)).body.items).toHaveLength(2)

  expect((await ask('admin', 'DELETE', opsPath('ops of another'), { reason: 'Olivia is back' })).status).toBe(204)
  expect((await ask('admin', 'DELETE', opsPath('ops of another'), { reason: 'again' })).status).toBe(404)
  expect((await ask('ops of another', 'GET', session)).status).toBe(404)
  const person = world.people['ops of another'].id
  expect(await auditOf(world.programmeId)).toEqual([
    { action: 'programme.ops_given', reason: 'Olivia is on leave', person },
    { action: 'programme.ops_taken', reason: 'Olivia is back', person },
  ])
})

test('somebody of ops without a programme sees nothing of any', async () => {
  await ask('admin', 'DELETE', opsPath('ops'), { reason: 'a test' })
  await world.target()
  for (const path of ['sessions', 'deliveries', 'programmes', 'mentorships'])
    expect([path, (await ask('ops', 'GET', `/api/v1/${path}`)).body.items]).toEqual([path, []])
  const people = (await ask('ops', 'GET', '/api/v1/people')).body.items
  expect(people.map(({ id }) => id)).toEqual([world.people.ops.id])
  expect((await world.ask('ops', { method: 'GET', path: '/' })).text).not.toContain('Ravi')
  await world.restore()
})

test('lists show the own programme and nothing of another', async () => {
  await world.target()
  const own = (await ask('ops', 'GET', '/api/v1/sessions')).body.items
  expect(own.length).toBeGreaterThan(0)
  expect(new Set(own.map(({ programmeId }) => programmeId))).toEqual(new Set([world.programmeId]))
  expect((await ask('ops of another', 'GET', '/api/v1/sessions')).body.items).toEqual([])
  expect((await ask('ops', 'GET', '/api/v1/programmes')).body.items.map(({ id }) => id)).toEqual([world.programmeId])
  const pairs = (await ask('ops of another', 'GET', '/api/v1/mentorships')).body.items
  expect(new Set(pairs.map(({ programmeId }) => programmeId))).toEqual(new Set([world.otherProgrammeId]))
})

test('a programme made by somebody of ops is theirs; who is no longer of ops works for none', async () => {
  const made = await ask('ops', 'POST', '/api/v1/programmes', { name: 'Autumn' })
  expect((await ask('ops', 'GET', `/api/v1/programmes/${made.body.id}`)).status).toBe(200)
  expect((await ask('ops of another', 'GET', `/api/v1/programmes/${made.body.id}`)).status).toBe(404)
  const olivia = `/api/v1/people/${world.people.ops.id}`
  await ask('admin', 'PATCH', olivia, { roles: [] })
  await ask('admin', 'PATCH', olivia, { roles: ['ops'] })
  expect((await ask('ops', 'GET', `/api/v1/programmes/${made.body.id}`)).status).toBe(404)
  await world.restore()
})

test('a person of other programmes cannot be taken into one of theirs, by a pair, a session or a file', async () => {
  const { people, otherProgrammeId } = world
  const [mentor, kim, ravi] = [people['mentor of another'], people['mentee of another'], people.mentee]
  const pair = await ask('ops of another', 'POST', '/api/v1/mentorships', {
    programmeId: otherProgrammeId,
    mentorId: mentor.id,
    menteeId: ravi.id,
  })
  expect(pair).toMatchObject({ status: 400, body: { errors: [{ field: 'menteeId', rule: 'must exist' }] } })
  const times = { startsAt: '2026-03-20T10:00:00Z', endsAt: '2026-03-20T10:30:00Z' }
  const group = {
    programmeId: otherProgrammeId,
    mentorId: mentor.id,
    menteeIds: [kim.id, ravi.id],
    title: 'All',
    ...times,
  }
  expect((await ask('ops of another', 'POST', '/api/v1/sessions', group)).status).toBe(404)

  const upload = { by: 'test', programmes: [otherProgrammeId], mayGrantRights: false, dryRun: false }
  const people_ = `email,name,role,time_zone\n${ravi.email},Renamed,mentee,UTC\n`
  const mentorships = `programme,mentor_email,mentee_email\nProgramme of others,${mentor.email},${ravi.email}\nOwn programme,${mentor.email},${kim.email}\n`
  const refused = await importFiles(world.db, { people: people_, mentorships }, upload, NOW).catch(
    (error) => error.details.errors,
  )
  expect(refused.map(({ field }: { field: string }) => field)).toEqual([
    'people.csv:2 email',
    'mentorships.csv:2 mentee_email',
    'mentorships.csv:3 programme',
  ])
})

test('of a mentor in two programmes, ops see what is in the way of their own and only when it is another’s', async () => {
  const { people, programmeId, otherProgrammeId } = world
  const target = await world.target()
  const pairId = newId()
  await sql`insert into mentorship (id, programme_id, mentor_id, mentee_id, starts_on, created_at)
    values (${pairId}, ${otherProgrammeId}, ${people.mentor.id}, ${people['mentee of another'].id}, '2026-01-01', ${NOW})`.execute(
    world.db,
  )
  const check = (who: ActorName) =>
    ask(who, 'POST', '/api/v1/conflicts/check', {
      mentorId: people.mentor.id,
      startsAt: target.startsAt.toString(),
      endsAt: target.startsAt.add({ minutes: 30 }).toString(),
    })
  expect((await check('ops')).body.conflicts).toMatchObject([{ layer: 'booking', id: target.bookingId }])
  const [seen] = (await check('ops of another')).body.conflicts as Record<string, unknown>[]
  expect(Object.keys(seen ?? {}).sort()).toEqual(['endsAt', 'layer', 'startsAt', 'whose'])

  const asha = `/api/v1/people/${people.mentor.id}`
  expect((await ask('ops of another', 'GET', asha)).status).toBe(200)
  expect((await ask('ops of another', 'GET', `${asha}/export`)).status).toBe(403)
  expect((await ask('admin', 'GET', `${asha}/export`)).status).toBe(200)
  const booked = {
    mentorId: people.mentor.id,
    menteeId: people['mentee of another'].id,
    startsAt: target.startsAt.toString(),
  }
  expect((await ask('ops of another', 'POST', '/api/v1/bookings', booked)).status).toBe(409)
  const range = 'from=2026-03-10T00:00:00Z&to=2026-03-12T00:00:00Z'
  const refusedFor = async (who: ActorName) =>
    ((await ask(who, 'GET', `/api/v1/conflicts?${range}`)).body.refused as Item[]).map(({ menteeId }) => menteeId)
  expect(await refusedFor('ops of another')).toContain(people['mentee of another'].id)
  expect(await refusedFor('ops')).not.toContain(people['mentee of another'].id)
  expect(programmeId).not.toBe(otherProgrammeId)
  await sql`update mentorship set ended_at = ${NOW} where id = ${pairId}`.execute(world.owner)
})

test('a token works for the programmes it carries; without any, for all; an admin’s never carries any', async () => {
  const target = await world.target()
  const seesWith = async (programmes: string[] | null) => {
    const { token } = await createToken(world.db, { name: newId(), scopes: ['ops'], programmes, expiresAt: null }, NOW)
    const headers = { authorization: `Bearer ${token}` }
    return (await world.ask('anonymous', { method: 'GET', path: `/api/v1/sessions/${target.sessionId}`, headers }))
      .status
  }
  expect(await seesWith(null)).toBe(200)
  expect(await seesWith([world.programmeId])).toBe(200)
  expect(await seesWith([world.otherProgrammeId])).toBe(404)
  const made = (body: object) => ask('admin', 'POST', '/api/v1/tokens', { name: 'a program', ...body })
  expect((await made({ programmes: [world.programmeId] })).status).toBe(201)
  expect((await made({ programmes: [newId()] })).status).toBe(400)
  expect((await made({ scopes: ['admin'], programmes: [world.programmeId] })).status).toBe(400)
  expect((await ask('admin', 'GET', '/api/v1/tokens')).body.items.at(-1)).toMatchObject({
    programmes: [world.programmeId],
  })
})

test('a press in Slack by somebody who is known there has that person’s rights, and only an admin says who that is', async () => {
  const oscar = `/api/v1/people/${world.people['ops of another'].id}`
  expect((await ask('ops of another', 'PATCH', oscar, { slackUserId: 'U0SCAR' })).status).toBe(403)
  expect((await ask('admin', 'PATCH', oscar, { slackUserId: 'U0SCAR' })).body).toMatchObject({ slackUserId: 'U0SCAR' })
  const target = await world.target()
  world.clock.advanceTo(target.startsAt.add({ minutes: 10 }))
  const press = (by: string) =>
    act(world.house, { action: 'came', subjectId: target.participantId, revision: 1, by }, world.clock.now())
  expect(await press('slack:U0SCAR')).toBe(false)
  await ask('admin', 'PUT', opsPath('ops of another'), { reason: 'helps out' })
  expect(await press('slack:U0SCAR')).toBe(true)
  await ask('admin', 'DELETE', opsPath('ops of another'), { reason: 'helped out' })
  expect(await press('slack:UNKNOWN')).toBe(true)
  const verdicts = await sql<{ by: string }>`
    select decided_by as by from attendance_verdict where participant_id = ${target.participantId} order by version`.execute(
    world.db,
  )
  expect(verdicts.rows.map(({ by }) => by)).toEqual([`person:${world.people['ops of another'].id}`, 'slack:UNKNOWN'])
})

test('a case about the installation is for admins; one about a person for who knows them', async () => {
  const cases = { none: newId(), kim: newId() }
  for (const [who, id] of Object.entries(cases))
    await sql`insert into ops_case (id, kind, key, account_id, title, opened_at)
      values (${id}, 'calendar', ${id}, ${who === 'kim' ? world.people['mentee of another'].id : null}, ${`Case ${id}`}, ${NOW})`.execute(
      world.db,
    )
  const today = async (who: ActorName) => (await world.ask(who, { method: 'GET', path: '/api/v1/today' })).text
  const sees = async (who: ActorName) =>
    Object.entries(cases).flatMap(([name, id]) => (text[who]?.includes(id) ? [name] : []))
  const text: Partial<Record<ActorName, string>> = {}
  for (const who of ['ops', 'ops of another', 'admin'] as const) text[who] = await today(who)
  expect([await sees('ops'), await sees('ops of another'), await sees('admin')]).toEqual([[], ['kim'], ['none', 'kim']])
  const settle = (who: ActorName) =>
    world.ask(who, { method: 'POST', path: `/api/v1/cases/${cases.none}/settle`, body: { reason: 'looked' } })
  expect([(await settle('ops')).status, (await settle('admin')).status]).toEqual([404, 200])
})

test('whoever was of ops before programmes had their own keeps what they work with', async () => {
  const migration = readFileSync(join(import.meta.dirname, '../migrations/0008_programme_ops.sql'), 'utf8')
  const given = /insert into programme_ops[^;]+;/.exec(migration)?.[0] ?? ''
  await sql`delete from programme_ops`.execute(world.db)
  await sql.raw(given).execute(world.db)
  expect((await ask('ops of another', 'GET', '/api/v1/programmes')).body.items.length).toBeGreaterThan(1)
})

test('who knows a person is one answer, asked of one person or of a list', async () => {
  const { programmeId, otherProgrammeId, people } = world
  // Somebody who is only in a group, and somebody in nothing at all.
  const [grouped, stranger, sessionId] = [newId(), newId(), newId()]
  for (const id of [grouped, stranger])
    await world.db
      .insertInto('account')
      .values({ id, email: `${id}@example.org`, name: 'Somebody', time_zone: 'UTC', created_at: NOW })
      .execute()
  await sql`insert into session (id, programme_id, kind, starts_at, ends_at, room, scheduled_at, created_at, created_by, published_at)
    values (${sessionId}, ${otherProgrammeId}, 'group', ${NOW.add({ hours: 900 })}, ${NOW.add({ hours: 901 })}, 'meet', ${NOW}, ${NOW}, 'test', ${NOW})`.execute(
    world.db,
  )
  await world.db
    .insertInto('session_participant')
    .values({ id: newId(), session_id: sessionId, account_id: grouped, role: 'mentee', joined_at: NOW })
    .execute()
  const { rows } = await sql<{ id: string; known: string[]; by_list: string[]; anywhere: boolean }>`
    select account.id, programmes_of(account.id) as known, not is_in_no_programme(account.id) as anywhere,
      array(select programme.id from programme where ${sql.join(
        (await world.db.selectFrom('programme').select('id').execute()).map(
          ({ id }) => sql`(programme.id = ${id}::uuid and ${isInOneOf([id], 'account.id')})`,
        ),
        sql` or `,
      )}) as by_list
    from account`.execute(world.db)
  for (const { id, known, by_list, anywhere } of rows) {
    expect(by_list.toSorted(), id).toEqual(known.toSorted())
    expect(anywhere, id).toBe(known.length > 0)
  }
  const knownOf = (id: string) => rows.find((row) => row.id === id)?.known
  expect(knownOf(grouped)).toEqual([otherProgrammeId])
  expect(knownOf(stranger)).toEqual([])
  expect(knownOf(people.mentee.id)).toContain(programmeId)
})
