import type { OpenAPIHono } from '@hono/zod-openapi'
import { sql } from 'kysely'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { type Env, type House, router } from '../http.ts'

/** What a load balancer, a monitor and a dashboard ask. None of it needs a right, none of it names a person. */
export function healthRoutes(house: House): OpenAPIHono<Env> {
  const app = router()
  const metrics = registry(house)

  app.get('/healthz', (c) => c.json({ ok: true }))

  app.get('/readyz', async (c) => {
    const ready = await sql`select 1`.execute(house.db).then(
      () => true,
      () => false,
    )
    return c.json({ ok: ready, database: ready ? 'answers' : 'does not answer' }, ready ? 200 : 503)
  })

  app.get('/metrics', async (c) => c.body(await metrics.metrics(), 200, { 'content-type': metrics.contentType }))

  return app
}

function registry({ db, clock }: House): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'punctual_deliveries',
    help: 'Deliveries by state and channel over the last 24 hours.',
    labelNames: ['state', 'channel'],
    registers: [registry],
    async collect() {
      this.reset()
      const rows = await db
        .selectFrom('delivery')
        .select(['state', 'channel', (e) => e.fn.countAll<number>().as('count')])
        .where('created_at', '>', clock.now().subtract({ hours: 24 }))
        .groupBy(['state', 'channel'])
        .execute()
      for (const { state, channel, count } of rows) this.set({ state, channel }, Number(count))
    },
  })
  new Gauge({
    name: 'punctual_overdue_seconds',
    help: 'How long the most overdue session has been waiting to be settled.',
    registers: [registry],
    async collect() {
      const row = await db
        .selectFrom('session')
        .select((e) => e.fn.min('wake_at').as('least'))
        .executeTakeFirst()
      const least = row?.least as Temporal.Instant | null | undefined
      this.set(least ? Math.max(0, (clock.now().epochMilliseconds - least.epochMilliseconds) / 1000) : 0)
    },
  })
  new Gauge({
    name: 'punctual_open_cases',
    help: 'What a person must look at.',
    registers: [registry],
    async collect() {
      const row = await db
        .selectFrom('ops_case')
        .select((e) => e.fn.countAll<number>().as('count'))
        .where('settled_at', 'is', null)
        .executeTakeFirst()
      this.set(Number(row?.count ?? 0))
    },
  })
  return registry
}
