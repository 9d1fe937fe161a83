import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keepCases, settleCase } from '../src/cases.ts'
import type { Needs } from '../src/effects/needs.ts'
import { newId } from '../src/ids.ts'
import { readButton } from '../src/links.ts'
import { act } from '../src/messages/slack-actions.ts'
import { bookOnZoom, needsOn, settleAll } from './support/stage-needs.ts'
import { at, type Stage, setStage } from './support/vendor-stage.ts'

let stage: Stage
let needs: Needs
let programmeId: string
beforeAll(async () => {
  stage = await setStage()
  needs = needsOn(stage)
})
afterAll(() => stage.clear())
beforeEach(async () => {
  await stage.sandbox.clearFaults()
  await sql`update mirror set next_attempt_at = null`.execute(needs.db)
  programmeId = newId()
  await needs.db
    .insertInto('programme')
    .values({ id: programmeId, name: programmeId, time_zone: 'Asia/Kolkata', created_at: stage.clock.now() })
    .execute()
})

const now = () => stage.clock.now()
const pass = (by: Temporal.DurationLike) => stage.clock.advanceTo(now().add(by))

const some = (count: number, name: string, settled: string | null = null) =>
  Array.from({ length: count }, (_, n) => ({
    kind: 'unconfirmed',
    key: `${programmeId}:${name}${n}@1`,
    programmeId,
    title: `${name}${n} is silent`,
    detail: { why: 'silent', startsAt: '2026-03-24T12:00:00Z' },
    settled,
  }))

async function open(count: number, name: string): Promise<void> {
  await keepCases(needs.db, some(count, name), now())
  await settleAll(needs)
}

/** What the channel shows of this programme's cases, oldest first. */
async function cards(): Promise<string[]> {
  const { rows } = await sql<{ body: string }>`
    select m.body from sandbox.message m join mirror on mirror.kind = 'slack_card' and mirror.remote_id = m.vendor_id
    where m.channel = 'slack' and (owner_id = ${programmeId} or owner_id in (select id from ops_case where programme_id = ${programmeId}))
    order by m.seq`.execute(stage.database.owner)
  return rows.map(({ body }) => body)
}

test('five silent people are five cards; whoever comes after them shares one', async () => {
  await open(5, 'Asha')
  expect(await cards()).toHaveLength(5)
  expect((await cards())[0]).toContain('17:30 Kolkata')

  pass({ minutes: 2 })
  await open(1, 'Bela')
  pass({ minutes: 2 })
  await open(2, 'Chen')
  const [shared, ...others] = (await cards()).slice(5)
  expect(others).toEqual([])
  expect(shared).toContain('3 of 3 need somebody')
  for (const name of ['Bela0', 'Chen0', 'Chen1']) expect(shared).toContain(name)
})

test('many at once are one card, posted once although the answer was lost, and each row is settled in its place', async () => {
  await stage.sandbox.setFault({ vendor: 'slack', kind: 'lost_answer', count: 1 })
  await open(8, 'Dana')
  pass({ seconds: 20 })
  await settleAll(needs)
  expect(await cards()).toHaveLength(1)

  await settleCase(needs.db, now(), { key: `${programmeId}:Dana3@1` }, 'slack:U1', 'Somebody of ops calls.')
  await keepCases(needs.db, some(1, 'Dana', 'They said yes.'), now())
  await settleAll(needs)
  const [card, ...others] = await cards()
  expect(others).toEqual([])
  expect(card).toContain('6 of 8 need somebody')
  expect(card).toMatch(/✓ .*Dana0 .*They said yes/)
  expect(card).toMatch(/✓ .*Dana3 .*Somebody of ops calls/)
  expect(card).toMatch(/• .*Dana7/)
})

test('ten minutes later people get cards of their own again, and so do other kinds and other programmes meanwhile', async () => {
  await open(7, 'Emre')
  await keepCases(needs.db, [{ ...some(1, 'other')[0]!, kind: 'missing', key: `${programmeId}:missing` }], now())
  await settleAll(needs)
  expect(await cards()).toHaveLength(2)

  pass({ minutes: 10 })
  await open(1, 'Fatou')
  expect(await cards()).toHaveLength(3)
  expect((await cards())[0]).toContain('7 of 7')
})

test('a row of the shared card is pressed like its own card would be: once, by whoever it was, and shown in its place', async () => {
  const sessions = []
  for (let n = 0; n < 6; n++) sessions.push(await bookOnZoom(stage, at('12:00').add({ hours: 24 * 30 + n })))
  // The playbook would have nothing to ask yet.
  await sql`update session set wake_at = null`.execute(needs.db)
  await keepCases(
    needs.db,
    sessions.map(({ sessionId, mentee }, n) => ({
      kind: 'unconfirmed',
      key: `unconfirmed:${mentee.participantId}@1`,
      programmeId,
      sessionId,
      title: `Row ${n}`,
      detail: { why: 'silent' },
    })),
    now(),
  )
  await settleAll(needs)
  const { rows } = await sql<{ ts: string; value: string }>`
    select m.vendor_id as ts, button ->> 'value' as value
    from sandbox.message m, jsonb_array_elements(m.raw -> 'blocks') block, jsonb_array_elements(coalesce(block -> 'elements', '[]')) button
    where m.channel = 'slack' and button ->> 'action_id' = 'will_call' and m.body like '%Row 5%'`.execute(
    stage.database.owner,
  )
  const presses = rows.map(({ value }) => readButton(needs.secret, value))
  const { rows: known } = await sql<{ id: string }>`select id from ops_case where title = 'Row 3'`.execute(needs.db)
  const press = presses.find((one) => one?.participantId === known[0]?.id)
  expect(press).toMatchObject({ action: 'will_call', revision: 1 })

  const house = { ...needs, nudge: () => {}, onChange: () => () => {} }
  const pressed = (by: string) =>
    act(house, { action: 'will_call', subjectId: press?.participantId ?? '', revision: 1, by }, now())
  expect(await pressed('slack:U1')).toBe(true)
  await pressed('slack:U2')
  await settleAll(needs)
  const [card] = (await cards()).filter((text) => text.includes('Row 5'))
  expect(card).toContain('5 of 6 need somebody')
  expect(card).toMatch(/✓ .*Row 3: Somebody of ops calls\. \(slack:U1\)/)
})
