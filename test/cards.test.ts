import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keepCases, settleCase } from '../src/cases.ts'
import type { Needs } from '../src/effects/needs.ts'
import { newId } from '../src/ids.ts'
import { needsOn, settleAll } from './support/stage-needs.ts'
import { type Stage, setStage } from './support/vendor-stage.ts'

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
    order by m.seq`.execute(needs.db)
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
