import type { OpenAPIHono } from '@hono/zod-openapi'
import { endEarlierLeases } from '../database/leases.ts'
import type { Database } from '../database/pool.ts'
import type { Env, House } from '../http.ts'
import { sandboxSignInRoutes } from '../people/sandbox-sign-in.ts'
import { advance, type Moving } from './advance.ts'
import { type SandboxClock, sandboxClock } from './clock.ts'
import { clockRoutes } from './clock-routes.ts'
import { personaRoutes } from './personas.ts'
import { sandboxRoutes } from './routes.ts'
import { sampleDayRoutes } from './sample-day.ts'
import { sceneRoutes } from './scene/routes.ts'
import { type Sandbox, startSandbox } from './start.ts'
import { timeMachine } from './time-machine.ts'

export type OpenSandbox = {
  clock: SandboxClock
  /** Values for the product's environment: credentials, secrets and addresses of the simulators. */
  environment: Record<string, string>
  vendors: Sandbox
  /** Makes Zoom's simulator know every host that the product was given. */
  knowHosts(): Promise<void>
  /** Joins the simulators' queues and the product's worker into one thing that can be advanced. */
  connect(worker: Moving): {
    advanceTo(to: Temporal.Instant): Promise<Temporal.Instant>
    routes(house: House): OpenAPIHono<Env>[]
  }
  close(): Promise<void>
}

/** The five vendors on this machine and a clock that stands still. `start` is where a new sandbox's clock begins. */
export async function openSandbox(
  db: Database,
  /** The owner's: the simulators keep a schema of their own. */
  databaseUrl: string,
  productUrl: string,
  given: Record<string, string | undefined>,
  start: Temporal.Instant,
): Promise<OpenSandbox> {
  const clock = await sandboxClock(db, start)
  const openedAt = clock.elapsed()
  const vendors = await startSandbox({
    databaseUrl,
    clock,
    productUrl,
    secrets: given as Partial<Record<string, string>>,
  })
  let stopClock: () => Promise<unknown> = async () => {}
  const queues: Moving = {
    runDue: (now) => vendors.deliverDue(now),
    outlook: async (now) => {
      const { count, next } = await vendors.waiting(now)
      return {
        unsettled: count > 0 ? [{ what: 'webhooks of the simulated vendors', count }] : [],
        nextAlarm: next,
      }
    },
  }
  return {
    clock,
    environment: vendors.env,
    vendors,
    async knowHosts() {
      const hosts = await db.selectFrom('zoom_host').select('zoom_user').where('retired_at', 'is', null).execute()
      for (const { zoom_user } of hosts) await vendors.addZoomUser({ email: zoom_user })
    },
    connect(worker) {
      // An own database has one process, and its clock stands: whoever was killed would hold up the next advance.
      const takenBack = given.DATABASE_URL ? Promise.resolve() : endEarlierLeases(db, openedAt).catch(() => {})
      // The queues first: they open the doors of vendors whose time of refusing is over.
      const parts = [queues, worker]
      const machine = timeMachine(clock, async (to, halt) => {
        await takenBack
        return advance(clock, parts, to, halt)
      })
      stopClock = machine.halt
      return {
        advanceTo: machine.advanceTo,
        routes: (house) => [
          sandboxSignInRoutes(house),
          clockRoutes(house, parts, machine),
          sandboxRoutes(house, vendors),
          sampleDayRoutes(house),
          sceneRoutes(house, vendors),
          personaRoutes(house),
        ],
      }
    },
    async close() {
      // Its worker has stopped already: whatever is under way is halted, not waited for.
      stopClock().catch(() => {})
      await vendors.close()
    },
  }
}
