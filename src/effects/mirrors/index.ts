import { sql } from 'kysely'
import { keepCases } from '../../cases.ts'
import { transact } from '../../database/transaction.ts'
import { newId } from '../../ids.ts'
import { rematch } from '../../meetings/meeting-event.ts'
import { LEASE, type Needs } from '../needs.ts'
import type { VendorName } from '../vendor-health.ts'
import { wakeSession } from '../wake.ts'
import type { Applied } from './applied.ts'
import { applyCalendarEvent } from './calendar-event.ts'
import { applyMeeting } from './meeting.ts'
import { applyRegistrant } from './registrant.ts'
import { applySlackCard } from './slack-card.ts'

export type Mirror = {
  id: string
  kind: 'meeting' | 'registrant' | 'calendar_event' | 'slack_card'
  key: string
  session_id: string | null
  owner_id: string | null
  credential_id: string | null
  wanted: Record<string, unknown> | null
  wanted_at: Temporal.Instant
  applied: Record<string, unknown> | null
  remote_id: string | null
  remote: Record<string, unknown>
  generation: number
  intent: Record<string, unknown> | null
  keep_until: Temporal.Instant | null
  failures: number
  token: string
}

export type MirrorWork = Needs & {
  /** Writes what a create is about to make, and renews the lease: after a lost answer it is looked for by this. */
  intend(intent: Record<string, unknown>, credentialId?: string | null, generation?: number): Promise<void>
}

const APPLY: Record<Mirror['kind'], (work: MirrorWork, mirror: Mirror, now: Temporal.Instant) => Promise<Applied>> = {
  meeting: applyMeeting,
  registrant: applyRegistrant,
  calendar_event: applyCalendarEvent,
  slack_card: applySlackCard,
}

/** A registrant waits for its meeting: it is due when there is a room to register in, or when it should go. */
export const isClaimable = sql`(
  mirror.kind <> 'registrant' or mirror.wanted is null or exists (
    select from mirror meeting where meeting.kind = 'meeting' and meeting.session_id = mirror.session_id and meeting.remote_id is not null))`

export const VENDOR_OF: Record<Mirror['kind'], VendorName> = {
  meeting: 'zoom',
  registrant: 'zoom',
  calendar_event: 'google',
  slack_card: 'slack',
}
const KINDS = Object.keys(VENDOR_OF) as Mirror['kind'][]

/**
 * One worker at a time for each mirror. Returns each as work to do; its end is recorded by `applyMirror`. What a vendor that
 * rests should hold waits with it, and counts as no failure; a vendor on trial is asked for one thing only.
 */
export async function claimMirrors(needs: Needs, now: Temporal.Instant, limit: number): Promise<Mirror[]> {
  const { health } = needs
  if (!health) return claimUpTo(needs, now, limit)
  for (const kind of KINDS) {
    const seconds = health.secondsToRest(VENDOR_OF[kind])
    if (seconds > 0) await putBack(needs, kind, now, now.add({ seconds }))
  }
  const isTrial = KINDS.some((kind) => health.isOnTrial(VENDOR_OF[kind]))
  const claimed = await claimUpTo(needs, now, isTrial ? 1 : limit)
  for (const { kind } of claimed) health.tried(VENDOR_OF[kind])
  return claimed
}

async function putBack(
  { db }: Needs,
  kind: Mirror['kind'],
  now: Temporal.Instant,
  until: Temporal.Instant,
): Promise<void> {
  await sql`
    update mirror set next_attempt_at = ${until} where id in (
      select id from mirror where next_attempt_at <= ${now} and kind = ${kind} and lease_token is null for update skip locked)`.execute(
    db,
  )
}

async function claimUpTo({ db, clock }: Needs, now: Temporal.Instant, limit: number): Promise<Mirror[]> {
  const token = newId()
  const elapsed = clock.elapsed()
  const { rows } = await sql<Mirror>`
    with due as (
      select id from mirror
      where next_attempt_at <= ${now} and (lease_until is null or lease_until < ${elapsed}) and ${isClaimable}
      order by next_attempt_at, wanted_at, id limit ${limit}
      for update skip locked
    )
    update mirror set lease_token = ${token}, lease_until = ${elapsed.add(LEASE)} from due where mirror.id = due.id
    returning mirror.*, lease_token as token`.execute(db)
  return rows
}

export async function applyMirror(needs: Needs, mirror: Mirror): Promise<void> {
  const work: MirrorWork = {
    ...needs,
    intend: (intent, credentialId = mirror.credential_id, generation = mirror.generation) =>
      intend(needs, mirror, intent, credentialId, generation),
  }
  const applied = await APPLY[mirror.kind](work, mirror, needs.clock.now()).catch(
    (error): Applied => ({
      done: false,
      code: 'bug',
      detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    }),
  )
  if (applied.done || applied.kind) needs.health?.heard(VENDOR_OF[mirror.kind], troubleIn(applied))
  await finish(needs, mirror, applied, needs.clock.now())
}

const troubleIn = (applied: Applied) =>
  applied.done || !applied.kind ? null : { kind: applied.kind, code: applied.code }

async function intend(
  { db, clock }: Needs,
  mirror: Mirror,
  intent: Record<string, unknown>,
  credentialId: string | null,
  generation: number,
): Promise<void> {
  const { numAffectedRows } = await sql`
    update mirror set intent = ${JSON.stringify(intent)}::jsonb, credential_id = ${credentialId}, generation = ${generation}, lease_until = ${clock.elapsed().add(LEASE)}
    where id = ${mirror.id} and lease_token = ${mirror.token}`.execute(db)
  if (numAffectedRows !== 1n) throw new Error('The lease of this mirror was lost before its create.')
}

const FAILURES_BEFORE_CASE = 6

/**
 * Writes how it ended, if the lease is still ours. A wish that changed meanwhile is due at once. What the vendor told us
 * (a registrant's id, a link, a failure) is a fact: the session wakes.
 */
async function finish(needs: Needs, mirror: Mirror, applied: Applied, now: Temporal.Instant): Promise<void> {
  await transact(needs.db, async (tx) => {
    if (mirror.session_id)
      await sql`select 1 from session where id = ${mirror.session_id} for no key update`.execute(tx)
    const remoteId = applied.remoteId === undefined ? mirror.remote_id : applied.remoteId
    const remote = JSON.stringify(applied.remote ?? (remoteId === null ? {} : mirror.remote))
    const generation = applied.generation ?? mirror.generation
    const failures = !applied.done && applied.untried ? mirror.failures : mirror.failures + 1
    const { numAffectedRows } = applied.done
      ? await sql`
          update mirror set applied = ${mirror.wanted === null ? null : JSON.stringify(mirror.wanted)}::jsonb, applied_at = ${now}, remote_id = ${remoteId},
            remote = ${remote}::jsonb, credential_id = ${applied.credentialId === undefined ? mirror.credential_id : applied.credentialId},
            generation = ${generation}, intent = null, failures = 0, last_error = null, lease_token = null, lease_until = null,
            next_attempt_at = case when wanted is distinct from ${mirror.wanted === null ? null : JSON.stringify(mirror.wanted)}::jsonb then ${now}::timestamptz end
          where id = ${mirror.id} and lease_token = ${mirror.token}`.execute(tx)
      : await sql`
          update mirror set remote_id = ${remoteId}, remote = ${remote}::jsonb, generation = ${generation}, failures = ${failures},
            last_error = ${`${applied.code}: ${applied.detail}`.slice(0, 500)}, lease_token = null, lease_until = null,
            next_attempt_at = case when wanted_at > ${mirror.wanted_at} then ${now}::timestamptz else ${now.add({ seconds: waitSeconds(applied, failures) })}::timestamptz end
          where id = ${mirror.id} and lease_token = ${mirror.token}`.execute(tx)
    if (numAffectedRows !== 1n) return needs.log('late_mirror_ignored', { mirror: mirror.id, kind: mirror.kind })

    const newRoom = mirror.kind === 'meeting' && remoteId !== null && remoteId !== mirror.remote_id
    if (newRoom) {
      await sql`
        update mirror set next_attempt_at = ${now}, failures = 0
        where session_id = ${mirror.session_id} and kind = 'registrant' and wanted is not null`.execute(tx)
      // Somebody may have been in the room before the answer to our create was recorded.
      if (mirror.session_id) await rematch(tx, remoteId, mirror.session_id, now)
    }
    await keepCases(
      tx,
      [caseOf(mirror, applied, failures)].filter((one) => one !== null),
      now,
    )
    if (mirror.session_id && mirror.kind !== 'slack_card') await wakeSession(tx, mirror.session_id, now)
  })
}

// 5 s, 10 s, 20 s ... an hour; or what the vendor asks for, but at least a second.
const waitSeconds = (applied: Extract<Applied, { done: false }>, failures: number): number =>
  Math.ceil(Math.max(1, applied.afterSeconds ?? Math.min(3600, 5 * 2 ** (failures - 1))))

function caseOf(mirror: Mirror, applied: Applied, failures: number) {
  // A broken card has nowhere to be shown as a card.
  if (mirror.kind === 'slack_card') return null
  const what = { kind: 'mirror', key: `mirror:${mirror.id}`, title: TITLES[mirror.kind], sessionId: mirror.session_id }
  if (applied.done)
    return mirror.failures >= FAILURES_BEFORE_CASE ? { ...what, settled: 'It worked in the end.' } : null
  return failures >= FAILURES_BEFORE_CASE
    ? { ...what, detail: { code: applied.code, detail: applied.detail, key: mirror.key } }
    : null
}

const TITLES = {
  meeting: 'A Zoom room cannot be made',
  registrant: 'A personal link cannot be made',
  calendar_event: 'A calendar event cannot be written',
}
