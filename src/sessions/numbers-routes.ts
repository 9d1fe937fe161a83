import { createRoute, z } from '@hono/zod-openapi'
import { accepts } from 'hono/accepts'
import { csv } from '../csv.ts'
import { type House, idText, json, problems, refuseInput, router } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { dayText, zoneText } from '../people/fields.ts'
import { type Numbers, type NumbersRow, numbers } from './numbers.ts'

const ofChannel = z.strictObject({
  sent: z.int(),
  delivered: z.int(),
  read: z.int(),
  failed: z.int(),
  unknown: z.int(),
})
const row = z
  .strictObject({
    key: z.string().openapi({ description: 'The first day of a week, the id of a mentor, or "total".' }),
    name: z.string(),
    sessions: z.int(),
    cancelled: z.int(),
    cancelledLate: z.int(),
    held: z.int().openapi({ description: 'Over, and not cancelled.' }),
    missed: z.int(),
    missedByMentor: z.int(),
    missedByMentee: z.int(),
    cannotTell: z
      .int()
      .openapi({ description: 'Nobody is known to have been absent, and of somebody it cannot be told.' }),
    notJudged: z.int(),
    asked: z.int().openapi({ description: 'Mentees who were asked whether they will be there.' }),
    coming: z.int(),
    cantCome: z.int(),
    wantsToMove: z.int(),
    silent: z.int(),
    booked: z.int(),
    leadHours: z.number().nullable().openapi({ description: 'Median between booking and start.' }),
    whatsapp: ofChannel,
    email: ofChannel,
  })
  .openapi('NumbersRow')
const answer = z
  .strictObject({ rows: z.array(row), total: row, more: z.boolean() })
  .openapi('Numbers', { description: '`more`: only the 500 mentors with most sessions are in it.' })
const query = z.strictObject({
  from: dayText,
  to: dayText.openapi({ description: 'The first day that is not counted; at most 366 days after `from`.' }),
  timeZone: zoneText.default('UTC'),
  programmeId: idText.optional(),
  by: z.enum(['week', 'mentor']).default('week'),
})
const routeAt = <Path extends string>(path: Path) =>
  createRoute({
    method: 'get',
    path,
    tags: ['numbers'],
    summary: 'Missed sessions, confirmations, lead time and delivery, per week or per mentor',
    request: { query },
    responses: { 200: json(answer, 'As JSON; as CSV with Accept: text/csv'), ...problems(400, 401, 403, 404) },
  })

/** `GET /api/v1/numbers`, and the same as CSV at `/api/v1/numbers.csv` or with `Accept: text/csv`. */
export function numbersRoutes({ db, clock }: House) {
  return router()
    .openapi(routeAt('/api/v1/numbers'), async (c) => {
      const found = await numbers(db, mustBeOps(c.get('actor')), c.req.valid('query'), clock.now())
      const type = accepts(c, {
        header: 'Accept',
        supports: ['application/json', 'text/csv'],
        default: 'application/json',
      })
      // A file instead of a document: it has its own media type, which the typed client never asks for.
      return type === 'text/csv' ? (asFile(found, c.req.valid('query').by) as never) : c.json(found, 200)
    })
    .get('/api/v1/numbers.csv', async (c) => {
      const asked = query.safeParse(c.req.query())
      if (!asked.success) throw refuseInput(asked.error)
      return asFile(await numbers(db, mustBeOps(c.get('actor')), asked.data, clock.now()), asked.data.by)
    })
}

const CHANNEL = ['sent', 'delivered', 'read', 'failed', 'unknown'] as const
const COLUMNS: [string, (row: NumbersRow) => string | number | null][] = [
  ['sessions', (row) => row.sessions],
  ['cancelled', (row) => row.cancelled],
  ['cancelled_late', (row) => row.cancelledLate],
  ['held', (row) => row.held],
  ['missed', (row) => row.missed],
  ['missed_by_mentor', (row) => row.missedByMentor],
  ['missed_by_mentee', (row) => row.missedByMentee],
  ['cannot_tell', (row) => row.cannotTell],
  ['not_judged', (row) => row.notJudged],
  ['asked', (row) => row.asked],
  ['coming', (row) => row.coming],
  ['cannot_come', (row) => row.cantCome],
  ['wants_to_move', (row) => row.wantsToMove],
  ['silent', (row) => row.silent],
  ['booked', (row) => row.booked],
  ['lead_hours_median', (row) => row.leadHours],
  ...(['whatsapp', 'email'] as const).flatMap((channel) =>
    CHANNEL.map((state): [string, (row: NumbersRow) => number] => [
      `${channel}_${state}`,
      (row) => row[channel][state],
    ]),
  ),
]

function asFile({ rows, total }: Numbers, by: 'week' | 'mentor'): Response {
  const first = by === 'week' ? ['week_from'] : ['mentor_id', 'mentor']
  const nameOf = (row: NumbersRow) => (by === 'week' ? [row.key] : [row.key, row.name])
  const text = csv([
    [...first, ...COLUMNS.map(([name]) => name)],
    ...[...rows, total].map((row) => [...nameOf(row), ...COLUMNS.map(([, read]) => read(row))]),
  ])
  return new Response(text, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="numbers-by-${by}.csv"`,
    },
  })
}
