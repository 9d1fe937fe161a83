import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import type { Faults, Vendor } from './faults.ts'
import type { World } from './world.ts'

export type VendorApp = Hono<{ Bindings: HttpBindings }>
export type Listener = { port: number; close: () => Promise<void> }

/** How a vendor words its refusals: each has a shape of its own. */
export type VendorWords = {
  tooMany: (now: Temporal.Instant) => Response
  broken: () => Response
  unavailable: () => Response
  revoked: () => Response
  /** Paths that only hand out tokens or pages for people: the usual faults leave them alone. */
  spared?: RegExp
}

/** An app whose every answer passes the vendor's faults. Dates in its answers are the movable clock's. */
export function vendorApp(world: World, vendor: Vendor, words: VendorWords): VendorApp {
  const app: VendorApp = new Hono<{ Bindings: HttpBindings }>()
  app.use('*', misbehave(world, vendor, words))
  return app
}

function misbehave(world: World, vendor: Vendor, words: VendorWords): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (c, next) => {
    const now = world.clock.now()
    const strikes = (kind: Parameters<Faults['strikes']>[1]) => world.faults.strikes(vendor, kind, now)
    const hangUp = () => (c.env.incoming as IncomingMessage).socket.destroy()
    const spared = words.spared?.test(c.req.path) ?? false

    if ((await strikes('refuse_connection')) !== null) {
      hangUp()
      return c.body(null, 503)
    }
    if ((await strikes('outage')) !== null) return words.unavailable()
    if (!spared) {
      const latency = await strikes('latency')
      if (latency !== null) await pause(latency)
      if ((await strikes('revoked_token')) !== null) return words.revoked()
      if ((await strikes('429')) !== null) return words.tooMany(now)
      if ((await strikes('5xx_before')) !== null) return words.broken()
    }
    await next()
    c.res.headers.set('date', new Date(now.epochMilliseconds).toUTCString())
    if (spared) return
    if ((await strikes('5xx_after')) !== null) c.res = words.broken()
    if ((await strikes('lost_answer')) !== null) hangUp()
  }
}

/**
 * Listens on 127.0.0.1, on the port it had last time if that is free: links handed out before a restart keep working.
 * While the vendor must refuse connections, the port is really closed.
 */
export async function listen(
  app: VendorApp,
  wantedPort: number,
): Promise<Listener & { refuse: (refuse: boolean) => Promise<void> }> {
  const listener = getRequestListener(app.fetch)
  let server = createServer(listener)
  const port = await open(server, wantedPort).catch(() => {
    server = createServer(listener)
    return open(server, 0)
  })
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  return {
    port,
    refuse(refuse) {
      const change = async () => {
        if (refuse && server.listening) await shut(server)
        if (!refuse && !server.listening && !closed) {
          server = createServer(listener)
          await open(server, port)
        }
      }
      last = last.then(change, change)
      return last as Promise<void>
    },
    async close() {
      closed = true
      await last.catch(() => {})
      if (server.listening) await shut(server)
    },
  }
}

function open(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
