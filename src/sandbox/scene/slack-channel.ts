import { shown } from '../../http.ts'
import { rows, type World } from '../world.ts'

const MOST = 12
/** A message of Slack takes 25 buttons; ours have four at most, a card for many has a row each. */
const BUTTONS = 25

/** The channel of ops, newest first. Texts carry Slack's own marks: *bold* and <address|words>. */
export async function slackCards(world: World) {
  const cards = await rows(
    world.pool,
    "select at, vendor_id, body, buttons from sandbox.message where channel = 'slack' order by seq desc limit $1",
    MOST,
  )
  return cards.map(({ at, vendor_id, body, buttons }) => ({
    ts: vendor_id as string,
    at: shown(at),
    text: String(body),
    buttons: (buttons as { id: string; title: string }[]).slice(0, BUTTONS).map(({ id, title }) => ({ id, title })),
  }))
}
