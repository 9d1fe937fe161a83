import { randomBytes } from 'node:crypto'
import { Refusal } from '../errors.ts'
import { enqueue } from './queue.ts'
import { peopleByAddress } from './who.ts'
import { type Row, row, rows, seconds, type World } from './world.ts'

const WINDOW_HOURS = 24

/** How a phone behaves. `failsWith`: the code its messages fail with in the status, e.g. 131026 (not on WhatsApp), 131050 (opted out). */
export type PhoneBehaviour = {
  onWhatsapp?: boolean
  optedOut?: boolean
  failsWith?: number | null
  phoneOff?: boolean
  name?: string
}
export type PhoneReply = { text?: string; button?: string; withoutContext?: boolean }
type Sent = { wamid: string; phone: string; callbackData: string | undefined; category: string }

/** What people do on their phones. */
export function whatsappActs(world: World) {
  return {
    /**
     * They write, or press a button (its id or title) of the latest message that has it. Refused when there is none.
     * `withoutContext`: some presses come without saying which message they answer.
     */
    reply: (phone: string, reply: PhoneReply): Promise<{ wamid: string }> => answer(world, digits(phone), reply),
    /** They read everything they have got, as far as their phone tells. */
    read: (phone: string): Promise<number> => readAll(world, digits(phone)),
    /** Changes how their phone behaves. Switched on again, it gets what waited. */
    behave: (phone: string, how: PhoneBehaviour): Promise<void> => behave(world, digits(phone), how),
    /** They stop or resume business messages in the app's settings. */
    preference: (phone: string, value: 'stop' | 'resume'): Promise<void> => preference(world, digits(phone), value),
  }
}

/** Sent and delivered are due at once: nobody waits for a standing clock. */
export async function queueStatuses(world: World, sent: Sent): Promise<void> {
  const contact = await row(world.pool, 'select * from sandbox.whatsapp_contact where phone = $1', sent.phone)
  if (contact?.fails_with) {
    await setState(world, sent.wamid, 'failed')
    await status(world, sent, 'failed', contact.fails_with)
    return
  }
  // Meta puts what happened close together into one call.
  const states = contact?.phone_off ? (['sent'] as const) : (['sent', 'delivered'] as const)
  await setState(world, sent.wamid, states.at(-1) ?? 'sent')
  await statuses(world, sent, states)
}

/** Whether free words are allowed now: within 24 h of the person's last message. */
export async function isOpen(world: World, phone: string): Promise<boolean> {
  const contact = await row(world.pool, 'select last_inbound_at from sandbox.whatsapp_contact where phone = $1', phone)
  const last = contact?.last_inbound_at as Temporal.Instant | null | undefined
  return (
    last !== null &&
    last !== undefined &&
    Temporal.Instant.compare(world.clock.now(), last.add({ hours: WINDOW_HOURS })) < 0
  )
}

async function answer(
  world: World,
  phone: string,
  { text, button, withoutContext }: PhoneReply,
): Promise<{ wamid: string }> {
  const now = world.clock.now()
  const wamid = `wamid.${randomBytes(27).toString('base64').replace(/[+/]/g, 'B')}`
  const base = { from: phone, id: wamid, timestamp: seconds(now) }
  let message: object
  if (button !== undefined) {
    const pressed = await buttonOf(world, phone, button)
    const context = withoutContext ? {} : { context: { from: DISPLAY_NUMBER, id: pressed.wamid } }
    message = { ...context, ...base, type: 'button', button: { payload: pressed.id, text: pressed.title } }
  } else if (text !== undefined && text !== '') {
    message = { ...base, text: { body: text }, type: 'text' }
  } else {
    throw new Refusal('invalid', 'text or button: say one of them', {
      errors: [{ field: 'text', rule: 'text or button is needed' }],
    })
  }
  const contact = await row(
    world.pool,
    `insert into sandbox.whatsapp_contact (phone, last_inbound_at) values ($1, $2)
     on conflict (phone) do update set last_inbound_at = excluded.last_inbound_at returning name`,
    phone,
    now,
  )
  const name = contact?.name ?? (await nameOf(world, phone))
  await change(world, 'messages', { contacts: [{ profile: { name }, wa_id: phone }], messages: [message] })
  return { wamid }
}

async function buttonOf(
  world: World,
  phone: string,
  button: string,
): Promise<{ wamid: string; id: string; title: string }> {
  const asked = await rows(
    world.pool,
    `select vendor_id, buttons from sandbox.message where channel = 'whatsapp' and address = $1 and jsonb_array_length(buttons) > 0 order by seq desc limit 50`,
    `+${phone}`,
  )
  for (const { vendor_id, buttons } of asked) {
    const found = (buttons as { id: string; title: string }[]).find(
      (b) => b.id === button || b.title.toLowerCase() === button.toLowerCase(),
    )
    if (found) return { wamid: vendor_id, ...found }
  }
  throw new Refusal('not_found', `+${phone} has no message with a button "${button}".`)
}

async function readAll(world: World, phone: string): Promise<number> {
  const unread = await rows(
    world.pool,
    `update sandbox.message set state = 'read' where channel = 'whatsapp' and address = $1 and state = 'delivered' returning vendor_id, delivery_id, template`,
    `+${phone}`,
  )
  for (const message of unread) await status(world, asSent(message, phone), 'read')
  return unread.length
}

async function behave(world: World, phone: string, how: PhoneBehaviour): Promise<void> {
  const code =
    how.failsWith !== undefined ? how.failsWith : how.onWhatsapp === false ? 131026 : how.optedOut ? 131050 : null
  const touches = how.failsWith !== undefined || how.onWhatsapp !== undefined || how.optedOut !== undefined
  await rows(
    world.pool,
    `insert into sandbox.whatsapp_contact (phone, name, fails_with, phone_off) values ($1, $2, $3, coalesce($4, false))
     on conflict (phone) do update set name = coalesce($2, sandbox.whatsapp_contact.name), phone_off = coalesce($4, sandbox.whatsapp_contact.phone_off),
       fails_with = case when $5 then $3 else sandbox.whatsapp_contact.fails_with end`,
    phone,
    how.name ?? null,
    code,
    how.phoneOff ?? null,
    touches,
  )
  if (how.phoneOff !== false) return
  const waited = await rows(
    world.pool,
    `update sandbox.message set state = 'delivered' where channel = 'whatsapp' and address = $1 and state = 'sent' returning vendor_id, delivery_id, template`,
    `+${phone}`,
  )
  for (const message of waited) await status(world, asSent(message, phone), 'delivered')
}

async function preference(world: World, phone: string, value: 'stop' | 'resume'): Promise<void> {
  await change(world, 'user_preferences', {
    contacts: [{ profile: { name: await nameOf(world, phone) }, wa_id: phone }],
    user_preferences: [
      {
        wa_id: phone,
        detail: `User requested to ${value} marketing messages`,
        category: 'marketing_messages',
        value,
        timestamp: Math.floor(world.clock.now().epochMilliseconds / 1000),
      },
    ],
  })
}

type State = 'sent' | 'delivered' | 'read' | 'failed'

const status = (world: World, sent: Sent, state: State, code?: number): Promise<void> =>
  statuses(world, sent, [state], code)

async function statuses(world: World, sent: Sent, states: readonly State[], code?: number): Promise<void> {
  const title = TITLES[code ?? 0] ?? 'Message undeliverable'
  const href = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/'
  await change(world, 'messages', {
    statuses: states.map((state) => ({
      id: sent.wamid,
      status: state,
      timestamp: seconds(world.clock.now()),
      recipient_id: sent.phone,
      ...(sent.callbackData ? { biz_opaque_callback_data: sent.callbackData } : {}),
      ...(state === 'sent' || state === 'delivered'
        ? { pricing: { billable: true, pricing_model: 'PMP', category: sent.category, type: 'regular' } }
        : {}),
      ...(code ? { errors: [{ code, title, message: title, error_data: { details: title }, href }] } : {}),
    })),
  })
}

async function change(world: World, field: string, content: object): Promise<void> {
  const metadata = { display_phone_number: DISPLAY_NUMBER, phone_number_id: world.env.WHATSAPP_PHONE_NUMBER_ID }
  const value = { messaging_product: 'whatsapp', metadata, ...content }
  const body = {
    object: 'whatsapp_business_account',
    entry: [{ id: world.env.WHATSAPP_BUSINESS_ACCOUNT_ID, changes: [{ value, field }] }],
  }
  await enqueue(world, {
    vendor: 'whatsapp',
    path: '/webhooks/whatsapp',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
}

async function setState(world: World, wamid: string, state: string): Promise<void> {
  await rows(
    world.pool,
    "update sandbox.message set state = $2 where channel = 'whatsapp' and vendor_id = $1",
    wamid,
    state,
  )
}

async function nameOf(world: World, phone: string): Promise<string> {
  const id = (await peopleByAddress(world.pool, [`+${phone}`])).get(`+${phone}`)
  if (!id) return `+${phone}`
  return (await row(world.pool, 'select name from account where id = $1', id))?.name ?? `+${phone}`
}

const asSent = (message: Row, phone: string): Sent => ({
  wamid: message.vendor_id,
  phone,
  callbackData: message.delivery_id ?? undefined,
  category: message.template ? 'utility' : 'service',
})
const digits = (phone: string): string => phone.replace(/\D/g, '')
const DISPLAY_NUMBER = '15550100001'
const TITLES: Record<number, string> = {
  130472: "User's number is part of an experiment",
  131026: 'Message undeliverable',
  131047: 'Re-engagement message',
  131049: 'This message was not delivered to maintain healthy ecosystem engagement.',
  131050: 'User has stopped marketing messages',
}
