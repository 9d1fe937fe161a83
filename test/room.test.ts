import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Needs } from '../src/effects/needs.ts'
import { newId } from '../src/ids.ts'
import { SYSTEM } from '../src/people/actor.ts'
import { previewRoom, switchRoom } from '../src/sessions/room.ts'
import { bookOnZoom, connectCalendar, needsOn, settleAll } from './support/stage-needs.ts'
import { at, type Stage, setStage } from './support/vendor-stage.ts'

let stage: Stage
let needs: Needs
beforeAll(async () => {
  stage = await setStage()
  needs = needsOn(stage)
})
afterAll(() => stage.clear())

const now = () => stage.clock.now()
const ask = (room: 'zoom' | 'meet', revision: number) => ({ room, reason: 'Zoom is down', revision })

/** A session with its host taken and its mentor's calendar connected. */
async function inCalendar(hours: number) {
  const startsAt = at('20:00').add({ hours })
  const booked = await bookOnZoom(stage, startsAt)
  await connectCalendar(stage, booked)
  await sql`insert into commitment (id, holder_id, holder_kind, during, session_id, created_at)
    values (${newId()}, ${booked.host.id}, 'host', tstzrange(${startsAt}, ${startsAt.add({ minutes: 30 })}), ${booked.sessionId}, ${now()})`.execute(
    needs.db,
  )
  await settleAll(needs)
  return booked
}

const told = async (sessionId: string) =>
  (
    await sql<{ key: string }>`
      select effect_key as key from notification_trigger_log where subject_id = ${sessionId} and meaning = 'room_changed' order by decided_at, split_part(effect_key, '@', 2)`.execute(
      needs.db,
    )
  ).rows.map(({ key }) => key.split('@')[1])

const hostOf = async (sessionId: string) =>
  (
    await sql<{ host: string | null }>`
      select (select holder_id from commitment where session_id = ${sessionId} and holder_kind = 'host' and released_at is null) as host`.execute(
      needs.db,
    )
  ).rows[0]?.host

test('a session moves to Meet and back: both are told once each time, and its Zoom host is free meanwhile', async () => {
  const { sessionId, host } = await inCalendar(0)
  const effects = await previewRoom(needs.db, SYSTEM, sessionId, ask('meet', 1), now())
  expect(effects.messages.map(({ meaning }) => meaning)).toEqual(['room_changed', 'room_changed'])
  expect(effects.vendors).toContainEqual(expect.objectContaining({ kind: 'meeting', sessionId, change: 'remove' }))
  expect(await told(sessionId)).toEqual([])
  expect(await hostOf(sessionId)).toBe(host.id)

  expect(await switchRoom(needs.db, SYSTEM, sessionId, ask('meet', 1), now())).toMatchObject({
    room: 'meet',
    revision: 2,
  })
  await settleAll(needs)
  stage.clock.advanceTo(now().add({ seconds: 10 }))
  await settleAll(needs)
  expect(await told(sessionId)).toEqual(['2', '2'])
  expect(await hostOf(sessionId)).toBeNull()
  const { rows } = await sql<{ kind: string; url: string | null }>`
    select kind, remote ->> 'meetUrl' as url from mirror where session_id = ${sessionId} and applied is not null and kind <> 'slack_card'`.execute(
    needs.db,
  )
  expect(rows).toMatchObject([{ kind: 'calendar_event', url: expect.stringContaining('http') }])

  // A second press of the same button.
  expect(await switchRoom(needs.db, SYSTEM, sessionId, ask('meet', 1), now())).toMatchObject({ revision: 2 })
  await switchRoom(needs.db, SYSTEM, sessionId, ask('zoom', 2), now())
  await settleAll(needs)
  expect(await told(sessionId)).toEqual(['2', '2', '3', '3'])
  expect(await hostOf(sessionId)).not.toBeNull()
})

test('an old revision, a session that has begun and one without any calendar are refused, and nothing is half done', async () => {
  const { sessionId } = await inCalendar(24)
  const refused = { code: 'stale_revision', details: { current: expect.objectContaining({ revision: 1 }) } }
  await expect(switchRoom(needs.db, SYSTEM, sessionId, ask('meet', 7), now())).rejects.toMatchObject(refused)

  const bare = await bookOnZoom(stage, at('20:00').add({ hours: 48 }))
  await expect(switchRoom(needs.db, SYSTEM, bare.sessionId, ask('meet', 1), now())).rejects.toThrow('calendar')
  const { rows } = await sql`select room, revision, host_id from session where id = ${bare.sessionId}`.execute(needs.db)
  expect(rows).toEqual([{ room: 'zoom', revision: 1, host_id: bare.host.id }])

  await expect(
    switchRoom(needs.db, SYSTEM, bare.sessionId, ask('meet', 1), at('20:00').add({ hours: 48 })),
  ).rejects.toThrow('begun')
})

test('back to Zoom needs a free host', async () => {
  const { sessionId } = await inCalendar(72)
  await switchRoom(needs.db, SYSTEM, sessionId, ask('meet', 1), now())
  await sql`update zoom_host set retired_at = ${now()}`.execute(needs.db)
  await expect(switchRoom(needs.db, SYSTEM, sessionId, ask('zoom', 2), now())).rejects.toMatchObject({
    code: 'slot_taken',
    details: { conflicts: [{ layer: 'host' }] },
  })
})
