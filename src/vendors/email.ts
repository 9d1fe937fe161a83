import { createTransport } from 'nodemailer'
import { type Answer, rejected, retry, revoked, type Trouble, transportTrouble, unknown } from './answer.ts'

export type EmailSettings = {
  /** SMTP_URL, e.g. smtps://user:password@mail.example.org:465 */
  smtpUrl: string
  /** MAIL_FROM, e.g. "Punctual <sessions@example.org>" */
  from: string
  /** Sends nothing to a server that does not offer STARTTLS. */
  requireTls?: boolean
}
export type EmailMessage = {
  to: string
  subject: string
  text: string
  html?: string
  replyTo?: string
  /** Stable for one delivery: after an unclear answer the same id is used again, so that mail programs show it once. */
  messageId: string
  inReplyTo?: string
  /** iMIP: same UID for life, SEQUENCE one higher at each change of time and at cancellation (RFC 5546). */
  calendar?: { method: 'REQUEST' | 'CANCEL' | 'PUBLISH'; ics: string }
  unsubscribe?: { url: string; oneClick?: boolean }
  headers?: Record<string, string>
}

export type Email = ReturnType<typeof emailClient>

/** Mail over SMTP. `ok` means that the server took it; a bounce may still come hours later. */
export function emailClient({ smtpUrl, from, requireTls = false }: EmailSettings) {
  const timeouts = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000, dnsTimeout: 5_000 }
  const transport = createTransport({ url: smtpUrl, requireTLS: requireTls, ...timeouts })

  return {
    async send(message: EmailMessage): Promise<Answer<{ messageId: string; response: string }>> {
      try {
        const sent = await transport.sendMail({
          from,
          to: message.to,
          subject: message.subject,
          text: message.text,
          messageId: message.messageId,
          ...(message.html ? { html: message.html } : {}),
          ...(message.replyTo ? { replyTo: message.replyTo } : {}),
          ...(message.inReplyTo ? { inReplyTo: message.inReplyTo, references: [message.inReplyTo] } : {}),
          ...(message.calendar
            ? { icalEvent: { method: message.calendar.method, content: message.calendar.ics, filename: 'invite.ics' } }
            : {}),
          headers: { ...AUTOMATIC, ...unsubscribeHeaders(message.unsubscribe), ...message.headers },
        })
        return { ok: true, messageId: message.messageId, response: String(sent.response ?? '') }
      } catch (error) {
        return trouble(error)
      }
    },

    /** Connects and signs in without sending: for `doctor`. */
    async verify(): Promise<Answer> {
      try {
        await transport.verify()
        return { ok: true }
      } catch (error) {
        return trouble(error)
      }
    },

    close(): void {
      transport.close()
    },
  }
}

// RFC 3834: says that no person wrote this, so that holiday answers stay away.
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }

// RFC 8058: one click needs both headers.
function unsubscribeHeaders(unsubscribe: EmailMessage['unsubscribe']): Record<string, string> {
  if (!unsubscribe) return {}
  const link = { 'List-Unsubscribe': `<${unsubscribe.url}>` }
  return unsubscribe.oneClick ? { ...link, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : link
}

/** RFC 5321 and 3463. The enhanced code (5.1.1) says more than the plain one and is preferred as `code`. */
function trouble(error: unknown): Trouble {
  const e = error as { code?: string; syscall?: string; responseCode?: number; response?: string; message?: string }
  const detail = e.response ?? e.message ?? String(error)
  if (e.responseCode) {
    const code = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(e.response ?? '')?.[1] ?? String(e.responseCode)
    if (e.code === 'EAUTH' || [530, 534, 535].includes(e.responseCode)) return revoked(code, detail)
    return e.responseCode >= 500 ? rejected(code, detail) : retry(code, detail)
  }
  if (e.code === 'EENVELOPE' || e.code === 'EMESSAGE') return rejected(e.code, detail)
  if (e.code === 'EAUTH' || e.code === 'ENOAUTH') return revoked(e.code, detail)
  if (/Connection timeout|Greeting never received/i.test(e.message ?? '')) return retry('ETIMEDOUT', detail)
  // nodemailer puts its own code over the system's, but leaves which call failed.
  if (e.syscall === 'connect' || e.syscall === 'getaddrinfo')
    return retry(/E[A-Z_]+/.exec(e.message ?? '')?.[0] ?? 'ESOCKET', detail)
  const transport = transportTrouble(error)
  if (transport.kind === 'retry') return transport
  // Anything later may have come after the final dot.
  return unknown(e.code ?? 'connection_lost', detail)
}
