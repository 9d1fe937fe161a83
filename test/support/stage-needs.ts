import { sql } from 'kysely'
import { sealTokens } from '../../src/calendar/tokens.ts'
import { readConfig } from '../../src/config.ts'
import { applyMirror, claimMirrors } from '../../src/effects/mirrors/index.ts'
import type { Needs } from '../../src/effects/needs.ts'
import { sessions, sweep } from '../../src/effects/reconcile.ts'
import { newId } from '../../src/ids.ts'
import { vendorsOf } from '../../src/vendors/vendors.ts'
import { type Booked, book } from './effects-world.ts'
import type { Stage } from './vendor-stage.ts'

export const SECRET = 's'.repeat(40)

/** What the effects room works with, on the simulators of a stage. */
export function needsOn(stage: Stage): Needs {
  const config = readConfig({ ...stage.env, PUNCTUAL_SECRET: SECRET, PUNCTUAL_URL: 'http://punctual.test' })
  return {
    db: stage.database.db,
    clock: stage.clock,
    config,
    vendors: vendorsOf(config),
    secret: SECRET,
    publicUrl: 'http://punctual.test',
    log: () => {},
  }
}

/** Decides and writes to the vendors until nothing is left to do now. */
export async function settleAll(needs: Needs): Promise<void> {
  for (;;) {
    let done = await sweep(needs, sessions(needs), needs.clock.now())
    for (const mirror of await claimMirrors(needs, needs.clock.now(), 20)) {
      await applyMirror(needs, mirror)
      done += 1
    }
    if (done === 0) return
  }
}

let hosts = 0

/** A session with a Zoom host of its own, to be decided. */
export async function bookOnZoom(stage: Stage, startsAt: Temporal.Instant) {
  const { db } = stage.database
  const booked: Booked = await book(db, stage.clock.now(), { startsAt })
  const host = { id: newId(), email: `room${++hosts}@hosts.example` }
  await stage.sandbox.addZoomUser({ email: host.email })
  await db.insertInto('zoom_host').values({ id: host.id, zoom_user: host.email }).execute()
  await sql`update session set host_id = ${host.id} where id = ${booked.sessionId}`.execute(db)
  return { ...booked, host }
}

/** The mentor of a session connects their Google calendar. Answers the connection's id. */
export async function connectCalendar(stage: Stage, { mentor }: Booked): Promise<string> {
  const grant = await stage.connect(mentor.email)
  const id = newId()
  const { accessToken, refreshToken } = grant
  const tokens = sealTokens(SECRET, id, { accessToken, refreshToken, expiresAt: stage.clock.now().toString() })
  await stage.database.db
    .insertInto('calendar_connection')
    .values({ id, account_id: mentor.accountId, google_email: mentor.email, tokens, connected_at: stage.clock.now() })
    .execute()
  return id
}
