import { z } from 'zod'

const port = z.coerce.number('must be a port number').int('must be a whole number').min(0).max(65_535)
const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/$/, ''))
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)
const secret = z.string().min(1)

/** Every variable Punctual reads, with its rule. `.env.example` says where to get each. */
const environment = z.object({
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUNCTUAL_URL: url.optional(),
  PUNCTUAL_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_OWNER_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  PUNCTUAL_DATA_DIR: z.string().default('./.punctual'),
  PUNCTUAL_MODE: z.enum(['sandbox', 'live']).default('sandbox'),
  PUNCTUAL_HOST_DOMAINS: list.default([]),
  PUNCTUAL_SANDBOX_TOKEN: z.string().min(8, 'must have at least 8 characters').optional(),
  PUNCTUAL_PROXIES: z.coerce.number().int().min(0).max(9).default(0),
  LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).optional(),
  GOOGLE_CLIENT_ID: secret.optional(),
  GOOGLE_CLIENT_SECRET: secret.optional(),
  GOOGLE_API_URL: url.default('https://www.googleapis.com'),
  GOOGLE_OAUTH_API_URL: url.default('https://oauth2.googleapis.com'),
  GOOGLE_ACCOUNTS_API_URL: url.default('https://accounts.google.com'),
  GOOGLE_PEOPLE_API_URL: url.default('https://people.googleapis.com'),
  ZOOM_ACCOUNT_ID: secret.optional(),
  ZOOM_CLIENT_ID: secret.optional(),
  ZOOM_CLIENT_SECRET: secret.optional(),
  ZOOM_WEBHOOK_SECRET_TOKEN: list.optional(),
  ZOOM_HOSTS: list.default([]),
  ZOOM_API_URL: url.default('https://api.zoom.us/v2'),
  ZOOM_OAUTH_API_URL: url.default('https://zoom.us'),
  WHATSAPP_PHONE_NUMBER_ID: secret.optional(),
  WHATSAPP_BUSINESS_ACCOUNT_ID: secret.optional(),
  WHATSAPP_ACCESS_TOKEN: secret.optional(),
  WHATSAPP_APP_SECRET: list.optional(),
  WHATSAPP_VERIFY_TOKEN: secret.optional(),
  WHATSAPP_API_URL: url.default('https://graph.facebook.com/v23.0'),
  SLACK_BOT_TOKEN: secret.optional(),
  SLACK_SIGNING_SECRET: list.optional(),
  SLACK_OPS_CHANNEL: secret.optional(),
  SLACK_API_URL: url.default('https://slack.com/api'),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_WEBHOOK_SECRET: list.optional(),
  MAIL_FROM: z.string().default('Punctual <punctual@localhost>'),
})

export type Config = z.infer<typeof environment>

/** Two secrets may be live at once during a rotation, so webhook secrets are lists: `new,old`. */
export class BadConfiguration extends Error {}

/**
 * The environment, parsed once. Throws BadConfiguration naming every mistake at once; values are never repeated,
 * they may be secrets. An empty variable counts as absent.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success)
    throw new BadConfiguration(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
    )
  const config = parsed.data
  if (config.PUNCTUAL_MODE === 'live') refuseHalfLive(config)
  return config
}

function refuseHalfLive(config: Config): void {
  const missing = (['PUNCTUAL_URL', 'PUNCTUAL_SECRET'] as const).filter((name) => !config[name])
  if (missing.length > 0)
    throw new BadConfiguration(missing.map((name) => `${name}: is needed in live mode`).join('\n'))
  if (config.PUNCTUAL_SANDBOX_TOKEN) throw new BadConfiguration('PUNCTUAL_SANDBOX_TOKEN: exists only in the sandbox')
  const plain = [...plainAddresses(config), ...plainMail(config)]
  if (plain.length > 0) throw new BadConfiguration(plain.join('\n'))
}

// Links, cookies and credentials must not be readable on the way. What stays on this machine has no way.
function plainAddresses(config: Config): string[] {
  return Object.entries(config).flatMap(([name, value]) =>
    (name === 'PUNCTUAL_URL' || name.endsWith('_API_URL')) && typeof value === 'string' && isPlain(value)
      ? [
          `${name}: must begin with https:// in live mode; http:// is only for this machine (localhost, 127.0.0.1, [::1])`,
        ]
      : [],
  )
}

/** Parameters of the address that would overrule what we ask of the mail server's TLS. */
const WEAKENS_TLS = /^(secure|\w*tls(\..*)?)$/i

function plainMail({ SMTP_URL }: Config): string[] {
  if (!SMTP_URL) return []
  const weak = [...new URL(SMTP_URL).searchParams.keys()].filter((name) => WEAKENS_TLS.test(name))
  return weak.map(
    (name) => `SMTP_URL: must not say ${name} in live mode; mail goes over TLS with a checked certificate`,
  )
}

const isPlain = (address: string): boolean => /^(http|smtp):/.test(address) && !isThisMachine(new URL(address).hostname)

const isThisMachine = (host: string): boolean => /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(host)

/** Whether mail may leave only after STARTTLS: live, over `smtp://`, to another machine. `smtps://` is TLS from the first byte. */
export const mustUpgradeMail = ({ PUNCTUAL_MODE, SMTP_URL }: Config): boolean =>
  PUNCTUAL_MODE === 'live' && SMTP_URL !== undefined && isPlain(SMTP_URL)

/** Which vendors have their credentials. One without is off in live mode, and `doctor` says so. */
export const configured = (config: Config): Record<'google' | 'zoom' | 'whatsapp' | 'slack' | 'email', boolean> => ({
  google: Boolean(config.GOOGLE_CLIENT_ID && config.GOOGLE_CLIENT_SECRET),
  zoom: Boolean(config.ZOOM_ACCOUNT_ID && config.ZOOM_CLIENT_ID && config.ZOOM_CLIENT_SECRET),
  whatsapp: Boolean(config.WHATSAPP_PHONE_NUMBER_ID && config.WHATSAPP_ACCESS_TOKEN),
  slack: Boolean(config.SLACK_BOT_TOKEN && config.SLACK_OPS_CHANNEL),
  email: Boolean(config.SMTP_URL),
})
