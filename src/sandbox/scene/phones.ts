import { shown } from '../../http.ts'
import { rows, type World } from '../world.ts'
import type { Person } from './scene.ts'

/** As many as somebody scrolls through; the rest is in the timeline. */
const MOST = 30

/** Phones of these people: the chat with Punctual, its buttons, and how the phone behaves. In the order of the people. */
export const phones = (world: World, people: readonly Person[]) =>
  Promise.all(
    people.map(async ({ id, name, role, phone, timeZone, channels }) => ({
      personId: id,
      name,
      role,
      timeZone,
      phone,
      mayWrite: channels.includes('whatsapp'),
      ...(phone ? await chat(world, phone) : { bubbles: [], isOff: false, isOnWhatsapp: true }),
    })),
  )

type Bubble = {
  id: string
  at: Temporal.Instant
  text: string
  isTheirs: boolean
  state: string | null
  buttons: { id: string; title: string }[]
  order: number
}

async function chat(world: World, number: string) {
  const digits = number.replace(/\D/g, '')
  const arrived = await rows(
    world.pool,
    "select seq, id, at, body, state, buttons from sandbox.message where channel = 'whatsapp' and address = $1 order by seq desc limit $2",
    number,
    MOST,
  )
  // What they wrote is in what WhatsApp told us; a repeated telling is the same message.
  const written = await rows(
    world.pool,
    `select distinct on (m ->> 'id') o.created_at, m from sandbox.outgoing o, lateral jsonb_path_query(o.body::jsonb, '$.entry[*].changes[*].value.messages[*]') m
     where o.vendor = 'whatsapp' and not o.forged and o.body like '%"from":"' || $1 || '"%' order by m ->> 'id', o.created_at`,
    digits,
  )
  const [contact] = await rows(
    world.pool,
    'select phone_off, fails_with from sandbox.whatsapp_contact where phone = $1',
    digits,
  )
  const all: Bubble[] = [
    ...arrived.map(({ seq, id, at, body, state, buttons }) => ({
      id,
      at,
      text: body,
      isTheirs: false,
      state,
      buttons: buttons.map((button: { id: string; title: string }) => ({ id: button.id, title: button.title })),
      order: Number(seq),
    })),
    ...written.map(({ created_at, m }) => ({
      id: m.id,
      at: created_at,
      text: m.text?.body ?? m.button?.text ?? '',
      isTheirs: true,
      state: null,
      buttons: [],
      order: 0,
    })),
  ]
  const first = arrived.length === MOST ? arrived.at(-1)?.at : null
  return {
    // Within one moment what was asked stands before what was answered, and that before what followed.
    bubbles: all
      .filter(({ at }) => !first || Temporal.Instant.compare(at, first) >= 0)
      .sort((a, b) => Temporal.Instant.compare(a.at, b.at) || order(a, b))
      .map(({ order: _order, at, ...bubble }) => ({ ...bubble, at: shown(at) })),
    isOff: contact?.phone_off === true,
    isOnWhatsapp: contact?.fails_with !== 131026,
  }
}

const asks = ({ buttons }: Bubble): number => (buttons.length > 0 ? 0 : 2)
const order = (a: Bubble, b: Bubble): number =>
  (a.isTheirs ? 1 : asks(a)) - (b.isTheirs ? 1 : asks(b)) || a.order - b.order
