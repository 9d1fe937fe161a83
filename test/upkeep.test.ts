import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../src/database/transaction.ts'
import type { Needs } from '../src/effects/needs.ts'
import { checkInvariants } from '../src/effects/upkeep/invariants.ts'
import { fetchReports } from '../src/effects/upkeep/reports.ts'
import { forgetOld } from '../src/effects/upkeep/retention.ts'
import { recordEvent } from '../src/meetings/meeting-event.ts'
import { readZoomEvent } from '../src/meetings/zoom-event.ts'
import { type Booked, book } from './support/effects-world.ts'
import { bookOnZoom, needsOn, settleAll } from './support/stage-needs.ts'
import { at, type Stage, setStage } from './support/vendor-stage.ts'

let stage: Stage
let needs: Needs
beforeAll(async () => {
  stage = await setStage()
  needs = needsOn(stage)
})
afterAll(() => stage.clear())
const now = () => stage.clock.now()

describe("Zoom's report", () => {
  /** Zoom's webhooks so far, recorded as the product would, and all that follows from them. */
  async function hear(): Promise<void> {
    await stage.settle()
    for (const { body } of stage.received.splice(0)) {
      const told = JSON.parse(body)
      await transact(needs.db, (tx) =>
        recordEvent(tx, Buffer.from(body), told, readZoomEvent(told, undefined, now()), now()),
      )
    }
    await settleAll(needs)
  }
  async function moment(time: string): Promise<void> {
    await stage.advance(at(time).since(now()))
    await sql`update session set wake_at = ${now()}`.execute(needs.db)
    await hear()
  }
  const stages = async ({ sessionId }: Booked) => {
    const { rows } = await sql<{ verdict: string; stage: string }>`
      select distinct on (participant_id) verdict, stage from attendance_verdict where session_id = ${sessionId}
      order by participant_id, version desc`.execute(needs.db)
    return rows
  }

  test('makes verdicts firm minutes after the end, long before they would become so without it', async () => {
    const booked = await bookOnZoom(stage, at('10:00'))
    await settleAll(needs)
    await moment('10:00')
    for (const { email } of [booked.mentor, booked.mentee])
      await stage.sandbox.zoomJoin({ sessionId: booked.sessionId, person: email })
    await moment('10:10')
    expect(await stages(booked)).toEqual(Array(2).fill({ verdict: 'present', stage: 'provisional' }))
    await moment('10:30')
    for (const { email } of [booked.mentor, booked.mentee])
      await stage.sandbox.zoomLeave({ sessionId: booked.sessionId, person: email })
    await moment('10:31')
    expect(await fetchReports(needs, now())).toEqual(at('10:35'))

    await moment('10:36')
    await fetchReports(needs, now())
    await settleAll(needs)
    expect(await stages(booked)).toEqual(Array(2).fill({ verdict: 'present', stage: 'firm' }))
    const reports = needs.db.selectFrom('meeting_report').select('rows').where('session_id', '=', booked.sessionId)
    expect(await reports.execute()).toHaveLength(1)
    await fetchReports(needs, now())
    expect(await reports.execute()).toHaveLength(1)
  })
})

describe('the invariants', () => {
  const cases = async () => {
    const { rows } =
      await sql`select key, settled_at is null as open from ops_case where kind = 'invariant' order by key`.execute(
        needs.db,
      )
    return rows
  }

  /** No other test's session or message is in the way. */
  async function nothingElse(): Promise<void> {
    await sql`update session set cancelled_at = ${now()} where cancelled_at is null`.execute(needs.db)
    await sql`update delivery set state = 'withdrawn', next_attempt_at = null`.execute(needs.db)
  }

  test('a planted violation is found, becomes one case, and settles when it is gone', async () => {
    await nothingElse()
    await checkInvariants(needs, now())
    expect(await cases()).toEqual([])

    // Published, and nothing holds its people: somebody else could book them.
    const { sessionId } = await book(needs.db, now(), { startsAt: at('20:00') })
    await checkInvariants(needs, now())
    await checkInvariants(needs, now())
    expect(await cases()).toEqual([{ key: 'invariant:uncommitted_session', open: true }])

    await sql`update session set cancelled_at = ${now()} where id = ${sessionId}`.execute(needs.db)
    await checkInvariants(needs, now())
    expect(await cases()).toEqual([{ key: 'invariant:uncommitted_session', open: false }])
  })

  test('a message that is due and that nobody sends is found', async () => {
    await nothingElse()
    await book(needs.db, now(), { startsAt: at('20:00') })
    await settleAll(needs)
    stage.clock.advanceTo(now().add({ minutes: 11 }))
    await checkInvariants(needs, now())
    expect(await cases()).toContainEqual({ key: 'invariant:stuck_delivery', open: true })
    await nothingElse()
    await checkInvariants(needs, now())
    expect(await cases()).toContainEqual({ key: 'invariant:stuck_delivery', open: false })
  })
})

describe('retention', () => {
  const DAYS = { raw: 30, said: 90 }

  /** Every hour for `count` hours from now on, something came in and somebody wrote. */
  async function live(count: number, { sessionId, mentee }: Booked): Promise<void> {
    const from = now()
    const hours = sql`generate_series(0, ${count - 1}::int) n, lateral (select ${from}::timestamptz + make_interval(hours => n) as t, gen_random_uuid() as id) x`
    await sql`insert into webhook_event (id, vendor, body_hash, event, outcome, received_at, body)
      select id, 'zoom', sha256(id::text::bytea), 'meeting.started', 'accepted', t, '{"name": "Asha"}' from ${hours}`.execute(
      needs.db,
    )
    await sql`insert into meeting_event (id, body_hash, event, zoom_meeting_id, session_id, occurred_at, received_at, participant, object)
      select id, sha256(id::text::bytea), 'meeting.participant_joined', '1', ${sessionId}, t, t,
        '{"user_name": "Asha", "email": "asha@example.org", "registrant_id": "r1"}', '{"topic": "x"}' from ${hours}`.execute(
      needs.db,
    )
    await sql`insert into whatsapp_message (wamid, direction, phone_e164, kind, body, said_at, received_at)
      select id::text, 'in', '+491701234567', 'text', 'I am late', t, t from ${hours}`.execute(needs.db)
    await sql`insert into reply (id, session_id, participant_id, revision, meaning, channel, matched_by, text, said_at, received_at)
      select id, ${sessionId}, ${mentee.participantId}, 1, 'message', 'whatsapp', 'sender', 'I am late', t, t from ${hours}`.execute(
      needs.db,
    )
    await sql`insert into attempt (id, delivery_id, number, state, address, started_at)
      select id, (select id from delivery order by id limit 1), extract(epoch from t)::bigint / 3600, 'accepted', 'asha@example.org', t from ${hours}`.execute(
      needs.db,
    )
    await sql`insert into join_click (id, participant_id, session_id, at)
      select id, ${mentee.participantId}, ${sessionId}, t from ${hours}`.execute(needs.db)
    await sql`insert into idempotency_key (actor, route, key, request_hash, created_at, lease_until)
      select 'a', 'r', id::text, '\\x00', t, t from ${hours}`.execute(needs.db)
  }

  const over = async (): Promise<number[]> => {
    const older = (count: number) => now().subtract({ hours: 24 * count })
    const { rows } = await sql<Record<string, number>>`
      select (select count(*) from webhook_event where body is not null and received_at < ${older(DAYS.raw)})::int as a,
        (select count(*) from meeting_event where (object <> '{}' or participant ? 'email' or participant ? 'user_name') and received_at < ${older(DAYS.raw)})::int as b,
        (select count(*) from meeting_report where rows::text like '%@%' and fetched_at < ${older(DAYS.raw)})::int as c,
        (select count(*) from whatsapp_message where body is not null and received_at < ${older(DAYS.said)})::int as d,
        (select count(*) from reply where text is not null and received_at < ${older(DAYS.said)})::int as e,
        (select count(*) from delivery where said ? 'text' and created_at < ${older(DAYS.said)})::int as f,
        (select count(*) from join_click where at < ${older(DAYS.said)})::int as g,
        (select count(*) from idempotency_key where created_at < ${older(2)})::int as h,
        (select count(*) from attempt where address <> '' and started_at < ${older(DAYS.said)})::int as j,
        (select count(*) from signed_in where expires_at < ${stage.clock.elapsed()})::int as i`.execute(needs.db)
    return Object.values(rows[0] ?? {})
  }

  test('over three years nothing is kept beyond its time, and that it happened stays', async () => {
    const booked = await book(needs.db, now(), { startsAt: at('21:00') })
    await sql`insert into signed_in (token_hash, account_id, created_at, used_at, expires_at)
      select sha256(n::text::bytea), ${booked.mentee.accountId}, ${now()}, ${now()}, ${stage.clock.elapsed().subtract({ hours: 1 })} from generate_series(1, 1500) n`.execute(
      needs.db,
    )
    await sql`update delivery set said = '{"text": "Hello Asha", "template": "X"}'`.execute(needs.db)
    for (let half = 0; half < 6; half++) {
      // More than one batch, and some of it older than everything else by half a year.
      await live(1300, booked)
      stage.clock.advanceTo(now().add({ hours: 24 * 183 }))
      await forgetOld(needs, now())
      expect(await over()).toEqual(Array(10).fill(0))
    }
    const { rows } = await sql`
      select (select count(*)::int from meeting_event where participant ->> 'registrant_id' = 'r1') as events,
        (select count(*)::int from reply where session_id = ${booked.sessionId}) as replies,
        (select count(*)::int from delivery where said ->> 'template' = 'X') = (select count(*)::int from delivery) as deliveries`.execute(
      needs.db,
    )
    expect(rows).toEqual([{ events: 7800, replies: 7800, deliveries: true }])
  })
})
