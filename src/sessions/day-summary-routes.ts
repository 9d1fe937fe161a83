import { createRoute, z } from '@hono/zod-openapi'
import { configured } from '../config.ts'
import type { Database } from '../database/pool.ts'
import { loadDays } from '../effects/facts/days.ts'
import { type House, idText, json, problems, router } from '../http.ts'
import { type Actor, mustBeOps } from '../people/actor.ts'
import { isRun } from '../people/scope.ts'
import { type DaySummary, daySummary } from '../playbook/day.ts'
import { summaryWords } from '../words/digest.ts'

const summary = z
  .strictObject({
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
    words: z.array(z.string()).openapi({ description: 'The same as the morning message says it' }),
  })
  .openapi('DaySummary')

/** More programmes than one installation's page can show at once. */
const MOST_PROGRAMMES = 50

/** How today stands, programme by programme: what the morning message says, at this moment. */
export function daySummaryRoutes(house: House) {
  return router().openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/today/summary',
      tags: ['sessions'],
      request: { query: z.object({ programme: idText.optional() }) },
      responses: {
        200: json(z.strictObject({ items: z.array(summary) }), 'By name of the programme, each in its own zone'),
        ...problems(400, 401, 403),
      },
    }),
    async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const { programme } = c.req.valid('query')
      const days = await summariesOf(house, actor, programme ?? null, house.clock.now())
      return c.json({ items: days.map((day) => ({ ...day, words: summaryWords(day) })) }, 200)
    },
  )
}

/** One programme's day, or that of each the actor works for. A programme that is not there, or not theirs, has none. */
export async function summariesOf(
  { db, config }: Pick<House, 'db' | 'config'>,
  actor: Actor,
  programmeId: string | null,
  now: Temporal.Instant,
): Promise<DaySummary[]> {
  const ids = await programmesOf(db, actor, programmeId)
  const on = configured(config)
  const channels = (['whatsapp', 'email'] as const).filter((channel) => on[channel])
  const days = await loadDays(db, ids, now, { hostDomains: config.PUNCTUAL_HOST_DOMAINS, channels })
  return days.map((facts) => daySummary(facts, now))
}

const programmesOf = async (db: Database, actor: Actor, programmeId: string | null): Promise<string[]> =>
  (
    await db
      .selectFrom('programme')
      .select('id')
      .where(isRun(actor, 'id'))
      .$if(programmeId !== null, (query) => query.where('id', '=', programmeId as string))
      .orderBy('name')
      .limit(MOST_PROGRAMMES)
      .execute()
  ).map(({ id }) => id)
