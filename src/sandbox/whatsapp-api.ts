import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { newId } from '../ids.ts'
import type { WhatsappComponent } from '../vendors/whatsapp.ts'
import type { VendorApp } from './listen.ts'
import { isOpen, queueStatuses } from './whatsapp-people.ts'
import { type Row, row, rows, type World } from './world.ts'

/** Meta's refusals: decided by `code`. */
export class GraphRefusal extends Error {
  readonly status: number
  readonly code: number
  readonly details: string
  constructor(status: number, code: number, message: string, details = message) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

export const graphError = (code: number, message: string, details = message) => ({
  error: {
    message: code > 1000 ? `(#${code}) ${message}` : message,
    type: 'OAuthException',
    code,
    error_data: { messaging_product: 'whatsapp', details },
    fbtrace_id: randomBytes(8).toString('base64url'),
  },
})

type Body = Record<string, never> & {
  to?: string
  type?: string
  text?: { body?: string }
  biz_opaque_callback_data?: string
  template?: { name?: string; language?: { code?: string }; components?: TemplatePart[] }
}
type TemplatePart = {
  type: string
  sub_type?: string
  index?: string | number
  parameters?: { type: string; text?: string; payload?: string }[]
}
type Message = { template: string | null; text: string; buttons: { id: string; title: string }[] }

/** Cloud API: messages and templates of one number. Everything accepted gets its statuses by webhook. */
export function whatsappApi(app: VendorApp, world: World): void {
  app.onError((error, c) => {
    if (error instanceof GraphRefusal)
      return c.json(graphError(error.code, error.message, error.details), error.status as ContentfulStatusCode)
    throw error
  })
  app.use('/:version{v[0-9]+\\.0}/*', async (c, next) => {
    if (c.req.header('authorization') !== `Bearer ${world.env.WHATSAPP_ACCESS_TOKEN}`) {
      throw new GraphRefusal(401, 190, 'Error validating access token: The session is invalid.')
    }
    await next()
  })
  app.post('/:version/:id/messages', async (c) => {
    if (c.req.param('id') !== world.env.WHATSAPP_PHONE_NUMBER_ID) throw unknownObject(c)
    return c.json(await accept(world, (await readJson(c)) as Body))
  })
  app.get('/:version/:id/message_templates', async (c) => {
    if (c.req.param('id') !== world.env.WHATSAPP_BUSINESS_ACCOUNT_ID) throw unknownObject(c)
    const limit = Math.min(Number(c.req.query('limit') ?? 25) || 25, 1000)
    const after = Number(c.req.query('after') ?? 0)
    const found = await rows(
      world.pool,
      'select * from sandbox.whatsapp_template where id > $1 order by id limit $2',
      after,
      limit + 1,
    )
    const data = found.slice(0, limit).map((t) => ({ ...t, id: String(t.id) }))
    const last = String(data.at(-1)?.id ?? '')
    const next = new URL(c.req.url)
    next.searchParams.set('after', last)
    return c.json({
      data,
      paging: {
        cursors: { before: String(data[0]?.id ?? ''), after: last },
        ...(found.length > limit ? { next: next.href } : {}),
      },
    })
  })
  app.post('/:version/:id/message_templates', async (c) => {
    if (c.req.param('id') !== world.env.WHATSAPP_BUSINESS_ACCOUNT_ID) throw unknownObject(c)
    const { name, language, category, components } = checkedTemplate(await readJson(c))
    const made = await row(
      world.pool,
      `insert into sandbox.whatsapp_template (name, language, category, status, components) values ($1, $2, $3, 'APPROVED', $4)
       on conflict do nothing returning id, status`,
      name,
      language,
      category,
      JSON.stringify(components),
    )
    if (!made) throw new GraphRefusal(400, 100, 'Invalid parameter', 'Content in this language already exists')
    return c.json({ id: String(made.id), status: made.status, category })
  })
}

async function accept(world: World, body: Body): Promise<object> {
  if ((body as { messaging_product?: string }).messaging_product !== 'whatsapp') throw missing('messaging_product')
  const phone = String(body.to ?? '').replace(/\D/g, '')
  if (!phone) throw missing('to')
  if (phone.length < 8) throw new GraphRefusal(400, 131009, 'Parameter value is not valid', 'to is not a phone number')
  if ((body.biz_opaque_callback_data?.length ?? 0) > 512)
    throw new GraphRefusal(
      400,
      131009,
      'Parameter value is not valid',
      'biz_opaque_callback_data is over 512 characters',
    )
  const message =
    body.type === 'template'
      ? await template(world, body)
      : body.type === 'text'
        ? await freeText(world, body, phone)
        : refuseType(body.type)
  const wamid = `wamid.${randomBytes(27).toString('base64').replace(/[+/]/g, 'A')}`
  await rows(
    world.pool,
    `insert into sandbox.message (id, at, channel, address, vendor_id, delivery_id, template, body, buttons, raw)
     values ($1, $2, 'whatsapp', $3, $4, $5, $6, $7, $8, $9)`,
    newId(),
    world.clock.now(),
    `+${phone}`,
    wamid,
    body.biz_opaque_callback_data ?? null,
    message.template,
    message.text,
    JSON.stringify(message.buttons),
    body,
  )
  await queueStatuses(world, {
    wamid,
    phone,
    callbackData: body.biz_opaque_callback_data,
    category: message.template ? 'utility' : 'service',
  })
  return {
    messaging_product: 'whatsapp',
    contacts: [{ input: body.to, wa_id: phone }],
    messages: [{ id: wamid, ...(message.template ? { message_status: 'accepted' } : {}) }],
  }
}

// Checked in the order a person would meet the mistakes: name, parameters, buttons.
async function template(world: World, body: Body): Promise<Message> {
  const name = body.template?.name ?? ''
  const language = body.template?.language?.code ?? ''
  const found = await row(
    world.pool,
    'select * from sandbox.whatsapp_template where name = $1 and language = $2',
    name,
    language,
  )
  if (found?.status === 'PAUSED') throw new GraphRefusal(400, 132015, 'Template is paused')
  if (found?.status === 'DISABLED') throw new GraphRefusal(400, 132016, 'Template is disabled')
  if (found?.status !== 'APPROVED') {
    throw new GraphRefusal(
      404,
      132001,
      'Template name does not exist in the translation',
      `template name (${name}) does not exist in ${language}`,
    )
  }
  const components = found.components as WhatsappComponent[]
  const parts = body.template?.components ?? []
  const text = components.find((part) => part.type === 'BODY')?.text ?? ''
  const wanted = variables(text)
  const given = parts.find((part) => part.type === 'body')?.parameters ?? []
  if (given.length !== wanted) {
    throw new GraphRefusal(
      400,
      132000,
      'Number of parameters does not match the expected number of params',
      `body: number of localizable_params (${given.length}) does not match the expected number of params (${wanted})`,
    )
  }
  for (const { text: value = '' } of given) {
    if (value === '')
      throw new GraphRefusal(
        400,
        131008,
        'Required parameter is missing',
        'Parameter of type text is missing text value',
      )
    if (/[\n\t]| {5,}/.test(value))
      throw new GraphRefusal(
        400,
        132018,
        'Template validation error',
        'Param text cannot have new-line/tab characters or more than 4 consecutive spaces',
      )
  }
  const hydrated = text.replace(/\{\{(\d+)\}\}/g, (_, n) => given[Number(n) - 1]?.text ?? '')
  if (hydrated.length > 1024) throw new GraphRefusal(400, 132005, 'Translated text too long')
  const footer = components.find((part) => part.type === 'FOOTER')?.text
  return { template: name, text: footer ? `${hydrated}\n\n${footer}` : hydrated, buttons: buttons(components, parts) }
}

function buttons(components: WhatsappComponent[], parts: TemplatePart[]): Message['buttons'] {
  const titles = components.flatMap((part) => (part.type === 'BUTTONS' ? part.buttons.map((b) => b.text) : []))
  const payloads = new Map<number, string>()
  for (const part of parts.filter((p) => p.type === 'button')) {
    const index = Number(part.index)
    const payload = part.parameters?.[0]?.payload
    if (part.sub_type !== 'quick_reply' || titles[index] === undefined) {
      throw new GraphRefusal(
        400,
        132018,
        'Template validation error',
        `button at index ${part.index} of type ${part.sub_type} does not exist in the template`,
      )
    }
    if (!payload)
      throw new GraphRefusal(400, 131008, 'Required parameter is missing', 'button parameter payload is missing')
    if (payload.length > 128)
      throw new GraphRefusal(400, 131009, 'Parameter value is not valid', 'button payload is over 128 characters')
    payloads.set(index, payload)
  }
  // Without a payload the button's own words come back.
  return titles.map((title, index) => ({ id: payloads.get(index) ?? title, title }))
}

async function freeText(world: World, body: Body, phone: string): Promise<Message> {
  const text = body.text?.body ?? ''
  if (text === '') throw missing('text.body')
  if (text.length > 4096)
    throw new GraphRefusal(400, 100, 'Invalid parameter', 'Param text.body must be at most 4096 characters long.')
  if (!(await isOpen(world, phone))) {
    throw new GraphRefusal(
      400,
      131047,
      'Re-engagement message',
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
    )
  }
  return { template: null, text, buttons: [] }
}

function refuseType(type: string | undefined): never {
  throw new GraphRefusal(400, 131051, 'Unsupported message type', `type ${type} is not supported`)
}

const variables = (text: string): number => new Set([...text.matchAll(/\{\{(\d+)\}\}/g)].map((m) => m[1])).size

function checkedTemplate(body: Row): {
  name: string
  language: string
  category: string
  components: WhatsappComponent[]
} {
  const { name, language, category, components } = body
  const refuse = (details: string): never => {
    throw new GraphRefusal(400, 100, 'Invalid parameter', details)
  }
  if (!/^[a-z0-9_]{1,512}$/.test(name ?? '')) refuse('name must be lower case letters, digits and underscores')
  if (!/^[a-z]{2,3}(_[A-Z]{2,3})?$/.test(language ?? '')) refuse('language is not supported')
  if (!['UTILITY', 'MARKETING', 'AUTHENTICATION'].includes(category))
    refuse('category must be UTILITY, MARKETING or AUTHENTICATION')
  const parts = (Array.isArray(components) ? components : []) as WhatsappComponent[]
  const text = parts.find((part) => part.type === 'BODY')?.text ?? refuse('a BODY component is required')
  if (text.length > 1024) refuse('body text is over 1024 characters')
  const numbers = [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => Number(m[1]))
  if ([...new Set(numbers)].sort((a, b) => a - b).some((n, i) => n !== i + 1))
    refuse('variables must be {{1}}, {{2}} ... without gaps')
  if (/^\s*\{\{\d+\}\}|\{\{\d+\}\}\s*$/.test(text)) refuse("Variables can't be at the start or end of the template.")
  const samples =
    (parts.find((part) => part.type === 'BODY') as { example?: { body_text?: string[][] } }).example?.body_text?.[0]
      ?.length ?? 0
  if (numbers.length > 0 && samples !== new Set(numbers).size)
    refuse('body variables need sample values (example.body_text)')
  const footer = parts.find((part) => part.type === 'FOOTER')?.text ?? ''
  if (footer.length > 60 || /\{\{/.test(footer)) refuse('footer is at most 60 characters without variables')
  const titles = parts.flatMap((part) => (part.type === 'BUTTONS' ? part.buttons : []))
  // Interactive messages have three; templates up to ten, shown behind "See all options" from the fourth on.
  if (titles.length > 10) refuse('at most 10 quick-reply buttons')
  if (titles.some((b) => b.type !== 'QUICK_REPLY' || !b.text || b.text.length > 25))
    refuse('quick-reply buttons have 1 to 25 characters')
  return { name, language, category, components: parts }
}

const missing = (field: string): GraphRefusal => new GraphRefusal(400, 100, `The parameter ${field} is required.`)
const unknownObject = (c: Context): GraphRefusal =>
  new GraphRefusal(400, 100, `Unsupported request. Object with ID '${c.req.param('id')}' does not exist`)

async function readJson(c: Context): Promise<Row> {
  try {
    return (await c.req.json()) as Row
  } catch {
    throw new GraphRefusal(400, 100, 'Invalid parameter', 'The body is not valid JSON')
  }
}
