import { type Answer, rejected, retry, revoked, type Trouble, unknown } from './answer.ts'
import { call, type HttpCall, retryAfterSeconds } from './http.ts'

export type ZoomSettings = {
  /** ZOOM_API_URL, e.g. https://api.zoom.us/v2 */
  apiUrl: string
  /** ZOOM_OAUTH_API_URL, e.g. https://zoom.us */
  oauthUrl: string
  accountId: string
  clientId: string
  clientSecret: string
}

export type ZoomMeetingWish = {
  topic: string
  agenda?: string
  startsAt: Temporal.Instant
  durationMinutes: number
  settings?: Record<string, unknown>
}
export type ZoomMeeting = {
  /** More than ten digits: kept as text everywhere. */
  id: string
  uuid: string
  hostId: string
  hostEmail?: string
  topic: string
  agenda?: string
  startTime?: string
  durationMinutes?: number
  status?: string
  joinUrl: string
  /** Only from createMeeting and getMeeting; valid for two hours. */
  startUrl?: string
}
export type ZoomRegistrant = { registrantId: string; joinUrl: string }
export type ZoomUser = { id: string; email: string; type: number; firstName?: string; lastName?: string }
export type ZoomReportRow = {
  id: string
  name: string
  userEmail: string
  registrantId?: string
  participantUserId?: string
  joinTime: string
  leaveTime: string
  status?: string
}

export type Zoom = ReturnType<typeof zoomClient>

/**
 * Zoom by server-to-server OAuth. The account's token is kept in memory for its hour; a 401 gets exactly one new token.
 * There is no idempotency key on creation: after an `unknown`, look with `listMeetings` for your marker in the agenda.
 */
export function zoomClient(settings: ZoomSettings) {
  const send = authorised(settings)

  return {
    /** Room for one session: cloud registration, automatic approval. 201; 429 `Daily-limit` after 100 a day and host. */
    async createMeeting(host: string, wish: ZoomMeetingWish): Promise<Answer<{ meeting: ZoomMeeting }>> {
      const answer = await send({
        method: 'POST',
        url: `/users/${encodeURIComponent(host)}/meetings`,
        json: { type: 2, ...meetingBody(wish) },
      })
      return answer.ok ? { ok: true, meeting: meeting(answer.body) } : answer
    },

    /** PATCH answers 204 without a body. Counts towards the same 100 a day. */
    async updateMeeting(id: string, wish: Partial<ZoomMeetingWish>): Promise<Answer> {
      return done(await send({ method: 'PATCH', url: `/meetings/${id}`, json: meetingBody(wish) }))
    },

    /** A fresh `startUrl` with every call. Missing: rejected with code 3001. */
    async getMeeting(id: string): Promise<Answer<{ meeting: ZoomMeeting }>> {
      const answer = await send({ url: `/meetings/${id}` })
      return answer.ok ? { ok: true, meeting: meeting(answer.body) } : answer
    },

    async deleteMeeting(id: string): Promise<Answer> {
      return done(
        await send({
          method: 'DELETE',
          url: `/meetings/${id}?schedule_for_reminder=false&cancel_meeting_reminder=false`,
        }),
      )
    },

    /** All scheduled meetings of a host: how an orphan of a lost answer is found again. */
    async listMeetings(host: string): Promise<Answer<{ meetings: ZoomMeeting[] }>> {
      const pages = await allPages(
        send,
        `/users/${encodeURIComponent(host)}/meetings?type=scheduled&page_size=300`,
        'meetings',
      )
      return pages.ok ? { ok: true, meetings: pages.rows.map(meeting) } : pages
    },

    /** A personal link. `registrantId` comes back in the person's join and leave events. */
    async addRegistrant(
      id: string,
      person: { email: string; firstName: string; lastName?: string },
    ): Promise<Answer<ZoomRegistrant>> {
      const json = {
        email: person.email,
        first_name: person.firstName,
        ...(person.lastName ? { last_name: person.lastName } : {}),
      }
      const answer = await send({ method: 'POST', url: `/meetings/${id}/registrants`, json })
      if (!answer.ok) return answer
      const body = answer.body as { registrant_id: string; join_url: string }
      return { ok: true, registrantId: body.registrant_id, joinUrl: body.join_url }
    },

    async listRegistrants(
      id: string,
    ): Promise<Answer<{ registrants: { registrantId: string; email: string; joinUrl: string }[] }>> {
      const pages = await allPages(send, `/meetings/${id}/registrants?status=approved&page_size=300`, 'registrants')
      if (!pages.ok) return pages
      const rows = pages.rows as { id: string; email: string; join_url: string }[]
      return {
        ok: true,
        registrants: rows.map((row) => ({ registrantId: row.id, email: row.email, joinUrl: row.join_url })),
      }
    },

    /** Cancels the personal link. The registrant stays in old reports. */
    async deleteRegistrant(id: string, registrant: { registrantId: string; email: string }): Promise<Answer> {
      const json = { action: 'cancel', registrants: [{ id: registrant.registrantId, email: registrant.email }] }
      return done(await send({ method: 'PUT', url: `/meetings/${id}/registrants/status`, json }))
    },

    /** One row per join of one run of the meeting. May lag the end by half an hour. */
    async participantsReport(uuid: string): Promise<Answer<{ participants: ZoomReportRow[] }>> {
      // A uuid may start with "/" or hold "//": Zoom asks for double encoding then, and accepts it always.
      const id = encodeURIComponent(encodeURIComponent(uuid))
      const pages = await allPages(
        send,
        `/report/meetings/${id}/participants?include_fields=registrant_id&page_size=300`,
        'participants',
      )
      return pages.ok ? { ok: true, participants: pages.rows.map(reportRow) } : pages
    },

    async users(): Promise<Answer<{ users: ZoomUser[] }>> {
      const pages = await allPages(send, '/users?status=active&page_size=300', 'users')
      return pages.ok ? { ok: true, users: pages.rows.map(user) } : pages
    },

    async getUser(idOrEmail: string): Promise<Answer<{ user: ZoomUser }>> {
      const answer = await send({ url: `/users/${encodeURIComponent(idOrEmail)}` })
      return answer.ok ? { ok: true, user: user(answer.body) } : answer
    },
  }
}

type Send = (request: Omit<HttpCall, 'within'>) => Promise<Answer<{ body: unknown }>>

function authorised(settings: ZoomSettings): Send {
  let token: Promise<Answer<{ accessToken: string; until: number }>> | undefined

  const currentToken = async () => {
    const held = await token
    // A minute early, so that a token does not die on the way.
    if (!held?.ok || held.until < performance.now() + 60_000) token = fetchToken(settings)
    return token as Promise<Answer<{ accessToken: string; until: number }>>
  }

  return async (request) => {
    for (let refreshed = false; ; refreshed = true) {
      const held = await currentToken()
      if (!held.ok) return held
      const answer = await call({
        ...request,
        url: settings.apiUrl + request.url,
        within: settings.apiUrl,
        headers: { authorization: `Bearer ${held.accessToken}` },
      })
      if (!answer.ok) return answer
      if (answer.status === 401 && !refreshed) {
        token = undefined
        continue
      }
      return answer.status < 300 ? { ok: true, body: answer.body } : trouble(answer)
    }
  }
}

async function fetchToken(settings: ZoomSettings): Promise<Answer<{ accessToken: string; until: number }>> {
  const { oauthUrl, accountId, clientId, clientSecret } = settings
  const asked = performance.now()
  const answer = await call({
    method: 'POST',
    url: `${oauthUrl}/oauth/token`,
    within: oauthUrl,
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    form: { grant_type: 'account_credentials', account_id: accountId },
  })
  if (!answer.ok) return answer
  const body = (answer.body ?? {}) as { access_token?: string; expires_in?: number; error?: string; reason?: string }
  if (answer.status === 200 && body.access_token) {
    return { ok: true, accessToken: body.access_token, until: asked + (body.expires_in ?? 3600) * 1000 }
  }
  // Asking for a token changes nothing at Zoom, so everything that is not a refusal may be asked again.
  if (answer.status === 400 || answer.status === 401)
    return revoked(body.error ?? `http_${answer.status}`, body.reason ?? answer.text)
  return retry(`http_${answer.status}`, answer.text, retryAfterSeconds(answer.headers))
}

function trouble(answer: { status: number; headers: Headers; text: string; body: unknown }): Trouble {
  const body = (answer.body ?? {}) as { code?: number; message?: string }
  const code = String(body.code ?? `http_${answer.status}`)
  const detail = body.message ?? answer.text.slice(0, 500)
  if (answer.status === 429) return retry(code, detail, retryAfterSeconds(answer.headers))
  if (answer.status === 401 || body.code === 4711) return revoked(code, detail)
  if (answer.status >= 500) return unknown(code, detail)
  return rejected(code, detail)
}

async function allPages(send: Send, url: string, key: string): Promise<Answer<{ rows: unknown[] }>> {
  const rows: unknown[] = []
  let next = ''
  do {
    const answer = await send({ url: next ? `${url}&next_page_token=${encodeURIComponent(next)}` : url })
    if (!answer.ok) return answer
    const page = (answer.body ?? {}) as Record<string, unknown>
    rows.push(...((page[key] as unknown[] | undefined) ?? []))
    next = typeof page.next_page_token === 'string' ? page.next_page_token : ''
  } while (next)
  return { ok: true, rows }
}

const done = (answer: Answer<{ body: unknown }>): Answer => (answer.ok ? { ok: true } : answer)

// Registration with automatic approval gives everybody a personal link; a waiting room would switch join-before-host off.
const ROOM_SETTINGS = {
  approval_type: 0,
  registration_type: 1,
  join_before_host: true,
  jbh_time: 0,
  waiting_room: false,
  registrants_email_notification: false,
  registrants_confirmation_email: false,
}

function meetingBody(wish: Partial<ZoomMeetingWish>): Record<string, unknown> {
  return {
    ...(wish.topic === undefined ? {} : { topic: wish.topic.slice(0, 200) }),
    ...(wish.agenda === undefined ? {} : { agenda: wish.agenda.slice(0, 2000) }),
    ...(wish.startsAt === undefined ? {} : { start_time: wish.startsAt.round('second').toString(), timezone: 'UTC' }),
    ...(wish.durationMinutes === undefined ? {} : { duration: wish.durationMinutes }),
    ...(wish.topic === undefined && wish.settings === undefined
      ? {}
      : { settings: { ...ROOM_SETTINGS, ...wish.settings } }),
  }
}

function meeting(body: unknown): ZoomMeeting {
  const m = body as Record<string, unknown>
  const text = (key: string) => (typeof m[key] === 'string' ? (m[key] as string) : undefined)
  return {
    id: String(m.id),
    uuid: text('uuid') ?? '',
    hostId: text('host_id') ?? '',
    topic: text('topic') ?? '',
    joinUrl: text('join_url') ?? '',
    ...optional('hostEmail', text('host_email')),
    ...optional('agenda', text('agenda')),
    ...optional('startTime', text('start_time')),
    ...optional('durationMinutes', typeof m.duration === 'number' ? m.duration : undefined),
    ...optional('status', text('status')),
    ...optional('startUrl', text('start_url')),
  }
}

function reportRow(row: unknown): ZoomReportRow {
  const r = row as Record<string, string | undefined>
  return {
    id: r.id ?? '',
    name: r.name ?? '',
    userEmail: r.user_email ?? '',
    joinTime: r.join_time ?? '',
    leaveTime: r.leave_time ?? '',
    ...optional('registrantId', r.registrant_id || undefined),
    ...optional('participantUserId', r.participant_user_id || undefined),
    ...optional('status', r.status),
  }
}

function user(row: unknown): ZoomUser {
  const u = row as { id: string; email: string; type: number; first_name?: string; last_name?: string }
  return {
    id: u.id,
    email: u.email,
    type: u.type,
    ...optional('firstName', u.first_name),
    ...optional('lastName', u.last_name),
  }
}

const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
