import { createHash, randomBytes } from 'node:crypto'
import { html } from 'hono/html'
import type { VendorApp } from './listen.ts'
import { everybody } from './who.ts'
import { row, rows, type World } from './world.ts'

export type Consent = { email: string; name?: string; scopes?: string[] } | { deny: true }

/** OAuth 2 and People. Consent is given on a small page, or by `consent` for scripts. */
export function googleOauth(app: VendorApp, world: World): void {
  app.get('/o/oauth2/v2/auth', async (c) => {
    const query = c.req.query()
    const bad = badRequest(world, query)
    if (bad) return c.text(`Error 400: ${bad}`, 400)
    const people = await everybody(world.pool)
    const scopes = (query.scope ?? '').split(' ').filter(Boolean)
    return c.html(page(new URL(c.req.url).search, people, scopes, query.login_hint))
  })

  app.post('/o/oauth2/v2/auth', async (c) => {
    const form = await c.req.parseBody({ all: true })
    const ticked = [form.scope ?? []].flat().map(String)
    const email = String(form.other || form.email || '')
    const choice: Consent = form.deny || !email ? { deny: true } : { email, scopes: ticked }
    return c.redirect(await consent(world, c.req.url, choice), 302)
  })

  app.post('/token', async (c) => {
    const form = (await c.req.parseBody()) as Record<string, string>
    const { client_id, client_secret, grant_type } = form
    if (client_id !== world.env.GOOGLE_CLIENT_ID || client_secret !== world.env.GOOGLE_CLIENT_SECRET) {
      return c.json({ error: 'invalid_client', error_description: 'The OAuth client was not found.' }, 401)
    }
    if (grant_type === 'authorization_code') {
      const code = await row(
        world.pool,
        'update sandbox.google_code set used = true where code = $1 and not used returning *',
        form.code ?? '',
      )
      if (!code) return c.json({ error: 'invalid_grant', error_description: 'Malformed auth code.' }, 400)
      if (code.redirect_uri !== form.redirect_uri)
        return c.json({ error: 'redirect_uri_mismatch', error_description: 'Bad Request' }, 400)
      if (
        code.challenge &&
        code.challenge !==
          createHash('sha256')
            .update(form.code_verifier ?? '')
            .digest('base64url')
      ) {
        return c.json({ error: 'invalid_grant', error_description: 'Invalid code verifier.' }, 400)
      }
      const refreshToken = code.offline ? `1//0${secret(40)}` : null
      if (refreshToken) {
        await rows(
          world.pool,
          'insert into sandbox.google_grant (refresh_token, email, scopes) values ($1, $2, $3)',
          refreshToken,
          code.email,
          code.scopes,
        )
      }
      return c.json({
        ...(await accessToken(world, code.email, code.scopes, refreshToken)),
        ...(refreshToken ? { refresh_token: refreshToken } : {}),
      })
    }
    if (grant_type === 'refresh_token') {
      const grant = await row(
        world.pool,
        'select * from sandbox.google_grant where refresh_token = $1',
        form.refresh_token ?? '',
      )
      const struck = grant && (await world.faults.strikes('google', 'revoked_token', world.clock.now())) !== null
      if (!grant || grant.revoked || struck) {
        return c.json({ error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }, 400)
      }
      return c.json(await accessToken(world, grant.email, grant.scopes, grant.refresh_token))
    }
    return c.json({ error: 'unsupported_grant_type', error_description: `Invalid grant_type: ${grant_type}` }, 400)
  })

  app.post('/revoke', async (c) => {
    const token = c.req.query('token') ?? String((await c.req.parseBody()).token ?? '')
    const known = await row(
      world.pool,
      `select email from sandbox.google_grant where refresh_token = $1 and not revoked
       union all select email from sandbox.google_token where access_token = $1 and not revoked`,
      token,
    )
    if (!known) return c.json({ error: 'invalid_token', error_description: 'Token expired or revoked' }, 400)
    await revokeGrants(world, known.email)
    return c.json({})
  })

  app.get('/oauth2/v3/userinfo', async (c) => {
    const held = await bearer(world, c.req.header('authorization'))
    if (!held) return c.json({ error: 'invalid_request', error_description: 'Invalid Credentials' }, 401)
    const account = await googleAccount(world, held.email)
    // Everybody here has their mailbox with Google; `hd` is what Google says of a Workspace account.
    const domain = held.email.split('@')[1]
    const hd = domain === 'gmail.com' ? {} : { hd: domain }
    return c.json({ sub: account.sub, name: account.name, email: held.email, email_verified: true, ...hd })
  })

  app.get('/v1/people/me', async (c) => {
    const held = await bearer(world, c.req.header('authorization'))
    if (!held)
      return c.json(
        { error: { code: 401, message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' } },
        401,
      )
    const fields = c.req.query('personFields')
    if (!fields) {
      return c.json(
        { error: { code: 400, message: 'personFields mask is required.', status: 'INVALID_ARGUMENT' } },
        400,
      )
    }
    const account = await googleAccount(world, held.email)
    const metadata = { primary: true, verified: true, source: { type: 'ACCOUNT', id: account.sub } }
    return c.json({
      resourceName: `people/${account.sub}`,
      etag: '%EgUBAj0DNw==',
      names: [{ metadata, displayName: account.name, unstructuredName: account.name }],
      emailAddresses: [{ metadata, value: held.email }],
    })
  })
}

/** What the browser would be sent back to after the consent page. Scopes that were not asked for are not granted. */
export async function consent(world: World, authUrl: string, choice: Consent): Promise<string> {
  const query = new URL(authUrl).searchParams
  const back = new URL(query.get('redirect_uri') ?? '')
  const state = query.get('state')
  if (state !== null) back.searchParams.set('state', state)
  if ('deny' in choice) {
    back.searchParams.set('error', 'access_denied')
    return back.href
  }
  const email = choice.email.toLowerCase()
  const asked = (query.get('scope') ?? '').split(' ').filter(Boolean)
  const ticked = asked.filter((scope) => !choice.scopes || choice.scopes.includes(scope) || IDENTITY.includes(scope))
  // include_granted_scopes: earlier consent of this person to this client stays on the new grant.
  const earlier =
    query.get('include_granted_scopes') === 'true'
      ? (
          await rows(world.pool, 'select scopes from sandbox.google_grant where email = $1 and not revoked', email)
        ).flatMap((g) => g.scopes as string[])
      : []
  const scopes = [...new Set([...ticked.map(longScope), ...earlier])]
  await googleAccount(world, email, choice.name)
  const code = `4/0A${secret(40)}`
  await rows(
    world.pool,
    'insert into sandbox.google_code (code, email, scopes, redirect_uri, challenge, offline) values ($1, $2, $3, $4, $5, $6)',
    code,
    email,
    scopes,
    query.get('redirect_uri'),
    query.get('code_challenge'),
    query.get('access_type') === 'offline',
  )
  back.searchParams.set('code', code)
  back.searchParams.set('scope', scopes.join(' '))
  return back.href
}

/** A person takes their consent back on Google's own page: every token of theirs dies. */
export async function revokeGrants(world: World, email: string): Promise<void> {
  await rows(world.pool, 'update sandbox.google_grant set revoked = true where email = $1', email.toLowerCase())
  await rows(world.pool, 'update sandbox.google_token set revoked = true where email = $1', email.toLowerCase())
}

/** Whose access token this is; null when it is unknown, expired or revoked. */
export async function bearer(
  world: World,
  header: string | undefined,
): Promise<{ email: string; scopes: string[] } | null> {
  const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1]
  if (!token) return null
  const held = await row(
    world.pool,
    'select * from sandbox.google_token where access_token = $1 and not revoked',
    token,
  )
  if (!held || Temporal.Instant.compare(held.expires_at, world.clock.elapsed()) <= 0) return null
  return { email: held.email, scopes: held.scopes }
}

async function googleAccount(world: World, email: string, name?: string): Promise<{ sub: string; name: string }> {
  const sub = `1${BigInt(`0x${createHash('sha256').update(email).digest('hex').slice(0, 16)}`)
    .toString()
    .padStart(20, '0')
    .slice(0, 20)}`
  const known = (await everybody(world.pool)).find((person) => person.email === email)
  const found = await row(
    world.pool,
    `insert into sandbox.google_account (email, sub, name) values ($1, $2, $3)
     on conflict (email) do update set name = coalesce($4, sandbox.google_account.name) returning sub, name`,
    email,
    sub,
    name ?? known?.name ?? email.split('@')[0],
    name ?? null,
  )
  return { sub: found?.sub, name: found?.name }
}

async function accessToken(world: World, email: string, scopes: string[], refreshToken: string | null) {
  const token = `ya29.${secret(60)}`
  await rows(
    world.pool,
    'insert into sandbox.google_token (access_token, email, scopes, refresh_token, expires_at) values ($1, $2, $3, $4, $5)',
    token,
    email,
    scopes,
    refreshToken,
    world.clock.elapsed().add({ seconds: 3599 }),
  )
  return { access_token: token, expires_in: 3599, scope: scopes.join(' '), token_type: 'Bearer' }
}

const IDENTITY = ['openid', 'email', 'profile']
// Google answers with the long names of the two short ones.
const longScope = (scope: string): string =>
  scope === 'email' || scope === 'profile' ? `https://www.googleapis.com/auth/userinfo.${scope}` : scope

const secret = (length: number): string => randomBytes(length).toString('base64url').slice(0, length)

function badRequest(world: World, query: Record<string, string>): string | null {
  if (query.client_id !== world.env.GOOGLE_CLIENT_ID) return 'invalid_client: The OAuth client was not found.'
  if (query.response_type !== 'code') return 'unsupported_response_type'
  if (!query.scope) return 'invalid_request: Missing required parameter: scope'
  return URL.canParse(query.redirect_uri ?? '') ? null : 'redirect_uri_mismatch'
}

function page(search: string, people: { name: string; email: string }[], scopes: string[], hint: string | undefined) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Choose an account (simulated Google)</title>
        <style>
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem }
          label { display: block; margin: .4rem 0 } select, input[type=email] { font: inherit; width: 100%; padding: .4rem } button { font: inherit; padding: .5rem 1.2rem; margin: 1rem .5rem 0 0 }
        </style>
      </head>
      <body>
        <h1>Choose an account</h1>
        <p>This is the sandbox's Google. Nobody's real account is involved.</p>
        <form method="post" action="/o/oauth2/v2/auth${search}">
          <label>Account
            <select name="email">
              ${people.map((p) => html`<option value="${p.email}" ${p.email === hint ? 'selected' : ''}>${p.name} (${p.email})</option>`)}
            </select>
          </label>
          <label>or another address <input type="email" name="other" value="${hint && !people.some((p) => p.email === hint) ? hint : ''}" /></label>
          ${scopes
            .filter((scope) => !IDENTITY.includes(scope))
            .map(
              (scope) => html`<label><input type="checkbox" name="scope" value="${scope}" checked /> ${scope}</label>`,
            )}
          <button name="allow" value="1">Continue</button><button name="deny" value="1">Cancel</button>
        </form>
      </body>
    </html>`
}
