import { type Answer, retry } from './answer.ts'
import { googleAnswerTrouble } from './google-trouble.ts'
import { call, type HttpCall } from './http.ts'

export type GoogleOauthSettings = {
  clientId: string
  clientSecret: string
  /** GOOGLE_ACCOUNTS_API_URL: https://accounts.google.com */
  accountsUrl: string
  /** GOOGLE_OAUTH_API_URL: https://oauth2.googleapis.com */
  oauthUrl: string
  /** GOOGLE_API_URL: https://www.googleapis.com */
  apiUrl: string
  /** GOOGLE_PEOPLE_API_URL: https://people.googleapis.com */
  peopleUrl: string
}

/** `scopes` is what the person really granted: boxes can be unticked. `refreshToken` comes only with fresh consent. */
export type GoogleGrant = { accessToken: string; expiresInSeconds: number; scopes: string[]; refreshToken?: string }
export type GoogleIdentity = {
  subject: string
  email: string
  emailVerified: boolean
  /** Google answers for the mailbox itself (Gmail, Workspace); otherwise it was only verified once, perhaps years ago. */
  emailIsGoogles: boolean
  name: string
  picture?: string
  locale?: string
}

export const SIGN_IN_SCOPES = ['openid', 'email', 'profile']
/** `calendar.events` alone does not allow freeBusy (Calendar v3 discovery document). */
export const CALENDAR_SCOPES = [
  'https://www.googleapis.com/auth/calendar.events',
  'https://www.googleapis.com/auth/calendar.freebusy',
]

export type GooglePeople = ReturnType<typeof googlePeopleClient>

/** OAuth 2 and People: who somebody is, and the grant that the calendar later uses. */
export function googlePeopleClient(settings: GoogleOauthSettings) {
  const client = { client_id: settings.clientId, client_secret: settings.clientSecret }

  return {
    /** Where to send the browser. `offline` adds a refresh token; earlier scopes stay on the same grant. */
    consentUrl(request: {
      redirectUri: string
      state: string
      scopes: string[]
      codeChallenge?: string
      loginHint?: string
      offline?: boolean
    }): string {
      const url = new URL('/o/oauth2/v2/auth', settings.accountsUrl)
      const query: Record<string, string | undefined> = {
        client_id: settings.clientId,
        redirect_uri: request.redirectUri,
        response_type: 'code',
        scope: request.scopes.join(' '),
        state: request.state,
        include_granted_scopes: 'true',
        access_type: request.offline ? 'offline' : undefined,
        prompt: request.offline ? 'consent' : undefined,
        code_challenge: request.codeChallenge,
        code_challenge_method: request.codeChallenge ? 'S256' : undefined,
        login_hint: request.loginHint,
      }
      for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value)
      return url.href
    },

    /** A code works once and for a minute or so; `invalid_grant` for a used one. */
    exchangeCode(request: { code: string; redirectUri: string; codeVerifier?: string }): Promise<Answer<GoogleGrant>> {
      return grant({
        grant_type: 'authorization_code',
        code: request.code,
        redirect_uri: request.redirectUri,
        ...client,
        ...(request.codeVerifier ? { code_verifier: request.codeVerifier } : {}),
      })
    },

    /** `revoked` with `invalid_grant`: the owner has to connect again, no retry helps. */
    refresh(refreshToken: string): Promise<Answer<GoogleGrant>> {
      return grant({ grant_type: 'refresh_token', refresh_token: refreshToken, ...client })
    },

    /** Ends the whole grant. A token that is already gone counts as done. */
    async revoke(token: string): Promise<Answer> {
      const answer = await call({
        method: 'POST',
        url: `${base(settings.oauthUrl)}/revoke`,
        within: settings.oauthUrl,
        form: { token },
      })
      if (!answer.ok) return answer
      const gone = answer.status === 400 && (answer.body as { error?: string } | undefined)?.error === 'invalid_token'
      return answer.status === 200 || gone
        ? { ok: true }
        : googleAnswerTrouble(answer.status, answer.headers, answer.body ?? answer.text)
    },

    async userinfo(accessToken: string): Promise<Answer<GoogleIdentity>> {
      const answer = await get(
        { url: `${base(settings.apiUrl)}/oauth2/v3/userinfo`, within: settings.apiUrl },
        accessToken,
      )
      if (!answer.ok) return answer
      const body = answer.body as {
        sub: string
        email: string
        email_verified?: boolean
        hd?: string
        name?: string
        picture?: string
        locale?: string
      }
      return {
        ok: true,
        subject: body.sub,
        email: body.email,
        emailVerified: body.email_verified === true,
        // https://developers.google.com/identity/gsi/web/guides/verify-google-id-token, "Using the email and hd fields"
        emailIsGoogles:
          body.email_verified === true && (body.email.toLowerCase().endsWith('@gmail.com') || Boolean(body.hd)),
        name: body.name ?? body.email,
        ...(body.picture ? { picture: body.picture } : {}),
        ...(body.locale ? { locale: body.locale } : {}),
      }
    },

    /** Every address Google knows of this person: aliases for recognising them in a room. */
    async addresses(accessToken: string): Promise<Answer<{ emails: { email: string; verified: boolean }[] }>> {
      const answer = await get(
        {
          url: `${base(settings.peopleUrl)}/v1/people/me?personFields=names,emailAddresses,photos`,
          within: settings.peopleUrl,
        },
        accessToken,
      )
      if (!answer.ok) return answer
      const rows =
        (answer.body as { emailAddresses?: { value: string; metadata?: { verified?: boolean } }[] }).emailAddresses ??
        []
      return { ok: true, emails: rows.map((row) => ({ email: row.value, verified: row.metadata?.verified === true })) }
    },
  }

  async function grant(form: Record<string, string>): Promise<Answer<GoogleGrant>> {
    const answer = await call({
      method: 'POST',
      url: `${base(settings.oauthUrl)}/token`,
      within: settings.oauthUrl,
      form,
    })
    if (!answer.ok) return answer
    if (answer.status !== 200) {
      // The token endpoint gives out tokens and changes nothing else: asking again is safe.
      if (answer.status >= 500) return retry(`http_${answer.status}`, answer.text.slice(0, 500))
      return googleAnswerTrouble(answer.status, answer.headers, answer.body ?? answer.text)
    }
    const body = answer.body as { access_token: string; expires_in?: number; scope?: string; refresh_token?: string }
    return {
      ok: true,
      accessToken: body.access_token,
      expiresInSeconds: body.expires_in ?? 3599,
      scopes: (body.scope ?? '').split(' ').filter(Boolean),
      ...(body.refresh_token ? { refreshToken: body.refresh_token } : {}),
    }
  }
}

async function get(request: HttpCall, accessToken: string): Promise<Answer<{ body: unknown }>> {
  const answer = await call({ ...request, headers: { authorization: `Bearer ${accessToken}` } })
  if (!answer.ok) return answer
  if (answer.status === 200) return { ok: true, body: answer.body }
  return googleAnswerTrouble(answer.status, answer.headers, answer.body ?? answer.text)
}

const base = (url: string): string => url.replace(/\/+$/, '')
