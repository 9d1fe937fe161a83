import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { OAuth2Client } from 'google-auth-library'
import type { Answer } from './answer.ts'
import { googleTrouble } from './google-trouble.ts'
import { fetchWithin } from './http.ts'

export type GoogleEvent = calendar_v3.Schema$Event
export type BusyTime = { start: string; end: string }
export type CalendarBusy = { busy: BusyTime[]; errors: { domain: string; reason: string }[] }

/**
 * Whose calendar. `refresh` is called at most once per call, after a 401; it belongs to whoever keeps the tokens, so that
 * one refresher at a time works on a grant. It answers `revoked` when the grant is gone.
 */
export type GoogleCredential = { accessToken: string; refresh: () => Promise<Answer<{ accessToken: string }>> }

export type GoogleCalendar = ReturnType<typeof googleCalendarClient>

/**
 * Google Calendar v3. `apiUrl` is GOOGLE_API_URL (https://www.googleapis.com/); the client library puts its own path on the
 * root of that host. `calendarId` is `primary` or a calendar's address.
 *
 * Codes to know: `duplicate` (409, the id exists, also when the event was deleted), `conditionNotMet` (412, somebody
 * changed it: read again), `deleted` (410, deletion already done), `fullSyncRequired` (410, start the list again).
 */
export function googleCalendarClient({ apiUrl }: { apiUrl: string }) {
  const rootUrl = apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`
  // Retries are decided in one place, by the deliveries; the library's own would repeat inside our lease.
  const options = { retry: false, timeout: 10_000, fetchImplementation: fetchWithin(rootUrl) }

  const once = async <T>(
    accessToken: string,
    ask: (api: calendar_v3.Calendar) => Promise<{ data: T; status: number }>,
  ) => {
    const auth = new OAuth2Client()
    auth.setCredentials({ access_token: accessToken })
    return ask(calendar({ version: 'v3', auth, rootUrl }))
  }

  const ask = async <T>(
    credential: GoogleCredential,
    request: (api: calendar_v3.Calendar) => Promise<{ data: T; status: number }>,
  ): Promise<Answer<{ data: T }>> => {
    let accessToken = credential.accessToken
    for (let refreshed = false; ; refreshed = true) {
      try {
        return { ok: true, data: (await once(accessToken, request)).data }
      } catch (error) {
        if ((error as { status?: number }).status !== 401 || refreshed) return googleTrouble(error)
        const fresh = await credential.refresh()
        if (!fresh.ok) return fresh
        accessToken = fresh.accessToken
      }
    }
  }

  return {
    /** `event.id` is ours (a-v, 0-9; at least five): a repeated insert answers `duplicate` and is thereby harmless. */
    async insert(
      credential: GoogleCredential,
      calendarId: string,
      event: GoogleEvent,
    ): Promise<Answer<{ event: GoogleEvent }>> {
      const answer = await ask(credential, (api) =>
        // Without conferenceDataVersion 1 a wish for a Meet link is ignored without a word.
        api.events.insert({ calendarId, conferenceDataVersion: 1, sendUpdates: 'none', requestBody: event }, options),
      )
      return asEvent(answer)
    },

    /** Merges. With `etag`, refused (`conditionNotMet`) when the event changed since. `status: 'confirmed'` revives a deleted one. */
    async patch(
      credential: GoogleCredential,
      calendarId: string,
      eventId: string,
      event: GoogleEvent,
      etag?: string,
    ): Promise<Answer<{ event: GoogleEvent }>> {
      const answer = await ask(credential, (api) =>
        api.events.patch(
          { calendarId, eventId, conferenceDataVersion: 1, sendUpdates: 'none', requestBody: event },
          { ...options, ...ifMatch(etag) },
        ),
      )
      return asEvent(answer)
    },

    /** `alreadyGone` when it was deleted before (410) or never was (404). */
    async remove(
      credential: GoogleCredential,
      calendarId: string,
      eventId: string,
      etag?: string,
    ): Promise<Answer<{ alreadyGone: boolean }>> {
      const answer = await ask(credential, (api) =>
        api.events.delete({ calendarId, eventId, sendUpdates: 'none' }, { ...options, ...ifMatch(etag) }),
      )
      if (answer.ok) return { ok: true, alreadyGone: false }
      return answer.code === 'deleted' || answer.code === 'notFound' ? { ok: true, alreadyGone: true } : answer
    },

    /** A deleted event is answered too, with `status: 'cancelled'`. */
    async get(
      credential: GoogleCredential,
      calendarId: string,
      eventId: string,
    ): Promise<Answer<{ event: GoogleEvent }>> {
      return asEvent(await ask(credential, (api) => api.events.get({ calendarId, eventId }, options)))
    },

    /** Per calendar: `busy`, and `errors` that come with HTTP 200. A calendar with errors is unknown, not free. */
    async freeBusy(
      credential: GoogleCredential,
      query: { from: Temporal.Instant; to: Temporal.Instant; calendarIds: string[] },
    ): Promise<Answer<{ calendars: Record<string, CalendarBusy> }>> {
      const requestBody = {
        timeMin: query.from.toString(),
        timeMax: query.to.toString(),
        items: query.calendarIds.map((id) => ({ id })),
      }
      const answer = await ask(credential, (api) => api.freebusy.query({ requestBody }, options))
      if (!answer.ok) return answer
      const calendars: Record<string, CalendarBusy> = {}
      for (const id of query.calendarIds) {
        const entry = answer.data.calendars?.[id]
        const errors = entry ? (entry.errors ?? []) : [{ domain: 'global', reason: 'missingInAnswer' }]
        calendars[id] = { busy: (entry?.busy ?? []) as BusyTime[], errors: errors as CalendarBusy['errors'] }
      }
      return { ok: true, calendars }
    },

    /**
     * One page of events. Without `syncToken`: the full list from `from` on. With it: what changed, deletions included.
     * The token of the last page is the next `syncToken`; `fullSyncRequired` says it has expired.
     */
    async list(
      credential: GoogleCredential,
      calendarId: string,
      query: {
        syncToken?: string
        pageToken?: string
        from?: Temporal.Instant
        to?: Temporal.Instant
        pageSize?: number
      },
    ): Promise<Answer<{ events: GoogleEvent[]; nextPageToken?: string; nextSyncToken?: string }>> {
      const answer = await ask(credential, (api) =>
        api.events.list(
          {
            calendarId,
            singleEvents: true,
            maxResults: query.pageSize ?? 2500,
            ...(query.pageToken ? { pageToken: query.pageToken } : {}),
            ...(query.syncToken
              ? { syncToken: query.syncToken }
              : {
                  ...(query.from ? { timeMin: query.from.toString() } : {}),
                  ...(query.to ? { timeMax: query.to.toString() } : {}),
                }),
          },
          options,
        ),
      )
      if (!answer.ok) return answer
      const { items, nextPageToken, nextSyncToken } = answer.data
      return {
        ok: true,
        events: items ?? [],
        ...(nextPageToken ? { nextPageToken } : {}),
        ...(nextSyncToken ? { nextSyncToken } : {}),
      }
    },

    /** Opens a push channel. It cannot be renewed: open a new one before `expiresAt`, then stop this one. */
    async watch(
      credential: GoogleCredential,
      calendarId: string,
      channel: { id: string; address: string; token: string; expiresAt?: Temporal.Instant },
    ): Promise<Answer<{ resourceId: string; expiresAt: Temporal.Instant | null }>> {
      const requestBody = {
        id: channel.id,
        type: 'web_hook',
        address: channel.address,
        token: channel.token,
        ...(channel.expiresAt ? { expiration: String(channel.expiresAt.epochMilliseconds) } : {}),
      }
      const answer = await ask(credential, (api) => api.events.watch({ calendarId, requestBody }, options))
      if (!answer.ok) return answer
      const { resourceId, expiration } = answer.data
      return {
        ok: true,
        resourceId: resourceId ?? '',
        expiresAt: expiration ? Temporal.Instant.fromEpochMilliseconds(Number(expiration)) : null,
      }
    },

    async stopWatch(credential: GoogleCredential, channel: { id: string; resourceId: string }): Promise<Answer> {
      const answer = await ask(credential, (api) => api.channels.stop({ requestBody: channel }, options))
      return answer.ok || answer.code === 'notFound' ? { ok: true } : answer
    },
  }
}

const asEvent = (answer: Answer<{ data: GoogleEvent }>): Answer<{ event: GoogleEvent }> =>
  answer.ok ? { ok: true, event: answer.data } : answer
const ifMatch = (etag: string | undefined) => (etag ? { headers: { 'If-Match': etag } } : {})
