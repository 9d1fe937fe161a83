import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import { type Answer, rejected, retry, revoked, type Trouble, transportTrouble, unknown } from './answer.ts'
import { fetchWithin } from './http.ts'

export type SlackSettings = {
  /** SLACK_API_URL: https://slack.com/api/ */
  apiUrl: string
  botToken: string
}
/** Block Kit, as Slack documents it. At most 50 in one message. */
export type SlackBlock = { type: string; [key: string]: unknown }
export type SlackMetadata = { event_type: string; event_payload: Record<string, string | number | boolean> }
export type SlackMessage = {
  channel: string
  text: string
  blocks?: SlackBlock[]
  metadata?: SlackMetadata
  threadTs?: string
}

export type Slack = ReturnType<typeof slackClient>

/**
 * Slack's own client with its retries off: its default policy repeats a post for half an hour, also after a lost answer,
 * and Slack has no idempotency key. After `unknown`, look with `findByMetadata` before posting again.
 */
export function slackClient({ apiUrl, botToken }: SlackSettings) {
  const web = new WebClient(botToken, {
    slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    fetch: fetchWithin(apiUrl),
    logger: QUIET,
  })

  const ask = async (
    method: string,
    args: Record<string, unknown>,
  ): Promise<Answer<{ body: Record<string, unknown> }>> => {
    try {
      return { ok: true, body: (await web.apiCall(method, args)) as unknown as Record<string, unknown> }
    } catch (error) {
      return trouble(error)
    }
  }

  return {
    async postMessage(message: SlackMessage): Promise<Answer<{ ts: string; channel: string }>> {
      const answer = await ask('chat.postMessage', {
        channel: message.channel,
        text: message.text,
        unfurl_links: false,
        unfurl_media: false,
        ...(message.blocks ? { blocks: message.blocks } : {}),
        ...(message.metadata ? { metadata: message.metadata } : {}),
        ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
      })
      return answer.ok ? { ok: true, ts: String(answer.body.ts), channel: String(answer.body.channel) } : answer
    },

    /** Replaces the whole message. `channel` must be the id that `postMessage` answered, not a name. */
    async update(message: SlackMessage & { ts: string }): Promise<Answer> {
      const answer = await ask('chat.update', {
        channel: message.channel,
        ts: message.ts,
        text: message.text,
        ...(message.blocks ? { blocks: message.blocks } : {}),
        ...(message.metadata ? { metadata: message.metadata } : {}),
      })
      return answer.ok ? { ok: true } : answer
    },

    /** The newest message of a channel whose metadata carries this value; `ts: null` when there is none in 1000 messages. */
    async findByMetadata(query: {
      channel: string
      eventType: string
      key: string
      value: string
      oldest?: Temporal.Instant
    }): Promise<Answer<{ ts: string | null }>> {
      let cursor = ''
      for (let page = 0; page < 5; page++) {
        const answer = await ask('conversations.history', {
          channel: query.channel,
          include_all_metadata: true,
          limit: 200,
          ...(query.oldest ? { oldest: String(query.oldest.epochMilliseconds / 1000) } : {}),
          ...(cursor ? { cursor } : {}),
        })
        if (!answer.ok) return answer
        const messages = (answer.body.messages ?? []) as { ts: string; metadata?: SlackMetadata }[]
        const found = messages.find(
          (m) =>
            m.metadata?.event_type === query.eventType && String(m.metadata.event_payload[query.key]) === query.value,
        )
        if (found) return { ok: true, ts: found.ts }
        cursor = (answer.body.response_metadata as { next_cursor?: string } | undefined)?.next_cursor ?? ''
        if (!cursor) break
      }
      return { ok: true, ts: null }
    },

    /** Who the bot is: for `doctor`. */
    async authTest(): Promise<Answer<{ team: string; userId: string }>> {
      const answer = await ask('auth.test', {})
      return answer.ok ? { ok: true, team: String(answer.body.team), userId: String(answer.body.user_id) } : answer
    },
  }
}

// Trouble is in the answer; the library would write it to the console as well.
const QUIET: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
}

const DEAD = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'org_login_required',
])
const UNCLEAR = new Set(['internal_error', 'fatal_error', 'request_timeout'])

function trouble(error: unknown): Trouble {
  const e = error as {
    code?: string
    message?: string
    data?: { error?: string }
    retryAfter?: number
    statusCode?: number
    original?: Error
  }
  switch (e.code) {
    case 'slack_webapi_rate_limited_error':
      return retry('ratelimited', e.message ?? '', e.retryAfter)
    case 'slack_webapi_platform_error': {
      const code = e.data?.error ?? 'unknown_error'
      if (code === 'ratelimited' || code === 'service_unavailable') return retry(code, e.message ?? code)
      if (DEAD.has(code)) return revoked(code, e.message ?? code)
      return UNCLEAR.has(code) ? unknown(code, e.message ?? code) : rejected(code, e.message ?? code)
    }
    case 'slack_webapi_http_error': {
      const code = `http_${e.statusCode}`
      return (e.statusCode ?? 500) >= 500 ? unknown(code, e.message ?? code) : rejected(code, e.message ?? code)
    }
    default:
      return transportTrouble(e.original ?? error)
  }
}
