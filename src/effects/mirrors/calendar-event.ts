import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { calendarCredential, markBroken } from '../../calendar/credential.ts'
import type { Database } from '../../database/pool.ts'
import { linkToken } from '../../links.ts'
import type { Answer } from '../../vendors/answer.ts'
import type { GoogleCalendar, GoogleCredential, GoogleEvent } from '../../vendors/google-calendar.ts'
import { type Applied, trouble } from './applied.ts'
import type { Mirror, MirrorWork } from './index.ts'

/** What the playbook wants in a calendar. `conference`: this event makes the Meet link of its session. */
type Wanted = {
  title: string
  startsAt: string
  endsAt: string
  timeZone: string
  connectionId: string
  conference: boolean
}
type Owner = { connection_id: string; calendar_id: string; participant_id: string | null; revision: number }
type Work = { google: GoogleCalendar; credential: GoogleCredential; owner: Owner; mirror: Mirror; work: MirrorWork }

/**
 * One session in one person's own calendar, written with the connection that made it and no other. The event's id is of
 * our making, so a repeated insert finds itself; `If-Match` keeps us from writing over what somebody just changed.
 */
export async function applyCalendarEvent(work: MirrorWork, mirror: Mirror, now: Temporal.Instant): Promise<Applied> {
  const { google, people } = work.vendors
  const owner = await ownerOf(work.db, mirror)
  // Disconnected or never there: what we wrote stays the person's own, and nothing new is written.
  if (!owner || !google || !people)
    return { done: true, remoteId: mirror.wanted ? null : mirror.remote_id, remote: mirror.remote }
  const credential = await calendarCredential(
    { db: work.db, clock: work.clock, secret: work.secret, people },
    owner.connection_id,
  )
  if (!credential)
    return { done: false, code: 'not_connected', detail: 'The calendar must be connected again.', afterSeconds: 3600 }

  const job = { google, credential, owner, mirror, work }
  const applied = await (mirror.wanted ? (mirror.remote_id ? change(job) : insert(job)) : remove(job))
  if (!applied.done && applied.code === 'invalid_grant')
    await markBroken(work.db, owner.connection_id, applied.code, now)
  return applied
}

async function insert(job: Work): Promise<Applied> {
  const { google, credential, owner, mirror, work } = job
  const id = eventId(mirror, mirror.generation)
  await work.intend({ eventId: id }, owner.connection_id)
  const answer = await google.insert(credential, owner.calendar_id, { id, ...body(job, 'new') })
  if (answer.ok) return written(job, answer.event)
  if (answer.code !== 'duplicate') return trouble(answer)

  // The id exists: our own insert whose answer was lost, an event that was deleted, or somebody else's.
  const there = await google.get(credential, owner.calendar_id, id)
  if (!there.ok) return trouble(there)
  if (there.event.extendedProperties?.private?.punctual !== mirror.key) {
    return {
      done: false,
      code: 'foreign_id',
      detail: 'Another event has our id.',
      afterSeconds: 1,
      generation: mirror.generation + 1,
    }
  }
  return afterPatch(
    job,
    await google.patch(
      credential,
      owner.calendar_id,
      id,
      { ...body(job, 'same'), status: 'confirmed' },
      there.event.etag ?? undefined,
    ),
  )
}

async function change(job: Work): Promise<Applied> {
  const { google, credential, owner, mirror } = job
  const id = mirror.remote_id as string
  if (mirror.remote.meetPendingFor && isSame(mirror.remote.meetPendingFor, mirror.wanted)) return reread(job)
  const patch = (etag: string | undefined) =>
    google.patch(credential, owner.calendar_id, id, { ...body(job, 'same'), status: 'confirmed' }, etag)

  let answer = await patch(etagOf(mirror))
  if (!answer.ok && answer.code === 'conditionNotMet') {
    const fresh = await google.get(credential, owner.calendar_id, id)
    if (!fresh.ok) return trouble(fresh)
    answer = await patch(fresh.event.etag ?? undefined)
  }
  if (!answer.ok && (answer.code === 'notFound' || answer.code === 'deleted')) {
    return insert({ ...job, mirror: { ...mirror, remote_id: null, generation: mirror.generation + 1 } })
  }
  return afterPatch(job, answer)
}

async function remove({ google, credential, owner, mirror }: Work): Promise<Applied> {
  const id = mirror.remote_id ?? (mirror.intent ? String(mirror.intent.eventId) : null)
  if (id) {
    const answer = await google.remove(credential, owner.calendar_id, id)
    if (!answer.ok) return trouble(answer)
  }
  return { done: true, remoteId: null, generation: mirror.generation + 1 }
}

const afterPatch = (job: Work, answer: Answer<{ event: GoogleEvent }>): Applied =>
  answer.ok ? written(job, answer.event) : trouble(answer)

/** A Meet link may still be under way: the event is read again until it is there. */
function written({ mirror, owner }: Work, event: GoogleEvent): Applied {
  const wantsMeet = (mirror.wanted as Wanted | null)?.conference === true
  const status = event.conferenceData?.createRequest?.status?.statusCode
  const meetUrl =
    event.hangoutLink ?? event.conferenceData?.entryPoints?.find((entry) => entry.entryPointType === 'video')?.uri
  const isPending = wantsMeet && !meetUrl && status !== 'failure'
  const remote = {
    etag: event.etag ?? null,
    updated: event.updated ?? null,
    ...(meetUrl ? { meetUrl } : {}),
    ...(isPending ? { meetPendingFor: mirror.wanted } : {}),
  }
  const known = { remoteId: event.id ?? mirror.remote_id, remote, generation: mirror.generation }
  if (isPending)
    return {
      done: false,
      code: 'meet_pending',
      detail: 'Google is still making the Meet link.',
      afterSeconds: 5,
      ...known,
    }
  return { done: true, credentialId: owner.connection_id, ...known }
}

async function reread(job: Work): Promise<Applied> {
  const answer = await job.google.get(job.credential, job.owner.calendar_id, job.mirror.remote_id as string)
  return answer.ok ? written(job, answer.event) : trouble(answer)
}

function body({ mirror, owner, work }: Work, event: 'new' | 'same'): GoogleEvent {
  const wanted = mirror.wanted as Wanted
  const join =
    owner.participant_id &&
    `${work.publicUrl}/join/${linkToken(work.secret, { purpose: 'join', subjectId: owner.participant_id, revision: owner.revision })}`
  const asksForMeet = wanted.conference && (event === 'new' || mirror.remote.meetUrl === undefined)
  return {
    summary: wanted.title,
    ...(join ? { description: join, location: join } : {}),
    start: { dateTime: wanted.startsAt, timeZone: wanted.timeZone },
    end: { dateTime: wanted.endsAt, timeZone: wanted.timeZone },
    extendedProperties: { private: { punctual: mirror.key } },
    ...(asksForMeet
      ? {
          conferenceData: {
            createRequest: {
              requestId: eventId(mirror, mirror.generation),
              conferenceSolutionKey: { type: 'hangoutsMeet' },
            },
          },
        }
      : {}),
  }
}

// Both come from jsonb columns, which keep one order of fields.
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const etagOf = (mirror: Mirror): string | undefined =>
  typeof mirror.remote.etag === 'string' ? mirror.remote.etag : undefined

/** Session, calendar and generation as base32hex: the alphabet that Google allows for ids of our own (a-v, 0-9). */
export function eventId(mirror: Pick<Mirror, 'key' | 'session_id'>, generation: number): string {
  const digest = createHash('sha256').update(`${mirror.session_id} ${mirror.key} ${generation}`).digest()
  return BigInt(`0x${digest.toString('hex')}`)
    .toString(32)
    .padStart(52, '0')
}

/** The connection that made it, else the one that the wish names; none when that has been disconnected. */
async function ownerOf(db: Database, mirror: Mirror): Promise<Owner | undefined> {
  const { rows } = await sql<Owner>`
    select k.id as connection_id, k.calendar_id, p.id as participant_id, s.revision
    from calendar_connection k
    join session s on s.id = ${mirror.session_id}
    left join lateral (select id from session_participant p where p.session_id = s.id and p.account_id = k.account_id order by p.left_at nulls first limit 1) p on true
    where k.disconnected_at is null and case when ${mirror.credential_id}::uuid is not null then k.id = ${mirror.credential_id}
      else k.id = ${(mirror.wanted as Wanted | null)?.connectionId ?? null}::uuid end`.execute(db)
  return rows[0]
}
