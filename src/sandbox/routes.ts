import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { mustBeStorable } from '../body.ts'
import { Refusal } from '../errors.ts'
import { type Env, type House, router } from '../http.ts'
import { mustBeOps } from '../people/actor.ts'
import { type FaultKind, parseFault, type Vendor } from './faults.ts'
import type { Sandbox } from './start.ts'
import type { PhoneBehaviour } from './whatsapp-people.ts'
import type { JoinAs } from './zoom-room.ts'

type Body = Record<string, unknown>

const ROOMS = ['inbox', 'zoom', 'whatsapp', 'slack', 'email', 'google', 'faults']

/**
 * `/sandbox/*` except the clock: look into everybody's inbox, play the people, let vendors misbehave. Webhooks that an
 * act causes have been delivered when the answer comes.
 */
export function sandboxRoutes(house: Pick<House, 'clock'>, sandbox: Sandbox): OpenAPIHono<Env> {
  const routes = router()
  const { clock } = house
  const settle = () => sandbox.deliverDue(clock.now())
  // Each by its name: a rule on /sandbox/* would also lock the clock's reading and the sign-in.
  for (const room of ROOMS) {
    routes.use(`/sandbox/${room}/*`, async (c, next) => {
      mustBeOps(c.get('actor'))
      await next()
    })
  }

  routes.get('/sandbox/inbox', async (c) => {
    const { person, channel, session } = c.req.query()
    return c.json({
      items: await sandbox.inbox({
        ...(person ? { person } : {}),
        ...(channel ? { channel } : {}),
        ...(session ? { session } : {}),
      }),
    })
  })
  routes.get('/sandbox/inbox/:id/mail', async (c) => {
    const found = await sandbox.mail(c.req.param('id'))
    if (!found) throw new Refusal('not_found', 'There is no such mail.')
    return c.json({
      to: found.address,
      subject: found.subject,
      text: found.body,
      messageId: found.vendor_id,
      state: found.state,
      ...found.raw,
    })
  })

  routes.post('/sandbox/zoom/users', async (c) => {
    const body = await json(c)
    const id = await sandbox.addZoomUser({
      email: text(body, 'email'),
      ...(body.name ? { name: text(body, 'name') } : {}),
      licensed: body.licensed !== false,
    })
    return c.json({ id }, 201)
  })
  routes.post('/sandbox/zoom/:sessionId/join', async (c) => {
    const body = await json(c)
    const as = body.as === undefined ? 'registrant' : text(body, 'as')
    if (!['registrant', 'signed-in', 'guest', 'phone'].includes(as))
      throw wrong('as', 'registrant, signed-in, guest or phone')
    const visited = await sandbox.zoomJoin({
      ...room(c.req.param('sessionId')),
      person: text(body, 'person'),
      as: as as JoinAs,
      ...(body.name === undefined ? {} : { name: text(body, 'name') }),
      ...(body.email === undefined ? {} : { email: text(body, 'email') }),
    })
    await settle()
    return c.json(visited)
  })
  routes.post('/sandbox/zoom/:sessionId/leave', async (c) => {
    const visited = await sandbox.zoomLeave({
      ...room(c.req.param('sessionId')),
      person: text(await json(c), 'person'),
    })
    await settle()
    return c.json(visited)
  })
  routes.post('/sandbox/zoom/:sessionId/admit', async (c) => {
    const admitted = await sandbox.zoomAdmit(room(c.req.param('sessionId')))
    await settle()
    return c.json({ admitted })
  })
  routes.post('/sandbox/zoom/:sessionId/end', async (c) => {
    await sandbox.zoomEnd(room(c.req.param('sessionId')))
    await settle()
    return c.json({})
  })

  routes.post('/sandbox/whatsapp/:phone/reply', async (c) => {
    const body = await json(c)
    const answer = await sandbox.whatsappReply(phone(c.req.param('phone')), {
      ...(body.text === undefined ? {} : { text: text(body, 'text') }),
      ...(body.button === undefined ? {} : { button: text(body, 'button') }),
      ...(body.withoutContext === true ? { withoutContext: true } : {}),
    })
    await settle()
    return c.json(answer)
  })
  routes.post('/sandbox/whatsapp/:phone/read', async (c) => {
    const read = await sandbox.whatsapp.read(phone(c.req.param('phone')))
    await settle()
    return c.json({ read })
  })
  routes.put('/sandbox/whatsapp/:phone', async (c) => {
    await sandbox.whatsapp.behave(phone(c.req.param('phone')), shaped(behaviour, await json(c)) as PhoneBehaviour)
    await settle()
    return c.json({})
  })

  routes.post('/sandbox/slack/press', async (c) => {
    const body = await json(c)
    if (body.ts === undefined && body.caseId === undefined) throw wrong('ts', 'ts or caseId is needed')
    const pressed = await sandbox.slackPress({
      actionId: text(body, 'actionId'),
      ...(body.ts === undefined ? {} : { ts: text(body, 'ts') }),
      ...(body.caseId === undefined ? {} : { caseId: text(body, 'caseId') }),
      ...(body.user === undefined ? {} : { user: text(body, 'user') }),
    })
    await settle()
    return c.json(pressed)
  })

  routes.put('/sandbox/email/:address', async (c) => {
    await sandbox.email.refuse(c.req.param('address'), (await json(c)).refuses !== false)
    return c.json({})
  })
  routes.post('/sandbox/email/:address/bounce', async (c) => {
    const bounced = await sandbox.emailBounce(c.req.param('address'))
    await settle()
    return c.json(bounced)
  })

  routes.get('/sandbox/google/:email/events', async (c) =>
    c.json({ items: await sandbox.googleEvents(c.req.param('email')) }),
  )
  routes.post('/sandbox/google/:email/events', async (c) => {
    const body = await json(c)
    const event = {
      summary: text(body, 'summary'),
      startsAt: instant(body, 'startsAt'),
      endsAt: instant(body, 'endsAt'),
    }
    const made = await vendorSays(sandbox.google.busy(c.req.param('email'), event))
    await settle()
    return c.json(made, 201)
  })
  routes.post('/sandbox/google/:email/events/:id/:act{move|delete|decline}', async (c) => {
    const { email, id, act } = c.req.param()
    const { move, delete: remove, decline } = sandbox.google
    let done: object = {}
    if (act === 'move') {
      const body = await json(c)
      done = await vendorSays(move(email, id, { startsAt: instant(body, 'startsAt'), endsAt: instant(body, 'endsAt') }))
    } else if (act === 'delete') await vendorSays(remove(email, id))
    else done = await vendorSays(decline(email, id))
    await settle()
    return c.json(done)
  })
  routes.post('/sandbox/google/:email/revoke', async (c) => {
    await sandbox.revokeGoogle(c.req.param('email'))
    return c.json({})
  })
  routes.post('/sandbox/google/:email/expire-sync', async (c) => {
    await sandbox.google.expireSyncTokens(c.req.param('email'))
    return c.json({})
  })
  routes.post('/sandbox/google/consent', async (c) => {
    const body = await json(c)
    const choice =
      body.deny === true
        ? { deny: true as const }
        : { email: text(body, 'email'), ...(Array.isArray(body.scopes) ? { scopes: body.scopes.map(String) } : {}) }
    return c.json({ redirectTo: await sandbox.consent(text(body, 'url'), choice) })
  })

  routes.get('/sandbox/faults', async (c) =>
    c.json({
      items: (await sandbox.faults()).map((f) => ({ ...f, ...(f.until ? { until: f.until.toString() } : {}) })),
    }),
  )
  routes.put('/sandbox/faults', async (c) => {
    const fault = parseFault(await json(c), clock.now())
    await sandbox.setFault(fault)
    return c.json({ ...fault, ...(fault.until ? { until: fault.until.toString() } : {}) })
  })
  routes.delete('/sandbox/faults', async (c) => {
    const { vendor, kind } = c.req.query()
    await sandbox.clearFaults(vendor as Vendor | undefined, kind as FaultKind | undefined)
    return c.json({})
  })
  return routes
}

// A Zoom meeting's own number may stand where the session's id stands.
const room = (id: string) => (/^\d{9,12}$/.test(id) ? { zoomMeetingId: id } : { sessionId: id })

// With or without "+" and spaces, as people copy numbers.
function phone(given: string): string {
  if (!/^\+?[\d\s().-]{7,24}$/.test(given) || given.replace(/\D/g, '').length > 15)
    throw wrong('phone', 'a phone number such as +919876543210')
  return given
}

const wrong = (field: string, rule: string): Refusal =>
  new Refusal('invalid', `${field}: ${rule}`, { errors: [{ field, rule }] })

async function json(c: { req: { json: () => Promise<unknown> } }): Promise<Body> {
  const body = await c.req.json().catch(() => null)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw wrong('body', 'a JSON object')
  mustBeStorable(body)
  return body as Body
}

const behaviour = z.strictObject({
  onWhatsapp: z.boolean().optional(),
  optedOut: z.boolean().optional(),
  // A code of the WhatsApp API with which every message to this phone fails from now on.
  failsWith: z.int().min(1).max(999_999).nullable().optional(),
  phoneOff: z.boolean().optional(),
  name: z.string().min(1).max(200).optional(),
})

/** Throws 400 naming the field of a body that is not of this shape. */
function shaped<T>(schema: z.ZodType<T>, body: Body): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw wrong(issue?.path.join('.') || 'body', issue?.message ?? 'is not as it must be')
}

function text(body: Body, field: string): string {
  const value = body[field]
  if (typeof value !== 'string' || value === '' || value.length > 5000)
    throw wrong(field, 'a text of 1 to 5000 characters')
  return value
}

function instant(body: Body, field: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text(body, field))
  } catch {
    throw wrong(field, 'an instant (RFC 3339)')
  }
}

async function vendorSays<T>(done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    if (error instanceof Error && 'reason' in error) throw new Refusal('not_possible', `Google says: ${error.message}`)
    throw error
  }
}
