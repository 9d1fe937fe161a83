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
import { mustBeOps } from '../people/actor.ts'
import { type Moving, nextAlarm } from './advance.ts'

const reading = z
  .object({ now: z.string(), running: z.boolean(), nextAlarm: z.string().nullable() })
  .openapi('SandboxClock')

/** Longer than any life of a session with its follow-ups; a slip of the finger must not run a century. */
const FARTHEST = { hours: 24 * 400 }

/**
 * `GET /sandbox/clock` and `POST /sandbox/clock/advance`: the time machine. `/sandbox/clock/step` is the same for a form
 * of a page. Reading the clock needs no right, moving it is for ops.
 */
export function clockRoutes(
  house: House,
  parts: Moving[],
  advanceTo: (to: Temporal.Instant) => Promise<Temporal.Instant>,
) {
  const app = router()
  app.post('/sandbox/clock/step', async (c) => {
    mustBeOps(c.get('actor'))
    const asked = stepForm.safeParse(await c.req.parseBody())
    if (!asked.success) throw refuseInput(asked.error)
    const { by, to, toNextAlarm, back } = asked.data
    const wish = toNextAlarm ? { toNextAlarm: true as const } : to ? { to } : by ? { by } : null
    if (!wish) throw invalid({ field: 'by', rule: 'say by how much, to when, or to the next alarm' })
    await advanceTo(await destination(house.clock.now(), wish, parts))
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
      async (c) => {
        const alarm = await nextAlarm(house.clock.now(), parts)
        return c.json({ now: shown(house.clock.now()), running: false, nextAlarm: shownOrNull(alarm) }, 200)
      },
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
        return c.json({ now: shown(await advanceTo(to)) }, 200)
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
