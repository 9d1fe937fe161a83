import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { type DeskWorld, deskWorld, NOON } from './support/desk.ts'

/** What the desk of ops shows about people and programmes, and what a change would bring before it is made. */

let world: DeskWorld
beforeAll(async () => {
  world = await deskWorld()
})
afterAll(() => world?.drop())

const consent = (accountId: string, channel: string, withdrawn = false) =>
  sql`insert into consent (id, account_id, channel, granted_at, source, withdrawn_at, withdrawn_by)
    values (${newId()}, ${accountId}, ${channel}, ${NOON}, 'form 2026', ${withdrawn ? NOON : null}, ${withdrawn ? 'page' : null})`.execute(
    world.db,
  )
const dead = (channel: string, address: string) =>
  sql`insert into dead_address (channel, address, why, since) values (${channel}, ${address}, '131026', ${NOON})`.execute(
    world.db,
  )

describe('people', () => {
  test('whoever needs something is found by what it is', async () => {
    const { person, programme, pair, ask } = world
    const programmeId = await programme('Reach')
    const mentor = await person('Mentor', ['mentor'])
    const people = {
      fine: await person('Fine', ['mentee'], { phone_e164: '+4917012345678', invited_at: NOON, accepted_at: NOON }),
      waiting: await person('Waiting', ['mentee'], { invited_at: NOON, channels: ['email'] }),
      deadPhone: await person('Dead phone', ['mentee'], { phone_e164: '+4917012345679' }),
      deadMail: await person('Dead mail', ['mentee'], { email: 'gone@example.org', channels: ['email'] }),
      stopped: await person('Stopped', ['mentee'], { channels: ['email'] }),
      paused: await person('Paused', ['mentee'], { channels: ['email'] }),
    }
    for (const id of Object.values(people)) await pair(programmeId, mentor, id)
    await consent(people.fine, 'whatsapp')
    await consent(people.deadPhone, 'whatsapp')
    await consent(people.stopped, 'email', true)
    await dead('whatsapp', '+4917012345679')
    await dead('email', 'gone@example.org')
    await ask('POST', `/api/v1/people/${people.paused}/pause`, { programmeId, reason: 'missed four' })

    const list = async (more: string) =>
      (await ask('GET', `/api/v1/desk/people?programmeId=${programmeId}${more}`)).body
    const names = async (more: string) => (await list(more)).items.map(({ name }: { name: string }) => name)
    expect(await names('')).toEqual(['Dead mail', 'Dead phone', 'Fine', 'Mentor', 'Paused', 'Stopped', 'Waiting'])
    expect(await names('&only=not_answered')).toEqual(['Waiting'])
    expect(await names('&only=unreachable')).toEqual(['Dead mail', 'Dead phone', 'Stopped'])
    expect(await names('&only=paused')).toEqual(['Paused'])
    expect(await names('&role=mentor')).toEqual(['Mentor'])
    expect(await names('&search=GONE@')).toEqual(['Dead mail'])
    expect((await list('')).counts).toEqual({ all: 7, notAnswered: 1, unreachable: 3, paused: 1 })
    const { items } = await list('&search=dead phone')
    expect(items[0]).toMatchObject({
      reachable: ['email'],
      barriers: [{ channel: 'whatsapp', why: 'dead' }],
      programmes: [{ id: programmeId, name: 'Reach' }],
    })
  })

  test('a list is read to its end, by name, without a gap', async () => {
    const programmeId = await world.programme('Pages')
    const mentor = await world.person('page 0', ['mentor'])
    for (const name of ['Page 1', 'page 2', 'Page 3'])
      await world.pair(programmeId, mentor, await world.person(name, ['mentee']))
    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await world.ask('GET', `/api/v1/desk/people?programmeId=${programmeId}&limit=2${cursor}`)
      seen.push(...body.items.map(({ name }: { name: string }) => name))
      if (!body.nextCursor) break
      cursor = `&cursor=${body.nextCursor}`
    }
    expect(seen).toEqual(['page 0', 'Page 1', 'page 2', 'Page 3'])
  })

  test('one person shows where each consent came from, and what may be done', async () => {
    const id = await world.person('Asha', ['mentee'], { phone_e164: '+4917012345670' })
    await consent(id, 'whatsapp')
    const { body } = await world.ask('GET', `/api/v1/desk/people/${id}`)
    expect(body).toMatchObject({
      person: { name: 'Asha', quietFrom: '21:00', reachable: ['whatsapp', 'email'] },
      consents: [{ channel: 'whatsapp', source: 'form 2026', withdrawnAt: null }],
      may: { change: true, erase: true },
    })
    expect((await world.ask('GET', `/api/v1/desk/people/${newId()}`)).status).toBe(404)
  })

  test('joining two accounts shows first what would move, and moves nothing', async () => {
    const programmeId = await world.programme('Join')
    const mentor = await world.person('M', ['mentor'])
    const [kept, gone] = [await world.person('Asha', ['mentee']), await world.person('Asha again', ['mentee'])]
    const mentorshipId = await world.pair(programmeId, mentor, gone)
    await world.session(programmeId, { mentorId: mentor, menteeId: gone, mentorshipId }, '2026-03-12T10:00:00Z')
    await consent(gone, 'email')
    const preview = () => world.ask('GET', `/api/v1/people/${kept}/join?goneId=${gone}`)
    const { body } = await preview()
    const moves = [
      { what: 'consents', count: 1 },
      { what: 'pairs', count: 1 },
      { what: 'bookings', count: 1 },
      { what: 'sessions', count: 1 },
    ]
    expect(body).toEqual({ moves })
    expect((await preview()).body).toEqual({ moves })
    expect((await world.ask('GET', `/api/v1/people/${kept}/join?goneId=${mentor}`)).status).toBe(200)
    const both = await world.ask('GET', `/api/v1/people/${gone}/join?goneId=${mentor}`)
    expect(both).toMatchObject({ status: 422, body: { code: 'not_possible' } })
  })
})

describe('programmes', () => {
  test('what is booked of all budgets, and who is in it', async () => {
    const programmeId = await world.programme('Budgets')
    const mentor = await world.person('Budget mentor', ['mentor'])
    const mentee = await world.person('Budget mentee', ['mentee'])
    const mentorshipId = await world.pair(programmeId, mentor, mentee, 6)
    await world.session(programmeId, { mentorId: mentor, menteeId: mentee, mentorshipId }, '2026-03-12T10:00:00Z')
    const { body } = await world.ask('GET', '/api/v1/desk/programmes')
    expect(body.items.find(({ id }: { id: string }) => id === programmeId)).toMatchObject({
      openPairs: 1,
      booked: 1,
      budget: 6,
      openSessions: 1,
    })
    const pairs = await world.ask('GET', `/api/v1/desk/programmes/${programmeId}/pairs?search=budget men`)
    expect(pairs.body.items).toMatchObject([{ id: mentorshipId, mentor: 'Budget mentor', sessions: 6, booked: 1 }])
    const ended = await world.ask('GET', `/api/v1/desk/programmes/${programmeId}/pairs?state=ended`)
    expect(ended.body.items).toEqual([])
  })

  test('the table of messages says whose, when and how long, under the policy as saved', async () => {
    const programmeId = await world.programme('Table')
    const settings = { reminders: { '30_MINUTES': { minutesBefore: 45 } } }
    await world.ask('PUT', `/api/v1/programmes/${programmeId}/playbook`, { version: 0, settings })
    const { body } = await world.ask('GET', `/api/v1/desk/programmes/${programmeId}/messages`)
    expect(body.version).toBe(1)
    expect(body.messages.find(({ meaning }: { meaning: string }) => meaning === 'Second reminder')).toMatchObject({
      due: { field: 'reminders.30_MINUTES.minutesBefore', value: 45, unit: 'minutes' },
      lasts: { field: 'reminders.30_MINUTES.lastsMinutes', value: 11 },
    })
  })

  test('a policy shows what it would change of what is planned, and then that is what is planned', async () => {
    const programmeId = await world.programme('Difference')
    const mentor = await world.person('Ravi', ['mentor'], { channels: ['email'] })
    const mentee = await world.person('Asha', ['mentee'], { channels: ['email'] })
    const { id } = await world.session(programmeId, { mentorId: mentor, menteeId: mentee }, '2026-03-12T14:00:00Z')
    const settings = { reminders: { '30_MINUTES': { minutesBefore: 45 } }, confirmation: { cardMinutesBefore: 60 } }
    const difference = () => world.ask('POST', `/api/v1/programmes/${programmeId}/playbook/difference`, { settings })
    const { body } = await difference()
    expect(body).toMatchObject({ open: 1, looked: 1, appears: 0, vanishes: 0, moves: 3 })
    expect(body.changes[0]).toMatchObject({
      meaning: 'card if not confirmed',
      before: { dueAt: '2026-03-12T12:00:00Z' },
      after: { dueAt: '2026-03-12T13:00:00Z' },
    })
    expect(body.changes[1]).toMatchObject({
      sessionId: id,
      meaning: 'reminder 30_MINUTES',
      before: { dueAt: '2026-03-12T13:30:00Z' },
      after: { dueAt: '2026-03-12T13:15:00Z' },
    })

    await world.ask('PUT', `/api/v1/programmes/${programmeId}/playbook`, { version: 0, settings })
    expect((await difference()).body).toMatchObject({ appears: 0, vanishes: 0, moves: 0, changes: [] })
    const timeline = await world.ask('GET', `/api/v1/sessions/${id}/timeline`)
    expect(timeline.body.planned.map(({ dueAt }: { dueAt: string }) => dueAt)).toContain('2026-03-12T13:15:00Z')
  })

  test('a tier whose new time has passed vanishes: it would be skipped, not sent at once', async () => {
    const programmeId = await world.programme('Vanishes')
    const people = { mentorId: await world.person('Ravi'), menteeId: await world.person('Asha') }
    // In three hours: the first reminder at 4 h is over, the 30 minutes are to come.
    await world.session(programmeId, people, '2026-03-08T15:00:00Z')
    const { body } = await world.ask('POST', `/api/v1/programmes/${programmeId}/playbook/difference`, {
      settings: { reminders: { '30_MINUTES': { minutesBefore: 190 } } },
    })
    expect(body).toMatchObject({ appears: 0, vanishes: 2, moves: 0 })
  })

  test('a setting that is wrong is named, and nothing is saved', async () => {
    const programmeId = await world.programme('Wrong')
    const settings = { reminders: { '30_MINUTES': { minutesBefore: -1 } } }
    const { status, body } = await world.ask('POST', `/api/v1/programmes/${programmeId}/playbook/difference`, {
      settings,
    })
    expect(status).toBe(400)
    expect(body.errors[0].field).toBe('reminders.30_MINUTES.minutesBefore')
  })
})
