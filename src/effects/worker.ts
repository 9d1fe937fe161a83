import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { withoutData } from '../errors.ts'
import { earlier, isBefore } from '../interval.ts'
import { accounts } from './accounts.ts'
import { type Chore, nextChoreAt, registerChores, runChores } from './chores.ts'
import { deliverDue } from './deliver.ts'
import { hasAnyHoldLapsed, isAnythingToMirror, whoIsWoken } from './due.ts'
import { type Lane, lane } from './lane.ts'
import { applyMirror, claimMirrors, isClaimable } from './mirrors/index.ts'
import type { Needs } from './needs.ts'
import { neighbours } from './neighbours.ts'
import { programmes } from './programmes.ts'
import { pump } from './pump.ts'
import { sessions, sweep } from './reconcile.ts'
import { releaseLapsedHolds } from './upkeep/holds.ts'
import { ownChores } from './upkeep/own-chores.ts'
import { vendorHealth } from './vendor-health.ts'

export type Worker = {
  /** Something may be due: called after a commit. Tells this process at once and the others within 50 ms. */
  nudge(): void
  /** Takes no new work, lets what is under way end (10 s at most), closes its connections. */
  stop(): Promise<void>
  /** Does all that is due until nothing is left that this process can do. How many pieces of work that were. */
  runDue(now?: Temporal.Instant): Promise<number>
  /** The least time after now at which something will be due; null when everything rests for good. */
  nextAlarm(): Promise<Temporal.Instant | null>
  /** What is due, claimable or in flight at `now`, by name. Empty: the clock may move on. */
  unsettled(now: Temporal.Instant): Promise<{ what: string; count: number }[]>
}

export type WorkerNeeds = Needs & {
  /** For LISTEN: without it other processes are heard by the two-second look only. */
  databaseUrl?: string
  /** Periodic work of other rooms. */
  chores?: readonly Chore[]
  /** Called when something may have changed, here or in another process, at most every 100 ms: for pages that watch. */
  onChange?: () => void
  /** False: nothing happens but by `runDue`. */
  loops?: boolean
}

const MIRRORS_AT_ONCE = 8
const LOOK_EVERY_MS = 2_000
const ANNOUNCE_EVERY_MS = 100

/** One loop per process. Any number of processes share the work: PostgreSQL says who does what. */
export function startWorker(options: WorkerNeeds): Worker {
  const { databaseUrl, chores: others = [], loops = true, onChange = () => {}, ...given } = options
  const needs: Needs = { health: vendorHealth(given.clock), ...given }
  const { db, clock, log } = needs
  const chores = [...ownChores(needs), ...others]
  const changed = atMostEvery(ANNOUNCE_EVERY_MS, onChange)
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  const registered = registerChores(needs, chores, clock.now()).catch((error) =>
    log('chores_not_registered', { error: String(error) }),
  )

  const sweeps: Lane = lane(async () => {
    let looked = 0
    for (let n = 1; n > 0 && !isStopping(); looked += n) {
      const woken = await whoIsWoken(needs)
      n = woken.sessions ? await sweep(needs, sessions(needs), clock.now()) : 0
      n += woken.accounts ? await sweep(needs, accounts(needs), clock.now()) : 0
      n += woken.programmes ? await sweep(needs, programmes(needs), clock.now()) : 0
    }
    if (looked > 0) {
      ring(deliveries, mirrors)
      changed()
    }
    return looked
  })
  const deliveries: Lane = lane((rings) =>
    isStopping() ? Promise.resolve(0) : deliverDue(needs, rings, () => ring(sweeps), isStopping),
  )
  const mirrors: Lane = lane((rings) =>
    pump(
      MIRRORS_AT_ONCE,
      async (room) =>
        isStopping() || !(await isAnythingToMirror(needs))
          ? []
          : (await claimMirrors(needs, clock.now(), room)).map(
              (one) => () => applyMirror(needs, one).finally(() => ring(sweeps)),
            ),
      rings,
    ),
  )
  const upkeep: Lane = lane(async () => {
    if (isStopping()) return 0
    await registered
    const released = (await hasAnyHoldLapsed(needs)) ? await releaseLapsedHolds(needs, clock.now()) : 0
    return released + (await runChores(needs, chores, clock.now()))
  })
  const lanes = [sweeps, deliveries, mirrors, upkeep]

  const report = (error: unknown) =>
    log('worker_trouble', {
      error: withoutData(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    })
  const ring = (...some: Lane[]): void => {
    if (!isStopping()) for (const one of some) one.run().catch(report)
  }
  const heard = () => {
    ring(...lanes)
    changed()
  }
  const neighbourhood = neighbours({ db, databaseUrl, heard, log })

  const worker: Worker = {
    nudge() {
      // A fact wakes its subject; what follows from it rings the other lanes.
      ring(sweeps)
      changed()
      neighbourhood.tell()
    },
    async runDue() {
      for (let done = 0; ; ) {
        const counts = await Promise.all(lanes.map((one) => one.run()))
        const sum = counts.reduce((a, b) => a + b, 0)
        if (sum === 0) return done
        done += sum
      }
    },
    nextAlarm: () => nextAlarm(needs, chores),
    unsettled: (now) => unsettled(needs, now),
    async stop() {
      stopping.abort()
      await looping
      await Promise.all(lanes.map((one) => one.rest()))
      await neighbourhood.close()
    },
  }

  // A look at least every two seconds: whatever nobody told us about is found then.
  const loop = async (): Promise<void> => {
    while (!isStopping()) {
      ring(...lanes)
      const alarm = await nextAlarm(needs, chores).catch((error) => void report(error))
      await pause(
        alarm ? Math.min(LOOK_EVERY_MS, Math.max(50, alarm.since(clock.now()).total('milliseconds'))) : LOOK_EVERY_MS,
        stopping.signal,
      )
    }
  }
  const looping = loops ? loop() : Promise.resolve()
  return worker
}

async function nextAlarm(needs: Needs, chores: readonly Chore[]): Promise<Temporal.Instant | null> {
  const now = needs.clock.now()
  const { rows } = await sql<{ at: Temporal.Instant | null }>`
    select min(at) as at from (
      select (select min(wake_at) from session where wake_at > ${now}) as at
      union all select (select min(wake_at) from account where wake_at > ${now})
      union all select (select min(wake_at) from programme where wake_at > ${now})
      union all select (select min(next_attempt_at) from delivery where next_attempt_at > ${now} and state in ('pending', 'unknown'))
      union all select (select min(next_attempt_at) from mirror where next_attempt_at > ${now} and ${isClaimable})
      union all select (select min(expires_at) from hold where expires_at > ${now} and released_at is null and booking_id is null)
    ) alarms`.execute(needs.db)
  const chore = await nextChoreAt(needs, chores)
  const alarms = [rows[0]?.at ?? null, chore].filter((at) => at !== null && isBefore(now, at)) as Temporal.Instant[]
  return alarms.length > 0 ? alarms.reduce(earlier) : null
}

async function unsettled({ db }: Pick<Needs, 'db'>, now: Temporal.Instant): Promise<{ what: string; count: number }[]> {
  const { rows } = await sql<{ what: string; count: number }>`
    select what, count::int from (
      select 'sessions to decide' as what, (select count(*) from session where wake_at <= ${now}) as count
      union all select 'people to decide', (select count(*) from account where wake_at <= ${now})
      union all select 'programmes to decide', (select count(*) from programme where wake_at <= ${now})
      union all select 'messages to send', (select count(*) from delivery where next_attempt_at <= ${now} and state in ('pending', 'unknown'))
      union all select 'messages under way', (select count(*) from delivery where state = 'claimed')
      union all select 'mirrors to write', (select count(*) from mirror where next_attempt_at <= ${now} and ${isClaimable})
      union all select 'mirrors under way', (select count(*) from mirror where lease_token is not null and next_attempt_at is not null)
      union all select 'chores', (select count(*) from chore where next_at <= ${now} or lease_token is not null)
      union all select 'holds to release', (select count(*) from hold where expires_at <= ${now} and released_at is null and booking_id is null)
    ) open where count > 0`.execute(db)
  return rows
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => setTimeout(ms, undefined, { signal }).catch(() => {})

function atMostEvery(ms: number, call: () => void): () => void {
  let isWaiting = false
  return () => {
    if (isWaiting) return
    isWaiting = true
    void setTimeout(ms, undefined, { ref: false }).then(() => {
      isWaiting = false
      call()
    })
  }
}
