import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import type { Trouble } from '../../vendors/answer.ts'
import type { Zoom, ZoomMeetingWish } from '../../vendors/zoom.ts'
import { type Applied, trouble } from './applied.ts'
import type { Mirror, MirrorWork } from './index.ts'

type Wanted = { topic: string; startsAt: string; endsAt: string }
type Host = { id: string; zoom_user: string }

/**
 * A session's Zoom room. A hundred creates and changes a day are all that Zoom allows a host, so a reschedule changes the
 * room that is there; only a room at another host, or one that somebody deleted, is made anew.
 */
export async function applyMeeting(work: MirrorWork, mirror: Mirror, now: Temporal.Instant): Promise<Applied> {
  const { zoom } = work.vendors
  if (!zoom)
    return mirror.remote_id || mirror.wanted
      ? later('off', 'Zoom is not configured.', 3600)
      : { done: true, remoteId: null }
  if (!mirror.wanted) return remove(zoom, mirror, now)

  const host = await hostOf(work.db, mirror.session_id)
  if (!host) return later('no_host', 'The session has no Zoom host.', 600)
  const wish = wishOf(mirror.wanted as Wanted, mirror)
  if (mirror.remote_id && mirror.credential_id === host.id) {
    const changed = await zoom.updateMeeting(mirror.remote_id, wish)
    if (changed.ok) return { done: true, remoteId: mirror.remote_id, remote: mirror.remote }
    if (!isGone(changed)) return trouble(changed)
    return create(work, zoom, { ...mirror, generation: mirror.generation + 1, intent: null }, host)
  }
  if (mirror.remote_id) {
    const left = await zoom.deleteMeeting(mirror.remote_id)
    if (!left.ok && !isGone(left)) return trouble(left)
    return create(work, zoom, { ...mirror, generation: mirror.generation + 1, intent: null }, host)
  }
  return create(work, zoom, mirror, host)
}

async function create(work: MirrorWork, zoom: Zoom, mirror: Mirror, host: Host): Promise<Applied> {
  const marker = markerOf(mirror)
  // An earlier create whose answer was lost, perhaps at another host.
  if (mirror.intent) {
    const found = await findByMarker(zoom, String(mirror.intent.zoomUser), String(mirror.intent.marker))
    if (!found.ok) return trouble(found)
    if (found.meeting && mirror.intent.hostId === host.id) {
      const changed = await zoom.updateMeeting(found.meeting.id, wishOf(mirror.wanted as Wanted, mirror))
      return changed.ok ? made(found.meeting, host, mirror) : trouble(changed)
    }
    if (found.meeting) {
      const left = await zoom.deleteMeeting(found.meeting.id)
      if (!left.ok && !isGone(left)) return trouble(left)
    }
  }
  await work.intend({ marker, hostId: host.id, zoomUser: host.zoom_user }, host.id, mirror.generation)
  const answer = await zoom.createMeeting(host.zoom_user, wishOf(mirror.wanted as Wanted, mirror))
  if (!answer.ok) return { ...trouble(answer), remoteId: null, generation: mirror.generation }
  return made(answer.meeting, host, mirror)
}

const made = (
  meeting: { id: string; uuid: string; hostId: string; joinUrl: string },
  host: Host,
  mirror: Mirror,
): Applied => ({
  done: true,
  remoteId: meeting.id,
  remote: { uuid: meeting.uuid, hostId: meeting.hostId, joinUrl: meeting.joinUrl },
  credentialId: host.id,
  generation: mirror.generation,
})

async function remove(zoom: Zoom, mirror: Mirror, now: Temporal.Instant): Promise<Applied> {
  if (mirror.keep_until && Temporal.Instant.compare(now, mirror.keep_until) < 0) {
    return later('kept', 'Its links still redirect.', mirror.keep_until.since(now).total('seconds'))
  }
  let id = mirror.remote_id
  if (!id && mirror.intent) {
    const found = await findByMarker(zoom, String(mirror.intent.zoomUser), String(mirror.intent.marker))
    if (!found.ok) return trouble(found)
    id = found.meeting?.id ?? null
  }
  if (id) {
    const answer = await zoom.deleteMeeting(id)
    if (!answer.ok && !isGone(answer)) return trouble(answer)
  }
  return { done: true, remoteId: null, generation: mirror.generation + 1 }
}

async function findByMarker(zoom: Zoom, zoomUser: string, marker: string) {
  const listed = await zoom.listMeetings(zoomUser)
  if (!listed.ok) return listed
  return { ok: true as const, meeting: listed.meetings.find((meeting) => meeting.agenda?.includes(marker)) }
}

// Zoom has no idempotency key: this line in the agenda is how a room is known again.
const markerOf = (mirror: Mirror): string => `punctual:${mirror.id}:${mirror.generation}`

function wishOf(wanted: Wanted, mirror: Mirror): ZoomMeetingWish {
  const startsAt = Temporal.Instant.from(wanted.startsAt)
  const minutes = Temporal.Instant.from(wanted.endsAt).since(startsAt).total('minutes')
  return { topic: wanted.topic, agenda: markerOf(mirror), startsAt, durationMinutes: Math.ceil(minutes) }
}

// 3001: the meeting does not exist (any more); a plain 404 says the same.
const isGone = (answer: Trouble): boolean => answer.code === '3001' || answer.code === 'http_404'

const later = (code: string, detail: string, afterSeconds?: number): Applied => ({
  done: false,
  code,
  detail,
  ...(afterSeconds === undefined ? {} : { afterSeconds }),
})
async function hostOf(db: Database, sessionId: string | null): Promise<Host | undefined> {
  const { rows } = await sql<Host>`
    select h.id, h.zoom_user from session s join zoom_host h on h.id = s.host_id where s.id = ${sessionId}`.execute(db)
  return rows[0]
}
