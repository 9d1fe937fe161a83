import { type Answer, rejected, retry, revoked, type Trouble, unknown } from './answer.ts'
import { call, type HttpAnswer, retryAfterSeconds } from './http.ts'
import { whatsappMeaning, whatsappRetrySeconds } from './whatsapp-codes.ts'

export type WhatsappSettings = {
  /** WHATSAPP_API_URL with the version, e.g. https://graph.facebook.com/v26.0 */
  apiUrl: string
  phoneNumberId: string
  businessAccountId: string
  accessToken: string
}

export type WhatsappTemplateMessage = {
  /** E.164 with or without the plus. */
  to: string
  template: string
  language: string
  /** Values of {{1}}, {{2}} ... in order. */
  parameters: string[]
  /** What comes back when a quick-reply button is pressed, in the template's order. At most 128 characters each. */
  buttonPayloads?: string[]
  /** Echoed in every status of this message: put the delivery's id here. */
  callbackData?: string
}
export type WhatsappTemplate = {
  name: string
  language: string
  category: 'UTILITY' | 'MARKETING' | 'AUTHENTICATION'
  components: WhatsappComponent[]
}
export type WhatsappComponent =
  | { type: 'BODY'; text: string; example?: { body_text: string[][] } }
  | { type: 'FOOTER'; text: string }
  | { type: 'HEADER'; format: 'TEXT'; text: string }
  | { type: 'BUTTONS'; buttons: { type: 'QUICK_REPLY'; text: string }[] }
export type RegisteredTemplate = {
  id: string
  name: string
  language: string
  status: string
  category: string
  components: WhatsappComponent[]
}

// Meta allows 6000 templates an account at most; a list of 200 a page that goes on after these never ends.
const PAGES = 30

export type Whatsapp = ReturnType<typeof whatsappClient>

/**
 * WhatsApp Cloud API. An accepted message is not a delivered one: the statuses tell, by webhook. There is no idempotency
 * key: after `unknown` only a status that echoes `callbackData` proves that it went out.
 */
export function whatsappClient(settings: WhatsappSettings) {
  const { apiUrl, phoneNumberId, businessAccountId, accessToken } = settings
  const headers = { authorization: `Bearer ${accessToken}` }

  const send = async (message: Record<string, unknown>): Promise<Answer<{ wamid: string; waId: string }>> => {
    const json = { messaging_product: 'whatsapp', recipient_type: 'individual', ...message }
    const answer = await call({
      method: 'POST',
      url: `${apiUrl}/${phoneNumberId}/messages`,
      within: apiUrl,
      headers,
      json,
    })
    if (!answer.ok) return answer
    if (answer.status !== 200) return trouble(answer)
    const body = answer.body as { contacts?: { wa_id: string }[]; messages?: { id: string }[] } | undefined
    const wamid = body?.messages?.[0]?.id
    if (!wamid) return unknown('answer_without_id', answer.text.slice(0, 500))
    return { ok: true, wamid, waId: body?.contacts?.[0]?.wa_id ?? '' }
  }

  const listTemplates = async (): Promise<Answer<{ templates: RegisteredTemplate[] }>> => {
    const templates: RegisteredTemplate[] = []
    let url: string | undefined = `${apiUrl}/${businessAccountId}/message_templates?limit=200`
    for (let page = 0; url && page < PAGES; page += 1) {
      const answer: HttpAnswer = await call({ url, within: apiUrl, headers })
      if (!answer.ok) return answer
      if (answer.status !== 200) return trouble(answer)
      const listed = answer.body as { data?: RegisteredTemplate[]; paging?: { next?: string } } | undefined
      templates.push(...(listed?.data ?? []))
      url = listed?.paging?.next
    }
    return { ok: true, templates }
  }

  /** Hands one template in for approval. Approval itself is Meta's and comes later by webhook or `listTemplates`. */
  const createTemplate = async (template: WhatsappTemplate): Promise<Answer<{ id: string; status: string }>> => {
    const answer = await call({
      method: 'POST',
      url: `${apiUrl}/${businessAccountId}/message_templates`,
      within: apiUrl,
      headers,
      json: template,
    })
    if (!answer.ok) return answer
    if (answer.status !== 200) return trouble(answer)
    const body = answer.body as { id: string; status: string }
    return { ok: true, id: body.id, status: body.status }
  }

  return {
    listTemplates,
    createTemplate,

    /** Hands in what is missing by (name, language); leaves what is there alone. `notApproved` cannot be sent yet. */
    async registerTemplates(
      templates: WhatsappTemplate[],
    ): Promise<Answer<{ created: string[]; notApproved: string[] }>> {
      const listed = await listTemplates()
      if (!listed.ok) return listed
      const status = new Map(listed.templates.map((t) => [`${t.name}/${t.language}`, t.status]))
      const created: string[] = []
      for (const template of templates) {
        const key = `${template.name}/${template.language}`
        if (status.has(key)) continue
        const answer = await createTemplate(template)
        if (!answer.ok) return answer
        created.push(key)
        status.set(key, answer.status)
      }
      const wanted = templates.map((t) => `${t.name}/${t.language}`)
      return { ok: true, created, notApproved: wanted.filter((key) => status.get(key) !== 'APPROVED') }
    },

    sendTemplate(message: WhatsappTemplateMessage): Promise<Answer<{ wamid: string; waId: string }>> {
      return send({
        to: digits(message.to),
        type: 'template',
        template: { name: message.template, language: { code: message.language }, components: components(message) },
        ...(message.callbackData ? { biz_opaque_callback_data: message.callbackData } : {}),
      })
    },

    /** Free words: only within 24 h of the person's last message, else rejected with 131047. */
    sendText(message: {
      to: string
      text: string
      callbackData?: string
    }): Promise<Answer<{ wamid: string; waId: string }>> {
      return send({
        to: digits(message.to),
        type: 'text',
        text: { body: message.text, preview_url: false },
        ...(message.callbackData ? { biz_opaque_callback_data: message.callbackData } : {}),
      })
    },
  }
}

const digits = (phone: string): string => phone.replace(/\D/g, '')

function components({ parameters, buttonPayloads = [] }: WhatsappTemplateMessage): unknown[] {
  const body =
    parameters.length > 0 ? [{ type: 'body', parameters: parameters.map((text) => ({ type: 'text', text })) }] : []
  const buttons = buttonPayloads.map((payload, index) => ({
    type: 'button',
    sub_type: 'quick_reply',
    index: String(index),
    parameters: [{ type: 'payload', payload }],
  }))
  return [...body, ...buttons]
}

function trouble(answer: { status: number; headers: Headers; text: string; body: unknown }): Trouble {
  const error = (
    answer.body as { error?: { code?: number; message?: string; error_data?: { details?: string } } } | undefined
  )?.error
  const detail = error?.error_data?.details ?? error?.message ?? answer.text.slice(0, 500)
  if (error?.code === undefined) {
    if (answer.status === 429) return retry('http_429', detail, retryAfterSeconds(answer.headers))
    if (answer.status === 401) return revoked('http_401', detail)
    return answer.status >= 500 ? unknown(`http_${answer.status}`, detail) : rejected(`http_${answer.status}`, detail)
  }
  const code = String(error.code)
  switch (whatsappMeaning(error.code)) {
    case 'retry':
      return retry(code, detail, retryAfterSeconds(answer.headers) ?? whatsappRetrySeconds(error.code))
    case 'unclear':
      return unknown(code, detail)
    case 'auth':
      return revoked(code, detail)
    case undefined:
      return answer.status >= 500 ? unknown(code, detail) : rejected(code, detail)
    default:
      return rejected(code, detail)
  }
}
