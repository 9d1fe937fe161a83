import { createHash, randomBytes, randomInt } from 'node:crypto'
import type pg from 'pg'
import { Refusal } from '../errors.ts'
import { enqueue } from './queue.ts'
import { findPerson, meetingsOfSession, ownerOfRegistrant, type Person, registrantsOf } from './who.ts'
import { inTransaction, isoSeconds, type Row, row, rows, type World } from './world.ts'
import { zoomUuid } from './zoom-api.ts'

/** How somebody comes in: it decides what Zoom can tell about them. */
export type JoinAs = 'registrant' | 'signed-in' | 'guest' | 'phone'
export type Visit = {
  sessionId?: string
  zoomMeetingId?: string
  /** Id, address, number or name of one of the product's people; for strangers any word. */
  person: string
  as?: JoinAs
  /** The name shown in the room, when it is not the person's own. */
  name?: string
  /** For `signed-in`: another account than the person's usual address. */
  email?: string
}
export type Visited = { zoomMeetingId: string; uuid: string | null; place: 'room' | 'waiting_room' | 'before_host' }

type Participant = {
  user_id: string
  user_name: string
  id: string
  participant_user_id: string
  participant_uuid: string
  email: string
  registrant_id?: string
  phone_number?: string
}
type Announcement = { event: string; meeting: Row; uuid: string | null; more?: object; participant?: object }

/** The rooms themselves: who comes, waits and leaves, and the webhooks that follow. */
export function zoomRooms(world: World) {
  return {
    join: (visit: Visit): Promise<Visited> => join(world, visit),
    leave: (visit: Pick<Visit, 'sessionId' | 'zoomMeetingId' | 'person'>): Promise<Visited> => leave(world, visit),
    /** The host lets everybody in the waiting room in. */
    admit: (visit: Pick<Visit, 'sessionId' | 'zoomMeetingId'>): Promise<number> => admit(world, visit),
    /** The host ends the meeting for all. */
    end: (visit: Pick<Visit, 'sessionId' | 'zoomMeetingId'>): Promise<void> => endForAll(world, visit),
  }
}

async function join(world: World, visit: Visit): Promise<Visited> {
  const person = await findPerson(world.pool, visit.person)
  const key = await keyOf(world, visit.person, person)
  const meeting = await roomOf(world, visit, person, key)
  const { participant, isHost } = await introduce(world, meeting, visit, person)
  const now = world.clock.now()
  const said: Announcement[] = []

  const visited = await inTransaction(world.pool, async (tx): Promise<Visited> => {
    await tx.query('select 1 from sandbox.zoom_meeting where id = $1 for update', [meeting.id])
    const here = await row(
      tx,
      'select place, uuid from sandbox.zoom_presence where meeting_id = $1 and person = $2 and left_at is null',
      meeting.id,
      key,
    )
    if (here) return { zoomMeetingId: String(meeting.id), uuid: here.uuid, place: here.place }

    const running = await row(
      tx,
      'select uuid from sandbox.zoom_run where meeting_id = $1 and ended_at is null',
      meeting.id,
    )
    const { waiting_room: waitingRoom, join_before_host: beforeHost, jbh_time: minutes } = meeting.settings
    const early = minutes > 0 && now.epochMilliseconds < meeting.start_time.epochMilliseconds - minutes * 60_000
    if (!isHost && !running && !waitingRoom && (!beforeHost || early)) {
      await enter(tx, meeting, null, key, 'before_host', participant, isHost, now)
      said.push({
        event: 'meeting.participant_jbh_waiting',
        meeting,
        uuid: meeting.uuid,
        participant: { id: participant.id, user_name: participant.user_name },
      })
      return { zoomMeetingId: String(meeting.id), uuid: null, place: 'before_host' }
    }
    const uuid = running?.uuid ?? (await start(tx, meeting, now))
    // People in the waiting room alone have not started anything.
    const open = await row(tx, "select 1 from sandbox.zoom_presence where uuid = $1 and place = 'room' limit 1", uuid)
    if (!open && !(waitingRoom && !isHost)) said.push({ event: 'meeting.started', meeting, uuid })
    if (waitingRoom && !isHost) {
      await enter(tx, meeting, uuid, key, 'waiting_room', participant, isHost, now)
      said.push({
        event: 'meeting.participant_joined_waiting_room',
        meeting,
        uuid,
        participant: { ...participant, date_time: isoSeconds(now) },
      })
      return { zoomMeetingId: String(meeting.id), uuid, place: 'waiting_room' }
    }
    await enter(tx, meeting, uuid, key, 'room', participant, isHost, now)
    said.push({
      event: 'meeting.participant_joined',
      meeting,
      uuid,
      participant: { ...participant, join_time: isoSeconds(now) },
    })
    if (isHost) said.push(...(await letIn(tx, meeting, uuid, 'before_host', now)))
    return { zoomMeetingId: String(meeting.id), uuid, place: 'room' }
  })
  await announce(world, said)
  return visited
}

async function leave(world: World, visit: Pick<Visit, 'sessionId' | 'zoomMeetingId' | 'person'>): Promise<Visited> {
  const person = await findPerson(world.pool, visit.person)
  const key = await keyOf(world, visit.person, person)
  const meeting = await roomOf(world, visit, person, key)
  const now = world.clock.now()
  const said: Announcement[] = []
  const visited = await inTransaction(world.pool, async (tx): Promise<Visited> => {
    await tx.query('select 1 from sandbox.zoom_meeting where id = $1 for update', [meeting.id])
    const gone = await row(
      tx,
      'update sandbox.zoom_presence set left_at = $3 where meeting_id = $1 and person = $2 and left_at is null returning *',
      meeting.id,
      key,
      now,
    )
    if (!gone) throw new Refusal('not_possible', `${person?.name ?? visit.person} is not in this Zoom meeting.`)
    said.push(farewell(meeting, gone, now))
    const left = await row(
      tx,
      "select count(*)::int as n from sandbox.zoom_presence where uuid = $1 and place <> 'before_host' and left_at is null",
      gone.uuid,
    )
    if (gone.uuid && left?.n === 0) said.push(await finish(tx, meeting, gone.uuid, now))
    return { zoomMeetingId: String(meeting.id), uuid: gone.uuid, place: gone.place }
  })
  await announce(world, said)
  return visited
}

async function admit(world: World, visit: Pick<Visit, 'sessionId' | 'zoomMeetingId'>): Promise<number> {
  const meeting = await roomOf(world, visit, null, '')
  const now = world.clock.now()
  const said = await inTransaction(world.pool, async (tx) => {
    const running = await row(
      tx,
      'select uuid from sandbox.zoom_run where meeting_id = $1 and ended_at is null',
      meeting.id,
    )
    return running ? letIn(tx, meeting, running.uuid, 'waiting_room', now) : []
  })
  await announce(world, said)
  return said.filter((a) => a.event === 'meeting.participant_joined').length
}

async function endForAll(world: World, visit: Pick<Visit, 'sessionId' | 'zoomMeetingId'>): Promise<void> {
  const meeting = await roomOf(world, visit, null, '')
  const now = world.clock.now()
  const said = await inTransaction(world.pool, async (tx) => {
    const running = await row(
      tx,
      'select uuid from sandbox.zoom_run where meeting_id = $1 and ended_at is null for update',
      meeting.id,
    )
    if (!running) return []
    const gone = await rows(
      tx,
      'update sandbox.zoom_presence set left_at = $2 where uuid = $1 and left_at is null returning *',
      running.uuid,
      now,
    )
    return [...gone.map((presence) => farewell(meeting, presence, now)), await finish(tx, meeting, running.uuid, now)]
  })
  await announce(world, said)
}

// Somebody is one person in a room, whether called by name, by id or by their personal link.
async function keyOf(world: World, who: string, person: Person | null): Promise<string> {
  if (person) return person.id
  const registrant = await row(world.pool, 'select id from sandbox.zoom_registrant where token = $1', who)
  return (registrant && (await ownerOfRegistrant(world.pool, registrant.id))) ?? who
}

// A person of the product joins the meeting that has their personal link; everybody else the session's current one.
async function roomOf(
  world: World,
  visit: Pick<Visit, 'sessionId' | 'zoomMeetingId'>,
  person: Person | null,
  key: string,
): Promise<Row> {
  const ids = visit.zoomMeetingId ? [visit.zoomMeetingId] : await meetingsOfSession(world.pool, visit.sessionId ?? '')
  const open = await rows(
    world.pool,
    `select m.*, exists (select from sandbox.zoom_presence p where p.meeting_id = m.id and p.person = $2 and p.left_at is null) as inside
     from sandbox.zoom_meeting m where m.id::text = any($1) and m.deleted_at is null`,
    ids,
    key,
  )
  const mine = person
    ? new Set(
        (
          await rows(
            world.pool,
            "select meeting_id from sandbox.zoom_registrant where status = 'approved' and email = $1",
            person.email,
          )
        ).map((r) => r.meeting_id),
      )
    : new Set()
  const rank = (m: Row) => (m.inside ? 0 : mine.has(m.id) ? 1 : 2)
  const found = open.sort((a, b) => rank(a) - rank(b) || ids.indexOf(String(a.id)) - ids.indexOf(String(b.id)))[0]
  if (!found) throw new Refusal('not_found', 'There is no Zoom meeting for this session (yet).')
  return found
}

// What Zoom knows of somebody. An address is shown for users of the account, and for those who typed it at registration.
async function introduce(
  world: World,
  meeting: Row,
  visit: Visit,
  person: Person | null,
): Promise<{ participant: Participant; isHost: boolean }> {
  const name = visit.name ?? person?.name ?? visit.person
  const fresh = {
    user_id: String(randomInt(16_777_216, 33_554_432)),
    participant_uuid: randomBytes(16).toString('hex').toUpperCase(),
  }
  const nobody = { ...fresh, user_name: name, id: '', participant_user_id: '', email: '' }
  switch (visit.as ?? 'registrant') {
    case 'registrant': {
      const registrant = await registration(world, meeting, visit, person)
      if (!registrant) throw new Refusal('not_possible', `${name} has no personal link for this Zoom meeting.`)
      // Somebody who is signed in to the account and opens their own link is known by both.
      const own = await row(world.pool, 'select id from sandbox.zoom_user where email = $1', registrant.email)
      const shown = visit.name ?? `${registrant.first_name} ${registrant.last_name}`.trim()
      const ids = own ? { id: own.id, participant_user_id: own.id } : {}
      return {
        participant: { ...nobody, ...ids, user_name: shown, email: registrant.email, registrant_id: registrant.id },
        isHost: own?.id === meeting.host_id,
      }
    }
    case 'signed-in': {
      const email = (visit.email ?? person?.email ?? visit.person).toLowerCase()
      const own = await row(world.pool, 'select id from sandbox.zoom_user where email = $1', email)
      const id = own?.id ?? createHash('sha256').update(email).digest('base64url').slice(0, 22)
      return { participant: { ...nobody, id, participant_user_id: id, email }, isHost: id === meeting.host_id }
    }
    case 'phone': {
      const number = (person?.phone ?? '15550100').replace(/\D/g, '')
      return { participant: { ...nobody, user_name: visit.name ?? number, phone_number: number }, isHost: false }
    }
    case 'guest':
      return { participant: nobody, isHost: false }
  }
}

async function registration(world: World, meeting: Row, visit: Visit, person: Person | null): Promise<Row | undefined> {
  const held = person ? await registrantsOf(world.pool, person.id) : []
  return row(
    world.pool,
    `select * from sandbox.zoom_registrant where meeting_id = $1 and status = 'approved'
       and (id = any($2) or email = $3 or token = $4) order by (id = any($2)) desc limit 1`,
    meeting.id,
    held,
    person?.email ?? visit.person.toLowerCase(),
    visit.person,
  )
}

// A host runs one meeting at a time: the room of another cannot be opened meanwhile.
async function start(tx: pg.PoolClient, meeting: Row, now: Temporal.Instant): Promise<string> {
  await tx.query('select 1 from sandbox.zoom_user where id = $1 for update', [meeting.host_id])
  const other = await row(
    tx,
    'select m.id from sandbox.zoom_run r join sandbox.zoom_meeting m on m.id = r.meeting_id where m.host_id = $1 and r.ended_at is null limit 1',
    meeting.host_id,
  )
  if (other)
    throw new Refusal('not_possible', 'The host has another Zoom meeting in progress.', {
      zoomMeetingId: String(other.id),
    })
  const uuid = zoomUuid()
  await rows(
    tx,
    'insert into sandbox.zoom_run (uuid, meeting_id, started_at) values ($1, $2, $3)',
    uuid,
    meeting.id,
    now,
  )
  await rows(tx, 'update sandbox.zoom_meeting set uuid = $2 where id = $1', meeting.id, uuid)
  return uuid
}

async function finish(tx: pg.PoolClient, meeting: Row, uuid: string, now: Temporal.Instant): Promise<Announcement> {
  await rows(tx, 'update sandbox.zoom_run set ended_at = $2 where uuid = $1', uuid, now)
  return { event: 'meeting.ended', meeting, uuid, more: { end_time: isoSeconds(now) } }
}

async function letIn(
  tx: pg.PoolClient,
  meeting: Row,
  uuid: string,
  from: 'before_host' | 'waiting_room',
  now: Temporal.Instant,
): Promise<Announcement[]> {
  const waiting = await rows(
    tx,
    'update sandbox.zoom_presence set left_at = $3 where meeting_id = $1 and place = $2 and left_at is null returning *',
    meeting.id,
    from,
    now,
  )
  const said: Announcement[] = []
  for (const { person, participant, is_host } of waiting) {
    const at = { date_time: isoSeconds(now) }
    await enter(tx, meeting, uuid, person, 'room', participant, is_host, now)
    if (from === 'waiting_room') {
      said.push({ event: 'meeting.participant_admitted', meeting, uuid, participant: { ...participant, ...at } })
      said.push({
        event: 'meeting.participant_left_waiting_room',
        meeting,
        uuid,
        participant: { ...participant, ...at },
      })
    } else {
      const { id, user_name, registrant_id } = participant
      said.push({
        event: 'meeting.participant_jbh_joined',
        meeting,
        uuid,
        participant: { id, user_name, ...(registrant_id ? { registrant_id } : {}) },
      })
    }
    said.push({
      event: 'meeting.participant_joined',
      meeting,
      uuid,
      participant: { ...participant, join_time: isoSeconds(now) },
    })
  }
  return said
}

function farewell(meeting: Row, { place, uuid, participant }: Row, now: Temporal.Instant): Announcement {
  if (place === 'before_host') {
    const { id, user_name, registrant_id } = participant
    return {
      event: 'meeting.participant_jbh_waiting_left',
      meeting,
      uuid: meeting.uuid,
      participant: { id, user_name, ...(registrant_id ? { registrant_id } : {}) },
    }
  }
  if (place === 'waiting_room') {
    return {
      event: 'meeting.participant_left_waiting_room',
      meeting,
      uuid,
      participant: { ...participant, date_time: isoSeconds(now) },
    }
  }
  const reason = `${participant.user_name} left the meeting.<br>Reason: left the meeting.`
  return {
    event: 'meeting.participant_left',
    meeting,
    uuid,
    participant: { ...participant, leave_time: isoSeconds(now), leave_reason: reason },
  }
}

async function enter(
  tx: pg.PoolClient,
  meeting: Row,
  uuid: string | null,
  person: string,
  place: Visited['place'],
  participant: Participant,
  isHost: boolean,
  now: Temporal.Instant,
): Promise<void> {
  await rows(
    tx,
    'insert into sandbox.zoom_presence (uuid, meeting_id, person, place, participant, is_host, came_at) values ($1, $2, $3, $4, $5, $6, $7)',
    uuid,
    meeting.id,
    person,
    place,
    participant,
    isHost,
    now,
  )
}

async function announce(world: World, said: Announcement[]): Promise<void> {
  for (const { event, meeting, uuid, more, participant } of said) {
    // Zoom writes the id as text in these events, only this one has it as a number.
    const id = event === 'meeting.participant_jbh_waiting_left' ? meeting.id : String(meeting.id)
    const object = {
      id,
      uuid: uuid ?? meeting.uuid,
      host_id: meeting.host_id,
      topic: meeting.topic,
      type: 2,
      start_time: isoSeconds(meeting.start_time),
      timezone: 'UTC',
      duration: meeting.duration,
      ...more,
      ...(participant ? { participant } : {}),
    }
    const body = {
      event,
      event_ts: world.clock.now().epochMilliseconds,
      payload: { account_id: world.env.ZOOM_ACCOUNT_ID, object },
    }
    await enqueue(world, { vendor: 'zoom', path: '/webhooks/zoom', body: JSON.stringify(body), headers: zoomHeaders() })
  }
}

export const zoomHeaders = (): Record<string, string> => ({
  'content-type': 'application/json; charset=utf-8',
  'user-agent': 'Zoom Marketplace/1.0a',
  'x-zm-request-id': randomBytes(8).toString('hex'),
  'x-zm-trackingid': `v=2.0;clid=sandbox;rid=WEB_${randomBytes(16).toString('hex')}`,
})
