import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faultsOf } from '../support/declared.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

/** What somebody outside has: a token, and the vendors' secrets they chose themselves. */
export const TOKEN = 'surface-token-1'
export const SECRETS = {
  ZOOM_WEBHOOK_SECRET_TOKEN: 'zoom-secret-of-the-script',
  ZOOM_ACCOUNT_ID: 'account-of-the-script',
  WHATSAPP_APP_SECRET: 'whatsapp-secret-of-the-script',
  WHATSAPP_VERIFY_TOKEN: 'verify-token-of-the-script',
  SLACK_SIGNING_SECRET: 'slack-secret-of-the-script',
}

// biome-ignore lint/suspicious/noExplicitAny: the answers are looked at as a stranger's program would, field by field
export type Json = any
export type Answer = { status: number; body: Json; headers: Headers }
export type Ask = { body?: unknown; raw?: string; headers?: Record<string, string>; as?: string | null }

export type App = {
  url: string
  dataDir: string
  process: ChildProcess
  /** A request with the token and JSON, unless said otherwise; `as`: a cookie, or null for nobody. */
  ask(method: string, path: string, given?: Ask): Promise<Answer>
  get(path: string): Promise<Json>
  post(path: string, body: unknown): Promise<Answer>
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** `punctual start` as its own process, on a free port and a data folder of its own. Resolves when it serves. */
export async function startApp(env: Record<string, string> = {}, dataDir = newFolder()): Promise<App> {
  const { process: child, text, served } = launch({ PORT: '0', PUNCTUAL_DATA_DIR: dataDir, ...env })
  const url = await served
  if (!url) throw new Error(`It did not start: ${text()}`)
  let document: unknown
  const ask: App['ask'] = async (method, path, { body, raw, headers, as } = {}) => {
    const who: Record<string, string> = as === null ? {} : as ? { cookie: as } : { authorization: `Bearer ${TOKEN}` }
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await fetch(url + path, {
      method,
      headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...who, ...headers },
      ...(sent === undefined ? {} : { body: sent, duplex: 'half' }),
      redirect: 'manual',
    } as RequestInit)
    const words = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') && words !== ''
    if (isJson && answer.ok && path.startsWith('/api/')) {
      document ??= await (await fetch(`${url}/openapi.json`)).json()
      const faults = faultsOf(document, { method, path, status: answer.status }, JSON.parse(words), null)
      if (faults.length > 0) throw new Error(`${method} ${path}: ${faults.slice(0, 5).join('; ')}`)
    }
    return { status: answer.status, body: isJson ? JSON.parse(words) : words, headers: answer.headers }
  }
  return {
    url,
    dataDir,
    process: child,
    ask,
    async get(path) {
      const { status, body } = await ask('GET', path)
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`)
      return body
    },
    post: (path, body) => ask('POST', path, { body }),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(signal)
      await once(child, 'exit')
    },
  }
}

/** Starts without waiting for a page: `served` is null when the process ended first. */
export function launch(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN, 'start'], {
    env: { PATH: process.env.PATH, ...SECRETS, PUNCTUAL_SANDBOX_TOKEN: TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const served = new Promise<string | null>((resolve) => {
    child.stdout.on('data', (chunk) => {
      said += chunk
      const [, url] = /(?:API {3}|serves )(http\S+?)(?:\/docs)?\s/.exec(said) ?? []
      if (url) resolve(url)
    })
    child.once('exit', () => resolve(null))
  })
  return { process: child, served, text: () => said }
}

const folders: string[] = []
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'punctual-surface-'))
  folders.push(folder)
  return folder
}
export const removeFolders = (): void => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

const hmac = (secret: string, text: string | Uint8Array) => createHmac('sha256', secret).update(text).digest('hex')
const timed = (secret: string, at: number | string, body: string) => `v0=${hmac(secret, `v0:${at}:${body}`)}`

export const zoomHeaders = (body: string, at: number | string, secret = SECRETS.ZOOM_WEBHOOK_SECRET_TOKEN) => ({
  'x-zm-request-timestamp': String(at),
  'x-zm-signature': timed(secret, at, body),
})
export const whatsappHeaders = (body: string, secret = SECRETS.WHATSAPP_APP_SECRET) => ({
  'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
})
export const slackHeaders = (body: string, at: number | string, secret = SECRETS.SLACK_SIGNING_SECRET) => ({
  'content-type': 'application/x-www-form-urlencoded',
  'x-slack-request-timestamp': String(at),
  'x-slack-signature': timed(secret, at, body),
})
export { hmac }
