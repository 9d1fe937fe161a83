import { sql } from 'kysely'
import type { Database } from '../../database/pool.ts'
import type { Trouble } from '../../vendors/answer.ts'
import type { Zoom } from '../../vendors/zoom.ts'
import { type Applied, trouble } from './applied.ts'
import type { Mirror, MirrorWork } from './index.ts'

type Person = { name: string; email: string }

/**
 * One person's place in a Zoom room: the personal link behind /join, and the id by which Zoom's events name them. It
 * belongs to one meeting; when the room was made anew, so is the link.
 */
export async function applyRegistrant(work: MirrorWork, mirror: Mirror): Promise<Applied> {
  const { zoom } = work.vendors
  if (!zoom) return { done: false, code: 'off', detail: 'Zoom is not configured.', afterSeconds: 3600 }
  const meetingId = await meetingOf(work.db, mirror.session_id)
  const isHere = mirror.remote_id !== null && mirror.remote.meetingId === meetingId

  if (!mirror.wanted) {
    if (isHere && meetingId) {
      const answer = await zoom.deleteRegistrant(meetingId, {
        registrantId: mirror.remote_id as string,
        email: String(mirror.remote.email),
      })
      if (!answer.ok && !isGone(answer)) return trouble(answer)
    }
    return { done: true, remoteId: null }
  }
  if (!meetingId)
    return { done: false, code: 'no_meeting', detail: 'The room is not there yet.', afterSeconds: 60, remoteId: null }
  const person = await personOf(work.db, mirror.owner_id)
  if (!person) return { done: true, remoteId: null }
  if (isHere && mirror.remote.email === person.email)
    return { done: true, remoteId: mirror.remote_id, remote: mirror.remote }
  return register(work, zoom, mirror, meetingId, person)
}

async function register(
  work: MirrorWork,
  zoom: Zoom,
  mirror: Mirror,
  meetingId: string,
  person: Person,
): Promise<Applied> {
  const found = (registrantId: string, joinUrl: string): Applied => ({
    done: true,
    remoteId: registrantId,
    remote: { meetingId, email: person.email, joinUrl },
  })
  if (mirror.intent?.meetingId === meetingId) {
    const listed = await zoom.listRegistrants(meetingId)
    if (!listed.ok) return trouble(listed)
    const own = listed.registrants.find((one) => one.email.toLowerCase() === person.email.toLowerCase())
    if (own) return found(own.registrantId, own.joinUrl)
  }
  await work.intend({ meetingId, email: person.email })
  const [firstName = person.name, ...rest] = person.name.trim().split(/\s+/)
  const answer = await zoom.addRegistrant(meetingId, {
    email: person.email,
    firstName,
    ...(rest.length > 0 ? { lastName: rest.join(' ') } : {}),
  })
  return answer.ok ? found(answer.registrantId, answer.joinUrl) : trouble(answer)
}

const isGone = (answer: Trouble): boolean => answer.code === '3001' || answer.code === 'http_404'

async function meetingOf(db: Database, sessionId: string | null): Promise<string | null> {
  const { rows } = await sql<{ remote_id: string | null }>`
    select remote_id from mirror where session_id = ${sessionId} and kind = 'meeting'`.execute(db)
  return rows[0]?.remote_id ?? null
}

async function personOf(db: Database, participantId: string | null): Promise<Person | undefined> {
  const { rows } = await sql<Person>`
    select a.name, a.email from session_participant p join account a on a.id = p.account_id where p.id = ${participantId}`.execute(
    db,
  )
  return rows[0]
}
