import { createRoute, z } from '@hono/zod-openapi'
import { invalid, Refusal } from '../errors.ts'
import {
  at,
  type House,
  instantText,
  json,
  jsonBody,
  problems,
  refuseInput,
  router,
  shown,
  shownOrNull,
} from '../http.ts'
import { isBefore } from '../interval.ts'
import { type Actor, mustBeOps } from '../people/actor.ts'
import { type Moving, nextAlarm } from './advance.ts'
import { nextAlarms } from './next-alarms.ts'
import type { Machine } from './time-machine.ts'

const reading = z
  .strictObject({
    now: z.string(),
    running: z.boolean().openapi({ description: 'It plays, or an advance is under way.' }),
    nextAlarm: z.string().nullable().openapi({ description: 'Whatever rings first, chores and queues too.' }),
    alarms: z
      .array(z.strictObject({ at: z.string(), what: z.string(), who: z.string(), messages: z.number() }))
      .openapi({ description: 'The next moments at which people would notice something; for ops.' }),
    moving: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
    playing: z.strictObject({ speed: z.number() }).nullable(),
    trouble: z.string().nullable(),
  })
  .openapi('SandboxClock')

const ALARMS = 5
/** At the fastest a day passes in 24 seconds, if the machine keeps up. */
const FASTEST = 3600

/** Longer than any life of a session with its follow-ups; a slip of the finger must not run a century. */
const FARTHEST = { hours: 24 * 400 }

/**
 * `GET /sandbox/clock`, `POST /sandbox/clock/advance`, `play` and `halt`: the time machine. `/sandbox/clock/step` is an advance
 * for a form of a page. Reading the clock needs no right, moving it is for ops.
 */
export function clockRoutes(house: House, parts: Moving[], machine: Machine) {
  const app = router()
  const read = async (actor: Actor) => {
    const { moving, playing, trouble } = machine.reading()
    const now = house.clock.now()
    const alarms = actor.ops ? await nextAlarms(house, actor, ALARMS) : []
    return {
      now: shown(now),
      running: moving !== null || playing !== null,
      nextAlarm: shownOrNull(await nextAlarm(now, parts)),
      alarms: alarms.map((alarm) => ({ ...alarm, at: shown(alarm.at) })),
      moving: moving && { from: shown(moving.from), to: shown(moving.to) },
      playing,
      trouble,
    }
  }
  app.post('/sandbox/clock/step', async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const asked = stepForm.safeParse(await c.req.parseBody())
    if (!asked.success) throw refuseInput(asked.error)
    const { by, to, back } = asked.data
    // Whoever presses a button wants to see something happen: chores on the way are no place to stop.
    const [noticed] = asked.data.toNextAlarm ? await nextAlarms(house, actor, 1) : []
    const toNextAlarm = asked.data.toNextAlarm && (noticed ? { to: shown(noticed.at) } : { toNextAlarm: true as const })
    const wish = toNextAlarm || (to ? { to } : by ? { by } : null)
    if (!wish) throw invalid({ field: 'by', rule: 'say by how much, to when, or to the next alarm' })
    await machine.advanceTo(await destination(house.clock.now(), wish, parts))
    return c.body(null, 303, { location: back, 'cache-control': 'no-store' })
  })
  return app
    .openapi(
      createRoute({
        method: 'get',
        path: '/sandbox/clock',
        tags: ['sandbox'],
        responses: { 200: json(reading, 'Where the clock stands'), ...problems(401) },
      }),
      async (c) => c.json(await read(c.get('actor')), 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/sandbox/clock/advance',
        tags: ['sandbox'],
        request: {
          body: jsonBody(
            z.union(
              [
                z.strictObject({ by: z.string().max(40) }),
                z.strictObject({ to: instantText }),
                z.strictObject({ toNextAlarm: z.literal(true) }),
              ],
              'must be {by: "PT4H"}, {to: an instant} or {toNextAlarm: true}',
            ),
          ),
        },
        responses: {
          200: json(z.object({ now: z.string() }), 'All that was due has settled'),
          ...problems(400, 401, 403, 504),
        },
      }),
      async (c) => {
        mustBeOps(c.get('actor'))
        const to = await destination(house.clock.now(), c.req.valid('json'), parts)
        return c.json({ now: shown(await machine.advanceTo(to)) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/sandbox/clock/play',
        tags: ['sandbox'],
        request: {
          body: jsonBody(
            z.strictObject({
              speed: z.number().int().min(1).max(FASTEST).openapi({ description: 'Its seconds for one of yours.' }),
            }),
          ),
        },
        responses: {
          200: json(reading, 'It plays until it is halted, for a week of its own time at most'),
          ...problems(400, 401, 403),
        },
      }),
      async (c) => {
        mustBeOps(c.get('actor'))
        machine.play(c.req.valid('json').speed)
        return c.json(await read(c.get('actor')), 200)
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/sandbox/clock/halt',
        tags: ['sandbox'],
        responses: {
          200: json(reading, 'It stands, and everything due where it stands has settled'),
          ...problems(401, 403),
        },
      }),
      async (c) => {
        mustBeOps(c.get('actor'))
        await machine.halt()
        return c.json(await read(c.get('actor')), 200)
      },
    )
}

const empty = z.literal('').transform(() => undefined)
/** `back` stays on this host: a path, never an address. */
const stepForm = z.object({
  by: z.union([empty, z.string().max(40)]).optional(),
  to: z.union([empty, instantText, z.iso.datetime({ local: true }).transform((text) => `${text}Z`)]).optional(),
  toNextAlarm: z.literal('1').optional(),
  back: z
    .string()
    .regex(/^\/(?![/\\])/, 'must be a path')
    .max(500)
    .default('/'),
})

type Wish = { by: string } | { to: string } | { toNextAlarm: true }

async function destination(now: Temporal.Instant, wish: Wish, parts: Moving[]): Promise<Temporal.Instant> {
  if ('toNextAlarm' in wish) {
    const alarm = await nextAlarm(now, parts)
    if (alarm === null) throw new Refusal('not_possible', 'Nothing is planned, so there is no next alarm.')
    return alarm
  }
  const to = 'to' in wish ? at(wish.to) : now.add(hours(wish.by))
  const field = 'to' in wish ? 'to' : 'by'
  if (isBefore(to, now)) throw invalid({ field, rule: 'the clock only goes forward' })
  if (isBefore(now.add(FARTHEST), to)) throw invalid({ field, rule: 'at most 400 days in one step' })
  return to
}

function hours(text: string): Temporal.Duration {
  try {
    const duration = Temporal.Duration.from(text)
    const { years, months, weeks, days } = duration
    if (years || months) throw new RangeError()
    const plain = duration.with({ weeks: 0, days: 0, hours: duration.hours + (weeks * 7 + days) * 24 })
    // Far beyond what is allowed an instant would already be out of range.
    if (plain.total('hours') > FARTHEST.hours * 10) throw new RangeError()
    return plain
  } catch {
    throw invalid({
      field: 'by',
      rule: 'must be an ISO 8601 duration in weeks, days, hours, minutes or seconds, like PT4H',
    })
  }
}
