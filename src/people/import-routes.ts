import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { invalid, Refusal } from '../errors.ts'
import { type Env, type House, json, problems, refuseInput, router } from '../http.ts'
import { mustBeOps } from './actor.ts'
import { decode, MOST_BYTES } from './import/csv.ts'
import { importFiles } from './import/files.ts'

const files = z
  .strictObject({
    people: z.string().optional().openapi({
      description:
        'people.csv: email,name,role,time_zone,locale,phone,aliases,whatsapp_consent_at,whatsapp_consent_source',
    }),
    hours: z.string().optional().openapi({ description: 'hours.csv: email,weekday,from,to' }),
    calendar: z
      .string()
      .optional()
      .openapi({ description: 'calendar.csv: email,session_minutes,step_minutes,buffer_before,...' }),
    mentorships: z
      .string()
      .optional()
      .openapi({ description: 'mentorships.csv: programme,mentor_email,mentee_email,sessions,starts_on,ends_on' }),
    dryRun: z.boolean().default(false),
  })
  .openapi('Import')
const count = z.strictObject({ created: z.int(), updated: z.int(), unchanged: z.int() })
const result = z
  .strictObject({ people: count, hours: count, mentorships: count, dryRun: z.boolean() })
  .openapi('ImportResult')

const route = {
  method: 'post',
  path: '/api/v1/import',
  summary: 'Bring in people, hours and pairs from CSV, all or nothing',
  request: {
    body: {
      content: { 'application/json': { schema: files }, 'multipart/form-data': { schema: files } },
      required: true,
    },
  },
  responses: { 200: json(result, 'What changed, or would change'), ...problems(400, 401, 403, 413, 415) },
} as const

/** The body is read here and not by the router: it may be JSON or a form, and each file is named in what is refused. */
export function importRoutes({ db, clock, nudge }: House): OpenAPIHono<Env> {
  const app = router()
  app.openAPIRegistry.registerPath(createRoute(route))
  app.post(route.path, async (c) => {
    const actor = mustBeOps(c.get('actor'))
    const { dryRun, ...texts } = await readBody(c.req.raw)
    if (Object.keys(texts).length === 0)
      throw invalid({ field: 'body', rule: 'must have people, hours, calendar or mentorships' })
    const options = { by: actor.label, programmes: actor.programmes, mayGrantRights: actor.admin, dryRun }
    const done = await importFiles(db, texts, options, clock.now())
    nudge()
    return c.json(done, 200)
  })
  return app
}

async function readBody(request: Request): Promise<z.output<typeof files>> {
  const type = request.headers.get('content-type') ?? ''
  if (Number(request.headers.get('content-length') ?? 0) > 2 * MOST_BYTES)
    throw new Refusal('too_large', 'An import may have at most 5 MB a file and 10 MB in all.')
  const parsed = files.safeParse(await bodyOf(request, type))
  if (!parsed.success) throw refuseInput(parsed.error)
  return parsed.data
}

function bodyOf(request: Request, type: string): Promise<unknown> {
  if (type.startsWith('application/json')) return request.json()
  if (type.startsWith('multipart/form-data')) return readForm(request)
  throw new Refusal('unsupported_media_type', 'Send JSON, or a form with the files.')
}

// Fields may be called `people` or, as files are, `people.csv`.
async function readForm(request: Request): Promise<Record<string, unknown>> {
  const form = await request.formData().catch(() => {
    throw invalid({ field: 'body', rule: 'must be multipart/form-data' })
  })
  const read: Record<string, unknown> = {}
  for (const [name, value] of form) {
    const field = name.replace(/\.csv$/, '')
    if (field === 'dryRun') read[field] = value === 'true'
    else read[field] = typeof value === 'string' ? value : decode(`${field}.csv`, await value.bytes())
  }
  return read
}
