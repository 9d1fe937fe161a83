import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Needs } from '../src/effects/needs.ts'
import { programmes } from '../src/effects/programmes.ts'
import { sweep } from '../src/effects/reconcile.ts'
import { startWorker } from '../src/effects/worker.ts'
import { person, SYSTEM } from '../src/people/actor.ts'
import { summariesOf } from '../src/sessions/day-summary-routes.ts'
import { bookOnZoom, needsOn, settleAll } from './support/stage-needs.ts'
import { at, type Stage, setStage } from './support/vendor-stage.ts'

let stage: Stage
let needs: Needs
beforeAll(async () => {
  // 03:00 in UTC is half past eight in Kolkata.
  stage = await setStage('2026-03-24T03:00:00Z')
  needs = needsOn(stage)
})
afterAll(() => stage.clear())

const morning = async () =>
  (await stage.sandbox.inbox({ channel: 'slack' })).map(({ text }) => text).filter((text) => text.includes('Launchpad'))

const decided = async (programmeId: string) =>
  (
    await sql<{ key: string; decision: string; reason: string | null }>`
      select effect_key as key, decision, reason from notification_trigger_log
      where subject_id = ${programmeId} and subject_kind = 'programme' order by effect_key`.execute(needs.db)
  ).rows

test('ops of a programme read its day at nine of its own clock, once, also when the answer of Slack was lost', async () => {
  const { sessionId } = await bookOnZoom(stage, at('10:00'))
  const programmeId = await programmeOf(sessionId, 'Launchpad & friends')
  await sweepAll()
  expect(await decided(programmeId)).toEqual([])

  stage.clock.advanceTo(at('03:30'))
  await stage.sandbox.setFault({ vendor: 'slack', kind: 'lost_answer', count: 1 })
  await sweepAll()
  stage.clock.advanceTo(at('03:31'))
  await sweepAll()
  const [message, ...others] = await morning()
  expect(others).toEqual([])
  expect(message).toContain('Launchpad &amp; friends, Tuesday 24 March: 1 session')
  expect(message).toContain('1 mentee has not answered yet')
  expect(await decided(programmeId)).toEqual([
    { key: `digest:${programmeId}@2026-03-24`, decision: 'send', reason: null },
  ])

  // What Today and the API say is the same, at their moment.
  const [summary] = await summariesOf(needs, SYSTEM, programmeId, stage.clock.now())
  expect(summary).toMatchObject({ name: 'Launchpad & friends', date: '2026-03-24', sessions: 1, unconfirmed: 1 })
  const none = '0198c0de-0000-7000-8000-000000000001'
  expect(await summariesOf(needs, SYSTEM, none, stage.clock.now())).toEqual([])
  expect(await summariesOf(needs, person(none, ['ops'], [none]), programmeId, stage.clock.now())).toEqual([])
})

test('a worker that slept through the morning does not catch up on it, and sends the next one', async () => {
  const { sessionId } = await bookOnZoom(stage, at('10:00').add({ hours: 24 }))
  const programmeId = await programmeOf(sessionId, 'Launchpad two')
  stage.clock.advanceTo(at('05:00'))
  const worker = startWorker({ ...needs, loops: false })
  await worker.runDue()
  expect(await decided(programmeId)).toMatchObject([{ decision: 'skipped', reason: 'late by more than an hour' }])
  expect((await worker.outlook(stage.clock.now())).nextAlarm).toBeTruthy()

  stage.clock.advanceTo(at('03:30').add({ hours: 24 }))
  await worker.runDue()
  await worker.stop()
  expect(await decided(programmeId)).toMatchObject([{ decision: 'skipped' }, { decision: 'send' }])
  expect((await morning()).filter((text) => text.includes('Launchpad two'))).toHaveLength(1)
})

async function programmeOf(sessionId: string, name: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    update programme set name = ${name}, time_zone = 'Asia/Kolkata', wake_at = ${stage.clock.now()}
    where id = (select programme_id from session where id = ${sessionId}) returning id`.execute(needs.db)
  return rows[0]?.id as string
}

async function sweepAll(): Promise<void> {
  await sweep(needs, programmes(needs), stage.clock.now())
  await settleAll(needs)
}
