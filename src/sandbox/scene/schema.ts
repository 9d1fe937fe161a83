import { z } from '@hono/zod-openapi'

const role = z.enum(['mentor', 'mentee']).nullable()
const button = z.strictObject({ id: z.string(), title: z.string() })

const session = z.strictObject({
  id: z.string(),
  startsAt: z.string(),
  endsAt: z.string(),
  status: z.enum(['scheduled', 'cancelled', 'merged']),
  moments: z.array(z.strictObject({ at: z.string(), what: z.string() })),
})
const phone = z.strictObject({
  personId: z.string(),
  name: z.string(),
  role,
  timeZone: z.string(),
  phone: z.string().nullable(),
  mayWrite: z.boolean().openapi({ description: 'They agreed to be written to on WhatsApp.' }),
  isOff: z.boolean(),
  isOnWhatsapp: z.boolean(),
  bubbles: z.array(
    z.strictObject({
      id: z.string(),
      at: z.string(),
      text: z.string(),
      isTheirs: z.boolean(),
      state: z.string().nullable(),
      buttons: z.array(button),
    }),
  ),
})
const mailbox = z.strictObject({
  personId: z.string(),
  name: z.string(),
  address: z.string(),
  timeZone: z.string(),
  refuses: z.boolean(),
  mails: z.array(
    z.strictObject({
      id: z.string(),
      at: z.string(),
      subject: z.string(),
      begins: z.string(),
      cameBack: z.boolean(),
    }),
  ),
})
const room = z.strictObject({
  kind: z.enum(['zoom', 'meet', 'none']),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  inside: z.array(
    z.strictObject({
      person: z.string(),
      name: z.string(),
      place: z.enum(['room', 'waiting_room', 'before_host']),
      since: z.string(),
    }),
  ),
  outside: z.array(z.strictObject({ personId: z.string(), name: z.string(), role })),
})
const card = z.strictObject({ ts: z.string(), at: z.string(), text: z.string(), buttons: z.array(button) })
const calendar = z.strictObject({
  personId: z.string(),
  name: z.string(),
  timeZone: z.string(),
  address: z.string(),
  state: z.enum(['none', 'broken', 'connected']),
  events: z.array(
    z.strictObject({
      id: z.string(),
      summary: z.string(),
      startsAt: z.string().nullable(),
      endsAt: z.string().nullable(),
      canMove: z.boolean(),
      state: z.enum(['there', 'declined', 'deleted']),
    }),
  ),
})
const faultSwitch = z.strictObject({
  vendor: z.enum(['google', 'zoom', 'whatsapp', 'slack', 'email']),
  kind: z.string(),
  words: z.string(),
  isOn: z.boolean(),
  struck: z.number(),
  parameter: z.number().optional(),
})

export const sceneSchema = z
  .strictObject({
    now: z.string(),
    sessions: z.array(z.strictObject({ id: z.string(), startsAt: z.string(), who: z.string(), isOpen: z.boolean() })),
    session: session.nullable(),
    phones: z.array(phone),
    mailboxes: z.array(mailbox),
    room: room.nullable(),
    slack: z.array(card),
    calendars: z.array(calendar),
    switches: z.array(faultSwitch),
  })
  .openapi('SandboxScene')

export const happeningsSchema = z
  .strictObject({
    seen: z.string(),
    earlier: z.number(),
    items: z.array(
      z.strictObject({
        id: z.string(),
        at: z.string(),
        channel: z.string(),
        who: z.string(),
        what: z.string(),
        state: z
          .string()
          .nullable()
          .openapi({ description: 'Where it is by now; null for what people and vendors told us.' }),
      }),
    ),
  })
  .openapi('SandboxHappenings')

const act = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('be'), personId: z.string(), name: z.string(), to: z.string() }),
  z.strictObject({ kind: z.literal('jump'), to: z.string(), words: z.string() }),
  z.strictObject({
    kind: z.literal('look'),
    part: z.enum(['phones', 'room']),
    personId: z.string(),
    words: z.string(),
  }),
  z.strictObject({ kind: z.literal('read'), sessionId: z.string(), words: z.string() }),
])

export const storySchema = z
  .strictObject({
    sessionId: z.string().nullable(),
    isOver: z.boolean(),
    next: z.string().nullable().openapi({ description: 'The key of the step to take now.' }),
    steps: z.array(
      z.strictObject({
        key: z.string(),
        title: z.string(),
        hint: z.string(),
        isDone: z.boolean(),
        act: act.nullable(),
      }),
    ),
  })
  .openapi('SandboxStory')
