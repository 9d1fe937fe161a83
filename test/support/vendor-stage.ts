import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StandingClock } from '../../src/clock.ts'
import { startSandbox } from '../../src/sandbox/start.ts'
import { emailClient } from '../../src/vendors/email.ts'
import type { GoogleCredential } from '../../src/vendors/google-calendar.ts'
import { googleCalendarClient } from '../../src/vendors/google-calendar.ts'
import { CALENDAR_SCOPES, googlePeopleClient, SIGN_IN_SCOPES } from '../../src/vendors/google-people.ts'
import { slackClient } from '../../src/vendors/slack.ts'
import { whatsappClient } from '../../src/vendors/whatsapp.ts'
import { zoomClient } from '../../src/vendors/zoom.ts'
import { testDatabase } from './database.ts'

export type Received = { path: string; headers: IncomingHttpHeaders; body: string; at: Temporal.Instant }

/** For tests: the simulators, our own clients of them, and a small server in the product's place that takes webhooks. */
export async function setStage(start = '2026-03-24T09:00:00Z') {
  const database = await testDatabase()
  const clock = new StandingClock(Temporal.Instant.from(start))
  const received: Received[] = []
  // What the receiver answers next; 200 once this is empty. 0 hangs up.
  const answers: number[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        at: clock.now(),
      })
      const status = answers.shift() ?? 200
      if (status === 0) request.socket.destroy()
      else response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const productUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const options = { databaseUrl: database.ownerUrl, clock, productUrl }
  const sandbox = await startSandbox(options)
  const { env } = sandbox
  const people = googlePeopleClient({
    clientId: env.GOOGLE_CLIENT_ID,
    clientSecret: env.GOOGLE_CLIENT_SECRET,
    accountsUrl: env.GOOGLE_ACCOUNTS_API_URL,
    oauthUrl: env.GOOGLE_OAUTH_API_URL,
    apiUrl: env.GOOGLE_API_URL,
    peopleUrl: env.GOOGLE_PEOPLE_API_URL,
  })

  const stage = {
    database,
    clock,
    /** The running one; a test that restarts it puts the new one here. */
    sandbox,
    env,
    received,
    answers,
    people,
    /** A second start on the same state, as after a kill. */
    again: () => startSandbox(options),
    calendar: googleCalendarClient({ apiUrl: env.GOOGLE_API_URL }),
    zoom: zoomClient({
      apiUrl: env.ZOOM_API_URL,
      oauthUrl: env.ZOOM_OAUTH_API_URL,
      accountId: env.ZOOM_ACCOUNT_ID,
      clientId: env.ZOOM_CLIENT_ID,
      clientSecret: env.ZOOM_CLIENT_SECRET,
    }),
    whatsapp: whatsappClient({
      apiUrl: env.WHATSAPP_API_URL,
      phoneNumberId: env.WHATSAPP_PHONE_NUMBER_ID,
      businessAccountId: env.WHATSAPP_BUSINESS_ACCOUNT_ID,
      accessToken: env.WHATSAPP_ACCESS_TOKEN,
    }),
    slack: slackClient({ apiUrl: env.SLACK_API_URL, botToken: env.SLACK_BOT_TOKEN }),
    email: emailClient({ smtpUrl: env.SMTP_URL, from: env.MAIL_FROM }),
    events: () => received.map((r) => JSON.parse(r.body)),
    /** Everything due now has arrived. */
    settle: () => stage.sandbox.deliverDue(clock.now()),
    async advance(by: Temporal.DurationLike) {
      const to = clock.now().add(by)
      for (;;) {
        await stage.sandbox.deliverDue(clock.now())
        const next = await stage.sandbox.nextDue()
        if (next === null || Temporal.Instant.compare(next, to) > 0) break
        clock.advanceTo(next)
      }
      clock.advanceTo(to)
      await stage.sandbox.deliverDue(to)
    },
    /** Somebody connects their calendar: the whole road from consent to tokens. */
    async connect(
      email: string,
      scopes = [...SIGN_IN_SCOPES, ...CALENDAR_SCOPES],
    ): Promise<GoogleCredential & { refreshToken: string }> {
      const redirectUri = `${productUrl}/callback`
      const url = people.consentUrl({ redirectUri, state: 's', scopes, offline: true })
      const back = new URL(await sandbox.consent(url, { email }))
      const grant = await people.exchangeCode({ code: back.searchParams.get('code') ?? '', redirectUri })
      if (!grant.ok) throw new Error(grant.detail)
      const refreshToken = grant.refreshToken ?? ''
      return { accessToken: grant.accessToken, refreshToken, refresh: () => people.refresh(refreshToken) }
    },
    async clear() {
      await stage.sandbox.close()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await database.drop()
    },
  }
  return stage
}

export type Stage = Awaited<ReturnType<typeof setStage>>
export const at = (time: string): Temporal.Instant => Temporal.Instant.from(`2026-03-24T${time}:00Z`)
