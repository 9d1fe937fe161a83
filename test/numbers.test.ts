import { parse } from 'csv-parse/sync'
import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import { type DeskWorld, deskWorld } from './support/desk.ts'

/** Numbers over a small world that can be counted by hand: two mentors, two weeks, 23 March is when it is asked. */

let world: DeskWorld
let programmeId: string
let asha: string

beforeAll(async () => {
  world = await deskWorld(Temporal.Instant.from('2026-03-23T00:00:00Z'))
  const { person, programme, session } = world
  programmeId = await programme('Launchpad')
  asha = await person('=Asha Verma', ['mentor'])
  const ben = await person('Ben Okafor', ['mentor'])
  const mentee = await person('Ravi Shah', ['mentee'])
  const at = (day: number, hour = '10') => `2026-03-${String(day).padStart(2, '0')}T${hour}:00:00Z`
  const withAsha = { mentorId: asha, menteeId: mentee }
  const withBen = { mentorId: ben, menteeId: mentee }

  // The week of 9 March: one where both came, one that the mentee missed, one that cannot be told, one cancelled late.
  const good = await session(programmeId, withAsha, at(9), { leadHours: 24 })
  const missed = await session(programmeId, withAsha, at(10), { leadHours: 48 })
  const unclear = await session(programmeId, withBen, at(11), { leadHours: 100 })
  await session(programmeId, withBen, at(12), { cancelled: true, late: true })
  // The week of 16 March: the mentor was absent at first, and then it turned out that nobody can tell; one unjudged.
  const changed = await session(programmeId, withAsha, at(16))
  await session(programmeId, withAsha, at(17))
  // Not in the range, or not of the programme.
  await session(programmeId, withAsha, at(23, '00'))
  await session(await programme('Another'), withAsha, at(18))

  await judged(good.mentor, good.id, ['present'])
  await judged(good.mentee, good.id, ['late'])
  await judged(missed.mentor, missed.id, ['present'])
  await judged(missed.mentee, missed.id, ['cannot_tell', 'absent'])
  await judged(unclear.mentor, unclear.id, ['present'])
  await judged(unclear.mentee, unclear.id, ['cannot_tell'])
  await judged(changed.mentor, changed.id, ['absent', 'cannot_tell'])
  await judged(changed.mentee, changed.id, ['present'])

  await asked(good.id, mentee, good.mentee, 'coming')
  await asked(missed.id, mentee, missed.mentee, null)
  await asked(unclear.id, mentee, unclear.mentee, 'cant_come')

  await sent(good.id, 'whatsapp', 'read')
  await sent(missed.id, 'whatsapp', 'delivered')
  await sent(unclear.id, 'whatsapp', 'failed')
  await sent(changed.id, 'email', 'accepted')
  await sent(changed.id, 'whatsapp', 'unknown')
})
afterAll(() => world?.drop())

async function judged(participantId: string, sessionId: string, verdicts: string[]) {
  for (const [index, verdict] of verdicts.entries())
    await sql`insert into attendance_verdict (id, session_id, participant_id, version, verdict, stage, evidence, decided_at)
      values (${newId()}, ${sessionId}, ${participantId}, ${index + 1}, ${verdict}, 'firm', '{}', ${world.clock.now()})`.execute(
      world.db,
    )
}

async function asked(sessionId: string, accountId: string, participantId: string, answer: string | null) {
  await decided(sessionId, `reminder:4_HOURS:${participantId}@1`, accountId, { asks: true })
  if (answer) await replied(sessionId, participantId, answer, sql`starts_at - interval '1 hour'`)
  // What somebody chooses from a message afterwards is no answer to the question.
  await replied(sessionId, participantId, 'wants_to_move', sql`ends_at + interval '1 hour'`)
}

const replied = (sessionId: string, participantId: string, meaning: string, saidAt: RawBuilder<unknown>) =>
  sql`insert into reply (id, session_id, participant_id, revision, meaning, channel, matched_by, said_at, received_at)
    select ${newId()}, id, ${participantId}, 1, ${meaning}, 'whatsapp', 'payload', ${saidAt}, ${saidAt} from session where id = ${sessionId}`.execute(
    world.db,
  )

async function decided(sessionId: string, key: string, recipientId: string | null, detail: object) {
  const now = world.clock.now()
  await sql`insert into notification_trigger_log (subject_id, effect_key, subject_kind, decision, meaning, recipient_id, due_at, expires_at, decided_at, detail)
    values (${sessionId}, ${key}, 'session', 'send', 'reminder 4_HOURS', ${recipientId}, ${now}, ${now}, ${now}, ${JSON.stringify(detail)})`.execute(
    world.db,
  )
}

async function sent(sessionId: string, channel: string, state: string) {
  const now = world.clock.now()
  const key = `booked:${newId()}@1`
  await decided(sessionId, key, null, {})
  const accepted = state === 'failed' || state === 'unknown' ? null : now
  await sql`insert into delivery (id, subject_id, subject_kind, effect_key, channel, meaning, template, state, due_at, expires_at, created_at, accepted_at)
    values (${newId()}, ${sessionId}, 'session', ${key}, ${channel}, 'booked', 'T', ${state}, ${now}, ${now}, ${now}, ${accepted})`.execute(
    world.db,
  )
}

const RANGE = 'from=2026-03-09&to=2026-03-23'
const read = (more = '') => world.ask('GET', `/api/v1/numbers?${RANGE}&programmeId=${programmeId}${more}`)

test('each week says what was held, missed, and could not be told, by the newest verdict', async () => {
  const { status, body } = await read()
  expect(status).toBe(200)
  expect(body.rows).toMatchObject([
    {
      key: '2026-03-09',
      sessions: 3,
      cancelled: 1,
      cancelledLate: 1,
      held: 3,
      missed: 1,
      missedByMentee: 1,
      missedByMentor: 0,
      cannotTell: 1,
      notJudged: 0,
    },
    { key: '2026-03-16', sessions: 2, cancelled: 0, held: 2, missed: 0, cannotTell: 1, notJudged: 1 },
  ])
  expect(body.total).toMatchObject({ key: 'total', sessions: 5, held: 5, missed: 1, cannotTell: 2, notJudged: 1 })
})

test('what was asked, answered and left unanswered, and how long before people book', async () => {
  const { body } = await read()
  expect(body.rows[0]).toMatchObject({
    asked: 3,
    coming: 1,
    cantCome: 1,
    wantsToMove: 0,
    silent: 1,
    booked: 3,
    leadHours: 48,
  })
  expect(body.rows[1]).toMatchObject({ asked: 0, silent: 0, booked: 2, leadHours: 48 })
  expect(body.total).toMatchObject({ booked: 5, leadHours: 48 })
})

test('delivery by channel: an unknown one is neither sent nor failed', async () => {
  const { body } = await read()
  expect(body.rows[0].whatsapp).toEqual({ sent: 2, delivered: 2, read: 1, failed: 1, unknown: 0 })
  expect(body.rows[1].whatsapp).toEqual({ sent: 0, delivered: 0, read: 0, failed: 0, unknown: 1 })
  expect(body.rows[1].email).toEqual({ sent: 1, delivered: 0, read: 0, failed: 0, unknown: 0 })
})

test('by mentor, whoever had most sessions comes first', async () => {
  const { body } = await read('&by=mentor')
  expect(body.rows).toMatchObject([
    { key: asha, sessions: 4, missed: 1, cannotTell: 1 },
    { name: 'Ben Okafor', sessions: 1, cancelled: 1, missed: 0, cannotTell: 1 },
  ])
})

test('a week begins on Monday where whoever looks is, and an empty week is a line of zeros', async () => {
  const { body } = await world.ask(
    'GET',
    `/api/v1/numbers?from=2026-03-18&to=2026-04-08&timeZone=America/New_York&programmeId=${programmeId}`,
  )
  // Midnight UTC on Monday the 23rd is still Sunday in New York.
  expect(body.rows).toMatchObject([
    { key: '2026-03-18', sessions: 1 },
    { key: '2026-03-23', sessions: 0, leadHours: null },
    { key: '2026-03-30', sessions: 0 },
    { key: '2026-04-06', sessions: 0 },
  ])
})

test('the same as CSV, where no name is run as a formula', async () => {
  for (const answer of [
    await world.ask('GET', `/api/v1/numbers?${RANGE}&programmeId=${programmeId}&by=mentor`, undefined, {
      accept: 'text/csv',
    }),
    await world.ask('GET', `/api/v1/numbers.csv?${RANGE}&programmeId=${programmeId}&by=mentor`),
  ]) {
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const rows: Record<string, string>[] = parse(answer.text, { columns: true })
    expect(rows).toMatchObject([
      { mentor_id: asha, mentor: "'=Asha Verma", sessions: '4', missed: '1' },
      { mentor: 'Ben Okafor', whatsapp_failed: '1' },
      { mentor_id: 'total', sessions: '5', lead_hours_median: '48' },
    ])
  }
})

test.each([
  ['from=2026-03-09&to=2026-03-09', 400, 'to'],
  ['from=2026-03-09&to=2027-03-20', 400, 'to'],
  ['from=yesterday&to=2026-03-20', 400, 'from'],
  ['from=2026-03-09&to=2026-03-20&by=day', 400, 'by'],
  ['from=2026-03-09&to=2026-03-20&timeZone=Here', 400, 'timeZone'],
])('%s is refused by name', async (query, status, field) => {
  for (const path of ['/api/v1/numbers', '/api/v1/numbers.csv']) {
    const answer = await world.ask('GET', `${path}?${query}`)
    expect(answer.status).toBe(status)
    expect(answer.body.errors[0].field).toBe(field)
  }
})
