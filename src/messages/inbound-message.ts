import { record, text } from '../webhooks.ts'
import { vendorTime } from './vendor-time.ts'

export type InboundMessage = {
  wamid: string
  /** E.164; null when the sender is known by a business-scoped id only. */
  phone: string | null
  whatsappUserId: string | null
  kind: string
  /** What was typed, the button's title, or the emoji. */
  body: string | null
  /** What a button carries. */
  payload: string | null
  /** The message this one answers, quotes, reacts to or edits. */
  parentId: string | null
  saidAt: Temporal.Instant
}

/** One item of `messages`, of whatever type; null without an id or any sender. Unknown types keep only their kind. */
export function readInbound(item: unknown, now: Temporal.Instant): InboundMessage | null {
  const raw = record(item)
  const wamid = text(raw?.id)
  const from = text(raw?.from, 40)?.replace(/\D/g, '')
  const whatsappUserId = text(raw?.from_user_id, 200) ?? null
  if (!raw || !wamid || (!from && !whatsappUserId)) return null
  const kind = text(raw.type, 40) ?? 'unknown'
  return {
    wamid,
    phone: from && /^[1-9]\d{6,14}$/.test(from) ? `+${from}` : null,
    whatsappUserId,
    kind,
    saidAt: vendorTime(raw.timestamp, now),
    ...contents(kind, raw),
    parentId: parent(kind, raw),
  }
}

function contents(kind: string, raw: Record<string, unknown>): { body: string | null; payload: string | null } {
  const part = record(raw[kind])
  const said = (body: unknown, payload?: unknown) => ({
    body: text(body, 4096) ?? null,
    payload: text(payload, 256) ?? null,
  })
  switch (kind) {
    case 'text':
      return said(part?.body)
    case 'button':
      return said(part?.text, part?.payload)
    case 'interactive': {
      const choice = record(part?.button_reply) ?? record(part?.list_reply)
      return said(choice?.title, choice?.id)
    }
    case 'reaction':
      return said(part?.emoji)
    case 'edit': {
      const message = record(part?.message)
      return said(record(message?.text)?.body)
    }
    default:
      return said(part?.caption)
  }
}

function parent(kind: string, raw: Record<string, unknown>): string | null {
  const part = record(raw[kind])
  const target =
    kind === 'reaction'
      ? part?.message_id
      : kind === 'edit' || kind === 'revoke'
        ? part?.original_message_id
        : record(raw.context)?.id
  return text(target) ?? null
}
