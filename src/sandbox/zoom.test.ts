import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Stage, setStage } from '../../test/support/vendor-stage.ts'
import { verifyZoom } from '../vendors/signatures.ts'

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
})
afterAll(() => stage.clear())
beforeEach(async () => {
  await stage.settle()
  stage.received.length = 0
})

let hosts = 0
async function host(licensed = true) {
  const email = `host${++hosts}@zoom.example`
  await stage.sandbox.addZoomUser({ email, name: 'Mira Host', licensed })
  return email
}
async function room(by?: string, settings: Record<string, unknown> = {}) {
  const made = await stage.zoom.createMeeting(by ?? (await host()), {
    topic: 'Mentorship',
    agenda: 'punctual:1',
    startsAt: stage.clock.now(),
    durationMinutes: 30,
    settings,
  })
  if (!made.ok) throw new Error(made.detail)
  return made.meeting
}
const names = () => stage.events().map((e) => e.event.replace('meeting.', ''))

describe('meetings', () => {
  test('a meeting is made, changed, found by its marker and deleted; then it does not exist (3001)', async () => {
    const email = await host()
    const meeting = await room(email)
    expect(meeting.id).toMatch(/^\d{11}$/)
    expect(await stage.zoom.updateMeeting(meeting.id, { durationMinutes: 45 })).toEqual({ ok: true })
    expect(await stage.zoom.getMeeting(meeting.id)).toMatchObject({
      ok: true,
      meeting: { durationMinutes: 45, startUrl: expect.stringContaining('zak=') },
    })
    expect(await stage.zoom.listMeetings(email)).toMatchObject({
      ok: true,
      meetings: [{ id: meeting.id, agenda: 'punctual:1' }],
    })
    expect(await stage.zoom.deleteMeeting(meeting.id)).toEqual({ ok: true })
    expect(await stage.zoom.getMeeting(meeting.id)).toMatchObject({ ok: false, kind: 'rejected', code: '3001' })
    expect(
      await stage.zoom.createMeeting('nobody@zoom.example', {
        topic: 'x',
        startsAt: stage.clock.now(),
        durationMinutes: 30,
      }),
    ).toMatchObject({ ok: false, code: '1001' })
  })

  test('a host has a hundred creates and changes a day; the answer says when the next day begins', async () => {
    const email = await host()
    const meeting = await room(email)
    for (let n = 0; n < 99; n++) await stage.zoom.updateMeeting(meeting.id, { topic: `n${n}` })
    const refused = await stage.zoom.updateMeeting(meeting.id, { topic: 'one too many' })
    // 09:00 UTC: fifteen hours to midnight.
    expect(refused).toMatchObject({ ok: false, kind: 'retry', code: '429', retryAfterSeconds: 15 * 3600 })
  })

  test('a token that Zoom no longer knows is renewed once', async () => {
    await room()
    await stage.sandbox.world.pool.query('update sandbox.zoom_token set revoked = true')
    expect(await stage.zoom.users()).toMatchObject({ ok: true })
  })
})

describe('registrants', () => {
  test('everybody gets a personal link that names them in the room', async () => {
    const meeting = await room()
    const registered = await stage.zoom.addRegistrant(meeting.id, {
      email: 'ravi@example.com',
      firstName: 'Ravi',
      lastName: 'Iyer',
    })
    if (!registered.ok) throw new Error(registered.detail)
    expect(registered.joinUrl).toContain(`/w/${meeting.id}?tk=`)
    expect(await (await fetch(registered.joinUrl)).text()).toContain('Ravi Iyer')
    await fetch(registered.joinUrl.replace('?', '/join?'), { method: 'POST', redirect: 'manual' })
    await stage.settle()
    expect(names()).toEqual(['started', 'participant_joined'])
    expect(stage.events()[1].payload.object.participant).toMatchObject({
      registrant_id: registered.registrantId,
      email: 'ravi@example.com',
      user_name: 'Ravi Iyer',
    })
  })

  test('the same address keeps its link; a cancelled registrant loses it', async () => {
    const meeting = await room()
    const person = { email: 'ravi@example.com', firstName: 'Ravi' }
    const first = await stage.zoom.addRegistrant(meeting.id, person)
    expect(await stage.zoom.addRegistrant(meeting.id, person)).toEqual(first)
    const registrantId = first.ok ? first.registrantId : ''
    expect(await stage.zoom.deleteRegistrant(meeting.id, { registrantId, email: person.email })).toEqual({ ok: true })
    expect(await stage.zoom.listRegistrants(meeting.id)).toEqual({ ok: true, registrants: [] })
    await expect(stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: person.email })).rejects.toThrow(
      'no personal link',
    )
  })

  test('registration needs a licensed host and a meeting that asks for it', async () => {
    const person = { email: 'ravi@example.com', firstName: 'Ravi' }
    expect(await stage.zoom.addRegistrant((await room(await host(false))).id, person)).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '200',
    })
    expect(await stage.zoom.addRegistrant((await room(undefined, { approval_type: 2 })).id, person)).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '3000',
    })
  })
})

describe('in the room', () => {
  test('a guest shows a name only, a caller a number, the host the host’s id', async () => {
    const email = await host()
    const meeting = await room(email)
    await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: 'a', as: 'guest', name: 'iPhone' })
    await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: 'b', as: 'phone' })
    await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: email, as: 'signed-in' })
    await stage.settle()
    const [, guest, caller, signedIn] = stage.events().map((e) => e.payload.object.participant)
    expect(guest).toMatchObject({ user_name: 'iPhone', email: '', id: '', participant_user_id: '' })
    expect(guest).not.toHaveProperty('registrant_id')
    expect(caller).toMatchObject({ phone_number: '15550100', email: '' })
    expect(signedIn.id).toBe(stage.events()[0].payload.object.host_id)
  })

  test('the room ends when the last one leaves, and the next start has a new uuid', async () => {
    const meeting = await room()
    const visit = { zoomMeetingId: meeting.id, person: 'ravi@example.com' }
    const first = await stage.sandbox.zoomJoin({ ...visit, as: 'guest' })
    await stage.advance({ minutes: 20 })
    await stage.sandbox.zoomLeave(visit)
    const second = await stage.sandbox.zoomJoin({ ...visit, as: 'guest' })
    await stage.settle()
    expect(names()).toEqual([
      'started',
      'participant_joined',
      'participant_left',
      'ended',
      'started',
      'participant_joined',
    ])
    expect(second.uuid).not.toBe(first.uuid)
    await stage.sandbox.zoomLeave(visit)
    const report = await stage.zoom.participantsReport(first.uuid!)
    expect(report).toMatchObject({ ok: true, participants: [{ name: 'ravi@example.com', userEmail: '' }] })
    const [row] = report.ok ? report.participants : []
    expect(Temporal.Instant.from(row!.leaveTime).since(Temporal.Instant.from(row!.joinTime)).total('minutes')).toBe(20)
  })

  test('a uuid with slashes in it is found when it is encoded twice', async () => {
    const meeting = await room()
    const uuid = '/abc//def+ghijklmnopqr=='
    const now = stage.clock.now()
    const { pool } = stage.sandbox.world
    await pool.query('insert into sandbox.zoom_run (uuid, meeting_id, started_at, ended_at) values ($1, $2, $3, $3)', [
      uuid,
      meeting.id,
      now,
    ])
    expect(await stage.zoom.participantsReport(uuid)).toEqual({ ok: true, participants: [] })
  })

  test('a host runs one room at a time', async () => {
    const email = await host()
    const [one, two] = [await room(email), await room(email)]
    await stage.sandbox.zoomJoin({ zoomMeetingId: one.id, person: 'a', as: 'guest' })
    await expect(stage.sandbox.zoomJoin({ zoomMeetingId: two.id, person: 'b', as: 'guest' })).rejects.toThrow(
      'another Zoom meeting in progress',
    )
  })

  test('a waiting room holds guests until they are admitted', async () => {
    const meeting = await room(undefined, { waiting_room: true })
    const visited = await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: 'a', as: 'guest' })
    expect(visited.place).toBe('waiting_room')
    expect(await stage.sandbox.zoomAdmit({ zoomMeetingId: meeting.id })).toBe(1)
    await stage.settle()
    expect(names()).toEqual([
      'participant_joined_waiting_room',
      'participant_admitted',
      'participant_left_waiting_room',
      'participant_joined',
    ])
  })

  test('a meeting with a waiting room starts when its host comes', async () => {
    const email = await host()
    const meeting = await room(email, { waiting_room: true })
    await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: 'a', as: 'guest' })
    await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: email, as: 'signed-in' })
    await stage.settle()
    expect(names()).toEqual(['participant_joined_waiting_room', 'started', 'participant_joined'])
  })

  test('without join-before-host people wait outside until the host comes', async () => {
    const email = await host()
    const meeting = await room(email, { join_before_host: false })
    expect((await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: 'a', as: 'guest' })).place).toBe(
      'before_host',
    )
    await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person: email, as: 'signed-in' })
    await stage.settle()
    expect(names()).toEqual([
      'participant_jbh_waiting',
      'started',
      'participant_joined',
      'participant_jbh_joined',
      'participant_joined',
    ])
  })
})

describe('webhooks', () => {
  const comeIn = async (person: string) => {
    const meeting = await room()
    await stage.sandbox.zoomJoin({ zoomMeetingId: meeting.id, person, as: 'guest' })
  }

  test('they are signed', async () => {
    await comeIn('a')
    await stage.settle()
    const [first] = stage.received
    const verdict = verifyZoom({
      secrets: [stage.env.ZOOM_WEBHOOK_SECRET_TOKEN],
      body: Buffer.from(first!.body),
      signature: String(first!.headers['x-zm-signature']),
      timestamp: String(first!.headers['x-zm-request-timestamp']),
      now: stage.clock.now(),
    })
    expect(verdict).toBe('ok')
  })

  test('one that met our 500 or no answer comes again after 5, 25 and 85 minutes, then never', async () => {
    const started = stage.clock.now()
    stage.answers.push(500, 200, 0, 503, 500)
    await comeIn('a')
    await stage.settle()
    expect(names()).toEqual(['started', 'participant_joined'])
    await stage.advance({ hours: 48 })
    const tries = stage.received
      .filter((r) => r.body.includes('"meeting.started"'))
      .map((r) => r.at.since(started).total('minutes'))
    expect(tries).toEqual([0, 5, 25, 85])
    expect(new Set(stage.received.filter((r) => r.body.includes('"meeting.started"')).map((r) => r.body)).size).toBe(1)
  })

  test('one that met a 4xx or a redirect never comes again', async () => {
    stage.answers.push(401, 302)
    await comeIn('a')
    await stage.settle()
    await stage.advance({ hours: 3 })
    expect(stage.received).toHaveLength(2)
  })

  test('late, doubled and forged ones come when asked for', async () => {
    await stage.sandbox.setFault({ vendor: 'zoom', kind: 'late_webhook', count: 1, parameter: 85 })
    await stage.sandbox.setFault({ vendor: 'zoom', kind: 'duplicate_webhook', count: 1 })
    await stage.sandbox.setFault({ vendor: 'zoom', kind: 'forged_webhook', count: 1 })
    const started = stage.clock.now()
    await comeIn('a')
    await stage.settle()
    await stage.advance({ hours: 2 })
    await stage.sandbox.clearFaults()
    const seen = stage.received.map((r) => ({
      event: JSON.parse(r.body).event.replace('meeting.', ''),
      minute: r.at.since(started).total('minutes'),
      verdict: verifyZoom({
        secrets: [stage.env.ZOOM_WEBHOOK_SECRET_TOKEN],
        body: Buffer.from(r.body),
        signature: String(r.headers['x-zm-signature']),
        timestamp: String(r.headers['x-zm-request-timestamp']),
        now: r.at,
      }),
    }))
    expect(seen).toEqual([
      { event: 'started', minute: 0, verdict: 'bad' },
      { event: 'participant_joined', minute: 0, verdict: 'ok' },
      { event: 'started', minute: 85, verdict: 'ok' },
      { event: 'started', minute: 85, verdict: 'ok' },
    ])
  })
})
