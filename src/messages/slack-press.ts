import { readButton } from '../links.ts'
import { list, parseJson, record, text, type WebhookOutcome } from '../webhooks.ts'

const NAMES = ['will_call', 'release', 'came', 'did_not_come', 'cannot_tell', 'pause'] as const
export type SlackAction = (typeof NAMES)[number]
const ACTIONS = new Set<string>(NAMES)

/** `subjectId` is the case the button belongs to, or the participant it speaks of. */
export type SlackPress = { action: SlackAction; subjectId: string; revision: number; by: string }
export type ReadPress = { outcome: WebhookOutcome; event: string; json: unknown; presses: SlackPress[] }

/**
 * A rightly signed interaction of Slack: a form whose `payload` is JSON. A button's value carries our own signature too, so
 * that only buttons that we posted do anything, in whatever message they are pressed.
 */
export function readSlackPress(body: Uint8Array, secret: string): ReadPress {
  const payload = new URLSearchParams(new TextDecoder().decode(body)).get('payload')
  const json = payload === null ? undefined : parseJson(payload)
  const root = record(json)
  const type = text(root?.type, 60)
  if (!root || !type) return { outcome: 'malformed', event: 'malformed', json, presses: [] }
  const by = text(record(root.user)?.id, 60)
  const actions = list(root.actions).map(record)
  const presses = actions.flatMap((action): SlackPress[] => {
    const press = typeof action?.value === 'string' ? readButton(secret, action.value) : null
    if (!press || !by || !ACTIONS.has(press.action)) return []
    return [
      {
        action: press.action as SlackAction,
        subjectId: press.participantId,
        revision: press.revision,
        by: `slack:${by}`,
      },
    ]
  })
  const event = [type, ...actions.map((action) => text(action?.action_id, 60))].filter(Boolean).join(' ')
  return { outcome: presses.length > 0 ? 'accepted' : 'unknown', event, json, presses }
}
