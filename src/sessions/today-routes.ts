import { createRoute, z } from '@hono/zod-openapi'
import { configured } from '../config.ts'
import { invalid } from '../errors.ts'
import { type House, idText, json, problems, router, shown } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { ACTS } from './acts.ts'
import { today } from './today.ts'

const tone = z.enum(['good', 'warn', 'bad', 'open', 'off'])
const presence = z.enum(['in', 'was_in', 'not_in', 'not_seen'])
const row = z
  .strictObject({
    sessionId: z.string(),
    programmeId: z.string(),
    programmeName: z.string(),
    startsAt: z.string(),
    endsAt: z.string(),
    title: z.string().nullable(),
    status: z.enum(['scheduled', 'cancelled', 'merged']),
    group: z.enum(['now', 'next', 'later', 'done']),
    people: z.array(
      z.strictObject({
        participantId: z.string(),
        personId: z.string(),
        name: z.string(),
        role: z.enum(['mentor', 'mentee']),
      }),
    ),
    marks: z.array(
      z.strictObject({
        tier: z.enum(['4_HOURS', '30_MINUTES', '5_MINUTES']),
        participantId: z.string(),
        channel: z.enum(['whatsapp', 'email']),
        state: z.enum(['planned', 'sent', 'delivered', 'skipped', 'failed', 'none']),
        words: z.string(),
        at: z.string().nullable(),
      }),
    ),
    answers: z.array(
      z.strictObject({ participantId: z.string(), answer: z.string().nullable(), askedAt: z.string().nullable() }),
    ),
    room: z.strictObject({ tone, words: z.string(), at: z.string().nullable(), error: z.string().nullable() }),
    presence: z.array(
      z.strictObject({
        participantId: z.string(),
        state: presence,
        at: z.string().nullable(),
      }),
    ),
    unidentified: z.number(),
    verdicts: z.array(z.strictObject({ participantId: z.string(), verdict: z.string(), stage: z.string() })),
    acts: z.array(z.enum(ACTS)),
  })
  .openapi('TodayRow')
const openCase = z
  .strictObject({
    id: z.string(),
    kind: z.string(),
    title: z.string(),
    openedAt: z.string(),
    sessionId: z.string().nullable(),
    startsAt: z.string().nullable(),
    personId: z.string().nullable(),
    who: z.string().nullable(),
    lines: z.array(z.string()),
    room: z
      .strictObject({ tone, words: z.string(), at: z.string().nullable(), error: z.string().nullable() })
      .nullable(),
    people: z.array(
      z.strictObject({
        participantId: z.string(),
        personId: z.string(),
        name: z.string(),
        role: z.enum(['mentor', 'mentee']),
        presence: presence.nullable(),
        presentAt: z.string().nullable(),
        answer: z.string().nullable(),
        known: z.string().nullable(),
        last: z
          .strictObject({ meaning: z.string(), channel: z.string(), state: z.string(), at: z.string() })
          .nullable(),
      }),
    ),
    /** What a person of ops can do about it now. */
    acts: z.array(z.enum(['message', 'move', 'release'])),
  })
  .openapi('OpenCase')
const day = z
  .strictObject({
    now: z.string(),
    /** The date that was asked for, and the date it is, in that zone. */
    day: z.string(),
    today: z.string(),
    timeZone: z.string(),
    cases: z.array(openCase),
    sessions: z.array(row),
    programmes: z.array(z.strictObject({ id: z.string(), name: z.string() })),
    nextDay: z.string().nullable(),
  })
  .openapi('Today')

/** `GET /api/v1/today`: the day as ops sees it. */
export function todayRoutes({ db, clock, config }: House) {
  return router().openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/today',
      tags: ['sessions'],
      request: {
        query: z.object({
          day: z.iso.date('must be a date like 2026-03-12').optional(),
          timeZone: z.string().max(64).default('UTC'),
          programmeId: idText.optional(),
        }),
      },
      responses: { 200: json(day, 'The day: what needs a person, and every session'), ...problems(400, 401, 403) },
    }),
    async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const query = c.req.valid('query')
      const now = clock.now()
      const thisDay = dateIn(now, query.timeZone)
      const asked = query.day ? Temporal.PlainDate.from(query.day) : thisDay
      const startOf = (date: Temporal.PlainDate) => date.toZonedDateTime(query.timeZone).toInstant()
      const on = configured(config)
      const { nextStartsAt, ...shownDay } = await today(
        db,
        actor,
        {
          from: startOf(asked),
          to: startOf(asked.add({ days: 1 })),
          timeZone: query.timeZone,
          programmeId: query.programmeId ?? null,
        },
        now,
        {
          hostDomains: config.PUNCTUAL_HOST_DOMAINS,
          channels: (['whatsapp', 'email'] as const).filter((channel) => on[channel]),
        },
      )
      return c.json(
        {
          now: shown(now),
          day: asked.toString(),
          today: thisDay.toString(),
          timeZone: query.timeZone,
          ...shownDay,
          nextDay: nextStartsAt && dateIn(Temporal.Instant.from(nextStartsAt), query.timeZone).toString(),
        },
        200,
      )
    },
  )
}

function dateIn(at: Temporal.Instant, timeZone: string): Temporal.PlainDate {
  try {
    return at.toZonedDateTimeISO(timeZone).toPlainDate()
  } catch {
    throw invalid({ field: 'timeZone', rule: 'must be an IANA time zone like Europe/London' })
  }
}
