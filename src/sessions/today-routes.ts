import { createRoute, z } from '@hono/zod-openapi'
import { configured } from '../config.ts'
import type { Database } from '../database/pool.ts'
import { loadDays } from '../effects/facts/days.ts'
import { type House, idText, json, problems, router } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { type DaySummary, daySummary } from '../playbook/day.ts'

const summary = z
  .object({
    programmeId: z.string(),
    name: z.string(),
    date: z.string().openapi({ description: 'The day in the programme’s own zone' }),
    timeZone: z.string(),
    sessions: z.number(),
    unconfirmed: z.number(),
    disconnectedCalendars: z.number(),
    unreachable: z.number(),
    dueTonight: z.number(),
    openCases: z.number(),
  })
  .openapi('DaySummary')

/** More programmes than one installation's page can show at once. */
const MOST_PROGRAMMES = 50

/** How today stands, programme by programme: what the morning message says, at this moment. */
export function todayRoutes(house: House) {
  return router().openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/today/summary',
      tags: ['sessions'],
      request: { query: z.object({ programme: idText.optional() }) },
      responses: {
        200: json(z.object({ items: z.array(summary) }), 'By name of the programme, each in its own zone'),
        ...problems(400, 401, 403),
      },
    }),
    async (c) => {
      mustBeOps(c.get('actor'))
      const { programme } = c.req.valid('query')
      return c.json({ items: await summariesOf(house, programme ?? null, house.clock.now()) }, 200)
    },
  )
}

/** One programme's day, or everybody's. A programme that is not there has none. */
export async function summariesOf(
  { db, config }: Pick<House, 'db' | 'config'>,
  programmeId: string | null,
  now: Temporal.Instant,
): Promise<DaySummary[]> {
  const ids = programmeId ? [programmeId] : await allProgrammes(db)
  const on = configured(config)
  const channels = (['whatsapp', 'email'] as const).filter((channel) => on[channel])
  const days = await loadDays(db, ids, now, { hostDomains: config.PUNCTUAL_HOST_DOMAINS, channels })
  return days.map((facts) => daySummary(facts, now))
}

const allProgrammes = async (db: Database): Promise<string[]> =>
  (await db.selectFrom('programme').select('id').orderBy('name').limit(MOST_PROGRAMMES).execute()).map(({ id }) => id)
