import { setTimeout } from 'node:timers/promises'
import { withoutData } from '../errors.ts'
import { accounts } from './accounts.ts'
import { type Chore, registerChores, runChores } from './chores.ts'
import { deliverDue } from './deliver.ts'
import { type Outlook, outlook, whatIsDue } from './due.ts'
import { type Lane, lane } from './lane.ts'
import { applyMirror, claimMirrors } from './mirrors/index.ts'
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
  /** Nothing unsettled at `now`: the clock may move on, to the next alarm. */
  outlook(now: Temporal.Instant): Promise<Outlook>
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
    for (;;) {
      const due = await whatIsDue(needs)
      let n = 0
      if (due.sessions && !isStopping()) n += await sweep(needs, sessions(needs), clock.now())
      if (due.accounts && !isStopping()) n += await sweep(needs, accounts(needs), clock.now())
      if (due.programmes && !isStopping()) n += await sweep(needs, programmes(needs), clock.now())
      looked += n
      if (n > 0) continue
      if (due.pending || due.unanswered || due.leftBehind) ring(deliveries)
      if (due.mirrors) ring(mirrors)
      if (due.holds || due.chores) ring(upkeep)
      if (looked > 0) changed()
      return looked
    }
  })
  const deliveries: Lane = lane((rings) =>
    isStopping() ? Promise.resolve(0) : deliverDue(needs, rings, () => ring(sweeps), isStopping),
  )
  const mirrors: Lane = lane((rings) =>
    pump(
      MIRRORS_AT_ONCE,
      async (room) =>
        isStopping()
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
    return (await releaseLapsedHolds(needs, clock.now())) + (await runChores(needs, chores, clock.now()))
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
    ring(sweeps)
    changed()
  }
  const neighbourhood = neighbours({ db, databaseUrl, heard, log })

  const worker: Worker = {
    nudge() {
      // A fact wakes its subject; the look of the sweeps rings the other lanes.
      ring(sweeps)
      changed()
      neighbourhood.tell()
    },
    async runDue() {
      await registered
      for (let done = 0; ; ) {
        // The look of the sweeps, their last act, has rung whoever has something to do.
        const swept = await sweeps.run()
        const counts = await Promise.all([deliveries, mirrors, upkeep].map((one) => one.join()))
        const others = counts.reduce((a, b) => a + b, 0)
        done += swept + others
        if (others === 0) return done
      }
    },
    outlook: (now) => outlook(needs, chores, now),
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
      ring(sweeps)
      const alarm = await outlook(needs, chores, clock.now()).then(
        ({ nextAlarm }) => nextAlarm,
        (error) => void report(error),
      )
      await pause(
        alarm ? Math.min(LOOK_EVERY_MS, Math.max(50, alarm.since(clock.now()).total('milliseconds'))) : LOOK_EVERY_MS,
        stopping.signal,
      )
    }
  }
  const looping = loops ? loop() : Promise.resolve()
  return worker
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
