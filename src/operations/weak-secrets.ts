import type { Config } from '../config.ts'

/** What is weak about a secret; its value is never part of it. */
export type Weak = { name: string; why: string }

// Ours sign links and seal tokens; the vendors' prove who calls. Passwords in addresses count too.
const OURS = ['PUNCTUAL_SECRET'] as const
const VENDORS = [
  'GOOGLE_CLIENT_SECRET',
  'ZOOM_CLIENT_SECRET',
  'ZOOM_WEBHOOK_SECRET_TOKEN',
  'WHATSAPP_ACCESS_TOKEN',
  'WHATSAPP_APP_SECRET',
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'MAIL_WEBHOOK_SECRET',
] as const
const ADDRESSES = ['DATABASE_URL', 'DATABASE_OWNER_URL', 'SMTP_URL'] as const

/** Secrets that somebody could guess: too short, of too few characters, out of an example, or one used for two things. */
export function weakSecrets(config: Config): Weak[] {
  const found: Weak[] = []
  const usedBy = new Map<string, string>()
  const look = (name: string, value: string, least: number): void => {
    const why = weakness(value, least)
    if (why) found.push({ name, why })
    const other = usedBy.get(value)
    if (other && other !== name) found.push({ name, why: `is the same as ${other}; one that leaks would open both` })
    usedBy.set(value, name)
  }
  for (const name of OURS) if (config[name]) look(name, config[name], 32)
  // In the sandbox the vendors are ours, and scripts choose words that people can read.
  if (config.PUNCTUAL_MODE === 'live')
    for (const name of VENDORS) for (const value of [config[name] ?? []].flat()) look(name, value, 16)
  for (const name of ADDRESSES) {
    const password = config[name] ? decodeURIComponent(new URL(config[name]).password) : ''
    const why = password === '' ? null : weakness(password, 12)
    if (why && config.PUNCTUAL_MODE === 'live') found.push({ name, why: `has a password that ${why}` })
  }
  return found
}

function weakness(value: string, least: number): string | null {
  if (FAMILIAR.test(value)) return 'comes out of an example; make one with: openssl rand -base64 32'
  if (value.length < least) return `is shorter than ${least} characters`
  // 32 random characters of base64 have 25 different ones on average, of hex 14.
  if (new Set(value).size < Math.min(10, least / 2)) return 'looks guessable; make one with: openssl rand -base64 32'
  return null
}

const FAMILIAR =
  /change.?me|^(secret|password|passw0rd|postgres|test|admin|punctual|example|default|qwerty|123456)[^a-z]*$|^your[-_ ]|xxxx|openssl rand/i
